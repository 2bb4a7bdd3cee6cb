#include "extract/formats.hpp"

#include <array>

#include "extract/odf.hpp"
#include "extract/office_zip.hpp"

namespace postwacht::extract {
namespace {

// Formats inside a zip are told apart by what is in it, not by their name.
constexpr std::array formats = {
    Format{"application/zip", read_zip},
    Format{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", read_zip},
    Format{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", read_zip},
    Format{"application/vnd.openxmlformats-officedocument.presentationml.presentation", read_zip},
    Format{"application/vnd.ms-word.document.macroenabled.12", read_zip},
    Format{"application/vnd.ms-excel.sheet.macroenabled.12", read_zip},
    Format{"application/vnd.ms-excel.sheet.binary.macroenabled.12", read_zip},
    Format{"application/vnd.oasis.opendocument.text", read_zip},
    Format{"application/vnd.oasis.opendocument.spreadsheet", read_zip},
    Format{"application/vnd.oasis.opendocument.presentation", read_zip},
    Format{"application/vnd.oasis.opendocument.text-flat-xml", read_flat_office},
    Format{"application/vnd.ms-word.document.flat-xml", read_flat_office},
};

}  // namespace

std::span<const Format> all_formats() noexcept {
    return formats;
}

}  // namespace postwacht::extract
