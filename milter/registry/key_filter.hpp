// KeyFilter: whether a value may be a lookup key of the index, answered from one cache line.
//
// A Bloom filter in blocks of 64 bytes (Putze, Sanders and Singler, 2007): twelve bits for each
// key, seven of them looked at, all in one block. Of values that are no keys about one in a hundred
// is taken for one and costs a real lookup. It is asked with SipHash under a secret key for each
// kind of value, without the HMAC that a lookup takes, and lies in the file of the index, mapped.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "crypto/keys.hpp"
#include "registry/index.hpp"
#include "registry/sip_hash.hpp"

namespace postwacht::registry {

// One key for each kind of value.
class KeyFilterHasher {
  public:
    explicit KeyFilterHasher(const crypto::KeyedHash& hash);
    [[nodiscard]] std::uint64_t operator()(Key kind, std::string_view value) const noexcept {
        return sip_hash(value, keys_[static_cast<std::size_t>(kind)]);
    }

  private:
    std::array<SipKey, key_kinds> keys_{};
};

class KeyFilter {
  public:
    static constexpr std::size_t block_size = 64;

    // `bytes` must outlive it. Whole blocks that a builder made; others are a filter too, one that
    // says yes or no at random.
    explicit KeyFilter(std::string_view bytes) : bytes_(bytes) {}

    // False: no key has this hash. Without bytes, always.
    [[nodiscard]] bool may_hold(std::uint64_t hash) const noexcept;

    class Builder {
      public:
        explicit Builder(std::uint64_t keys);
        // Many at once, so that one need not wait for the memory of another.
        void add(std::span<const std::uint64_t> hashes);
        // Of whole blocks; empty for no keys.
        [[nodiscard]] std::string_view bytes() const noexcept;

      private:
        std::vector<std::uint64_t> words_;
    };

  private:
    std::string_view bytes_;
};

}  // namespace postwacht::registry
