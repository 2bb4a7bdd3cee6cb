// TIFF pages in the forms that Leptonica leaves unread: in tiles, with a plane for each colour, in
// the colours of print or of television. Internal to picture.cpp.
//
// Guarantees: takes any bytes. What a page would take in memory is looked at before it is unpacked.
//
// Standard: TIFF 6.0, by libtiff.
#pragma once

#include <cstdint>
#include <string_view>

#include "extract/picture.hpp"

namespace postwacht::extract {

// The page `index` in grey on white. `partly` where some of it could not be decoded.
[[nodiscard]] Unpacked unpack_tiff_page(std::string_view bytes, int index);

}  // namespace postwacht::extract
