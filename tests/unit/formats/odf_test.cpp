#include "extract/odf.hpp"

#include <catch2/catch.hpp>

#include "unit/formats/office_reading.hpp"
#include "unit/formats/zip_builder.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace postwacht::tests;

namespace {

std::string odf_part(const std::string& root, const std::string& content) {
    const std::string names = "urn:oasis:names:tc:opendocument:xmlns:";
    return "<?xml version='1.0'?><office:" + root + " xmlns:office='" + names +
           "office:1.0' xmlns:text='" + names + "text:1.0' xmlns:table='" + names +
           "table:1.0' xmlns:style='" + names + "style:1.0' xmlns:draw='" + names +
           "drawing:1.0' xmlns:dc='dc' xmlns:svg='svg' xmlns:presentation='p'>" + content +
           "</office:" + root + ">";
}

ZipBuilder odf_package(const std::string& content) {
    ZipBuilder zip;
    zip.add("mimetype", "application/vnd.oasis.opendocument.text");
    zip.add("content.xml", odf_part("document-content", content), true);
    return zip;
}

}  // namespace

TEST_CASE("an OpenDocument text is read, and what it hides is told apart") {
    const auto reading = reading_of(
        odf_package("<office:automatic-styles><style:style style:name='H'><style:text-properties "
                    "text:display='none'/></style:style></office:automatic-styles><office:body>"
                    "<office:text><text:tracked-changes><text:changed-region><text:deletion>"
                    "<text:p>gone</text:p></text:deletion></text:changed-region>"
                    "</text:tracked-changes><text:p>Dear<text:s text:c='2'/>Anna"
                    "<office:annotation><dc:creator>Cora</dc:creator><text:p>why</text:p>"
                    "</office:annotation></text:p><text:p><text:span text:style-name='H'>unseen"
                    "</text:span></text:p><text:section text:display='none'><text:p>section"
                    "</text:p></text:section><table:table><table:table-row><table:table-cell>"
                    "<text:p>a</text:p></table:table-cell><table:table-cell><text:p>b</text:p>"
                    "</table:table-cell></table:table-row></table:table></office:text>"
                    "</office:body>")
            .add("styles.xml",
                 odf_part("document-styles", "<style:header><text:p>top</text:p></style:header>"))
            .add("meta.xml", odf_part("document-meta",
                                      "<office:meta><dc:creator>Ben</dc:creator>"
                                      "</office:meta>"))
            .add("Basic/Standard/a.xml", "<module>Sub Main</module>")
            .bytes());
    CHECK(text_at(reading, "text") == "Dear  Anna");
    CHECK(text_at(reading, "text, tracked changes, deleted text") == "(hidden) gone");
    CHECK(text_at(reading, "text, comment") == "Cora\nwhy");
    CHECK(text_at(reading, "text, hidden text") == "(hidden) unseen");
    CHECK(text_at(reading, "text, hidden section") == "(hidden) section");
    CHECK(text_at(reading, "text, table 1") == "a\tb");
    CHECK(text_at(reading, "header") == "top");
    CHECK(text_at(reading, "document properties") == "(hidden) Ben");
    CHECK(holds(reading, "Sub Main"));
    CHECK(has_macro(reading));
    CHECK(reading.incomplete.empty());
}

TEST_CASE("a style or a layer in another part may hide text") {
    const auto reading = reading_of(
        odf_package("<office:body><office:text><text:p text:style-name='Geheim'>unseen</text:p>"
                    "<text:p>seen</text:p><draw:page><draw:frame draw:layer='onder'><draw:text-box>"
                    "<text:p>below</text:p></draw:text-box></draw:frame></draw:page>"
                    "</office:text></office:body>")
            .add("styles.xml",
                 odf_part("document-styles",
                          "<office:styles><style:style style:name='Geheim'><style:text-properties "
                          "text:display='none'/></style:style></office:styles><draw:layer-set>"
                          "<draw:layer draw:name='onder' draw:display='none'/></draw:layer-set>"))
            .bytes());
    CHECK(text_at(reading, "text") == "seen");
    CHECK(text_at(reading, "text, hidden text") == "(hidden) unseen");
    CHECK(text_at(reading, "slide 1, hidden layer, text box") == "(hidden) below");
}

TEST_CASE("names, hints and footers that are declared apart are read") {
    const auto reading = reading_of(
        odf_package("<office:body><office:text><presentation:footer-decl>foot</presentation:"
                    "footer-decl><text:p>a<text:bookmark text:name='Anna'/><text:text-input "
                    "text:description='hint'>b</text:text-input><text:alphabetical-index-mark "
                    "text:string-value='entry' text:key1='key'/></text:p></office:text>"
                    "</office:body>")
            .bytes());
    CHECK(text_at(reading, "footer") == "foot");
    CHECK(text_at(reading, "text, names of fields and bookmarks") == "(hidden) Anna");
    CHECK(text_at(reading, "text, form fields") == "(hidden) hint\nentry\nkey");
}

TEST_CASE("an OpenDocument sheet is read") {
    const auto reading = reading_of(
        odf_part("document",
                 "<office:automatic-styles><style:style style:name='ta2'><style:table-properties "
                 "table:display='false'/></style:style></office:automatic-styles><office:body>"
                 "<office:spreadsheet><table:table table:name='Data' table:style-name='ta2'>"
                 "<table:table-column table:number-columns-repeated='2'/><table:table-row>"
                 "<table:table-cell><text:p>Name</text:p></table:table-cell><table:table-cell "
                 "table:number-columns-repeated='2'/><table:table-cell><text:p>Number</text:p>"
                 "</table:table-cell></table:table-row><table:table-row "
                 "table:visibility='collapse'><table:table-cell office:value='123456782'><text:p>"
                 "123 456 782</text:p></table:table-cell></table:table-row><table:table-row "
                 "table:number-rows-repeated='1000000'><table:table-cell "
                 "table:number-columns-repeated='16384'/></table:table-row></table:table>"
                 "</office:spreadsheet></office:body>"));
    CHECK(text_at(reading, "sheet 'Data' (hidden)") == "(hidden) Name\t\t\tNumber");
    CHECK(text_at(reading, "sheet 'Data' (hidden), hidden rows") ==
          "(hidden) Name\t\t\tNumber\n123 456 782 123456782");
    CHECK(reading.incomplete.empty());
}

TEST_CASE("slides and their notes are read") {
    const auto reading = reading_of(
        odf_package("<office:body><office:presentation><draw:page draw:name='One'><draw:frame>"
                    "<draw:text-box><text:p>on it</text:p></draw:text-box></draw:frame>"
                    "<presentation:notes><draw:frame><draw:text-box><text:p>say this</text:p>"
                    "</draw:text-box></draw:frame></presentation:notes></draw:page>"
                    "</office:presentation></office:body>")
            .bytes());
    CHECK(text_at(reading, "slide 1, text box") == "on it");
    CHECK(text_at(reading, "notes of slide 1, text box") == "say this");
}

TEST_CASE("what a manifest calls encrypted is told as encrypted") {
    const auto reading =
        reading_of(ZipBuilder()
                       .add("mimetype", "application/vnd.oasis.opendocument.text")
                       .add("content.xml", "\x93\x11\x7F\x02")
                       .add("META-INF/manifest.xml",
                            "<m:manifest xmlns:m='m'><m:file-entry m:full-path='content.xml'>"
                            "<m:encryption-data/></m:file-entry></m:manifest>")
                       .bytes());
    REQUIRE(reading.incomplete.size() == 1);
    CHECK(reading.incomplete[0].why == Why::encrypted);
}

TEST_CASE("a damaged OpenDocument file is told as such") {
    const auto whole = odf_part("document",
                                "<office:body><office:text><text:p>Anna</text:p>"
                                "</office:text></office:body>");
    for (std::size_t size = whole.size() - 60; size < whole.size(); ++size)
        CHECK(is_incomplete(reading_of(whole.substr(0, size)), Why::damaged));
    const auto package = odf_package("<text:p>Anna</text:p>").bytes();
    for (std::size_t size = 30; size < package.size(); size += 7)
        CHECK_FALSE(reading_of(package.substr(0, size)).incomplete.empty());
}
