#include "base/clock.hpp"

#include <time.h>

namespace postwacht {
namespace {

class SystemClock final : public Clock {
  public:
    std::chrono::system_clock::time_point now() const override {
        return std::chrono::system_clock::now();
    }
    std::chrono::steady_clock::time_point monotonic() const override {
        return std::chrono::steady_clock::now();
    }
    std::chrono::nanoseconds thread_cpu() const override {
        // That clock costs a system call, and cannot have run further than the one on the wall.
        constexpr std::chrono::microseconds precision{500};
        struct Look {
            std::chrono::steady_clock::time_point at;
            std::chrono::nanoseconds used{-1};
        };
        thread_local Look last;
        const auto at = monotonic();
        if (last.used >= std::chrono::nanoseconds(0) && at - last.at < precision) return last.used;
        timespec used{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
        last = {at, std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec)};
        return last.used;
    }
};

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace postwacht
