// find_dates(): calendar dates in digits or with the name of the month, Dutch and English.
#include <algorithm>
#include <utility>

#include "match/characters.hpp"
#include "match/identifiers.hpp"

namespace postwacht::match {
namespace {

struct MonthName {
    std::string_view name;
    unsigned month;
};

// Dutch, English, German, French, Polish and Turkish: papers come from where people do.
constexpr std::array<MonthName, 82> month_names = {{
    {"januari", 1},   {"january", 1},  {"jan", 1},       {"januar", 1},        {"janvier", 1},
    {"janv", 1},      {"stycznia", 1}, {"ocak", 1},      {"februari", 2},      {"february", 2},
    {"febr", 2},      {"feb", 2},      {"februar", 2},   {"fevrier", 2},       {"fevr", 2},
    {"fev", 2},       {"lutego", 2},   {"subat", 2},     {"maart", 3},         {"march", 3},
    {"mrt", 3},       {"mar", 3},      {"marz", 3},      {"maerz", 3},         {"mars", 3},
    {"marca", 3},     {"mart", 3},     {"april", 4},     {"apr", 4},           {"avril", 4},
    {"avr", 4},       {"kwietnia", 4}, {"nisan", 4},     {"mei", 5},           {"may", 5},
    {"mai", 5},       {"maja", 5},     {"mayis", 5},     {"juni", 6},          {"june", 6},
    {"jun", 6},       {"juin", 6},     {"czerwca", 6},   {"haziran", 6},       {"juli", 7},
    {"july", 7},      {"jul", 7},      {"juillet", 7},   {"juil", 7},          {"lipca", 7},
    {"temmuz", 7},    {"augustus", 8}, {"august", 8},    {"aug", 8},           {"aout", 8},
    {"sierpnia", 8},  {"agustos", 8},  {"september", 9}, {"sept", 9},          {"sep", 9},
    {"septembre", 9}, {"wrzesnia", 9}, {"eylul", 9},     {"oktober", 10},      {"october", 10},
    {"okt", 10},      {"oct", 10},     {"octobre", 10},  {"pazdziernika", 10}, {"ekim", 10},
    {"november", 11}, {"nov", 11},     {"novembre", 11}, {"listopada", 11},    {"kasim", 11},
    {"december", 12}, {"dec", 12},     {"dezember", 12}, {"dez", 12},          {"decembre", 12},
    {"grudnia", 12},  {"aralik", 12},
}};

// A cursor over the text; each reader moves it only when it succeeds.
struct Cursor {
    std::string_view text;
    std::size_t at = 0;

    [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
        return at + ahead < text.size() ? text[at + ahead] : fragment_end;
    }
    bool take(std::string_view what) noexcept {
        if (!text.substr(at).starts_with(what)) return false;
        at += what.size();
        return true;
    }
    void skip_blanks() noexcept {
        // A date may be wrapped: one line break counts as a blank.
        bool broken = false;
        while (peek() == ' ' || (peek() == '\n' && !broken)) {
            if (peek() == '\n') {
                broken = true;
                at = skip_wrap(text, at);
            } else {
                ++at;
            }
        }
    }
};

struct Number {
    unsigned value = 0;
    std::size_t digits = 0;
};

Number read_number(Cursor& cursor) noexcept {
    Number number;
    while (is_digit(cursor.peek())) {
        if (number.digits < 8)
            number.value = number.value * 10 + static_cast<unsigned>(cursor.peek() - '0');
        ++number.digits;
        ++cursor.at;
    }
    return number;
}

std::optional<Date> make_date(unsigned year, unsigned month, unsigned day) noexcept {
    const Date date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                    std::chrono::day(day)};
    if (!date.ok() || year < 1000) return std::nullopt;
    return date;
}

// Two digits are a year of this century below 50, of the last from there.
std::optional<unsigned> year_of(const Number& number) noexcept {
    if (number.digits == 4) return number.value;
    if (number.digits == 2) return number.value + (number.value < 50 ? 2000U : 1900U);
    return std::nullopt;
}

std::optional<Date> day_first(unsigned first, unsigned second, unsigned year) noexcept {
    if (const auto date = make_date(year, second, first)) return date;
    return make_date(year, first, second);  // 03/25/2026
}

// "3-III-1991": between the signs that part the numbers of a date.
std::optional<unsigned> read_roman_month(Cursor& cursor) noexcept {
    static constexpr std::array<std::string_view, 12> numerals = {
        "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"};
    const auto parts = [](char c) { return c == '-' || c == '.' || c == '/'; };
    if (cursor.at == 0 || !parts(cursor.text[cursor.at - 1])) return std::nullopt;
    std::size_t end = cursor.at;
    while (end < cursor.text.size() && is_ascii_letter(cursor.text[end])) ++end;
    const auto word = cursor.text.substr(cursor.at, end - cursor.at);
    const auto* const found = std::find(numerals.begin(), numerals.end(), word);
    if (found == numerals.end() || end == cursor.text.size() || !parts(cursor.text[end]))
        return std::nullopt;
    cursor.at = cursor.text[end] == '.' ? end + 1 : end;
    return static_cast<unsigned>(found - numerals.begin()) + 1;
}

std::optional<unsigned> read_month_name(Cursor& cursor) noexcept {
    const char first = cursor.peek();
    for (const MonthName& name : month_names) {
        if (name.name[0] != first) continue;
        Cursor next = cursor;
        if (!next.take(name.name) || letter_begins_at(next.text, next.at)) continue;
        next.take(".");
        cursor = next;
        return name.month;
    }
    return read_roman_month(cursor);
}

// A number up to 99 as one word: "drie", "eenentwintig". 0 if it is none.
unsigned number_of(std::string_view word) noexcept {
    static constexpr std::array<std::string_view, 19> small = {
        "een",      "twee",    "drie",      "vier",     "vijf",     "zes",     "zeven",
        "acht",     "negen",   "tien",      "elf",      "twaalf",   "dertien", "veertien",
        "vijftien", "zestien", "zeventien", "achttien", "negentien"};
    static constexpr std::array<std::string_view, 8> tens = {
        "twintig", "dertig", "veertig", "vijftig", "zestig", "zeventig", "tachtig", "negentig"};
    const auto* const found = std::find(small.begin(), small.end(), word);
    if (found != small.end()) return static_cast<unsigned>(found - small.begin()) + 1;
    for (std::size_t i = 0; i < tens.size(); ++i) {
        if (!word.ends_with(tens[i])) continue;
        const unsigned round = 10 * (static_cast<unsigned>(i) + 2);
        word.remove_suffix(tens[i].size());
        if (word.empty()) return round;
        if (!word.ends_with("en")) return 0;
        const unsigned units = number_of(word.substr(0, word.size() - 2));
        return units == 0 || units > 9 ? 0 : round + units;
    }
    return 0;
}

// The number of a day that is written as a word: "drie", "derde", "eenentwintigste". 0 if none.
unsigned day_of(std::string_view word) noexcept {
    if (word == "eerste") return 1;
    if (word == "derde") return 3;
    if (word == "achtste") return 8;
    if (word.ends_with("ste")) word.remove_suffix(3);
    const unsigned ordinal = word.ends_with("de") ? number_of(word.substr(0, word.size() - 2)) : 0;
    const unsigned day = ordinal != 0 ? ordinal : number_of(word);
    return day > 31 ? 0 : day;
}

// "e", "de", "ste" and "st", "nd", "rd", "th" behind a day.
void skip_ordinal(Cursor& cursor) noexcept {
    for (const std::string_view ending : {"ste", "den", "de", "e", "st", "nd", "rd", "th"}) {
        Cursor next = cursor;
        if (!next.take(ending) || letter_begins_at(next.text, next.at)) continue;
        cursor = next;
        return;
    }
}

// The year behind a month's name: "2026", "'26"; with `plain` also "26".
std::optional<DateSpan> read_year(Cursor& cursor, unsigned month, unsigned day,
                                  bool plain) noexcept {
    Cursor next = cursor;
    const bool dashed = next.take("-") || next.take("/");
    if (!dashed) {
        next.take(",");
        next.skip_blanks();
    }
    const bool apostrophe = next.take("'");
    const Number number = read_number(next);
    const auto year = year_of(number);
    // "12 maart 26 personen": two digits are a year only where a sign makes them one.
    if (!year || (number.digits == 2 && !dashed && !apostrophe && !plain)) return std::nullopt;
    const auto date = make_date(*year, month, day);
    if (!date) return std::nullopt;
    cursor = next;
    DateSpan span;
    span.date = *date;
    span.short_year = number.digits == 2;
    return span;
}

// " maart", "e mrt.", "th of march", "-mrt" behind a day.
std::optional<unsigned> read_month_behind_day(Cursor& cursor) noexcept {
    Cursor next = cursor;
    if (is_ascii_letter(next.peek())) skip_ordinal(next);
    if (!next.take("-") && !next.take("/")) {
        next.take(".");
        next.skip_blanks();
        if (next.take("of ")) next.skip_blanks();
    }
    const auto month = read_month_name(next);
    if (month) cursor = next;
    return month;
}

// "mei/may 1988", "14 JUN / JUIN 1989": identity papers have a month in two languages.
void skip_same_month(Cursor& cursor, unsigned month) noexcept {
    Cursor next = cursor;
    next.skip_blanks();
    if (!next.take("/")) return;
    next.skip_blanks();
    if (is_ascii_letter(next.peek()) && read_month_name(next) == month) cursor = next;
}

// "12 maart 2026", "12e mrt. 2026", "12th of march 2026", "12-mrt-2026"; behind the day.
std::optional<DateSpan> read_named(Cursor& cursor, const Number& day,
                                   bool plain_year = false) noexcept {
    Cursor next = cursor;
    const auto month = read_month_behind_day(next);
    if (!month) return std::nullopt;
    skip_same_month(next, *month);
    const auto span = read_year(next, *month, day.value, plain_year);
    if (span) cursor = next;
    return span;
}

// "24 apr 69", where nothing goes on behind it: else the last number is of something else, as in
// "1 mei 36 uur". A year that is neither an hour nor one of the case.
std::optional<DateSpan> read_ending_year(Cursor& cursor, const Number& day) noexcept {
    constexpr int first_year = 1940;
    Cursor next = cursor;
    const auto span = read_named(next, day, true);
    if (!span || !span->short_year || static_cast<int>(span->date.year()) < first_year ||
        static_cast<int>(span->date.year()) >= 2000)
        return std::nullopt;
    const auto rest = next.text.substr(next.at);
    const bool ends =
        rest.empty() || rest[0] == '\n' || rest[0] == '\t' || rest[0] == ')' || rest[0] == ';' ||
        rest[0] == fragment_end ||
        ((rest[0] == ',' || rest[0] == '.') && (rest.size() == 1 || !is_digit(rest[1])));
    if (!ends) return std::nullopt;
    cursor = next;
    return span;
}

// The separator between numbers; '\0' if there is none. `year`: a "'" may stand before the number.
char read_separator(Cursor& cursor, bool year = false) noexcept {
    Cursor next = cursor;
    while (next.peek() == ' ') ++next.at;
    char separator = next.peek();
    if (separator == '-' || separator == '/' || separator == '.') {
        ++next.at;
        while (next.peek() == ' ') ++next.at;
    } else {
        separator = next.at > cursor.at ? ' ' : '\0';
    }
    if (year && separator != '\0') next.take("'");
    if (!is_digit(next.peek())) return '\0';
    if (separator != '\0') cursor = next;
    return separator;
}

// "12-03-2026", "2026-03-12", "12/03/26"; behind the first number.
std::optional<DateSpan> read_numeric(Cursor& cursor, const Number& first) noexcept {
    Cursor next = cursor;
    const char separator = read_separator(next);
    if (separator == '\0') return std::nullopt;
    const Number second = read_number(next);
    if (second.digits > 2) return std::nullopt;
    const char last_separator = read_separator(next, true);
    if (last_separator == '\0') return std::nullopt;
    const bool apostrophe = next.text[next.at - 1] == '\'';
    const Number third = read_number(next);
    if (apostrophe && third.digits != 2) return std::nullopt;
    // "3/3-1991": only with the year in full, and not with a blank, is a mixture a date.
    const bool mixed = last_separator != separator;
    if (mixed &&
        (first.digits > 2 || third.digits != 4 || separator == ' ' || last_separator == ' '))
        return std::nullopt;
    DateSpan span;
    std::optional<Date> date;
    if (first.digits == 4 && third.digits <= 2) {
        date = make_date(first.value, second.value, third.value);
    } else if (first.digits <= 2 && third.digits == 4) {
        date = day_first(first.value, second.value, third.value);
    } else if (first.digits <= 2 && third.digits == 2 && separator != ' ') {
        date = day_first(first.value, second.value, *year_of(third));
        span.short_year = true;
    }
    if (!date) return std::nullopt;
    // "12-03-26-5": a longer number. A four-digit year ends a date whatever follows
    // ("...-2026-...").
    const bool goes_on =
        next.peek() == last_separator && separator != ' ' && is_digit(next.peek(1));
    if (goes_on && third.digits != 4) return std::nullopt;
    cursor = next;
    span.date = *date;
    return span;
}

// "12 03 91", as forms with boxes have it; not the head of a longer row of numbers.
std::optional<DateSpan> read_parted_by_blanks(Cursor& cursor, const Number& day) noexcept {
    Cursor next = cursor;
    if (read_separator(next) != ' ') return std::nullopt;
    const Number month = read_number(next);
    if (month.digits > 2 || read_separator(next) != ' ') return std::nullopt;
    const Number year = read_number(next);
    if (year.digits != 2 || (next.peek() == ' ' && is_digit(next.peek(1)))) return std::nullopt;
    const auto date = make_date(*year_of(year), month.value, day.value);
    if (!date) return std::nullopt;
    cursor = next;
    DateSpan span;
    span.date = *date;
    span.short_year = true;
    return span;
}

// "20260312", or "12032026".
std::optional<DateSpan> read_compact(const Number& number) noexcept {
    if (number.digits != 8) return std::nullopt;
    const unsigned value = number.value;
    const auto in_use = [](unsigned year) { return year >= 1900 && year < 2100; };
    std::optional<Date> date;
    if (in_use(value / 10000)) date = make_date(value / 10000, value / 100 % 100, value % 100);
    if (!date && in_use(value % 10000))
        date = make_date(value % 10000, value / 10000 % 100, value / 1000000);
    if (!date) return std::nullopt;
    DateSpan span;
    span.date = *date;
    return span;
}

// "march 12, 2026": the month's name ends before the number at `begin`; moves `begin` to its start.
std::optional<unsigned> month_before(std::string_view text, std::size_t& begin) noexcept {
    std::size_t end = begin;
    while (end > 0 && begin - end < 3 &&
           (text[end - 1] == ' ' || text[end - 1] == '\n' || text[end - 1] == '.'))
        --end;
    if (end == begin) return std::nullopt;
    std::size_t start = end;
    while (start > 0 && end - start < 10 && is_ascii_letter(text[start - 1])) --start;
    const auto word = text.substr(start, end - start);
    if (word.size() < 3) return std::nullopt;
    const auto* const found = std::find_if(month_names.begin(), month_names.end(),
                                           [&](const MonthName& m) { return m.name == word; });
    if (found == month_names.end()) return std::nullopt;
    begin = start;
    return found->month;
}

std::optional<DateSpan> read_american(Cursor& cursor, const Number& day, unsigned month) noexcept {
    Cursor next = cursor;
    skip_ordinal(next);
    if (next.peek() != ',' && next.peek() != ' ') return std::nullopt;
    const auto span = read_year(next, month, day.value, false);
    if (span) cursor = next;
    return span;
}

// "drie maart 1991", "de eenentwintigste mei 2026": the day is a word before the month's name.
std::optional<DateSpan> read_worded(std::string_view text, std::size_t& begin,
                                    const Number& year) noexcept {
    std::size_t start = begin;
    const auto month = month_before(text, start);
    if (!month) return std::nullopt;
    std::size_t end = start;
    while (end > 0 && start - end < 3 && (text[end - 1] == ' ' || text[end - 1] == '\n')) --end;
    if (end == start) return std::nullopt;
    constexpr std::size_t longest = 20;
    std::size_t word = end;
    while (word > 0 && end - word < longest && is_ascii_letter(text[word - 1])) --word;
    const unsigned day = day_of(text.substr(word, end - word));
    const auto date = day == 0 ? std::nullopt : make_date(year.value, *month, day);
    if (!date) return std::nullopt;
    begin = word;
    DateSpan span;
    span.date = *date;
    return span;
}

// The check digit of machine-readable travel documents (ICAO 9303).
bool is_checked(std::string_view digits, char check) noexcept {
    constexpr std::array<unsigned, 3> weights = {7, 3, 1};
    unsigned sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i)
        sum += weights[i % weights.size()] * static_cast<unsigned>(digits[i] - '0');
    return sum % 10 == static_cast<unsigned>(check - '0');
}

// "8805059f2403096" on a passport or identity card: born, sex, valid until, with check digits.
std::optional<DateSpan> read_machine_readable(Cursor& cursor, std::size_t begin) noexcept {
    constexpr std::size_t length = 15;
    const auto text = cursor.text.substr(begin, length);
    if (text.size() < length) return std::nullopt;
    constexpr std::string_view sexes = "mfx<";
    const auto born = text.substr(0, 6);
    const auto until = text.substr(8, 6);
    if (sexes.find(text[7]) == std::string_view::npos ||
        !std::all_of(until.begin(), until.end(), is_digit) || !is_digit(text[14]) ||
        !is_checked(born, text[6]) || !is_checked(until, text[14]))
        return std::nullopt;
    Cursor digits{born, 0};
    const unsigned value = read_number(digits).value;
    const auto date = make_date(*year_of({value / 10000, 2}), value / 100 % 100, value % 100);
    if (!date) return std::nullopt;
    cursor.at = begin + 7;
    DateSpan span;
    span.date = *date;
    span.short_year = true;
    span.of_birth = true;
    return span;
}

// Whether the digits at `begin` go on a number to the left: "1.12-03-2026".
bool continues_number(std::string_view text, std::size_t begin, std::size_t last_end) noexcept {
    if (begin < 2 || begin - 1 == last_end) return false;  // a range: "01-02-2026-30-06-2026"
    const char c = text[begin - 1];
    return (c == '.' || c == '-' || c == '/' || c == ',') && is_digit(text[begin - 2]);
}

}  // namespace

std::optional<DayAndMonth> read_day_and_month(std::string_view folded, std::size_t at) {
    Cursor cursor{folded, at};
    const Number day = read_number(cursor);
    if (day.digits == 0 || day.digits > 2) return std::nullopt;
    const auto month = read_month_behind_day(cursor);
    if (!month) return std::nullopt;
    return DayAndMonth{std::chrono::day(day.value), std::chrono::month(*month),
                       static_cast<std::uint32_t>(cursor.at)};
}

std::optional<DateSpan> read_short_date(std::string_view folded, std::size_t at) {
    Cursor cursor{folded, at};
    const Number day = read_number(cursor);
    if (day.digits > 2) return std::nullopt;
    auto span = read_named(cursor, day, true);
    if (!span) span = read_parted_by_blanks(cursor, day);
    if (!span || is_digit(cursor.peek())) return std::nullopt;
    span->begin = static_cast<std::uint32_t>(at);
    span->end = static_cast<std::uint32_t>(cursor.at);
    return span;
}

std::optional<Date> read_month_and_year(std::string_view folded, std::size_t at) {
    Cursor cursor{folded, at};
    cursor.skip_blanks();
    cursor.take(":");
    cursor.skip_blanks();
    if (cursor.take("de ")) cursor.take("maand ");
    if (cursor.take("the ")) cursor.take("month of ");
    cursor.take("begin ");
    if (!is_ascii_letter(cursor.peek())) return std::nullopt;
    const auto month = read_month_name(cursor);
    if (!month) return std::nullopt;
    cursor.skip_blanks();
    const Number year = read_number(cursor);
    if (year.digits != 4 || is_digit(cursor.peek())) return std::nullopt;
    return make_date(year.value, *month, 1);
}

namespace {

std::string_view take_word(Cursor& cursor) noexcept {
    cursor.skip_blanks();
    const std::size_t begin = cursor.at;
    while (is_ascii_letter(cursor.peek())) ++cursor.at;
    return cursor.text.substr(begin, cursor.at - begin);
}

// "negentienhonderd negenenzeventig", "tweeduizendtwaalf", in one word or several. 0 if none.
unsigned read_year_in_words(Cursor& cursor) noexcept {
    std::string_view word = take_word(cursor);
    unsigned year = 0;
    bool short_form = false;  // "negentiennegentig"
    for (const auto& [name, value] :
         {std::pair<std::string_view, unsigned>{"achttienhonderd", 1800},
          {"negentienhonderd", 1900},
          {"tweeduizend", 2000},
          {"negentien", 1900}}) {
        if (!word.starts_with(name)) continue;
        year = value;
        short_form = name == "negentien";
        word.remove_prefix(name.size());
        break;
    }
    if (year == 0) return 0;
    Cursor next = cursor;
    if (word.empty()) word = take_word(next);
    if (word == "en") word = take_word(next);
    if (word.starts_with("en") && number_of(word) == 0) word.remove_prefix(2);
    const unsigned rest = number_of(word);
    if (rest != 0) cursor = next;
    return short_form && rest < 10 ? 0 : year + rest;
}

}  // namespace

std::optional<DateSpan> read_date_in_words(std::string_view folded, std::size_t at) {
    Cursor cursor{folded, at};
    // The day, behind "op de" and the like.
    unsigned day = 0;
    constexpr int words_before = 6;
    for (int i = 0; i < words_before && day == 0; ++i) {
        cursor.skip_blanks();
        while (!is_ascii_letter(cursor.peek()) && cursor.at - at < 20 &&
               cursor.at < folded.size() && cursor.peek() != fragment_end)
            ++cursor.at;
        const std::size_t begin = cursor.at;
        day = day_of(take_word(cursor));
        if (day == 0 && cursor.at == begin) return std::nullopt;
        at = begin;
    }
    const auto month = day == 0 ? std::nullopt : read_month_behind_day(cursor);
    if (!month) return std::nullopt;
    const unsigned year = read_year_in_words(cursor);
    const auto date = year == 0 ? std::nullopt : make_date(year, *month, day);
    if (!date) return std::nullopt;
    DateSpan span;
    span.begin = static_cast<std::uint32_t>(at);
    span.end = static_cast<std::uint32_t>(cursor.at);
    span.date = *date;
    return span;
}

void find_dates(std::string_view folded, std::vector<DateSpan>& out) {
    std::size_t position = next_digit(folded, 0);
    std::size_t last_end = folded.size() + 1;
    while (position < folded.size()) {
        Cursor cursor{folded, position};
        const Number first = read_number(cursor);
        const std::size_t behind_first = cursor.at;
        std::size_t begin = position;
        std::optional<DateSpan> span;
        if (!continues_number(folded, begin, last_end)) {
            if (first.digits <= 2) span = read_named(cursor, first);
            if (!span && first.digits <= 2) span = read_ending_year(cursor, first);
            if (!span && (first.digits <= 2 || first.digits == 4))
                span = read_numeric(cursor, first);
            if (!span) span = read_compact(first);
            if (!span && first.digits == 7) span = read_machine_readable(cursor, position);
            if (!span && first.digits == 4) span = read_worded(folded, begin, first);
            if (!span && first.digits <= 2) {
                if (const auto month = month_before(folded, begin))
                    span = read_american(cursor, first, *month);
            }
        }
        // A digit right behind means that this was the head of a longer number.
        if (span && !is_digit(cursor.peek())) {
            span->begin = static_cast<std::uint32_t>(begin);
            span->end = static_cast<std::uint32_t>(cursor.at);
            out.push_back(*span);
            last_end = cursor.at;
            position = next_digit(folded, cursor.at);
        } else {
            position = next_digit(folded, behind_first);
        }
    }
}

}  // namespace postwacht::match
