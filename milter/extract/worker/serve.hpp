// The worker's side: reads one document after the other for the pool that started it.
#pragma once

#include <cstdint>
#include <span>

#include "extract/collector.hpp"
#include "extract/worker/sandbox.hpp"

namespace postwacht::extract::worker {

// The descriptor of the socket to the pool, in a process that the pool started.
inline constexpr int pool_socket = 3;

// The memory that the pool gives a worker, its first argument; else as it was. In bytes.
[[nodiscard]] std::uint64_t memory_from(int argc, const char* const* argv, std::uint64_t otherwise);

// Enters the sandbox, greets the pool, and answers requests until it hangs up. Gives the exit
// status.
int serve(std::span<const Format> formats, const SandboxSettings& settings);

}  // namespace postwacht::extract::worker
