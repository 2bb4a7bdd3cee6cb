#include "extract/structured.hpp"

#include <catch2/catch.hpp>

using namespace postwacht::extract;

TEST_CASE("escapes in JSON hide no digit") {
    const auto [json, expected] = GENERATE(table<std::string, std::string>({
        {R"({"bsn":"\u0031\u00323"})", R"({"bsn":"123"})"},
        {R"(["a\nb\t\"c\"\\d\/"])", "[\"a\nb\t\"c\"\\d/\"]"},
        {R"(["\ud83d\ude00"])", "[\"\xF0\x9F\x98\x80\"]"},
        {R"(["\ud83d"])", "[\"\xEF\xBF\xBD\"]"},
        {R"(["\u12"])", R"(["\u12"])"},
        {R"({"n":123456782})", R"({"n":123456782})"},
        {R"(["\)", R"(["\)"},
    }));
    CHECK(decode_json(json) == expected);
}

TEST_CASE("values of calendars and cards are decoded") {
    const auto [card, expected] = GENERATE(table<std::string, std::string>({
        {"SUMMARY:klant 1234\r\n 56782\r\n", "SUMMARY:klant 123456782\n"},
        {"NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:BSN =31=32=\r\n3 caf=C3=A9\r\n",
         "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:BSN 123 caf\xC3\xA9\n"},
        {"NOTE;ENCODING=BASE64:MTIzNDU2Nzgy\r\n", "NOTE;ENCODING=BASE64\n123456782\n"},
        {"DESCRIPTION:a\\nb\\,c\\;d\\\\e\n", "DESCRIPTION:a\nb,c;d\\e\n"},
        {"ATTENDEE;CN=\"a:b\":mailto:a@b.example\n", "ATTENDEE;CN=\"a:b\":mailto:a@b.example\n"},
        {"zomaar\n", "zomaar\n"},
    }));
    CHECK(read_card(card).text == expected);
}

TEST_CASE("files in calendars and cards are found") {
    const auto card = read_card(
        "ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=a.txt:a2xhbnQ=\n"
        "PHOTO:data:image/png;base64,iVBORw==\n"
        "item1.LOGO;BASE64:\n  R0lG\n  ODlh\n\nEND:VCARD\n");
    REQUIRE(card.files.size() == 3);
    CHECK(card.files[0].name == "a.txt");
    CHECK(card.files[0].type == "text/plain");
    CHECK(card.files[0].bytes == "klant");
    CHECK(card.files[1].bytes == "\x89PNG");
    CHECK(card.files[2].bytes == "GIF89a");
    CHECK(card.text.find("END:VCARD") != std::string::npos);
}
