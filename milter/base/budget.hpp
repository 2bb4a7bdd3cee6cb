// Budget: the one allowance a message has, threaded through every parser.
//
// Each take_*() answers whether there was enough left. Once one answered false the budget is
// exhausted for good and says of what; the parser stops and reports the part as `over_budget`.
// A Budget belongs to one message and one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"

namespace postwacht {

struct Limits {
    std::chrono::milliseconds wall_time{15'000};
    std::uint64_t unpacked_bytes = 256U << 20U;  // decoded and unpacked bytes of all parts together
    std::size_t parts = 10'000;
    std::size_t fragments = 2'000'000;
    std::size_t depth = 50;  // multiparts, nested messages and archives inside each other
    // Pictures and pages read by character recognition have their own allowance: the time they take
    // is not wall time.
    std::size_t scan_pages = 40;
    std::chrono::milliseconds scan_time{30'000};
};

// What somebody else used of a message's budget.
struct Spent {
    std::uint64_t unpacked_bytes = 0;
    std::size_t parts = 0;
    std::size_t fragments = 0;
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
    // Whether `depth` levels of nesting are within the limit (does not exhaust the rest).
    [[nodiscard]] bool depth_allowed(std::size_t depth) const noexcept;
    // Whether there is wall time left. Cheap enough for every few kilobytes.
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
    void charge(const Spent& spent) noexcept;
    // What was used so far.
    [[nodiscard]] Spent spent() const noexcept;
    // How many bytes may still be unpacked, for what must know it before it begins.
    [[nodiscard]] std::uint64_t bytes_left() const noexcept {
        return exhausted() || used_.unpacked_bytes > limits_.unpacked_bytes
                   ? 0
                   : limits_.unpacked_bytes - used_.unpacked_bytes;
    }

    [[nodiscard]] bool exhausted() const noexcept { return !exhausted_by_.empty(); }
    // "wall_time", "unpacked_bytes", "parts", "fragments"; empty while there is some left.
    [[nodiscard]] std::string_view exhausted_by() const noexcept { return exhausted_by_; }

  private:
    bool spend(const char* what) noexcept;

    Limits limits_;
    const Clock* clock_;
    std::chrono::steady_clock::time_point deadline_;
    Spent used_;
    std::string_view exhausted_by_;
};

}  // namespace postwacht
