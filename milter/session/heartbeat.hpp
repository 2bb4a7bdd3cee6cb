// Heartbeat: one thread that looks after callbacks that take long.
//
// It does three things for every connection that is inside a callback:
//   progress   an end-of-message callback older than a few seconds gets smfi_progress(), so that
//              the MTA does not give up (Postfix waits 30 s for each read, Sendmail 10 s);
//   nudge      while a callback is older than a tenth of a second, the milter's own socket is
//              connected to and closed. Debian's libmilter hands a burst of sessions to idle
//              workers such that a quick one can wait behind slow ones; a new connection makes it
//              deal again;
//   drain      says how many callbacks are in flight, for a clean stop.
// The cost while nothing is slow: one pass over the connections, every tick.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace postwacht::session {

// What the heartbeat sees of one connection. The callback writes busy_since without a lock;
// `writing` is held by whoever writes to the MTA, since progress comes from another thread.
struct Pulse {
    std::atomic<std::int64_t> busy_since{0};  // steady clock, nanoseconds; 0: no callback runs
    std::atomic<bool> wants_progress{false};  // at end of message, before any answer is written
    std::mutex writing;
    std::int64_t last_progress = 0;  // under `writing`
    std::function<void()> progress;  // set before registration, called under `writing`
};

class Heartbeat {
  public:
    static constexpr std::chrono::milliseconds tick{50};
    // A callback that waits for the disk is not slow yet: each nudge costs a connection.
    static constexpr std::chrono::milliseconds slow_after{100};
    static constexpr std::chrono::seconds progress_interval{4};

    // `nudge` connects to the milter's own socket and closes; called from the thread.
    explicit Heartbeat(std::function<void()> nudge);
    Heartbeat(const Heartbeat&) = delete;
    Heartbeat& operator=(const Heartbeat&) = delete;
    ~Heartbeat();

    // The pulse must stay alive until remove() returned.
    void add(Pulse& pulse);
    void remove(Pulse& pulse);

    // Waits until no callback is in flight, at most `limit`. Returns how many still are.
    std::size_t drain(std::chrono::milliseconds limit);

    [[nodiscard]] static std::int64_t now() noexcept;

  private:
    void run();
    // One pass; whether some callback is slow.
    bool beat();
    std::size_t in_flight();

    std::function<void()> nudge_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::list<Pulse*> pulses_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace postwacht::session
