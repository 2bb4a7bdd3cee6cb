// Subject keys: all that an index keeps so that a subject is found, made for a build and for an
// update alike.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "crypto/keys.hpp"
#include "registry/external_sort.hpp"
#include "registry/key_filter.hpp"
#include "registry/lookup_key.hpp"
#include "registry/types.hpp"

namespace postwacht::registry {

// A number that has a key.
struct KeyEntry {
    LookupKey key{};
    std::uint32_t number = 0;

    bool operator==(const KeyEntry&) const = default;
    bool operator<(const KeyEntry& other) const;
};

// What some subjects are found by.
struct SubjectKeys {
    std::vector<KeyEntry> entries;
    std::vector<std::uint64_t> filter;    // hashes for the KeyFilter
    std::vector<std::uint64_t> surnames;  // hashes for the WordFilter
    std::set<std::string> shapes;         // of their other ids
};

// Makes them. Thread-safe.
class SubjectKeyMaker {
  public:
    // `hash` must outlive it.
    explicit SubjectKeyMaker(const crypto::KeyedHash& hash)
        : hash_(&hash), filter_(hash), surnames_(word_filter_key(hash)) {}

    void add(const Subject& subject, SubjectKeys& keys) const;

  private:
    const crypto::KeyedHash* hash_;
    KeyFilterHasher filter_;
    SipKey surnames_;
};

// What an organisation is found by.
void add_organisation_keys(const crypto::KeyedHash& hash, const Organisation& organisation,
                           std::vector<KeyEntry>& entries);

// Calls put(key, numbers) for each key in ascending order, the numbers ascending too and each once.
Result<void> for_each_key(
    ExternalSort<KeyEntry>& sorted,
    const std::function<Result<void>(const LookupKey&, const std::vector<std::uint32_t>&)>& put);

}  // namespace postwacht::registry
