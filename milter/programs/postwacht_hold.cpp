// postwacht-hold: does to the MTA's queue what postwacht-review may not. See postwacht-hold(8).
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <chrono>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/unique_fd.hpp"
#include "programs/command_line.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "quarantine/mta_helper.hpp"

namespace postwacht::programs {
namespace {

constexpr const char* hold_name = "postwacht-hold";
constexpr std::size_t longest_question = 200;
constexpr std::chrono::seconds patience{10};

// What it runs as root is in there.
Result<UniqueFd> open_trusted(const std::string& file) {
    UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) {
        Error error = system_error(file, errno);
        error.code = ErrorCode::config;
        return error;
    }
    if ((status.st_uid != 0 && status.st_uid != ::geteuid()) || (status.st_mode & 0022U) != 0)
        return Error{ErrorCode::config, file,
                     "somebody else may write the configuration, which names commands to be run",
                     "chown root and chmod 0640 it"};
    return fd;
}

Result<std::string> read_question() {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::string text;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd ready{STDIN_FILENO, POLLIN, 0};
        const int polled =
            ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
        if (polled < 0 && errno == EINTR) continue;
        if (polled <= 0) return Error{ErrorCode::usage, "", "nothing was asked in time", {}};
        std::array<char, longest_question> buffer{};
        const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error("standard input", errno);
        text.append(buffer.data(), static_cast<std::size_t>(count));
        const std::size_t end = text.find('\n');
        if (end != std::string::npos) return text.substr(0, end);
        if (count == 0 || text.size() > longest_question)
            return Error{ErrorCode::usage, "", "this is no question", {}};
    }
}

Result<int> run(int argc, const char* const* argv) {
    std::string file = default_config_file;
    CLI::App app("Answers one question about the MTA's queue, on standard input.", hold_name);
    app.allow_extras();
    app.set_version_flag("--version", std::string("postwacht-hold ") + POSTWACHT_VERSION,
                         "Print the version");
    app.add_option("--config", file,
                   std::string("The configuration (default ") + default_config_file + ")")
        ->type_name("FILE");
    POSTWACHT_TRY(answered, parse_command_line(app, argc, argv));
    if (answered) return *answered;

    POSTWACHT_TRY(trusted, open_trusted(file));
    POSTWACHT_TRY(text, read_all(trusted.get(), largest_config));
    POSTWACHT_TRY(config, parse_config(text, file));
    if (!config.quarantine.mta)
        return Error{ErrorCode::config, file, "no MTA holds messages itself here",
                     "[quarantine.mta] says which does"};
    POSTWACHT_TRY(question, read_question());
    // One at a time: whoever looks at the queue sees what was asked before done.
    while (::flock(trusted.get(), LOCK_EX) != 0)
        if (errno != EINTR) return system_error(file, errno);
    auto settings = *std::move(config.quarantine.mta);
    settings.socket.clear();
    const auto queue = quarantine::make_mta_queue(std::move(settings));
    POSTWACHT_CHECK(write_all(STDOUT_FILENO, quarantine::answer_for(*queue, question)));
    return exit_success;
}

}  // namespace
}  // namespace postwacht::programs

int main(int argc, char** argv) {
    using namespace postwacht;
    return programs::run_program(programs::hold_name,
                                 "nothing is lost: what was asked is asked again",
                                 [&] { return programs::run(argc, argv); });
}
