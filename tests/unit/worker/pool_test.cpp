#include "extract/worker/pool.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "extract/worker/sandbox.hpp"
#include "support/catch_result.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace std::string_literals;

namespace {

const auto break_out = "\x7F"s + "ELF";
const auto crash = "Rar!\x1A\x07 "s;
const auto endless = "!<arch>\n"s;
const auto greedy = "\x78\x9F\x3E\x22"s;
const auto start_program = "%!PS"s;
const auto slow_scan = "\xFD\x37zXZ\x00 "s;
const auto breaking_scan = "\x28\xB5\x2F\xFD"s;
const auto echo = "%PDF-een document"s;

std::unique_ptr<Extractor> pool_of(std::size_t workers, std::size_t documents = 1000) {
    worker::PoolSettings settings;
    settings.program = POSTWACHT_TEST_WORKER;
    settings.workers = workers;
    settings.documents_per_worker = documents;
    auto pool = worker::start_pool(settings);
    REQUIRE(pool.has_value());
    return std::move(*pool);
}

Reading read(const Extractor& pool, const std::string& bytes, const Limits& limits = {}) {
    Budget budget(limits);
    return pool.extract({bytes, {}, {}, "naam.bin"}, budget);
}

bool is_whole(const Reading& reading) {
    return reading.incomplete.empty() && reading.fragments.size() == 4 &&
           reading.fragments[1].text == "-een document";
}

std::vector<Why> whys(const Reading& reading) {
    std::vector<Why> out;
    for (const auto& item : reading.incomplete) out.push_back(item.why);
    return out;
}

}  // namespace

TEST_CASE("a document is read by a worker as it was handed over") {
    const auto pool = pool_of(1);
    const auto reading = read(*pool, echo);
    REQUIRE(reading.parts.size() == 2);
    CHECK(reading.parts[0].path.empty());
    CHECK(reading.parts[0].name == "naam.bin");
    CHECK(reading.parts[0].type == "application/pdf");
    CHECK(reading.parts[0].bytes == echo.size());
    CHECK(reading.parts[0].macro);
    CHECK(reading.parts[1].path == "1");
    INFO(reading.to_json());
    REQUIRE(reading.fragments.size() == 4);
    CHECK(reading.fragments[0].text == "naam.bin");
    CHECK(reading.fragments[1].text == "-een document");
    CHECK(reading.fragments[1].hidden);
    CHECK(reading.fragments[2].where == "file name");
    CHECK(reading.fragments[3].text == "tekst van binnen");
    CHECK(whys(reading).empty());
    CHECK(reading.coverage.parts == 2);
    CHECK(reading.coverage.read == 2);
}

TEST_CASE("a worker gets out of its sandbox by no way that is known here") {
    const auto pool = pool_of(1);
    const auto reading = read(*pool, break_out);
    REQUIRE(reading.fragments.size() == 1);
    CHECK(reading.fragments[0].text == "nothing");
    // Starting a program is the end of it.
    CHECK(whys(read(*pool, start_program)) == std::vector{Why::damaged});
}

TEST_CASE("a worker knows the charsets that it can no longer load") {
    const auto pool = pool_of(1);
    const auto reading = read(*pool, "BZh");
    REQUIRE(reading.fragments.size() == 3);
    CHECK(reading.fragments[0].text == "c\u0161");
    CHECK(reading.fragments[1].text == "\u65E5");
    CHECK(reading.fragments[2].text == "\u0442");
}

TEST_CASE("a parser that crashes, loops or eats memory costs its own document only") {
    const auto pool = pool_of(1);
    Limits short_time;
    short_time.wall_time = std::chrono::milliseconds(300);
    // A sanitizer's own memory cannot be told from a parser's.
    const auto hungry = worker::address_space_is_ours ? greedy : endless;
    const auto [bytes, limits, why] = GENERATE_COPY(table<std::string, Limits, Why>({
        {crash, Limits{}, Why::damaged},
        {endless, short_time, Why::over_budget},
        {hungry, worker::address_space_is_ours ? Limits{} : short_time, Why::over_budget},
    }));
    const auto reading = read(*pool, bytes, limits);
    CHECK(whys(reading) == std::vector{why});
    REQUIRE(reading.parts.size() == 1);
    CHECK(reading.parts[0].name == "naam.bin");
    CHECK(reading.coverage.read == 0);
    CHECK(is_whole(read(*pool, echo)));
}

TEST_CASE("documents wait for a worker, and many callers share few") {
    const auto pool = pool_of(2, 7);  // workers are replaced in between
    std::vector<std::thread> callers;
    std::atomic<int> whole{0};
    std::atomic<int> damaged{0};
    for (int caller = 0; caller < 8; ++caller)
        callers.emplace_back([&, caller] {
            for (int i = 0; i < 20; ++i) {
                if (i == 10 && caller % 4 == 0)
                    damaged += whys(read(*pool, crash)) == std::vector{Why::damaged} ? 1 : 0;
                else
                    whole += is_whole(read(*pool, echo)) ? 1 : 0;
            }
        });
    for (auto& caller : callers) caller.join();
    CHECK(damaged == 2);
    CHECK(whole == 158);
}

TEST_CASE("a message's budget pays for what a worker used") {
    const auto pool = pool_of(1);
    Limits limits;
    limits.fragments = 5;
    Budget budget(limits);
    CHECK(is_whole(pool->extract({echo, {}, {}, "naam.bin"}, budget)));
    CHECK(budget.left().fragments == 1);
    CHECK(whys(pool->extract({echo, {}, {}, "naam.bin"}, budget)).front() == Why::over_budget);
    CHECK(budget.left().fragments == 0);
}

TEST_CASE("a scan delays no document without one") {
    using std::chrono::milliseconds;
    using std::chrono::steady_clock;
    const auto pool = pool_of(1);
    Limits limits;
    limits.scan_time = milliseconds(2000);
    std::vector<std::future<Reading>> scans;
    for (int i = 0; i < 2; ++i)
        scans.push_back(
            std::async(std::launch::async, [&] { return read(*pool, slow_scan, limits); }));
    int between = 0;
    steady_clock::duration longest{0};
    while (scans.front().wait_for(milliseconds(0)) != std::future_status::ready) {
        const auto begin = steady_clock::now();
        REQUIRE(is_whole(read(*pool, echo)));
        longest = std::max(longest, steady_clock::now() - begin);
        ++between;
    }
    CHECK(between > 10);
    CHECK(longest < milliseconds(1000));
    const auto first = scans.front().get();
    INFO(first.to_json());
    CHECK(first.incomplete.empty());
    REQUIRE(first.fragments.size() == 2);
    CHECK(first.fragments[1].ocr);
    // The other one waited for its turn.
    CHECK(scans.back().get().fragments.size() == 2);
}

TEST_CASE("a scan that breaks its worker keeps what was read without it") {
    const auto pool = pool_of(1);
    const auto reading = read(*pool, breaking_scan);
    CHECK(whys(reading) == std::vector{Why::over_budget});
    REQUIRE(reading.fragments.size() == 1);
    CHECK(reading.fragments[0].text == "words beside it");
    CHECK(is_whole(read(*pool, echo)));
}

TEST_CASE("the time for scans is paid once, by waiting as well") {
    using std::chrono::milliseconds;
    const auto pool = pool_of(1);
    Limits limits;
    limits.wall_time = milliseconds(1000);
    limits.scan_time = milliseconds(600);
    Budget budget(limits);
    const auto begin = std::chrono::steady_clock::now();
    CHECK(whys(pool->extract({slow_scan, {}, {}, "a.xz"}, budget)).empty());
    CHECK(budget.scan_time_left() == milliseconds(0));
    // The text of the next one is read, its picture is not.
    const auto next = pool->extract({slow_scan, {}, {}, "b.xz"}, budget);
    CHECK(whys(next) == std::vector{Why::over_budget});
    CHECK(next.fragments.size() == 1);
    CHECK(std::chrono::steady_clock::now() - begin < milliseconds(1600));
}

TEST_CASE("text needs no worker") {
    const auto pool = pool_of(1);
    const auto reading = read(*pool, "gewone tekst");
    REQUIRE(reading.fragments.size() == 1);
    CHECK(reading.fragments[0].text == "gewone tekst");
}

TEST_CASE("a worker that cannot be started is told at the start") {
    worker::PoolSettings settings;
    settings.program = "/nonexistent/postwacht-extract";
    const auto pool = worker::start_pool(settings);
    REQUIRE_FALSE(pool.has_value());
    CHECK(pool.error().where == "/nonexistent/postwacht-extract");
    CHECK_FALSE(pool.error().hint.empty());
}
