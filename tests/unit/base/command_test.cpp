// Programs run to their end: real ones, and such as misbehave.
#include "base/command.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "base/unique_fd.hpp"
#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace postwacht;
using namespace std::chrono_literals;

Result<CommandResult> shell(const std::string& script, const CommandLimits& limits = {},
                            int keep_open = -1) {
    return run_command({"/bin/sh", "-c", script}, limits, keep_open);
}

TEST_CASE("a program's status and what it said come back") {
    const auto done = shell("echo out; echo err >&2; exit 7");
    REQUIRE(done);
    CHECK(done->status == 7);
    CHECK(done->output == "out\n");
    CHECK(done->errors == "err\n");
    CHECK(shell("kill -9 $$")->status == 137);
}

TEST_CASE("arguments reach it as they are, and no shell sees them") {
    const auto done = run_command({"/bin/echo", "$HOME; `id`", "a  b"}, {});
    REQUIRE(done);
    CHECK(done->output == "$HOME; `id` a  b\n");
}

TEST_CASE("it has no input, and an environment of its own") {
    ::setenv("POSTWACHT_SECRET", "x", 1);
    const auto done = shell("cat; env | grep -c SECRET; echo $LC_ALL; ls /proc/self/fd | wc -l");
    ::unsetenv("POSTWACHT_SECRET");
    REQUIRE(done);
    CHECK(done->output == "0\nC\n4\n");  // of ls: three, and the folder
}

TEST_CASE("what cannot be started is an error") {
    const auto done = run_command({"/no/such/program"}, {});
    REQUIRE_FALSE(done);
    CHECK(done.error().where == "/no/such/program");
    CHECK_FALSE(run_command({}, {}));
}

TEST_CASE("one that takes too long is killed, with those that it started") {
    const TemporaryDirectory folder;
    const std::string lock = (folder / "lock").string();
    const UniqueFd fd(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    const auto done = shell("sleep 1000 & exec 1>&- 2>&-; sleep 1000", {100ms, 1000}, fd.get());
    REQUIRE_FALSE(done);
    CHECK(done.error().detail == "the command took too long");
    // Both held the file open. Their end may take a moment.
    const UniqueFd other(::open(lock.c_str(), O_RDWR | O_CLOEXEC));
    CHECK(::flock(other.get(), LOCK_EX) == 0);
}

TEST_CASE("one that says too much is stopped") {
    const auto done = shell("yes", {30s, 100'000});
    REQUIRE_FALSE(done);
    CHECK(done.error().detail == "the command said more than it may");
    CHECK(shell("head -c 100000 /dev/zero", {30s, 100'000})->output.size() == 100'000);
}

TEST_CASE("a lock that it was given lasts until its end") {
    const TemporaryDirectory folder;
    const std::string lock = (folder / "lock").string();
    UniqueFd fd(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(::flock(fd.get(), LOCK_EX) == 0);
    // It asks for the same lock by another way while this process has none any more.
    const auto done = shell("flock -n " + std::string("'") + lock + "' true || echo locked",
                            {30s, 1000}, fd.get());
    REQUIRE(done);
    CHECK(done->output == "locked\n");
}

}  // namespace
