#include "match/evidence.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "match/characters.hpp"

namespace postwacht::match {
namespace {

// Distances in bytes of folded text.
constexpr std::uint32_t keyword_reach_before = 60;
constexpr std::uint32_t keyword_reach_behind = 30;
constexpr std::uint32_t right_before_reach = 20;
constexpr std::uint32_t chain_reach = 20;
constexpr std::uint32_t wide_reach = 1500;
constexpr std::uint32_t narrow_reach = 600;
constexpr std::uint32_t lines_around = 3;
constexpr std::size_t few_subjects = 3;
constexpr std::size_t longest_header_cell = 60;

// ---- keywords

// Whether what stands between two numbers only strings them together: "123456782, 111222333 en
// ...".
bool only_enumerates(std::string_view between) noexcept {
    if (between.size() > chain_reach) return false;
    for (std::size_t i = 0; i < between.size();) {
        if (!is_ascii_word(between[i])) {
            if (!is_ascii(between[i]) || between[i] == fragment_end) return false;
            ++i;
            continue;
        }
        std::size_t end = i;
        while (end < between.size() && is_ascii_word(between[end])) ++end;
        const auto word = between.substr(i, end - i);
        if (word != "en" && word != "and" && word != "of" && word != "or" && word != "resp")
            return false;
        i = end;
    }
    return true;
}

class KeywordMarker {
  public:
    KeywordMarker(const Unit& unit, const std::vector<Hit>& hits,
                  const std::vector<BsnCandidate>& candidates)
        : unit_(unit), text_(unit.text()), candidates_(candidates), columns_(unit) {
        for (const Hit& hit : hits)
            if (hit.kind == HitKind::bsn_keyword) keywords_.push_back({hit.begin, hit.end});
    }

    std::vector<KeywordMark> mark() {
        std::vector<KeywordMark> marks(candidates_.size());
        if (keywords_.empty()) return marks;
        find_header_cells();
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            const BsnCandidate& candidate = candidates_[i];
            while (behind_ < keywords_.size() && keywords_[behind_].end <= candidate.begin)
                ++behind_;
            KeywordMark& mark = marks[i];
            if (!before(i, mark) && !chained(i, marks) && !behind(i, mark)) under_header(i, mark);
        }
        return marks;
    }

  private:
    // Whether another number, read with confidence, stands between two positions; a keyword goes
    // with the number nearest to it.
    [[nodiscard]] bool taken(std::size_t index, std::uint32_t from) const {
        for (std::size_t i = index; i-- > 0 && candidates_[i].begin >= from;)
            if (!uncertain(candidates_[i]) && candidates_[i].end <= candidates_[index].begin)
                return true;
        return false;
    }
    static bool uncertain(const BsnCandidate& c) noexcept { return c.doubtful || c.zero_dropped; }

    bool before(std::size_t index, KeywordMark& mark) const {
        if (behind_ == 0) return false;
        const BsnCandidate& candidate = candidates_[index];
        const Span& keyword = keywords_[behind_ - 1];
        const std::uint32_t distance = candidate.begin - keyword.end;
        if (distance > keyword_reach_before || taken(index, keyword.end)) return false;
        const auto between = text_.substr(keyword.end, distance);
        if (between.find(fragment_end) != std::string_view::npos) return false;
        // A label in a row of a table labels its row; a header cell labels its column.
        if (between.find('\n') != std::string_view::npos &&
            unit_.lines()[unit_.line_at(keyword.begin)].row)
            return false;
        mark = {true, distance <= right_before_reach, keyword.begin};
        return true;
    }

    bool chained(std::size_t index, std::vector<KeywordMark>& marks) const {
        if (index == 0) return false;
        const BsnCandidate& previous = candidates_[index - 1];
        const BsnCandidate& candidate = candidates_[index];
        if (!marks[index - 1].found || previous.end > candidate.begin || uncertain(candidate))
            return false;
        const auto between = text_.substr(previous.end, candidate.begin - previous.end);
        if (!only_enumerates(between) || between.find('\t') != std::string_view::npos) return false;
        marks[index] = {true, false, marks[index - 1].at};
        return true;
    }

    // "123456782 (bsn)", "123456782 is uw burgerservicenummer".
    bool behind(std::size_t index, KeywordMark& mark) const {
        const BsnCandidate& candidate = candidates_[index];
        std::size_t next = behind_;
        while (next < keywords_.size() && keywords_[next].begin < candidate.end) ++next;
        if (next == keywords_.size()) return false;
        const Span& keyword = keywords_[next];
        const std::uint32_t distance = keyword.begin - candidate.end;
        if (distance > keyword_reach_behind) return false;
        const auto between = text_.substr(candidate.end, distance);
        if (between.find_first_of("\n\t,;\f") != std::string_view::npos) return false;
        // It may be the label of the next number: "order 111222333 bsn 123456782".
        for (std::size_t i = index + 1; i < candidates_.size(); ++i) {
            if (candidates_[i].begin < keyword.end) continue;
            if (candidates_[i].begin - keyword.end > right_before_reach) break;
            if (text_.substr(keyword.end, 1) != ")") return false;
        }
        mark = {true, false, keyword.begin};
        return true;
    }

    // Cells that hold a keyword and no long number: the column below holds numbers of that kind.
    void find_header_cells() {
        for (const Span& keyword : keywords_) {
            const std::uint32_t line = unit_.line_at(keyword.begin);
            const Line& row = unit_.lines()[line];
            if (!row.row) continue;
            const char separator = unit_.piece_of(row).separator;
            const auto begin = text_.rfind(separator, keyword.begin);
            const std::size_t from =
                begin == std::string_view::npos || begin < row.begin ? row.begin : begin + 1;
            const std::size_t to =
                std::min<std::size_t>(text_.find(separator, keyword.end), row.end);
            const auto cell = text_.substr(from, to - from);
            if (cell.size() > longest_header_cell ||
                std::count_if(cell.begin(), cell.end(), is_digit) > 6)
                continue;
            header_cells_.insert(
                {{row.piece, columns_.column_at(line, keyword.begin)}, {line, keyword.begin}});
        }
    }

    bool under_header(std::size_t index, KeywordMark& mark) {
        if (header_cells_.empty()) return false;
        const BsnCandidate& candidate = candidates_[index];
        const std::uint32_t line = unit_.line_at(candidate.begin);
        const Line& row = unit_.lines()[line];
        if (!row.row) return false;
        const auto cell =
            header_cells_.find({row.piece, columns_.column_at(line, candidate.begin)});
        if (cell == header_cells_.end() || cell->second.first >= line) return false;
        mark = {true, false, cell->second.second};
        return true;
    }

    const Unit& unit_;
    std::string_view text_;
    const std::vector<BsnCandidate>& candidates_;
    ColumnCounter columns_;
    std::vector<Span> keywords_;
    std::size_t behind_ = 0;  // the first keyword that does not end before the current candidate
    // (piece, column) to (line, position); the topmost cell of a column wins.
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::uint32_t, std::uint32_t>>
        header_cells_;
};

}  // namespace

std::vector<KeywordMark> mark_keywords(const Unit& unit, const std::vector<Hit>& hits,
                                       const std::vector<BsnCandidate>& candidates) {
    return KeywordMarker(unit, hits, candidates).mark();
}

bool in_list_row(const Unit& unit, const std::vector<Primary>& primaries, std::size_t index) {
    const Primary& primary = primaries[index];
    const Line& line = unit.lines()[primary.line];
    if (!line.row) return false;
    if (line.filled_cells >= 3) return true;
    // Two cells: a list if the next row is another person's, label and value otherwise.
    const auto is_neighbour = [&](const Primary& other) {
        const std::uint32_t distance =
            other.line > primary.line ? other.line - primary.line : primary.line - other.line;
        return distance == 1 && other.subject != primary.subject && unit.lines()[other.line].row;
    };
    return (index > 0 && is_neighbour(primaries[index - 1])) ||
           (index + 1 < primaries.size() && is_neighbour(primaries[index + 1]));
}

std::vector<Span> support_windows(const Unit& unit, const std::vector<Primary>& primaries,
                                  std::size_t subject_count) {
    const auto& lines = unit.lines();
    const auto size = static_cast<std::uint32_t>(unit.text().size());
    const auto around = [size](const Primary& primary, std::uint32_t reach) {
        return Span{primary.begin > reach ? primary.begin - reach : 0,
                    std::min(size, primary.end + reach)};
    };
    const auto clip = [](Span span, Span to) {
        return Span{std::max(span.begin, to.begin), std::min(span.end, to.end)};
    };
    // The nearest lines, before and behind, that another person's element stands on.
    std::vector<std::uint32_t> other_behind(primaries.size(),
                                            static_cast<std::uint32_t>(lines.size()));
    for (std::size_t i = primaries.size(); i-- > 1;) {
        other_behind[i - 1] =
            primaries[i - 1].subject == primaries[i].subject ? other_behind[i] : primaries[i].line;
    }
    std::vector<Span> windows(primaries.size());
    std::uint32_t first_free = 0;  // the line behind the last other person's element
    for (std::size_t i = 0; i < primaries.size(); ++i) {
        const Primary& primary = primaries[i];
        if (i > 0 && primaries[i - 1].subject != primary.subject)
            first_free = primaries[i - 1].line + 1;
        if (subject_count == 1) {
            windows[i] = around(primary, wide_reach);
            continue;
        }
        const Span own_line{lines[primary.line].begin, lines[primary.line].end};
        if (in_list_row(unit, primaries, i)) {
            windows[i] = clip(around(primary, narrow_reach), own_line);
        } else if (subject_count <= few_subjects) {
            windows[i] = around(primary, wide_reach);
        } else {
            std::uint32_t first = primary.line;
            while (first > first_free && primary.line - first < lines_around &&
                   !lines[first - 1].blank())
                --first;
            std::uint32_t last = primary.line;
            while (last + 1 < other_behind[i] && last - primary.line < lines_around &&
                   !lines[last + 1].blank())
                ++last;
            windows[i] = clip(around(primary, narrow_reach), {lines[first].begin, lines[last].end});
        }
    }
    return windows;
}

std::optional<std::uint32_t> find_date(const std::vector<DateSpan>& dates, Span window,
                                       Date wanted) {
    auto date = std::lower_bound(dates.begin(), dates.end(), window.begin,
                                 [](const DateSpan& d, std::uint32_t at) { return d.begin < at; });
    for (; date != dates.end() && date->end <= window.end; ++date) {
        // "12-03-48" leaves the century open.
        const bool same_year = date->short_year ? static_cast<int>(date->date.year()) % 100 ==
                                                      static_cast<int>(wanted.year()) % 100
                                                : date->date.year() == wanted.year();
        if (same_year && date->date.month() == wanted.month() && date->date.day() == wanted.day())
            return date->begin;
    }
    return std::nullopt;
}

std::optional<std::uint32_t> find_postcode(const std::vector<PostcodeSpan>& postcodes, Span window,
                                           std::string_view wanted) {
    auto found =
        std::lower_bound(postcodes.begin(), postcodes.end(), window.begin,
                         [](const PostcodeSpan& p, std::uint32_t at) { return p.begin < at; });
    for (; found != postcodes.end() && found->end <= window.end; ++found)
        if (std::string_view(found->postcode.data(), found->postcode.size()) == wanted)
            return found->begin;
    return std::nullopt;
}

}  // namespace postwacht::match
