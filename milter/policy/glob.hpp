// Globs over addresses and domains.
//
// In an address '*' stands for any characters, also none. Its two halves are matched apart, so that
// a '*' never reaches across the '@': "*@svb.example" is that domain and no other, whatever a
// quoted local part holds. In a domain '*' stands for one label. Letters are compared in lower
// case. Matching takes time in proportion to pattern times text at worst, and no recursion.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mail/address.hpp"

namespace postwacht::policy {

[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view text) noexcept;

class AddressGlob {
  public:
    // "*", or a pattern with one '@' and something on both sides of it; else nothing.
    static std::optional<AddressGlob> parse(std::string_view pattern);
    // A null or invalid address matches nothing, "*" included.
    [[nodiscard]] bool matches(const mail::Address& address) const;
    [[nodiscard]] std::string to_string() const { return local_ + '@' + domain_; }
    // Whether it stands for every address, be it at domains with a dot alone: "*@*.*".
    [[nodiscard]] bool is_everyone() const noexcept;
    // Whether it stands for every address at a domain in lower case.
    [[nodiscard]] bool is_everyone_at(std::string_view domain) const noexcept;
    // The domain that everybody whom it stands for is at or under, where that is all it asks: of
    // "*@agency.example" and "*@*.agency.example". Else empty.
    [[nodiscard]] std::string_view whole_domain() const noexcept;

  private:
    std::string local_;
    std::string domain_;
};

class DomainGlob {
  public:
    // A host name in which a label, but not every label, may be '*' ("yahoo.*"); else nothing.
    static std::optional<DomainGlob> parse(std::string_view pattern);
    [[nodiscard]] const std::string& to_string() const noexcept { return pattern_; }
    // The domain itself, or a subdomain of it. `domain` in lower case.
    [[nodiscard]] bool matches(std::string_view domain) const noexcept;

  private:
    std::string pattern_;
    std::string ending_;  // what follows the last '*' of the pattern, or all of it
};

}  // namespace postwacht::policy
