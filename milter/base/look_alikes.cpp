#include "base/look_alikes.hpp"

#include <algorithm>
#include <array>

namespace postwacht::text {
namespace {

struct Pair {
    std::int32_t code;
    char letter;
};

constexpr std::array<Pair, 38> letters = {{
    {0x0251, 'a'}, {0x0261, 'g'}, {0x03B1, 'a'}, {0x03B2, 'b'}, {0x03B5, 'e'}, {0x03B6, 'z'},
    {0x03B7, 'h'}, {0x03B9, 'i'}, {0x03BA, 'k'}, {0x03BD, 'n'}, {0x03BF, 'o'}, {0x03C1, 'p'},
    {0x03C4, 't'}, {0x03C5, 'y'}, {0x03C7, 'x'}, {0x0430, 'a'}, {0x0432, 'b'}, {0x0435, 'e'},
    {0x043A, 'k'}, {0x043C, 'm'}, {0x043D, 'h'}, {0x043E, 'o'}, {0x0440, 'p'}, {0x0441, 'c'},
    {0x0442, 't'}, {0x0443, 'y'}, {0x0445, 'x'}, {0x0455, 's'}, {0x0456, 'i'}, {0x0458, 'j'},
    {0x0475, 'v'}, {0x04AF, 'y'}, {0x04BB, 'h'}, {0x0501, 'd'}, {0x051B, 'q'}, {0x051D, 'w'},
    {0x0570, 'h'}, {0x0585, 'o'},
}};

// The zeros of the decimal digits (Unicode 15, category Nd) that compatibility folding leaves as
// they are; the other nine follow each.
constexpr std::array<std::int32_t, 36> zeros = {
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6,
    0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090,
    0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0x104A0};

}  // namespace

char look_alike_letter(std::int32_t code) noexcept {
    if (code < letters.front().code || code > letters.back().code) return '\0';
    const auto* const found =
        std::lower_bound(letters.begin(), letters.end(), code,
                         [](const Pair& pair, std::int32_t c) { return pair.code < c; });
    return found != letters.end() && found->code == code ? found->letter : '\0';
}

char ascii_digit(std::int32_t code) noexcept {
    if (code < zeros.front()) return '\0';
    const auto* const behind = std::upper_bound(zeros.begin(), zeros.end(), code);
    const std::int32_t value = code - *(behind - 1);
    return value < 10 ? static_cast<char>('0' + value) : '\0';
}

}  // namespace postwacht::text
