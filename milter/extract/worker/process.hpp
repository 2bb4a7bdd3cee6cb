// Process: one worker as the pool sees it, from its start to its burial. Internal to worker/.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace postwacht::extract::worker {

class Process {
  public:
    // Starts the program with one end of a socket pair as its descriptor 3, an empty environment
    // and nothing else of ours.
    static Result<std::unique_ptr<Process>> start(const std::filesystem::path& program);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    // Kills it if it still runs, and waits for its end.
    ~Process();

    [[nodiscard]] int socket() const noexcept { return socket_.get(); }
    // Sends one packet with two descriptors. Error: it is gone.
    Result<void> send(std::string_view packet, int first, int second) const;

    // Lets all others go first, as nice(1) does.
    void lower_priority(int by) const noexcept;

    std::size_t documents = 0;  // that it was given so far

  private:
    Process(pid_t pid, UniqueFd socket) : pid_(pid), socket_(std::move(socket)) {}
    pid_t pid_;
    UniqueFd socket_;
};

}  // namespace postwacht::extract::worker
