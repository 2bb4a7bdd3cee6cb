// Given names that only women or only men have, and titles that say the same. Internal to the room.
//
// The registry tells nobody's sex, and a letter says it only in a title. So a title tells two
// people apart who share a surname and an address or birth date where the given name of one of them
// is common and of one sex only; names that both have (Anne, Robin, Deniz) and all others tell
// nothing.
#pragma once

#include <cstdint>
#include <string_view>

namespace postwacht::match {

enum class Sex : std::uint8_t { unknown, female, male };

// Of a folded given name.
[[nodiscard]] Sex sex_of_given_name(std::string_view folded) noexcept;
// Of a folded title without its stop: "mevr", "dhr"; unknown for "dr" and "familie".
[[nodiscard]] Sex sex_of_title(std::string_view folded) noexcept;

}  // namespace postwacht::match
