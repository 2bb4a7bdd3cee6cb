#include "extract/claim.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

// What one program opens alike.
enum class Family { none, text, page, mail, pdf, word, sheet, slides, archive, image, sound, film };

struct Kind {
    std::string_view extension;
    std::string_view type;
    Family family;
};

// By extension: what it claims, as the type that is registered for it.
constexpr std::array kinds = {
    Kind{"txt", "text/plain", Family::text},
    Kind{"log", "text/plain", Family::text},
    Kind{"csv", "text/csv", Family::text},
    Kind{"tsv", "text/tab-separated-values", Family::text},
    Kind{"json", "application/json", Family::text},
    Kind{"xml", "application/xml", Family::text},
    Kind{"ics", "text/calendar", Family::text},
    Kind{"vcf", "text/vcard", Family::text},
    Kind{"html", "text/html", Family::page},
    Kind{"htm", "text/html", Family::page},
    Kind{"xhtml", "application/xhtml+xml", Family::page},
    Kind{"eml", "message/rfc822", Family::mail},
    Kind{"msg", "application/vnd.ms-outlook", Family::mail},
    Kind{"pdf", "application/pdf", Family::pdf},
    Kind{"doc", "application/msword", Family::word},
    Kind{"dot", "application/msword", Family::word},
    Kind{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         Family::word},
    Kind{"docm", "application/vnd.ms-word.document.macroenabled.12", Family::word},
    Kind{"dotx", "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
         Family::word},
    Kind{"rtf", "application/rtf", Family::word},
    Kind{"odt", "application/vnd.oasis.opendocument.text", Family::word},
    Kind{"fodt", "application/vnd.oasis.opendocument.text-flat-xml", Family::word},
    Kind{"xls", "application/vnd.ms-excel", Family::sheet},
    Kind{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
         Family::sheet},
    Kind{"xlsm", "application/vnd.ms-excel.sheet.macroenabled.12", Family::sheet},
    Kind{"xlsb", "application/vnd.ms-excel.sheet.binary.macroenabled.12", Family::sheet},
    Kind{"ods", "application/vnd.oasis.opendocument.spreadsheet", Family::sheet},
    Kind{"ppt", "application/vnd.ms-powerpoint", Family::slides},
    Kind{"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation",
         Family::slides},
    Kind{"odp", "application/vnd.oasis.opendocument.presentation", Family::slides},
    Kind{"zip", "application/zip", Family::archive},
    Kind{"7z", "application/x-7z-compressed", Family::archive},
    Kind{"rar", "application/vnd.rar", Family::archive},
    Kind{"tar", "application/x-tar", Family::archive},
    Kind{"gz", "application/gzip", Family::archive},
    Kind{"tgz", "application/gzip", Family::archive},
    Kind{"bz2", "application/x-bzip2", Family::archive},
    Kind{"xz", "application/x-xz", Family::archive},
    Kind{"zst", "application/zstd", Family::archive},
    Kind{"lz4", "application/x-lz4", Family::archive},
    Kind{"cab", "application/vnd.ms-cab-compressed", Family::archive},
    Kind{"png", "image/png", Family::image},
    Kind{"jpg", "image/jpeg", Family::image},
    Kind{"jpeg", "image/jpeg", Family::image},
    Kind{"gif", "image/gif", Family::image},
    Kind{"bmp", "image/bmp", Family::image},
    Kind{"tif", "image/tiff", Family::image},
    Kind{"tiff", "image/tiff", Family::image},
    Kind{"webp", "image/webp", Family::image},
    Kind{"svg", "image/svg+xml", Family::image},
    Kind{"mp3", "audio/mpeg", Family::sound},
    Kind{"wav", "audio/wav", Family::sound},
    Kind{"mp4", "video/mp4", Family::film},
    Kind{"avi", "video/x-msvideo", Family::film},
};

// Other names of the same types, as mail programs and the readers here use them.
constexpr std::array other_names = {
    Kind{{}, "application/x-pdf", Family::pdf},
    Kind{{}, "text/rtf", Family::word},
    Kind{{}, "application/x-rtf", Family::word},
    Kind{{}, "application/x-zip-compressed", Family::archive},
    Kind{{}, "application/x-gzip", Family::archive},
};

// Documents, templates and masters of one kind begin alike.
constexpr std::array beginnings = {
    Kind{{}, "application/vnd.oasis.opendocument.text", Family::word},
    Kind{{}, "application/vnd.oasis.opendocument.spreadsheet", Family::sheet},
    Kind{{}, "application/vnd.oasis.opendocument.presentation", Family::slides},
    Kind{{}, "application/vnd.openxmlformats-officedocument.wordprocessingml.", Family::word},
    Kind{{}, "application/vnd.openxmlformats-officedocument.spreadsheetml.", Family::sheet},
    Kind{{}, "application/vnd.openxmlformats-officedocument.presentationml.", Family::slides},
    Kind{{}, "application/vnd.ms-word", Family::word},
    Kind{{}, "application/vnd.ms-excel", Family::sheet},
    Kind{{}, "application/vnd.ms-powerpoint", Family::slides},
    Kind{{}, "text/", Family::text},
    Kind{{}, "message/", Family::mail},
    Kind{{}, "image/", Family::image},
    Kind{{}, "audio/", Family::sound},
    Kind{{}, "video/", Family::film},
};

Family family_of(std::string_view type) noexcept {
    const auto is_type = [type](const Kind& kind) { return kind.type == type; };
    if (const auto* kind = std::find_if(kinds.begin(), kinds.end(), is_type); kind != kinds.end())
        return kind->family;
    const auto* other = std::find_if(other_names.begin(), other_names.end(), is_type);
    if (other != other_names.end()) return other->family;
    const auto* beginning =
        std::find_if(beginnings.begin(), beginnings.end(),
                     [type](const Kind& kind) { return type.starts_with(kind.type); });
    return beginning != beginnings.end() ? beginning->family : Family::none;
}

// Whether a claim of one family may be made of content of the other.
bool agree(Family claimed, std::string_view claimed_type, Family found,
           std::string_view found_type) noexcept {
    if (claimed == found) return true;
    // Any text may be shown as text, and a drawing may be XML.
    if (claimed == Family::text)
        return found == Family::page || found == Family::mail || found_type == "image/svg+xml";
    if (claimed == Family::page || claimed_type == "image/svg+xml" || claimed == Family::mail)
        return found == Family::text;
    // Nobody looked inside the container, so nothing is known against the claim.
    if (found_type == "application/x-ole-storage")
        return claimed == Family::word || claimed == Family::sheet || claimed == Family::slides ||
               claimed == Family::mail;
    return false;
}

}  // namespace

std::string_view false_claim(const Document& document, std::string_view found) noexcept {
    const auto found_family = family_of(found);
    const auto dot = document.name.rfind('.');
    if (dot != std::string_view::npos) {
        const auto extension = document.name.substr(dot + 1);
        const auto* kind = std::find_if(kinds.begin(), kinds.end(), [extension](const Kind& row) {
            return text::ascii_iequals(row.extension, extension);
        });
        if (kind != kinds.end())
            return agree(kind->family, kind->type, found_family, found) ? std::string_view{}
                                                                        : kind->type;
    }
    const auto declared = document.declared_type;
    const auto declared_family = family_of(declared);
    if (declared_family == Family::none || agree(declared_family, declared, found_family, found))
        return {};
    return declared;
}

}  // namespace postwacht::extract
