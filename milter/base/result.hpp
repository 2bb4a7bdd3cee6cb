// Result<T> and Error: how everything that can fail says so.
//
// A function that touches input returns Result<T>: a value or an Error. Exceptions end at the wall
// of the third-party library that throws them. An Error holds a code, a place and a safe detail:
// never mail text, registry values or keys, so that any Error may be logged.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <utility>

namespace postwacht {

enum class ErrorCode {
    usage,                 // the command line
    config,                // postwacht.toml
    policy,                // the policy file
    source,                // a registry source file
    registry_unavailable,  // no index, a damaged one, or the wrong key
    not_found,
    conflict,   // the state does not allow it (an item already released, a lock held elsewhere)
    io,         // the system refused a file or socket operation
    disk_full,  // ENOSPC, EDQUOT
    crypto,     // a key or certificate is missing or wrong, or a seal does not open
    damaged,    // a stored file is not what it should be
    budget,     // a limit of the message was reached
    delivery,   // the re-injection listener did not take the message
    forbidden,  // this person may not do it
    internal,
};

// The word for a code, as logs and JSON show it ("disk_full").
[[nodiscard]] const char* to_string(ErrorCode code) noexcept;

struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string where;   // "policy.toml:12:3", a path, or the function of a library; may be empty
    std::string detail;  // one sentence without personal data, no final stop
    std::string hint;    // what to do about it; may be empty

    // "policy.toml:12:3: unknown action 'acept'" (without the hint).
    [[nodiscard]] std::string message() const;
};

// Called by Result::value() on an Error; throws std::runtime_error. Our own code tests first.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& at);

template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
  public:
    using boost::system::result<T, Error>::result;
};

// The Error for the last failed system call; EDQUOT and ENOSPC become disk_full.
[[nodiscard]] Error system_error(std::string where, int error_number);

}  // namespace postwacht

// Declares `var` with the value of `expression`, or returns its Error from the calling function.
// NOLINTBEGIN(bugprone-macro-parentheses): a name that is declared cannot stand in parentheses.
#define POSTWACHT_TRY(var, expression)                         \
    auto var##_result = (expression);                          \
    if (!var##_result) return std::move(var##_result).error(); \
    auto var = std::move(*var##_result)

// The same for a Result<void>.
#define POSTWACHT_CHECK(expression)                                \
    do {                                                           \
        auto check_result = (expression);                          \
        if (!check_result) return std::move(check_result).error(); \
    } while (false)
// NOLINTEND(bugprone-macro-parentheses)
