// Appending: order, durability's bookkeeping, several threads and processes, torn tails, full
// disks.
#include "journal/journal.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "base/files.hpp"
#include "support/catch_result.hpp"
#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace {

using postwacht::ChildProcess;
using postwacht::ErrorCode;
using postwacht::Result;
using postwacht::TemporaryDirectory;
using postwacht::crypto::SecretKey;
using postwacht::journal::Durable;
using postwacht::journal::Journal;
using postwacht::journal::longest_delay;
using postwacht::journal::verify;

SecretKey new_key() {
    auto key = SecretKey::generate();
    REQUIRE(key);
    return *key;
}

std::unique_ptr<Journal> open_journal(const std::filesystem::path& directory,
                                      const SecretKey& key) {
    auto journal = Journal::open(directory, key);
    if (!journal) FAIL(journal.error().message());
    return std::move(*journal);
}

std::vector<std::string> entries(const std::filesystem::path& directory) {
    std::vector<std::string> lines;
    REQUIRE(postwacht::journal::for_each_entry(
        directory, [&](std::string_view line) { lines.emplace_back(line); }));
    return lines;
}

void check_intact(const std::filesystem::path& directory, const SecretKey& key,
                  std::uint64_t count) {
    const auto report = verify(directory, key);
    REQUIRE(report);
    INFO(report->what);
    CHECK(report->intact);
    CHECK(report->entries == count);
    CHECK(report->vouched == count);
}

void append_bytes(const std::filesystem::path& file, std::string_view bytes) {
    std::ofstream(file, std::ios::app | std::ios::binary) << bytes;
}

mode_t mode_of(const std::filesystem::path& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

TEST_CASE("entries are numbered, dated, kept as given and chained") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto directory = scratch / "journal";
    const auto journal = open_journal(directory, key);
    REQUIRE(journal->append("message", R"({"queue_id":"4fX","verdict":"accept"})"));
    REQUIRE(journal->append("decision", R"({"item":"Q-1"})"));

    const auto lines = entries(directory);
    REQUIRE(lines.size() == 2);
    CHECK_THAT(lines[0], Catch::StartsWith(R"({"n":1,"at":"2)"));
    CHECK_THAT(lines[0],
               Catch::Contains(
                   R"("kind":"message","data":{"queue_id":"4fX","verdict":"accept"},"chain":")"));
    CHECK_THAT(lines[1], Catch::StartsWith(R"({"n":2,)"));
    CHECK_THAT(lines[1], Catch::Contains(R"("kind":"decision","data":{"item":"Q-1"})"));
    check_intact(directory, key, 2);
}

TEST_CASE("an empty journal is intact, and a folder without one is not found") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    CHECK(verify(scratch.path(), key).error().code == ErrorCode::not_found);
    open_journal(scratch.path(), key);
    check_intact(scratch.path(), key, 0);
}

TEST_CASE("a reopened journal goes on where it was, whatever the length of its lines") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    // Around the 64 KiB window in which the last lines are looked for, and well beyond it.
    const std::size_t sizes[] = {1, 30'000, 65'400, 65'536, 70'000, 300'000, 5, 1'100'000};
    std::uint64_t count = 0;
    for (const std::size_t size : sizes) {
        const auto journal = open_journal(scratch.path(), key);
        REQUIRE(journal->append("message", R"({"x":")" + std::string(size, 'x') + R"("})"));
        check_intact(scratch.path(), key, ++count);
    }
}

TEST_CASE("line ends in an entry do not break the line") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto journal = open_journal(scratch.path(), key);
    REQUIRE(journal->append("message", "{\n  \"a\": 1,\r\n  \"b\": 2\n}"));
    CHECK(entries(scratch.path()).size() == 1);
    check_intact(scratch.path(), key, 1);
}

TEST_CASE("what is not an object is refused and leaves nothing behind") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto journal = open_journal(scratch.path(), key);
    for (const char* text : {"", "{", "[]", "\"text\"", "null"})
        CHECK(journal->append("message", text).error().code == ErrorCode::internal);
    check_intact(scratch.path(), key, 0);
}

TEST_CASE("pseudonyms are stable, keyed, and differ per address") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto first = open_journal(scratch / "a", key);
    const auto same_key = open_journal(scratch / "b", key);
    const auto other_key = open_journal(scratch / "c", new_key());
    const std::string name = first->pseudonym("hr@jansen.example");
    CHECK(name.size() == 18);
    CHECK_THAT(name, Catch::StartsWith("p-"));
    CHECK(name == same_key->pseudonym("hr@jansen.example"));
    CHECK(name != other_key->pseudonym("hr@jansen.example"));
    CHECK(name != first->pseudonym("hr@janssen.example"));
    // The same word as something else is somebody else.
    const std::string subject = first->subject_pseudonym("jansen.example");
    const std::string domain = first->domain_pseudonym("jansen.example");
    CHECK(subject.starts_with("s-"));
    CHECK(domain.starts_with("d-"));
    CHECK(subject.size() == 18);
    CHECK(subject.substr(2) != domain.substr(2));
    CHECK(subject == same_key->subject_pseudonym("jansen.example"));
    CHECK(domain != other_key->domain_pseudonym("jansen.example"));
}

TEST_CASE("the files are for the owner and the group to read, and to write in a shared folder") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const mode_t mask = GENERATE(mode_t{0}, mode_t{022}, mode_t{077});
    ::umask(mask);
    open_journal(scratch / "private", key);
    CHECK(mode_of(scratch / "private" / "journal.jsonl") == 0640);
    CHECK(mode_of(scratch / "private" / "head") == 0640);

    std::filesystem::create_directory(scratch / "shared");
    REQUIRE(::chmod((scratch / "shared").c_str(), 02770) == 0);
    open_journal(scratch / "shared", key);
    CHECK(mode_of(scratch / "shared" / "journal.jsonl") == 0660);
    CHECK(mode_of(scratch / "shared" / "head") == 0660);
    ::umask(022);
}

TEST_CASE("many threads append one intact chain, each entry once") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto journal = open_journal(scratch.path(), key);
    constexpr int threads = 16;
    constexpr int each = 25;
    std::atomic<int> failures = 0;
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t)
        running.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                const std::string entry =
                    "{\"entry\":\"" + std::to_string(t) + "." + std::to_string(i) + "\"}";
                const auto durable = (t + i) % 3 == 0 ? Durable::on_return : Durable::soon;
                if (!journal->append("message", entry, durable)) ++failures;
            }
        });
    for (auto& thread : running) thread.join();
    CHECK(failures == 0);
    CHECK(verify(scratch.path(), key)->intact);
    CHECK(verify(scratch.path(), key)->entries == threads * each);

    const auto lines = entries(scratch.path());
    for (int t = 0; t < threads; ++t) {
        std::size_t from = 0;  // a thread's entries stand in the order in which it wrote them
        for (int i = 0; i < each; ++i) {
            const std::string wanted = "\"" + std::to_string(t) + "." + std::to_string(i) + "\"";
            while (from < lines.size() && lines[from].find(wanted) == std::string::npos) ++from;
            CHECK(from < lines.size());
        }
    }
}

TEST_CASE("two processes append one intact chain") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto writer = [&](const char* name) {
        return [&scratch, &key, name]() -> std::string {
            auto journal = Journal::open(scratch.path(), key);
            if (!journal) return journal.error().message();
            for (int i = 0; i < 200; ++i) {
                const auto done =
                    (*journal)->append("message", std::string("{\"by\":\"") + name + "\"}");
                if (!done) return done.error().message();
            }
            return {};
        };
    };
    ChildProcess one(writer("one"));
    ChildProcess two(writer("two"));
    CHECK(one.wait() == "");
    CHECK(two.wait() == "");
    check_intact(scratch.path(), key, 400);
    int by_one = 0;
    for (const auto& line : entries(scratch.path()))
        if (line.find("\"one\"") != std::string::npos) ++by_one;
    CHECK(by_one == 200);
}

TEST_CASE("a journal that is open sees what another appended") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto a = open_journal(scratch.path(), key);
    const auto b = open_journal(scratch.path(), key);
    for (int round = 0; round < 5; ++round) {
        REQUIRE(a->append("message", R"({"by":"a"})"));
        REQUIRE(b->append("decision", R"({"by":"b"})"));
        REQUIRE(b->append("decision", R"({"by":"b"})"));
    }
    check_intact(scratch.path(), key, 15);
}

TEST_CASE("a torn last line is reported, then cut off by the next append") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto file = scratch / "journal.jsonl";
    const bool first_line = GENERATE(true, false);
    const bool reopen = GENERATE(true, false);
    auto journal = open_journal(scratch.path(), key);
    const std::uint64_t before = first_line ? 0 : 3;
    for (std::uint64_t i = 0; i < before; ++i) REQUIRE(journal->append("message", "{}"));

    append_bytes(file, R"({"n":4,"at":"2026-11-23T02:0)");
    const auto report = verify(scratch.path(), key);
    REQUIRE(report);
    CHECK(report->intact);
    CHECK(report->entries == before);
    CHECK_THAT(report->what, Catch::Contains("28 bytes of an unfinished line"));

    if (reopen) journal = open_journal(scratch.path(), key);
    REQUIRE(journal->append("message", R"({"after":"the crash"})"));
    check_intact(scratch.path(), key, before + 1);
    CHECK(verify(scratch.path(), key)->what.empty());
}

TEST_CASE("a killed writer leaves every entry that it was told is safe") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto acknowledged = scratch / "acknowledged";
    for (int round = 0; round < 5; ++round) {
        ChildProcess writer([&]() -> std::string {
            auto journal = Journal::open(scratch.path(), key);
            if (!journal) return journal.error().message();
            for (;;) {
                const auto done = (*journal)->append(
                    "message", R"({"filler":")" + std::string(3000, 'f') + R"("})");
                if (!done) return done.error().message();
                append_bytes(acknowledged, "+");
            }
        });
        // Kill it as soon as it has done some more: at any point of an append.
        const auto goal = static_cast<std::size_t>(20 * (round + 1) + 7 * round);
        std::error_code none;
        while (std::filesystem::file_size(acknowledged, none) < goal || none) none.clear();
        writer.kill();
        CHECK(writer.wait() == "killed");

        const auto report = verify(scratch.path(), key);
        REQUIRE(report);
        INFO(report->what);
        CHECK(report->intact);
        CHECK(report->entries >= std::filesystem::file_size(acknowledged));
        CHECK(report->entries <=
              std::filesystem::file_size(acknowledged) + static_cast<std::uint64_t>(round) + 1);
    }
}

TEST_CASE("a line that nobody waits for is in the file at once, and soon vouched for") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto journal = open_journal(scratch.path(), key);
    for (int i = 0; i < 5; ++i)
        REQUIRE(journal->append("message", R"({"verdict":"accept"})", Durable::soon));
    auto report = verify(scratch.path(), key);
    REQUIRE(report);
    CHECK(report->intact);
    CHECK(report->entries == 5);

    // The head is written after the sync, so it shows that the disk has them.
    const auto limit = std::chrono::steady_clock::now() + 20 * longest_delay;
    while (report->vouched < 5 && std::chrono::steady_clock::now() < limit) {
        std::this_thread::sleep_for(longest_delay / 20);
        report = verify(scratch.path(), key);
        REQUIRE(report);
    }
    CHECK(report->vouched == 5);
}

TEST_CASE("lines that nobody waited for are on disk when the journal is closed or another waits") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    auto journal = open_journal(scratch.path(), key);
    REQUIRE(journal->append("message", R"({"verdict":"accept"})", Durable::soon));
    REQUIRE(journal->append("message", R"({"verdict":"quarantine"})"));
    CHECK(verify(scratch.path(), key)->vouched == 2);
    REQUIRE(journal->append("message", R"({"verdict":"accept"})", Durable::soon));
    journal.reset();
    CHECK(verify(scratch.path(), key)->vouched == 3);
}

TEST_CASE("a killed writer leaves the lines that nobody waited for too") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto acknowledged = scratch / "acknowledged";
    ChildProcess writer([&]() -> std::string {
        auto journal = Journal::open(scratch.path(), key);
        if (!journal) return journal.error().message();
        for (;;) {
            if (!(*journal)->append("message", R"({"verdict":"accept"})", Durable::soon))
                return "failed";
            append_bytes(acknowledged, "+");
        }
    });
    std::error_code none;
    while (std::filesystem::file_size(acknowledged, none) < 200 || none) none.clear();
    writer.kill();
    CHECK(writer.wait() == "killed");
    const auto report = verify(scratch.path(), key);
    REQUIRE(report);
    CHECK(report->intact);
    CHECK(report->entries >= std::filesystem::file_size(acknowledged));
}

// Appends until the disk is full, makes room, and goes on. Runs in a child.
std::string fill_and_recover(const std::filesystem::path& directory, const SecretKey& key,
                             const std::function<void()>& make_room) {
    auto journal = Journal::open(directory, key);
    if (!journal) return journal.error().message();
    const std::string entry = R"({"filler":")" + std::string(10'000, 'f') + R"("})";
    std::uint64_t written = 0;
    Result<void> done;
    while ((done = (*journal)->append("message", entry))) ++written;
    if (done.error().code != ErrorCode::disk_full)
        return "not disk_full: " + done.error().message();
    if (written == 0) return "nothing could be written at all";

    const auto full = verify(directory, key);
    if (!full || !full->intact || full->entries != written || !full->what.empty())
        return "the full journal is not clean: " + (full ? full->what : full.error().message());
    if ((*journal)->append("message", entry)) return "there was room after all";

    make_room();
    if (const auto again = (*journal)->append("message", entry); !again)
        return "not usable afterwards: " + again.error().message();
    const auto after = verify(directory, key);
    if (!after || !after->intact || after->entries != written + 1 || after->vouched != written + 1)
        return "the chain broke: " + (after ? after->what : after.error().message());
    return {};
}

TEST_CASE("a limit on the size of files is a full disk, and passes") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    ChildProcess child([&]() -> std::string {
        ::signal(SIGXFSZ, SIG_IGN);
        struct rlimit limit {};
        if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return "getrlimit";
        const auto before = limit;
        limit.rlim_cur = 55'555;
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return "setrlimit";
        return fill_and_recover(scratch.path(), key,
                                [&] { (void)::setrlimit(RLIMIT_FSIZE, &before); });
    });
    CHECK(child.wait() == "");
}

TEST_CASE("a full disk is an error, leaves no torn line, and passes") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    ChildProcess child([&]() -> std::string {
        if (!postwacht::mount_small_disk(scratch.path(), "256k")) return postwacht::no_small_disk;
        append_bytes(scratch / "ballast", std::string(64'000, 'b'));
        return fill_and_recover(scratch / "journal", key,
                                [&] { std::filesystem::remove(scratch / "ballast"); });
    });
    const std::string report = child.wait();
    if (report == postwacht::no_small_disk)
        WARN("no right to mount a small disk; the size limit alone was tested");
    else
        CHECK(report == "");
}

TEST_CASE("a journal that somebody removes or shortens while in use takes no more entries") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto file = scratch / "journal.jsonl";
    const auto journal = open_journal(scratch.path(), key);
    for (int i = 0; i < 3; ++i) REQUIRE(journal->append("message", "{}"));
    SECTION("removed") {
        std::filesystem::remove(file);
    }
    SECTION("shortened") {
        std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    }
    CHECK(journal->append("message", "{}").error().code == ErrorCode::damaged);
}

TEST_CASE("a journal that lost its end, its head or its key does not open") {
    const TemporaryDirectory scratch;
    const auto key = new_key();
    const auto file = scratch / "journal.jsonl";
    {
        const auto journal = open_journal(scratch.path(), key);
        for (int i = 0; i < 3; ++i) REQUIRE(journal->append("message", "{}"));
    }
    SECTION("another key") {
        const auto opened = Journal::open(scratch.path(), new_key());
        CHECK(opened.error().code == ErrorCode::crypto);
    }
    SECTION("no file") {
        std::filesystem::remove(file);
        const auto opened = Journal::open(scratch.path(), key);
        CHECK(opened.error().code == ErrorCode::damaged);
        CHECK_THAT(opened.error().detail, Catch::Contains("lines 1 to 3 are missing"));
    }
    SECTION("no last line") {
        auto bytes = *postwacht::read_file(file);
        bytes.erase(bytes.rfind('\n', bytes.size() - 2) + 1);
        std::ofstream(file, std::ios::binary) << bytes;
        const auto opened = Journal::open(scratch.path(), key);
        CHECK(opened.error().code == ErrorCode::damaged);
        CHECK_THAT(opened.error().detail, Catch::Contains("lines 3 to 3 are missing"));
    }
    SECTION("no head") {
        std::filesystem::remove(scratch / "head");
        CHECK(Journal::open(scratch.path(), key).error().code == ErrorCode::damaged);
    }
    SECTION("a folder that cannot be made") {
        CHECK(Journal::open(scratch.path() / "no" / "such", key).error().code == ErrorCode::io);
    }
}

}  // namespace
