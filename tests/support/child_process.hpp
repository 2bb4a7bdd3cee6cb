// ChildProcess: runs a piece of a test in a process of its own, so that it can be killed, have its
// limits lowered or see a full disk. The child reports by what it returns: nothing when all was as
// it should be, otherwise what was not. Fork before starting threads.
#pragma once

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

namespace postwacht {

class ChildProcess {
  public:
    explicit ChildProcess(const std::function<std::string()>& body) {
        int ends[2];
        if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
        process_ = ::fork();
        if (process_ < 0) throw std::runtime_error("fork failed");
        if (process_ == 0) {
            ::close(ends[0]);
            std::string report;
            try {
                report = body();
            } catch (const std::exception& error) {
                report = std::string("exception: ") + error.what();
            }
            const bool told = report.empty() || ::write(ends[1], report.data(), report.size()) >= 0;
            // Not exit(): what the parent registered to run at its end is not the child's to run.
            ::_exit(told ? 0 : 1);
        }
        ::close(ends[1]);
        output_ = ends[0];
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess() {
        if (process_ > 0) {
            kill();
            wait();
        }
        ::close(output_);
    }

    void kill() const { ::kill(process_, SIGKILL); }

    // The child's report, once it has ended; "killed" where a signal ended it without one.
    std::string wait() {
        std::string report;
        char buffer[4096];
        for (;;) {
            const ssize_t count = ::read(output_, buffer, sizeof buffer);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) break;
            report.append(buffer, static_cast<std::size_t>(count));
        }
        int status = 0;
        while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
        }
        process_ = -1;
        if (report.empty() && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) report = "killed";
        return report;
    }

  private:
    pid_t process_ = -1;
    int output_ = -1;
};

// What on_small_disk() reports where the system lets this user mount nothing.
inline const std::string no_small_disk = "cannot mount";

// Mounts a file system of `size` ("512k") at `directory`, seen by the calling process only, which
// should be a ChildProcess. Works as root and, where the kernel allows it, as any user.
inline bool mount_small_disk(const std::filesystem::path& directory, const std::string& size) {
    const uid_t user = ::getuid();
    const gid_t group = ::getgid();
    if (::unshare(CLONE_NEWNS) != 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
        std::ofstream("/proc/self/setgroups") << "deny";
        std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1";
        std::ofstream("/proc/self/gid_map") << group << ' ' << group << " 1";
    }
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
    return ::mount("tmpfs", directory.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
}

}  // namespace postwacht
