// Blips: the pictures that old Office documents keep among their drawings. Internal to the room.
//
// Looked for by the heads of their records, since what points to them may be broken. Bitmaps are
// handed over as members; what was none (metafiles, PICT, and what only looks like a picture) is
// what is left.
//
// Standards: [MS-ODRAW] 2.2.23 to 2.2.31.
#pragma once

#include <string>
#include <string_view>

#include "extract/collector.hpp"

namespace postwacht::extract {

// Hands over the bitmaps in `stream`, and gives back the bytes that belong to none.
[[nodiscard]] std::string add_blips(std::string_view stream, Collector& out);

// The drawings of an Excel workbook, which are cut into records there.
[[nodiscard]] std::string drawings_of_workbook(std::string_view workbook);

// A bitmap as Windows keeps it in memory, with the head that makes it a file.
[[nodiscard]] std::string bitmap_file(std::string_view bitmap);

}  // namespace postwacht::extract
