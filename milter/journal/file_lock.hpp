// FileLock: holds flock(2) on a descriptor of this process.
#pragma once

#include <sys/file.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace postwacht::journal {

class FileLock {
  public:
    static Result<FileLock> take(int fd, const std::string& where) {
        while (::flock(fd, LOCK_EX) != 0)
            if (errno != EINTR) return system_error(where, errno);
        return FileLock(fd);
    }
    FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileLock& operator=(FileLock&&) = delete;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock() {
        if (fd_ >= 0) ::flock(fd_, LOCK_UN);
    }

  private:
    explicit FileLock(int fd) : fd_(fd) {}
    int fd_;
};

}  // namespace postwacht::journal
