#include "extract/xml_text.hpp"

#include <catch2/catch.hpp>

#include "extract/collector.hpp"

using namespace postwacht;
using namespace postwacht::extract;

TEST_CASE("XML is read as lines with the names of its elements") {
    const auto [xml, expected] = GENERATE(table<std::string, std::string>({
        {"<a><naam>Jan</naam><bsn>123456782</bsn></a>", "naam: Jan\nbsn: 123456782\n"},
        {"<a>&#49;2&#x33;&lt;&amp;&quot;</a>", "a: 123<&\"\n"},
        {"<a>12<b>34</b>56</a>", "a: 123456\n"},
        {"<w:p><w:r><w:t>1234</w:t></w:r><w:r><w:t>56782</w:t></w:r></w:p><w:p>x</w:p>",
         "w:t: 123456782\nw:p: x\n"},
        {"<klant bsn='123456782' naam=\"A &amp; B\"/>",
         "klant bsn: 123456782\nklant naam: A & B\n"},
        {"<a><![CDATA[<123456782>]]></a>", "a: <123456782>\n"},
        {"<a>x</b></c>y", "a: x\na: y\n"},
        {"1 < 2", "1 < 2\n"},
        {"<a b=1 c", "<a b=1 c\n"},
        {"", ""},
    }));
    CHECK(read_xml_text(xml).text == expected);
}

TEST_CASE("comments and the document type of XML are told apart") {
    const auto read = read_xml_text(
        "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY e '1234&#53;'>]><?pi x?><a>&e;<!--nota--></a>");
    CHECK(read.comments == "nota\n");
    CHECK(read.declarations == "DOCTYPE a [<!ENTITY e '12345'>]\npi x\n");
    CHECK(read.text == "a: 12345\n");
    CHECK(read.whole);
    CHECK_FALSE(read_xml_text("<a>x<!-- open").whole);
}

TEST_CASE("entities of a document stand for their text, as browsers show it") {
    const auto read = read_xml_text(
        "<!DOCTYPE a [<!ENTITY een '12345'><!ENTITY twee \"&een;67&#56;2\">"
        "<!ENTITY buiten SYSTEM 'file:///a'>]>"
        "<a b='&een;'>&twee; &buiten; &onbekend; &lt;</a>");
    CHECK(read.text == "a b: 12345\na: 123456782 &buiten; &onbekend; <\n");
    CHECK_FALSE(read.endless);
    CHECK_FALSE(read.unclear);
}

TEST_CASE("entities that grow without end, or hold markup, are told of") {
    std::string laughs = "<!DOCTYPE a [<!ENTITY l0 'lol'>";
    for (int n = 1; n < 10; ++n) {
        laughs += "<!ENTITY l" + std::to_string(n) + " '";
        for (int i = 0; i < 10; ++i) laughs += "&l" + std::to_string(n - 1) + ";";
        laughs += "'>";
    }
    const auto read = read_xml_text(laughs + "]><a>&l9;</a>");
    CHECK(read.endless);
    CHECK(read.text.size() < std::size_t{8} << 20U);
    CHECK(read_xml_text("<!DOCTYPE a [<!ENTITY b '&b;'>]><a>&b;</a>").endless);
    CHECK_FALSE(read_xml_text(laughs + "]><a>&l2;</a>").endless);
    CHECK(read_xml_text("<!DOCTYPE a [<!ENTITY b '12<b>34</b>'>]><a>&b;</a>").unclear);
    CHECK(read_xml_text("<!DOCTYPE a [<!ENTITY b '12&#x3c;b>34'>]><a>&b;</a>").unclear);
    CHECK(read_xml_text("<!DOCTYPE a [<!--<!ENTITY b 'x'>--><!ENTITY b '12'>]><a>&b;</a>").unclear);
    CHECK(read_xml_text("<!DOCTYPE a [<!-- ' --><!ENTITY b '12'>]><a>&b;</a>").unclear);
    CHECK(read_xml_text("<!DOCTYPE a [<!ENTITY % b '12'>]><a>x</a>").unclear);
    Budget budget{Limits{}};
    Collector collector({}, budget);
    collector.read({laughs + "]><a>&l9;</a>", {}, {}, "a.xml"});
    const auto reading = collector.take();
    REQUIRE(reading.incomplete.size() == 1);
    CHECK(reading.incomplete[0].why == Why::over_budget);
}

TEST_CASE("XML goes the way of XML wherever it stands") {
    Budget budget{Limits{}};
    Collector collector({}, budget);
    collector.read({"<?xml version='1.0'?><a>&#49;<!--weg--></a>", {}, {}, "a.xml"});
    const auto reading = collector.take();
    REQUIRE(reading.fragments.size() == 2);
    CHECK(reading.fragments[0].text == "a: 1\n");
    CHECK_FALSE(reading.fragments[0].hidden);
    CHECK(reading.fragments[1].where == "comment");
    CHECK(reading.fragments[1].hidden);
}
