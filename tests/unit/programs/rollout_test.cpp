#include "programs/rollout.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "base/files.hpp"
#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

namespace postwacht::programs {
namespace {

void write(const std::filesystem::path& file, std::string_view text) {
    std::ofstream(file, std::ios::binary) << text;
}

PolicyVersion version(const std::string& text) {
    return {text, std::nullopt, std::nullopt};
}

HistoryEntry entry(const std::string& what, const std::string& by = "tester") {
    HistoryEntry made;
    made.what = what;
    made.by = by;
    return made;
}

struct Place {
    TemporaryDirectory folder;
    std::filesystem::path policy = folder / "policy.toml";

    void install(const PolicyVersion& wanted, const std::string& what = "activate") const {
        auto rollout = Rollout::begin(policy).value();
        REQUIRE(rollout.install(wanted, entry(what)));
    }
    [[nodiscard]] std::string now() const { return read_file(policy).value(); }
    // What `policy rollback` does.
    void roll_back() const {
        auto rollout = Rollout::begin(policy).value();
        const auto wanted = rollout.version(rollout.previous().value()).value();
        REQUIRE(rollout.install(wanted, entry("rollback")));
    }
};

}  // namespace

TEST_CASE("each rollback goes one version further back, to what was there in the beginning") {
    const Place place;
    write(place.policy, "first");
    place.install(version("second"));
    place.install(version("third"));
    CHECK(place.now() == "third");
    place.roll_back();
    CHECK(place.now() == "second");
    place.roll_back();
    CHECK(place.now() == "first");
    const auto further = Rollout(place.policy).previous();
    REQUIRE_FALSE(further);
    CHECK(further.error().code == ErrorCode::not_found);
    // And forth again, by name.
    const Rollout rollout(place.policy);
    const auto third = version("third").digest();
    CHECK(rollout.find(third.substr(0, 9)).value() == third);
    CHECK_FALSE(rollout.find(""));
    CHECK_FALSE(rollout.find("x"));
}

TEST_CASE("what was put there by hand is kept, and goes back to the last that was not") {
    const Place place;
    place.install(version("first"));
    write(place.policy, "by hand");
    CHECK(Rollout(place.policy).previous().value() == version("first").digest());
    place.roll_back();
    CHECK(place.now() == "first");
    const auto by_hand = Rollout(place.policy).version(version("by hand").digest());
    REQUIRE(by_hand);
    CHECK(by_hand->text == "by hand");
}

TEST_CASE("a policy that never got into its place is not what a rollback goes to") {
    const Place place;
    write(place.policy, "first");
    place.install(version("second"));
    write(place.policy, "first");  // as if the rename had not happened any more
    CHECK_FALSE(Rollout(place.policy).previous());
}

TEST_CASE("the history says who, when and what for") {
    const Place place;
    REQUIRE(Rollout(place.policy).history().value().empty());
    place.install(version("first"));
    auto rollout = Rollout::begin(place.policy).value();
    auto with_reason = entry("activate", "m.devries");
    with_reason.reason = "a \"reason\"\nin two lines";
    with_reason.policy = "agency@0123456789ab";
    REQUIRE(rollout.install(version("second"), with_reason));
    const auto history = rollout.history().value();
    REQUIRE(history.size() == 2);
    CHECK(history[0].replaced.empty());
    CHECK(history[1].version == version("second").digest());
    CHECK(history[1].replaced == version("first").digest());
    CHECK(history[1].by == "m.devries");
    CHECK(history[1].reason == with_reason.reason);
    CHECK(history[1].policy == with_reason.policy);
    CHECK(history[1].at.size() == 20);
}

TEST_CASE("cases and signature come and go with their version") {
    const Place place;
    const std::string old_signature(64, 'o');
    const std::string new_signature(64, 'n');
    place.install({"first", old_signature, "cases of first"});
    place.install({"second", new_signature, "cases of second"});
    CHECK(read_file(place.folder / "policy.toml.sig").value() == new_signature);
    CHECK(read_file(place.folder / "policy.cases").value() == "cases of second");
    place.roll_back();
    CHECK(read_file(place.folder / "policy.toml.sig").value() == old_signature);
    CHECK(read_file(place.folder / "policy.cases").value() == "cases of first");
    // One that is not signed must not lie beside another's signature.
    place.install(version("third"));
    CHECK_FALSE(std::filesystem::exists(place.folder / "policy.toml.sig"));
    CHECK(read_file(place.folder / "policy.cases").value() == "cases of first");
}

TEST_CASE("mode and owner stay as they were") {
    const Place place;
    write(place.policy, "first");
    REQUIRE(::chmod(place.policy.c_str(), 0604) == 0);
    place.install(version("second"));
    struct stat status {};
    REQUIRE(::stat(place.policy.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0604);
    CHECK(status.st_uid == ::getuid());
}

TEST_CASE("a symbolic link is not replaced by a file") {
    const Place place;
    write(place.folder / "real.toml", "first");
    std::filesystem::create_symlink("real.toml", place.policy);
    const auto rollout = Rollout::begin(place.policy);
    REQUIRE_FALSE(rollout);
    CHECK(rollout.error().code == ErrorCode::conflict);
}

TEST_CASE("one process at a time, and what a crash left is cleared away") {
    const Place place;
    {
        const auto one = Rollout::begin(place.policy);
        REQUIRE(one);
        CHECK_FALSE(Rollout::begin(place.policy));
    }
    const auto left_over = place.folder / "policy.toml.versions" / "new.a1B2c3";
    write(left_over, "half of a pol");
    REQUIRE(Rollout::begin(place.policy));
    CHECK_FALSE(std::filesystem::exists(left_over));
}

TEST_CASE("a kept version that was changed, and a history that is none, are not believed") {
    const Place place;
    place.install(version("first"));
    place.install(version("second"));
    const auto first = version("first").digest();
    write(place.folder / "policy.toml.versions" / (first + ".toml"), "another");
    const auto changed = Rollout(place.policy).version(first);
    REQUIRE_FALSE(changed);
    CHECK(changed.error().code == ErrorCode::damaged);
    write(place.folder / "policy.toml.versions" / "history.jsonl", "{}\nnonsense\n");
    const auto history = Rollout(place.policy).history();
    REQUIRE_FALSE(history);
    CHECK(history.error().where.find("history.jsonl:2") != std::string::npos);
    auto rollout = Rollout::begin(place.policy).value();
    CHECK_FALSE(rollout.install(version("third"), entry("activate")));
    CHECK(place.now() == "second");
}

}  // namespace postwacht::programs
