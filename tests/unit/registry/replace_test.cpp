// Replacing an index while others read it: processes that build and are killed, and a Registry that
// looks on.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <random>
#include <thread>

#include "base/files.hpp"
#include "registry/index.hpp"
#include "support/catch_result.hpp"
#include "support/child_process.hpp"
#include "unit/registry/source_folder.hpp"

namespace postwacht::registry {
namespace {

// Whether an index is one of write_many(), whole: every subject is found and bears this surname.
bool is_whole(const Index& index, std::uint32_t count, std::string_view surname) {
    if (index.stats().subjects != count) return false;
    for (std::uint32_t n = 0; n < count; n += 97) {
        const auto found = index.find(Key::email, format("s{}@post.example", n));
        if (!found || *found != std::vector{n}) return false;
        const auto subject = index.subject(n);
        if (!subject || (*subject)->surname != surname) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("a build that is killed leaves the old index or the new one, in full") {
    constexpr std::uint32_t old_count = 2000;
    constexpr std::uint32_t new_count = 3000;
    SourceFolder folder;
    folder.write_many(old_count, "Oud");
    REQUIRE(folder.build());
    folder.write_many(new_count, "Nieuw");
    const auto started = std::chrono::steady_clock::now();
    {
        // How long a whole build takes here, by one into another place.
        BuildOptions options;
        options.source = folder.source();
        options.index = folder.folder() / "other.mdb";
        REQUIRE(build(options, folder.key()));
    }
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - started);
    std::mt19937 random(std::random_device{}());
    int old_seen = 0;
    int new_seen = 0;
    int left_over = 0;
    for (int round = 0; round < 40; ++round) {
        ChildProcess child([&]() -> std::string {
            while (folder.build()) {
            }
            return "a build failed";
        });
        std::this_thread::sleep_for(whole * (random() % 1500) / 1000);
        child.kill();
        CHECK(child.wait() == "killed");
        const auto index = open_index(folder.index(), folder.key());
        REQUIRE(index);
        if ((*index)->stats().subjects == old_count) {
            CHECK(is_whole(**index, old_count, "Oud"));
            ++old_seen;
        } else {
            CHECK(is_whole(**index, new_count, "Nieuw"));
            ++new_seen;
            // Back to the old one, to see both again.
            folder.write_many(old_count, "Oud");
            REQUIRE(folder.build());
            folder.write_many(new_count, "Nieuw");
        }
        if (std::filesystem::exists(folder.folder() / "index.mdb.building")) ++left_over;
    }
    INFO("old " << old_seen << ", new " << new_seen << ", unfinished " << left_over);
    CHECK(old_seen + new_seen == 40);
    // The next build takes away what the killed ones left.
    REQUIRE(folder.build());
    CHECK_FALSE(std::filesystem::exists(folder.folder() / "index.mdb.building"));
}

TEST_CASE("what a killed build left behind is replaced, whatever it is") {
    SourceFolder folder;
    std::ofstream(folder.folder() / "index.mdb.building") << std::string(100'000, 'x');
    REQUIRE(folder.build());
    CHECK_FALSE(std::filesystem::exists(folder.folder() / "index.mdb.building"));
    CHECK(open_index(folder.index(), folder.key()));
}

TEST_CASE("of two builds at once the second is refused") {
    SourceFolder folder;
    folder.write_many(100, "Jansen");
    BuildOptions options;
    options.source = folder.source();
    options.index = folder.index();
    std::optional<Error> second;
    options.progress = [&](std::string_view, double) {
        // While the first is at it, a second one begins.
        auto built = folder.build();
        if (!built) second = std::move(built).error();
    };
    REQUIRE(build(options, folder.key()));
    REQUIRE(second);
    CHECK(second->code == ErrorCode::conflict);
    CHECK(open_index(folder.index(), folder.key()));
    CHECK(folder.build());
}

TEST_CASE("a source that changes while it is read is refused") {
    SourceFolder folder;
    REQUIRE(folder.build());
    const std::string before = read_file(folder.index()).value();
    BuildOptions options;
    options.source = folder.source();
    options.index = folder.index();
    options.progress = [&](std::string_view what, double) {
        if (what != "writing subjects") return;
        const std::string rows = read_file(folder.source() / "subjects.csv").value();
        std::filesystem::remove(folder.source() / "subjects.csv");
        folder.write("subjects.csv", rows);
    };
    const auto built = build(options, folder.key());
    REQUIRE_FALSE(built);
    CHECK(built.error().code == ErrorCode::source);
    CHECK(read_file(folder.index()).value() == before);
}

TEST_CASE("the registry notices each new index, and only then opens anything") {
    SourceFolder folder;
    Registry registry(folder.index(), folder.key());
    REQUIRE_FALSE(registry.current());
    CHECK(registry.current().error().code == ErrorCode::registry_unavailable);
    folder.write_many(10, "Een");
    REQUIRE(folder.build());
    const auto first = registry.current();
    REQUIRE(first);
    CHECK((*first)->stats().subjects == 10);
    CHECK(registry.current().value() == *first);
    folder.write_many(20, "Twee");
    REQUIRE(folder.build());
    const auto second = registry.current();
    REQUIRE(second);
    CHECK((*second)->stats().subjects == 20);
    CHECK(is_whole(**first, 10, "Een"));
}

TEST_CASE("a damaged or missing index is never covered up by the old one") {
    SourceFolder folder;
    REQUIRE(folder.build());
    const std::string good = read_file(folder.index()).value();
    Registry registry(folder.index(), folder.key());
    REQUIRE(registry.current());

    std::string bad = good;
    bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 1);
    REQUIRE(write_file_durably(folder.index(), bad, 0640));
    CHECK(registry.current().error().code == ErrorCode::registry_unavailable);
    CHECK(registry.current().error().code == ErrorCode::registry_unavailable);

    REQUIRE(write_file_durably(folder.index(), good, 0640));
    CHECK(registry.current());
    std::filesystem::remove(folder.index());
    CHECK(registry.current().error().code == ErrorCode::registry_unavailable);
    REQUIRE(write_file_durably(folder.index(), good, 0640));
    CHECK(registry.current());
    CHECK_FALSE(Registry(folder.index(), crypto::SecretKey::generate().value()).current());
}

TEST_CASE("a change in place is noticed though size and modification time are as before") {
    SourceFolder folder;
    REQUIRE(folder.build());
    Registry registry(folder.index(), folder.key());
    REQUIRE(registry.current());
    struct stat before {};
    REQUIRE(::stat(folder.index().c_str(), &before) == 0);
    const int fd = ::open(folder.index().c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    CHECK(::pwrite(fd, "damage", 6, 5000) == 6);
    const timespec times[] = {before.st_atim, before.st_mtim};
    CHECK(::futimens(fd, times) == 0);
    ::close(fd);
    CHECK_FALSE(registry.current());
}

TEST_CASE("threads read while the index is replaced again and again") {
    SourceFolder folder;
    folder.write_many(300, "Aap");
    REQUIRE(folder.build());
    Registry registry(folder.index(), folder.key());
    std::atomic<bool> stop = false;
    std::atomic<int> wrong = 0;
    std::atomic<int> right = 0;
    std::vector<std::thread> readers;
    for (int t = 0; t < 4; ++t) {
        readers.emplace_back([&] {
            while (!stop) {
                const auto index = registry.current();
                const bool whole =
                    index && ((*index)->stats().subjects == 300 ? is_whole(**index, 300, "Aap")
                                                                : is_whole(**index, 400, "Noot"));
                ++(whole ? right : wrong);
            }
        });
    }
    for (int round = 0; round < 10; ++round) {
        folder.write_many(round % 2 == 0 ? 400 : 300, round % 2 == 0 ? "Noot" : "Aap");
        CHECK(folder.build());
    }
    stop = true;
    for (auto& reader : readers) reader.join();
    CHECK(wrong == 0);
    CHECK(right > 0);
}

}  // namespace postwacht::registry
