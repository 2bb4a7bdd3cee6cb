// Unit: fragments that are read as one text, folded and joined, with their lines and cells.
// Internal to the room.
//
// The fields and the body of a message are one unit, so that a name in the body can support a
// number in the Subject; every other part is a unit of its own. Fragments are parted by
// fragment_end, over which neither a number nor a term is read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "extract/reading.hpp"
#include "match/identifiers.hpp"
#include "registry/index.hpp"

namespace postwacht::match {

// A fragment as it stands in the unit's text.
struct Piece {
    const extract::Fragment* fragment = nullptr;
    std::uint32_t first_line = 0;  // index into the unit's lines
    char separator = '\t';         // what parts the cells of its rows
};

struct Line {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;  // without the line break
    std::uint32_t piece = 0;
    std::uint32_t filled_cells = 0;  // that hold a letter or a digit
    bool row = false;                // has a separator: a row of a table

    [[nodiscard]] bool blank() const noexcept { return filled_cells == 0; }
};

class Unit {
  public:
    // `index` tells surnames from halves of words (line_ends.hpp).
    explicit Unit(const registry::Index& index) : index_(&index) {}
    void clear();
    // `separator` is '\t', or that of a file of separated values. Two lines or more with as many
    // ';' or '|', two or more, are rows of a table that was typed or pasted: the signs become '\t',
    // and those at the beginning and end of a line blanks.
    void append(const extract::Fragment& fragment, char separator);
    // Finds lines and cells; call once after the last append(), before what follows.
    void index_lines();

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    // The same text, byte for byte, with what recognition confuses in numbers put right:
    // "o3-l2-198s" as "03-12-1985". Empty where no text comes from recognition or nothing in it
    // changes.
    [[nodiscard]] const std::string& corrected() const noexcept { return corrected_; }
    // Whether any byte of a span was put right.
    [[nodiscard]] bool is_corrected(Span span) const noexcept;
    [[nodiscard]] const std::vector<Line>& lines() const noexcept { return lines_; }
    // The index of the line at a position.
    [[nodiscard]] std::uint32_t line_at(std::uint32_t position) const noexcept;
    [[nodiscard]] const Piece& piece_of(const Line& line) const noexcept {
        return pieces_[line.piece];
    }
    // "text, line 3", "sheet 'Data', row 17"; the fragment's own place where it has one line.
    [[nodiscard]] std::string where(std::uint32_t position) const;
    [[nodiscard]] const extract::Fragment& fragment_at(std::uint32_t position) const noexcept;

  private:
    void correct_piece(std::size_t begin, std::size_t end);
    void part_cells(std::size_t begin, char sign);
    void part_passport_names(std::size_t begin);

    const registry::Index* index_;
    std::string text_;
    std::string corrected_;
    std::vector<Span> corrections_;
    std::vector<Piece> pieces_;
    std::vector<std::uint32_t> piece_begins_;
    std::vector<Line> lines_;
    std::string whole_words_;  // of a fragment with broken ones
};

// Counts the cells before a position. Positions asked for in ascending order cost one pass in all,
// however long a line is.
class ColumnCounter {
  public:
    explicit ColumnCounter(const Unit& unit) : unit_(unit) {}
    std::uint32_t column_at(std::uint32_t line, std::uint32_t position);

  private:
    const Unit& unit_;
    std::uint32_t line_ = 0;
    std::uint32_t position_ = 0;
    std::uint32_t column_ = 0;
};

}  // namespace postwacht::match
