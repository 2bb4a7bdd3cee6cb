#include "match/birth_dates.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "match/characters.hpp"

namespace postwacht::match {
namespace {

// Distances in bytes of folded text.
constexpr std::uint32_t birth_cue_reach = 60;
constexpr std::uint32_t other_cue_reach = 40;
constexpr std::uint32_t cue_behind_reach = 12;
constexpr std::uint32_t short_cue = 4;
constexpr std::uint32_t short_cue_reach = 6;
constexpr std::uint32_t compact_reach = 24;
constexpr std::size_t longest_header_cell = 60;
constexpr int first_birth_year = 1890;

constexpr bool is_date_cue(HitKind kind) noexcept {
    return kind == HitKind::birth_cue || kind == HitKind::period_cue ||
           kind == HitKind::other_date_cue;
}

std::optional<DateSpan> date_of(int year, unsigned month, unsigned day, bool short_year) noexcept {
    DateSpan span;
    span.date = Date(std::chrono::year(year), std::chrono::month(month), std::chrono::day(day));
    span.short_year = short_year;
    if (!span.date.ok()) return std::nullopt;
    return span;
}

// A number as a spreadsheet counts days: 1 is 1900-01-01, and 60 a day that never was.
std::optional<DateSpan> serial_date(unsigned value) noexcept {
    constexpr unsigned least = 366;    // 1901
    constexpr unsigned most = 60'000;  // 2064
    if (value < least || value > most) return std::nullopt;
    const std::chrono::sys_days zero{std::chrono::year(1899) / 12 / 30};
    DateSpan span;
    span.date = Date(zero + std::chrono::days(value));
    return span;
}

// What a number is as a date where a birth date is expected. `in_column`: in a cell of its own.
std::optional<DateSpan> compact_date(std::string_view digits, bool in_column) noexcept {
    unsigned value = 0;
    for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
    if (digits.size() == 6) {
        const auto of_century = [](unsigned year) {
            return static_cast<int>(year + (year < 50 ? 2000U : 1900U));
        };
        if (const auto date =
                date_of(of_century(value % 100), value / 100 % 100, value / 10000, true))
            return date;
        return date_of(of_century(value / 10000), value / 100 % 100, value % 100, true);
    }
    if (!in_column) return std::nullopt;
    if (digits.size() == 7)
        return date_of(static_cast<int>(value % 10000), value / 10000 % 100, value / 1'000'000,
                       false);
    if (digits.size() == 4 || digits.size() == 5) return serial_date(value);
    return std::nullopt;
}

// A cell that says what dates the column below holds.
struct Header {
    std::uint32_t line = 0;
    HitKind kind = HitKind::birth_cue;
};

class BirthDateFinder {
  public:
    BirthDateFinder(const Unit& unit, const std::vector<Hit>& hits, std::vector<DateSpan>& dates)
        : unit_(unit), text_(unit.text()), dates_(dates), columns_(unit) {
        for (const Hit& hit : hits) {
            if (!is_date_cue(hit.kind)) continue;
            // Of "date" in "date of birth" and "datum" in "geboorte datum" the longer one counts.
            while (!cues_.empty() && cues_.back().begin >= hit.begin) cues_.pop_back();
            if (cues_.empty() || cues_.back().end < hit.end) cues_.push_back(hit);
        }
    }

    std::vector<BirthDate> find() {
        const bool any_birth_cue = std::any_of(cues_.begin(), cues_.end(), [](const Hit& cue) {
            return cue.kind == HitKind::birth_cue;
        });
        find_headers();
        if (any_birth_cue) read_compact_dates();
        std::vector<BirthDate> found;
        for (std::size_t i = 0; i < dates_.size(); ++i) {
            const DateSpan& date = dates_[i];
            if (static_cast<int>(date.date.year()) < first_birth_year) continue;
            const auto sign = sign_of(date);
            if (!sign) continue;
            BirthDate birth;
            birth.begin = date.begin;
            birth.end = date.end;
            birth.date = date.date;
            birth.short_year = date.short_year;
            birth.sign = *sign;
            found.push_back(birth);
        }
        return found;
    }

  private:
    // Nothing where another cue says what the date is.
    std::optional<BirthSign> sign_of(const DateSpan& date) {
        if (date.of_birth) return BirthSign::cue;
        const std::uint32_t line = unit_.line_at(date.begin);
        const bool row = unit_.lines()[line].row;
        while (next_ < cues_.size() && cues_[next_].end <= date.begin) ++next_;
        if (const Hit* const cue = cue_before(date, row ? unit_.lines()[line].begin : 0)) {
            if (cue->kind == HitKind::birth_cue)
                return is_bound(*cue, date) ? std::nullopt : std::optional(BirthSign::cue);
            if (!birth_cue_behind(date)) return std::nullopt;
            return BirthSign::cue;
        }
        if (birth_cue_behind(date) || has_star(date)) return BirthSign::cue;
        if (row) {
            if (const auto kind = header_over(line, date.begin)) {
                if (*kind != HitKind::birth_cue) return std::nullopt;
                return BirthSign::column;
            }
        }
        return BirthSign::none;
    }

    // "born on or after 1 January 1996": whom a rule is for, and nobody's own day.
    [[nodiscard]] bool is_bound(const Hit& cue, const DateSpan& date) const {
        static constexpr std::array<std::string_view, 9> bounds = {
            "na", "voor", "vanaf", "tussen", "tot", "after", "before", "between", "until"};
        // The word that ends before a place, over blanks.
        const auto word_before = [this](std::size_t end) {
            while (end > 0 && text_[end - 1] == ' ') --end;
            std::size_t begin = end;
            while (begin > 0 && is_ascii_letter(text_[begin - 1])) --begin;
            return text_.substr(begin, end - begin);
        };
        return std::find(bounds.begin(), bounds.end(), word_before(date.begin)) != bounds.end() ||
               word_before(cue.begin) == "vanaf";
    }

    // "Daan Kuiper *2-4-2019", and not the star that begins an item of a list.
    [[nodiscard]] bool has_star(const DateSpan& date) const {
        std::size_t at = date.begin;
        if (at > 0 && text_[at - 1] == ' ') --at;
        if (at == 0 || text_[at - 1] != '*') return false;
        --at;
        while (at > 0 && (text_[at - 1] == ' ' || text_[at - 1] == '(' || text_[at - 1] == ',' ||
                          text_[at - 1] == '.'))
            --at;
        return at > 0 && is_ascii_letter(text_[at - 1]);
    }

    [[nodiscard]] const Hit* cue_before(const DateSpan& date, std::uint32_t from) const {
        std::size_t number = next_;
        // A short word ("per", "from") that does not touch the date says something else.
        while (number > 0 && cues_[number - 1].kind != HitKind::birth_cue &&
               cues_[number - 1].end - cues_[number - 1].begin <= short_cue &&
               date.begin - cues_[number - 1].end > short_cue_reach)
            --number;
        if (number == 0) return nullptr;
        const Hit& cue = cues_[number - 1];
        const std::uint32_t reach =
            cue.kind == HitKind::birth_cue ? birth_cue_reach : other_cue_reach;
        if (cue.begin < from || date.begin - cue.end > reach) return nullptr;
        const auto between = text_.substr(cue.end, date.begin - cue.end);
        if (between.find(fragment_end) != std::string_view::npos) return nullptr;
        // Another date stands nearer to the cue.
        const auto nearer =
            std::lower_bound(dates_.begin(), dates_.end(), cue.end,
                             [](const DateSpan& d, std::uint32_t at) { return d.begin < at; });
        if (nearer != dates_.end() && nearer->begin < date.begin) return nullptr;
        // In a row, what stands two cells before labels something else.
        if (from != 0 && std::count(between.begin(), between.end(), '\t') > 2) return nullptr;
        return &cue;
    }

    // "03-03-1991 (geboren)", but not the label of the next date.
    [[nodiscard]] bool birth_cue_behind(const DateSpan& date) const {
        std::size_t next = next_;
        while (next < cues_.size() && cues_[next].begin < date.end) ++next;
        if (next == cues_.size() || cues_[next].kind != HitKind::birth_cue) return false;
        const Hit& cue = cues_[next];
        if (cue.begin - date.end > cue_behind_reach) return false;
        const auto between = text_.substr(date.end, cue.begin - date.end);
        if (between.find_first_of("\n\t,;\f") != std::string_view::npos) return false;
        const auto following =
            std::lower_bound(dates_.begin(), dates_.end(), cue.end,
                             [](const DateSpan& d, std::uint32_t at) { return d.begin < at; });
        return following == dates_.end() || following->begin - cue.end > other_cue_reach;
    }

    // Cells that hold a cue and no date: the column below holds dates of that kind.
    void find_headers() {
        for (const Hit& cue : cues_) {
            const std::uint32_t line = unit_.line_at(cue.begin);
            const Line& row = unit_.lines()[line];
            if (!row.row) continue;
            const Span cell = cell_at(row, cue.begin);
            if (cell.end - cell.begin > longest_header_cell ||
                std::count_if(text_.begin() + cell.begin, text_.begin() + cell.end, is_digit) > 4)
                continue;
            headers_[{row.piece, columns_.column_at(line, cue.begin)}].push_back({line, cue.kind});
        }
    }

    [[nodiscard]] Span cell_at(const Line& row, std::uint32_t at) const {
        const char separator = unit_.piece_of(row).separator;
        std::uint32_t begin = at;
        while (begin > row.begin && text_[begin - 1] != separator) --begin;
        std::uint32_t end = at;
        while (end < row.end && text_[end] != separator) ++end;
        return {begin, end};
    }

    std::optional<HitKind> header_over(std::uint32_t line, std::uint32_t at) {
        if (headers_.empty()) return std::nullopt;
        const auto column =
            headers_.find({unit_.lines()[line].piece, columns_.column_at(line, at)});
        if (column == headers_.end()) return std::nullopt;
        // The nearest one above: a sheet may hold several tables.
        const auto& cells = column->second;
        const auto below = std::lower_bound(
            cells.begin(), cells.end(), line,
            [](const Header& header, std::uint32_t own) { return header.line < own; });
        if (below == cells.begin()) return std::nullopt;
        return (below - 1)->kind;
    }

    // ---- what only a birth cue makes a date

    void read_compact_dates() {
        const std::size_t before = dates_.size();
        std::vector<DateSpan> added;
        for (const Hit& cue : cues_)
            if (cue.kind == HitKind::birth_cue) read_behind_cue(cue, added);
        read_columns(added);
        dates_.insert(dates_.end(), added.begin(), added.end());
        if (dates_.size() == before) return;
        std::sort(dates_.begin(), dates_.end(),
                  [](const DateSpan& a, const DateSpan& b) { return a.begin < b.begin; });
    }

    [[nodiscard]] bool is_taken(std::uint32_t begin, std::uint32_t end) const {
        auto date =
            std::lower_bound(dates_.begin(), dates_.end(), begin,
                             [](const DateSpan& d, std::uint32_t at) { return d.end <= at; });
        return date != dates_.end() && date->begin < end;
    }

    void read_behind_cue(const Hit& cue, std::vector<DateSpan>& added) const {
        if (const auto words = read_date_in_words(text_, cue.end);
            words && !is_taken(words->begin, words->end))
            return added.push_back(*words);
        const std::size_t at = next_digit(text_, cue.end);
        if (at >= text_.size() || at - cue.end > compact_reach) return;
        const auto between = text_.substr(cue.end, at - cue.end);
        if (between.find_first_of("\n\f") != std::string_view::npos) return;
        std::size_t end = at;
        while (end < text_.size() && is_digit(text_[end])) ++end;
        if (word_begins_at(text_, end) && end - at > 2) return;
        const auto begin32 = static_cast<std::uint32_t>(at);
        std::optional<DateSpan> date;
        if (end - at <= 2) {
            if (is_taken(begin32, begin32 + 1)) return;
            date = read_short_date(text_, at);
            if (date) end = date->end;
        } else if (!is_taken(begin32, static_cast<std::uint32_t>(end)) &&
                   text_.substr(end, 1) != "-" && text_.substr(end, 1) != "/") {
            date = compact_date(text_.substr(at, end - at), false);
        }
        if (!date) return;
        date->begin = begin32;
        date->end = static_cast<std::uint32_t>(end);
        added.push_back(*date);
    }

    void read_columns(std::vector<DateSpan>& added) const {
        for (const auto& [place, cells] : headers_) {
            for (std::size_t n = 0; n < cells.size(); ++n) {
                if (cells[n].kind != HitKind::birth_cue) continue;
                const std::size_t end =
                    n + 1 < cells.size() ? cells[n + 1].line : unit_.lines().size();
                for (std::size_t i = cells[n].line + 1; i < end; ++i) {
                    const Line& row = unit_.lines()[i];
                    if (row.piece != place.first) break;
                    if (row.row) read_cell(row, place.second, added);
                }
            }
        }
    }

    void read_cell(const Line& row, std::uint32_t column, std::vector<DateSpan>& added) const {
        const char separator = unit_.piece_of(row).separator;
        std::uint32_t at = row.begin;
        for (; column > 0 && at < row.end; ++at)
            if (text_[at] == separator) --column;
        const Span cell = cell_at(row, at);
        std::uint32_t begin = cell.begin;
        std::uint32_t end = cell.end;
        while (begin < end && !is_digit(text_[begin])) ++begin;
        while (end > begin && (text_[end - 1] == ' ' || text_[end - 1] == '"')) --end;
        if (begin == end || end - begin > 7 || is_taken(begin, end) ||
            !std::all_of(text_.begin() + begin, text_.begin() + end, is_digit))
            return;
        auto date = compact_date(text_.substr(begin, end - begin), true);
        if (!date) return;
        date->begin = begin;
        date->end = end;
        added.push_back(*date);
    }

    const Unit& unit_;
    std::string_view text_;
    std::vector<DateSpan>& dates_;
    ColumnCounter columns_;
    std::vector<Hit> cues_;
    std::size_t next_ = 0;  // the first cue that does not end before the current date
    // (piece, column) to the cells with a cue there, from above.
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Header>> headers_;
};

}  // namespace

std::vector<BirthDate> find_birth_dates(const Unit& unit, const std::vector<Hit>& hits,
                                        std::vector<DateSpan>& dates) {
    return BirthDateFinder(unit, hits, dates).find();
}

}  // namespace postwacht::match
