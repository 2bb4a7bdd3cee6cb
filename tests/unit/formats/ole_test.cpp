#include "extract/ole.hpp"

#include <catch2/catch.hpp>

#include "unit/formats/drawn_letter.hpp"
#include "unit/formats/ole_builder.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace std::string_literals;

namespace {

std::string properties(const std::string& title) {
    std::string section = u32le(0) + u32le(1) + u32le(2) + u32le(16) + u32le(0x1E) +
                          u32le(title.size() + 1) + title + '\0';
    section.replace(0, 4, u32le(section.size()));
    return u16le(0xFFFE) + std::string(22, '\0') + u32le(1) + std::string(16, '\0') + u32le(48) +
           section;
}

// Whatever is cut off: all text is there, or something is said to be missing.
void check_cut_anywhere(const std::string& bytes, const std::string& text) {
    for (std::size_t size = 8; size < bytes.size(); size += 97) {
        const auto reading = reading_of(bytes.substr(0, size));
        CHECK((has_text_anywhere(reading, text) || !reading.incomplete.empty()));
    }
}

std::string short_text(const std::string& ascii) {
    return u16le(ascii.size()) + '\0' + ascii;
}

std::string bof(unsigned kind) {
    return biff(0x0809, u16le(0x0600) + u16le(kind) + std::string(12, '\0'));
}

// A workbook of one sheet in the given state, with the given records.
std::string workbook(const std::string& records, unsigned state = 0) {
    const std::string styles = biff(0x00E0, u16le(0) + u16le(0) + std::string(16, '\0')) +
                               biff(0x00E0, u16le(0) + u16le(3) + std::string(16, '\0')) +
                               biff(0x00E0, u16le(0) + u16le(14) + std::string(16, '\0'));
    // The second string goes on in the next record, in letters of two bytes there.
    const std::string shared =
        biff(0x00FC, u32le(2) + u32le(2) + short_text("naam") + u16le(9) + '\0' + "Jans") +
        biff(0x003C, '\x01' + utf16le("sen A"));
    std::string sheet = u16le(state) + "\x05\0"s + "Lijst";
    const std::size_t at = bof(5).size() + 4 + 4 + sheet.size() + styles.size() + shared.size() + 4;
    return bof(5) + biff(0x0085, u32le(at) + sheet) + styles + shared + biff(0x000A, {}) +
           bof(0x10) + records + biff(0x000A, {});
}

std::string cell(unsigned row, unsigned column, unsigned style) {
    return u16le(row) + u16le(column) + u16le(style);
}
std::string shared_cell(unsigned row, unsigned column, unsigned number) {
    return biff(0x00FD, cell(row, column, 0) + u32le(number));
}
std::string whole_number(unsigned row, unsigned column, unsigned style, std::uint32_t value) {
    return biff(0x027E, cell(row, column, style) + u32le(value << 2U | 2U));
}
std::string excel_file(const std::string& stream) {
    return OleBuilder::build({{"Workbook", stream, {}}});
}

std::string word_file(const std::string& body, unsigned flags = 0, const std::string& lists = {},
                      const std::vector<std::size_t>& pairs = {}) {
    std::string main(1024, '\0');
    const auto set = [&main](std::size_t at, const std::string& bytes) {
        main.replace(at, bytes.size(), bytes);
    };
    set(0, u16le(0xA5EC) + u16le(0x00C1));
    set(0x0A, u16le(flags));
    set(0x4C, u32le(body.size()));
    const std::string table = "\x02" + u32le(16) + u32le(0) + u32le(body.size()) + u16le(0) +
                              u32le(1024 * 2 | 0x40000000U) + u16le(0);
    set(0x1A2, u32le(0) + u32le(table.size()));
    for (const auto pair : pairs) set(pair, u32le(table.size()) + u32le(lists.size()));
    return OleBuilder::build({{"WordDocument", main + body, {}},
                              {"0Table", table + lists, {}},
                              {"\x05SummaryInformation", properties("Titel van de brief"), {}}});
}

}  // namespace

TEST_CASE("the body of a Word document is read, its fields and properties apart") {
    const auto reading =
        reading_of(word_file("Beste heer\x0D"
                             "zie \x13 HYPERLINK \"http://x.example\" \x14hier\x15.\x0D"));
    CHECK(reading.parts[0].type == "application/msword");
    CHECK(has_text(reading, "text", "Beste heer\nzie hier."));
    CHECK(has_hidden_text(reading, "text, field instructions", "http://x.example"));
    CHECK(has_hidden_text(reading, "document properties", "Titel van de brief"));
    CHECK(reading.incomplete.empty());
    check_cut_anywhere(word_file("Beste heer\x0D"), "Beste heer");
}

TEST_CASE("names that a Word document keeps beside its text are read") {
    const auto word = [](const std::string& ascii) { return u16le(ascii.size()) + utf16le(ascii); };
    const auto list =
        u16le(0xFFFF) + u16le(3) + u16le(0) + word("Anna") + word("_Toc1") + word("Ben");
    const auto named = reading_of(word_file("Beste heer\x0D", 0, list, {0x142, 0x232}));
    CHECK(has_hidden_text(named, "bookmarks", "Anna\nBen\n"));
    CHECK_FALSE(has_text_anywhere(named, "_Toc1"));
    CHECK(has_hidden_text(named, "authors of changes", "Anna"));
    const auto variables = u16le(0xFFFF) + u16le(1) + u16le(4) + word("zaak") + u32le(0) +
                           word("111222333") + u16le(0);
    CHECK(has_hidden_text(reading_of(word_file("Beste heer\x0D", 0, variables, {0x27A})),
                          "document variables", "zaak\n111222333\n"));
    CHECK(has_hidden_text(reading_of(word_file("Beste heer\x0D", 0, word("Cora"), {0x1BA})),
                          "authors of comments", "Cora\n"));
}

TEST_CASE("a picture in a document, which may show text, is never silently passed over") {
    const auto picture = "\x89PNG\r\n\x1A\n" + std::string(100, 'x');
    CHECK(is_incomplete(reading_of(word_file("Beste heer\x0D" + picture)), Why::unsupported));
    const auto drawing = "\x40\x3D\x1A\xF0" + std::string(100, 'x');
    CHECK(is_incomplete(reading_of(word_file("Beste heer\x0D" + drawing)), Why::unsupported));
    const auto sheet = OleBuilder::build({{"Workbook", std::string(8, '\0') + picture, {}}});
    CHECK(is_incomplete(reading_of(sheet), Why::unsupported));
}

namespace {

// As a workbook keeps its drawings: cut into records, in the middle of a picture.
std::string in_drawings(const std::string& bytes) {
    constexpr std::size_t piece = 3000;
    std::string out = biff(0x00EB, bytes.substr(0, piece));
    for (std::size_t at = piece; at < bytes.size(); at += piece)
        out += biff(0x003C, bytes.substr(at, piece));
    return out;
}

}  // namespace

TEST_CASE("the words of a bitmap in an old document are read, wherever it lies") {
    const auto drawing = drawn_letter({"Burgerservicenummer 123456782"});
    const auto blip = [](unsigned instance, unsigned type, const std::string& bytes) {
        return u16le(instance << 4U) + u16le(type) + u32le(bytes.size() + 17) +
               std::string(17, 'u') + bytes;
    };
    const std::vector<std::string> blips = {blip(0x6E0, 0xF01E, drawing.png()),
                                            blip(0x46A, 0xF01D, drawing.as(IFF_JFIF_JPEG)),
                                            blip(0x7A8, 0xF01F, drawing.as(IFF_BMP).substr(14))};
    for (const auto& bytes : blips) {
        for (const auto& file :
             {word_file("Beste heer\x0D" + bytes), excel_file(workbook(in_drawings(bytes)))}) {
            const auto reading = reading_of(file);
            INFO(reading.to_json().substr(0, 2000));
            CHECK(has_text(reading, "picture", "Burgerservicenummer 123456782"));
            CHECK_FALSE(is_incomplete(reading, Why::unsupported));
        }
    }
}

TEST_CASE("a Word document under a password is encrypted") {
    CHECK(is_incomplete(reading_of(word_file("geheim", 0x0100)), Why::encrypted));
}

TEST_CASE("a sheet is read as rows, strings that go on in the next record too") {
    const auto reading = reading_of(excel_file(
        workbook(shared_cell(0, 0, 0) + shared_cell(1, 0, 1) + whole_number(1, 1, 2, 46090))));
    CHECK(has_text(reading, "sheet 'Lijst'", "naam\nJanssen A\t9-3-2026\n"));
    CHECK(reading.incomplete.empty());
}

TEST_CASE("a grouped number is told with its digits too") {
    const auto reading = reading_of(excel_file(workbook(whole_number(0, 0, 1, 123456782))));
    CHECK(has_text(reading, "sheet 'Lijst'", "123,456,782"));
    CHECK(has_hidden_text(reading, "sheet 'Lijst', stored values", "123456782"));
}

TEST_CASE("hidden sheets, rows and columns are told as hidden") {
    const auto cells = shared_cell(0, 0, 0) + shared_cell(1, 0, 1) + shared_cell(1, 1, 1);
    CHECK(has_hidden_text(reading_of(excel_file(workbook(cells, 2))), "sheet 'Lijst' (very hidden)",
                          "Janssen A"));
    const auto row = biff(0x0208, u16le(1) + std::string(10, '\0') + u16le(0x20) + u16le(0));
    const auto rows = reading_of(excel_file(workbook(row + cells)));
    CHECK_FALSE(has_text(rows, "sheet 'Lijst'", "Janssen"));
    CHECK(has_hidden_text(rows, "sheet 'Lijst', hidden rows and columns", "naam\nJanssen A"));
    const auto column = biff(0x007D, u16le(0) + u16le(0) + u16le(0) + u16le(0) + u16le(1));
    const auto columns = reading_of(excel_file(workbook(column + cells)));
    CHECK(has_text(columns, "sheet 'Lijst'", "\tJanssen A"));
    CHECK(has_hidden_text(columns, "sheet 'Lijst', hidden rows and columns", "naam"));
}

TEST_CASE("comments on cells are read") {
    const auto object = biff(0x005D, u16le(0x15) + u16le(18) + u16le(0x19) + u16le(7));
    const auto text = biff(0x01B6, std::string(10, '\0') + u16le(9) + std::string(6, '\0')) +
                      biff(0x003C, "\0"s + "111222333");
    const auto note = biff(0x001C, u16le(3) + u16le(1) + u16le(0) + u16le(7) + short_text("Piet"));
    const auto reading = reading_of(excel_file(workbook(object + text + note)));
    CHECK(has_hidden_text(reading, "sheet 'Lijst', comment on B4", "111222333\nPiet"));
}

TEST_CASE("what formulas, names and rules of a workbook have written into them is read") {
    // IF(A1; "ja"; 123456782) and a list to choose from.
    const std::string text = "\x17\x02\0ja"s;
    const std::string number = "\x1F" + "\0\0\0\x38\x34\x6F\x9D\x41"s;
    const std::string tokens = "\x44" + u16le(0) + u16le(0) + text + number + "\x42\x03\x01\0"s;
    const auto formula =
        biff(0x0006, cell(0, 0, 0) + std::string(14, '\0') + u16le(tokens.size()) + tokens);
    const auto list = "\x17\x0A\0nee\0wellic"s;
    std::string messages;
    for (int i = 0; i < 4; ++i) messages += short_text("\0"s);
    const auto rule = biff(0x01BE, u32le(0) + messages + u16le(list.size()) + u16le(0) + list);
    const auto reading = reading_of(excel_file(workbook(shared_cell(0, 0, 0) + formula + rule)));
    CHECK(has_hidden_text(reading, "sheet 'Lijst', formulas", "ja\n123456782\n"));
    CHECK(has_hidden_text(reading, "sheet 'Lijst', rules for input", "nee\nwellic\n"));
    CHECK(has_hidden_text(reading, "shared strings that no cell shows", "Janssen A"));

    const auto name = biff(0x0018, u16le(0) + "\0\x04"s + u16le(text.size()) +
                                       std::string(8, '\0') + '\0' + "Anna" + text);
    const auto cached = biff(0x005A, "\x01\0"s + u16le(0) + '\x01' + "\0\0\0\x38\x34\x6F\x9D\x41"s +
                                         '\x02' + u16le(3) + '\0' + "Ben");
    const auto globals = reading_of(excel_file(bof(5) + name + cached + biff(0x000A, {})));
    CHECK(has_hidden_text(globals, "defined names", "Anna\nja\n"));
    CHECK(has_hidden_text(globals, "cached cells of another file", "123456782\tBen"));
}

TEST_CASE("a workbook that is locked or cut off says so") {
    const auto locked = bof(5) + biff(0x002F, u16le(1)) + biff(0x000A, {});
    CHECK(is_incomplete(reading_of(excel_file(locked)), Why::encrypted));
    const auto whole = workbook(shared_cell(0, 0, 0) + shared_cell(1, 0, 1));
    for (std::size_t size = 4; size < whole.size(); size += 3)
        CHECK_FALSE(reading_of(excel_file(whole.substr(0, size))).incomplete.empty());
    check_cut_anywhere(excel_file(whole), "Janssen A");
}

TEST_CASE("slides, hidden slides, notes and comments are read") {
    const auto hidden = ppt(0x03F9, std::string(10, '\0') + u16le(4) + std::string(4, '\0'));
    const auto text = [](const std::string& ascii) { return ppt(0x0FA8, ascii); };
    const auto comment =
        ppt(0x1388,
            ppt(0x138A,
                ppt(0x0FBA, utf16le("___PPT10")) +
                    ppt(0x138B, ppt(0x2EE0, ppt(0x0FBA, utf16le("let op 123456782")), 15)),
                15),
            15);
    const std::string first = ppt(0x03EE, text("zichtbaar") + comment, 15);
    const std::string second = ppt(0x03EE, text("verborgen") + hidden, 15);
    const std::string notes =
        ppt(0x03F0, ppt(0x03F1, u32le(257) + u32le(0)) + text("aantekening"), 15);
    const auto persist = [](unsigned id, unsigned slide) {
        return ppt(0x03F3, u32le(id) + u32le(0) + u32le(0) + u32le(slide) + u32le(0));
    };
    const std::string document =
        ppt(0x03E8, ppt(0x0FF0, persist(2, 256) + persist(3, 257), 15), 15);
    const auto second_at = document.size() + first.size();
    const auto notes_at = second_at + second.size();
    const std::string directory =
        ppt(0x1772, u32le(1U | 4U << 20U) + u32le(0) + u32le(document.size()) + u32le(second_at) +
                        u32le(notes_at));
    const auto file = OleBuilder::build(
        {{"PowerPoint Document", document + first + second + notes + directory, {}}});
    const auto reading = reading_of(file);
    CHECK(has_text(reading, "slide 1", "zichtbaar"));
    CHECK(has_hidden_text(reading, "slide 1, comments", "123456782"));
    CHECK(has_hidden_text(reading, "slide 2 (hidden)", "verborgen"));
    CHECK(has_text(reading, "notes of slide 2", "aantekening"));
    CHECK(reading.incomplete.empty());
    check_cut_anywhere(file, "zichtbaar");
    const auto locked = OleBuilder::build(
        {{"PowerPoint Document", document, {}},
         {"Current User", std::string(12, '\0') + u32le(0xF3D1C4DF) + std::string(8, '\0'), {}}});
    CHECK(is_incomplete(reading_of(locked), Why::encrypted));
}

TEST_CASE("an Outlook message is read with what is attached to it, messages too") {
    const OleNode table{"__properties_version1.0", std::string(32, '\0'), {}};
    const OleNode file{"__attach_version1.0_#00000000",
                       {},
                       {table,
                        {"__substg1.0_3707001F", utf16le("nota.txt"), {}},
                        {"__substg1.0_37010102", "inhoud van de nota", {}}}};
    const OleNode inner{"__substg1.0_3701000D",
                        {},
                        {table, {"__substg1.0_1000001F", utf16le("diep 111222333"), {}}}};
    const OleNode message{"__attach_version1.0_#00000001", {}, {table, inner}};
    const auto bytes = OleBuilder::build({table,
                                          {"__substg1.0_0037001F", utf16le("Onderwerp"), {}},
                                          {"__substg1.0_1000001E", "Beste heer", {}},
                                          {"__substg1.0_8001001F", utf16le("eigen veld"), {}},
                                          file,
                                          message});
    const auto reading = reading_of(bytes);
    CHECK(reading.parts[0].type == "application/vnd.ms-outlook");
    CHECK(has_text(reading, "Subject", "Onderwerp"));
    CHECK(has_text(reading, "text", "Beste heer"));
    CHECK(has_hidden_text(reading, "message properties", "eigen veld"));
    CHECK(has_part(reading, "nota.txt"));
    CHECK(has_text(reading, "text", "inhoud van de nota"));
    CHECK(has_text(reading, "attached message, text", "diep 111222333"));
    CHECK(reading.incomplete.empty());
    check_cut_anywhere(bytes, "diep 111222333");
}

TEST_CASE("encrypted packages, macros and unknown programs are told") {
    CHECK(is_incomplete(reading_of(OleBuilder::build({{"EncryptedPackage", "x", {}}})),
                        Why::encrypted));
    CHECK(is_incomplete(reading_of(OleBuilder::build({{"VisioDocument", "x", {}}})),
                        Why::unsupported));
    const auto macros =
        reading_of(OleBuilder::build({{"Workbook", workbook(shared_cell(0, 0, 0)), {}},
                                      {"_VBA_PROJECT_CUR", {}, {{"PROJECT", "x", {}}}}}));
    CHECK(macros.parts[0].macro);
}

TEST_CASE("a packaged file becomes a member") {
    const std::string package = u16le(2) + "nota.txt\0C:\\nota.txt\0"s + u16le(0) + u16le(3) +
                                u32le(5) + "C:\\n\0"s + u32le(6) + "inhoud";
    const auto reading =
        reading_of(OleBuilder::build({{"\x01Ole10Native", u32le(package.size()) + package, {}}}));
    CHECK(has_part(reading, "nota.txt"));
    CHECK(has_text(reading, "text", "inhoud"));
}
