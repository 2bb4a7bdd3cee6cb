// Image notes: what was written into an image file beside its pixels, for people to read.
//
// EXIF and TIFF: description, comment, artist, copyright, names of document and page, owner, and
// the fields that Windows adds. XMP and IPTC: all of their text. PNG, JPEG, GIF: their comments.
// Each is hidden, "image description". What machines write for machines (camera, lens, exposure,
// place) is not told.
//
// Guarantees: any bytes may come in; nothing outside the file is looked at, and what is packed is
// unpacked within the budget. What does not parse is passed over, since it says nothing to others
// either; packed text that does not unpack is `damaged`.
//
// Standards: EXIF 2.32, TIFF 6.0, XMP part 3, IPTC IIM 4.2, PNG (ISO 15948), GIF89a, RFC 9649.
#pragma once

#include "extract/collector.hpp"

namespace postwacht::extract {

void read_image_notes(const Document& document, Collector& out);

}  // namespace postwacht::extract
