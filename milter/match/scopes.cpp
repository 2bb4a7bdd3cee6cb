#include "match/scopes.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <tuple>

#include "match/characters.hpp"

namespace postwacht::match {
namespace {

// How far behind a cue its date stands, in bytes of folded text.
constexpr std::uint32_t cue_reach = 40;
// A cue of so few letters ("per", "from") says much else, and has its date right behind it.
constexpr std::uint32_t short_cue = 4;
constexpr std::uint32_t short_cue_reach = 6;
constexpr std::uint32_t no_line = UINT32_MAX;
// How far before a cue that stands behind its date ("op 1 maart 2026 is ingegaan") that date ends.
constexpr std::uint32_t behind_reach = 12;
// A word of so many letters with a stop behind it ends a sentence; shorter ones are abbreviations.
constexpr std::size_t sentence_word = 5;
// A date further from the registry's day than this is not that of the letter.
constexpr std::chrono::days letter_age{731};

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\n';
}

std::size_t trim_blanks_back(std::string_view text, std::size_t at) noexcept {
    while (at > 0 && is_blank(text[at - 1])) --at;
    return at;
}

// Where the word begins that ends at `at`; `at` if there is none.
std::size_t word_back(std::string_view text, std::size_t at) noexcept {
    while (at > 0 && is_ascii_letter(text[at - 1])) --at;
    return at;
}

bool holds_sentence_end(std::string_view text) noexcept {
    std::size_t letters = 0;
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        if (text[i] == '.' && letters >= sentence_word && is_blank(text[i + 1])) return true;
        letters = is_ascii_letter(text[i]) ? letters + 1 : 0;
    }
    return false;
}

// Where "t/m", "tot en met" or the like begins that stands before `at`, a weekday between them left
// aside; nothing if there is none.
std::optional<std::size_t> range_sign_before(std::string_view text, std::size_t at) noexcept {
    static constexpr std::array<std::string_view, 8> signs = {
        "t/m", "tot en met", "tot", "tm", "until", "till", "to", "through"};
    at = trim_blanks_back(text, at);
    const std::size_t word = word_back(text, at);
    const auto last = text.substr(word, at - word);
    if (last.ends_with("dag") || last.ends_with("day")) at = trim_blanks_back(text, word);
    if (at > 0 && text[at - 1] == '-') return trim_blanks_back(text, at - 1);
    for (const std::string_view sign : signs) {
        if (!text.substr(0, at).ends_with(sign) || letter_ends_at(text, at - sign.size())) continue;
        return trim_blanks_back(text, at - sign.size());
    }
    return std::nullopt;
}

class ScopeReader {
  public:
    ScopeReader(const Unit& unit, const std::vector<Hit>& hits, const std::vector<DateSpan>& dates,
                const std::vector<Primary>& primaries, bool is_list, std::optional<Date> today)
        : unit_(unit),
          text_(unit.text()),
          hits_(hits),
          dates_(dates),
          primaries_(primaries),
          is_list_(is_list),
          columns_(unit) {
        // The letter's own day, by which a date without a year is understood.
        written_on_ = today;
        if (!today) return;
        const auto letter = std::find_if(dates.begin(), dates.end(), [today](const DateSpan& d) {
            const auto days = std::chrono::sys_days(d.date) - std::chrono::sys_days(*today);
            return std::chrono::abs(days) < letter_age;
        });
        if (letter != dates.end()) written_on_ = letter->date;
    }

    UnitScopes read() {
        read_categories();
        read_periods();
        return std::move(scopes_);
    }

  private:
    using Range = std::pair<std::size_t, std::size_t>;  // of primaries_
    using DateIterator = std::vector<DateSpan>::const_iterator;

    void read_categories() {
        std::vector<bool> general;
        std::uint32_t last_line = no_line;
        std::uint32_t last_category = 0;
        for (const Hit& hit : hits_) {
            if (hit.kind != HitKind::category) continue;
            const std::uint32_t line = line_of(hit.end > 0 ? hit.end - 1 : 0);
            if (is_list_ && unit_.lines()[line].row && !speaks_for_all(line)) {
                if (line == last_line && hit.category == last_category) continue;
                last_line = line;
                last_category = hit.category;
                for (const std::uint32_t subject : people_of_row(line))
                    scopes_.row_categories.emplace_back(subject, hit.category);
                continue;
            }
            if (general.size() <= hit.category) general.resize(hit.category + 1);
            general[hit.category] = true;
        }
        for (std::size_t i = 0; i < general.size(); ++i)
            if (general[i]) scopes_.categories.push_back(static_cast<std::uint32_t>(i));
    }

    void read_periods() {
        for (std::size_t i = 0; i < hits_.size(); ++i)
            if (hits_[i].kind == HitKind::period_cue) read_cue(i);
        if (!header_cues_.empty()) read_date_columns();
        // A month is weaker than a day: "vanaf mei 2019 in dienst; ziek vanaf 6 januari 2025".
        for (const auto& month : months_) keep_period(month.line, month.date, month.outright);
        // Only what no cue in front of a date says is taken from what stands behind one, and only
        // what neither says from a range.
        for (std::size_t i = 0; i < hits_.size(); ++i)
            if (hits_[i].kind == HitKind::period_cue_behind) read_cue_behind(hits_[i]);
        for (std::size_t i = 0; i < dates_.size(); ++i) read_range(i);
    }

    void read_cue(std::size_t index) {
        const Hit& cue = hits_[index];
        if (belongs_to_longer_cue(index)) return;
        const std::uint32_t line = line_of(cue.begin);
        const bool row = unit_.lines()[line].row;
        const auto date =
            std::lower_bound(dates_.begin(), dates_.end(), cue.end,
                             [](const DateSpan& d, std::uint32_t at) { return d.begin < at; });
        const std::uint32_t reach = cue.end - cue.begin <= short_cue ? short_cue_reach : cue_reach;
        const bool near = date != dates_.end() && date->begin - cue.end <= reach &&
                          !parted(cue.end, date->begin, row) && !claimed(index, date->begin);
        if (const auto month = read_month_and_year(text_, label_end(cue))) {
            months_.push_back({line, *month, names_first_day(cue)});
        } else if (near) {
            keep_period(line, date->date, names_first_day(cue));
        } else if (const auto begin = begin_of_range(cue, date)) {
            keep_period(line, *begin);
        } else if (const auto begin_this_year = date_without_year(cue, reach, row)) {
            keep_period(line, *begin_this_year);
        } else if (row) {
            header_cues_.insert(
                {{unit_.lines()[line].piece, columns_.column_at(line, cue.begin)}, line});
        }
    }

    // Of "ingangsdatum uitkering: maart 2025" the colon; but not of "per post: maart 2025".
    [[nodiscard]] std::size_t label_end(const Hit& cue) const {
        constexpr std::size_t reach = 30;
        if (cue.end - cue.begin <= short_cue) return cue.end;
        for (std::size_t at = cue.end; at < std::min(text_.size(), cue.end + reach); ++at) {
            if (text_[at] == ':') return at;
            if (!is_blank(text_[at]) && !is_ascii_letter(text_[at])) break;
        }
        return cue.end;
    }

    // Of "vanaf" in "in dienst vanaf" the longer cue says what the date is.
    [[nodiscard]] bool belongs_to_longer_cue(std::size_t index) const {
        const Hit& cue = hits_[index];
        const auto covers = [&cue](const Hit& hit) {
            return (hit.kind == HitKind::other_date_cue || hit.kind == HitKind::birth_cue) &&
                   hit.begin <= cue.begin && hit.end >= cue.end &&
                   hit.end - hit.begin > cue.end - cue.begin;
        };
        for (std::size_t i = index; i-- > 0 && hits_[i].end == cue.end;)
            if (covers(hits_[i])) return true;
        for (std::size_t i = index + 1; i < hits_.size() && hits_[i].end <= cue.end + cue_reach;
             ++i)
            if (covers(hits_[i])) return true;
        return false;
    }

    // "per 1 april", "met ingang van maandag 9 maart a.s.": of the years around the letter's day
    // the one that is said, or else the nearest.
    [[nodiscard]] std::optional<Date> date_without_year(const Hit& cue, std::uint32_t reach,
                                                        bool row) const {
        if (!written_on_) return std::nullopt;
        const std::size_t at = next_digit(text_, cue.end);
        // The name of a day may stand between.
        constexpr std::size_t weekday = 10;
        if (at >= text_.size() ||
            at - cue.end > std::max<std::size_t>(short_cue_reach, reach == cue_reach
                                                                      ? short_cue_reach + weekday
                                                                      : 0) ||
            parted(cue.end, static_cast<std::uint32_t>(at), row))
            return std::nullopt;
        const auto day = read_day_and_month(text_, at);
        if (!day || !day->day.ok() || !day->month.ok()) return std::nullopt;
        const Date written = *written_on_;
        const auto in_year = [&](std::chrono::year year) {
            return Date{year, day->month, day->day};
        };
        const auto says = [rest = text_.substr(day->end)](
                              std::initializer_list<std::string_view> words) {
            return std::any_of(words.begin(), words.end(),
                               [rest](std::string_view word) { return rest.starts_with(word); });
        };
        if (says({" dit jaar", " this year"})) return in_year(written.year());
        if (says({" vorig jaar", " last year"}))
            return in_year(written.year() - std::chrono::years(1));
        if (says({" volgend jaar", " next year"}))
            return in_year(written.year() + std::chrono::years(1));
        const bool past = says({" jl", " j.l", " l.l", " jongstleden"});
        const bool coming = says({" a.s", " as.", " e.k", " aanstaande"});
        std::optional<Date> best;
        std::chrono::days best_distance{};
        for (int years = -1; years <= 1; ++years) {
            const Date date = in_year(written.year() + std::chrono::years(years));
            if (!date.ok() || (past && date > written) || (coming && date < written)) continue;
            const auto distance =
                std::chrono::abs(std::chrono::sys_days(date) - std::chrono::sys_days(written));
            if (best && distance >= best_distance) continue;
            best = date;
            best_distance = distance;
        }
        return best;
    }

    // "op 1 maart 2026 is ingegaan".
    void read_cue_behind(const Hit& cue) {
        const auto next =
            std::lower_bound(dates_.begin(), dates_.end(), cue.begin,
                             [](const DateSpan& d, std::uint32_t at) { return d.begin < at; });
        if (next == dates_.begin()) return;
        const DateSpan& date = *(next - 1);
        if (date.end > cue.begin || cue.begin - date.end > behind_reach || is_claimed(date.begin))
            return;
        const auto between = text_.substr(date.end, cue.begin - date.end);
        if (!std::all_of(between.begin(), between.end(),
                         [](char c) { return is_blank(c) || is_ascii_letter(c); }))
            return;
        const std::size_t end = trim_blanks_back(text_, date.begin);
        const std::size_t begin = word_back(text_, end);
        const auto before = text_.substr(begin, end - begin);
        const bool weekday = before.ends_with("dag") || before.ends_with("day");
        if (before == "op" || before == "on" || before == "per" || weekday)
            keep_period(line_of(date.begin), date.date);
    }

    // "van 9 maart tot en met 28 juni 2026", "05-01-2026 - 26-04-2026".
    void read_range(std::size_t index) {
        const DateSpan& last = dates_[index];
        const auto sign = range_sign_before(text_, last.begin);
        if (!sign) return;
        if (index > 0 && dates_[index - 1].end == *sign) {
            const DateSpan& first = dates_[index - 1];
            if (first.date <= last.date && !is_claimed(first.begin))
                keep_period(line_of(first.begin), first.date);
            return;
        }
        // "blz. 6 - 31 januari 2025" is no range of days.
        if (const auto day = day_before(*sign, last.date)) {
            const std::size_t end = trim_blanks_back(text_, day->second);
            const auto before = text_.substr(word_back(text_, end), end - word_back(text_, end));
            if ((before == "van" || before == "from") &&
                !is_claimed(static_cast<std::uint32_t>(day->second)))
                keep_period(line_of(static_cast<std::uint32_t>(day->second)), day->first);
            return;
        }
        constexpr std::size_t longest = 16;  // "30 september"
        for (std::size_t at = *sign; at > 0 && *sign - at < longest;) {
            --at;
            if (!is_digit(text_[at])) continue;
            if (at > 0 && is_digit(text_[at - 1])) --at;
            const auto day = read_day_and_month(text_, at);
            if (!day || day->end < *sign || is_claimed(static_cast<std::uint32_t>(at))) return;
            if (const auto begin = in_year_of(*day, last.date))
                keep_period(line_of(static_cast<std::uint32_t>(at)), *begin);
            return;
        }
    }

    // Another cue than one of a period says what the date is.
    [[nodiscard]] bool is_claimed(std::uint32_t date) const {
        auto hit = std::upper_bound(hits_.begin(), hits_.end(), date,
                                    [](std::uint32_t at, const Hit& h) { return at < h.end; });
        while (hit != hits_.begin() && date - (hit - 1)->end <= cue_reach) {
            --hit;
            if (hit->kind != HitKind::other_date_cue && hit->kind != HitKind::birth_cue) continue;
            // A date between is the one that the cue speaks of.
            const auto nearest =
                std::lower_bound(dates_.begin(), dates_.end(), hit->end,
                                 [](const DateSpan& d, std::uint32_t at) { return d.begin < at; });
            if (nearest != dates_.end() && nearest->begin < date) return false;
            const auto between = text_.substr(hit->end, date - hit->end);
            return between.find(fragment_end) == std::string_view::npos &&
                   !holds_sentence_end(between);
        }
        return false;
    }

    // "periode 1 maart t/m 30 juni 2026": a day without a year, which is that of the date behind it
    // or, where it would come later then, the year before.
    [[nodiscard]] std::optional<Date> begin_of_range(const Hit& cue, DateIterator date) const {
        if (date == dates_.end() || date->begin - cue.end > cue_reach) return std::nullopt;
        const std::size_t at = next_digit(text_, cue.end);
        if (at >= date->begin || at - cue.end > short_cue_reach) return std::nullopt;
        const auto sign = range_sign_before(text_, date->begin);
        if (!sign) return std::nullopt;
        if (const auto alone = day_before(*sign, date->date); alone && alone->second == at)
            return alone->first;
        const auto day = read_day_and_month(text_, at);
        if (!day || day->end > date->begin) return std::nullopt;
        return in_year_of(*day, date->date);
    }

    // "6" of "van 6 tot en met 31 januari 2025": the day in the month of the date behind the sign,
    // and where it stands.
    [[nodiscard]] std::optional<std::pair<Date, std::size_t>> day_before(std::size_t sign,
                                                                         Date last) const {
        std::size_t begin = sign;
        while (begin > 0 && sign - begin < 2 && is_digit(text_[begin - 1])) --begin;
        if (begin == sign || word_ends_at(text_, begin)) return std::nullopt;
        unsigned number = 0;
        for (std::size_t i = begin; i < sign; ++i)
            number = 10 * number + static_cast<unsigned>(text_[i] - '0');
        const Date day{last.year(), last.month(), std::chrono::day(number)};
        if (!day.ok() || day > last) return std::nullopt;
        return std::pair(day, begin);
    }

    // The day in the year of the date that it comes before.
    [[nodiscard]] static std::optional<Date> in_year_of(const DayAndMonth& day, Date last) {
        for (int earlier = 0; earlier < 2; ++earlier) {
            const Date begin{last.year() - std::chrono::years(earlier), day.month, day.day};
            if (begin.ok() && begin <= last) return begin;
        }
        return std::nullopt;
    }

    // Another fragment or sentence begins between the two, or, in a table, another row.
    [[nodiscard]] bool parted(std::uint32_t from, std::uint32_t to, bool row) const {
        const auto between = text_.substr(from, to - from);
        return between.find_first_of(row ? "\n\f" : "\f") != std::string_view::npos ||
               holds_sentence_end(between);
    }

    // A cue of another date stands between this cue and the date.
    [[nodiscard]] bool claimed(std::size_t index, std::uint32_t date) const {
        const std::uint32_t cue_end = hits_[index].end;
        for (std::size_t i = index + 1; i < hits_.size() && hits_[i].end <= date; ++i)
            if ((hits_[i].kind == HitKind::other_date_cue || hits_[i].kind == HitKind::birth_cue) &&
                hits_[i].begin >= cue_end)
                return true;
        return false;
    }

    // A cue in a header cell speaks of the dates below it.
    void read_date_columns() {
        ColumnCounter columns(unit_);
        for (const DateSpan& date : dates_) {
            const std::uint32_t line = line_of(date.begin);
            const Line& row = unit_.lines()[line];
            if (!row.row) continue;
            const auto cue = header_cues_.find({row.piece, columns.column_at(line, date.begin)});
            if (cue != header_cues_.end() && cue->second < line) keep_period(line, date.date);
        }
    }

    // "eerste ziektedag", "ingangsdatum": what says outright which day it is. Much else begins
    // "vanaf" and "per" some day.
    [[nodiscard]] bool names_first_day(const Hit& cue) const {
        static constexpr std::array<std::string_view, 5> nouns = {"datum", "dag", "date", "day",
                                                                  "ezd"};
        const auto words = text_.substr(cue.begin, cue.end - cue.begin);
        return std::any_of(nouns.begin(), nouns.end(), [words](std::string_view noun) {
            return words.find(noun) != std::string_view::npos;
        });
    }

    void keep_period(std::uint32_t line, Date date, bool outright = false) {
        if (is_list_ && unit_.lines()[line].row && !speaks_for_all(line)) {
            for (const std::uint32_t subject : people_of_row(line))
                scopes_.row_periods.emplace_back(subject, date);
        } else if (!scopes_.period || (outright && !outright_)) {
            scopes_.period = date;
            outright_ = outright;
        }
    }

    // The primary elements on a line.
    [[nodiscard]] Range primaries_on(std::uint32_t line) const {
        const auto [from, to] =
            std::equal_range(primaries_.begin(), primaries_.end(), line, LineOrder{});
        return {static_cast<std::size_t>(from - primaries_.begin()),
                static_cast<std::size_t>(to - primaries_.begin())};
    }

    // A row before the first person of its table is a header or a title; so is one with a single
    // cell further down ("department ..."), unless it holds a person.
    [[nodiscard]] bool speaks_for_all(std::uint32_t line) const {
        const auto [from, to] = primaries_on(line);
        if (from != to) return false;
        const Line& row = unit_.lines()[line];
        const bool first_cell_filled = !starts_empty(row);
        if (row.filled_cells <= 1 && first_cell_filled) return true;
        return from == 0 || unit_.lines()[primaries_[from - 1].line].piece != row.piece;
    }

    // Who is on the row. A row whose first cell is empty goes on with the one above.
    [[nodiscard]] std::vector<std::uint32_t> people_of_row(std::uint32_t line) const {
        auto [from, to] = primaries_on(line);
        if (from == to && from > 0 && starts_empty(unit_.lines()[line]))
            std::tie(from, to) = primaries_on(primaries_[from - 1].line);
        std::vector<std::uint32_t> people;
        for (std::size_t i = from; i < to; ++i) people.push_back(primaries_[i].subject);
        std::sort(people.begin(), people.end());
        people.erase(std::unique(people.begin(), people.end()), people.end());
        return people;
    }

    [[nodiscard]] bool starts_empty(const Line& row) const {
        const char separator = unit_.piece_of(row).separator;
        std::uint32_t at = row.begin;
        while (at < row.end && text_[at] == ' ') ++at;
        return at < row.end && text_[at] == separator;
    }

    // Hits and dates come in order, so that the line is mostly that of the last question.
    [[nodiscard]] std::uint32_t line_of(std::uint32_t position) {
        const Line& line = unit_.lines()[line_];
        if (position < line.begin || position > line.end) line_ = unit_.line_at(position);
        return line_;
    }

    struct LineOrder {
        bool operator()(const Primary& p, std::uint32_t line) const { return p.line < line; }
        bool operator()(std::uint32_t line, const Primary& p) const { return line < p.line; }
    };

    const Unit& unit_;
    std::string_view text_;
    const std::vector<Hit>& hits_;
    const std::vector<DateSpan>& dates_;
    const std::vector<Primary>& primaries_;
    bool is_list_;
    ColumnCounter columns_;
    std::uint32_t line_ = 0;
    std::optional<Date> written_on_;
    // What a cue says of a month, without the day.
    struct MonthOfCase {
        std::uint32_t line = 0;
        Date date;
        bool outright = false;
    };
    std::vector<MonthOfCase> months_;
    // (piece, column) to the topmost line with a period cue there.
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> header_cues_;
    UnitScopes scopes_;
    bool outright_ = false;  // the period comes from a cue that names the first day
};

}  // namespace

UnitScopes read_scopes(const Unit& unit, const std::vector<Hit>& hits,
                       const std::vector<DateSpan>& dates, const std::vector<Primary>& primaries,
                       bool is_list, std::optional<Date> today) {
    return ScopeReader(unit, hits, dates, primaries, is_list, today).read();
}

}  // namespace postwacht::match
