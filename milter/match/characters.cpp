#include "match/characters.hpp"

#include <algorithm>

#include <array>
#include <cstring>

namespace postwacht::match {
namespace {

std::uint32_t code_point_at(std::string_view text, std::size_t position) noexcept {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const std::uint32_t lead = byte(position);
    if (lead < 0x80) return lead;
    const auto tail = [&](std::size_t i) { return byte(position + i) & 0x3FU; };
    if (lead < 0xE0) return ((lead & 0x1FU) << 6U) | tail(1);
    if (lead < 0xF0) return ((lead & 0x0FU) << 12U) | (tail(1) << 6U) | tail(2);
    return ((lead & 0x07U) << 18U) | (tail(1) << 12U) | (tail(2) << 6U) | tail(3);
}

std::uint32_t code_point_before(std::string_view text, std::size_t position) noexcept {
    std::size_t start = position - 1;
    while (start > 0 && position - start < 4 &&
           (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80U)
        --start;
    return code_point_at(text, start);
}

// Letters outside ASCII, by exclusion of the blocks that hold punctuation and symbols.
bool is_foreign_letter(std::uint32_t code) noexcept {
    if (code < 0xC0) return code == 0xAA || code == 0xB5 || code == 0xBA;
    if (code == 0xD7 || code == 0xF7) return false;
    if (code >= 0x2000 && code <= 0x2BFF) return false;  // punctuation, arrows, signs, boxes
    if (code >= 0x3000 && code <= 0x303F) return false;
    if (code >= 0xE000 && code <= 0xF8FF) return false;  // private use: bullets of symbol fonts
    if (code >= 0xFE00 && code <= 0xFE6F) return false;
    if (code >= 0xFFF0 && code <= 0xFFFF) return false;  // specials, U+FFFD among them
    return code < 0x1F000 || code > 0x1FAFF;             // pictographs
}

bool is_word_code(std::uint32_t code, bool digits_too) noexcept {
    if (code >= 0x80) return is_foreign_letter(code);
    const char c = static_cast<char>(code);
    return is_ascii_letter(c) || (digits_too && is_digit(c));
}

}  // namespace

std::size_t next_digit(std::string_view text, std::size_t from) noexcept {
    // Most of a letter holds no digit, so thirty-two bytes are looked at together, in registers of
    // sixteen as GCC and clang know them on every machine.
    using Sixteen = unsigned char __attribute__((vector_size(16)));
    constexpr std::size_t step = sizeof(Sixteen);
    while (from + 2 * step <= text.size()) {
        std::array<Sixteen, 2> bytes;
        std::memcpy(bytes.data(), text.data() + from, sizeof(bytes));
        const auto digit = ((bytes[0] - '0') < 10) | ((bytes[1] - '0') < 10);
        std::array<std::uint64_t, 2> found;
        std::memcpy(found.data(), &digit, sizeof(digit));
        if ((found[0] | found[1]) != 0) break;
        from += 2 * step;
    }
    while (from < text.size() && !is_digit(text[from])) ++from;
    return from;
}

bool word_ends_at(std::string_view text, std::size_t position) noexcept {
    return position > 0 && is_word_code(code_point_before(text, position), true);
}

bool word_begins_at(std::string_view text, std::size_t position) noexcept {
    return position < text.size() && is_word_code(code_point_at(text, position), true);
}

bool letter_ends_at(std::string_view text, std::size_t position) noexcept {
    return position > 0 && is_word_code(code_point_before(text, position), false);
}

bool letter_begins_at(std::string_view text, std::size_t position) noexcept {
    return position < text.size() && is_word_code(code_point_at(text, position), false);
}

namespace {

// "> > > ", and no more, so that a search stays short.
constexpr std::size_t longest_quote_mark = 16;

constexpr bool begins_quoted_line(char c) noexcept {
    return c == '>' || c == '|' || c == ' ';
}

}  // namespace

std::size_t skip_wrap(std::string_view text, std::size_t at) noexcept {
    if (at >= text.size() || text[at] != '\n') return at;
    const std::size_t limit = std::min(text.size(), at + 1 + longest_quote_mark);
    ++at;
    while (at < limit && begins_quoted_line(text[at])) ++at;
    return at;
}

std::size_t skip_wrap_back(std::string_view text, std::size_t at) noexcept {
    const std::size_t limit = at > longest_quote_mark ? at - longest_quote_mark : 0;
    std::size_t begin = at;
    while (begin > limit && begins_quoted_line(text[begin - 1])) --begin;
    return begin > 0 && begin < at && text[begin - 1] == '\n' ? begin - 1 : at;
}

}  // namespace postwacht::match
