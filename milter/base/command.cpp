#include "base/command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

#include "base/format.hpp"
#include "base/unique_fd.hpp"

namespace postwacht {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t most_errors = 64U << 10U;
// After it was killed, until it is left alone.
constexpr std::chrono::seconds last_wait{2};

// posix_spawn's two objects, which must be destroyed whatever happens in between.
class SpawnPlan {
  public:
    SpawnPlan() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }

    int prepare(int output, int errors, int keep_open) {
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        int failed = posix_spawnattr_setsigmask(&attributes, &none);
        if (failed == 0) failed = posix_spawnattr_setsigdefault(&attributes, &all);
        if (failed == 0)
            failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
                                                               POSIX_SPAWN_SETSIGDEF |
                                                               POSIX_SPAWN_SETPGROUP);
        if (failed == 0)
            failed = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        if (failed == 0) failed = posix_spawn_file_actions_adddup2(&actions, output, 1);
        if (failed == 0) failed = posix_spawn_file_actions_adddup2(&actions, errors, 2);
        if (failed == 0 && keep_open >= 0)
            failed = posix_spawn_file_actions_adddup2(&actions, keep_open, 3);
        if (failed == 0)
            failed = posix_spawn_file_actions_addclosefrom_np(&actions, keep_open >= 0 ? 4 : 3);
        return failed;
    }

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

// What was read of one pipe of the program.
struct Stream {
    UniqueFd fd;
    std::string text;
    std::size_t limit = 0;

    // False where it says more than it may.
    bool take() {
        std::array<char, 65536> buffer{};
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0) return errno == EINTR || errno == EAGAIN;
        if (count == 0) {
            fd.reset();
            return true;
        }
        text.append(buffer.data(), static_cast<std::size_t>(count));
        return text.size() <= limit;
    }
};

Result<std::array<UniqueFd, 2>> make_pipe(const std::string& where) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(where, errno);
    return std::array<UniqueFd, 2>{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Its status once it has ended; -1 where it has not in time.
int wait_for(pid_t pid, Steady::time_point until) {
    for (;;) {
        int status = 0;
        const pid_t ended = ::waitpid(pid, &status, WNOHANG);
        if (ended == pid) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (ended < 0 && errno != EINTR) return 127;
        if (Steady::now() >= until) return -1;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

Error cut_off(pid_t pid, const std::string& program, std::string what) {
    ::kill(-pid, SIGKILL);
    (void)wait_for(pid, Steady::now() + last_wait);
    return {ErrorCode::io, program, std::move(what), {}};
}

}  // namespace

Result<CommandResult> run_command(const std::vector<std::string>& arguments,
                                  const CommandLimits& limits, int keep_open) {
    if (arguments.empty()) return Error{ErrorCode::internal, "", "no program to run", {}};
    const std::string& program = arguments.front();
    POSTWACHT_TRY(output, make_pipe(program));
    POSTWACHT_TRY(errors, make_pipe(program));
    SpawnPlan plan;
    int failed = plan.prepare(output[1].get(), errors[1].get(), keep_open);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    std::string locale = "LC_ALL=C";
    std::array<char*, 3> environment{path.data(), locale.data(), nullptr};
    const auto deadline = Steady::now() + limits.timeout;
    pid_t pid = -1;
    if (failed == 0)
        failed = ::posix_spawnp(&pid, program.c_str(), &plan.actions, &plan.attributes, argv.data(),
                                environment.data());
    if (failed != 0) return system_error(program, failed);
    output[1].reset();
    errors[1].reset();

    Stream out{std::move(output[0]), {}, limits.output};
    Stream err{std::move(errors[0]), {}, most_errors};
    while (out.fd || err.fd) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now());
        if (left.count() <= 0) return cut_off(pid, program, "the command took too long");
        std::array<pollfd, 2> ready{pollfd{out.fd.get(), POLLIN, 0},
                                    pollfd{err.fd.get(), POLLIN, 0}};
        const int polled = ::poll(ready.data(), ready.size(), static_cast<int>(left.count()));
        if (polled < 0 && errno != EINTR) return cut_off(pid, program, "the command was lost");
        if (polled <= 0) continue;
        if ((out.fd && ready[0].revents != 0 && !out.take()) ||
            (err.fd && ready[1].revents != 0 && !err.take()))
            return cut_off(pid, program, "the command said more than it may");
    }
    const int status = wait_for(pid, deadline);
    if (status < 0) return cut_off(pid, program, "the command took too long");
    return CommandResult{status, std::move(out.text), std::move(err.text)};
}

}  // namespace postwacht
