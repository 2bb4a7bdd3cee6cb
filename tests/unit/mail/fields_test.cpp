#include "mail/fields.hpp"

#include <catch2/catch.hpp>

using namespace postwacht::mail;

TEST_CASE("a header ends at the empty line, with either line end") {
    for (const std::string end : {"\n", "\r\n"}) {
        const std::string bytes =
            "Subject: a" + end + " b" + end + "to : x" + end + end + "body" + end;
        const HeaderBlock block = split_header(bytes);
        REQUIRE(block.fields.size() == 2);
        CHECK(block.fields[0].name == "Subject");
        CHECK(block.fields[0].value == " a" + end + " b");
        REQUIRE(block.find("TO") != nullptr);
        CHECK(block.find("TO")->value == " x");
        CHECK(block.body == "body" + end);
        CHECK(block.stray_lines.empty());
    }
}

TEST_CASE("bytes without any field are body") {
    for (const std::string bytes :
         {"Geachte mevrouw,\nLet op: morgen\n", "// code\nint x;\n", "x", ""}) {
        const HeaderBlock block = split_header(bytes);
        CHECK(block.fields.empty());
        CHECK(block.body == bytes);
    }
}

TEST_CASE("a stray line is kept, and so is what follows it") {
    const HeaderBlock block =
        split_header("Subject: a\nno field\nLet op: x\nContent-Type: text/html\n\nbody");
    CHECK(block.find("content-type") != nullptr);
    CHECK(block.stray_lines == "no field\nLet op: x\n");
    CHECK(block.body == "body");
}

TEST_CASE("a header may end with the bytes") {
    CHECK(split_header("Subject: a").find("subject")->value == " a");
    CHECK(split_header("Subject: a").body.empty());
    CHECK(split_header("Subject: a\n").body.empty());
    CHECK(split_header("\nbody").body == "body");
}

TEST_CASE("a line of an mbox before the header does not hide it") {
    const HeaderBlock block =
        split_header("From anna@x.example Mon Nov 23 10:00:00 2026\nSubject: a\n\nb");
    CHECK(block.find("subject") != nullptr);
    CHECK(block.body == "b");
}

TEST_CASE("a CR that ends no line is told") {
    CHECK(split_header("Subject: a\rContent-Type: text/html\n\nb").bare_cr);
    CHECK_FALSE(split_header("Subject: a\r\n\r\nb\rc").bare_cr);
}

TEST_CASE("a header of very many fields is cut and its lines kept") {
    std::string bytes = "Subject: a\n";
    for (std::size_t i = 0; i < HeaderBlock::max_fields; ++i) bytes += "X-A: b\n";
    bytes += "\nbody";
    const HeaderBlock block = split_header(bytes);
    CHECK(block.cut);
    CHECK(block.fields.size() == HeaderBlock::max_fields);
    CHECK(block.stray_lines == "X-A: b\n");
    CHECK(block.body == "body");
}
