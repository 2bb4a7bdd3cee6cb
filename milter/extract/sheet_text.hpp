// SheetText: the cells of one sheet as rows of text, parted by whether they are seen.
//
// The visible rows are one fragment; the hidden rows are another, with the sheet's first row before
// them; where columns are hidden, the whole rows are told once more with them. An empty cell keeps
// its '\t', so that a column stays below its header. What is not in a cell (formulas, prompts,
// headers of the page) has places of its own. Guarantees: bounded by what it is given.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "extract/place_flows.hpp"

namespace postwacht::extract {

class SheetText {
  public:
    SheetText(Place place, Collector& out) : place_(std::move(place)), out_(&out) {}

    void hide_columns(std::uint32_t first, std::uint32_t last);
    void begin_row(bool hidden);
    // Columns count from 0; cells may come in any order but are best told from left to right.
    void cell(std::uint32_t column, std::string text, bool hidden = false);
    void end_row();
    // A line that is not in a cell.
    void aside(const std::string& what, const std::string& line, bool hidden);
    void finish();

  private:
    struct Rows {
        std::string text;
        bool has_header = false;
    };
    struct Cell {
        std::uint32_t column;
        std::string text;
        bool hidden;
    };

    [[nodiscard]] bool column_hidden(std::uint32_t column) const noexcept;
    void append_line(std::string& line, bool all) const;
    [[nodiscard]] std::string line(bool all) const;
    void add_line(Rows& rows, const std::string& line);

    Place place_;
    Collector* out_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> hidden_columns_;
    std::vector<Cell> cells_;
    bool row_hidden_ = false;
    std::string header_;
    Rows seen_;
    Rows hidden_rows_;
    Rows whole_rows_;
    std::map<std::pair<std::string, bool>, std::string> asides_;
};

}  // namespace postwacht::extract
