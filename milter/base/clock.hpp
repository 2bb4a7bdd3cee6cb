// Clock: the time of day and the time that only goes forward; a seam, with a fake in tests/support.
#pragma once

#include <chrono>

namespace postwacht {

class Clock {
  public:
    virtual ~Clock() = default;
    // UTC; may step when the system's clock is set.
    [[nodiscard]] virtual std::chrono::system_clock::time_point now() const = 0;
    // For measuring how long something takes.
    [[nodiscard]] virtual std::chrono::steady_clock::time_point monotonic() const = 0;
    // CPU time that the calling thread has used, to within half a millisecond.
    [[nodiscard]] virtual std::chrono::nanoseconds thread_cpu() const = 0;
};

// The system's clocks.
[[nodiscard]] const Clock& system_clock();

}  // namespace postwacht
