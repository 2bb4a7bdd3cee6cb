#include "review/mail_date.hpp"

#include <array>

#include "base/format.hpp"

namespace postwacht::review {

std::string mail_date(Instant instant) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
    const auto day = std::chrono::floor<std::chrono::days>(seconds);
    const Date date(day);
    const std::chrono::hh_mm_ss time(seconds - day);
    return format("{}, {} {} {} {:02}:{:02}:{:02} +0000",
                  days[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                  months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                  time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace postwacht::review
