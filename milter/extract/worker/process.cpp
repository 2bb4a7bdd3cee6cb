#include "extract/worker/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

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
    int spawn(pid_t& pid, const char* program) {
        // Environments hold secrets now and then, and no parser needs one.
        std::array<char, 16> name{"postwacht-extra"};
        std::array<char, 16> locale{"LC_ALL=C.UTF-8"};
        std::array<char*, 2> arguments{name.data(), nullptr};
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

Result<std::unique_ptr<Process>> Process::start(const std::filesystem::path& program) {
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
    if (error == 0) error = actions.spawn(pid, program.c_str());
    if (error != 0) {
        Error result = system_error(program.string(), error);
        result.hint = "check 'worker' under [extract]";
        return result;
    }
    return std::unique_ptr<Process>(new Process(pid, std::move(ours)));
}

Process::~Process() {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
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
