#include "extract/cell_grid.hpp"

#include <algorithm>
#include <utility>

namespace postwacht::extract {

void CellGrid::put(std::uint32_t row, std::uint32_t column, std::string shown, std::string stored,
                   bool hidden) {
    if (shown.empty() && stored.empty()) return;
    // Tabs and line breaks inside a cell would look like other cells and rows.
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; },
        ' ');
    first_column_ = std::min(first_column_, column);
    rows_[row][column] = {std::move(shown), std::move(stored), hidden};
}

void CellGrid::hide_columns(std::uint32_t first, std::uint32_t last) {
    constexpr std::uint32_t most = 16'384;
    for (std::uint32_t column = first; column <= last && column < most; ++column)
        hidden_columns_.insert(column);
}

bool CellGrid::is_hidden(std::uint32_t row, std::uint32_t column, const Cell& cell) const {
    return cell.hidden || hidden_rows_.count(row) != 0 || hidden_columns_.count(column) != 0;
}

bool CellGrid::wanted(std::uint32_t row, const Row& cells, View view) const {
    if (view == View::visible) return hidden_rows_.count(row) == 0;
    return std::any_of(cells.begin(), cells.end(), [&](const auto& item) {
        return view == View::stored ? !item.second.stored.empty()
                                    : is_hidden(row, item.first, item.second);
    });
}

std::string CellGrid::rows_as(View view, Collector& out) const {
    std::string text;
    bool any = false;
    for (const auto& [row, cells] : rows_) {
        const bool header = row == rows_.begin()->first;
        const bool told = wanted(row, cells, view);
        if (!told && !(header && view != View::visible)) continue;
        any = any || told;
        if (!out.time_left()) break;
        std::string line;
        std::uint32_t at = first_column_;
        for (const auto& [column, cell] : cells) {
            line.append(column - at, '\t');
            at = column;
            if (view == View::stored)
                line += cell.stored.empty() ? cell.shown : cell.stored;
            else if (view == View::hidden || !is_hidden(row, column, cell))
                line += cell.shown;
        }
        if (view == View::visible && line.find_first_not_of('\t') == std::string::npos) continue;
        text += line;
        text += '\n';
    }
    return any ? text : std::string();
}

void CellGrid::tell(const std::string& place, bool sheet_hidden, Collector& out) const {
    if (rows_.empty()) return;
    out.add_text(place, rows_as(View::visible, out), sheet_hidden);
    out.add_text(place + ", hidden rows and columns", rows_as(View::hidden, out), true);
    out.add_text(place + ", stored values", rows_as(View::stored, out), true);
}

}  // namespace postwacht::extract
