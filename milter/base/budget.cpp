#include "base/budget.hpp"

#include <algorithm>

namespace postwacht {

Budget::Budget(const Limits& limits, const Clock& clock)
    : limits_(limits), clock_(&clock), deadline_(clock.monotonic() + limits.wall_time) {}

bool Budget::spend(const char* what) noexcept {
    if (spent_.empty()) spent_ = what;
    return false;
}

bool Budget::take_bytes(std::uint64_t count) noexcept {
    // Compared by subtraction: a hostile size near 2^64 must not wrap round to "enough left".
    if (exhausted() || count > limits_.unpacked_bytes - bytes_) return spend("unpacked_bytes");
    bytes_ += count;
    return true;
}

bool Budget::take_part() noexcept {
    if (exhausted() || parts_ >= limits_.parts) return spend("parts");
    ++parts_;
    return true;
}

bool Budget::take_fragment() noexcept {
    if (exhausted() || fragments_ >= limits_.fragments) return spend("fragments");
    ++fragments_;
    return true;
}

bool Budget::depth_allowed(std::size_t depth) const noexcept {
    return depth <= limits_.depth;
}

bool Budget::time_left() noexcept {
    if (exhausted()) return false;
    return clock_->monotonic() < deadline_ || spend("wall_time");
}

Limits Budget::left() const noexcept {
    Limits left = limits_;
    const auto time =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - clock_->monotonic());
    left.wall_time =
        exhausted() ? std::chrono::milliseconds(0) : std::max(time, std::chrono::milliseconds(0));
    left.unpacked_bytes -= bytes_;
    left.parts -= parts_;
    left.fragments -= fragments_;
    return left;
}

void Budget::charge(std::uint64_t bytes, std::size_t parts, std::size_t fragments) noexcept {
    const Limits before = left();
    bytes_ += std::min(bytes, before.unpacked_bytes);
    parts_ += std::min(parts, before.parts);
    fragments_ += std::min(fragments, before.fragments);
    if (bytes > before.unpacked_bytes) (void)spend("unpacked_bytes");
    if (parts > before.parts) (void)spend("parts");
    if (fragments > before.fragments) (void)spend("fragments");
}

}  // namespace postwacht
