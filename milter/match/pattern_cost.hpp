// What a pattern would cost libhs to compile, told from the pattern alone. Internal to the room.
//
// A character of more than one byte is a small automaton of its own, and libhs takes time with the
// third power of how many of them a bounded repeat writes out: "foo.{0,100}bar" compiles in a fifth
// of a second, "foo.{0,300}bar" in minutes, and nothing can stop it. Classes of single bytes
// ("[a-z ]{0,2000}") cost nothing to speak of.
#pragma once

#include <cstdint>
#include <string_view>

namespace postwacht::match {

// Above this a pattern is refused.
inline constexpr std::uint64_t most_wide_characters = 200;

// How many characters of more than one byte a pattern under UTF-8 writes out, its bounded repeats
// multiplied; a property of Unicode ("\p{L}") counts for three. An upper bound, in time
// proportional to the pattern.
[[nodiscard]] std::uint64_t wide_characters(std::string_view regex);

}  // namespace postwacht::match
