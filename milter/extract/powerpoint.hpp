// PowerPoint presentations from 97 to 2003 (MS-PPT): the tree of records.
//
// Reads the slides in their order with the text of their boxes and tables, notes, comments,
// masters, headers and footers, and link targets; hidden slides and what an older save left in the
// file are hidden. Embedded objects become members. A presentation under a password is encrypted;
// records that end before their content does make it damaged.
#pragma once

#include <string>
#include <string_view>

#include "extract/collector.hpp"

namespace postwacht::extract {

// `document` and `user` are the streams "PowerPoint Document" and "Current User".
void read_powerpoint(std::string_view document, std::string_view user, const std::string& prefix,
                     Collector& out);

}  // namespace postwacht::extract
