#include <catch2/catch.hpp>

#include "extract/cms.hpp"
#include "extract/extractor.hpp"

using namespace postwacht::extract;
using namespace std::string_literals;

namespace {

std::string type_of(const std::string& bytes, std::string_view declared = {},
                    std::string_view name = {}) {
    return detect_type({bytes, declared, {}, name});
}

// ContentInfo with the last byte of its PKCS #7 type, and what follows the type.
std::string cms(char type, const std::string& rest) {
    const std::string oid = "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07"s + type;
    return "\x30\x80"s + oid + rest;
}

// [0] { SEQUENCE { version, SET {}, SEQUENCE { data, `content` } } }
std::string signed_data(const std::string& content) {
    const std::string data_oid = "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"s;
    const std::string info = data_oid + content;
    const std::string encap = "\x30"s + static_cast<char>(info.size()) + info;
    return cms('\x02', "\xA0\x80\x30\x80\x02\x01\x01\x31\x00"s + encap + "\x31\x00"s);
}

}  // namespace

TEST_CASE("the content decides the type, not what it is called") {
    CHECK(type_of("%PDF-1.7\n...", "text/plain", "brief.txt") == "application/pdf");
    CHECK(type_of("PK\x03\x04....", "application/octet-stream") == "application/zip");
    CHECK(type_of("GIF89a....", "text/plain", "a.txt") == "image/gif");
    CHECK(type_of("{\\rtf1 x}", "application/msword") == "application/rtf");
    CHECK(type_of("\x1F\x8B\x08") == "application/gzip");
    CHECK(type_of("Rar!\x1A\x07\x01\x00"s, "application/gzip", "a.gz") == "application/vnd.rar");
    CHECK(type_of("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1...") == "application/x-ole-storage");
    CHECK(type_of("RIFF....WAVEfmt ") == "audio/wav");
    CHECK(type_of("\0\0\0\x18"
                  "ftypmp42"s) == "video/mp4");
    CHECK(type_of(std::string(257, 'a') + "ustar") == "application/x-tar");
}

TEST_CASE("the name tells what is in a container") {
    CHECK(type_of("PK\x03\x04", "", "lijst.XLSX") ==
          "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    CHECK(type_of("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "application/msword") ==
          "application/msword");
}

TEST_CASE("text is told from data") {
    CHECK(type_of("Geachte mevrouw,\r\n\tbeste") == "text/plain");
    CHECK(type_of("caf\xE9 in latin-1") == "text/plain");
    CHECK(type_of("\xFF\xFEh\0o\0i\0"s) == "text/plain");
    CHECK(type_of("h\0a\0l\0l\0o\0 \0"s) == "text/plain");
    CHECK(type_of("\x01\x02\x00\x03"s) == "application/octet-stream");
    CHECK(type_of("tekst met een nul\0erin"s) == "application/octet-stream");
    // A mail program shows it as text, so text it is.
    CHECK(type_of("tekst met een nul\0erin"s, "text/plain") == "text/plain");
    CHECK(type_of("", "text/html") == "text/html");
    CHECK(type_of("") == "text/plain");
    CHECK(type_of("BM") == "text/plain");
    CHECK(type_of("BM is een afkorting, MZ ook") == "text/plain");
}

TEST_CASE("kinds of text") {
    CHECK(type_of("  <!DOCTYPE html><html>") == "text/html");
    CHECK(type_of("<!-- x -->\n<HTML lang=nl>") == "text/html");
    CHECK(type_of("<\0h\0t\0m\0l\0>\0"s) == "text/html");
    CHECK(type_of("tekst", "text/html") == "text/html");
    CHECK(type_of("tekst", "text/plain", "brief.htm") == "text/html");
    CHECK(type_of("<tabel>") == "text/plain");
    CHECK(type_of("<?xml version='1.0'?><a/>") == "application/xml");
    CHECK(type_of("BEGIN:VCALENDAR\r\n") == "text/calendar");
    CHECK(type_of("a,b", "text/csv") == "text/csv");
    CHECK(type_of("a,b", "application/octet-stream", "x.csv") == "text/csv");
    CHECK(type_of("{}", "application/json") == "application/json");
}

TEST_CASE("sound with a zip file behind it is a zip file") {
    CHECK(type_of("ID3........") == "audio/mpeg");
    CHECK(type_of("ID3........PK\x05\x06..........") == "application/zip");
}

TEST_CASE("CMS is told apart without a key") {
    CHECK(cms_kind(cms('\x03', "\xA0\x80")) == CmsKind::encrypted);
    CHECK(cms_kind(cms('\x06', "\xA0\x80")) == CmsKind::encrypted);
    CHECK(cms_kind(cms('\x09', "\xA0\x80")) == CmsKind::other);
    const auto auth = "\x30\x80\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17"s;
    CHECK(cms_kind(auth) == CmsKind::encrypted);
    CHECK(cms_kind(signed_data("")) == CmsKind::detached_signature);
    CHECK(cms_kind(signed_data("\xA0\x03\x04\x01x")) == CmsKind::other);
    // Cut anywhere it is never taken for a detached signature.
    const std::string whole = signed_data("\xA0\x03\x04\x01x");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        CHECK(cms_kind(std::string_view(whole).substr(0, size)) != CmsKind::detached_signature);
    }
    // The mark that ends a content of indefinite length.
    const auto open_ended = cms('\x02', "\xA0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80"s +
                                            "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"s);
    CHECK(cms_kind(open_ended) == CmsKind::other);
    CHECK(cms_kind(open_ended + "\0\0"s) == CmsKind::detached_signature);
    CHECK(cms_kind("0123") == CmsKind::none);
    CHECK(cms_kind("") == CmsKind::none);
}
