#include "extract/workbook.hpp"

#include <catch2/catch.hpp>

#include "extract/number_format.hpp"
#include "unit/formats/office_packages.hpp"
#include "unit/formats/office_reading.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace postwacht::tests;

namespace {

std::string inline_cell(const std::string& reference, const std::string& text) {
    return "<c r='" + reference + "' t='inlineStr'><is><t>" + text + "</t></is></c>";
}

}  // namespace

TEST_CASE("numbers are shown as at the sheet, and as stored where that differs") {
    const auto [code, value, text] = GENERATE(table<std::string, double, std::string>({
        {"", 123456782, "123456782"},
        {"General", 1.5, "1.5"},
        {"General", 123456789012345, "123456789012345"},
        {"0", 123456782, "123456782"},
        {"000000000", 12345678, "012345678"},
        {"#,##0", 123456782, "123,456,782 123456782"},
        {"000.000.000", 123456782, "123456782.000.000 123456782"},
        {"000000000.0", 123456782, "123456782.0 123456782"},
        {"\"7\"0", 123456782, "7123456782 123456782"},
        {"#,##0.00", 1234.5, "1,234.50"},
        {"0.00E+00", 123456782, "1.23E+08 123456782"},
        {"0000\\.00\\.000", 123456782, "1234.56.782 123456782"},
        {"0.0%", 0.125, "12.5%"},
        {"\"nr \"0", 7, "nr 7"},
        {"0;(0)", -5, "(5)"},
        {"0", -5, "-5"},
        {"[$\xE2\x82\xAC-413] 0", 5, "\xE2\x82\xAC 5"},
        {"d-m-yyyy", 45292, "1-1-2024 2024-01-01"},
        {"yyyy-mm-dd", 45292.5, "2024-01-01"},
        {"dd/mm/yy hh:mm", 45292.5, "01/01/24 12:00 2024-01-01"},
        {"d mmmm yyyy", 1, "1 January 1900 1900-01-01"},
        {"h:mm", 0.75, "18:00"},
    }));
    INFO(code);
    CHECK(NumberFormat(code).text(value, false) == text);
}

TEST_CASE("no format code breaks the reader of numbers") {
    for (const std::string code :
         {"\"", "\\", "[", "_", "*", "[$", "0.0.0.0", ";;;", "E+", ",,,,,,,,", "#,#,#", "yyyyyyyy"})
        for (const double value : {0.0, -1.0, 1e308, -1e308, 1e-308, 2958465.999999})
            CHECK_FALSE(NumberFormat(code).text(value, true).empty());
}

TEST_CASE("a sheet's rows and columns are parted by what is seen") {
    const auto reading = reading_of(sheet_file(
        "<cols><col min='3' max='3' hidden='1'/></cols><sheetData><row r='1'>" +
        inline_cell("A1", "Name") + inline_cell("B1", "Town") + inline_cell("C1", "Number") +
        "</row><row r='2'>" + inline_cell("A2", "Anna") + "<c r='C2'><v>1.23456782E8</v></c>" +
        "</row><row r='3' hidden='1'>" + inline_cell("B3", "Delft") + "</row></sheetData>" +
        "<headerFooter><oddHeader>&amp;L&amp;\"Arial\"&amp;12Private</oddHeader></headerFooter>"));
    CHECK(text_at(reading, "sheet 'Data'") == "Name\tTown\nAnna");
    CHECK(text_at(reading, "sheet 'Data', with hidden cells and columns") ==
          "(hidden) Name\tTown\tNumber\nAnna\t\t123456782");
    CHECK(text_at(reading, "sheet 'Data', hidden rows") == "(hidden) Name\tTown\tNumber\n\tDelft");
    CHECK(text_at(reading, "sheet 'Data', header or footer of the page") == "Private");
    CHECK(text_at(reading, "defined names") == "(hidden) Secret\t\"123456782\"\n");
    CHECK(reading.incomplete.empty());
}

TEST_CASE("hidden sheets say so") {
    const auto cells = "<sheetData><row>" + inline_cell("A1", "x") + "</row></sheetData>";
    CHECK(text_at(reading_of(sheet_file(cells, "state='hidden'")), "sheet 'Data' (hidden)") ==
          "(hidden) x");
    CHECK(text_at(reading_of(sheet_file(cells, "state='veryHidden'")),
                  "sheet 'Data' (very hidden)") == "(hidden) x");
}

TEST_CASE("shared strings, comments, caches and formats are read") {
    const auto reading = reading_of(
        sheet_file("<sheetData><row><c t='s'><v>0</v></c><c s='1'><v>5</v></c>"
                   "<c t='str'><f>\"a\"&amp;\"b\"</f><v>ab</v></c></row></sheetData>"
                   "<dataValidation prompt='fill in'/>",
                   {},
                   {{"xl/sharedStrings.xml",
                     "<sst><si><r><t>sha</t></r><r><t>red</t></r></si>"
                     "<si><t>orphan</t></si></sst>"},
                    {"xl/styles.xml",
                     "<styleSheet><numFmts><numFmt numFmtId='170' formatCode='00000'/>"
                     "</numFmts><cellXfs><xf numFmtId='0'/><xf numFmtId='170'/></cellXfs>"
                     "</styleSheet>"},
                    {"xl/worksheets/_rels/sheet1.xml.rels",
                     relations(relation("c", "comments", "../comments1.xml"))},
                    {"xl/comments1.xml",
                     "<comments><authors><author>Cora</author></authors><comment ref='B2' "
                     "authorId='0'><text><t>why</t></text></comment></comments>"},
                    {"xl/cache.xml",
                     "<pivotCacheRecords><r><s v='Anna'/><n v='111222333'/></r>"
                     "</pivotCacheRecords>"}},
                   relation("s", "styles", "styles.xml") +
                       relation("t", "sharedStrings", "sharedStrings.xml") +
                       relation("p", "pivotCacheRecords", "cache.xml")));
    CHECK(text_at(reading, "sheet 'Data'") == "shared\t00005\tab");
    CHECK(text_at(reading, "shared strings that no cell shows") == "(hidden) orphan");
    CHECK(text_at(reading, "sheet 'Data', comments") == "B2\tCora\twhy");
    CHECK(text_at(reading, "pivot cache, rows") == "(hidden) Anna\t111222333");
    CHECK(text_at(reading, "sheet 'Data', formulas") == "(hidden) \"a\"&\"b\"");
    CHECK(text_at(reading, "sheet 'Data', rules, links and filters") == "(hidden) fill in");
    CHECK(reading.incomplete.empty());
}

TEST_CASE("the rows of a pivot table's source are told below the names of its columns") {
    const auto reading = reading_of(sheet_file(
        "<sheetData/>", {},
        {{"xl/definition.xml",
          "<pivotCacheDefinition refreshedBy='Cora'><cacheSource><worksheetSource ref='A1:B3' "
          "sheet='Bron'/></cacheSource><cacheFields><cacheField name='Naam'><sharedItems>"
          "<s v='Anna'/><s v='Bram'/></sharedItems></cacheField><cacheField name='BSN'>"
          "<sharedItems/></cacheField></cacheFields></pivotCacheDefinition>"},
         {"xl/_rels/definition.xml.rels", "<Relationships>" +
                                              relation("r", "pivotCacheRecords", "records.xml") +
                                              "</Relationships>"},
         {"xl/records.xml",
          "<pivotCacheRecords><r><x v='1'/><n v='123456782'/></r><r><x v='0'/><m/></r>"
          "<r><x v='9'/><n v='111222333'/></r></pivotCacheRecords>"}},
        relation("p", "pivotCacheDefinition", "definition.xml")));
    CHECK(text_at(reading, "pivot cache, rows") ==
          "(hidden) Naam\tBSN\nBram\t123456782\nAnna\t\n\t111222333");
    CHECK(text_at(reading, "pivot cache, field") == "(hidden) Naam\nAnna\nBram");
    CHECK(text_at(reading, "pivot cache") == "(hidden) Cora\nA1:B3\nBron\n");
}

TEST_CASE("a long string in many cells is counted each time") {
    std::string cells;
    for (int i = 0; i < 2000; ++i) cells += "<row><c t='s'><v>0</v></c></row>";
    Limits limits;
    limits.unpacked_bytes = 1'000'000;
    const auto bytes = sheet_file(
        "<sheetData>" + cells + "</sheetData>", {},
        {{"xl/sharedStrings.xml", "<sst><si><t>" + std::string(10'000, 'x') + "</t></si></sst>"}},
        relation("t", "sharedStrings", "sharedStrings.xml"));
    CHECK(is_incomplete(reading_of(bytes, {}, limits), Why::over_budget));
}

namespace {

std::string binary_record(unsigned id, const std::string& data) {
    std::string out;
    const auto number = [&out](std::size_t value) {
        for (; value >= 0x80; value >>= 7U) out += static_cast<char>((value & 0x7FU) | 0x80U);
        out += static_cast<char>(value);
    };
    number(id);
    number(data.size());
    return out + data;
}

std::string wide(const std::string& text) {
    std::string out = little(text.size(), 4);
    for (const char c : text) out += std::string(1, c) + '\0';
    return out;
}

std::string cell_of(unsigned id, unsigned column, const std::string& value) {
    return binary_record(id, little(column, 4) + little(0, 4) + value);
}

std::string binary_file(const std::string& sheet) {
    return package("xl/workbook.bin",
                   {{"xl/workbook.bin",
                     binary_record(156, little(2, 4) + little(1, 4) + wide("r1") + wide("Data"))},
                    {"xl/_rels/workbook.bin.rels",
                     relations(relation("r1", "worksheet", "worksheets/sheet1.bin") +
                               relation("r2", "sharedStrings", "sharedStrings.bin"))},
                    {"xl/sharedStrings.bin", binary_record(19, '\0' + wide("shared"))},
                    {"xl/worksheets/sheet1.bin", sheet}});
}

}  // namespace

TEST_CASE("binary workbooks are read") {
    const std::string row(11, '\0');
    const auto sheet =
        binary_record(60, little(3, 4) + little(3, 4) + little(0, 8) + little(1, 2)) +
        binary_record(0, row + '\0') + cell_of(7, 0, little(0, 4)) +
        cell_of(2, 1, little((123456782U << 2U) | 2U, 4)) + cell_of(6, 2, wide("own")) +
        cell_of(6, 3, wide("unseen")) + binary_record(0, row + '\x10') + cell_of(6, 0, wide("low"));
    const auto reading = reading_of(binary_file(sheet));
    CHECK(text_at(reading, "sheet 'Data' (very hidden)") == "(hidden) shared\t123456782\town");
    CHECK(holds(reading, "shared\t123456782\town\tunseen"));
    CHECK(text_at(reading, "sheet 'Data' (very hidden), hidden rows") ==
          "(hidden) shared\t123456782\town\tunseen\nlow");
    CHECK(reading.incomplete.empty());
    for (std::size_t size = sheet.size() - 8; size < sheet.size(); ++size)
        CHECK(is_incomplete(reading_of(binary_file(sheet.substr(0, size))), Why::damaged));
    CHECK(
        is_incomplete(reading_of(binary_file(cell_of(6, 0, little(0xFFFFFFF0, 4)))), Why::damaged));
}
