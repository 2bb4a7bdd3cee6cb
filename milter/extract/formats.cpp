#include "extract/formats.hpp"

#include <array>

#include "extract/archive.hpp"
#include "extract/ole.hpp"
#include "extract/smime.hpp"
#include "extract/tnef.hpp"

namespace postwacht::extract {
namespace {

constexpr std::array formats = {
    Format{"application/zip", read_archive},
    Format{"application/gzip", read_archive},
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
    Format{"application/x-ole-storage", read_ole},
    Format{"application/msword", read_ole},
    Format{"application/vnd.ms-excel", read_ole},
    Format{"application/vnd.ms-powerpoint", read_ole},
    Format{"application/vnd.ms-outlook", read_ole},
    Format{"application/vnd.ms-tnef", read_tnef},
    Format{"application/pkcs7-mime", read_smime},
};

}  // namespace

std::span<const Format> all_formats() noexcept {
    return formats;
}

}  // namespace postwacht::extract
