// Segments: the chain goes on through all files, old ones expire and nothing else is removed
// unnoticed, and a crash at any step leaves the journal as before or as after.
#include "journal/segments.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <vector>

#include "base/files.hpp"
#include "journal/journal.hpp"
#include "support/catch_result.hpp"
#include "support/child_process.hpp"
#include "support/fake_clock.hpp"
#include "support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using postwacht::ChildProcess;
using postwacht::ErrorCode;
using postwacht::FakeClock;
using postwacht::TemporaryDirectory;
using postwacht::crypto::SecretKey;
using postwacht::journal::Durable;
using postwacht::journal::Journal;
using postwacht::journal::segment_path;
using postwacht::journal::Settings;
using postwacht::journal::verify;
using postwacht::journal::VerifyReport;
using std::chrono::hours;

constexpr hours day(24);

std::vector<std::string> entries(const fs::path& directory) {
    std::vector<std::string> lines;
    REQUIRE(postwacht::journal::for_each_entry(
        directory, [&](std::string_view line) { lines.emplace_back(line); }));
    return lines;
}

std::vector<std::string> files(const fs::path& directory) {
    std::vector<std::string> names;
    for (const auto& file : fs::directory_iterator(directory))
        names.push_back(file.path().filename());
    std::sort(names.begin(), names.end());
    return names;
}

void write(const fs::path& file, std::string_view bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

// A journal of a day a file, an entry an hour, and no more files than a test asks for.
struct Daily {
    Daily() { settings.segment_age = day; }

    std::unique_ptr<Journal> open() {
        auto journal = Journal::open(scratch.path(), key, clock, settings);
        if (!journal) FAIL(journal.error().message());
        return std::move(*journal);
    }
    // As many entries as there are hours in so many days.
    void write_days(int days) {
        const auto journal = open();
        for (int hour = 0; hour < 24 * days; ++hour) {
            REQUIRE(journal->append("message", "{}", Durable::soon));
            clock.advance(hours(1));
        }
    }
    VerifyReport report() const {
        auto report = verify(scratch.path(), key);
        REQUIRE(report);
        return *report;
    }
    void check_intact(std::uint64_t first, std::uint64_t count) const {
        const auto found = report();
        INFO(found.what);
        CHECK(found.intact);
        CHECK(found.first_entry == first);
        CHECK(found.entries == count);
        const auto lines = entries(scratch.path());
        REQUIRE(lines.size() == count);
        for (std::size_t i = 0; i < count; ++i)
            CHECK_THAT(lines[i], Catch::StartsWith("{\"n\":" + std::to_string(first + i) + ","));
    }
    fs::path segment(std::uint64_t first) const { return segment_path(scratch.path(), first); }

    TemporaryDirectory scratch;
    SecretKey key = *SecretKey::generate();
    FakeClock clock;
    Settings settings;
};

TEST_CASE("a file that is old is closed, and the chain goes on in the next") {
    Daily journal;
    journal.write_days(3);
    CHECK(files(journal.scratch.path()) ==
          std::vector<std::string>{"head", "journal-00000000000000000001.jsonl",
                                   "journal-00000000000000000025.jsonl", "journal.jsonl"});
    journal.check_intact(1, 72);
    CHECK(journal.report().vouched == 72);
    // Another process, and this one again, go on where it is.
    journal.write_days(1);
    journal.check_intact(1, 96);
}

TEST_CASE("a file that is full is closed, whatever the number of its lines") {
    Daily journal;
    const std::uint64_t bytes = GENERATE(1U, 300U, 5000U);
    journal.settings.segment_bytes = bytes;
    for (int i = 0; i < 3; ++i) {
        const auto opened = journal.open();
        for (int j = 0; j < 10; ++j) REQUIRE(opened->append("message", "{}"));
    }
    journal.check_intact(1, 30);
    CHECK(files(journal.scratch.path()).size() == (bytes == 1 ? 31 : bytes == 300 ? 11 : 2));
}

TEST_CASE("a journal of one file that was made without limits is taken over") {
    Daily journal;
    journal.settings.segment_age = 1000 * day;
    journal.write_days(3);
    CHECK(files(journal.scratch.path()) == std::vector<std::string>{"head", "journal.jsonl"});
    journal.settings.segment_age = day;
    journal.write_days(1);
    CHECK(fs::exists(journal.segment(1)));
    journal.check_intact(1, 96);
}

TEST_CASE("closed files whose entries are all too old are removed, and the rest is vouched for") {
    Daily journal;
    journal.write_days(10);
    journal.check_intact(1, 240);
    journal.settings.keep = 5 * day;
    const auto opened = journal.open();
    const auto expired = opened->expire();
    REQUIRE(expired);
    // The fifth day's last entry is five days and an hour old.
    CHECK(expired->entries == 120);
    CHECK(expired->first_entry == 121);
    CHECK_FALSE(fs::exists(journal.segment(97)));
    CHECK(fs::exists(journal.segment(121)));
    journal.check_intact(121, 121);
    CHECK_THAT(
        entries(journal.scratch.path()).back(),
        Catch::Contains(
            R"("kind":"expiry","data":{"before":"2026-11-28T09:00:00Z","entries":120,"first_entry":121})"));
    CHECK(journal.report().vouched == 241);

    const auto again = opened->expire();
    REQUIRE(again);
    CHECK(again->entries == 0);
    CHECK(again->first_entry == 121);
    journal.check_intact(121, 121);
    journal.write_days(1);
    CHECK(journal.report().intact);
}

TEST_CASE("entries expire as the journal grows, and without `keep` none does") {
    Daily journal;
    const bool limited = GENERATE(true, false);
    if (limited) journal.settings.keep = 3 * day;
    journal.write_days(10);
    const auto report = journal.report();
    CHECK(report.intact);
    CHECK(report.first_entry >= (limited ? 100 : 1));
    CHECK(report.first_entry <= (limited ? 168 : 1));
    // What is younger than that is there, and what is older by more than a file is not.
    std::size_t young = 0;
    for (const std::string& line : entries(journal.scratch.path()))
        young += line.find("\"at\":\"2026-11-30") != std::string::npos ? 1 : 0;
    CHECK(young >= 24);
}

TEST_CASE("a journal that is old as a whole is emptied, but for the entry that says so") {
    Daily journal;
    journal.write_days(2);
    journal.clock.advance(30 * day);
    journal.settings.keep = day;
    REQUIRE(journal.open()->expire());
    journal.check_intact(49, 1);
    journal.write_days(1);
    CHECK(journal.report().intact);
}

TEST_CASE("without `keep` there is nothing to expire") {
    Daily journal;
    CHECK(journal.open()->expire().error().code == ErrorCode::config);
}

TEST_CASE("entries that somebody removes are missed") {
    Daily journal;
    journal.write_days(6);
    const auto old_start_of = [&](int days) {
        journal.settings.keep = days * day;
        REQUIRE(journal.open()->expire());
        return *postwacht::read_file(journal.scratch / "start");
    };
    const auto older = old_start_of(4);
    const auto start = old_start_of(3);
    REQUIRE(journal.report().intact);
    REQUIRE(journal.report().first_entry == 73);
    std::string expected;
    SECTION("the oldest file") {
        fs::remove(journal.segment(73));
        expected = "missing at the beginning: line 73 bears the number 97";
    }
    SECTION("a file in the middle") {
        fs::remove(journal.segment(97));
        expected = "missing before line 97, which bears the number";
    }
    SECTION("all closed files") {
        for (const std::uint64_t first : {73U, 97U}) fs::remove(journal.segment(first));
        expected = "missing at the beginning";
    }
    SECTION("the start") {
        fs::remove(journal.scratch / "start");
        expected = "missing at the beginning: line 1 bears the number 73";
    }
    SECTION("the start, changed") {
        auto changed = start;
        changed[19] = '9';
        write(journal.scratch / "start", changed);
        expected = "the start was changed";
    }
    SECTION("a head in its place, which is made of the same") {
        fs::remove(journal.segment(73));
        fs::remove(journal.segment(97));
        fs::copy_file(journal.scratch / "head", journal.scratch / "start",
                      fs::copy_options::overwrite_existing);
        expected = "the start was changed";
    }
    SECTION("an older start") {
        write(journal.scratch / "start", older);
        expected = "missing at the beginning: line 49 bears the number 73";
    }
    SECTION("lines at the end of a closed file") {
        auto bytes = *postwacht::read_file(journal.segment(73));
        bytes.erase(bytes.rfind('\n', bytes.size() - 2) + 1);
        write(journal.segment(73), bytes);
        expected = "missing before line 96, which bears the number 97";
    }
    SECTION("half a line at the end of a closed file") {
        auto bytes = *postwacht::read_file(journal.segment(73));
        write(journal.segment(73), bytes.substr(0, bytes.size() - 9));
        expected = "bytes that are no line follow line 95";
    }
    SECTION("the file that takes entries") {
        fs::remove(journal.scratch / "journal.jsonl");
        expected = "are missing at the end";
    }
    const auto report = journal.report();
    CHECK_FALSE(report.intact);
    CHECK_THAT(report.what, Catch::Contains(expected));
}

TEST_CASE("a journal whose end or start was taken away does not open") {
    Daily journal;
    journal.write_days(4);
    journal.settings.keep = 2 * day;
    REQUIRE(journal.open()->expire());
    SECTION("the file that takes entries") {
        fs::remove(journal.scratch / "journal.jsonl");
    }
    SECTION("the head, with all else") {
        fs::remove(journal.scratch / "journal.jsonl");
        fs::remove(journal.scratch / "head");
    }
    SECTION("all but the start") {
        for (const auto& name : files(journal.scratch.path()))
            if (name != "start") fs::remove(journal.scratch / name);
    }
    const auto opened = Journal::open(journal.scratch.path(), journal.key);
    CHECK(opened.error().code == ErrorCode::damaged);
}

TEST_CASE("what was changed at the end of a file is not removed with it") {
    Daily journal;
    journal.write_days(4);
    auto bytes = *postwacht::read_file(journal.segment(1));
    bytes[bytes.size() - 9] = bytes[bytes.size() - 9] == '7' ? '8' : '7';
    write(journal.segment(1), bytes);
    journal.settings.keep = day;
    const auto opened = journal.open();
    CHECK(opened->expire().error().code == ErrorCode::crypto);
    CHECK(fs::exists(journal.segment(1)));
    CHECK_FALSE(fs::exists(journal.scratch / "start"));
    CHECK(opened->append("message", "{}"));
}

TEST_CASE("a file cannot be closed under a name that is taken, and takes entries on") {
    Daily journal;
    write(journal.segment(1), "somebody's");
    const auto opened =
        Journal::open(journal.scratch.path(), journal.key, journal.clock, journal.settings);
    // It is not a closed file of this journal, which must be looked at before anything is written.
    CHECK_FALSE(opened);
    fs::remove(journal.segment(1));
    const auto good = journal.open();
    REQUIRE(good->append("message", "{}"));
    write(journal.segment(1), "somebody's");
    journal.clock.advance(2 * day);
    CHECK(good->append("message", "{}"));
    CHECK(good->append("message", "{}"));
    CHECK(*postwacht::read_file(journal.segment(1)) == "somebody's");
}

TEST_CASE("a crash between two steps leaves the journal as before or as after") {
    Daily journal;
    journal.write_days(4);
    SECTION("the file was closed, and the next not made") {
        fs::rename(journal.scratch / "journal.jsonl", journal.segment(73));
        journal.check_intact(1, 96);
        REQUIRE(journal.open()->append("message", "{}"));
        journal.check_intact(1, 97);
    }
    SECTION("the next was made, and nothing written to it") {
        fs::rename(journal.scratch / "journal.jsonl", journal.segment(73));
        write(journal.scratch / "journal.jsonl", "");
        journal.check_intact(1, 96);
        REQUIRE(journal.open()->append("message", "{}"));
        journal.check_intact(1, 97);
    }
    SECTION("the next was made, and half a line written to it") {
        fs::rename(journal.scratch / "journal.jsonl", journal.segment(73));
        write(journal.scratch / "journal.jsonl", "{\"n\":97,\"at\"");
        journal.check_intact(1, 96);
        REQUIRE(journal.open()->append("message", "{}"));
        journal.check_intact(1, 97);
    }
    SECTION("the start was written, and the files not removed") {
        const auto first = *postwacht::read_file(journal.segment(1));
        const auto second = *postwacht::read_file(journal.segment(25));
        journal.settings.keep = 2 * day;
        REQUIRE(journal.open()->expire());
        write(journal.segment(25), second);
        if (GENERATE(true, false)) write(journal.segment(1), first);
        journal.check_intact(49, 49);
        const auto expired = journal.open()->expire();
        REQUIRE(expired);
        CHECK(expired->entries == 0);
        CHECK_FALSE(fs::exists(journal.segment(25)));
        CHECK_FALSE(fs::exists(journal.segment(1)));
        journal.check_intact(49, 49);
    }
    SECTION("the expiry was told, and no more") {
        const auto first = *postwacht::read_file(journal.segment(1));
        const auto second = *postwacht::read_file(journal.segment(25));
        journal.settings.keep = 2 * day;
        REQUIRE(journal.open()->expire());
        write(journal.segment(1), first);
        write(journal.segment(25), second);
        fs::remove(journal.scratch / "start");
        journal.check_intact(1, 97);
        const auto expired = journal.open()->expire();
        REQUIRE(expired);
        CHECK(expired->entries == 48);
        journal.check_intact(49, 50);
    }
}

TEST_CASE("two processes append, close files and remove them, and a third reads meanwhile") {
    const TemporaryDirectory scratch;
    const auto key = *SecretKey::generate();
    Settings settings;
    settings.segment_bytes = 700;
    const bool expiring = GENERATE(false, true);
    if (expiring) settings.keep = 10 * day;
    constexpr int each = 150;
    const auto writer = [&](const char* name) {
        return [&, name]() -> std::string {
            FakeClock clock;
            auto journal = Journal::open(scratch.path(), key, clock, settings);
            if (!journal) return journal.error().message();
            for (int i = 0; i < each; ++i) {
                clock.advance(day);
                const auto done =
                    (*journal)->append("message", std::string("{\"by\":\"") + name + "\"}",
                                       i % 3 == 0 ? Durable::on_return : Durable::soon);
                if (!done) return done.error().message();
            }
            return {};
        };
    };
    REQUIRE(Journal::open(scratch.path(), key));
    {
        ChildProcess one(writer("one"));
        ChildProcess two(writer("two"));
        ChildProcess reader([&]() -> std::string {
            for (;;) {
                const auto report = verify(scratch.path(), key);
                if (!report && report.error().code == ErrorCode::not_found) continue;
                if (!report) return report.error().message();
                if (!report->intact) return report->what;
                if (!postwacht::journal::for_each_entry(scratch.path(), [](std::string_view) {}))
                    return "not to be read";
                if (fs::exists(scratch / "done")) return {};
            }
        });
        CHECK(one.wait() == "");
        CHECK(two.wait() == "");
        write(scratch / "done", "");
        CHECK(reader.wait() == "");
    }
    const auto report = verify(scratch.path(), key);
    REQUIRE(report);
    INFO(report->what);
    CHECK(report->intact);
    if (expiring) {
        CHECK(report->first_entry > each);
    } else {
        CHECK(report->entries == 2 * each);
        CHECK(files(scratch.path()).size() > 50);
    }
}

TEST_CASE("a process killed while it closes and removes files loses nothing that it said is safe") {
    const TemporaryDirectory scratch;
    const auto key = *SecretKey::generate();
    const auto acknowledged = scratch.path() / "acknowledged";
    std::size_t told = 0;
    for (int round = 0; round < 40; ++round) {
        ChildProcess writer([&]() -> std::string {
            // Each round begins where the one before it ended, so that entries grow old.
            FakeClock clock;
            clock.advance(round * 100 * day);
            Settings settings;
            settings.segment_bytes = 400;
            settings.keep = 4 * day;
            auto journal = Journal::open(scratch.path(), key, clock, settings);
            if (!journal) return journal.error().message();
            for (;;) {
                const auto done = (*journal)->append("message", "{}");
                if (!done) return done.error().message();
                clock.advance(day);
                std::ofstream(acknowledged, std::ios::app) << '+';
            }
        });
        const std::size_t goal = told + 5 + static_cast<std::size_t>(round % 7);
        std::error_code none;
        while (fs::file_size(acknowledged, none) < goal || none) none.clear();
        writer.kill();
        CHECK(writer.wait() == "killed");
        told = fs::file_size(acknowledged);

        const auto report = verify(scratch.path(), key);
        REQUIRE(report);
        INFO(report->what);
        REQUIRE(report->intact);
        CHECK(report->first_entry + report->entries - 1 >= told);
    }
    const auto report = verify(scratch.path(), key);
    CHECK(report->first_entry > 100);
    CHECK(report->entries < 60);
}

}  // namespace
