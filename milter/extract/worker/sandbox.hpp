// Sandbox: gives up, for good, what reading bytes does not need.
//
// Afterwards the process can open no socket, start no process or thread, write no file, and read
// only the folders a parser's tables stand in (by Landlock; where the kernel has none, no file at
// all). New privileges, core dumps, executable memory and debugging by others are off, memory and
// the number of descriptors are bounded. A call that is not on the list fails with EPERM, as for a
// library that may try without need; what serves no parser at all ends the process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace postwacht::extract::worker {

// Whether the address space may be limited: a sanitizer maps terabytes of it for its shadows.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define POSTWACHT_SANITIZED
inline constexpr bool address_space_is_ours = false;
#else
inline constexpr bool address_space_is_ours = true;
#endif

struct SandboxSettings {
    std::uint64_t memory = 1U << 30U;     // address space, in bytes
    std::uint64_t file_size = 1U << 30U;  // the largest answer that may be written
    std::vector<std::string> readable;    // folders; those that are missing are left out
    bool landlock = true;                 // false: as on a kernel that does not have it
};

// The folders that poppler's character maps and the fonts stand in.
[[nodiscard]] std::vector<std::string> tables_of_parsers();

// Whether Landlock guards the file system. Where the kernel has none, seccomp forbids opening any.
Result<bool> enter_sandbox(const SandboxSettings& settings);

}  // namespace postwacht::extract::worker
