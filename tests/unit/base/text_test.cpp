#include "base/text.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace std::string_view_literals;
namespace text = postwacht::text;

TEST_CASE("UTF-8 is told from what only looks like it") {
    CHECK(text::is_valid_utf8("caf\xC3\xA9"));
    CHECK(text::is_valid_utf8("\xF0\x9F\x93\xAE"));
    CHECK_FALSE(text::is_valid_utf8("\xC0\xAF"));          // overlong slash
    CHECK_FALSE(text::is_valid_utf8("\xED\xA0\x80"));      // surrogate
    CHECK_FALSE(text::is_valid_utf8("\xF4\x90\x80\x80"));  // beyond U+10FFFF
    CHECK_FALSE(text::is_valid_utf8("\xE2\x82"));          // cut short
    CHECK(text::repair_utf8("a\xFF"
                            "b\xE2\x82") == "a\uFFFDb\uFFFD\uFFFD");
}

TEST_CASE("text is decoded by its mark, its label, or by what it looks like") {
    const auto decoded = [](std::string_view bytes, std::string_view charset) {
        return text::decode(bytes, charset).text;
    };
    CHECK(decoded("caf\xE9", "iso-8859-1") == "café");
    CHECK(decoded("caf\xE9", "") == "café");
    CHECK(decoded("caf\xC3\xA9", "iso-8859-1") == "café");  // a wrong label
    CHECK(decoded("caf\xE9", "utf-8") == "café");           // the other way round
    CHECK(decoded("\x80 5", "ISO-8859-1") == "€ 5");
    CHECK(decoded("\xA4 5", "iso-8859-15") == "€ 5");
    CHECK(decoded("\xEF\xBB\xBF"
                  "caf\xC3\xA9",
                  "iso-8859-1") == "café");
    CHECK(decoded("\xFF\xFE"
                  "1\0"
                  "2\0"sv,
                  "us-ascii") == "12");
    CHECK(decoded("\0B\0S\0N\0 \0 1\0 2"sv.substr(0, 8), "") == "BSN ");
    CHECK(decoded("B\0S\0N\0:\0 \0001\0002\0003\0"sv, "") == "BSN: 123");
    CHECK(decoded("\x1B$B$+\x1B(B", "ISO-2022-JP") == "か");
    for (const char* const wrong :
         {"utf-16", "UTF-16LE", "unicode", "ucs-2", "utf-32", "ibm037", "ibm500"})
        CHECK(decoded("BSN: 123 café\r\n", wrong) == "BSN: 123 café\r\n");
    CHECK(decoded("\xC2\xE2\xD5\x7A\x40\xF1\xF2\xF3\xF4", "ibm037") == "BSN: 1234");
    CHECK(decoded("\x1B$B$+$+$+$+\x1B(B", "ISO-2022-JP") == "かかかか");
    CHECK(decoded("plain", "no-such-charset") == "plain");
    CHECK(decoded("plain", "utf-8//IGNORE") == "plain");
    CHECK(text::decode("\x81\xFF", "shift_jis").lossy);
}

TEST_CASE("folding a run at once gives what folding its characters one by one gives") {
    // Runs are folded sixteen bytes together where they can be, so every character comes at every
    // place of such a group, beside blanks and beside others that need a look.
    const std::string_view alphabet = "aZ z`\n\t~\x7F\x01@[ 9";
    std::uint32_t state = 1;
    const auto next = [&state](std::uint32_t limit) {
        state = state * 1664525U + 1013904223U;
        return (state >> 16U) % limit;
    };
    for (int round = 0; round < 3000; ++round) {
        std::string whole;
        for (auto left = next(70); left > 0; --left)
            whole += next(6) == 0 ? std::string(1, alphabet[next(14)]) : next(9) == 0 ? "ë" : "B";
        std::string piecewise;
        for (std::size_t i = 0; i < whole.size();) {
            const std::size_t length = static_cast<unsigned char>(whole[i]) >= 0x80 ? 2 : 1;
            text::fold_into(std::string_view(whole).substr(i, length), piecewise);
            i += length;
        }
        REQUIRE(text::fold(whole) == piecewise);
    }
}

TEST_CASE("folding leaves what a reader would compare") {
    CHECK(text::fold("Zoë VAN  DER\tBerg") == "zoe van der\tberg");
    CHECK(text::fold("１２３４５６７８２") == "123456782");       // full width
    CHECK(text::fold("123\u00A0456\u202F782") == "123 456 782");  // no-break spaces
    CHECK(text::fold("123\u00AD456\u200B7\u2060"
                     "82") == "123456782");  // invisible
    CHECK(text::fold("e\u0301"
                     "e\u0308") == "ee");  // combining marks
    CHECK(text::fold("Søren Łuczak Straße Œuvre Yılmaz") == "soren luczak strasse oeuvre yilmaz");
    CHECK(text::fold("a\r\nb\rc\nd") == "a\nb\nc\nd");
    CHECK(text::fold("1234\u20135678") == "1234-5678");
    CHECK(text::fold("ﬁets ĳs") == "fiets ijs");
    CHECK(text::fold("a\x01\x7F"
                     "b") == "ab");
    CHECK(text::is_valid_utf8(text::fold("日本語 Ωμέγα")));
    // Signs are part of no word or number; money and what stands for a lost character stay.
    CHECK(text::fold("•a·b→c «d» e✓ 5° f™ \uF0B7") == "*a*b*c *d* e* 5* f* *");
    CHECK(text::fold("€ 5 £ \uFFFD") == "€ 5 £ \uFFFD");
}

TEST_CASE("what goes to a log or a reply is one printable line") {
    CHECK(text::printable("a\r\nb\x1B[31m\xFF") == "a??b?[31m?");
    CHECK(text::printable("a\u009B31m\u0085b") == "a?31m?b");
    CHECK(text::printable("a\u202Egpj\u2066\u200F\u061C\u2028b") == "a?gpj????b");
    CHECK(text::printable("\u00A0\u2013\u20AC\u2069\u206A") == "\u00A0\u2013\u20AC?\u206A");
    CHECK(text::printable("é", 1).empty());  // never half a character
    CHECK(text::printable("abc", 2) == "ab");
}

TEST_CASE("the nearest word is offered, a far one is not") {
    const std::vector<std::string> words = {"quarantine", "accept", "reject"};
    CHECK(text::nearest("acept", words) == "accept");
    CHECK(text::nearest("quarantaine", words) == "quarantine");
    CHECK(text::nearest("discard", words).empty());
}
