// console: what both programs share in talking to their user: exit codes, errors, output.
//
// Errors go to stderr as "postwacht: error: ..." on one line, and what to do about it as "hint:
// ...". Output goes to stdout through print(). A reader that went away ("postwacht ... | head") is
// not an error, and the exit code stays the command's own.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postwacht::programs {

// Exit codes; the last three are those of `postwacht check`.
inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_quarantine = 10;
inline constexpr int exit_reject = 11;
inline constexpr int exit_tempfail = 12;

// 2 where what the user gave is wrong (command line, configuration, policy, source, key, index),
// 1 where the work failed.
[[nodiscard]] int exit_code_for(const Error& error) noexcept;

// What main() is: the exit code of `run`, or that of its Error, which is printed with `program` in
// front. An exception is a fault of the program, or no memory; `hint` says what to do then. SIGPIPE
// is ignored, and /dev/null opened on any of descriptors 0 to 2 that is closed, so that no data
// file can take the place of stdout.
[[nodiscard]] int run_program(std::string_view program, std::string_view hint,
                              const std::function<Result<int>()>& run) noexcept;

[[nodiscard]] Error usage_error(std::string detail, std::string hint);

// The hint of an Error, or that of its code; empty where that has none.
[[nodiscard]] std::string hint_of(const Error& error);

// `program` is the name in front ("postwacht"). An Error without a hint gets that of its code.
void print_error(std::string_view program, const Error& error);
void print_warning(std::string_view program, std::string_view text);
// A whole line on stderr, control characters replaced.
void print_diagnostic(std::string_view line);

// Writes to stdout at once. Error: io, disk_full.
Result<void> print(std::string_view text);

// Text of a mail for a terminal: newlines and tabs stay, every other control character becomes '?',
// so that a letter cannot send escape sequences to whoever looks at it.
[[nodiscard]] std::string terminal_safe(std::string_view utf8);

// The file named on the command line, "-" for stdin. Errors are the user's (usage).
Result<std::string> read_input(const std::string& file);

}  // namespace postwacht::programs
