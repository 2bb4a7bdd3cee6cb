#include "mail/plain_values.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace postwacht::mail {
namespace {

bool is_alphanumeric(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Of the characters of a token (RFC 2045) those that mean nothing anywhere: '*' and '%' do in
// RFC 2231, '=' and '?' in RFC 2047.
bool is_plain_token(char c) noexcept {
    return is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '+';
}

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void skip_blanks(std::string_view& rest) noexcept {
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
}

// What stands at the front of `rest` and is made of such characters; empty if nothing does.
template <class Predicate>
std::string_view take(std::string_view& rest, Predicate is_part) noexcept {
    std::size_t length = 0;
    while (length < rest.size() && is_part(rest[length])) ++length;
    const auto taken = rest.substr(0, length);
    rest.remove_prefix(length);
    return taken;
}

bool take_char(std::string_view& rest, char c) noexcept {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
}

// A value in quotes may hold whatever a boundary is made of, but nothing that is decoded or folded.
bool is_plain_quoted(char c) noexcept {
    return is_plain_token(c) ||
           (c != '\0' && std::string_view(" =/:()',").find(c) != std::string_view::npos);
}

bool take_value(std::string_view& rest, std::string_view& value) noexcept {
    if (!take_char(rest, '"')) {
        value = take(rest, is_plain_token);
        return !value.empty();
    }
    value = take(rest, is_plain_quoted);
    return !value.empty() && !is_blank(value.front()) && !is_blank(value.back()) &&
           take_char(rest, '"');
}

bool has_parameter(const PlainParameters& plain, std::string_view name) noexcept {
    const auto end = plain.parameters.begin() + static_cast<std::ptrdiff_t>(plain.count);
    return std::any_of(plain.parameters.begin(), end, [name](const auto& parameter) {
        return text::ascii_iequals(parameter.name, name);
    });
}

}  // namespace

std::optional<PlainParameters> plain_parameters(std::string_view value) noexcept {
    PlainParameters plain;
    std::string_view rest = value;
    skip_blanks(rest);
    plain.head = take(rest, [](char c) { return is_plain_token(c) || c == '/'; });
    if (plain.head.empty()) return std::nullopt;
    for (;;) {
        skip_blanks(rest);
        if (rest.empty()) return plain;
        if (!take_char(rest, ';')) return std::nullopt;
        skip_blanks(rest);
        if (rest.empty()) return plain;
        if (plain.count == PlainParameters::most) return std::nullopt;
        const auto name = take(rest, is_plain_token);
        PlainParameters::Parameter parameter{name, {}};
        if (name.empty() || has_parameter(plain, name) || !take_char(rest, '=') ||
            !take_value(rest, parameter.value))
            return std::nullopt;
        plain.parameters[plain.count++] = parameter;
    }
}

}  // namespace postwacht::mail
