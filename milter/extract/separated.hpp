// Separated: the rows of a file of separated values (CSV, TSV), as every table is told: '\t'
// between the cells of a row, '\n' between rows.
//
// The separator is a tab, semicolon, comma or bar, whichever parts most rows into the same number
// of cells, or the one a first line "sep=;" names. Cells in quotes may hold separators and line
// ends; a quote that is never closed is a character like any other. Any bytes may come in, and no
// text is left out. Standard: RFC 4180, as loosely as spreadsheets take it. Limit: one separator
// per file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postwacht::extract {

// How sure it is that these are separated values: declared by type or name, or just a text file.
enum class Separated { declared, maybe };

// Nothing where they do not look like it, or where the first line says how the plain text is to be
// parted: no quotes, and one character that all rows have.
[[nodiscard]] std::optional<std::string> separated_rows(std::string_view utf8, Separated sure);

}  // namespace postwacht::extract
