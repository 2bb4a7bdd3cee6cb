#include "extract/secret.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "extract/collector.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace std::string_literals;

TEST_CASE("what only a key opens is told by its content") {
    const auto [bytes, secret] = GENERATE(table<std::string, bool>({
        {"\x8C\x0D\x04\x09\x03\x02"s + std::string(9, 'x') + "\xD2\x40",
         true},                                                      // password, old form
        {"\xC3\x04\x04\x09\x00\x08\xD2\x40"s, true},                 // new form
        {"\x84\x0C\x03" + std::string(11, 'k') + "\xD2\x40", true},  // public key
        {"Salted__12345678xxxx", true},
        {"age-encryption.org/v1\n", true},
        {"\xC3\x04\x04\x09\x00\x08"s, false},  // nothing behind it
        {"\xC3\x04\x04\x09\x00\x08"
         "plain",
         false},
        {"\x88\x04\x04\x09\x00\x08\xD2\x40"s, false},  // a signature
        {"\xC3\xFF\xFF\xFF\xFF\xFF\x04", false},
        {"\xC3", false},
        {"", false},
    }));
    CHECK(is_secret(bytes) == secret);
}

TEST_CASE("an armoured CMS message in text is a file inside") {
    Budget budget{Limits{}};
    Collector collector({}, budget);
    // SignedData without content, as far as its beginning.
    collector.read(
        {"zie\n-----BEGIN PKCS7-----\nMAsGCSqGSIb3DQEHAw==\n-----END PKCS7-----\n"
         "-----BEGIN CMS-----\nMAsG",
         {},
         {},
         {}});
    const auto reading = collector.take();
    REQUIRE(reading.parts.size() == 3);
    CHECK(reading.parts[1].type == "application/pkcs7-mime");
    REQUIRE(reading.incomplete.size() > 1);
    CHECK(reading.incomplete[0].path == "1");
    CHECK(reading.incomplete[0].why == Why::encrypted);
}
