// Header values in their plainest form, read without GMime. Internal to the room.
//
// Nearly every letter has just "text/plain; charset=utf-8", for which GMime takes five to ten
// microseconds: more than finding out whom the letter is about. Only what has one reading is taken
// here: ASCII, no comment, no quoting, no encoding, nothing twice.
// Everything else gives nullopt, and the caller asks GMime. Tests and a fuzz target hold the two
// against each other.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace postwacht::mail {

struct PlainParameters {
    struct Parameter {
        std::string_view name;  // as written
        std::string_view value;
    };
    static constexpr std::size_t most = 4;

    std::string_view head;  // "text/plain", "attachment": as written
    std::array<Parameter, most> parameters;
    std::size_t count = 0;
};

// "head; name=value; name="value"".
[[nodiscard]] std::optional<PlainParameters> plain_parameters(std::string_view value) noexcept;

}  // namespace postwacht::mail
