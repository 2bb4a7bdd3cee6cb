#include "match/unit.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"
#include "match/characters.hpp"
#include "match/line_ends.hpp"

namespace postwacht::match {
namespace {

bool is_filling(char c) noexcept {
    return is_ascii_word(c) || !is_ascii(c);
}

// Fills in what one line is, from its text.
void count_cells(std::string_view text, char separator, Line& line) noexcept {
    for (;;) {
        const auto end = text.find(separator);
        const auto cell = text.substr(0, end);
        if (std::any_of(cell.begin(), cell.end(), is_filling)) ++line.filled_cells;
        if (end == std::string_view::npos) return;
        line.row = true;
        text.remove_prefix(end + 1);
    }
}

// The digit that text recognition takes for this letter, or the other way round; '\0' if none.
constexpr char confused_digit(char c) noexcept {
    switch (c) {
        case 'o':
        case 'q':
            return '0';
        case 'l':
        case 'i':
        case '|':
        case '!':
            return '1';
        case 'z':
            return '2';
        case 's':
            return '5';
        case 'b':
            return '8';
        default:
            return '\0';
    }
}

// "+------+------+", "|---|:---:|", "------+----": between the rows of a table that was drawn.
bool is_rule(std::string_view line) noexcept {
    return line.find("--") != std::string_view::npos &&
           line.find_first_not_of("+-=|: ") == std::string_view::npos;
}

}  // namespace

void Unit::clear() {
    text_.clear();
    corrected_.clear();
    corrections_.clear();
    pieces_.clear();
    piece_begins_.clear();
    lines_.clear();
}

void Unit::append(const extract::Fragment& fragment, char separator) {
    piece_begins_.push_back(static_cast<std::uint32_t>(text_.size()));
    pieces_.push_back({&fragment, 0, separator});
    const std::size_t begin = text_.size();
    std::string_view words = fragment.text;
    if (may_have_broken_words(words)) {
        whole_words_.clear();
        join_broken_words(words, *index_, whole_words_);
        words = whole_words_;
    }
    text::fold_into(words, text_);
    part_passport_names(begin);
    if (separator == '\t') {
        part_cells(begin, '|');
        part_cells(begin, ';');
    }
    text_ += fragment_end;
    text_ += '\n';
}

// "p<nldbakker<<anton<<<": on a passport the surname stands against the country, from which it is
// parted here by one more of the signs that part the names.
void Unit::part_passport_names(std::size_t begin) {
    constexpr std::size_t before_name = 5;
    constexpr std::size_t shortest = 30;
    const auto belongs = [](char c) { return is_ascii_letter(c) || c == '<'; };
    for (std::size_t at = text_.find("p<", begin); at != std::string::npos;
         at = text_.find("p<", at + 1)) {
        std::size_t end = at;
        while (end < text_.size() && belongs(text_[end])) ++end;
        const auto line = std::string_view(text_).substr(at, end - at);
        if (line.size() < shortest || line.find("<<") == std::string_view::npos ||
            !is_ascii_letter(line[before_name]) || word_ends_at(text_, at))
            continue;
        text_.insert(at + before_name, 1, '<');
    }
}

void Unit::part_cells(std::size_t begin, char sign) {
    if (text_.find(sign, begin) == std::string::npos) return;
    // The cells of a line, without what begins and ends it.
    const auto inside = [&](std::size_t from, std::size_t to) {
        while (from < to && (text_[from] == ' ' || text_[from] == '>')) ++from;
        while (to > from && text_[to - 1] == ' ') --to;
        if (sign == '|' && from < to && text_[from] == sign) ++from;
        if (sign == '|' && from < to && text_[to - 1] == sign) --to;
        return std::string_view(text_).substr(from, to - from);
    };
    const auto mark = [&](std::string_view cells) {
        const auto first = static_cast<std::size_t>(cells.data() - text_.data());
        if (sign == '|' && first > begin && text_[first - 1] == sign) text_[first - 1] = ' ';
        for (std::size_t i = first; i < first + cells.size(); ++i)
            if (text_[i] == sign) text_[i] = '\t';
        if (const std::size_t end = first + cells.size();
            sign == '|' && end < text_.size() && text_[end] == sign)
            text_[end] = ' ';
    };
    std::string_view above;  // the line above, if it may be a row
    std::ptrdiff_t above_cells = 0;
    for (std::size_t from = begin; from < text_.size();) {
        const std::size_t to = std::min(text_.find('\n', from), text_.size());
        const auto line = inside(from, to);
        if (is_rule(line)) {
            from = to + 1;
            continue;
        }
        const auto cells = std::count(line.begin(), line.end(), sign);
        // Two separators of a row, or one where others enclose it: "| 6 januari | 8 mei |".
        const auto first = static_cast<std::size_t>(line.data() - text_.data());
        const bool enclosed = sign == '|' && first > from && text_[first - 1] == sign;
        const bool row = cells >= (enclosed ? 1 : 2) && line.find('\t') == std::string_view::npos;
        if (row && cells == above_cells) {
            mark(above);
            mark(line);
        }
        above = line;
        above_cells = row ? cells : 0;
        from = to + 1;
    }
}

// A word of digits and of letters that look like some is a number: "1234s6", "o3".
void Unit::correct_piece(std::size_t begin, std::size_t end) {
    const auto part_of_word = [](char c) { return is_filling(c) || c == '|' || c == '!'; };
    for (std::size_t i = begin; i < end;) {
        if (!part_of_word(text_[i])) {
            ++i;
            continue;
        }
        const std::size_t first = i;
        bool digit = false;
        bool letter = false;
        bool other = false;
        for (; i < end && part_of_word(text_[i]); ++i) {
            if (is_digit(text_[i]))
                digit = true;
            else if (confused_digit(text_[i]) != '\0')
                letter = true;
            else
                other = true;
        }
        if (!digit || !letter || other) continue;
        if (corrected_.empty()) corrected_ = text_;
        for (std::size_t at = first; at < i; ++at)
            if (!is_digit(text_[at])) corrected_[at] = confused_digit(text_[at]);
        corrections_.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(i)});
    }
}

bool Unit::is_corrected(Span span) const noexcept {
    const auto next = std::lower_bound(corrections_.begin(), corrections_.end(), span.begin,
                                       [](const Span& c, std::uint32_t at) { return c.end <= at; });
    return next != corrections_.end() && next->begin < span.end;
}

void Unit::index_lines() {
    const std::string_view all(text_);
    for (std::size_t piece = 0; piece < pieces_.size(); ++piece) {
        pieces_[piece].first_line = static_cast<std::uint32_t>(lines_.size());
        const std::size_t end =
            (piece + 1 < pieces_.size() ? piece_begins_[piece + 1] : all.size()) - 2;
        std::size_t begin = piece_begins_[piece];
        for (;;) {
            const std::size_t line_end = std::min(all.find('\n', begin), end);
            Line line;
            line.begin = static_cast<std::uint32_t>(begin);
            line.end = static_cast<std::uint32_t>(line_end);
            line.piece = static_cast<std::uint32_t>(piece);
            count_cells(all.substr(begin, line_end - begin), pieces_[piece].separator, line);
            lines_.push_back(line);
            if (line_end == end) break;
            begin = line_end + 1;
        }
        if (pieces_[piece].fragment->ocr) correct_piece(piece_begins_[piece], end);
    }
}

std::uint32_t Unit::line_at(std::uint32_t position) const noexcept {
    const auto next = std::upper_bound(lines_.begin(), lines_.end(), position,
                                       [](std::uint32_t p, const Line& l) { return p < l.begin; });
    return static_cast<std::uint32_t>(next - lines_.begin()) - (next == lines_.begin() ? 0 : 1);
}

const extract::Fragment& Unit::fragment_at(std::uint32_t position) const noexcept {
    const auto next = std::upper_bound(piece_begins_.begin(), piece_begins_.end(), position);
    return *pieces_[static_cast<std::size_t>(next - piece_begins_.begin()) - 1].fragment;
}

std::string Unit::where(std::uint32_t position) const {
    const std::uint32_t number = line_at(position);
    const Line& line = lines_[number];
    const Piece& piece = pieces_[line.piece];
    const std::uint32_t first = piece.first_line;
    // A text that ends in a line break has no further line behind it.
    std::uint32_t last = line.piece + 1 < pieces_.size()
                             ? pieces_[line.piece + 1].first_line - 1
                             : static_cast<std::uint32_t>(lines_.size()) - 1;
    if (last > first && lines_[last].begin == lines_[last].end) --last;
    const std::string& place = piece.fragment->where;
    if (last == first) return place;
    return format("{}{}{} {}", place, place.empty() ? "" : ", ", line.row ? "row" : "line",
                  number - first + 1);
}

std::uint32_t ColumnCounter::column_at(std::uint32_t line, std::uint32_t position) {
    const Line& at = unit_.lines()[line];
    if (line != line_ || position < position_ || position_ < at.begin) {
        line_ = line;
        position_ = at.begin;
        column_ = 0;
    }
    const char separator = unit_.piece_of(at).separator;
    const std::string& text = unit_.text();
    for (; position_ < position; ++position_)
        if (text[position_] == separator) ++column_;
    return column_;
}

}  // namespace postwacht::match
