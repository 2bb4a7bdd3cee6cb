#include "session/heartbeat.hpp"

#include <csignal>

namespace postwacht::session {

Heartbeat::Heartbeat(std::function<void()> nudge) : nudge_(std::move(nudge)) {
    // Signals belong to libmilter's thread and to ours that waits for SIGUSR1, never to this one.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Heartbeat::~Heartbeat() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Heartbeat::add(Pulse& pulse) {
    {
        const std::lock_guard lock(mutex_);
        pulses_.push_back(&pulse);
    }
    wake_.notify_one();
}

void Heartbeat::remove(Pulse& pulse) {
    // Holding the lock, so that no pass of beat() still looks at it.
    const std::lock_guard lock(mutex_);
    pulses_.remove(&pulse);
}

std::int64_t Heartbeat::now() noexcept {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

bool Heartbeat::beat() {
    const auto time = now();
    bool slow = false;
    for (Pulse* pulse : pulses_) {
        const auto since = pulse->busy_since.load(std::memory_order_acquire);
        if (since == 0 || std::chrono::nanoseconds(time - since) < slow_after) continue;
        slow = true;
        if (!pulse->wants_progress.load(std::memory_order_acquire)) continue;
        // try_lock: the callback holds it only when it is answering, and then needs no progress.
        const std::unique_lock writing(pulse->writing, std::try_to_lock);
        if (!writing || !pulse->wants_progress.load(std::memory_order_acquire)) continue;
        const auto last = std::max(since, pulse->last_progress);
        if (std::chrono::nanoseconds(time - last) < progress_interval) continue;
        pulse->last_progress = time;
        pulse->progress();
    }
    return slow;
}

std::size_t Heartbeat::in_flight() {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const Pulse* pulse : pulses_)
        if (pulse->busy_since.load(std::memory_order_acquire) != 0) ++count;
    return count;
}

std::size_t Heartbeat::drain(std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::size_t count = in_flight();
    while (count > 0 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        count = in_flight();
    }
    return count;
}

void Heartbeat::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (pulses_.empty()) {
            wake_.wait(lock, [this] { return stopping_ || !pulses_.empty(); });
            continue;
        }
        const bool slow = beat();
        if (slow) {
            lock.unlock();
            nudge_();
            lock.lock();
        }
        wake_.wait_for(lock, tick, [this] { return stopping_; });
    }
}

}  // namespace postwacht::session
