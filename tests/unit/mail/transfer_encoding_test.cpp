#include "mail/transfer_encoding.hpp"

#include <catch2/catch.hpp>

using namespace postwacht::mail;

TEST_CASE("base64 is decoded however it is broken") {
    const auto [encoded, content] = GENERATE(table<const char*, const char*>({
        {"aGVsbG8gd29ybGQ=", "hello world"},
        {"aGVs\r\nbG8g\r\nd29y\r\nbGQ=\r\n", "hello world"},
        {"aGVsbG8gd29ybGQ", "hello world"},           // no padding
        {"aGVsbG8=\r\nIHdvcmxk\r\n", "hello world"},  // two pieces
        {"aGVsbG8=IHdvcmxk", "hello world"},
        {"aGVs!!bG8gd29ybGQ=", "hello world"},
        {"aGVsbG8gd29ybGQ=====", "hello world"},
        {"aGVsbG8gd29ybGQ=\r\n\r\n", "hello world"},
        {"", ""},
        {"=", ""},
        {"aGVsb", "hel"},  // one digit is no byte
    }));
    INFO(encoded);
    const Undone undone = undo_transfer_encoding(encoded, "base64");
    CHECK(undone.content == content);
    CHECK(undone.defect == nullptr);
}

TEST_CASE("text in a base64 body that is no base64 is kept") {
    const Undone footer =
        undo_transfer_encoding("aGVsbG8=\r\n\r\nDe afdeling stuurt dit.\r\n", "base64");
    CHECK(footer.content == "hello");
    CHECK(footer.foreign == "De afdeling stuurt dit.");
    CHECK(footer.defect == nullptr);

    const Undone plain = undo_transfer_encoding("Beste collega\r\nzie bijlage\r\n", "base64");
    CHECK(plain.foreign == "Beste collega\r\nzie bijlage\r\n");

    const std::string line(76, 'A');
    const Undone hidden = undo_transfer_encoding("aGVsbG8=\r\n--\r\n" + line + "\r\n", "base64");
    CHECK(hidden.defect != nullptr);
}

TEST_CASE("quoted-printable is decoded however it is broken") {
    const auto [encoded, content] = GENERATE(table<const char*, const char*>({
        {"caf=C3=A9", "caf\xC3\xA9"},
        {"caf=c3=a9", "caf\xC3\xA9"},
        {"12345=\r\n6782", "123456782"},
        {"12345=\n6782", "123456782"},
        {"12345= \t\r\n6782", "123456782"},
        {"a=3D1", "a=1"},
        {"a=zz", "a=zz"},
        {"einde=", "einde"},
        {"einde=3", "einde=3"},
        {"==3D", "=="},
        {"", ""},
    }));
    INFO(encoded);
    CHECK(decode_quoted_printable(encoded) == content);
}

TEST_CASE("the name of an encoding is read as readers read it") {
    for (const char* name :
         {"base64", "BASE64", " base64 ", "base64 (see RFC)", "\"base64\"", "base64;"}) {
        INFO(name);
        CHECK(undo_transfer_encoding("aGVsbG8=", name).content == "hello");
    }
    for (const char* name : {"", "7bit", "8bit", "binary", "8BIT"}) {
        INFO(name);
        const Undone undone = undo_transfer_encoding("a=3Db", name);
        CHECK(undone.content == "a=3Db");
        CHECK(undone.defect == nullptr);
    }
    const Undone unknown = undo_transfer_encoding("tekst", "x-eigen");
    CHECK(unknown.content == "tekst");
    CHECK(unknown.defect != nullptr);
}
