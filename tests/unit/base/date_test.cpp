#include "base/date.hpp"

#include <catch2/catch.hpp>

using namespace postwacht;
using namespace std::chrono_literals;

TEST_CASE("ISO dates are read strictly") {
    CHECK(parse_iso_date("2024-02-29") == Date(2024y / 2 / 29));
    for (const auto* text :
         {"2026-02-30", "2026-2-3", "20260203", "2026-13-01", "2026-00-10", "", "2026-02-03 "})
        CHECK_FALSE(parse_iso_date(text));
    CHECK(to_iso(Date(987y / 1 / 5)) == "0987-01-05");
}

TEST_CASE("instants go to text and back") {
    const auto instant = parse_iso_instant("2026-11-23T02:00:09Z");
    REQUIRE(instant);
    CHECK(to_iso(*instant) == "2026-11-23T02:00:09Z");
    CHECK(to_iso(*instant + 1500ms) == "2026-11-23T02:00:10Z");
    CHECK_FALSE(parse_iso_instant("2026-11-23T24:00:00Z"));
    CHECK_FALSE(parse_iso_instant("2026-11-23 02:00:09Z"));
}

TEST_CASE("durations have one unit") {
    CHECK(parse_duration("72h") == 72h);
    CHECK(parse_duration("14d") == 336h);
    CHECK(parse_duration("0s") == 0s);
    for (const auto* text : {"", "h", "72", "-1h", "1.5h", "72 h", "99999999999999999999s", "1w"})
        CHECK_FALSE(parse_duration(text));
}
