#include "extract/worker/pool.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "extract/worker/sandbox.hpp"
#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

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

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::uint64_t memory = 512U << 20U;

std::unique_ptr<Extractor> pool_of(std::size_t workers, std::size_t documents = 1000,
                                   const std::filesystem::path& program = POSTWACHT_TEST_WORKER) {
    worker::PoolSettings settings;
    settings.program = program;
    settings.memory = memory;
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

// The processes that this one has started.
std::vector<pid_t> children() {
    std::vector<pid_t> out;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream file(thread.path() / "children");
        std::copy(std::istream_iterator<pid_t>(file), {}, std::back_inserter(out));
    }
    return out;
}

std::string file_of(pid_t pid, const char* name) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A mail with these attachments and a text behind them.
std::string mail_of(const std::vector<std::string>& attachments) {
    std::string mail = "Subject: proef\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    for (const auto& bytes : attachments)
        mail += "--b\r\nContent-Type: application/octet-stream\r\n\r\n" + bytes + "\r\n";
    return mail + "--b\r\nContent-Type: text/plain\r\n\r\nde tekst erna\r\n--b--\r\n";
}

bool says(const Reading& reading, std::string_view text) {
    return std::any_of(reading.fragments.begin(), reading.fragments.end(),
                       [text](const Fragment& f) { return f.text.find(text) != f.text.npos; });
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

TEST_CASE("the kernel itself says that a worker is locked in") {
    const auto pool = pool_of(2);
    const auto workers = children();
    REQUIRE(workers.size() == 3);  // one stands by
    for (const pid_t worker : workers) {
        const auto status = file_of(worker, "status");
        CHECK(status.find("NoNewPrivs:\t1") != status.npos);
        CHECK(status.find("Seccomp:\t2") != status.npos);
        std::istringstream limits(file_of(worker, "limits"));
        std::string line;
        int found = 0;
        while (std::getline(limits, line)) {
            std::istringstream words(line.substr(std::min<std::size_t>(line.size(), 26)));
            std::string soft;
            std::string hard;
            words >> soft >> hard;
            const auto is = [&](std::string_view name, const std::string& value) {
                if (!line.starts_with(name)) return;
                INFO(line);
                CHECK((soft == value && hard == value));
                ++found;
            };
            is("Max core file size", "0");
            is("Max open files", "64");
            if (worker::address_space_is_ours) is("Max address space", std::to_string(memory));
        }
        CHECK(found == (worker::address_space_is_ours ? 3 : 2));
    }
}

TEST_CASE("what no parser has a reason to call is the end of a worker") {
    const auto pool = pool_of(1);
    const auto* const call = GENERATE("ptrace", "unshare", "vfork");
    INFO(call);
    CHECK(whys(read(*pool, "%PDF-!"s + call)) == std::vector{Why::damaged});
    CHECK(is_whole(read(*pool, echo)));
}

TEST_CASE("a worker that lies is not believed") {
    const auto pool = pool_of(1);
    const auto* const how = GENERATE("lie", "rubbish", "nonsense", "flood", "greet", "hang up");
    INFO(how);
    const auto begin = steady_clock::now();
    const auto reading = read(*pool, "%PDF-!"s + how);
    CHECK(whys(reading) == std::vector{Why::damaged});
    CHECK(steady_clock::now() - begin < std::chrono::seconds(10));
    CHECK(is_whole(read(*pool, echo)));
}

TEST_CASE("a worker that is killed from outside costs the document that it had") {
    const auto pool = pool_of(1);
    std::atomic<bool> done{false};
    std::thread killer([&done] {
        // Whichever it is: the worker reads without end, the other stands by.
        while (!done) {
            for (const pid_t child : children()) ::kill(child, SIGKILL);
            std::this_thread::yield();
        }
    });
    const auto reading = read(*pool, endless);
    done = true;
    killer.join();
    CHECK(whys(reading) == std::vector{Why::damaged});
    // The last blows may have hit those that were to read the next ones.
    bool whole = false;
    for (int i = 0; i < 50 && !whole; ++i) whole = is_whole(read(*pool, echo));
    CHECK(whole);
}

TEST_CASE("each bad part of a letter costs that part, and the others are read") {
    const auto pool = pool_of(2);
    Limits limits;
    limits.wall_time = milliseconds(10'000);
    limits.cpu_time = milliseconds(2'000);
    Budget budget(limits);
    const auto mail = mail_of({crash, echo, endless, echo, greedy, echo});
    const auto reading = read_file_bytes(mail, "brief.eml", *pool, budget);
    std::vector<std::pair<std::string, Why>> incomplete;
    for (const auto& item : reading.incomplete) incomplete.emplace_back(item.path, item.why);
    const auto hungry = std::pair<std::string, Why>{"5", Why::over_budget};
    CHECK(incomplete == std::vector{std::pair<std::string, Why>{"1", Why::damaged},
                                    std::pair<std::string, Why>{"3", Why::over_budget}, hungry});
    CHECK(std::count_if(reading.fragments.begin(), reading.fragments.end(),
                        [](const auto& f) { return f.text == "tekst van binnen"; }) == 3);
    CHECK(says(reading, "de tekst erna"));
    CHECK_FALSE(budget.exhausted());
}

TEST_CASE("other letters go on while one is stuck") {
    const auto pool = pool_of(2);
    std::atomic<bool> stuck{true};
    std::vector<Why> why;  // looked at by this thread, since Catch2 knows no other
    std::thread other([&] {
        Limits limits;
        limits.wall_time = milliseconds(3000);
        why = whys(read(*pool, endless, limits));
        stuck = false;
    });
    int whole = 0;
    while (stuck && whole < 100) whole += is_whole(read(*pool, echo)) ? 1 : 0;
    const bool overtaken = stuck;
    other.join();
    CHECK(overtaken);
    CHECK(whole == 100);
    CHECK(why == std::vector{Why::over_budget});
}

TEST_CASE("two hundred parts that burn their time take no longer than the letter has") {
    const auto pool = pool_of(1);
    Limits limits;
    limits.wall_time = milliseconds(2000);
    Budget budget(limits);
    const auto begin = steady_clock::now();
    const auto reading = read_file_bytes(mail_of(std::vector<std::string>(200, endless)),
                                         "brief.eml", *pool, budget);
    CHECK(steady_clock::now() - begin < std::chrono::seconds(10));
    CHECK(reading.incomplete.size() >= 200);
    CHECK(std::all_of(reading.incomplete.begin(), reading.incomplete.end(),
                      [](const Incomplete& item) { return item.why == Why::over_budget; }));
    CHECK(is_whole(read(*pool, echo)));
}

TEST_CASE("a worker that uses up its CPU time is stopped before its wall time is over") {
    const auto pool = pool_of(1);
    Limits limits;
    limits.wall_time = milliseconds(600'000);
    limits.cpu_time = milliseconds(200);
    const auto begin = steady_clock::now();
    CHECK(whys(read(*pool, endless, limits)) == std::vector{Why::over_budget});
    CHECK(steady_clock::now() - begin < std::chrono::seconds(60));
}

TEST_CASE("no document waits for the start of a worker") {
    // A worker that takes a second to start, so that a wait for one shows.
    const TemporaryDirectory folder;
    const auto slow = folder.path() / "slow";
    std::ofstream(slow) << "#!/bin/sh\nsleep 1\nexec '" << POSTWACHT_TEST_WORKER << "' \"$@\"\n";
    REQUIRE(::chmod(slow.c_str(), 0700) == 0);
    const auto documents = GENERATE(std::size_t{1}, std::size_t{1000});
    const auto pool = pool_of(1, documents, slow);
    // The first one ends its worker, by crashing or by being the last that it was for.
    const auto first = read(*pool, documents == 1 ? echo : crash);
    CHECK(whys(first).empty() == (documents == 1));
    const auto begin = steady_clock::now();
    CHECK(is_whole(read(*pool, echo)));
    CHECK(steady_clock::now() - begin < milliseconds(900));
}

TEST_CASE("a worker that cannot lock itself in, or is none, is told at the start") {
    const TemporaryDirectory folder;
    const auto plain = folder.path() / "postwacht-extract";
    std::ofstream(plain) << "no program";
    const auto program = GENERATE_COPY(plain.string(), std::string("/bin/true"));
    INFO(program);
    worker::PoolSettings settings;
    settings.program = program;
    const auto pool = worker::start_pool(settings);
    REQUIRE_FALSE(pool.has_value());
    CHECK(pool.error().hint.find("[extract]") != std::string::npos);
}

TEST_CASE("a page larger than a letter's body is read where it can be stopped") {
    const auto pool = pool_of(1);
    const std::string page = "<html><p>eerste</p>" + std::string(200'000, ' ') + "<p>laatste</p>";
    Budget budget{Limits{}};
    const auto reading = pool->extract({page, "text/html", {}, "pagina.html"}, budget);
    CHECK(whys(reading).empty());
    CHECK(says(reading, "laatste"));
    CHECK(budget.spent().text_bytes > 0);
    for (const pid_t child : children()) ::kill(child, SIGSTOP);
    Limits short_time;
    short_time.wall_time = milliseconds(300);
    Budget little{short_time};
    CHECK(whys(pool->extract({page, "text/html", {}, "pagina.html"}, little)) ==
          std::vector{Why::over_budget});
}
