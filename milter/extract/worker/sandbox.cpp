#include "extract/worker/sandbox.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <memory>

#include "base/unique_fd.hpp"

namespace postwacht::extract::worker {
namespace {

// What Landlock calls reading, and all that it may forbid in the first version of its interface.
constexpr std::uint64_t read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t all_rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1;

Error sandbox_error(const char* step, int error) {
    Error result = system_error(step, error);
    result.hint = "the worker needs a kernel with seccomp; a container may forbid it";
    return result;
}

Result<void> limit(int resource, std::uint64_t value) {
    const rlimit both{value, value};
    if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &both) != 0)
        return sandbox_error("setrlimit", errno);
    return {};
}

// Whether Landlock now guards the file system; false where the kernel does not have it.
Result<bool> restrict_files(const std::vector<std::string>& readable) {
    const auto version =
        ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return false;
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = all_rights;
    const UniqueFd rules(static_cast<int>(
        ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
    if (!rules) return sandbox_error("landlock_create_ruleset", errno);
    for (const auto& folder : readable) {
        const UniqueFd fd(::open(folder.c_str(), O_PATH | O_CLOEXEC | O_DIRECTORY));
        if (!fd) continue;
        landlock_path_beneath_attr beneath{};
        beneath.allowed_access = read_rights;
        beneath.parent_fd = fd.get();
        if (::syscall(SYS_landlock_add_rule, rules.get(), LANDLOCK_RULE_PATH_BENEATH, &beneath,
                      0) != 0)
            return sandbox_error("landlock_add_rule", errno);
    }
    if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0)
        return sandbox_error("landlock_restrict_self", errno);
    return true;
}

struct ReleaseFilter {
    void operator()(void* filter) const noexcept { seccomp_release(filter); }
};

class Filter {
  public:
    // What is not allowed fails as if the user might not do it.
    Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {}

    void allow(std::initializer_list<int> calls) {
        for (const int call : calls) add(SCMP_ACT_ALLOW, call);
    }
    void kill(std::initializer_list<int> calls) {
        for (const int call : calls) add(SCMP_ACT_KILL_PROCESS, call);
    }
    // Allowed where `argument` has that very value.
    void allow_with(int call, unsigned argument, std::uint64_t value) {
        add(SCMP_ACT_ALLOW, call, scmp_arg_cmp{argument, SCMP_CMP_EQ, value, 0});
    }
    // Allowed where `argument` has none of the bits of `mask`.
    void allow_without(int call, unsigned argument, std::uint64_t mask) {
        add(SCMP_ACT_ALLOW, call, scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, mask, 0});
    }
    Result<void> load() {
        if (!context_ || failed_ != 0)
            return sandbox_error("seccomp", failed_ == 0 ? ENOMEM : -failed_);
        if (const int result = seccomp_load(context_.get()); result != 0)
            return sandbox_error("seccomp_load", -result);
        return {};
    }

  private:
    template <class... Comparison>
    void add(std::uint32_t action, int call, Comparison... comparison) {
        if (!context_) return;
        const int result =
            seccomp_rule_add(context_.get(), action, call, sizeof...(comparison), comparison...);
        if (result != 0 && failed_ == 0) failed_ = result;
    }

    std::unique_ptr<void, ReleaseFilter> context_;
    int failed_ = 0;
};

Result<void> restrict_calls(bool files_are_guarded) {
    Filter filter;
    // Memory, time, the descriptors it was given, its own signals, its own end.
    filter.allow({SCMP_SYS(brk),
                  SCMP_SYS(munmap),
                  SCMP_SYS(mremap),
                  SCMP_SYS(madvise),
                  SCMP_SYS(futex),
                  SCMP_SYS(sched_yield),
                  SCMP_SYS(sched_getaffinity),
                  SCMP_SYS(clock_gettime),
                  SCMP_SYS(clock_getres),
                  SCMP_SYS(clock_nanosleep),
                  SCMP_SYS(nanosleep),
                  SCMP_SYS(gettimeofday),
                  SCMP_SYS(getrandom),
                  SCMP_SYS(getpid),
                  SCMP_SYS(gettid),
                  SCMP_SYS(getuid),
                  SCMP_SYS(geteuid),
                  SCMP_SYS(getgid),
                  SCMP_SYS(getegid),
                  SCMP_SYS(getrusage),
                  SCMP_SYS(sysinfo),
                  SCMP_SYS(uname),
                  SCMP_SYS(rt_sigaction),
                  SCMP_SYS(rt_sigprocmask),
                  SCMP_SYS(rt_sigreturn),
                  SCMP_SYS(sigaltstack),
                  SCMP_SYS(restart_syscall),

                  SCMP_SYS(exit),
                  SCMP_SYS(exit_group),
                  SCMP_SYS(membarrier),
                  SCMP_SYS(rseq),
                  SCMP_SYS(set_robust_list)});
    filter.allow(
        {SCMP_SYS(read),       SCMP_SYS(write),     SCMP_SYS(readv),      SCMP_SYS(writev),
         SCMP_SYS(pread64),    SCMP_SYS(pwrite64),  SCMP_SYS(lseek),      SCMP_SYS(fstat),
         SCMP_SYS(newfstatat), SCMP_SYS(statx),     SCMP_SYS(stat),       SCMP_SYS(lstat),
         SCMP_SYS(close),      SCMP_SYS(ftruncate), SCMP_SYS(recvmsg),    SCMP_SYS(sendmsg),
         SCMP_SYS(poll),       SCMP_SYS(ppoll),     SCMP_SYS(access),     SCMP_SYS(faccessat),
         SCMP_SYS(faccessat2), SCMP_SYS(readlink),  SCMP_SYS(readlinkat), SCMP_SYS(getcwd),
         SCMP_SYS(getdents64), SCMP_SYS(dup3)});
    // A sanitizer asks by a pipe of its own whether memory can be read.
    if (!address_space_is_ours) filter.allow({SCMP_SYS(pipe), SCMP_SYS(pipe2)});
    // Signals to itself, as abort() sends them, and to nobody else: its owner has the same user.
    filter.allow_with(SCMP_SYS(tgkill), 0, static_cast<std::uint64_t>(::getpid()));
    // Nor by way of a descriptor's owner (F_SETOWN).
    for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL})
        filter.allow_with(SCMP_SYS(fcntl), 1, static_cast<std::uint64_t>(command));
    // Memory that was written is never run.
    filter.allow_without(SCMP_SYS(mmap), 2, PROT_EXEC);
    filter.allow_without(SCMP_SYS(mprotect), 2, PROT_EXEC);
    if (files_are_guarded) {
        constexpr std::uint64_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
        filter.allow_without(SCMP_SYS(openat), 2, writing);
        filter.allow_without(SCMP_SYS(open), 1, writing);
    }
    // No parser has a reason to try these: whoever does is not a parser any more.
    filter.kill({SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
                 SCMP_SYS(process_vm_writev), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(bpf),
                 SCMP_SYS(io_uring_setup), SCMP_SYS(userfaultfd), SCMP_SYS(mount),
                 SCMP_SYS(unshare), SCMP_SYS(setns)});
    return filter.load();
}

}  // namespace

std::vector<std::string> tables_of_parsers() {
    return {"/usr/share/poppler", "/usr/share/fonts", "/etc/fonts", "/usr/share/fontconfig",
            "/var/cache/fontconfig"};
}

Result<bool> enter_sandbox(const SandboxSettings& settings) {
    // Not dumpable: no core of somebody's letter, and nobody of the same user attaches to it.
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return sandbox_error("prctl", errno);
    POSTWACHT_CHECK(limit(RLIMIT_CORE, 0));
    POSTWACHT_CHECK(limit(RLIMIT_NOFILE, 64));
    POSTWACHT_CHECK(limit(RLIMIT_FSIZE, settings.file_size));
    if (address_space_is_ours) {
        POSTWACHT_CHECK(limit(RLIMIT_AS, settings.memory));
    }
    bool guarded = false;
    if (settings.landlock) {
        POSTWACHT_TRY(restricted, restrict_files(settings.readable));
        guarded = restricted;
    }
    POSTWACHT_CHECK(restrict_calls(guarded));
    return guarded;
}

}  // namespace postwacht::extract::worker
