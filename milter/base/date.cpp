#include "base/date.hpp"

#include <charconv>
#include <ctime>

#include "base/format.hpp"

namespace postwacht {
namespace {

// Exactly the digits of `text` as a number; nothing where there is anything else.
std::optional<int> digits(std::string_view text) noexcept {
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return text.empty() ? std::nullopt : std::optional(value);
}

}  // namespace

std::optional<Date> parse_iso_date(std::string_view text) noexcept {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = digits(text.substr(0, 4));
    const auto month = digits(text.substr(5, 2));
    const auto day = digits(text.substr(8, 2));
    if (!year || !month || !day) return std::nullopt;
    const Date date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                    std::chrono::day(static_cast<unsigned>(*day))};
    return date.ok() ? std::optional(date) : std::nullopt;
}

std::string to_iso(Date date) {
    return format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string to_iso(Instant instant) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
    const auto day = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::hh_mm_ss time(seconds - day);
    return format("{}T{:02}:{:02}:{:02}Z", to_iso(Date(day)), time.hours().count(),
                  time.minutes().count(), time.seconds().count());
}

std::optional<Instant> parse_iso_instant(std::string_view text) noexcept {
    if (text.size() != 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
        text[19] != 'Z')
        return std::nullopt;
    const auto date = parse_iso_date(text.substr(0, 10));
    const auto hours = digits(text.substr(11, 2));
    const auto minutes = digits(text.substr(14, 2));
    const auto seconds = digits(text.substr(17, 2));
    if (!date || !hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 59)
        return std::nullopt;
    return std::chrono::sys_days(*date) + std::chrono::hours(*hours) +
           std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds);
}

Date local_date(Instant instant) {
    // <chrono>'s time zones are not in GCC 12; localtime_r reads the same database.
    const std::time_t seconds = std::chrono::system_clock::to_time_t(instant);
    std::tm local{};
    localtime_r(&seconds, &local);
    return Date{std::chrono::year(local.tm_year + 1900),
                std::chrono::month(static_cast<unsigned>(local.tm_mon + 1)),
                std::chrono::day(static_cast<unsigned>(local.tm_mday))};
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) noexcept {
    if (text.size() < 2) return std::nullopt;
    std::int64_t count = 0;
    const char* const last = text.data() + text.size() - 1;
    const auto [end, failed] = std::from_chars(text.data(), last, count);
    // The bound keeps every unit's product far from overflow: ten thousand years of days.
    if (failed != std::errc() || end != last || count < 0 || count > 3'660'000) return std::nullopt;
    switch (*last) {
        case 's':
            return std::chrono::seconds(count);
        case 'm':
            return std::chrono::minutes(count);
        case 'h':
            return std::chrono::hours(count);
        case 'd':
            return std::chrono::days(count);
        default:
            return std::nullopt;
    }
}

}  // namespace postwacht
