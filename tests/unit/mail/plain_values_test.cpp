#include "mail/plain_values.hpp"

#include <catch2/catch.hpp>

#include "mail/header_values.hpp"

using namespace postwacht::mail;

namespace {

// What GMime says: a quoted character is nothing plain.
ContentType content_type_by_gmime(const std::string& value) {
    return parse_content_type(value + R"(; zz="\q")");
}
Disposition disposition_by_gmime(const std::string& value) {
    return parse_disposition(value + R"(; zz="\q")");
}

}  // namespace

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
