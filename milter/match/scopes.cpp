#include "match/scopes.hpp"

#include <algorithm>
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

class ScopeReader {
  public:
    ScopeReader(const Unit& unit, const std::vector<Hit>& hits, const std::vector<DateSpan>& dates,
                const std::vector<Primary>& primaries, bool is_list)
        : unit_(unit),
          text_(unit.text()),
          hits_(hits),
          dates_(dates),
          primaries_(primaries),
          is_list_(is_list),
          columns_(unit) {}

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
    }

    void read_cue(std::size_t index) {
        const Hit& cue = hits_[index];
        const std::uint32_t line = line_of(cue.begin);
        const bool row = unit_.lines()[line].row;
        const auto date =
            std::lower_bound(dates_.begin(), dates_.end(), cue.end,
                             [](const DateSpan& d, std::uint32_t at) { return d.begin < at; });
        const std::uint32_t reach = cue.end - cue.begin <= short_cue ? short_cue_reach : cue_reach;
        const bool near = date != dates_.end() && date->begin - cue.end <= reach &&
                          !parted(cue.end, date->begin, row) && !claimed(index, date->begin);
        if (near) {
            keep_period(line, date->date);
        } else if (const auto begin = begin_of_range(cue, date)) {
            keep_period(line, *begin);
        } else if (row) {
            header_cues_.insert(
                {{unit_.lines()[line].piece, columns_.column_at(line, cue.begin)}, line});
        }
    }

    // "periode 1 maart t/m 30 juni 2026": a day without a year, which is that of the date behind it
    // or, where it would come later then, the year before.
    [[nodiscard]] std::optional<Date> begin_of_range(const Hit& cue, DateIterator date) const {
        if (date == dates_.end() || date->begin - cue.end > cue_reach) return std::nullopt;
        const std::size_t at = next_digit(text_, cue.end);
        if (at >= date->begin || at - cue.end > short_cue_reach) return std::nullopt;
        const auto day = read_day_and_month(text_, at);
        if (!day || day->end > date->begin) return std::nullopt;
        for (int earlier = 0; earlier < 2; ++earlier) {
            const Date begin{date->date.year() - std::chrono::years(earlier), day->month, day->day};
            if (begin.ok() && begin <= date->date) return begin;
        }
        return std::nullopt;
    }

    // Another fragment begins between the two, or, in a table, another row.
    [[nodiscard]] bool parted(std::uint32_t from, std::uint32_t to, bool row) const {
        return text_.substr(from, to - from).find_first_of(row ? "\n\f" : "\f") !=
               std::string_view::npos;
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

    void keep_period(std::uint32_t line, Date date) {
        if (is_list_ && unit_.lines()[line].row && !speaks_for_all(line)) {
            for (const std::uint32_t subject : people_of_row(line))
                scopes_.row_periods.emplace_back(subject, date);
        } else if (!scopes_.period) {
            scopes_.period = date;
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
    // (piece, column) to the topmost line with a period cue there.
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> header_cues_;
    UnitScopes scopes_;
};

}  // namespace

UnitScopes read_scopes(const Unit& unit, const std::vector<Hit>& hits,
                       const std::vector<DateSpan>& dates, const std::vector<Primary>& primaries,
                       bool is_list) {
    return ScopeReader(unit, hits, dates, primaries, is_list).read();
}

}  // namespace postwacht::match
