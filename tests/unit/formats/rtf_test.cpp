#include "extract/rtf.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "unit/formats/drawn_letter.hpp"
#include "unit/formats/read_with.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace std::string_literals;
using namespace std::string_literals;

namespace {

ReadDocument read_rtf_text(const std::string& content) {
    return read_with_all_formats("{\\rtf1\\ansi\\ansicpg1252 " + content + "}");
}

std::string hex(const std::string& bytes) {
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += "0123456789abcdef"[byte >> 4U];
        out += "0123456789abcdef"[byte & 15U];
    }
    return out;
}

std::string le32(std::size_t value) {
    std::string out;
    for (unsigned shift = 0; shift < 32; shift += 8)
        out += static_cast<char>(value >> shift & 0xFFU);
    return out;
}

std::string counted(const std::string& text) {
    return le32(text.size()) + text;
}

}  // namespace

TEST_CASE("RTF is decoded in its code pages") {
    const auto [content, expected] = GENERATE(table<std::string, std::string>({
        {"Beste Anna\\par BSN 123456782", "Beste Anna\nBSN 123456782"},
        {"caf\\'e9 \\{x\\} a\\\\b", "caf\xC3\xA9 {x} a\\b"},
        {"\\u24180?\\u24565 ?.", "\xE5\xB9\xB4\xE5\xBF\xB5."},
        {"\\uc2\\u233\\'c3\\'a9!", "\xC3\xA9!"},
        {"\\uc0\\u49\\u50 3", "123"},
        {"{\\uc0\\u233}\\u233?", "\xC3\xA9\xC3\xA9"},
        {"\\u-10179?\\u-8704?", "\xF0\x9F\x98\x80"},
        {"{\\fonttbl{\\f0\\fcharset0 A;}{\\f1\\fcharset204 B;}{\\f2\\fcharset128 C;}}\\f0 "
         "\\'e9\\f1 \\'e9\\f2 \\'82\\'a0",
         "\xC3\xA9\xD0\xB9\xE3\x81\x82"},
        {"123{\\b 456}\\i 782", "123456782"},
        {"123\\-456\\~782\\tab x\\emdash y",
         "123456\xC2\xA0"
         "782\tx\xE2\x80\x94y"},
        {"1\r\n2\r\n3", "123"},
    }));
    const auto read = read_rtf_text(content);
    CHECK(read.text("text") == expected);
    CHECK_FALSE(read.hidden("text"));
    CHECK(read.whole());
    CHECK(read.reading.parts.at(0).type == "application/rtf");
}

TEST_CASE("hidden text of RTF is told apart and does not part what is shown") {
    const auto [content, where, expected] = GENERATE(table<std::string, std::string, std::string>({
        {"12{\\v 123456782}34", "hidden text", "123456782"},
        {"12\\v 123\\v0 34", "hidden text", "123"},
        {"12{\\deleted 123456782}34", "deleted text", "123456782"},
        {"{\\colortbl;\\red255\\green255\\blue255;}12{\\cf1 wit}34", "white text", "wit"},
        {"12{\\fs1 klein}34", "tiny text", "klein"},
        {"12{\\*\\annotation nota}34", "comment", "nota\n"},
        {"12{\\*\\atnauthor Jan}34", "comment author", "Jan\n"},
        {"12{\\field{\\*\\fldinst HYPERLINK \"https://a.example\"}{\\fldrslt }}34",
         "field instruction", "HYPERLINK \"https://a.example\"\n"},
        {"12{\\*\\onbekend 123456782}34", "part that readers may skip", "123456782\n"},
        {"12{\\*\\docvar {a}{b}}34", "document variable", "ab\n"},
        {"{\\info{\\title Brief}{\\author Anna}}1234", "document properties",
         "Title: Brief\nAuthor: Anna\n"},
        {"12{\\shp{\\*\\shpinst{\\sp{\\sn wzDescription}{\\sv foto}}}}34", "description of a shape",
         "foto\n"},
    }));
    const auto read = read_rtf_text(content);
    CHECK(read.text("text") == "1234");
    CHECK(read.text(where) == expected);
    CHECK(read.hidden(where));
    CHECK(read.whole());
}

TEST_CASE("notes, headers and text boxes of RTF are read where they stand") {
    const auto read = read_rtf_text(
        "{\\header kop}{\\footer voet}a{\\footnote noot}{\\shp{\\*\\shpinst{\\shptxt kader}}}b"
        "{\\upr{\\footnote ansi}{\\*\\ud{\\footnote uni}}}");
    CHECK(read.text("text") == "ab");
    CHECK(read.text("header") == "kop\n");
    CHECK(read.text("footer") == "voet\n");
    CHECK(read.text("footnote") == "noot\nuni\n");
    CHECK(read.text("text box") == "kader\n");
    CHECK_FALSE(read.hidden("footnote"));
}

TEST_CASE("tables of RTF are rows of cells") {
    const auto read = read_rtf_text(
        "voor\\par\\trowd\\pard\\intbl Naam\\cell BSN\\cell\\row\\trowd\\pard\\intbl Anna\\par de "
        "Boer\\cell 123456782\\cell\\row\\pard na\\par");
    CHECK(read.text("table 1") == "Naam\tBSN\nAnna de Boer\t123456782\n");
    CHECK(read.text("text") == "voor\n");
    CHECK(read.has("na\n"));
}

TEST_CASE("objects embedded in RTF are members") {
    const auto native = "\x02\x00lijst.txt\0c:\\lijst.txt\0"s + le32(0x30000) + counted("x\0"s) +
                        counted("klant 123456782");
    const auto object =
        le32(0x501) + le32(2) + counted("Package\0"s) + counted("") + counted("") + counted(native);
    const auto read = read_rtf_text("a{\\object\\objemb{\\*\\objclass Package}{\\*\\objdata " +
                                    hex("\x02"s).substr(2) + hex(object) + "}{\\result b}}");
    REQUIRE(read.reading.parts.size() == 2);
    CHECK(read.reading.parts[1].name == "lijst.txt");
    CHECK(read.has("klant 123456782"));
    CHECK(read.has("ab"));
}

TEST_CASE("HTML wrapped in RTF is read as HTML") {
    const auto read = read_with_all_formats(
        "{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag64 <p>}12{\\*\\htmltag84 <b>}\\htmlrtf {\\b "
        "\\htmlrtf0 34{\\*\\htmltag92 </b>}\\htmlrtf }\\htmlrtf0 \\htmlrtf alleen rtf\\htmlrtf0 "
        "{\\*\\htmltag72 </p>}{\\*\\htmltag0 <p style='display:none'>}weg{\\*\\htmltag0 </p>}}");
    CHECK(read.has("1234"));
    CHECK(read.has("weg"));
    CHECK(read.text("text for programs without HTML").find("alleen rtf") != std::string::npos);
    CHECK(read.hidden("text for programs without HTML"));
}

TEST_CASE("the words of a picture in RTF are read, in hexadecimal and in bytes") {
    const auto png = drawn_letter({"Burgerservicenummer 123456782"}).png();
    std::string digits;
    for (const char c : png)
        digits += "0123456789abcdef"s[static_cast<unsigned char>(c) >> 4U] + ""s +
                  "0123456789abcdef"[static_cast<unsigned char>(c) & 15U];
    const auto picture = GENERATE_COPY(values<std::string>({
        "{\\*\\shppict{\\pict{\\*\\picprop{\\sp{\\sn a}{\\sv 12}}}\\picw1\\pngblip{\\*\\blipuid "
        "00ff}" +
            digits + "}}{\\nonshppict{\\pict\\wmetafile8 010009}}",
        "{\\pict\\pngblip\\bin" + std::to_string(png.size()) + " " + png + "}",
    }));
    const auto read = read_rtf_text("Beste Anna" + picture + " groet");
    INFO(read.reading.to_json());
    CHECK(read.whole());
    CHECK(read.text("text") == "Beste Anna groet");
    CHECK(read.text("picture") == "Burgerservicenummer 123456782");
}

TEST_CASE("the bytes of a picture in RTF are no text") {
    CHECK(read_rtf_text("a{\\pict\\pngblip 89504e470d0a}b").text("text") == "ab");
    CHECK(read_rtf_text("a{\\pict\\bin4 }}{{ }b").text("text") == "ab");
}

TEST_CASE("a picture in RTF that nobody reads is unsupported") {
    CHECK(read_rtf_text("{\\pict\\wmetafile8 010009000003}").incomplete(Why::unsupported));
    CHECK(read_rtf_text("Anna{\\pict\\wmetafile8 010009000003}").incomplete(Why::unsupported));
    CHECK(read_rtf_text("").whole());
}

TEST_CASE("text behind the end of RTF is found") {
    const auto read = read_with_all_formats("{\\rtf1 a}123456782");
    CHECK(read.text("text") == "a");
    CHECK(read.text("behind the end of the document") == "123456782");
    CHECK(read.hidden("behind the end of the document"));
}

TEST_CASE("RTF that was cut off is never silently clean") {
    const std::string bytes =
        "{\\rtf1\\ansi{\\fonttbl{\\f0\\fcharset0 Arial;}}{\\info{\\title a}}{\\header k\\'e9p}"
        "\\u233?\\trowd\\intbl x\\cell{\\v y}\\row{\\object{\\*\\objdata 616263}}\\bin3 abc "
        "123456782}";
    for (std::size_t size = 5; size < bytes.size(); ++size) {
        INFO(size);
        CHECK(read_with_all_formats(bytes.substr(0, size)).incomplete(Why::damaged));
    }
    CHECK(read_with_all_formats(bytes).whole());
}

TEST_CASE("groups without end stay within bounds") {
    std::string deep = "{\\rtf1 ";
    for (int i = 0; i < 200'000; ++i) deep += "{\\*\\x";
    CHECK(read_with_all_formats(deep).incomplete(Why::over_budget));
    CHECK(read_with_all_formats("{\\rtf1 " + std::string(100'000, '}') + "x").has("x"));
    CHECK(read_with_all_formats("{\\rtf1\\bin99999999999 x").incomplete(Why::damaged));
    CHECK(read_with_all_formats("{\\rtf1\\bin-4 x}").text("text") == "x");
}
