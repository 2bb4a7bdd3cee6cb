// SipHash-1-3 (Aumasson and Bernstein, 2012, with fewer rounds): a keyed hash of some twenty
// nanoseconds, for filters and for joins while building. Whoever has the hashes and not the key
// learns nothing of the values. What is stored as the key of a record is HMAC (lookup_key.hpp).
//
// Words are taken in the order of this machine's bytes, which an index is bound to anyway.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace postwacht::registry {

using SipKey = std::array<std::uint64_t, 2>;

[[nodiscard]] std::uint64_t sip_hash(std::string_view value, const SipKey& key) noexcept;

// 128 bits, by two keys: among 100 million values two share one with a chance below 10^-22.
struct RowHash {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    bool operator==(const RowHash&) const = default;
    bool operator<(const RowHash& other) const noexcept {
        return high != other.high ? high < other.high : low < other.low;
    }
};

class RowHasher {
  public:
    RowHasher(const SipKey& high, const SipKey& low) : high_(high), low_(low) {}
    [[nodiscard]] RowHash operator()(std::string_view value) const noexcept {
        return {sip_hash(value, high_), sip_hash(value, low_)};
    }

  private:
    SipKey high_;
    SipKey low_;
};

}  // namespace postwacht::registry
