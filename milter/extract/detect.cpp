// The type of a document by its content; see extractor.hpp.
//
// Signatures are those the formats' own specifications give. What has none is text if it looks like
// text, and the declared type then says which kind of text.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "extract/appended.hpp"
#include "extract/cms.hpp"
#include "extract/extractor.hpp"
#include "mail/parts.hpp"

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

struct Signature {
    std::size_t offset;
    std::string_view bytes;
    std::string_view type;
};

constexpr std::array signatures = {
    Signature{0, "%PDF-"sv, "application/pdf"},
    Signature{0, "PK\x03\x04"sv, "application/zip"},
    Signature{0, "PK\x05\x06"sv, "application/zip"},
    Signature{0, "PK\x07\x08"sv, "application/zip"},
    Signature{0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "application/x-ole-storage"},
    Signature{0, "{\\rtf"sv, "application/rtf"},
    Signature{0, "\x1F\x8B"sv, "application/gzip"},
    Signature{0, "BZh"sv, "application/x-bzip2"},
    Signature{0, "\xFD\x37zXZ\x00"sv, "application/x-xz"},
    Signature{0, "\x28\xB5\x2F\xFD"sv, "application/zstd"},
    Signature{0, "\x04\x22\x4D\x18"sv, "application/x-lz4"},
    Signature{0, "7z\xBC\xAF\x27\x1C"sv, "application/x-7z-compressed"},
    Signature{0, "Rar!\x1A\x07"sv, "application/vnd.rar"},
    Signature{0, "MSCF\x00\x00\x00\x00"sv, "application/vnd.ms-cab-compressed"},
    Signature{257, "ustar"sv, "application/x-tar"},
    Signature{0, "070701"sv, "application/x-cpio"},
    Signature{0, "070702"sv, "application/x-cpio"},
    Signature{0, "070707"sv, "application/x-cpio"},
    Signature{0, "\xC7\x71"sv, "application/x-cpio"},
    Signature{0, "\x1F\x9D"sv, "application/x-compress"},
    Signature{0, "LZIP"sv, "application/x-lzip"},
    Signature{32769, "CD001"sv, "application/x-iso9660-image"},
    Signature{0, "!<arch>\n"sv, "application/x-archive"},
    Signature{0, "\x78\x9F\x3E\x22"sv, "application/vnd.ms-tnef"},
    Signature{0, "!BDN"sv, "application/vnd.ms-outlook-pst"},
    Signature{0, "\x89PNG\r\n\x1A\n"sv, "image/png"},
    Signature{0, "\xFF\xD8\xFF"sv, "image/jpeg"},
    Signature{0, "GIF87a"sv, "image/gif"},
    Signature{0, "GIF89a"sv, "image/gif"},
    Signature{0, "II*\x00"sv, "image/tiff"},
    Signature{0, "MM\x00*"sv, "image/tiff"},
    Signature{8, "WEBP"sv, "image/webp"},
    Signature{4, "ftyphei"sv, "image/heic"},
    Signature{4, "ftypmif1"sv, "image/heic"},
    Signature{4, "ftypavif"sv, "image/avif"},
    Signature{0, "\x01\x00\x00\x00\x6C\x00\x00\x00"sv, "image/emf"},
    Signature{0, "\xD7\xCD\xC6\x9A"sv, "image/wmf"},
    Signature{0, "%!PS"sv, "application/postscript"},
    Signature{0, "SQLite format 3\x00"sv, "application/vnd.sqlite3"},
    Signature{0,
              "\x7F"
              "ELF"sv,
              "application/x-elf"},
    Signature{0, "ID3"sv, "audio/mpeg"},
    Signature{0, "OggS"sv, "audio/ogg"},
    Signature{0, "fLaC"sv, "audio/flac"},
    Signature{0, "MThd\x00\x00\x00\x06"sv, "audio/midi"},
    Signature{0, "#!AMR"sv, "audio/amr"},
    Signature{8, "WAVE"sv, "audio/wav"},
    Signature{8, "AVI "sv, "video/x-msvideo"},
    Signature{0, "\x1A\x45\xDF\xA3"sv, "video/x-matroska"},
    Signature{0, "\x00\x00\x01\xBA"sv, "video/mpeg"},
    Signature{0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, "video/x-ms-asf"},
    Signature{0, "FLV\x01"sv, "video/x-flv"},
    Signature{4, "ftyp"sv, "video/mp4"},
};

// The sum over its header of 512 bytes tells a tar file of the old kind, which has no marker: the
// field with the sum itself counts as blanks.
bool is_old_tar(std::string_view bytes) noexcept {
    constexpr std::size_t header = 512;
    constexpr std::size_t sum_at = 148;
    constexpr std::size_t sum_size = 8;
    if (bytes.size() < header || bytes[0] == '\0' || bytes[header - 1] != '\0') return false;
    unsigned wanted = 0;
    bool digits = false;
    for (const char c : bytes.substr(sum_at, sum_size)) {
        if (c >= '0' && c <= '7') {
            wanted = wanted * 8 + static_cast<unsigned>(c - '0');
            digits = true;
        } else if (c != ' ' && c != '\0') {
            return false;
        }
    }
    unsigned sum = sum_size * ' ';
    for (std::size_t i = 0; i < header; ++i)
        if (i < sum_at || i >= sum_at + sum_size) sum += static_cast<unsigned char>(bytes[i]);
    return digits && sum == wanted;
}

// LZH: "-lh5-" and its kin stand behind two bytes of the first header.
bool is_lzh(std::string_view bytes) noexcept {
    return bytes.size() > 21 && (bytes.substr(2, 3) == "-lh" || bytes.substr(2, 3) == "-lz") &&
           bytes[6] == '-';
}

// How much of a document is looked at for what may stand anywhere near its beginning.
constexpr std::size_t head_size = 1024;
constexpr std::size_t sample_size = 4096;

std::string_view by_signature(std::string_view bytes) noexcept {
    for (const auto& signature : signatures) {
        if (bytes.size() < signature.offset + signature.bytes.size()) continue;
        if (bytes.substr(signature.offset, signature.bytes.size()) != signature.bytes) continue;
        // WEBP, WAVE and AVI stand behind the RIFF header; the same letters elsewhere mean nothing.
        if (signature.offset == 8 && !bytes.starts_with("RIFF")) continue;
        return signature.type;
    }
    if (is_old_tar(bytes)) return "application/x-tar";
    if (is_lzh(bytes)) return "application/x-lzh-compressed";
    // A bitmap's "BM" alone begins many a text: the reserved fields must be zero too.
    if (bytes.starts_with("BM") && bytes.size() >= 10 && bytes.substr(6, 4) == "\0\0\0\0"sv)
        return "image/bmp";
    if (bytes.starts_with("MZ") && bytes.substr(0, head_size).find('\0') != std::string_view::npos)
        return "application/vnd.microsoft.portable-executable";
    // Readers accept a PDF whose header is not at the very beginning.
    if (bytes.substr(0, head_size).find("%PDF-") != std::string_view::npos &&
        bytes.find("%%EOF") != std::string_view::npos)
        return "application/pdf";
    return {};
}

std::string extension(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string() : text::ascii_lower(name.substr(dot + 1));
}

struct Extension {
    std::string_view extension;
    std::string_view type;
};

// Formats inside a container (zip, OLE2), told by their usual name until they are opened.
constexpr std::array zip_based = {
    Extension{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    Extension{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    Extension{"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    Extension{"docm", "application/vnd.ms-word.document.macroenabled.12"},
    Extension{"xlsm", "application/vnd.ms-excel.sheet.macroenabled.12"},
    Extension{"xlsb", "application/vnd.ms-excel.sheet.binary.macroenabled.12"},
    Extension{"odt", "application/vnd.oasis.opendocument.text"},
    Extension{"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    Extension{"odp", "application/vnd.oasis.opendocument.presentation"},
};
constexpr std::array ole_based = {
    Extension{"doc", "application/msword"},
    Extension{"xls", "application/vnd.ms-excel"},
    Extension{"ppt", "application/vnd.ms-powerpoint"},
    Extension{"msg", "application/vnd.ms-outlook"},
};

template <class Table>
std::string refine(std::string_view container, const Document& document, const Table& table) {
    const std::string wanted = extension(document.name);
    for (const auto& row : table)
        if (row.type == document.declared_type || row.extension == wanted)
            return std::string(row.type);
    return std::string(container);
}

bool is_sound_or_film(std::string_view type) noexcept {
    return type.starts_with("audio/") || type.starts_with("video/");
}

// Text may hold a few control characters (tabs, escapes of ISO-2022, form feeds); data holds many.
bool mostly_printable(std::string_view sample) noexcept {
    std::size_t controls = 0;
    for (const char c : sample) {
        const auto byte = static_cast<unsigned char>(c);
        const bool used_in_text = (byte >= 0x09 && byte <= 0x0D) || byte == 0x1B;
        if (byte == 0) return false;
        if ((byte < 0x20 && !used_in_text) || byte == 0x7F) ++controls;
    }
    return controls * 50 <= sample.size();
}

// UTF-16 with a byte-order mark, or with a zero in nearly every other byte.
bool looks_like_utf16(std::string_view bytes) noexcept {
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) return true;
    const auto sample = bytes.substr(0, head_size & ~std::size_t{1});
    if (sample.size() < 8) return false;
    std::array<std::size_t, 2> zeros = {0, 0};
    for (std::size_t i = 0; i < sample.size(); ++i)
        if (sample[i] == '\0') ++zeros[i % 2];
    const std::size_t half = sample.size() / 2;
    return (zeros[0] * 10 >= half * 7 && zeros[1] * 10 <= half) ||
           (zeros[1] * 10 >= half * 7 && zeros[0] * 10 <= half);
}

bool looks_like_text(std::string_view bytes) noexcept {
    if (looks_like_utf16(bytes)) return true;
    if (bytes.size() <= 2 * sample_size) return mostly_printable(bytes);
    return mostly_printable(bytes.substr(0, sample_size)) &&
           mostly_printable(bytes.substr(bytes.size() - sample_size));
}

// Whether the text begins as HTML does: "<!doctype html", or an element that only HTML has.
bool begins_like_html(std::string_view bytes) {
    static constexpr std::array<std::string_view, 14> openings = {
        "!doctype html", "html",  "head", "body", "title", "meta", "script",
        "style",         "table", "div",  "p>",   "br",    "font", "h1"};
    // Only what begins with a tag is worth a copy; NULs, blanks and marks of UTF-16 may precede it.
    const auto first = bytes.find_first_not_of(" \t\r\n\f\v\0\xEF\xBB\xBF\xFF\xFE"sv);
    if (first == std::string_view::npos || bytes[first] != '<') return false;
    // NULs of UTF-16 are left out, so that its tags are seen too.
    std::string head;
    for (const char c : bytes.substr(0, head_size))
        if (c != '\0') head += c;
    head = text::ascii_lower(head);
    std::string_view rest = head;
    for (const auto mark : {"\xEF\xBB\xBF"sv, "\xFF\xFE"sv, "\xFE\xFF"sv})
        if (rest.starts_with(mark)) rest.remove_prefix(mark.size());
    rest = text::trim(rest);
    while (rest.starts_with("<!--") || rest.starts_with("<?")) {
        const std::string_view closing = rest.starts_with("<?") ? ">" : "-->";
        const auto end = rest.find(closing);
        if (end == std::string_view::npos) return false;
        rest = text::trim(rest.substr(end + closing.size()));
    }
    if (!rest.starts_with('<')) return false;
    rest.remove_prefix(1);
    return std::any_of(openings.begin(), openings.end(), [rest](std::string_view opening) {
        if (!rest.starts_with(opening)) return false;
        const char next = rest.size() > opening.size() ? rest[opening.size()] : '>';
        return opening.back() == '>' || next == '>' || next == ' ' || next == '\n' ||
               next == '\r' || next == '\t' || next == '/';
    });
}

bool begins_like_json(std::string_view head) noexcept {
    if (!head.starts_with('{') && !head.starts_with('[')) return false;
    const bool object = head.front() == '{';
    const auto next = head.find_first_not_of(" \t\r\n", 1);
    return next != std::string_view::npos &&
           (head[next] == '"' || (!object && (head[next] == '{' || head[next] == '[')));
}

// An office document that is one XML file, by the namespace of its root.
std::string_view office_xml_type(std::string_view head) noexcept {
    if (!head.starts_with('<')) return {};
    const auto says = [head](std::string_view words) {
        return head.find(words) != std::string_view::npos;
    };
    if (says("<office:document") && says("urn:oasis:names:tc:opendocument:xmlns:"))
        return "application/vnd.oasis.opendocument.text-flat-xml";
    if (says("http://schemas.microsoft.com/office/2006/xmlPackage") || says("<w:wordDocument"))
        return "application/vnd.ms-word.document.flat-xml";
    return {};
}

std::string text_type(const Document& document) {
    const auto declared = document.declared_type;
    if (declared == "text/html" || declared == "application/xhtml+xml") return "text/html";
    if (begins_like_html(document.bytes)) return "text/html";
    const std::string wanted = extension(document.name);
    if (wanted == "html" || wanted == "htm" || wanted == "xhtml") return "text/html";
    const auto head = text::trim(document.bytes.substr(0, head_size));
    if (head.starts_with("BEGIN:VCALENDAR")) return "text/calendar";
    if (head.starts_with("BEGIN:VCARD")) return "text/vcard";
    if (const auto type = office_xml_type(head); !type.empty()) return std::string(type);
    // Mail programs show what is declared as plain text, and is no file, with its tags.
    const bool shown_as_it_is = declared == "text/plain" && document.name.empty();
    if (head.starts_with("<?xml") && !shown_as_it_is) return "application/xml";
    if (declared == "text/xml" || declared == "application/xml" || declared.ends_with("+xml"))
        return "application/xml";
    if (declared == "text/json" || declared.ends_with("+json")) return "application/json";
    if (declared.starts_with("text/") || declared == "application/json")
        return std::string(declared);
    if (wanted == "csv") return "text/csv";
    if (wanted == "json" || begins_like_json(head)) return "application/json";
    if (wanted == "xml" || wanted == "svg" || wanted == "xsl") return "application/xml";
    return "text/plain";
}

// A mail that was attached as a file. What is declared as text is shown as text.
bool is_mail(const Document& document) {
    if (document.declared_type == "message/rfc822" || document.declared_type == "message/global")
        return true;
    return !document.declared_type.starts_with("text/") && mail::looks_like_mail(document.bytes);
}

// Several mails in one file; the line before each says who sent it and when.
bool is_mbox(const Document& document) {
    if (!document.bytes.starts_with("From ") || document.declared_type.starts_with("text/"))
        return false;
    const bool several = document.bytes.find("\n\nFrom ") != std::string_view::npos ||
                         document.bytes.find("\n\r\nFrom ") != std::string_view::npos;
    if (!several) return false;
    const auto line = document.bytes.find('\n');
    return line != std::string_view::npos && mail::looks_like_mail(document.bytes.substr(line + 1));
}

std::string container_type(std::string_view signature, const Document& document) {
    if (signature == "application/zip") return refine(signature, document, zip_based);
    if (signature == "application/x-ole-storage") return refine(signature, document, ole_based);
    // A film or a song with a zip file behind it opens as that zip file too.
    if (is_sound_or_film(signature) && has_zip_end(document.bytes)) return "application/zip";
    return std::string(signature);
}

}  // namespace

std::string detect_type(const Document& document) {
    if (document.bytes.empty())
        return document.declared_type.empty() ? "text/plain" : std::string(document.declared_type);
    const auto signature = by_signature(document.bytes);
    if (!signature.empty()) return container_type(signature, document);
    switch (cms_kind(document.bytes)) {
        case CmsKind::encrypted:
        case CmsKind::other:
            return "application/pkcs7-mime";
        case CmsKind::detached_signature:
            return "application/pkcs7-signature";
        case CmsKind::none:
            break;
    }
    if (is_mbox(document)) return "application/mbox";
    if (is_mail(document)) return "message/rfc822";
    // What is declared as text is shown as text, whatever stands in it.
    if (document.declared_type.starts_with("text/") || looks_like_text(document.bytes))
        return text_type(document);
    return "application/octet-stream";
}

}  // namespace postwacht::extract
