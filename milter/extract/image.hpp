// Image: the words in a picture, by character recognition, page by page; and what was written into
// the file beside the pixels.
//
// Visible: "picture", or "page 2" in a file of several pages; marked as recognised. Hidden: "image
// description", see image_notes.hpp.
//
// A picture too small for a line of text, or of one colour, and one without any words, is read
// completely. What cannot be unpacked is `damaged`, what is too large or too much is `over_budget`.
#pragma once

#include "extract/collector.hpp"

namespace postwacht::extract {

void read_image(const Document& document, Collector& out);

}  // namespace postwacht::extract
