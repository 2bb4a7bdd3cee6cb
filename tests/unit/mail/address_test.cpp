#include "mail/address.hpp"

#include <catch2/catch.hpp>

using namespace postwacht::mail;

TEST_CASE("a path is read in every form an MTA hands over") {
    const auto [raw, local, domain] = GENERATE(table<const char*, const char*, const char*>({
        {"<anna@jansen.example>", "anna", "jansen.example"},
        {"anna@jansen.example", "anna", "jansen.example"},
        {" <anna@jansen.example> ", "anna", "jansen.example"},
        {"<Anna.de.Boer@Jansen.EXAMPLE>", "Anna.de.Boer", "jansen.example"},
        {"<anna@jansen.example.>", "anna", "jansen.example"},
        {"<@relay.example:anna@jansen.example>", "anna", "jansen.example"},
        {"<@relay.example,@r2.example:anna@jansen.example>", "anna", "jansen.example"},
        {"<\"anna de boer\"@jansen.example>", "anna de boer", "jansen.example"},
        {"<\"an\\\"na\\\\\"@jansen.example>", "an\"na\\", "jansen.example"},
        {"<anna+uitkering@jansen.example>", "anna+uitkering", "jansen.example"},
        {"<zo\xC3\xAB@jansen.example>", "zo\xC3\xAB", "jansen.example"},
        {"<anna@[192.0.2.1]>", "anna", "[192.0.2.1]"},
        {"<anna@[IPv6:2001:db8::1]>", "anna", "[ipv6:2001:db8::1]"},
    }));
    const Address address = parse_path(raw);
    INFO(raw);
    CHECK_FALSE(address.invalid);
    CHECK_FALSE(address.null);
    CHECK(address.local == local);
    CHECK(address.domain == domain);
}

TEST_CASE("the null path is no mistake") {
    for (const char* raw : {"<>", "< >", " <> "}) {
        INFO(raw);
        CHECK(parse_path(raw).null);
        CHECK(parse_path(raw).key().empty());
        CHECK(parse_path(raw).to_string() == "<>");
    }
}

TEST_CASE("what is no address is invalid and has no key") {
    for (const char* raw :
         {"", "anna", "<anna>", "@jansen.example", "<@>", "anna@", "anna@@x.example",
          "a b@x.example", "<\"anna@x.example>", "anna@x..example", "anna@.example",
          "anna@x.example..", "\"an\x01na\"@x.example", "anna@x.example>", "anna@x example",
          "anna@x.example, bob@y.example", "an\x01na@x.example"}) {
        INFO(raw);
        const Address address = parse_path(raw);
        CHECK(address.invalid);
        CHECK(address.key().empty());
    }
}

TEST_CASE("a local part that names another host is not trusted to be one mailbox") {
    for (const char* raw :
         {"<anna%jansen.example@uwv.example>", "<jansen.example!anna@uwv.example>",
          "<\"anna@jansen.example\"@uwv.example>"}) {
        INFO(raw);
        CHECK(parse_path(raw).invalid);
    }
}

TEST_CASE("addresses are compared without case") {
    CHECK(parse_path("<Anna.De.Boer@JANSEN.example>").key() == "anna.de.boer@jansen.example");
    CHECK(parse_path("<ZO\xC3\x8B@jansen.example>").key() == "zo\xC3\xAB@jansen.example");
    // The same letter as one code point and as two.
    CHECK(parse_path("<a@caf\xC3\xA9.example>").domain ==
          parse_path("<a@cafe\xCC\x81.example>").domain);
}

TEST_CASE("an address is written so that it can be read again") {
    for (const char* raw : {"<anna@jansen.example>", "<\"anna de boer\"@jansen.example>",
                            "<\"an\\\"na\\\\\"@jansen.example>"}) {
        const Address address = parse_path(raw);
        CHECK(parse_path(address.to_string()).local == address.local);
        CHECK("<" + address.to_string() + ">" == raw);
    }
}

TEST_CASE("the addresses of a header field") {
    const auto list = parse_address_list(
        "Anna <anna@jansen.example>, \"Boer, de\" <boer@x.example>,\r\n"
        " Team: a@one.example, =?utf-8?q?Zo=C3=AB?= <b@two.example>;, bare@y.example (comment)");
    REQUIRE(list.size() == 5);
    CHECK(list[0].key() == "anna@jansen.example");
    CHECK(list[1].key() == "boer@x.example");
    CHECK(list[2].key() == "a@one.example");
    CHECK(list[3].key() == "b@two.example");
    CHECK(list[4].key() == "bare@y.example");
    CHECK(parse_address_list("anna@[192.0.2.1] (kamer 1), b@x.example").size() == 2);
    CHECK(parse_address_list("\"(\" <anna@[192.0.2.1]>, b@x.example").size() == 2);
    CHECK(parse_address_list("undisclosed-recipients:;").empty());
    CHECK(parse_address_list("").empty());
}

TEST_CASE("a domain is within itself and its parents only") {
    CHECK(domain_within("jansen.example", "jansen.example"));
    CHECK(domain_within("hr.jansen.example", "jansen.example"));
    CHECK_FALSE(domain_within("dejansen.example", "jansen.example"));
    CHECK_FALSE(domain_within("example", "jansen.example"));
    CHECK_FALSE(domain_within("jansen.example", ""));
}

TEST_CASE("a source route is what an MTA forgets") {
    using postwacht::mail::without_route;
    CHECK(without_route("<@relay.example,@r2.example:Hr@Jansen.EXAMPLE>") == "<Hr@Jansen.EXAMPLE>");
    CHECK(without_route("< hr@jansen.example >") == "<hr@jansen.example>");
    CHECK(without_route("\"h r\"@jansen.example") == "<\"h r\"@jansen.example>");
    CHECK(without_route("<>") == "<>");
}
