// Calendar dates (proleptic Gregorian) and UTC instants in ISO 8601.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace postwacht {

using Date = std::chrono::year_month_day;
using Instant = std::chrono::system_clock::time_point;

// "2026-03-12" and nothing else; nothing for a date that does not exist (2026-02-30).
[[nodiscard]] std::optional<Date> parse_iso_date(std::string_view text) noexcept;
[[nodiscard]] std::string to_iso(Date date);
// "2026-11-23T02:00:00Z", whole seconds.
[[nodiscard]] std::string to_iso(Instant instant);
[[nodiscard]] std::optional<Instant> parse_iso_instant(std::string_view text) noexcept;
// The civil date of an instant in the system's time zone: what "today" means to a policy.
[[nodiscard]] Date local_date(Instant instant);
// "72h", "30m", "20s", "14d": a count and one unit.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text) noexcept;

}  // namespace postwacht
