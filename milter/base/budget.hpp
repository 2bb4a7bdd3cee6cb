// Budget: the one allowance a message has, threaded through every parser.
//
// Each take_*() answers whether there was enough left. Once one answered false the budget is
// exhausted for good and says of what; the parser stops and reports the part as `over_budget`.
// A Budget belongs to one message and one thread.
//
// A document of the message is read with a budget of its own, made of share(): whatever it is, it
// leaves something for what comes after it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"

namespace postwacht {

struct Limits {
    std::chrono::milliseconds wall_time{30'000};
    std::chrono::milliseconds cpu_time{20'000};  // of the milter's thread and the workers' together
    std::uint64_t memory = 1U << 30U;            // address space of the process that reads it
    std::uint64_t unpacked_bytes = 1U << 30U;    // decoded and unpacked bytes of all parts together
    std::uint64_t ratio = 250;                   // unpacked bytes for each byte of a document
    std::uint64_t text_bytes = 256U << 20U;      // text that was read, with the names of its places
    std::size_t parts = 10'000;
    std::size_t fragments = 2'000'000;
    std::size_t pages = 10'000;  // of PDF
    std::size_t depth = 50;      // multiparts, nested messages and archives inside each other
    // Pictures and pages read by character recognition have their own allowance: the time they take
    // is not wall time.
    std::size_t scan_pages = 40;
    std::chrono::milliseconds scan_time{30'000};
};

// What somebody else used of a message's budget.
struct Spent {
    std::chrono::milliseconds cpu_time{0};  // elsewhere: what its own thread used is not in it
    std::uint64_t unpacked_bytes = 0;
    std::uint64_t text_bytes = 0;
    std::size_t parts = 0;
    std::size_t fragments = 0;
    std::size_t pages = 0;
    std::size_t scan_pages = 0;
    std::chrono::milliseconds scan_time{0};
    bool scan_refused = false;  // something was left unread because it would have been a scan
};

class Budget {
  public:
    explicit Budget(const Limits& limits, const Clock& clock = system_clock());

    [[nodiscard]] bool take_bytes(std::uint64_t count) noexcept;
    [[nodiscard]] bool take_part() noexcept;
    [[nodiscard]] bool take_fragment() noexcept;
    [[nodiscard]] bool take_text(std::uint64_t count) noexcept;
    // Whether one more page may be read (does not exhaust the rest).
    [[nodiscard]] bool take_page() noexcept;
    // Whether `depth` levels of nesting are within the limit (does not exhaust the rest).
    [[nodiscard]] bool depth_allowed(std::size_t depth) const noexcept;
    // Whether there is wall time and CPU time left. Cheap enough for every few kilobytes.
    [[nodiscard]] bool time_left() noexcept;
    // Whether one more picture or page may be recognised. Where not, what remains unread is over
    // budget, and the rest of the message is read all the same: nothing else is exhausted by it.
    [[nodiscard]] bool may_scan() noexcept;
    // The same, and takes it.
    [[nodiscard]] bool take_scan_page() noexcept;
    // How long recognising may still take.
    [[nodiscard]] std::chrono::milliseconds scan_time_left() const noexcept;
    // Recognising took so long, just now: the wall time waits for it.
    void charge_scan(std::chrono::milliseconds took) noexcept;

    // What is left, for somebody who reads a part of the message elsewhere; and what they used of
    // it.
    [[nodiscard]] Limits left() const noexcept;
    // What one document of so many bytes may use of it: half of the time, nearly all of the rest,
    // and no more unpacked bytes than `ratio` allows.
    [[nodiscard]] Limits share(std::uint64_t document_bytes) const noexcept;
    void charge(const Spent& spent) noexcept;
    // What was used so far.
    [[nodiscard]] Spent spent() const noexcept;
    // CPU time so far, here and elsewhere.
    [[nodiscard]] std::chrono::milliseconds cpu_used() const noexcept;
    [[nodiscard]] const Clock& clock() const noexcept { return *clock_; }
    // Whether so much came out of so little that it is a bomb; a few megabytes are none.
    [[nodiscard]] bool is_bomb(std::uint64_t packed, std::uint64_t unpacked) const noexcept;
    // How many bytes may still be unpacked, for what must know it before it begins.
    [[nodiscard]] std::uint64_t bytes_left() const noexcept {
        return exhausted() || used_.unpacked_bytes > limits_.unpacked_bytes
                   ? 0
                   : limits_.unpacked_bytes - used_.unpacked_bytes;
    }

    [[nodiscard]] bool exhausted() const noexcept { return !exhausted_by_.empty(); }
    // "wall_time", "cpu_time", "unpacked_bytes", "text_bytes", "parts", "fragments"; empty while
    // there is some left.
    [[nodiscard]] std::string_view exhausted_by() const noexcept { return exhausted_by_; }

  private:
    bool spend(const char* what) noexcept;

    Limits limits_;
    const Clock* clock_;
    std::chrono::steady_clock::time_point deadline_;
    std::chrono::steady_clock::time_point look_at_cpu_;  // it cannot be used up before
    std::chrono::nanoseconds cpu_start_;
    std::chrono::milliseconds cpu_limit_;
    Spent used_;
    std::string_view exhausted_by_;
};

}  // namespace postwacht
