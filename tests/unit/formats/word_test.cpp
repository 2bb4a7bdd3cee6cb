#include <catch2/catch.hpp>

#include "unit/formats/office_packages.hpp"
#include "unit/formats/office_reading.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace postwacht::tests;

TEST_CASE("a text document is read whatever its name is") {
    const auto reading = reading_of(word_file(paragraph("Dear Anna") + paragraph("123456782")));
    CHECK(text_at(reading, "text") == "Dear Anna\n123456782");
    CHECK(reading.incomplete.empty());
}

TEST_CASE("text that is not seen at once is told apart") {
    const auto reading = reading_of(word_file(
        paragraph("seen") +
        "<w:p><w:del w:author='B. Writer'><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
        "<w:p><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>" +
        paragraph("vanished", "<w:vanish/>") + paragraph("shown", "<w:vanish w:val='0'/>") +
        paragraph("white", "<w:color w:val='FFFFFF'/>") + paragraph("tiny", "<w:sz w:val='2'/>") +
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent>" + paragraph("boxed") +
        "</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>" + paragraph("old box") +
        "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        "<w:p><w:r><w:instrText>LINK secret</w:instrText></w:r></w:p>"));
    CHECK(text_at(reading, "text") == "seen\nshown");
    CHECK(text_at(reading, "text, deleted text") == "(hidden) gone");
    CHECK(text_at(reading, "text, names of authors") == "(hidden) B. Writer");
    CHECK(text_at(reading, "text, text before it was moved") == "(hidden) moved");
    CHECK(text_at(reading, "text, hidden text") == "(hidden) vanished");
    CHECK(text_at(reading, "text, white text") == "(hidden) white");
    CHECK(text_at(reading, "text, tiny text") == "(hidden) tiny");
    CHECK(text_at(reading, "text, text box") == "boxed");
    CHECK(text_at(reading, "text, text box, form for older programs") == "(hidden) old box");
    CHECK(text_at(reading, "text, field instruction") == "(hidden) LINK secret");
}

TEST_CASE("a style may hide what it is used for") {
    const auto styles = word_part("styles",
                                  "<w:style w:styleId='A'><w:rPr><w:vanish/></w:rPr></w:style>"
                                  "<w:style w:styleId='B'><w:basedOn w:val='A'/></w:style>");
    const auto reading = reading_of(word_file(
        paragraph("by run", "<w:rStyle w:val='A'/>") +
            "<w:p><w:pPr><w:pStyle w:val='B'/></w:pPr><w:r><w:t>by base</w:t></w:r></w:p>",
        {{"word/styles.xml", styles}}, relation("s", "styles", "styles.xml")));
    CHECK(text_at(reading, "text, hidden text") == "(hidden) by run\nby base");
}

TEST_CASE("tables keep their columns") {
    const auto cell = [](const std::string& text) {
        return "<w:tc>" + paragraph(text) + "</w:tc>";
    };
    const auto reading = reading_of(
        word_file(paragraph("before") + "<w:tbl><w:tr>" + cell("Name") + cell("Number") +
                  cell("Town") + "</w:tr><w:tr>" + cell("Anna") + "<w:tc><w:p/></w:tc>" + "<w:tc>" +
                  paragraph("Up") + paragraph("town") + "</w:tc></w:tr><w:tr>" + cell("Ben") +
                  "<w:tc>" + paragraph("111222333", "<w:vanish/>") + "</w:tc></w:tr></w:tbl>"));
    CHECK(text_at(reading, "text, table 1") == "Name\tNumber\tTown\nAnna\t\tUp town\nBen");
    CHECK(text_at(reading, "text, hidden text, table 1") ==
          "(hidden) Name\tNumber\tTown\n\t111222333");
}

TEST_CASE("every part of a text document is read") {
    const auto reading = reading_of(word_file(
        paragraph("body"),
        {{"word/header1.xml", word_part("hdr", paragraph("at the top"))},
         {"word/footnotes.xml", word_part("footnotes", paragraph("a note"))},
         {"word/comments.xml",
          word_part("comments", "<w:comment w:author='Cora'>" + paragraph("why") + "</w:comment>")},
         {"customXml/item1.xml", "<data about='x'>in custom XML</data>"},
         {"docProps/custom.xml",
          "<Properties><property name='Case'>111222333</property>"
          "</Properties>"},
         {"word/charts/chart1.xml",
          "<c:chartSpace xmlns:c='c'><c:pt><c:v>peach</c:v></c:pt>"
          "</c:chartSpace>"},
         {"word/embeddings/note.txt", "in an embedded file"},
         {"word/vbaProject.bin", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"}},
        relation("h", "header", "header1.xml") + relation("f", "footnotes", "footnotes.xml") +
            relation("c", "comments", "comments.xml") +
            relation("x", "customXml", "../customXml/item1.xml") +
            relation("k", "chart", "charts/chart1.xml") +
            relation("l", "hyperlink", "mailto:anna@example.example?subject=Hi%20there", true)));
    CHECK(text_at(reading, "header") == "at the top");
    CHECK(text_at(reading, "footnotes") == "a note");
    CHECK(text_at(reading, "comment") == "Cora: why");
    CHECK(text_at(reading, "custom XML") == "(hidden) x\nin custom XML");
    CHECK(text_at(reading, "document properties") == "(hidden) Case\n111222333");
    CHECK(text_at(reading, "text, chart") == "peach");
    CHECK(text_at(reading, "text, links") ==
          "(hidden) mailto:anna@example.example?subject=Hi there");
    CHECK(holds(reading, "in an embedded file"));
    CHECK(has_macro(reading));
}

TEST_CASE("a damaged text document is told as such") {
    const auto unclosed = package("word/document.xml", {{"word/document.xml",
                                                         "<w:document xmlns:w='w'><w:p><w:r><w:t>"
                                                         "half of it"}});
    const auto reading = reading_of(unclosed);
    CHECK(is_incomplete(reading, Why::damaged));
    CHECK(holds(reading, "half of it"));
    const auto entity = package("word/document.xml",
                                {{"word/document.xml",
                                  "<!DOCTYPE d [<!ENTITY e '123456782'>]><w:document xmlns:w='w'>"
                                  "<w:p><w:r><w:t>&e;</w:t></w:r></w:p></w:document>"}});
    CHECK(is_incomplete(reading_of(entity), Why::over_budget));
    const auto whole = word_file(paragraph("Dear Anna"));
    for (std::size_t size = 30; size < whole.size(); size += 3)
        CHECK_FALSE(reading_of(whole.substr(0, size)).incomplete.empty());
}

TEST_CASE("flat Office XML is read") {
    const auto reading = reading_of(
        "<?xml version='1.0'?><pkg:package "
        "xmlns:pkg='http://schemas.microsoft.com/office/2006/xmlPackage'><pkg:part "
        "pkg:name='/word/document.xml'><pkg:xmlData>" +
        word_part("document", paragraph("flat text")).substr(21) +
        "</pkg:xmlData></pkg:part><pkg:part pkg:name='/word/embeddings/a.txt'><pkg:binaryData>"
        "ZW1iZWRkZWQgdGV4dA==</pkg:binaryData></pkg:part></pkg:package>");
    CHECK(text_at(reading, "text") == "flat text");
    CHECK(holds(reading, "embedded text"));
    CHECK(reading.incomplete.empty());
}

TEST_CASE("slides have their numbers in the order they are shown") {
    const std::string a = "xmlns:a='a' xmlns:p='p'";
    const auto slide = [&](const std::string& text, const std::string& attributes) {
        return "<p:sld " + a + " " + attributes + "><p:sp><a:p><a:r><a:t>" + text +
               "</a:t></a:r></a:p></p:sp></p:sld>";
    };
    const auto reading = reading_of(package(
        "ppt/presentation.xml",
        {{"ppt/presentation.xml", "<p:presentation " + a +
                                      " xmlns:r='r'><p:sldIdLst><p:sldId id='256' r:id='r9'/>"
                                      "<p:sldId id='257' r:id='r8'/></p:sldIdLst>"
                                      "</p:presentation>"},
         {"ppt/_rels/presentation.xml.rels", relations(relation("r8", "slide", "slides/a.xml") +
                                                       relation("r9", "slide", "slides/b.xml"))},
         {"ppt/slides/a.xml", slide("second", "show='0'")},
         {"ppt/slides/b.xml", slide("first", "")},
         {"ppt/slides/_rels/b.xml.rels", relations(relation("n", "notesSlide", "../notes/n.xml"))},
         {"ppt/notes/n.xml", "<p:notes " + a +
                                 "><a:p><a:r><a:t>say this</a:t></a:r></a:p>"
                                 "</p:notes>"},
         {"ppt/slides/lost.xml", slide("unlinked", "")}}));
    CHECK(text_at(reading, "slide 1") == "first");
    CHECK(text_at(reading, "slide 2 (hidden)") == "(hidden) second");
    CHECK(text_at(reading, "notes of slide 1") == "say this");
    CHECK(text_at(reading, "part 'ppt/slides/lost.xml' that nothing refers to") ==
          "(hidden) unlinked");
}
