// TextFlow: puts runs of text, blocks and table cells together as lines a reader would see.
//
// White space collapses as in a browser; a separator is written only once text follows it, so that
// empty blocks leave nothing. '\n' parts lines and table rows, '\t' the cells of a row; an empty
// cell keeps its '\t', and so does one that a wider or higher cell takes up, so that a column stays
// below its header.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postwacht::extract {

class TextFlow {
  public:
    // UTF-8. `preformatted` keeps white space and line ends (<pre>).
    void text(std::string_view run, bool preformatted);
    // The text that follows begins a line.
    void line_break() { pending_line_ = true; }
    // As line_break(), but the first block of a table cell stays on the line of its row.
    void block() { pending_line_ = pending_line_ || !at_cell_start_; }

    void begin_table();
    void begin_row();
    // The cell takes up so many columns, and so many rows; 0 rows are all that follow.
    void begin_cell(std::size_t columns = 1, std::size_t rows = 1);
    void end_cell();
    void end_table();

    [[nodiscard]] bool empty() const noexcept { return out_.empty(); }
    [[nodiscard]] std::string take() { return std::move(out_); }

  private:
    void write_separators();

    std::string out_;
    struct Table {
        std::size_t column = 0;           // behind the last cell of the row
        std::size_t last = 0;             // where that cell begins
        std::vector<std::size_t> filled;  // rows that a cell takes up, this one too, by column
    };
    std::vector<Table> tables_;
    std::size_t pending_tabs_ = 0;
    bool pending_space_ = false;
    bool pending_line_ = false;
    bool pending_row_ = false;
    bool at_cell_start_ = false;
};

}  // namespace postwacht::extract
