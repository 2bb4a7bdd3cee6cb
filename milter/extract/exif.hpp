// EXIF: the fields of a TIFF directory that hold words for people. Internal to the image reader.
//
// Any bytes may come in; directories that lead in circles, and values outside the file, end the
// search or are passed over. Standards: TIFF 6.0, EXIF 2.32.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postwacht::extract {

struct ExifNote {
    enum class Kind { text, xmp, iptc };
    Kind kind = Kind::text;
    std::string_view name;
    std::string text;  // UTF-8; of the other kinds the bytes as they are
};

[[nodiscard]] std::vector<ExifNote> exif_notes(std::string_view tiff);

}  // namespace postwacht::extract
