// The cells of a sheet while it is read, and how they are told: rows as lines, cells between tabs.
//
// What a person sees comes first, in one text, with blank cells where a column is hidden. Hidden
// rows and columns come in a second, hidden text, in which the rows are whole and the first row
// stands on top, so that what the columns mean is known there too. What cells store where it
// differs from what they show comes in a third one.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "extract/collector.hpp"

namespace postwacht::extract {

class CellGrid {
  public:
    void put(std::uint32_t row, std::uint32_t column, std::string shown, std::string stored = {},
             bool hidden = false);
    void hide_row(std::uint32_t row) { hidden_rows_.insert(row); }
    void hide_columns(std::uint32_t first, std::uint32_t last);
    // `place` names the sheet.
    void tell(const std::string& place, bool sheet_hidden, Collector& out) const;

  private:
    struct Cell {
        std::string shown;
        std::string stored;
        bool hidden = false;
    };
    using Row = std::map<std::uint32_t, Cell>;
    enum class View { visible, hidden, stored };

    [[nodiscard]] std::string rows_as(View view, Collector& out) const;
    [[nodiscard]] bool is_hidden(std::uint32_t row, std::uint32_t column, const Cell& cell) const;
    [[nodiscard]] bool wanted(std::uint32_t row, const Row& cells, View view) const;

    std::map<std::uint32_t, Row> rows_;
    std::set<std::uint32_t> hidden_rows_;
    std::set<std::uint32_t> hidden_columns_;
    std::uint32_t first_column_ = ~std::uint32_t{0};
};

}  // namespace postwacht::extract
