// session: libmilter's callbacks, translated. No decisions are made here.
//
// Each callback converts its arguments, calls, and maps the answer; none lets an exception out, and
// whatever goes wrong is answered tempfail, so that the message stays in the MTA's queue. What
// libmilter really does, and what is done about it, stands in session.cpp.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "pipeline/pipeline.hpp"

namespace postwacht::session {

struct Settings {
    std::string socket;  // libmilter's form: "unix:/path", "inet:8895@127.0.0.1", "fd:3"
    std::filesystem::path spool_directory;  // for messages over 256 KiB
    std::chrono::seconds mta_timeout{7210};
    std::chrono::seconds drain_timeout{60};
    unsigned socket_mode_mask = 0007;
    int backlog = 128;
};

using GuardPtr = std::shared_ptr<const pipeline::Guard>;
// Builds a whole new configuration, or says why not.
using Loader = std::function<Result<GuardPtr>()>;

// Serves until SIGTERM, SIGINT or SIGHUP, then waits for the callbacks in flight. SIGUSR1 calls
// `load` and swaps; when it fails the last good configuration stays, and the log says so.
// Blocks these signals in the calling thread: call before any other thread exists.
// `ready` is called when the socket is open, and before `load` is called again.
Result<void> serve(const Settings& settings, const Loader& load,
                   const std::function<void()>& ready);

}  // namespace postwacht::session
