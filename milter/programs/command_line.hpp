// command_line: from argv to options, with errors like all others of ours.
//
// CLI11 reads the options. What it does not know is reported here with the nearest known word as a
// hint. An argument is echoed only where it looks like a mistyped option or command: anything else
// may be an address or a number of a person.
#pragma once

#include <optional>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace postwacht::programs {

// Every App on the way must allow_extras() and none may require() anything, so that a mistyped
// option is reported as that and not as another one that is missing.
// Gives an exit code where --help or --version has been answered, nothing where the work begins.
Result<std::optional<int>> parse_command_line(CLI::App& app, int argc, const char* const* argv);

}  // namespace postwacht::programs
