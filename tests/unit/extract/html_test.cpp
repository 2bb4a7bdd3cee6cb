#include "extract/html.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "base/text.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace std::string_literals;

namespace {

std::vector<Fragment> read(const std::string& html) {
    Budget budget{Limits{}};
    bool complete = false;
    std::vector<HtmlFile> files;
    auto fragments = read_html(html, budget, complete, files);
    CHECK(complete);
    return fragments;
}

std::vector<HtmlFile> files_in(const std::string& html) {
    Budget budget{Limits{}};
    bool complete = false;
    std::vector<HtmlFile> files;
    (void)read_html(html, budget, complete, files);
    return files;
}

std::string visible(const std::string& html) {
    for (const auto& fragment : read(html))
        if (fragment.where == "text") return fragment.text;
    return {};
}

// The text hidden for this reason; empty where there is none.
std::string hidden(const std::string& html, const std::string& where) {
    for (const auto& fragment : read(html))
        if (fragment.where == where && fragment.hidden) return fragment.text;
    return {};
}

}  // namespace

TEST_CASE("inline markup joins and blocks part") {
    CHECK(visible("12<b>34</b>56<i></i>7<span>82</span>") ==
          "12345678"
          "2");
    CHECK(visible("<p>een</p><p>twee</p>") == "een\ntwee");
    CHECK(visible("<div>een<div>twee</div>drie</div>") == "een\ntwee\ndrie");
    CHECK(visible("een<br>twee<br/>drie") == "een\ntwee\ndrie");
    CHECK(visible("een \n\t twee") == "een twee");
    CHECK(visible("een<b> twee</b>") == "een twee");
    CHECK(visible("<ul><li>een<li>twee</ul>") == "een\ntwee");
    CHECK(visible("<span style='display:block'>een</span>twee") == "een\ntwee");
    CHECK(visible("<pre>een\r\n  twee</pre>") == "een\n  twee");
    CHECK(visible("gewone tekst") == "gewone tekst");
}

TEST_CASE("invisible characters do not part a number once it is folded") {
    for (const char* html : {"1234<wbr>56782", "1234&shy;56782", "1234&zwnj;56782",
                             "1234&#8203;56782", "1234<span style=\"font-size:0\">xx</span>56782",
                             "1234<!-- x -->56782", "12&#51;4&#x35;6782"}) {
        INFO(html);
        CHECK(text::fold(visible(html)) == "123456782");
    }
    CHECK(visible("1234\0"s + "56782") == "123456782");
}

TEST_CASE("entities are decoded") {
    CHECK(visible("&eacute;&amp;&lt;b&gt;&#233;&euro;") == "\xC3\xA9&<b>\xC3\xA9\xE2\x82\xAC");
    CHECK(visible("een&nbsp;twee") == "een\xC2\xA0twee");
    CHECK(visible("R&D & zo") == "R&D & zo");
}

TEST_CASE("tables keep rows and columns") {
    CHECK(
        visible(
            "<table><tr><th>Naam</th><th>BSN</th></tr><tr><td>Anna</td><td>1</td></tr></table>") ==
        "Naam\tBSN\nAnna\t1");
    CHECK(visible("<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>") == "a\tb");
    CHECK(
        visible(
            "<table><tr><td>a</td><td></td><td>c</td></tr><tr><td></td><td>b</td></tr></table>") ==
        "a\t\tc\n\tb");
    CHECK(visible("x<table><tr><td>a</table>y") == "x\na\ny");
}

TEST_CASE("hidden text is apart and says why") {
    const auto [html, where] = GENERATE(table<std::string, std::string>({
        {"<div style='display:none'>geheim</div>", "display:none"},
        {"<div style='DISPLAY : NONE !important'>geheim</div>", "display:none"},
        {"<p hidden>geheim</p>", "display:none"},
        {"<div style='display:none'><p style='display:block'>geheim</p></div>", "display:none"},
        {"<p style='visibility:hidden'>geheim</p>", "visibility:hidden"},
        {"<p style='font-size:0'>geheim</p>", "zero font size"},
        {"<p style='font-size:1px'>geheim</p>", "zero font size"},
        {"<p style='font-size:0px'><b>geheim</b></p>", "zero font size"},
        {"<p style='font:0/0 a'>geheim</p>", "zero font size"},
        {"<p style='opacity:0'>geheim</p>", "opacity:0"},
        {"<p style='mso-hide:all'>geheim</p>", "mso-hide"},
        {"<p style='max-height:0;overflow:hidden'>geheim</p>", "zero size"},
        {"<p style='width:0px;overflow:hidden'>geheim</p>", "zero size"},
        {"<p style='position:absolute;left:-9999px'>geheim</p>", "off screen"},
        {"<p style='color:#fff'>geheim</p>", "colour of the background"},
        {"<div style='background:#123456'><p style='color:rgb(18,52,86)'>geheim</p></div>",
         "colour of the background"},
        {"<table bgcolor=black><tr><td>geheim</td></tr></table>", "colour of the background"},
        {"<body bgcolor=#ff0000><font color=red>geheim</font></body>", "colour of the background"},
        {"<style>.x{display:none}</style><p class='a x'>geheim</p>", "display:none"},
        {"<style>#y, h1 {display:none}</style><p id=y>geheim</p>", "display:none"},
        {"<style><!-- h1 {display:none} --></style><h1>geheim</h1>", "display:none"},
        {"<style>p.x{visibility:hidden}</style><p class=x>geheim</p>", "visibility:hidden"},
        {"<!-- geheim -->", "comment"},
        {"<!geheim>", "comment"},
        {"<!--[if mso]><p>geheim</p><![endif]-->", "conditional comment"},
        {"<script>geheim</script>", "script"},
        {"<style>geheim</style>", "script"},
        {"<title>geheim</title>", "title"},
        {"<img alt='geheim'>", "alternative text"},
        {"<p title='geheim'></p>", "attribute"},
        {"<p aria-label='geheim'></p>", "attribute"},
        {"<p data-klant='geheim'></p>", "attribute"},
        {"<input type=hidden value='geheim'>", "form value"},
        {"<meta name=x content='geheim'>", "metadata"},
        {"<template>geheim</template>", "not shown"},
        {"<iframe srcdoc='geheim'></iframe>", "frame"},
    }));
    INFO(html);
    CHECK(hidden(html, where) == "geheim");
    CHECK(visible("voor" + html).find("geheim") == std::string::npos);
}

TEST_CASE("what only looks hidden is visible") {
    for (const char* html :
         {"<td style='font-size:0'><span style='font-size:14px'>tekst</span></td>",
          "<div style='visibility:hidden'><p style='visibility:visible'>tekst</p></div>",
          "<div style='background:#000'><p style='color:#fff'>tekst</p></div>",
          "<div style='background:url(x.png)'><p style='color:#fff'>tekst</p></div>",
          "<style>@media (max-width:600px){.x{display:none}}</style><p class=x>tekst</p>",
          "<style>.x{display:none}</style><p class=y>tekst</p>",
          "<style>.a .x{display:none}</style><p class=x>tekst</p>", "<p style='height:0'>tekst</p>",
          "<p style='font-size:1.2em'>tekst</p>", "<p style='opacity:0.8'>tekst</p>",
          "<noscript>tekst</noscript>", "<input type=text value=tekst>",
          "<![if !mso]>tekst<![endif]>"}) {
        INFO(html);
        CHECK(visible(html) == "tekst");
    }
}

TEST_CASE("a hidden block does not part the text around it") {
    CHECK(visible("12<div style='display:none'>x</div>34") == "1234");
    CHECK(visible("<html><body>12<![if !mso]>34<![endif]>56</body></html>") == "123456");
    CHECK(visible("12<div style='opacity:0'>x</div>34") == "12\n34");
    CHECK(visible("<div style='visibility:hidden'><i style='visibility:visible'>12</i></div>34") ==
          "12\n34");
    CHECK(visible("12<table bgcolor=black><tr><td style='color:#fff'>34</td></tr></table>56") ==
          "12\n34\n56");
    CHECK(hidden("<p style='display:none'>1234<b>5678</b>2</p>", "display:none") == "123456782");
}

TEST_CASE("links tell what they carry") {
    const auto link = [](const std::string& html) {
        for (const auto& fragment : read(html))
            if (fragment.where == "link") {
                CHECK_FALSE(fragment.hidden);
                return fragment.text;
            }
        return ""s;
    };
    CHECK(link("<a href='mailto:anna@x.example?subject=BSN%20123456782&amp;body=a'>x</a>") ==
          "anna@x.example\nsubject=BSN 123456782\nbody=a");
    CHECK(link("<a href='tel:+31201234567'>x</a>") == "+31201234567");
    CHECK(link("<a href='https://x.example/pad?bsn=123456782&naam=de+Boer#top'>x</a>") ==
          "bsn=123456782\nnaam=de Boer\ntop");
    CHECK(link("<form action='?id=1'></form>") == "id=1");
    CHECK(link("<a href='https://x.example/pad'>x</a>").empty());
}

TEST_CASE("the charset a document declares") {
    CHECK(html_declared_charset("<meta charset=\"iso-8859-15\">") == "iso-8859-15");
    CHECK(html_declared_charset(
              "<meta http-equiv=Content-Type content='text/html; charset=utf-8'>") == "utf-8");
    CHECK(html_declared_charset("<?xml version='1.0' encoding='koi8-r'?>") == "koi8-r");
    CHECK(html_declared_charset("<html>charset, encoding</html>").empty());
    CHECK(html_declared_charset("charset").empty());
}

TEST_CASE("hostile documents end, and say when they were not read in full") {
    Limits limits;
    limits.wall_time = std::chrono::seconds(5);
    const auto ends = [&limits](const std::string& html) {
        Budget budget(limits);
        bool complete = true;
        const auto begin = std::chrono::steady_clock::now();
        std::vector<HtmlFile> files;
        (void)read_html(html, budget, complete, files);
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
        return complete;
    };
    const auto repeat = [](const std::string& piece, std::size_t count) {
        std::string out;
        for (std::size_t i = 0; i < count; ++i) out += piece;
        return out;
    };
    CHECK_FALSE(ends(repeat("<div>", 100'000)));
    CHECK_FALSE(ends(repeat("<b>", 100'000)));
    CHECK(ends(repeat("</div>", 100'000)));
    CHECK(ends(repeat("<!--", 100'000)));
    CHECK(ends("<a " + repeat("a='b' ", 20'000) + ">"));
    CHECK(ends(repeat("&amp", 200'000)));
    CHECK(ends("<style>" + repeat(".a{", 50'000) + "</style>"));
    CHECK(ends("<style>" + repeat("<!--", 50'000) + "</style>"));
    CHECK(ends("<p title='" + std::string(2'000'000, 'x')));
    CHECK(ends(repeat("<p>x<table>", 800)));
}

TEST_CASE("files in addresses of HTML are found") {
    const auto files = files_in(
        "<a download='x.csv' href='data:text/csv;charset=utf-8;base64,YSxi\n'>x</a>"
        "<iframe src=' DATA:text/html,%3Cb%3Ehallo%3C/b%3E'></iframe>"
        "<object data=data:;base64,MTIz></object><img src='data:image/png'>");
    REQUIRE(files.size() == 3);
    CHECK(files[0].type == "text/csv");
    CHECK(files[0].bytes == "a,b");
    CHECK(files[1].type == "text/html");
    CHECK(files[1].bytes == "<b>hallo</b>");
    CHECK(files[2].bytes == "123");
}

TEST_CASE("a column of HTML stays below its header beside wide and high cells") {
    const auto [rows, expected] = GENERATE(table<std::string, std::string>({
        {"<tr><th colspan=2>naam<th>BSN<tr><td>A<td>B<td>1", "naam\t\tBSN\nA\tB\t1"},
        {"<tr><th rowspan=2>nr<th>wie<tr><th>BSN<tr><td>1<td>2", "nr\twie\n\tBSN\n1\t2"},
        {"<tr><td rowspan=0>g<td>a<tr><td>b<tr><td>c", "g\ta\n\tb\n\tc"},
        {"<tr><td rowspan=3 colspan=2>g<td>a<tr><td>b<td>c<tr><td>d", "g\t\ta\n\t\tb\tc\n\t\td"},
        {"<tr><td rowspan=2>g<td>a<tr><td>b<tr><td>c<td>d", "g\ta\n\tb\nc\td"},
        {"<tr><td colspan=x>a<td>b", "a\tb"},
    }));
    CHECK(visible("<table>" + rows + "</table>") == expected);
    CHECK(visible("<table><tr><td rowspan=9><table><tr><td>x<td>y</table><td>z<tr><td>q</table>") ==
          "x\ty\n\tz\n\tq");
}

TEST_CASE("numbers that spreadsheets keep beside their cells are read") {
    CHECK(hidden("<td x:num=\"123456782\">1,23E+08</td>", "attribute") == "123456782");
    CHECK(hidden("<td sdval=\"12345672\">12.345.672</td>", "attribute") == "12345672");
}
