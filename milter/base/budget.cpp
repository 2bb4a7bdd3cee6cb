#include "base/budget.hpp"

#include <algorithm>

namespace postwacht {
namespace {

using std::chrono::milliseconds;

// What anything may unpack to, however small it is.
constexpr std::uint64_t harmless_bytes = std::uint64_t{32} << 20U;

std::uint64_t times(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? ~std::uint64_t{0} : product;
}

// Half of it; a second is not worth halving.
milliseconds half_of(milliseconds time) noexcept {
    return std::max(time / 2, std::min(time, milliseconds(1000)));
}

// A tenth of very few is not worth leaving.
template <class Count>
Count nearly_all_of(Count count) noexcept {
    return count < 100 ? count : count - count / 10;
}

}  // namespace

Budget::Budget(const Limits& limits, const Clock& clock)
    : limits_(limits),
      clock_(&clock),
      deadline_(clock.monotonic() + limits.wall_time),
      look_at_cpu_(clock.monotonic() + limits.cpu_time),
      cpu_start_(clock.thread_cpu()),
      cpu_limit_(limits.cpu_time) {}

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

bool Budget::take_text(std::uint64_t count) noexcept {
    if (exhausted() || count > limits_.text_bytes - used_.text_bytes) return spend("text_bytes");
    used_.text_bytes += count;
    return true;
}

bool Budget::take_page() noexcept {
    if (used_.pages >= limits_.pages) return false;
    ++used_.pages;
    return true;
}

bool Budget::is_bomb(std::uint64_t packed, std::uint64_t unpacked) const noexcept {
    return unpacked > harmless_bytes && unpacked / limits_.ratio > packed;
}

bool Budget::depth_allowed(std::size_t depth) const noexcept {
    return depth <= limits_.depth;
}

bool Budget::time_left() noexcept {
    if (exhausted()) return false;
    const auto now = clock_->monotonic();
    if (now >= deadline_) return spend("wall_time");
    if (now < look_at_cpu_) return true;
    // The clock of a thread's CPU time costs a system call, so it is read when it may have run out.
    const auto cpu_left = cpu_limit_ - cpu_used();
    if (cpu_left <= milliseconds(0)) return spend("cpu_time");
    look_at_cpu_ = now + cpu_left;
    return true;
}

milliseconds Budget::cpu_used() const noexcept {
    return used_.cpu_time +
           std::chrono::duration_cast<milliseconds>(clock_->thread_cpu() - cpu_start_);
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
    cpu_limit_ += paid;
}

Limits Budget::left() const noexcept {
    Limits left = limits_;
    const auto time =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - clock_->monotonic());
    left.wall_time =
        exhausted() ? std::chrono::milliseconds(0) : std::max(time, std::chrono::milliseconds(0));
    left.cpu_time = std::max(cpu_limit_ - cpu_used(), std::chrono::milliseconds(0));
    left.unpacked_bytes -= used_.unpacked_bytes;
    left.text_bytes -= used_.text_bytes;
    left.parts -= used_.parts;
    left.fragments -= used_.fragments;
    left.pages -= used_.pages;
    left.scan_pages -= used_.scan_pages;
    left.scan_time = scan_time_left();
    return left;
}

Limits Budget::share(std::uint64_t document_bytes) const noexcept {
    Limits share = left();
    share.wall_time = half_of(share.wall_time);
    share.cpu_time = half_of(share.cpu_time);
    share.unpacked_bytes = std::min(nearly_all_of(share.unpacked_bytes),
                                    std::max(harmless_bytes, times(document_bytes, limits_.ratio)));
    share.text_bytes = nearly_all_of(share.text_bytes);
    share.parts = nearly_all_of(share.parts);
    share.fragments = nearly_all_of(share.fragments);
    share.pages = nearly_all_of(share.pages);
    return share;
}

void Budget::charge(const Spent& spent) noexcept {
    const Limits before = left();
    used_.cpu_time += std::clamp(spent.cpu_time, milliseconds(0), before.cpu_time);
    look_at_cpu_ = clock_->monotonic();
    used_.unpacked_bytes += std::min(spent.unpacked_bytes, before.unpacked_bytes);
    used_.text_bytes += std::min(spent.text_bytes, before.text_bytes);
    used_.parts += std::min(spent.parts, before.parts);
    used_.fragments += std::min(spent.fragments, before.fragments);
    used_.pages += std::min(spent.pages, before.pages);
    used_.scan_pages += std::min(spent.scan_pages, before.scan_pages);
    charge_scan(spent.scan_time);
    used_.scan_refused = used_.scan_refused || spent.scan_refused;
    if (spent.unpacked_bytes > before.unpacked_bytes) (void)spend("unpacked_bytes");
    if (spent.text_bytes > before.text_bytes) (void)spend("text_bytes");
    if (spent.parts > before.parts) (void)spend("parts");
    if (spent.fragments > before.fragments) (void)spend("fragments");
}

Spent Budget::spent() const noexcept {
    return used_;
}

}  // namespace postwacht
