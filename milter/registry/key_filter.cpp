#include "registry/key_filter.hpp"

#include <cstring>

#include "registry/lookup_key.hpp"

namespace postwacht::registry {
namespace {

constexpr std::uint64_t bits_per_key = 12;
constexpr std::size_t words_per_block = KeyFilter::block_size / sizeof(std::uint64_t);
constexpr unsigned probes = 7;

// The upper half of the hash by the number of blocks: even without a power of two.
std::size_t block_of(std::uint64_t hash, std::size_t blocks) noexcept {
    return static_cast<std::size_t>((hash >> 32U) * blocks >> 32U);
}

// Calls f(word, bit) for each probe until it gives false: seven times nine bits of the hash, spread
// once more since its upper half chose the block.
template <class F>
bool all_probes(std::uint64_t hash, F&& f) {
    std::uint64_t bits = hash * 0x9E3779B97F4A7C15U;
    bits ^= bits >> 32U;
    for (unsigned i = 0; i < probes; ++i, bits >>= 9U)
        if (!f(static_cast<std::size_t>(bits >> 6U & 7U), bits & 63U)) return false;
    return true;
}

}  // namespace

KeyFilterHasher::KeyFilterHasher(const crypto::KeyedHash& hash) {
    for (std::size_t i = 0; i < keys_.size(); ++i)
        keys_[i] = sip_key(hash, "key_filter", kind_of(static_cast<Key>(i)));
}

bool KeyFilter::may_hold(std::uint64_t hash) const noexcept {
    const std::size_t blocks = bytes_.size() / block_size;
    if (blocks == 0) return false;
    const char* const block = bytes_.data() + block_size * block_of(hash, blocks);
    return all_probes(hash, [block](std::size_t word, std::uint64_t bit) {
        std::uint64_t value = 0;
        std::memcpy(&value, block + sizeof value * word, sizeof value);
        return (value >> bit & 1U) != 0;
    });
}

KeyFilter::Builder::Builder(std::uint64_t keys)
    : words_(
          static_cast<std::size_t>((keys * bits_per_key + 8 * block_size - 1) / (8 * block_size)) *
          words_per_block) {}

void KeyFilter::Builder::add(std::span<const std::uint64_t> hashes) {
    const std::size_t blocks = words_.size() / words_per_block;
    if (blocks == 0) return;
    constexpr std::size_t ahead = 16;
    const auto block = [&](std::uint64_t hash) {
        return words_.data() + words_per_block * block_of(hash, blocks);
    };
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        if (i + ahead < hashes.size()) __builtin_prefetch(block(hashes[i + ahead]), 1);
        std::uint64_t* const words = block(hashes[i]);
        (void)all_probes(hashes[i], [words](std::size_t word, std::uint64_t bit) {
            words[word] |= std::uint64_t{1} << bit;
            return true;
        });
    }
}

std::string_view KeyFilter::Builder::bytes() const noexcept {
    return {reinterpret_cast<const char*>(words_.data()), words_.size() * sizeof(std::uint64_t)};
}

}  // namespace postwacht::registry
