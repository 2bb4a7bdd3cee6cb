// Word documents from 6.0 to 2003 (MS-DOC): the pieces of the text, each part of it in its place.
//
// Reads the body, footnotes, headers and footers, comments, endnotes and text boxes; the cells of a
// table row stand between tabs. Deleted revisions and hidden text are told apart as hidden, and so
// are the instructions of fields (link targets, mail merge). A document under a password is
// encrypted; pieces that lie outside the file make it damaged.
//
// Known limits: text that is hidden by a style only is told as visible.
#pragma once

#include <string>

#include "extract/collector.hpp"
#include "extract/compound.hpp"

namespace postwacht::extract {

void read_word(const Compound& file, std::size_t storage, const std::string& prefix,
               Collector& out);

}  // namespace postwacht::extract
