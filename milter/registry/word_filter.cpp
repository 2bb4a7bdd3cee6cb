#include "registry/word_filter.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace postwacht::registry {
namespace {

constexpr unsigned probes = 6;
constexpr std::uint64_t least_bits = 512;
constexpr std::uint64_t bits_per_word = 16;

// The bits of a hash: one after the other at an odd distance.
template <class F>
void for_each_bit(std::uint64_t hash, std::uint64_t mask, F&& f) {
    const std::uint64_t step = std::rotl(hash, 32) | 1U;
    for (unsigned i = 0; i < probes; ++i, hash += step) f(hash >> 8U & mask);
}

}  // namespace

WordFilter::WordFilter(std::string bytes, const SipKey& key) : bytes_(std::move(bytes)), key_(key) {
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
