#include "programs/console.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/text.hpp"

namespace postwacht::programs {
namespace {

constexpr std::size_t longest_diagnostic = 1000;

// What to do about an error whose maker had no better advice.
const char* default_hint(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::usage:
            return "see 'postwacht --help' or postwacht(1)";
        case ErrorCode::config:
            return "the configuration file is described in postwacht.conf(5)";
        case ErrorCode::policy:
            return "the policy file is described in postwacht.policy(5)";
        case ErrorCode::source:
            return "correct the source and build again; the index was left as it was";
        case ErrorCode::registry_unavailable:
            return "check [registry] in the configuration, or build the index with "
                   "'postwacht registry build'";
        case ErrorCode::crypto:
            return "check the keys and certificates that the configuration names";
        case ErrorCode::disk_full:
            return "make room on the disk and try again";
        case ErrorCode::not_found:
        case ErrorCode::conflict:
        case ErrorCode::io:
        case ErrorCode::damaged:
        case ErrorCode::budget:
        case ErrorCode::delivery:
        case ErrorCode::forbidden:
        case ErrorCode::internal:
            return "";
    }
    return "";
}

bool is_control(unsigned char byte) noexcept {
    return (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;
}

void prepare_process() noexcept {
    std::signal(SIGPIPE, SIG_IGN);
    for (int fd = 0; fd <= 2; ++fd) {
        // open() gives the lowest free number, which is the one found closed.
        if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF && ::open("/dev/null", O_RDWR) < 0) return;
    }
}

}  // namespace

int exit_code_for(const Error& error) noexcept {
    switch (error.code) {
        case ErrorCode::usage:
        case ErrorCode::config:
        case ErrorCode::policy:
        case ErrorCode::source:
        case ErrorCode::registry_unavailable:
        case ErrorCode::crypto:
            return exit_usage;
        case ErrorCode::not_found:
        case ErrorCode::conflict:
        case ErrorCode::io:
        case ErrorCode::disk_full:
        case ErrorCode::damaged:
        case ErrorCode::budget:
        case ErrorCode::delivery:
        case ErrorCode::forbidden:
        case ErrorCode::internal:
            return exit_failure;
    }
    return exit_failure;
}

int run_program(std::string_view program, std::string_view hint,
                const std::function<Result<int>()>& run) noexcept {
    prepare_process();
    try {
        const auto exit_code = run();
        if (exit_code) return *exit_code;
        print_error(program, exit_code.error());
        return exit_code_for(exit_code.error());
    } catch (const std::exception&) {
        print_error(program, {ErrorCode::internal, "", "out of memory, or a fault of the program",
                              std::string(hint)});
        return exit_failure;
    }
}

Error usage_error(std::string detail, std::string hint) {
    return {ErrorCode::usage, "", std::move(detail), std::move(hint)};
}

void print_diagnostic(std::string_view line) {
    // Nobody is left to be told when stderr itself cannot be written.
    (void)write_all(STDERR_FILENO, text::printable(line, longest_diagnostic) + '\n');
}

std::string hint_of(const Error& error) {
    return error.hint.empty() ? default_hint(error.code) : error.hint;
}

void print_error(std::string_view program, const Error& error) {
    print_diagnostic(format("{}: error: {}", program, error.message()));
    const std::string hint = hint_of(error);
    if (!hint.empty()) print_diagnostic("hint: " + hint);
}

void print_warning(std::string_view program, std::string_view text) {
    print_diagnostic(format("{}: warning: {}", program, text));
}

Result<void> print(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
        if (count >= 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EPIPE) {
            return {};
        } else if (errno != EINTR) {
            return system_error("standard output", errno);
        }
    }
    return {};
}

std::string terminal_safe(std::string_view utf8) {
    const std::string valid = text::repair_utf8(utf8);
    std::string out;
    out.reserve(valid.size());
    for (std::size_t i = 0; i < valid.size(); ++i) {
        const auto byte = static_cast<unsigned char>(valid[i]);
        // U+0080 to U+009F, the second set of control characters, are C2 80 to C2 9F in UTF-8.
        const bool second_set =
            byte == 0xc2 && i + 1 < valid.size() && static_cast<unsigned char>(valid[i + 1]) < 0xa0;
        if (second_set) ++i;
        out += second_set || is_control(byte) ? '?' : valid[i];
    }
    return out;
}

Result<std::string> read_input(const std::string& file) {
    const bool from_stdin = file == "-";
    auto bytes = from_stdin ? read_all(STDIN_FILENO) : read_file(file);
    if (bytes) return bytes;
    Error error = std::move(bytes).error();
    error.code = ErrorCode::usage;
    if (from_stdin) error.where = "standard input";
    error.hint = "FILE is a file that you may read, or '-' for standard input";
    return error;
}

}  // namespace postwacht::programs
