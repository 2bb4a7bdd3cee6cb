#include "session/heartbeat.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <future>

using postwacht::session::Heartbeat;
using postwacht::session::Pulse;
using namespace std::chrono_literals;

TEST_CASE("a slow callback makes the milter nudge itself, a quick one does not") {
    std::promise<void> nudged;
    std::atomic<int> nudges{0};
    Heartbeat heartbeat([&] {
        if (++nudges == 2) nudged.set_value();
    });
    Pulse pulse;
    heartbeat.add(pulse);
    CHECK(heartbeat.drain(0ms) == 0);
    pulse.busy_since = Heartbeat::now();
    CHECK(nudged.get_future().wait_for(10s) == std::future_status::ready);
    CHECK(heartbeat.drain(0ms) == 1);
    pulse.busy_since = 0;
    CHECK(heartbeat.drain(1s) == 0);
    heartbeat.remove(pulse);
}

TEST_CASE("progress goes out while a message is judged, and never while it is answered") {
    std::promise<void> progressed;
    std::atomic<int> count{0};
    Heartbeat heartbeat([] {});
    Pulse pulse;
    pulse.progress = [&] {
        if (count++ == 0) progressed.set_value();
    };
    heartbeat.add(pulse);
    // As if the callback had begun long ago, so that the test need not wait for it.
    const auto long_ago = Heartbeat::now() - std::chrono::nanoseconds(1min).count();
    {
        const std::lock_guard answering(pulse.writing);
        pulse.wants_progress = true;
        pulse.busy_since = long_ago;
        // While the answer is written, drain() passes many beats without a single progress.
        CHECK(heartbeat.drain(100ms) == 1);
        CHECK(count == 0);
    }
    CHECK(progressed.get_future().wait_for(10s) == std::future_status::ready);
    // The next one is due only an interval later.
    CHECK(heartbeat.drain(100ms) == 1);
    CHECK(count == 1);
    heartbeat.remove(pulse);
}
