// Shifted lists whose neighbours come far apart, and the bounds of what is remembered of them.
#include "pipeline/run_astray.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include "unit/pipeline/run_world.hpp"

using namespace postwacht::run_tests;

namespace {

// The list as it comes when it is dealt out to connections, each of which sends its share at its
// own speed: `lag` letters behind the one before.
std::vector<RunLetter> dealt_out(const std::vector<RunLetter>& run, std::size_t connections,
                                 std::size_t lag) {
    std::vector<RunLetter> out;
    for (std::size_t tick = 0; out.size() < run.size(); ++tick)
        for (std::size_t i = 0; i < connections; ++i) {
            if (tick < i * lag) continue;
            const std::size_t row = (tick - i * lag) * connections + i;
            if (row < run.size()) out.push_back(run[row]);
        }
    return out;
}

// How many letters leave behind the fifth of which it can be known that it is wrong: of a letter
// beside which in the list it belongs came before.
std::size_t leaving_too_late(const World& world, const std::vector<RunLetter>& run) {
    std::vector<std::uint64_t> came;
    std::size_t known = 0;
    std::size_t late = 0;
    for (const RunLetter& each : run) {
        const bool left = !world.holds(each);
        if (left && known >= 5) ++late;
        const std::uint64_t row = each.identity >> 32U;
        known += std::any_of(came.begin(), came.end(), [row](std::uint64_t other) {
            return other + 1 == row || row + 1 == other;
        });
        came.push_back(row);
    }
    return late;
}

TEST_CASE("a shift shows where connections lag far behind each other") {
    const std::size_t connections = GENERATE(2U, 4U, 10U);
    const std::size_t lag = GENERATE(0U, 1U, 30U, 70U);
    const int rows = GENERATE(1, -1);
    const World world;
    CHECK(leaving_too_late(world, dealt_out(shifted(2000, rows), connections, lag)) == 0);
}

TEST_CASE("a shift shows where every other letter was put off and comes at the end") {
    const World world;
    const auto run = shifted(5000, 1);
    std::vector<RunLetter> order;
    for (std::size_t i = 0; i < run.size(); i += 2) order.push_back(run[i]);
    for (std::size_t i = 1; i < run.size(); i += 2) order.push_back(run[i]);
    CHECK(leaving_too_late(world, order) == 0);
    CHECK(leaving(World(), order) < order.size() / 2 + 5);
}

TEST_CASE("a shift shows among as much other mail of the sender as there is") {
    const World world;
    std::size_t left = 0;
    for (std::uint64_t i = 0; i < 40; ++i) {
        left += world.holds(letter(i + 1, i + 2)) ? 0 : 1;
        for (std::uint64_t n = 0; n < 200; ++n) {
            auto other = letter(1000 + n, 1000 + n);
            other.text = template_number(static_cast<std::uint16_t>(2 + n));
            REQUIRE_FALSE(world.holds(other));
        }
    }
    CHECK(left == 4);
}

TEST_CASE("letters that are not at their own recipient are remembered within bounds") {
    const World world;
    // As many runs, of as many letters, as would take ten times what there is room for.
    constexpr std::uint64_t runs = 80;
    constexpr std::uint64_t letters = 9000;
    for (std::uint64_t i = 0; i < letters; ++i)
        for (std::uint64_t n = 0; n < runs; ++n) {
            auto each = letter(1 + i, 100'000 + i);  // to nobody that is registered
            each.text = template_number(static_cast<std::uint16_t>(2 + n));
            REQUIRE_FALSE(world.holds(each));
        }
    // What came last shows a shift still.
    std::size_t left = 0;
    for (std::uint64_t i = 0; i < 40; ++i) {
        auto each = letter(50'000 + i, 50'001 + i);
        each.text = template_number(2);
        left += world.holds(each) ? 0 : 1;
    }
    CHECK(left == 4);
}

}  // namespace
