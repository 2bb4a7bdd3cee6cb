// PDF: what its pages show, and all that travels with them. poppler stays behind this wall.
//
// Visible: the text of each page in reading order, one fragment a page, and by row where columns
// stand beside each other or a table goes on from the page before, whose first row is put before
// it; text boxes; the values of form fields and of XFA forms. Hidden, each with its place: comments
// and other annotations, links and scripts, alternative text, outline titles, properties and XMP,
// layers that are switched off and the names of all, text that was cropped away, what only an
// earlier revision of the file shows, and strings of objects that no page refers to. Attached files
// become members, those that no list names too.
//
// What it cannot read is said: a file that needs a password is `encrypted` (an empty password opens
// it as it does for everybody); a file that was cut off or repaired is `damaged`, and what is left
// of it is read; a page whose characters have no meaning is `unsupported`. Words that a page shows
// as a picture or as shapes are recognised, see pdf_scan.cpp.
//
// Standards: ISO 32000-1 and -2, XFA 3.3 (text of its packets only).
// Known limits: text in appearance streams only (stamps) is not read; text in white, in invisible
// ink or behind a picture counts as shown, and text outside the sheet is not read; cropping is seen
// only where the page objects are not packed, a revision only where the file was appended to; a
// picture that takes less than 6 % of a page with text is not looked at, nor what only an earlier
// revision shows as a picture. A content stream that was made to be slow is stopped by whoever runs
// the reader, since poppler itself looks at no clock. Of a file that an empty password opens,
// strings that poppler does not tell are not read. Fonts for Chinese, Japanese and Korean that
// bring no table of their own need those of poppler-data; without them the document is
// `unsupported`.
#pragma once

#include "extract/collector.hpp"

namespace postwacht::extract {

void read_pdf(const Document& document, Collector& out);

}  // namespace postwacht::extract
