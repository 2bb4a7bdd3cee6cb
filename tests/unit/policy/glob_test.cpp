#include "policy/glob.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace postwacht;  // NOLINT(google-build-using-namespace)
using policy::AddressGlob;
using policy::DomainGlob;

TEST_CASE("a star stands for any run of characters", "[glob]") {
    using policy::glob_matches;
    CHECK(glob_matches("", ""));
    CHECK(glob_matches("*", ""));
    CHECK(glob_matches("a*c", "abbc"));
    CHECK(glob_matches("a*c", "ac"));
    CHECK(glob_matches("*ab*ab", "aabab_abab"));
    CHECK_FALSE(glob_matches("a*c", "abcd"));
    CHECK_FALSE(glob_matches("", "a"));
    CHECK_FALSE(glob_matches("a", ""));
    // Not exponential.
    CHECK_FALSE(glob_matches("*a*a*a*a*a*a*a*a*b", std::string(20'000, 'a')));
}

TEST_CASE("an address is matched in two halves", "[glob]") {
    const auto matches = [](std::string_view pattern, std::string_view path) {
        const auto glob = AddressGlob::parse(pattern);
        REQUIRE(glob.has_value());
        return glob->matches(mail::parse_path(path));
    };
    CHECK(matches("*@svb.example", "<A.B@SVB.example>"));
    CHECK(matches("uit*@*.example", "<uitwisseling@svb.example>"));
    CHECK(matches("*", "<a@b.example>"));
    CHECK(matches("A@B.example", "<a@b.example>"));
    CHECK_FALSE(matches("*@svb.example", "<a@sub.svb.example>"));
    CHECK_FALSE(matches("*@svb.example", "<a@svb.example.org>"));
    CHECK_FALSE(matches("*@svb.example", "<\"a@svb.example\"@evil.example>"));
    CHECK_FALSE(matches("*", "<>"));
    CHECK_FALSE(matches("*", "nothing at all"));
    for (const char* wrong : {"", "a", "@", "a@", "@b", "a@b@c", "a b@c", "**"}) {
        CAPTURE(wrong);
        CHECK_FALSE(AddressGlob::parse(wrong).has_value());
    }
}

TEST_CASE("a star in a domain is one label", "[glob]") {
    const auto matches = [](std::string_view pattern, std::string_view domain) {
        const auto glob = DomainGlob::parse(pattern);
        REQUIRE(glob.has_value());
        return glob->matches(domain);
    };
    CHECK(matches("Gmail.com", "gmail.com"));
    CHECK(matches("gmail.com", "a.b.gmail.com"));
    CHECK(matches("yahoo.*", "yahoo.nl"));
    CHECK(matches("yahoo.*", "mail.yahoo.nl"));
    CHECK_FALSE(matches("yahoo.*", "yahoo.co.uk"));
    CHECK_FALSE(matches("yahoo.*", "yahoo"));
    CHECK_FALSE(matches("gmail.com", "xgmail.com"));
    CHECK_FALSE(matches("gmail.com", ".com"));
    CHECK_FALSE(matches("gmail.com", ""));
    CHECK_FALSE(matches("*.com", ".com"));
    for (const char* wrong : {"", "*", "*.*", ".", "a..b", ".a", "a.", "a@b", "a b", "ya*.com"}) {
        CAPTURE(wrong);
        CHECK_FALSE(DomainGlob::parse(wrong).has_value());
    }
}
