#include "mail/idn.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "mail/address.hpp"

using namespace postwacht::mail;

TEST_CASE("a domain is one in its own letters and in ASCII") {
    const auto [unicode, ascii] = GENERATE(table<std::string, std::string>({
        {"café.example", "xn--caf-dma.example"},
        {"post.bücher.example", "post.xn--bcher-kva.example"},
        {"straße.example", "xn--strae-oqa.example"},
        {"почта.example", "xn--80a1acny.example"},
        {"çelik.example", "xn--elik-zoa.example"},
    }));
    INFO(unicode);
    CHECK(comparable_domain(unicode) == unicode);
    CHECK(comparable_domain(ascii) == unicode);
    CHECK(ascii_domain(unicode) == ascii);
    CHECK(ascii_domain(ascii) == ascii);
    CHECK(parse_path("<anna@" + ascii + ">").key() == parse_path("anna@" + unicode).key());
}

TEST_CASE("letters, dots and labels are compared in one form") {
    CHECK(comparable_domain("CAFÉ.Example") == "café.example");
    CHECK(comparable_domain("XN--CAF-DMA.example") == "café.example");
    CHECK(comparable_domain("cafe\xCC\x81.example") == "café.example");
    // The full stop of Chinese and Japanese keyboards.
    CHECK(comparable_domain("caf\xC3\xA9\xE3\x80\x82"
                            "example") == "café.example");
    CHECK(comparable_domain("hr.jansen.example") == "hr.jansen.example");
    CHECK(comparable_domain("") == "");
}

TEST_CASE("what is no domain in another script stays as it is") {
    for (const std::string name : {"xn--.example", "xn--\x7F.example", "xn--a\xC3\xA9.example",
                                   "\xF0\x9F\x93\xAC.example", "a_b.example", "[192.0.2.1]"}) {
        INFO(name);
        CHECK(comparable_domain(comparable_domain(name)) == comparable_domain(name));
    }
    CHECK(comparable_domain("xn--zzzzzz.example") == "xn--zzzzzz.example");
    // Decoded they would hold what no label may: a macron, a no-break space.
    for (const std::string name : {"xn--axn--caf-dma.example", "xn--ls8haxn--caf-dma"}) {
        INFO(name);
        CHECK(comparable_domain(name) == name);
        CHECK(parse_path(parse_path("a@" + name).to_string()).key() == "a@" + name);
    }
    CHECK(comparable_domain("a_b.example") == "a_b.example");
    const std::string long_label = std::string(70, 'a') + "é.example";
    CHECK(comparable_domain(long_label) == long_label);
    const std::string long_domain = std::string(2000, 'e') + "é.example";
    CHECK(comparable_domain(long_domain) == long_domain);
}

TEST_CASE("two domains that only look alike stay two") {
    // Latin and Cyrillic.
    CHECK(comparable_domain("xn--80ak6aa92e.example") != comparable_domain("apple.example"));
    CHECK(comparable_domain("cafe.example") != comparable_domain("café.example"));
    CHECK(comparable_domain("strasse.example") != comparable_domain("straße.example"));
}

TEST_CASE("an address of a header field has its display name") {
    const auto list = parse_address_list(
        "\"Boer, A. de\" <anna@jansen.example>, bare@x.example,\r\n"
        " =?utf-8?q?Zo=C3=AB?= <b@xn--caf-dma.example>, Team: Piet <p@x.example>;");
    REQUIRE(list.size() == 4);
    CHECK(list[0].name == "Boer, A. de");
    CHECK(list[1].name.empty());
    CHECK(list[2].name == "Zoë");
    CHECK(list[2].domain == "café.example");
    CHECK(list[3].name == "Piet");
}
