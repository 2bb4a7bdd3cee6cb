// Moves the clock on the wall of a program that is started with this library in LD_PRELOAD: by as
// many seconds as the first eight bytes of the file POSTWACHT_TEST_CLOCK say, at any time.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

std::int64_t shift() {
    static const std::atomic<std::int64_t>* const seconds = [] {
        static const std::atomic<std::int64_t> none{0};
        const char* file = std::getenv("POSTWACHT_TEST_CLOCK");
        const int fd = file == nullptr ? -1 : ::open(file, O_RDONLY | O_CLOEXEC);
        if (fd < 0) return &none;
        void* page = ::mmap(nullptr, sizeof none, PROT_READ, MAP_SHARED, fd, 0);
        ::close(fd);
        return page == MAP_FAILED ? &none : static_cast<const std::atomic<std::int64_t>*>(page);
    }();
    return seconds->load(std::memory_order_relaxed);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += shift();
    return result;
}

time_t time(time_t* out) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != nullptr) *out = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(timeval* out, void* /*zone*/) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    *out = {now.tv_sec, static_cast<suseconds_t>(now.tv_nsec / 1000)};
    return 0;
}

}  // extern "C"
