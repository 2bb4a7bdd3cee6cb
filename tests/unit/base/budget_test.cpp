#include "base/budget.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "support/fake_clock.hpp"

using namespace postwacht;
using namespace std::chrono_literals;

TEST_CASE("an exhausted budget stays exhausted and says of what") {
    FakeClock clock;
    Limits limits;
    limits.unpacked_bytes = 100;
    limits.parts = 2;
    Budget budget(limits, clock);
    CHECK(budget.take_bytes(60));
    CHECK(budget.take_part());
    CHECK_FALSE(budget.take_bytes(41));
    CHECK(budget.exhausted_by() == "unpacked_bytes");
    CHECK_FALSE(budget.take_bytes(1));
    CHECK_FALSE(budget.take_part());
    CHECK_FALSE(budget.time_left());
    CHECK(budget.exhausted_by() == "unpacked_bytes");
}

TEST_CASE("a hostile size does not wrap round") {
    Budget budget(Limits{});
    CHECK(budget.take_bytes(10));
    CHECK_FALSE(budget.take_bytes(std::numeric_limits<std::uint64_t>::max() - 5));
}

TEST_CASE("wall time is measured on the clock that only goes forward") {
    FakeClock clock;
    Limits limits;
    limits.wall_time = 2s;
    Budget budget(limits, clock);
    clock.set_now(clock.now() + 1h);
    CHECK(budget.time_left());
    clock.advance(1999ms);
    CHECK(budget.time_left());
    clock.advance(1ms);
    CHECK_FALSE(budget.time_left());
    CHECK(budget.exhausted_by() == "wall_time");
}

TEST_CASE("depth is a question, not an expense") {
    Limits limits;
    limits.depth = 3;
    const Budget budget(limits);
    CHECK(budget.depth_allowed(3));
    CHECK_FALSE(budget.depth_allowed(4));
    CHECK_FALSE(budget.exhausted());
}
