// Look-alikes: letters and digits of other scripts that a reader takes for Latin ones.
//
// Small letters only, since folding has made them so; the capitals of each pair look alike as well
// or better. A mapping and not a judgement: real Cyrillic and Greek text changes too, in the same
// way wherever it is folded, so that it still matches itself.
#pragma once

#include <cstdint>

namespace postwacht::text {

// The ASCII letter that a small Cyrillic, Greek or Armenian letter looks like; '\0' if none.
[[nodiscard]] char look_alike_letter(std::int32_t code) noexcept;
// The ASCII digit of the same value, for a decimal digit of any script; '\0' if it is none.
[[nodiscard]] char ascii_digit(std::int32_t code) noexcept;

}  // namespace postwacht::text
