#include "extract/formats.hpp"

#include <array>

#include "extract/archive.hpp"
#include "extract/image.hpp"
#include "extract/odf.hpp"
#include "extract/office_zip.hpp"
#include "extract/ole.hpp"
#include "extract/pdf.hpp"
#include "extract/rtf.hpp"
#include "extract/smime.hpp"
#include "extract/tnef.hpp"

namespace postwacht::extract {
namespace {

constexpr std::array formats = {
    Format{"application/pdf", read_pdf},
    Format{"application/rtf", read_rtf},
    Format{"application/gzip", read_gzip},
    Format{"application/x-bzip2", read_archive},
    Format{"application/x-xz", read_archive},
    Format{"application/zstd", read_archive},
    Format{"application/x-lz4", read_archive},
    Format{"application/x-lzip", read_archive},
    Format{"application/x-compress", read_archive},
    Format{"application/x-7z-compressed", read_archive},
    Format{"application/vnd.rar", read_archive},
    Format{"application/vnd.ms-cab-compressed", read_archive},
    Format{"application/x-tar", read_archive},
    Format{"application/x-cpio", read_archive},
    Format{"application/x-archive", read_archive},
    Format{"application/x-lzh-compressed", read_archive},
    Format{"application/x-iso9660-image", read_archive},
    // Formats inside a zip are told apart by what is in it, not by their name.
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
    // And so are those inside OLE2.
    Format{"application/x-ole-storage", read_ole},
    Format{"application/msword", read_ole},
    Format{"application/vnd.ms-excel", read_ole},
    Format{"application/vnd.ms-powerpoint", read_ole},
    Format{"application/vnd.ms-outlook", read_ole},
    Format{"application/vnd.ms-tnef", read_tnef},
    Format{"application/pkcs7-mime", read_smime},
    Format{"image/png", read_image},
    Format{"image/jpeg", read_image},
    Format{"image/tiff", read_image},
    Format{"image/gif", read_image},
    Format{"image/bmp", read_image},
    Format{"image/webp", read_image},
};

}  // namespace

std::span<const Format> all_formats() noexcept {
    return formats;
}

}  // namespace postwacht::extract
