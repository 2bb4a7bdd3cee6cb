#include "extract/smime.hpp"

#include <catch2/catch.hpp>

#include "unit/formats/reading_of.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace std::string_literals;

namespace {

std::string der(char tag, const std::string& content) {
    return tag + "\x82"s + static_cast<char>(content.size() >> 8U) +
           static_cast<char>(content.size() & 0xFFU) + content;
}

const std::string signed_oid = "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";
const std::string data_oid = "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01";
const std::string part = "Content-Type: text/plain\r\n\r\nBeste heer 123456782\r\n";

std::string signed_with(const std::string& octets) {
    const auto inner = der('\x30', data_oid + der('\xA0', octets));
    return der('\x30', signed_oid + der('\xA0', der('\x30', "\x02\x01\x01\x31\x00"s + inner)));
}

}  // namespace

TEST_CASE("signed mail with its content inside is read") {
    const auto reading = reading_of(signed_with(der('\x04', part)), "smime.p7m");
    CHECK(has_text_anywhere(reading, "Beste heer 123456782"));
    CHECK(reading.incomplete.empty());
}

TEST_CASE("content in pieces is joined") {
    const auto pieces =
        "\x24\x80"s + der('\x04', part.substr(0, 40)) + der('\x04', part.substr(40)) + "\0\0"s;
    const auto reading = reading_of(signed_with(pieces), "smime.p7m");
    CHECK(has_text_anywhere(reading, "Beste heer 123456782"));
    CHECK(reading.incomplete.empty());
}

TEST_CASE("signed mail that is cut off is never silent about it") {
    const auto whole = signed_with(der('\x04', part));
    for (std::size_t size = 30; size < whole.size(); ++size)
        CHECK_FALSE(reading_of(whole.substr(0, size), "smime.p7m").incomplete.empty());
}
