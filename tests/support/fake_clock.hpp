// A clock that tests set: its times stand still until moved.
#pragma once

#include "base/clock.hpp"

namespace postwacht {

class FakeClock final : public Clock {
  public:
    std::chrono::system_clock::time_point now() const override { return now_; }
    std::chrono::steady_clock::time_point monotonic() const override { return monotonic_; }

    std::chrono::nanoseconds thread_cpu() const override { return cpu_; }

    void set_now(std::chrono::system_clock::time_point now) { now_ = now; }
    // Both times of day go forward.
    void advance(std::chrono::milliseconds by) {
        now_ += by;
        monotonic_ += by;
    }

    // The thread works for so long, and time passes.
    void work(std::chrono::milliseconds by) {
        cpu_ += by;
        advance(by);
    }

  private:
    std::chrono::nanoseconds cpu_{0};
    std::chrono::system_clock::time_point now_ =
        std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(9);
    std::chrono::steady_clock::time_point monotonic_{std::chrono::hours(1)};
};

}  // namespace postwacht
