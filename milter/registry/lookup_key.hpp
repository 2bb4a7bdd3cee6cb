// LookupKey: what a value is called in the index.
//
// A key is the first 16 bytes of the keyed hash of a value. Among 100 million values two share one
// with a chance below 10^-22.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "crypto/keys.hpp"
#include "registry/index.hpp"
#include "registry/sip_hash.hpp"

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
// These two are asked by an update, and the first by a look-back.
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

// A key for the faster hash, one for each use.
[[nodiscard]] inline SipKey sip_key(const crypto::KeyedHash& hash, std::string_view use,
                                    std::string_view part = {}) {
    const crypto::Digest digest = hash.hash(use, part);
    SipKey key{};
    for (std::size_t i = 0; i < 16; ++i)
        key[i / 8] |= static_cast<std::uint64_t>(digest[i]) << (8 * (i % 8));
    return key;
}
// What the filter of surname words is asked with.
[[nodiscard]] inline SipKey word_filter_key(const crypto::KeyedHash& hash) {
    return sip_key(hash, "word_filter");
}

}  // namespace postwacht::registry
