// The worker's side: reads one document after the other for the pool that started it.
#pragma once

#include <span>

#include "extract/collector.hpp"
#include "extract/worker/sandbox.hpp"

namespace postwacht::extract::worker {

// The descriptor of the socket to the pool, in a process that the pool started.
inline constexpr int pool_socket = 3;

// Enters the sandbox and answers requests until the pool hangs up. Gives the exit status.
int serve(std::span<const Format> formats, const SandboxSettings& settings);

}  // namespace postwacht::extract::worker
