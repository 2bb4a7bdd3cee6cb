// Characters of folded text as the scanners of this room see them. Internal to the room.
//
// Folded text is valid UTF-8 without capitals (base/text.hpp). A letter of any script counts as
// part of a word; punctuation outside ASCII does not, or a quoted word would have no end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postwacht::match {

// Ends a fragment inside a unit of text. Folding leaves no form feed, so it is ours alone.
inline constexpr char fragment_end = '\f';

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_ascii_letter(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
[[nodiscard]] constexpr bool is_ascii_word(char c) noexcept {
    return is_digit(c) || is_ascii_letter(c);
}
[[nodiscard]] constexpr bool is_ascii(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x80;
}

// The position of the first digit at or behind `from`; text.size() if there is none.
[[nodiscard]] std::size_t next_digit(std::string_view text, std::size_t from) noexcept;

// Whether a letter or digit of any script ends just before `position`, or begins at it.
[[nodiscard]] bool word_ends_at(std::string_view text, std::size_t position) noexcept;
[[nodiscard]] bool word_begins_at(std::string_view text, std::size_t position) noexcept;
// The same for letters only.
[[nodiscard]] bool letter_ends_at(std::string_view text, std::size_t position) noexcept;
[[nodiscard]] bool letter_begins_at(std::string_view text, std::size_t position) noexcept;

// Behind a line break at `at`, and the quote marks and blanks that begin the next line; `at` where
// there is none. And the same from the end: before that break.
[[nodiscard]] std::size_t skip_wrap(std::string_view text, std::size_t at) noexcept;
[[nodiscard]] std::size_t skip_wrap_back(std::string_view text, std::size_t at) noexcept;

// What may stand between the words of a term that is wrapped, quoted, hyphenated or in a file name.
[[nodiscard]] constexpr bool is_gap(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\t' || c == '-' || c == '_' || c == '>' || c == '|';
}

}  // namespace postwacht::match
