#include "extract/cell_format.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

#include "base/date.hpp"
#include "base/text.hpp"

namespace postwacht::extract {
namespace {

constexpr std::array<std::string_view, 12> english_months = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 12> dutch_months = {
    "januari", "februari", "maart",     "april",   "mei",      "juni",
    "juli",    "augustus", "september", "oktober", "november", "december"};
constexpr std::array<std::string_view, 7> english_days = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 7> dutch_days = {
    "zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"};

std::string printed(const char* format, int decimals, double value) {
    std::array<char, 400> buffer{};
    const int size = std::snprintf(buffer.data(), buffer.size(), format, decimals, value);
    return {buffer.data(), static_cast<std::size_t>(std::clamp(size, 0, 399))};
}

std::string general(double value) {
    if (value == std::floor(value) && std::fabs(value) < 1e15) return printed("%.*f", 0, value);
    return printed("%.*g", 15, value);
}

std::string two_digits(int value) {
    return std::string(value < 10 ? "0" : "") + std::to_string(value);
}

// A piece of a format code: a literal, or a run of one placeholder letter.
struct Token {
    char letter = 0;  // 0 for a literal
    std::string text;
};

struct Code {
    std::vector<Token> tokens;
    bool date = false;
    bool dutch = false;
    bool elapsed = false;
    bool plain = false;  // a text placeholder or "General"
};

bool is_date_letter(char c) {
    return c == 'y' || c == 'm' || c == 'd' || c == 'h' || c == 's';
}

void read_bracket(std::string_view inner, Code& code) {
    const std::string lower = text::ascii_lower(inner);
    if (lower == "h" || lower == "hh" || lower == "m" || lower == "mm" || lower == "s" ||
        lower == "ss") {
        code.date = code.elapsed = true;
        code.tokens.push_back({lower[0], "[" + lower + "]"});
        return;
    }
    if (!inner.starts_with('$')) return;
    const auto dash = inner.find('-');
    if (dash != 1 && dash != std::string_view::npos)
        code.tokens.push_back({0, std::string(inner.substr(1, dash - 1))});
    if (dash == std::string_view::npos) code.tokens.push_back({0, std::string(inner.substr(1))});
    if (dash != std::string_view::npos && (lower.ends_with("413") || lower.ends_with("813")))
        code.dutch = true;
}

Code parse(std::string_view section) {
    Code code;
    if (text::ascii_lower(section).find("general") != std::string::npos) code.plain = true;
    for (std::size_t i = 0; i < section.size() && !code.plain; ++i) {
        const char c = section[i];
        const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (c == '"') {
            const auto end = std::min(section.find('"', i + 1), section.size());
            code.tokens.push_back({0, std::string(section.substr(i + 1, end - i - 1))});
            i = end;
        } else if (c == '\\' || c == '_' || c == '*') {
            if (c == '\\' && i + 1 < section.size())
                code.tokens.push_back({0, std::string(1, section[i + 1])});
            ++i;
        } else if (c == '[') {
            const auto end = std::min(section.find(']', i), section.size());
            read_bracket(section.substr(i + 1, end - i - 1), code);
            i = end;
        } else if (text::ascii_lower(section.substr(i, 5)) == "am/pm") {
            code.tokens.push_back({'a', {}});
            i += 4;
        } else if (is_date_letter(lower)) {
            std::size_t end = i;
            while (end < section.size() &&
                   std::tolower(static_cast<unsigned char>(section[end])) == lower)
                ++end;
            code.tokens.push_back({lower, std::string(section.substr(i, end - i))});
            code.date = true;
            i = end - 1;
        } else if (lower == 'e' && i + 1 < section.size() &&
                   (section[i + 1] == '+' || section[i + 1] == '-')) {
            code.tokens.push_back({'e', {}});
            ++i;
        } else if (c == '@') {
            code.plain = true;
        } else if (std::string_view("0#?.,%/").find(c) != std::string_view::npos) {
            code.tokens.push_back({c, {}});
        } else {
            code.tokens.push_back({0, std::string(1, c)});
        }
    }
    return code;
}

// The sections of a code stand for positive, negative and zero values.
std::string_view section_for(double value, std::string_view code, bool& sign) {
    std::vector<std::string_view> sections;
    std::size_t start = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i] == '"') quoted = !quoted;
        if (code[i] == '\\')
            ++i;
        else if (code[i] == ';' && !quoted) {
            sections.push_back(code.substr(start, i - start));
            start = i + 1;
        }
    }
    sections.push_back(code.substr(std::min(start, code.size())));
    sign = value < 0;
    if (value < 0 && sections.size() > 1) {
        sign = false;
        return sections[1];
    }
    if (value == 0 && sections.size() > 2) return sections[2];
    return sections[0];
}

struct Moment {
    Date date{};
    int weekday = 0;
    int hour = 0, minute = 0, second = 0;
    double days = 0;
};

Moment moment_of(double value, bool from_1904) {
    using namespace std::chrono;
    Moment moment;
    moment.days = value;
    double day = std::floor(value);
    auto seconds = static_cast<long>(std::lround((value - day) * 86400));
    if (seconds >= 86400) {
        seconds -= 86400;
        day += 1;
    }
    moment.hour = static_cast<int>(seconds / 3600);
    moment.minute = static_cast<int>(seconds / 60 % 60);
    moment.second = static_cast<int>(seconds % 60);
    // 1900 counts a 29 February that never was, so days before it are off by one.
    const auto number = static_cast<int>(day);
    const sys_days first = from_1904 ? sys_days{year{1904} / 1 / 1}
                                     : sys_days{year{1899} / 12 / (number < 60 ? 31 : 30)};
    const sys_days at = first + std::chrono::days{number};
    moment.date = Date{at};
    moment.weekday = static_cast<int>(weekday{at}.c_encoding());
    return moment;
}

bool is_date_value(double value) {
    return value >= 0 && value < 2'958'466;
}

std::string shown_month(unsigned month, std::size_t width, bool dutch) {
    const auto& names = dutch ? dutch_months : english_months;
    const auto name = names.at(month - 1);
    if (width == 1) return std::to_string(month);
    if (width == 2) return two_digits(static_cast<int>(month));
    if (width == 3) return dutch && month == 3 ? "mrt" : std::string(name.substr(0, 3));
    return std::string(width == 5 ? name.substr(0, 1) : name);
}

std::string shown_date(double value, const Code& code, bool from_1904) {
    const Moment moment = moment_of(value, from_1904);
    const bool half_days = std::any_of(code.tokens.begin(), code.tokens.end(),
                                       [](const Token& token) { return token.letter == 'a'; });
    std::string out;
    bool after_hour = false;
    const auto number = [](int n, std::size_t width) {
        return width > 1 ? two_digits(n) : std::to_string(n);
    };
    for (std::size_t i = 0; i < code.tokens.size(); ++i) {
        const Token& token = code.tokens[i];
        const std::size_t width = token.text.size();
        if (token.text.starts_with('[')) {
            const double per_day = token.letter == 'h' ? 24 : token.letter == 'm' ? 1440 : 86400;
            out += printed("%.*f", 0, std::floor(moment.days * per_day + 1e-6));
            after_hour = token.letter == 'h';
            continue;
        }
        switch (token.letter) {
            case 'y': {
                const int year = static_cast<int>(moment.date.year());
                out += width > 2 ? std::to_string(year) : two_digits(year % 100);
                break;
            }
            case 'm': {
                bool before_second = false;
                for (std::size_t next = i + 1; next < code.tokens.size(); ++next) {
                    if (code.tokens[next].letter == 0) continue;
                    before_second = code.tokens[next].letter == 's';
                    break;
                }
                if ((after_hour || before_second) && width < 3)
                    out += number(moment.minute, width);
                else
                    out +=
                        shown_month(static_cast<unsigned>(moment.date.month()), width, code.dutch);
                break;
            }
            case 'd':
                if (width < 3) {
                    out +=
                        number(static_cast<int>(static_cast<unsigned>(moment.date.day())), width);
                } else {
                    const auto name = (code.dutch ? dutch_days : english_days)
                                          .at(static_cast<std::size_t>(moment.weekday));
                    out += width == 3 ? name.substr(0, code.dutch ? 2 : 3) : name;
                }
                break;
            case 'h':
                out += number(half_days ? (moment.hour + 11) % 12 + 1 : moment.hour, width);
                break;
            case 's':
                out += number(moment.second, width);
                break;
            case 'a':
                out += moment.hour < 12 ? "AM" : "PM";
                break;
            case 0:
                out += token.text;
                break;
            default:
                if (token.letter != '0') out += token.letter;
        }
        if (token.letter != 0) after_hour = token.letter == 'h';
    }
    return out;
}

std::string shown_decimal(double value, const Code& code) {
    int decimals = 0;
    std::size_t whole_places = 0;
    std::size_t zeros = 0;
    bool point = false, grouped = false, scientific = false;
    std::size_t last_place = code.tokens.size();
    for (std::size_t i = 0; i < code.tokens.size(); ++i) {
        const char c = code.tokens[i].letter;
        const bool place = c == '0' || c == '#' || c == '?';
        if (place && scientific) continue;
        if (place && point) ++decimals;
        if (place && !point) {
            ++whole_places;
            zeros += c == '0' ? 1 : 0;
            last_place = i;
        }
        if (c == '.') point = true;
        if (c == '%') value *= 100;
        if (c == 'e') scientific = true;
        if (c == '/') return general(value);
        if (c == ',' && !point && i + 1 < code.tokens.size()) {
            const char next = code.tokens[i + 1].letter;
            if (next == '0' || next == '#' || next == '?')
                grouped = true;
            else
                value /= 1000;
        } else if (c == ',') {
            value /= 1000;
        }
    }
    if (scientific) return printed("%.*E", std::min(decimals, 30), value);
    std::string digits = printed("%.*f", std::min(decimals, 30), value);
    std::string fraction;
    if (const auto dot = digits.find('.'); dot != std::string::npos) {
        fraction = digits.substr(dot + 1);
        digits.resize(dot);
    }
    if (digits == "0" && zeros == 0) digits.clear();
    if (digits.size() < zeros) digits.insert(0, zeros - digits.size(), '0');
    if (grouped)
        for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
    // Filled from the right: each placeholder takes a digit, the first one all that are left.
    std::string out;
    std::size_t places_left = whole_places;
    std::size_t used = 0;
    std::size_t fraction_used = 0;
    point = false;
    for (std::size_t i = 0; i < code.tokens.size(); ++i) {
        const Token& token = code.tokens[i];
        const char c = token.letter;
        if (c == 0)
            out += token.text;
        else if (c == '%')
            out += '%';
        else if (c == '.') {
            point = true;
            if (decimals > 0) out += '.';
        } else if (c == '0' || c == '#' || c == '?') {
            if (point) {
                if (fraction_used < fraction.size()) out += fraction[fraction_used++];
                continue;
            }
            --places_left;
            if (grouped) {
                // Grouping parts the digits already; they stand where the last placeholder is.
                if (i == last_place) out += digits;
                continue;
            }
            const std::size_t upto = digits.size() > places_left ? digits.size() - places_left : 0;
            if (upto > used) {
                out.append(digits, used, upto - used);
                used = upto;
            }
        }
    }
    return out;
}

}  // namespace

std::string_view builtin_format(unsigned id) noexcept {
    switch (id) {
        case 1:
            return "0";
        case 2:
            return "0.00";
        case 3:
            return "#,##0";
        case 4:
            return "#,##0.00";
        case 5:
        case 6:
        case 37:
        case 38:
        case 41:
        case 42:
            return "#,##0";
        case 7:
        case 8:
        case 39:
        case 40:
        case 43:
        case 44:
            return "#,##0.00";
        case 9:
            return "0%";
        case 10:
            return "0.00%";
        case 11:
            return "0.00E+00";
        case 14:
            return "d-m-yyyy";
        case 15:
            return "d-mmm-yy";
        case 16:
            return "d-mmm";
        case 17:
            return "mmm-yy";
        case 18:
            return "h:mm AM/PM";
        case 19:
            return "h:mm:ss AM/PM";
        case 20:
            return "h:mm";
        case 21:
            return "h:mm:ss";
        case 22:
            return "d-m-yyyy h:mm";
        case 45:
            return "mm:ss";
        case 46:
            return "[h]:mm:ss";
        case 47:
            return "mm:ss";
        case 48:
            return "##0.0E+0";
        case 49:
            return "@";
        default:
            return "General";
    }
}

std::string shown_number(double value, std::string_view code, bool from_1904) {
    if (!std::isfinite(value)) return {};
    bool sign = false;
    const Code parsed = parse(section_for(value, code, sign));
    if (parsed.plain || parsed.tokens.empty()) return general(value);
    if (parsed.date) {
        if (!is_date_value(value)) return general(value);
        return shown_date(value, parsed, from_1904);
    }
    const std::string shown = shown_decimal(std::fabs(value), parsed);
    return sign ? '-' + shown : shown;
}

std::string stored_number(double value, std::string_view code, bool from_1904,
                          std::string_view shown) {
    if (!std::isfinite(value)) return {};
    bool sign = false;
    const Code parsed = parse(section_for(value, code, sign));
    if (parsed.date && !parsed.plain) {
        if (!is_date_value(value) || value < 1 || parsed.elapsed) return {};
        const std::string full = to_iso(moment_of(value, from_1904).date);
        const bool year = shown.find(full.substr(0, 4)) != std::string_view::npos;
        const bool named =
            std::any_of(parsed.tokens.begin(), parsed.tokens.end(),
                        [](const Token& t) { return t.letter == 'm' && t.text.size() > 2; });
        return year && !named ? std::string() : full;
    }
    // Numbers of people and accounts are whole; rounded fractions matter to nobody.
    if (value != std::floor(value) || std::fabs(value) < 1e6) return {};
    const std::string plain = general(value);
    return plain == shown ? std::string() : plain;
}

}  // namespace postwacht::extract
