#include "extract/claim.hpp"

#include <catch2/catch.hpp>

using namespace postwacht;

namespace {

std::string_view claim(std::string_view name, std::string_view declared, std::string_view found) {
    return extract::false_claim(extract::Document{"x", declared, {}, name}, found);
}

constexpr std::string_view docx =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
constexpr std::string_view xlsx =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

}  // namespace

TEST_CASE("a name that its content does not bear out is a claim") {
    CHECK(claim("besluit.pdf", "application/pdf", "application/zip") == "application/pdf");
    CHECK(claim("foto.JPG", "image/jpeg", xlsx) == "image/jpeg");
    CHECK(claim("lijst.txt", "", "application/pdf") == "text/plain");
    CHECK(claim("brief.docx", docx, xlsx) == docx);
    CHECK(claim("brief.docx", "", "application/octet-stream") == docx);
}

TEST_CASE("the name goes before the declared type") {
    // Browsers on Windows call every table so.
    CHECK(claim("lijst.csv", "application/vnd.ms-excel", "text/csv").empty());
    CHECK(claim("lijst.pdf", "application/zip", "application/zip") == "application/pdf");
    CHECK(claim("lijst", "application/pdf", "application/zip") == "application/pdf");
    CHECK(claim("lijst.dat", "image/png", "text/plain") == "image/png");
}

TEST_CASE("what one program opens alike does not contradict") {
    CHECK(claim("brief.doc", "application/msword", "application/rtf").empty());
    CHECK(claim("brief.docm", "", docx).empty());
    CHECK(claim("a.tgz", "application/octet-stream", "application/gzip").empty());
    CHECK(claim("foto.jpg", "image/jpg", "image/png").empty());
    CHECK(claim("pagina.txt", "text/plain", "text/html").empty());
    CHECK(
        claim("tabel.ods", "", "application/vnd.oasis.opendocument.spreadsheet-template").empty());
    CHECK(claim("tekening.svg", "image/svg+xml", "application/xml").empty());
    CHECK(claim("oud.xls", "", "application/x-ole-storage").empty());
}

TEST_CASE("who claims nothing claims nothing false") {
    CHECK(claim("", "", "application/pdf").empty());
    CHECK(claim("bestand.bin", "application/octet-stream", "application/pdf").empty());
    CHECK(claim("README", "", "text/plain").empty());
}
