#include "registry/mailboxes.hpp"

#include <algorithm>
#include <utility>

#include "mail/idn.hpp"

namespace postwacht::registry {
namespace {

constexpr std::size_t shortest_number = 7;

bool is_number(std::string_view tag) noexcept {
    return tag.size() >= shortest_number &&
           std::all_of(tag.begin(), tag.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_tag(std::string_view local) noexcept {
    const std::size_t plus = local.find('+');
    if (plus == 0 || plus == std::string_view::npos || is_number(local.substr(plus + 1)))
        return local;
    return local.substr(0, plus);
}

// Length in bytes of the character that begins here; 1 for what is no UTF-8.
std::size_t length_of_character(std::string_view text) noexcept {
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U)
        ++length;
    return length;
}

std::string_view take_character(std::string_view& text) noexcept {
    const std::string_view character = text.substr(0, length_of_character(text));
    text.remove_prefix(character.size());
    return character;
}

}  // namespace

Mailboxes::Mailboxes(const std::vector<std::string>& dotless_domains) {
    for (const std::string& domain : dotless_domains)
        dotless_.push_back(mail::comparable_domain(domain));
    std::sort(dotless_.begin(), dotless_.end());
    dotless_.erase(std::unique(dotless_.begin(), dotless_.end()), dotless_.end());
}

std::string Mailboxes::key(std::string_view address) const {
    const std::size_t at = address.rfind('@');
    if (at == std::string_view::npos) return std::string(address);
    const std::string domain = mail::comparable_domain(address.substr(at + 1));
    std::string local(without_tag(address.substr(0, at)));
    if (std::binary_search(dotless_.begin(), dotless_.end(), domain) &&
        local.find_first_not_of('.') != std::string::npos)
        std::erase(local, '.');
    return std::move(local) + '@' + domain;
}

bool differ_in_one_character(std::string_view a, std::string_view b) {
    if (a == b) return false;
    // Up to the first character that differs, both must be alike; so must what is left once the
    // typing error is undone.
    while (!a.empty() && !b.empty()) {
        const std::string_view here_a = a.substr(0, length_of_character(a));
        const std::string_view here_b = b.substr(0, length_of_character(b));
        if (here_a != here_b) break;
        a.remove_prefix(here_a.size());
        b.remove_prefix(here_b.size());
    }
    const auto rest = [](std::string_view text) {
        if (!text.empty()) (void)take_character(text);
        return text;
    };
    if (rest(a) == rest(b) || rest(a) == b || a == rest(b)) return true;
    if (a.empty() || b.empty()) return false;
    const std::string_view first_a = take_character(a);
    const std::string_view first_b = take_character(b);
    if (a.empty() || b.empty()) return false;
    const std::string_view second_a = take_character(a);
    const std::string_view second_b = take_character(b);
    return first_a == second_b && second_a == first_b && a == b;
}

}  // namespace postwacht::registry
