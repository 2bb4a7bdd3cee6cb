#include "base/budget.hpp"

#include <algorithm>

namespace postwacht {

Budget::Budget(const Limits& limits, const Clock& clock)
    : limits_(limits), clock_(&clock), deadline_(clock.monotonic() + limits.wall_time) {}

bool Budget::spend(const char* what) noexcept {
    if (exhausted_by_.empty()) exhausted_by_ = what;
    return false;
}

bool Budget::take_bytes(std::uint64_t count) noexcept {
    // Compared by subtraction: a hostile size near 2^64 must not wrap round to "enough left".
    if (exhausted() || count > limits_.unpacked_bytes - used_.unpacked_bytes)
        return spend("unpacked_bytes");
    used_.unpacked_bytes += count;
    return true;
}

bool Budget::take_part() noexcept {
    if (exhausted() || used_.parts >= limits_.parts) return spend("parts");
    ++used_.parts;
    return true;
}

bool Budget::take_fragment() noexcept {
    if (exhausted() || used_.fragments >= limits_.fragments) return spend("fragments");
    ++used_.fragments;
    return true;
}

bool Budget::depth_allowed(std::size_t depth) const noexcept {
    return depth <= limits_.depth;
}

bool Budget::time_left() noexcept {
    if (exhausted()) return false;
    return clock_->monotonic() < deadline_ || spend("wall_time");
}

bool Budget::may_scan() noexcept {
    if (!time_left()) return false;
    if (used_.scan_pages < limits_.scan_pages && scan_time_left() > std::chrono::milliseconds(0))
        return true;
    used_.scan_refused = true;
    return false;
}

bool Budget::take_scan_page() noexcept {
    if (!may_scan()) return false;
    ++used_.scan_pages;
    return true;
}

std::chrono::milliseconds Budget::scan_time_left() const noexcept {
    return std::max(limits_.scan_time - used_.scan_time, std::chrono::milliseconds(0));
}

void Budget::charge_scan(std::chrono::milliseconds took) noexcept {
    // What a scan took beyond its allowance is wall time again.
    const auto paid = std::clamp(took, std::chrono::milliseconds(0), scan_time_left());
    used_.scan_time += paid;
    deadline_ += paid;
}

Limits Budget::left() const noexcept {
    Limits left = limits_;
    const auto time =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - clock_->monotonic());
    left.wall_time =
        exhausted() ? std::chrono::milliseconds(0) : std::max(time, std::chrono::milliseconds(0));
    left.unpacked_bytes -= used_.unpacked_bytes;
    left.parts -= used_.parts;
    left.fragments -= used_.fragments;
    left.scan_pages -= used_.scan_pages;
    left.scan_time = scan_time_left();
    return left;
}

void Budget::charge(const Spent& spent) noexcept {
    const Limits before = left();
    used_.unpacked_bytes += std::min(spent.unpacked_bytes, before.unpacked_bytes);
    used_.parts += std::min(spent.parts, before.parts);
    used_.fragments += std::min(spent.fragments, before.fragments);
    used_.scan_pages += std::min(spent.scan_pages, before.scan_pages);
    charge_scan(spent.scan_time);
    used_.scan_refused = used_.scan_refused || spent.scan_refused;
    if (spent.unpacked_bytes > before.unpacked_bytes) (void)spend("unpacked_bytes");
    if (spent.parts > before.parts) (void)spend("parts");
    if (spent.fragments > before.fragments) (void)spend("fragments");
}

Spent Budget::spent() const noexcept {
    return used_;
}

}  // namespace postwacht
