// Name words: what stands beside names and is no part of them, folded. Internal to the room.
#pragma once

#include <string_view>

namespace postwacht::match {

// "mevrouw", "dhr", "drs".
[[nodiscard]] bool is_title(std::string_view word) noexcept;
// What a form has before a name: "Achternaam: Bos".
[[nodiscard]] bool is_name_label(std::string_view word) noexcept;
// "t.a.v." and "d.d." look like initials; without the stops.
[[nodiscard]] bool is_abbreviation(std::string_view letters) noexcept;
// Initials of more than one letter: "th.", "chr."; without the stop.
[[nodiscard]] bool is_long_initial(std::string_view word) noexcept;
// What follows a name that is complete: "geboren", "wonende".
[[nodiscard]] bool is_behind_name(std::string_view word) noexcept;

}  // namespace postwacht::match
