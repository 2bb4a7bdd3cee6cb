// LookupKey: what a value is called in the index, and tables of them.
//
// A key is the first 16 bytes of the keyed hash of a value. Among 100 million values two share one
// with a chance below 10^-22.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "crypto/keys.hpp"
#include "registry/index.hpp"
#include "registry/word_filter.hpp"

namespace postwacht::registry {

using LookupKey = std::array<std::uint8_t, 16>;

// The kinds of values that are hashed apart from each other.
namespace kind {
constexpr std::string_view bsn = "bsn";
constexpr std::string_view other_id = "other_id";
constexpr std::string_view email = "email";
constexpr std::string_view folded_email = "folded_email";
constexpr std::string_view name_birth_date = "name_birth_date";
constexpr std::string_view address = "address";
constexpr std::string_view organisation_address = "organisation_address";
constexpr std::string_view organisation_domain = "organisation_domain";
// These two are used while building only.
constexpr std::string_view subject_id = "subject_id";
constexpr std::string_view organisation_id = "organisation_id";
}  // namespace kind

[[nodiscard]] constexpr std::string_view kind_of(Key key) noexcept {
    switch (key) {
        case Key::bsn:
            return kind::bsn;
        case Key::other_id:
            return kind::other_id;
        case Key::email:
            return kind::email;
        case Key::folded_email:
            return kind::folded_email;
        case Key::name_birth_date:
            return kind::name_birth_date;
        case Key::address:
            return kind::address;
    }
    return {};
}

[[nodiscard]] inline LookupKey lookup_key(const crypto::KeyedHash& hash, std::string_view kind,
                                          std::string_view value) {
    const crypto::Digest digest = hash.hash(kind, value);
    LookupKey key{};
    std::copy_n(digest.begin(), key.size(), key.begin());
    return key;
}

// What the filter of surname words is asked with.
[[nodiscard]] inline WordFilterKey word_filter_key(const crypto::KeyedHash& hash) {
    const crypto::Digest digest = hash.hash("word_filter", {});
    WordFilterKey key{};
    for (std::size_t i = 0; i < 16; ++i)
        key[i / 8] |= static_cast<std::uint64_t>(digest[i]) << (8 * (i % 8));
    return key;
}

// Which numbers have a key: filled, sorted once, then read.
class KeyTable {
  public:
    struct Entry {
        LookupKey key{};
        std::uint32_t number = 0;

        bool operator==(const Entry&) const = default;
        bool operator<(const Entry& other) const {
            return std::tie(key, number) < std::tie(other.key, other.number);
        }
    };

    void add(const LookupKey& key, std::uint32_t number) { entries_.push_back({key, number}); }
    // By key, then by number; a pair that was added twice is kept once.
    void sort() {
        std::sort(entries_.begin(), entries_.end());
        entries_.erase(std::unique(entries_.begin(), entries_.end()), entries_.end());
    }

    // The rest is for a sorted table.
    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
    // The lowest number that has the key.
    [[nodiscard]] std::optional<std::uint32_t> find(const LookupKey& key) const {
        const auto place = std::lower_bound(entries_.begin(), entries_.end(), Entry{key, 0});
        if (place == entries_.end() || place->key != key) return std::nullopt;
        return place->number;
    }
    // Calls f(key, numbers) for each key in ascending order.
    template <class F>
    void for_each_key(F&& f) const {
        std::vector<std::uint32_t> numbers;
        for (std::size_t i = 0; i < entries_.size();) {
            const LookupKey& key = entries_[i].key;
            numbers.clear();
            for (; i < entries_.size() && entries_[i].key == key; ++i) {
                numbers.push_back(entries_[i].number);
            }
            f(key, std::span<const std::uint32_t>(numbers));
        }
    }

  private:
    std::vector<Entry> entries_;
};

}  // namespace postwacht::registry
