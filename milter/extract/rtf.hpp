// RTF: the text of a document with everything that a word processor keeps beside it.
//
// Visible: body ("text", "table 1"), headers and footers, foot- and endnotes, text boxes. Hidden,
// each with its place: hidden, deleted, white and tiny text, comments, field instructions, form
// fields, document properties and variables, destinations a reader may skip, what stands behind the
// end. Embedded objects become members. HTML wrapped in RTF is unwrapped and read as HTML; what
// only programs without HTML would show of it is hidden. Bitmaps become members; metafiles are
// `unsupported`. A document that ends inside a group is `damaged`, and what stands before that is
// read.
//
// Standards: RTF 1.9.1, MS-OXRTFEX (HTML in RTF), MS-OLEDS (embedded objects).
// Known limits: text in symbol fonts is read as letters; a paragraph inside a table cell is parted
// by a blank, so that the row stays one line; lists are numbered as their saved text says.
#pragma once

#include "extract/collector.hpp"

namespace postwacht::extract {

void read_rtf(const Document& document, Collector& out);

}  // namespace postwacht::extract
