#include "extract/worker/sandbox.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>

using namespace postwacht::extract;

namespace {

// The exit status of a process that enters the sandbox and then does this; 99 where it could not.
int locked_in(const worker::SandboxSettings& settings, const std::function<int(bool)>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
        const auto guarded = worker::enter_sandbox(settings);
        ::_exit(guarded ? act(*guarded) : 99);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

int can_read(const char* path) {
    return ::open(path, O_RDONLY) >= 0 ? 1 : 0;
}

}  // namespace

TEST_CASE("a worker reads the tables it was given, and nothing beside them") {
    worker::SandboxSettings settings;
    settings.readable = {"/usr/share/doc", "/nonexistent"};
    const int status = locked_in(settings, [](bool guarded) {
        if (!guarded) return 50;  // this kernel has no Landlock
        return can_read("/usr/share/doc") + 2 * can_read("/usr/share") +
               4 * can_read("/etc/passwd") +
               8 * (::open("/usr/share/doc/x", O_WRONLY | O_CREAT, 0600) >= 0 ? 1 : 0);
    });
    if (status == 50)
        WARN("no Landlock here");
    else
        CHECK(status == 1);
}

TEST_CASE("without Landlock a worker opens no file at all") {
    worker::SandboxSettings settings;
    settings.readable = {"/usr/share/doc"};
    settings.landlock = false;
    CHECK(locked_in(settings, [](bool guarded) {
              return (guarded ? 1 : 0) + 2 * can_read("/usr/share/doc") +
                     4 * can_read("/etc/passwd") + 8 * can_read("/dev/null") +
                     16 * (::socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 1 : 0);
          }) == 0);
}
