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
    CHECK(read.text == "a: &e;\n");
    CHECK(read.whole);
    CHECK_FALSE(read_xml_text("<a>x<!-- open").whole);
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
