// WordFilter: whether a word may be one of many, answered from memory.
//
// A Bloom filter of sixteen to thirty-two bits for each word with six probes: of the words that are
// none of them about one in three thousand is taken for one. The hash is SipHash under a secret
// key, so that who has the bits and not the key cannot ask which words are in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "registry/sip_hash.hpp"

namespace postwacht::registry {

class WordFilter {
  public:
    // Of bytes that a builder made; others are a filter too, one that says yes or no at random.
    WordFilter(std::string bytes, const SipKey& key);

    // False: the word is none of those that were added. Without bytes, always.
    [[nodiscard]] bool may_hold(std::string_view word) const noexcept;

    class Builder {
      public:
        explicit Builder(const SipKey& key) : key_(key) {}
        void add(std::string_view word) { add_hash(sip_hash(word, key_)); }
        // What sip_hash() gives under the filter's key.
        void add_hash(std::uint64_t hash) { hashes_.insert(hash); }
        // The bytes of the filter; none where no word was added.
        [[nodiscard]] std::string finish() const;

      private:
        SipKey key_;
        std::unordered_set<std::uint64_t> hashes_;
    };

  private:
    std::string bytes_;
    std::uint64_t mask_ = 0;  // of bit positions
    SipKey key_;
};

}  // namespace postwacht::registry
