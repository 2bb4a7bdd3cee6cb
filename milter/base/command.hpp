// run_command: another program, run to its end, within limits.
//
// Never through a shell: each argument reaches the program as it is. It gets an empty standard
// input, a small fixed environment (PATH and LC_ALL=C) and no descriptor of ours but `keep_open`.
// It leads a process group of its own, which is killed when its time is up or its output is too
// long.
//
// Failure: an Error (io) where it could not be started, took too long or said too much; of the last
// two nobody knows what it did. That it ended badly is no Error: see `status`.
// Limit: a program that runs as somebody else (by sudo) cannot be killed from here; it is left.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace postwacht {

struct CommandLimits {
    std::chrono::milliseconds timeout{30'000};
    std::size_t output = 1U << 20U;  // bytes of standard output; 64 KiB of standard error
};

struct CommandResult {
    int status = 0;  // exit status; 128 and the number of the signal that ended it
    std::string output;
    std::string errors;
};

// `keep_open` (-1: none) becomes descriptor 3 of the program: a lock that it holds lasts until the
// program has ended, even where this process ends before.
Result<CommandResult> run_command(const std::vector<std::string>& arguments,
                                  const CommandLimits& limits, int keep_open = -1);

}  // namespace postwacht
