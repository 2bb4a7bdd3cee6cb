// verify(): whatever is done to a journal without the key is found, and the line named.
#include "journal/journal.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <vector>

#include "base/files.hpp"
#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

namespace {

using postwacht::TemporaryDirectory;
using postwacht::crypto::SecretKey;
using postwacht::journal::Journal;
using postwacht::journal::verify;
using postwacht::journal::VerifyReport;

// A journal of ten lines that a test may change at will.
struct TenLines {
    TenLines() {
        auto journal = Journal::open(scratch.path(), key);
        REQUIRE(journal);
        for (int i = 1; i <= 10; ++i)
            REQUIRE((*journal)->append(i % 3 == 0 ? "decision" : "message",
                                       "{\"entry\":" + std::to_string(i) + "}"));
        REQUIRE(postwacht::journal::for_each_entry(
            scratch.path(), [&](std::string_view line) { lines.emplace_back(line); }));
        REQUIRE(lines.size() == 10);
    }

    VerifyReport verify_changed() const {
        std::ofstream file(scratch / "journal.jsonl", std::ios::binary);
        for (const auto& line : lines) file << line << '\n';
        file.close();
        auto report = verify(scratch.path(), key);
        REQUIRE(report);
        return *report;
    }
    // As verify_changed(), and requires that line `bad` is named.
    VerifyReport expect_bad(std::uint64_t bad) const {
        auto report = verify_changed();
        INFO(report.what);
        CHECK_FALSE(report.intact);
        CHECK(report.first_bad_line == bad);
        CHECK(report.entries == bad - 1);
        return report;
    }

    TemporaryDirectory scratch;
    SecretKey key = *SecretKey::generate();
    std::vector<std::string> lines;
};

TEST_CASE("an untouched journal is intact") {
    const TenLines journal;
    const auto report = journal.verify_changed();
    CHECK(report.intact);
    CHECK(report.entries == 10);
    CHECK(report.vouched == 10);
    CHECK(report.first_bad_line == 0);
    CHECK(report.what.empty());
}

TEST_CASE("any changed byte of any line is found in that line") {
    TenLines journal;
    const std::size_t victim = GENERATE(0U, 4U, 9U);
    const auto original = journal.lines[victim];
    for (std::size_t at = 0; at < original.size(); at += 1 + at / 16) {
        journal.lines[victim][at] = original[at] == '7' ? '8' : '7';
        journal.expect_bad(victim + 1);
        journal.lines[victim] = original;
    }
}

TEST_CASE("a changed entry is named as such") {
    TenLines journal;
    auto& line = journal.lines[5];
    line.replace(line.find("\"entry\":6"), 9, "\"entry\":5");
    CHECK_THAT(journal.expect_bad(6).what, Catch::StartsWith("line 6 was changed"));
}

TEST_CASE("missing lines are found: at the beginning, in the middle, at the end") {
    TenLines journal;
    auto& lines = journal.lines;
    SECTION("beginning") {
        lines.erase(lines.begin(), lines.begin() + 2);
        CHECK_THAT(journal.expect_bad(1).what, Catch::Contains("missing at the beginning"));
    }
    SECTION("middle") {
        lines.erase(lines.begin() + 4);
        CHECK_THAT(journal.expect_bad(5).what, Catch::Contains("missing before line 5"));
    }
    SECTION("end") {
        lines.resize(7);
        CHECK_THAT(journal.expect_bad(8).what, Catch::Contains("lines 8 to 10 are missing"));
    }
    SECTION("all") {
        lines.clear();
        CHECK_THAT(journal.expect_bad(1).what, Catch::Contains("lines 1 to 10 are missing"));
    }
}

TEST_CASE("missing lines are found after the rest was renumbered") {
    TenLines journal;
    auto& lines = journal.lines;
    lines.erase(lines.begin() + 4);
    lines[4].replace(0, std::string_view("{\"n\":6").size(), "{\"n\":5");
    CHECK_THAT(journal.expect_bad(5).what, Catch::StartsWith("line 5 was changed"));
}

TEST_CASE("reordered, duplicated and inserted lines are found") {
    TenLines journal;
    auto& lines = journal.lines;
    SECTION("swapped") {
        std::swap(lines[2], lines[3]);
        CHECK_THAT(journal.expect_bad(3).what, Catch::Contains("bears the number 4"));
    }
    SECTION("moved to the end") {
        lines.push_back(lines[2]);
        lines.erase(lines.begin() + 2);
        journal.expect_bad(3);
    }
    SECTION("duplicated") {
        lines.insert(lines.begin() + 6, lines[5]);
        CHECK_THAT(journal.expect_bad(7).what, Catch::Contains("copied, moved or inserted"));
    }
    SECTION("duplicated at the end") {
        lines.push_back(lines.back());
        journal.expect_bad(11);
    }
    SECTION("inserted, made up") {
        lines.insert(lines.begin() + 6,
                     R"({"n":7,"at":"2026-11-23T02:00:00Z","kind":"message","data":{},"chain":")" +
                         std::string(64, 'a') + "\"}");
        CHECK_THAT(journal.expect_bad(7).what, Catch::StartsWith("line 7 was changed"));
    }
    SECTION("inserted, not a line of ours") {
        lines.insert(lines.begin() + 6, "hello");
        CHECK_THAT(journal.expect_bad(7).what, Catch::Contains("not a journal line"));
    }
    SECTION("an empty line") {
        lines.insert(lines.begin() + 9, "");
        journal.expect_bad(10);
    }
}

TEST_CASE("a line of another journal with the same key does not fit") {
    TenLines journal;
    const TemporaryDirectory other;
    {
        auto second = Journal::open(other.path(), journal.key);
        REQUIRE(second);
        for (int i = 1; i <= 3; ++i) REQUIRE((*second)->append("message", "{\"other\":true}"));
    }
    std::vector<std::string> theirs;
    REQUIRE(postwacht::journal::for_each_entry(
        other.path(), [&](std::string_view line) { theirs.emplace_back(line); }));
    SECTION("one line") {
        journal.lines[1] = theirs[1];
        journal.expect_bad(2);
    }
    SECTION("all of it, longer than the head says") {
        const auto bytes = *postwacht::read_file(other / "head");
        std::ofstream(journal.scratch / "head", std::ios::binary) << bytes;
        CHECK_THAT(journal.expect_bad(3).what, Catch::Contains("not the one that the head"));
    }
}

TEST_CASE("the wrong key is found at the first line") {
    const TenLines journal;
    const auto report = verify(journal.scratch.path(), *SecretKey::generate());
    REQUIRE(report);
    CHECK_FALSE(report->intact);
    CHECK(report->first_bad_line == 1);
    CHECK_THAT(report->what, Catch::Contains("the key is another one"));
}

TEST_CASE("a head that is missing, torn or made up is found") {
    const TenLines journal;
    const auto head = journal.scratch / "head";
    const auto bytes = *postwacht::read_file(head);
    SECTION("missing") {
        std::filesystem::remove(head);
    }
    SECTION("empty") {
        std::ofstream(head, std::ios::trunc).flush();
    }
    SECTION("cut short") {
        std::filesystem::resize_file(head, bytes.size() - 1);
    }
    SECTION("with another number") {
        auto changed = bytes;
        changed[19] = '7';
        std::ofstream(head, std::ios::binary) << changed;
    }
    SECTION("made to fit a shortened journal, as far as that goes without the key") {
        const auto& seventh = journal.lines[6];
        auto changed = bytes;
        changed.replace(0, 20, "00000000000000000007");
        changed.replace(21, 64, seventh.substr(seventh.size() - 66, 64));
        std::ofstream(head, std::ios::binary) << changed;
    }
    const auto report = journal.verify_changed();
    CHECK_FALSE(report.intact);
    CHECK(report.first_bad_line == 11);
    CHECK_THAT(report.what, Catch::StartsWith("the head is missing or was changed"));
}

TEST_CASE("a head that lags behind is no fault, and the report says how far it vouches") {
    TemporaryDirectory scratch;
    const auto key = *SecretKey::generate();
    auto journal = Journal::open(scratch.path(), key);
    REQUIRE(journal);
    for (int i = 0; i < 4; ++i) REQUIRE((*journal)->append("message", "{}"));
    const auto early = *postwacht::read_file(scratch / "head");
    for (int i = 0; i < 2; ++i) REQUIRE((*journal)->append("message", "{}"));
    std::ofstream(scratch / "head", std::ios::binary) << early;

    const auto report = verify(scratch.path(), key);
    REQUIRE(report);
    CHECK(report->intact);
    CHECK(report->entries == 6);
    CHECK(report->vouched == 4);

    // The next append brings it up to date again.
    REQUIRE((*journal)->append("message", "{}"));
    CHECK(verify(scratch.path(), key)->vouched == 7);
}

TEST_CASE("a changed head is left as it is by later appends") {
    TemporaryDirectory scratch;
    const auto key = *SecretKey::generate();
    auto journal = Journal::open(scratch.path(), key);
    REQUIRE(journal);
    REQUIRE((*journal)->append("message", "{}"));
    auto changed = *postwacht::read_file(scratch / "head");
    changed[30] = changed[30] == 'a' ? 'b' : 'a';
    std::ofstream(scratch / "head", std::ios::binary) << changed;
    CHECK((*journal)->append("message", "{}"));
    CHECK(*postwacht::read_file(scratch / "head") == changed);
    CHECK_FALSE(verify(scratch.path(), key)->intact);
}

}  // namespace
