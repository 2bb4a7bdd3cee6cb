// Process: one worker as the pool sees it, from its start to its burial. Internal to worker/.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace postwacht::extract::worker {

class Process {
  public:
    // Starts the program with one end of a socket pair as its descriptor 3, the memory it may have
    // as its argument, an empty environment and nothing else of ours.
    static Result<std::unique_ptr<Process>> start(const std::filesystem::path& program,
                                                  std::uint64_t memory);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    // Kills it if it still runs, and waits for its end.
    ~Process() { end(); }

    // Waits until it says that it is in its sandbox. Error: it ended before, or took too long.
    Result<void> wait_for_greeting(std::chrono::steady_clock::time_point deadline);
    // Whether the packet is that word, which it says once.
    bool hear_greeting(std::string_view packet);
    // CPU time it has used so far; zero where that is not known.
    [[nodiscard]] std::chrono::milliseconds cpu_used() const noexcept;
    // Kills it if it still runs, waits for its end, and says whether it had eaten its memory.
    bool end() noexcept;

    [[nodiscard]] int socket() const noexcept { return socket_.get(); }
    // Sends one packet with two descriptors. Error: it is gone.
    Result<void> send(std::string_view packet, int first, int second) const;

    // Lets all others go first, as nice(1) does.
    void lower_priority(int by) const noexcept;

    std::size_t documents = 0;  // that it was given so far

  private:
    Process(pid_t pid, UniqueFd socket, std::uint64_t memory)
        : pid_(pid), socket_(std::move(socket)), memory_(memory) {}
    pid_t pid_;
    UniqueFd socket_;
    std::uint64_t memory_;
    bool greeted_ = false;
};

}  // namespace postwacht::extract::worker
