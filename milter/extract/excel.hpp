// Excel workbooks from 5.0 to 2003 (MS-XLS: BIFF5, BIFF7 and BIFF8): the stream of records.
//
// Reads the cells of every sheet as rows, numbers and dates as their formats show them, with what
// hidden sheets, rows and columns hold told as hidden; headers and footers, text boxes, comments,
// links, chart titles, input messages, cached cells of other files and pivot caches. A workbook
// under a password is encrypted. Records that end before their content does make it damaged.
//
// Known limits: formulas are read by their results; text in white is not told apart.
#pragma once

#include <string>
#include <string_view>

#include "extract/collector.hpp"

namespace postwacht::extract {

void read_excel(std::string_view stream, const std::string& prefix, Collector& out);
// One cache of a pivot table: a copy of the rows it was made from.
void read_pivot_cache(std::string_view stream, const std::string& prefix, Collector& out);

}  // namespace postwacht::extract
