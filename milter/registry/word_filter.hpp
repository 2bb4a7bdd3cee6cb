// WordFilter: whether a word may be one of many, answered from memory.
//
// A Bloom filter of sixteen to thirty-two bits for each word with six probes: of the words that are
// none of them about one in three thousand is taken for one. The hash is SipHash-1-3 under a secret
// key, so that who has the bits and not the key cannot ask which words are in it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

namespace postwacht::registry {

using WordFilterKey = std::array<std::uint64_t, 2>;

class WordFilter {
  public:
    // Of bytes that a builder made; others are a filter too, one that says yes or no at random.
    WordFilter(std::string bytes, const WordFilterKey& key);

    // False: the word is none of those that were added. Without bytes, always.
    [[nodiscard]] bool may_hold(std::string_view word) const noexcept;

    class Builder {
      public:
        explicit Builder(const WordFilterKey& key) : key_(key) {}
        void add(std::string_view word);
        // The bytes of the filter; none where no word was added.
        [[nodiscard]] std::string finish() const;

      private:
        WordFilterKey key_;
        std::unordered_set<std::uint64_t> hashes_;
    };

  private:
    std::string bytes_;
    std::uint64_t mask_ = 0;  // of bit positions
    WordFilterKey key_;
};

}  // namespace postwacht::registry
