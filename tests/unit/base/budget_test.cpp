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

TEST_CASE("recognising has its own allowance, and wall time waits for it") {
    FakeClock clock;
    Limits limits;
    limits.wall_time = 2s;
    limits.scan_pages = 2;
    limits.scan_time = 5s;
    Budget budget(limits, clock);
    REQUIRE(budget.take_scan_page());
    clock.advance(3s);
    budget.charge_scan(3s);
    CHECK(budget.scan_time_left() == 2s);
    CHECK(budget.left().wall_time == 2s);
    REQUIRE(budget.take_scan_page());
    clock.advance(3s);
    budget.charge_scan(3s);  // one second more than there was
    CHECK(budget.left().wall_time == 1s);
    CHECK_FALSE(budget.take_scan_page());
    CHECK_FALSE(budget.exhausted());
    CHECK(budget.spent().scan_pages == 2);
    CHECK(budget.spent().scan_time == 5s);
}

TEST_CASE("what somebody else spent is paid, and too much of it ends the budget") {
    FakeClock clock;
    Limits limits;
    limits.parts = 10;
    Budget budget(limits, clock);
    Spent spent;
    spent.parts = 4;
    spent.scan_time = -5s;  // as a worker in strange hands may say
    budget.charge(spent);
    CHECK(budget.left().parts == 6);
    CHECK(budget.left().scan_time == limits.scan_time);
    spent.parts = 7;
    budget.charge(spent);
    CHECK(budget.exhausted_by() == "parts");
}

TEST_CASE("CPU time is what the thread worked, and what others worked for it") {
    FakeClock clock;
    Limits limits;
    limits.wall_time = 100s;
    limits.cpu_time = 10s;
    Budget budget(limits, clock);
    clock.advance(50s);  // waiting costs none
    CHECK(budget.time_left());
    clock.work(4s);
    CHECK(budget.time_left());
    Spent spent;
    spent.cpu_time = 5s;
    budget.charge(spent);
    CHECK(budget.left().cpu_time == 1s);
    CHECK(budget.time_left());
    clock.work(1s);
    CHECK_FALSE(budget.time_left());
    CHECK(budget.exhausted_by() == "cpu_time");
}

TEST_CASE("a document has a share, and whatever it does something is left") {
    FakeClock clock;
    Limits limits;
    limits.wall_time = 30s;
    limits.cpu_time = 20s;
    limits.parts = 100;
    limits.text_bytes = 1000;
    Budget budget(limits, clock);
    const Limits share = budget.share(1000);
    CHECK(share.wall_time == 15s);
    CHECK(share.cpu_time == 10s);
    CHECK(share.parts == 90);
    CHECK(share.text_bytes == 900);
    Budget own(share, budget.clock());
    while (own.take_part()) {
    }
    budget.charge(own.spent());
    CHECK(own.exhausted());
    CHECK(budget.left().parts == 10);
    CHECK(budget.time_left());
    clock.advance(29'500ms);
    CHECK(budget.share(1000).wall_time == 500ms);  // less than a second is not halved
}

TEST_CASE("a small document may unpack to little, a large one to nearly all") {
    Limits limits;
    limits.ratio = 100;
    limits.unpacked_bytes = 1'000'000'000;
    const Budget budget(limits);
    CHECK(budget.share(10).unpacked_bytes == 32U << 20U);
    CHECK(budget.share(1'000'000).unpacked_bytes == 100'000'000);
    CHECK(budget.share(~std::uint64_t{0}).unpacked_bytes == 900'000'000);
    CHECK_FALSE(budget.is_bomb(10, 1'000'000));
    CHECK(budget.is_bomb(10, 40'000'000));
    CHECK_FALSE(budget.is_bomb(10'000'000, 400'000'000));
}

TEST_CASE("text is counted, and pages end without ending the rest") {
    Limits limits;
    limits.text_bytes = 10;
    limits.pages = 1;
    Budget budget(limits);
    CHECK(budget.take_page());
    CHECK_FALSE(budget.take_page());
    CHECK(budget.take_text(10));
    CHECK_FALSE(budget.take_text(1));
    CHECK(budget.exhausted_by() == "text_bytes");
}
