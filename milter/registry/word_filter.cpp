#include "registry/word_filter.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace postwacht::registry {
namespace {

constexpr unsigned probes = 6;
constexpr std::uint64_t least_bits = 512;
constexpr std::uint64_t bits_per_word = 16;

struct SipState {
    std::uint64_t v0, v1, v2, v3;

    void round() noexcept {
        v0 += v1;
        v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = std::rotl(v1, 17) ^ v2;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 = std::rotl(v2, 32);
    }
    void absorb(std::uint64_t block) noexcept {
        v3 ^= block;
        round();
        v0 ^= block;
    }
};

// SipHash-1-3 (Aumasson and Bernstein, 2012, with fewer rounds).
std::uint64_t sip_hash(std::string_view word, const WordFilterKey& key) noexcept {
    SipState state{key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU,
                   key[0] ^ 0x6c7967656e657261U, key[1] ^ 0x7465646279746573U};
    const auto byte = [word](std::size_t i) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(word[i]));
    };
    std::size_t at = 0;
    for (; at + 8 <= word.size(); at += 8) {
        // In the order of this machine's bytes, which an index is bound to anyway.
        std::uint64_t block = 0;
        std::memcpy(&block, word.data() + at, sizeof(block));
        state.absorb(block);
    }
    std::uint64_t last = static_cast<std::uint64_t>(word.size()) << 56U;
    for (unsigned i = 0; at + i < word.size(); ++i) last |= byte(at + i) << (8 * i);
    state.absorb(last);
    state.v2 ^= 0xFFU;
    for (int i = 0; i < 3; ++i) state.round();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

// The bits of a hash: one after the other at an odd distance.
template <class F>
void for_each_bit(std::uint64_t hash, std::uint64_t mask, F&& f) {
    const std::uint64_t step = std::rotl(hash, 32) | 1U;
    for (unsigned i = 0; i < probes; ++i, hash += step) f(hash >> 8U & mask);
}

}  // namespace

WordFilter::WordFilter(std::string bytes, const WordFilterKey& key)
    : bytes_(std::move(bytes)), key_(key) {
    if (!bytes_.empty()) mask_ = std::bit_floor(std::uint64_t{8} * bytes_.size()) - 1;
}

bool WordFilter::may_hold(std::string_view word) const noexcept {
    if (bytes_.empty()) return false;
    bool all = true;
    for_each_bit(sip_hash(word, key_), mask_, [&](std::uint64_t bit) {
        all = all && (static_cast<unsigned char>(bytes_[bit / 8]) >> (bit % 8) & 1U) != 0;
    });
    return all;
}

void WordFilter::Builder::add(std::string_view word) {
    hashes_.insert(sip_hash(word, key_));
}

std::string WordFilter::Builder::finish() const {
    if (hashes_.empty()) return {};
    const std::uint64_t bits =
        std::bit_ceil(std::max<std::uint64_t>(least_bits, bits_per_word * hashes_.size()));
    std::string bytes(bits / 8, '\0');
    for (const std::uint64_t hash : hashes_) {
        for_each_bit(hash, bits - 1, [&](std::uint64_t bit) {
            bytes[bit / 8] =
                static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) | (1U << (bit % 8)));
        });
    }
    return bytes;
}

}  // namespace postwacht::registry
