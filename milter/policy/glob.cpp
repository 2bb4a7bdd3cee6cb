// The body of policy/glob.hpp.
#include "policy/glob.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "mail/idn.hpp"

namespace postwacht::policy {
namespace {

bool is_host_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
           byte == '_' || byte >= 0x80;
}

// Takes the last label off a domain; what is left has no data() once that was the only one.
std::string_view take_last_label(std::string_view& domain) noexcept {
    const std::size_t dot = domain.rfind('.');
    const std::string_view label = dot == std::string_view::npos ? domain : domain.substr(dot + 1);
    domain = dot == std::string_view::npos ? std::string_view() : domain.substr(0, dot);
    return label;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) noexcept {
    std::size_t p = 0;
    std::size_t t = 0;
    // Where to go on when the text no longer fits: the last '*' then takes one character more.
    std::size_t star = std::string_view::npos;
    std::size_t star_end = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_end = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++star_end;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::optional<AddressGlob> AddressGlob::parse(std::string_view pattern) {
    AddressGlob glob;
    if (pattern == "*") {
        glob.local_ = glob.domain_ = "*";
        return glob;
    }
    const std::size_t at = pattern.find('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == pattern.size()) return std::nullopt;
    if (pattern.find('@', at + 1) != std::string_view::npos) return std::nullopt;
    const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    if (std::any_of(pattern.begin(), pattern.end(), blank)) return std::nullopt;
    glob.local_ = text::ascii_lower(pattern.substr(0, at));
    glob.domain_ = mail::comparable_domain(pattern.substr(at + 1));
    return glob;
}

bool AddressGlob::matches(const mail::Address& address) const {
    if (address.null || address.invalid) return false;
    return glob_matches(domain_, address.domain) &&
           glob_matches(local_, text::ascii_lower(address.local));
}

namespace {

bool is_anything(std::string_view pattern) noexcept {
    return pattern.find_first_not_of('*') == std::string_view::npos;
}

}  // namespace

bool AddressGlob::is_everyone() const noexcept {
    return is_anything(local_) && domain_.find_first_not_of("*.") == std::string::npos;
}

bool AddressGlob::is_everyone_at(std::string_view domain) const noexcept {
    return is_anything(local_) && glob_matches(domain_, domain);
}

std::string_view AddressGlob::whole_domain() const noexcept {
    if (!is_anything(local_)) return {};
    const std::string_view domain = domain_;
    const std::string_view rest =
        domain.substr(std::min(domain.find_first_not_of("*."), domain.size()));
    return rest.find('*') == std::string_view::npos ? rest : std::string_view();
}

std::optional<DomainGlob> DomainGlob::parse(std::string_view pattern) {
    DomainGlob glob;
    glob.pattern_ = mail::comparable_domain(pattern);
    std::string_view rest = glob.pattern_;
    bool names_something = false;
    for (;;) {
        const std::string_view label = take_last_label(rest);
        if (label != "*") {
            if (label.empty() || !std::all_of(label.begin(), label.end(), is_host_character))
                return std::nullopt;
            names_something = true;
        }
        if (rest.data() == nullptr) break;
    }
    if (!names_something) return std::nullopt;
    const std::size_t star = glob.pattern_.rfind('*');
    glob.ending_ = glob.pattern_.substr(star == std::string::npos ? 0 : star + 1);
    return glob;
}

bool DomainGlob::matches(std::string_view domain) const noexcept {
    // Nearly every domain fails here, and there are dozens of patterns to try.
    if (!domain.ends_with(ending_)) return false;
    std::string_view pattern = pattern_;
    for (;;) {
        if (domain.data() == nullptr) return false;
        const std::string_view label = take_last_label(domain);
        const std::string_view wanted = take_last_label(pattern);
        if (label.empty() || (wanted != "*" && wanted != label)) return false;
        if (pattern.data() == nullptr) return true;
    }
}

}  // namespace postwacht::policy
