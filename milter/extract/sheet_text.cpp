#include "extract/sheet_text.hpp"

#include <algorithm>

namespace postwacht::extract {
namespace {

// Empty cells are written out up to here; a cell at the far right then follows with one '\t'.
constexpr std::uint32_t most_tabs = 256;

}  // namespace

void SheetText::hide_columns(std::uint32_t first, std::uint32_t last) {
    // Sheets have a handful of ranges; thousands would make each cell expensive.
    constexpr std::size_t most = 512;
    if (first > last) return;
    if (hidden_columns_.size() < most)
        hidden_columns_.emplace_back(first, last);
    else
        out_->incomplete(Why::over_budget);
}

bool SheetText::column_hidden(std::uint32_t column) const noexcept {
    return std::any_of(hidden_columns_.begin(), hidden_columns_.end(), [column](const auto& range) {
        return column >= range.first && column <= range.second;
    });
}

void SheetText::begin_row(bool hidden) {
    end_row();
    row_hidden_ = hidden;
}

void SheetText::cell(std::uint32_t column, std::string text, bool hidden) {
    if (text.empty()) return;
    for (char& c : text)
        if (c == '\n' || c == '\t' || c == '\r') c = ' ';
    hidden = hidden || (!hidden_columns_.empty() && column_hidden(column));
    cells_.push_back({column, std::move(text), hidden});
}

void SheetText::append_line(std::string& line, bool all) const {
    std::uint32_t column = 0;
    bool first = true;
    for (const auto& cell : cells_) {
        if (cell.hidden && !all) continue;
        if (cell.column > column)
            line.append(std::min(cell.column - column, most_tabs), '\t');
        else if (!first)
            line += ' ';
        column = std::max(column, cell.column);
        first = false;
        line += cell.text;
    }
}

std::string SheetText::line(bool all) const {
    std::string line;
    append_line(line, all);
    return line;
}

void SheetText::add_line(Rows& rows, const std::string& line) {
    if (rows.text.empty() && !header_.empty() && line != header_) rows.text = header_;
    if (!rows.text.empty()) rows.text += '\n';
    rows.text += line;
}

void SheetText::end_row() {
    if (cells_.empty()) return;
    const auto is_left_of = [](const Cell& a, const Cell& b) { return a.column < b.column; };
    if (!std::is_sorted(cells_.begin(), cells_.end(), is_left_of))
        std::stable_sort(cells_.begin(), cells_.end(), is_left_of);
    const bool some_hidden =
        std::any_of(cells_.begin(), cells_.end(), [](const Cell& cell) { return cell.hidden; });
    // Nearly every row of a large sheet: no copy of it is needed.
    if (!some_hidden && !row_hidden_ && !header_.empty()) {
        if (!seen_.text.empty()) seen_.text += '\n';
        append_line(seen_.text, true);
        cells_.clear();
        return;
    }
    const std::string whole = line(true);
    constexpr std::size_t longest_header = 16'384;
    if (header_.empty() && whole.size() <= longest_header) header_ = whole;
    if (row_hidden_) {
        add_line(hidden_rows_, whole);
    } else {
        const std::string seen = some_hidden ? line(false) : whole;
        // The first row itself stands at its own place, without a header before it.
        if (!seen.empty()) {
            if (!seen_.text.empty()) seen_.text += '\n';
            seen_.text += seen;
        }
        if (some_hidden) add_line(whole_rows_, whole);
    }
    cells_.clear();
}

void SheetText::aside(const std::string& what, const std::string& line, bool hidden) {
    if (line.empty()) return;
    std::string& all = asides_[{what, hidden}];
    if (!all.empty()) all += '\n';
    all += line;
}

void SheetText::finish() {
    end_row();
    out_->add_text(place_.where, std::move(seen_.text), place_.hidden);
    out_->add_text(place_.where + ", hidden rows", std::move(hidden_rows_.text), true);
    out_->add_text(place_.where + ", with hidden cells and columns", std::move(whole_rows_.text),
                   true);
    for (auto& [what, all] : asides_)
        out_->add_text(place_.where + ", " + what.first, std::move(all),
                       place_.hidden || what.second);
    asides_.clear();
}

}  // namespace postwacht::extract
