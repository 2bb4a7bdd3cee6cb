#include "extract/worker/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "base/log.hpp"
#include "extract/worker/protocol.hpp"
#include "extract/worker/serve.hpp"

namespace postwacht::extract::worker {
namespace {

// posix_spawn's two objects, which must be destroyed whatever happens in between.
class Actions {
  public:
    Actions() {
        posix_spawn_file_actions_init(&actions_);
        posix_spawnattr_init(&attributes_);
    }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;
    ~Actions() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    // The child's only descriptors: the socket, and standard error for what goes wrong at its
    // start.
    int prepare(int socket) {
        // Our threads block signals that the child must hear again.
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        int error = posix_spawnattr_setsigmask(&attributes_, &none);
        if (error == 0) error = posix_spawnattr_setsigdefault(&attributes_, &all);
        if (error == 0)
            error = posix_spawnattr_setflags(&attributes_,
                                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        if (error == 0)
            error = posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
        if (error == 0)
            error = posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
        if (error == 0) error = posix_spawn_file_actions_adddup2(&actions_, socket, pool_socket);
        if (error == 0)
            error = posix_spawn_file_actions_addclosefrom_np(&actions_, pool_socket + 1);
        return error;
    }
    int spawn(pid_t& pid, const char* program, std::string memory) {
        // Environments hold secrets now and then, and no parser needs one.
        std::array<char, 16> name{"postwacht-extra"};
        std::array<char, 16> locale{"LC_ALL=C.UTF-8"};
        std::array<char*, 3> arguments{name.data(), memory.data(), nullptr};
        // A worker may start no thread, and the library that recognises words would.
        std::array<char, 19> threads{"OMP_THREAD_LIMIT=1"};
        std::array<char*, 3> environment{locale.data(), threads.data(), nullptr};
        return posix_spawn(&pid, program, &actions_, &attributes_, arguments.data(),
                           environment.data());
    }

  private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

}  // namespace

Result<std::unique_ptr<Process>> Process::start(const std::filesystem::path& program,
                                                std::uint64_t memory) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0)
        return system_error("socketpair", errno);
    UniqueFd ours(pair[0]);
    const UniqueFd theirs(pair[1]);
    // Where it were the very number the child expects, dup2() would leave it to be closed by exec.
    const UniqueFd other(::fcntl(theirs.get(), F_DUPFD_CLOEXEC, pool_socket + 1));
    if (!other) return system_error("fcntl", errno);
    Actions actions;
    pid_t pid = -1;
    int error = actions.prepare(other.get());
    if (error == 0) error = actions.spawn(pid, program.c_str(), std::to_string(memory));
    if (error != 0) {
        Error result = system_error(program.string(), error);
        result.hint = "check 'worker' under [extract]";
        return result;
    }
    return std::unique_ptr<Process>(new Process(pid, std::move(ours), memory));
}

bool Process::end() noexcept {
    if (pid_ < 0) return false;
    ::kill(pid_, SIGKILL);
    rusage used{};
    while (::wait4(pid_, nullptr, 0, &used) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    // A library that gets no memory ends the process; by then it had most of what there is.
    return static_cast<std::uint64_t>(used.ru_maxrss) * 1024 > memory_ / 2;
}

Result<void> Process::wait_for_greeting(std::chrono::steady_clock::time_point deadline) {
    using std::chrono::milliseconds;
    pollfd readable{socket_.get(), POLLIN, 0};
    int ready = 0;
    do {
        const auto left =
            std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
        ready = ::poll(&readable, 1, static_cast<int>(std::max(left, milliseconds(0)).count()));
    } while (ready < 0 && errno == EINTR);
    std::array<char, 64> packet{};
    const ssize_t size =
        ready > 0 ? ::recv(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT) : 0;
    if (size > 0 && hear_greeting({packet.data(), static_cast<std::size_t>(size)})) return {};
    return Error{
        ErrorCode::io, "postwacht-extract",
        ready > 0 ? "the worker ended before it was ready" : "the worker did not get ready in time",
        "check 'worker' and 'memory' under [extract]; what is wrong with the sandbox stands "
        "in a line of its own"};
}

bool Process::hear_greeting(std::string_view packet) {
    const auto greeting = decode_greeting(packet);
    if (!greeting || greeted_) return false;
    greeted_ = true;
    // As often as nothing: a kernel has it or not.
    static std::atomic_flag said = ATOMIC_FLAG_INIT;
    if (!greeting->files_guarded && !said.test_and_set())
        log::warning("PW_EXTRACT_NO_LANDLOCK", "the kernel has no Landlock");
    return true;
}

std::chrono::milliseconds Process::cpu_used() const noexcept {
    clockid_t clock = 0;
    timespec used{};
    if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return {};
    return std::chrono::seconds(used.tv_sec) +
           std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::nanoseconds(used.tv_nsec));
}

void Process::lower_priority(int by) const noexcept {
    // Where that is forbidden the worker does its work all the same.
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(pid_), by);
}

Result<void> Process::send(std::string_view packet, int first, int second) const {
    const std::array<int, 2> fds{first, second};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(fds))> control{};
    iovec data{const_cast<char*>(packet.data()), packet.size()};  // sendmsg() does not write
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fds));
    std::memcpy(CMSG_DATA(header), fds.data(), sizeof(fds));
    ssize_t size = 0;
    do {
        size = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (size < 0 && errno == EINTR);
    if (size < 0) return system_error("postwacht-extract", errno);
    return {};
}

}  // namespace postwacht::extract::worker
