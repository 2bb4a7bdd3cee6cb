#include "mail/plain_values.hpp"

#include <catch2/catch.hpp>

#include "mail/address.hpp"
#include "mail/header_values.hpp"

using namespace postwacht::mail;

namespace {

// What GMime says: a comment, or a quoted character, is nothing plain.
std::vector<Address> addresses_by_gmime(const std::string& value) {
    return parse_address_list("(x) " + value);
}
ContentType content_type_by_gmime(const std::string& value) {
    return parse_content_type(value + R"(; zz="\q")");
}
Disposition disposition_by_gmime(const std::string& value) {
    return parse_disposition(value + R"(; zz="\q")");
}

}  // namespace

TEST_CASE("plain addresses are what GMime reads in them") {
    const std::string value = GENERATE(
        "a@b.example", " a.b+c_d-e@b.c.example ", "Anna de Vries <Anna@B.example>", "<a@b.example>",
        "J. Jansen <j@b.example>, k@c.example,\r\n L <l@d.example>", "'t Hooft <h@b.example>",
        "a1@b-c.example\t", "1 2 3 <x@y.z.example>", "A.B.\r\n\tC <abc@x.example>");
    CAPTURE(value);
    REQUIRE(plain_addresses(value));
    const auto ours = parse_address_list(value);
    const auto theirs = addresses_by_gmime(value);
    REQUIRE(ours.size() == theirs.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
        CHECK(ours[i].key() == theirs[i].key());
        CHECK(ours[i].to_string() == theirs[i].to_string());
        CHECK_FALSE(ours[i].invalid);
    }
}

TEST_CASE("addresses that could be read in two ways are left to GMime") {
    const std::string value = GENERATE(
        "", " ", "a", "a@", "@b.example", "a b@c.example", "a@b.example c", "a@b.example (c)",
        "\"a b\"@c.example", "\"A, B\" <a@b.example>", "A, B <a@b.example>", "a@b@c.example",
        "a@b..example", ".a@b.example", "a.@b.example", "a@b.example.", "a@[192.0.2.1]",
        "=?utf-8?q?x?= <a@b.example>", "groep: a@b.example;", "<@r.example:a@b.example>",
        "a@b.example,", ",a@b.example", "A <a@b.example> B", "A <a@b.example", "a%c@b.example",
        "b!a@c.example", "J\xC3\xB6rg <a@b.example>", "a\\@b@c.example", "undisclosed-recipients:;",
        "A < a@b.example >");
    CAPTURE(value);
    CHECK_FALSE(plain_addresses(value));
}

TEST_CASE("plain parameters are what GMime reads in them") {
    const std::string value = GENERATE(
        "text/plain", "Text/HTML; Charset=UTF-8", " text/plain;charset=\"utf-8\"; format=flowed ",
        "multipart/mixed;\r\n\tboundary=\"=_a b/c:(d)'e,f\"", "application/pdf; name=besluit.pdf",
        "application/octet-stream; name=\"een brief.doc\"; x-mac=0", "text/plain;",
        "image/svg+xml; NAME=\"a.svg\"");
    CAPTURE(value);
    REQUIRE(plain_parameters(value));
    const auto ours = parse_content_type(value);
    const auto theirs = content_type_by_gmime(value);
    CHECK(ours.type == theirs.type);
    CHECK(ours.charset == theirs.charset);
    CHECK(ours.boundary == theirs.boundary);
    CHECK(ours.names == theirs.names);
}

TEST_CASE("a plain disposition is what GMime reads in it") {
    const std::string value =
        GENERATE("inline", "Attachment", "attachment; filename=a.txt",
                 "attachment;\r\n filename=\"lijst 2026.xlsx\"; size=12", "form-data; name=x");
    CAPTURE(value);
    REQUIRE(plain_parameters(value));
    CHECK(parse_disposition(value).attachment == disposition_by_gmime(value).attachment);
    CHECK(parse_disposition(value).names == disposition_by_gmime(value).names);
}

TEST_CASE("parameters that could be read in two ways are left to GMime") {
    const std::string value = GENERATE(
        "", "; charset=x", "text/plain charset=x", "text/plain; charset",
        "text/plain; charset=", "text/plain; charset=a b", "text/plain; charset=\"a",
        "text/plain; charset=\"a\"b", "text/plain; charset=a; CHARSET=b",
        "text/plain; name*=utf-8''x", "text/plain; name*0=x", "text/plain; name=\"a\\\"b\"",
        "text/plain; name=\"=?utf-8?q?x?=\"", "text/plain; name=\"a\r\n b\"", "text/plain (c)",
        "text/plain; a=1; b=2; c=3; d=4; e=5", "text/plain; name=\"J\xC3\xB6rg.txt\"",
        "text/plain; name=\" a\"", "text/plain;; charset=x", "text/plain; name=a/b");
    CAPTURE(value);
    CHECK_FALSE(plain_parameters(value));
}

TEST_CASE("a type that is not of two words is left to GMime") {
    for (const std::string value : {"text", "text/", "/plain", "a/b/c"})
        CHECK(parse_content_type(value).type == content_type_by_gmime(value).type);
}
