#include "extract/number_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "base/text.hpp"

namespace postwacht::extract {
namespace {

constexpr std::size_t longest_code = 255;
constexpr double last_serial = 2958466;  // the day after 31 December 9999

struct Moment {
    long year = 0;
    unsigned month = 1;
    unsigned day = 1;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
};

// Days since 30 December 1899, in the proleptic Gregorian calendar.
Moment moment_of(double serial, bool from_1904) {
    double days = std::floor(serial);
    auto seconds = static_cast<unsigned>(std::lround((serial - days) * 86400));
    if (seconds >= 86400) {
        seconds = 0;
        days += 1;
    }
    long count = static_cast<long>(days);
    if (from_1904)
        count += 1462;
    else if (count < 60)
        ++count;  // there was no 29 February 1900, except in sheets
    const long shifted = count - 25569 + 719468;
    const long era = shifted / 146097;
    const long of_era = shifted % 146097;
    const long year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const long of_year = of_era - (365 * year + year / 4 - year / 100);
    const long month = (5 * of_year + 2) / 153;
    Moment moment;
    moment.day = static_cast<unsigned>(of_year - (153 * month + 2) / 5 + 1);
    moment.month = static_cast<unsigned>(month < 10 ? month + 3 : month - 9);
    moment.year = year + era * 400 + (moment.month <= 2 ? 1 : 0);
    moment.hour = seconds / 3600;
    moment.minute = seconds / 60 % 60;
    moment.second = seconds % 60;
    return moment;
}

void append_padded(std::string& out, long number, std::size_t width) {
    const std::string digits = std::to_string(number);
    out.append(width > digits.size() ? width - digits.size() : 0, '0');
    out += digits;
}

std::string fixed(double value, std::size_t decimals) {
    std::array<char, 400> buffer{};
    const auto done = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                    std::chars_format::fixed, static_cast<int>(decimals));
    return {buffer.data(), done.ptr};
}

template <class... Values>
std::string printed(const char* format, Values... values) {
    std::array<char, 400> buffer{};
    const int size = std::snprintf(buffer.data(), buffer.size(), format, values...);
    if (size <= 0) return {};
    return {buffer.data(), std::min(static_cast<std::size_t>(size), buffer.size() - 1)};
}

bool is_general(std::string_view section) {
    return section.empty() || text::ascii_lower(section).find("general") != std::string::npos;
}

std::string with_groups(std::string digits) {
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
    return digits;
}

}  // namespace

std::string plain_number(double value) {
    if (!std::isfinite(value)) return {};
    if (value == std::floor(value) && std::fabs(value) < 1e18)
        return std::to_string(static_cast<long>(value));
    std::array<char, 64> buffer{};
    const auto done = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                    std::chars_format::general, 15);
    std::string text(buffer.data(), done.ptr);
    if (text.find('e') != std::string::npos && std::fabs(value) < 1e18 && std::fabs(value) > 1e-9)
        text = printed("%.9f", value);
    return text;
}

NumberFormat::Section::Section(std::string text)
    : code(std::move(text)), general(is_general(code)), tokens(tokens_of(code)) {
    shape = shape_of(tokens);
    for (const auto& token : tokens) {
        date = date || std::string_view("ymdhs").find(token.code) != std::string_view::npos;
        if (token.code == '#' || token.code == '?' || token.code == 'E') {
            date = false;
            break;
        }
    }
    date = date && !general;
}

std::vector<NumberFormat::Token> NumberFormat::tokens_of(std::string_view section) {
    std::vector<Token> tokens;
    const auto literal = [&tokens](std::string_view text) {
        if (tokens.empty() || tokens.back().code != 0) tokens.push_back({});
        tokens.back().text += text;
    };
    for (std::size_t i = 0; i < section.size(); ++i) {
        const char c = section[i];
        if (c == '"') {
            const auto end = std::min(section.find('"', i + 1), section.size());
            literal(section.substr(i + 1, end - i - 1));
            i = end;
        } else if (c == '\\' && i + 1 < section.size()) {
            literal(section.substr(++i, 1));
        } else if (c == '_' || c == '*') {
            if (c == '_') literal(" ");
            ++i;
        } else if (c == '[') {
            const auto end = std::min(section.find(']', i), section.size());
            const auto inside = section.substr(i + 1, end - i - 1);
            // [$EUR-413] is a currency sign; [h] counts hours; [Red] and [>5] show nothing.
            if (inside.starts_with('$'))
                literal(inside.substr(1, inside.find('-') - 1));
            else if (!inside.empty() &&
                     inside.find_first_not_of("hHmMsS") == std::string_view::npos)
                tokens.push_back({static_cast<char>(inside[0] | 0x20), std::string(inside)});
            i = end;
        } else if (std::string_view("0#?.,%Ee").find(c) != std::string_view::npos) {
            tokens.push_back({c, std::string(1, c)});
        } else if (std::string_view("ymdhsYMDHS").find(c) != std::string_view::npos) {
            const char lower = static_cast<char>(c | 0x20);
            if (!tokens.empty() && tokens.back().code == lower)
                tokens.back().text += lower;
            else
                tokens.push_back({lower, std::string(1, lower)});
        } else {
            literal(section.substr(i, 1));
        }
    }
    return tokens;
}

NumberFormat::Shape NumberFormat::shape_of(const std::vector<Token>& tokens) {
    Shape shape;
    bool point = false;
    std::size_t commas = 0;
    for (const auto& token : tokens) {
        if (token.code == '.') {
            point = true;
        } else if (token.code == '0' || token.code == '#' || token.code == '?') {
            if (!shape.exponent) ++(point ? shape.decimals : shape.whole);
            if (commas > 0) shape.grouped = true;
            commas = 0;
        } else if (token.code == ',') {
            if (shape.whole > 0) ++commas;
        } else if (token.code == '%') {
            shape.scale *= 100;
        } else if (token.code == 'E' || token.code == 'e') {
            shape.exponent = true;
        } else if (token.text.find('/') != std::string::npos) {
            shape.fraction = true;
        }
    }
    for (; commas > 0 && commas < 6; --commas) shape.scale /= 1000;
    return shape;
}

std::string NumberFormat::date_text(double value, const Section& section, bool from_1904) {
    static constexpr std::array<const char*, 12> months = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    const Moment moment = moment_of(value, from_1904);
    const auto& tokens = section.tokens;
    std::string out;
    bool has_year = false;
    bool has_day = false;
    bool after_hour = false;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const auto& token = tokens[i];
        const std::size_t width = token.text.size();
        const auto two = [&](unsigned number) { append_padded(out, number, width > 1 ? 2 : 1); };
        const bool before_second = i + 2 < tokens.size() && tokens[i + 2].code == 's';
        switch (token.code) {
            case 'y':
                has_year = true;
                append_padded(out, width > 2 ? moment.year : moment.year % 100, width > 2 ? 4 : 2);
                break;
            case 'm':
                if (after_hour || before_second)
                    two(moment.minute);
                else if (width >= 3)
                    out += std::string_view(months.at(moment.month - 1))
                               .substr(0, width == 3 ? 3 : std::string_view::npos);
                else
                    two(moment.month);
                break;
            case 'd':
                has_day = has_day || width <= 2;
                // The name of a day of the week says nothing that the date does not.
                if (width <= 2) two(moment.day);
                break;
            case 'h':
                two(moment.hour);
                break;
            case 's':
                two(moment.second);
                break;
            case ',':
            case '.':
            case 0:
                out += token.text;
                break;
            default:
                break;
        }
        if (token.code != 0) after_hour = token.code == 'h';
    }
    std::string iso;
    append_padded(iso, moment.year, 4);
    append_padded(iso += '-', moment.month, 2);
    append_padded(iso += '-', moment.day, 2);
    if ((has_year || has_day) && out.find(iso) == std::string::npos) out += " " + iso;
    return out;
}

std::string NumberFormat::number_text(double value, const Section& section, bool sign) {
    const auto& tokens = section.tokens;
    const Shape& shape = section.shape;
    if (shape.fraction) return plain_number(value);
    const double scaled = std::fabs(value) * shape.scale;
    if (shape.exponent)
        return printed("%.*E", static_cast<int>(std::min<std::size_t>(shape.decimals, 30)), value);
    if (!(scaled < 1e300)) return plain_number(value);
    const std::string all = fixed(scaled, std::min<std::size_t>(shape.decimals, 30));
    const auto point = std::min(all.find('.'), all.size());
    std::string whole = all.substr(0, point);
    if (whole == "0" &&
        section.code.substr(0, section.code.find('.')).find('0') == std::string::npos)
        whole.clear();
    const std::string decimals = point < all.size() ? all.substr(point + 1) : std::string();
    std::string out = sign && value < 0 ? "-" : "";
    std::size_t places = shape.whole;
    std::size_t behind = 0;
    bool past_point = false;
    for (const auto& token : tokens) {
        if (token.code == '.') {
            past_point = true;
            out += '.';
        } else if (token.code == '0' || token.code == '#' || token.code == '?') {
            if (past_point) {
                if (behind < decimals.size()) out += decimals[behind++];
                continue;
            }
            if (shape.grouped) {
                // With groups the placeholders say no more than how many digits there are at least.
                if (places == shape.whole) out += with_groups(whole);
            } else if (places == shape.whole && whole.size() > places) {
                out += whole.substr(0, whole.size() - places + 1);
            } else if (whole.size() >= places) {
                out += whole[whole.size() - places];
            } else if (token.code == '0') {
                out += '0';
            }
            --places;
        } else if (token.code == '%' || token.code == 0) {
            out += token.text;
        }
    }
    return out;
}

NumberFormat::NumberFormat(std::string_view code) {
    std::string section;
    bool quoted = false;
    code = code.substr(0, longest_code);
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i] == '"') quoted = !quoted;
        if (code[i] == '\\' && i + 1 < code.size() && !quoted) section += code[i++];
        if (code[i] == ';' && !quoted) {
            sections_.emplace_back(std::exchange(section, {}));
        } else {
            section += code[i];
        }
    }
    sections_.emplace_back(std::move(section));
}

NumberFormat NumberFormat::built_in(unsigned id) {
    struct Known {
        unsigned id;
        std::string_view code;
    };
    static constexpr std::array known = {
        Known{1, "0"},
        Known{2, "0.00"},
        Known{3, "#,##0"},
        Known{4, "#,##0.00"},
        Known{9, "0%"},
        Known{10, "0.00%"},
        Known{11, "0.00E+00"},
        Known{14, "dd-mm-yyyy"},
        Known{15, "d-mmm-yy"},
        Known{16, "d-mmm"},
        Known{17, "mmm-yy"},
        Known{18, "h:mm"},
        Known{19, "h:mm:ss"},
        Known{20, "h:mm"},
        Known{21, "h:mm:ss"},
        Known{22, "dd-mm-yyyy h:mm"},
        Known{37, "#,##0;-#,##0"},
        Known{38, "#,##0;-#,##0"},
        Known{39, "#,##0.00;-#,##0.00"},
        Known{40, "#,##0.00;-#,##0.00"},
        Known{45, "mm:ss"},
        Known{46, "[h]:mm:ss"},
        Known{47, "mm:ss"},
        Known{48, "##0.0E+0"},
    };
    const auto found = std::find_if(known.begin(), known.end(),
                                    [id](const Known& format) { return format.id == id; });
    return found == known.end() ? NumberFormat() : NumberFormat(found->code);
}

bool NumberFormat::is_date() const noexcept {
    return !sections_.empty() && sections_[0].date;
}

const NumberFormat::Section* NumberFormat::section_of(double value) const noexcept {
    if (sections_.empty()) return nullptr;
    if (value < 0 && sections_.size() > 1) return &sections_[1];
    if (value == 0 && sections_.size() > 2) return &sections_[2];
    return &sections_[0];
}

bool NumberFormat::hides(double value) const {
    return sections_.size() > 1 && section_of(value)->code.empty();
}

bool shows_digits(std::string_view shown, std::string_view digits) noexcept {
    const auto is_digit = [shown](std::size_t at) {
        return at < shown.size() && shown[at] >= '0' && shown[at] <= '9';
    };
    const auto parts = [shown](std::size_t at) {
        return at < shown.size() && (shown[at] == '.' || shown[at] == ',');
    };
    for (auto at = shown.find(digits); at != std::string_view::npos;
         at = shown.find(digits, at + 1)) {
        const std::size_t end = at + digits.size();
        // Zeros before it, as in "000000000", belong to the number that is meant.
        std::size_t begin = at;
        while (begin > 0 && shown[begin - 1] == '0') --begin;
        const bool more_before =
            begin > 0 &&
            (is_digit(begin - 1) || (begin > 1 && parts(begin - 1) && is_digit(begin - 2)));
        const bool more_behind = is_digit(end) || (parts(end) && is_digit(end + 1));
        if (!more_before && !more_behind) return true;
    }
    return false;
}

std::string NumberFormat::text(double value, bool from_1904) const {
    std::string plain = plain_number(value);
    if (!std::isfinite(value) || hides(value)) return plain;
    const Section* const section = section_of(value);
    if (section == nullptr || section->general) return plain;
    if (section->date && value >= 0 && value < last_serial)
        return date_text(value, *section, from_1904);
    const bool own_section = value < 0 && sections_.size() > 1;
    std::string shown = number_text(value, *section, !own_section);
    // Digits that a group, an exponent or a cut has taken apart are told as they are stored too.
    constexpr std::size_t shortest = 6;
    const bool whole = value == std::floor(value) && plain.size() >= shortest;
    const auto digits = plain.substr(plain.starts_with('-') ? 1 : 0);
    if (shown.empty()) return plain;
    if (whole && !shows_digits(shown, digits)) shown += " " + plain;
    return shown;
}

}  // namespace postwacht::extract
