#include "match/identifiers.hpp"

#include <catch2/catch.hpp>

#include "base/date.hpp"
#include "base/text.hpp"
#include "registry/build.hpp"

using namespace postwacht;
using match::BsnCandidate;

namespace {

std::vector<BsnCandidate> candidates_in(const std::string& text) {
    std::vector<BsnCandidate> out;
    match::find_bsn_candidates(text::fold(text), out);
    return out;
}

// How the number is read in the text: "sure", "doubtful", "zero" (eight digits) or "no".
std::string reading_of(const std::string& bsn, const std::string& text) {
    std::string best = "no";
    for (const BsnCandidate& c : candidates_in(text)) {
        if (std::string_view(c.digits.data(), 9) != bsn) continue;
        if (c.zero_dropped) {
            if (best == "no") best = "zero";
        } else if (c.doubtful) {
            if (best != "sure") best = "doubtful";
        } else {
            best = "sure";
        }
    }
    return best;
}

std::string dates_in(const std::string& text) {
    const std::string folded = text::fold(text);
    std::vector<match::DateSpan> out;
    match::find_dates(folded, out);
    std::string joined;
    for (const auto& span : out) joined += (joined.empty() ? "" : " ") + to_iso(span.date);
    return joined;
}

std::string addresses_in(const std::string& text) {
    const std::string folded = text::fold(text);
    std::vector<match::EmailSpan> out;
    match::find_email_addresses(folded, out);
    std::string joined;
    for (const auto& span : out) joined += (joined.empty() ? "" : " ") + std::string(span.address);
    return joined;
}

std::string ids_in(const std::string& text, const std::vector<std::string>& shapes) {
    const std::string folded = text::fold(text);
    std::vector<match::IdSpan> out;
    match::find_ids(folded, shapes, out);
    std::string joined;
    for (const auto& span : out) joined += (joined.empty() ? "" : " ") + span.normalised;
    return joined;
}

}  // namespace

TEST_CASE("a BSN is read in every written form", "[identifiers]") {
    const std::string bsn = "123456782";
    REQUIRE(registry::bsn_valid(bsn));
    const auto* const text = GENERATE(
        "123456782", "Uw nummer 123456782.", "1234.56.782", "1234 56 782", "123 456 782",
        "123-456-782", "123.456.782", "1234-56-782", "123/456/782", "12 345678 2",
        "1 2 3 4 5 6 7 8 2", "1.2.3.4.5.6.7.8.2", "1-2-3-4-5-6-7-8-2",
        "\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x93\xEF\xBC\x94\xEF\xBC\x95\xEF\xBC\x96\xEF\xBC\x97"
        "\xEF\xBC\x98\xEF\xBC\x92",  // full-width digits
        "123\xC2\xA0"
        "456\xC2\xA0"
        "782",  // no-break spaces
        "123\xE2\x80\xAF"
        "456\xE2\x80\xAF"
        "782",  // narrow no-break spaces
        "1234\xC2\xAD"
        "56782",
        "1234\xE2\x80\x8B"
        "56782",  // soft hyphen, zero-width space
        "123\xE2\x80\x91"
        "456\xE2\x80\x91"
        "782",                                    // no-break hyphens
        "123 \xE2\x80\x93 456 \xE2\x80\x93 782",  // en dashes with blanks
        "Uw nummer is 1234\n56782 en", "> Uw nummer is 123 456\n> 782 en",
        "Uw nummer: 1234-\r\n56782", ">> nr. 1234.56\n>> 782", "BSN123456782", "bsn=123456782",
        "123456782.pdf", "besluit_123456782_v2.docx", "(123456782)", "\"123456782\"",
        "nr.123456782", "12\t123456782\t50", "12 50 123456782 17", "1001,123456782,Jansen",
        "123456782;111222333", "111222333,123456782,999990019", "nummer 2 1234.56.782",
        "123456782L01", "NL123456782B01", "2026-03-12 123456782", "123456782 06-12345678",
        "#123456782", "2026/123456782", "111222333\n123456782\n999990019");
    INFO(text);
    CHECK(reading_of(bsn, text) == "sure");
}

TEST_CASE("numbers that only look like a BSN need a keyword right before", "[identifiers]") {
    const std::string bsn = "123456782";
    const auto* const text = GENERATE(
        "\xE2\x82\xAC 123.456.782", "EUR 123456782", "123456782,50", "123.456.782,-", "0,123456782",
        "123456782 euro", "0.123456782", "123456782.15", "+31 123456782", "0031 123456782",
        "(0)123456782", "0-123456782", "a3f123456782bc", "https://www.uwv.example/a/123456782/b",
        "https://uwv.example/?id=123456782", "123456782@post.example", "NL91 ABNA 0 123456782",
        "1234\n56782", "5 12 345678 2 9", "550e8400-e29b-41d4-a716-123456782abc", "123456782 %",
        "1\t2\t3\t4\t5\t6\t7\t8\t2", "|1|2|3|4|5|6|7|8|2|", "[1][2][3][4][5][6][7][8][2]",
        "123456782a7f", "deadbeef123456782");
    INFO(text);
    CHECK(reading_of(bsn, text) == "doubtful");
}

TEST_CASE("other numbers are no candidates at all", "[identifiers]") {
    const auto* const text = GENERATE(
        "1234567820", "0123456782", "1123456782", "12345678200001", "123456783", "123456789",
        "000000000", "0 1 2 3 4 5 6 7 8 2", "1 2 3 4 5 6 7 8 2 9", "12345\t6782", "123\n456\n782",
        "12:34:56:78:2", "123.45-6782", "NL91ABNA1234567820", "1234x56782", "");
    INFO(text);
    CHECK(candidates_in(text).empty());
}

TEST_CASE("an IP address is no number", "[identifiers]") {
    CHECK(reading_of("111222333", "111.222.33.3") == "no");
    CHECK(reading_of("111222333", "111 222 33 3") == "sure");
}

TEST_CASE("a dropped leading zero is a weaker reading", "[identifiers]") {
    REQUIRE(registry::bsn_valid("012345672"));
    CHECK(reading_of("012345672", "12345672") == "zero");
    CHECK(reading_of("012345672", "12.345.672") == "zero");
    CHECK(reading_of("012345672", "012345672") == "sure");
    CHECK(reading_of("012345672", "123 45672") == "no");
}

TEST_CASE("a row of groups gives each plausible reading", "[identifiers]") {
    CHECK(reading_of("123456782", "999 123 456 782 111") == "sure");
    CHECK(candidates_in("123456782 111222333 999990019").size() == 3);
    const auto spans = candidates_in("abc 1234.56.782 def");
    REQUIRE(spans.size() == 1);
    CHECK(spans[0].begin == 4);
    CHECK(spans[0].end == 15);
    CHECK(spans[0].grouped);
}

TEST_CASE("dates in digits and words", "[identifiers]") {
    const auto* const text = GENERATE(
        "12-03-2026", "12.3.2026", "12/03/2026", "12/03/26", "12-3-26", "2026-03-12", "2026/03/12",
        "20260312", "12032026", "12 maart 2026", "12 mrt. 2026", "12 Mrt 2026", "12e maart 2026",
        "March 12, 2026", "march 12th 2026", "12 March 2026", "12th of March, 2026", "12-mrt-2026",
        "12den maart 2026", "12maart2026", "12 03 2026", "12 - 03 - 2026",
        "12\xE2\x80\x93"
        "03\xE2\x80\x93"
        "2026",
        "12 maart '26", "2026-03-12T10:15:00Z", "12 maart\n2026", "op 12-03-2026.", "mrt. 12, 2026",
        "12-3-'26",
        "12.03.\xE2\x80\x99"
        "26",
        "> 12\n> > maart 2026", "12 maart\n> 2026", "12-III-2026", "12.iii.2026", "12/3-2026",
        "12.03-2026", "12-3/2026", "twaalf maart 2026", "de twaalfde maart\n2026");
    INFO(text);
    CHECK(dates_in(text) == "2026-03-12");
}

TEST_CASE("what is no date, ranges, and centuries", "[identifiers]") {
    CHECK(dates_in("31-02-2026 45-13-2026 1.12-03-2026 12-03-20261 12 maart 26 personen").empty());
    CHECK(dates_in("12-03/26 12 3-2026 12-3 2026 2026-3 1234.56.782 maart 2026").empty());
    CHECK(dates_in("12 III 2026 12-iiii-2026 art. 3.v lid 2026 12-3-'2026 3-'26").empty());
    CHECK(dates_in("tien en maart 2026, twintigen maart 2026, vierdeen mei 2026").empty());
    CHECK(dates_in("eenendertig mei 2026, tweeentwintigste mei 2026, dertigste juni 2026") ==
          "2026-05-31 2026-05-22 2026-06-30");
    CHECK(dates_in("twee\xC3\xABntwintig mei 1991, eerste juni 1991") == "1991-05-22 1991-06-01");
    CHECK(dates_in("03/25/2026") == "2026-03-25");
    CHECK(dates_in("01-02-2026-30-06-2026") == "2026-02-01 2026-06-30");
    CHECK(dates_in("van 1 februari 2026 t/m 30 juni 2026") == "2026-02-01 2026-06-30");
    CHECK(dates_in("01-02-49 01-02-50") == "2049-02-01 1950-02-01");
    CHECK(
        dates_in("1 jan 2020, 2 feb 2020, 3 mei 2020, 4 okt. 2020, 5 oct 2020, 6 december 2020") ==
        "2020-01-01 2020-02-02 2020-05-03 2020-10-04 2020-10-05 2020-12-06");
}

TEST_CASE("e-mail addresses", "[identifiers]") {
    CHECK(addresses_in("Van: \"J\" <J.deWit@Post.example>, of mailto:a+b@x.y.example.") ==
          "j.dewit@post.example a+b@x.y.example");
    CHECK(addresses_in("'jan@post.example' =jan@post.example- (jan@post.example)") ==
          "jan@post.example jan@post.example jan@post.example");
    CHECK(addresses_in("@ a@ @b.example jan@localhost a@.example @@@@").empty());
}

TEST_CASE("ids by shape", "[identifiers]") {
    const std::vector<std::string> shapes = {"99999", "aa-999999", "aa999999"};
    // Whatever parts its pieces, an id may be any of which it has the letters and digits.
    const std::string both = "ab-123456 ab123456";
    const char* const written =
        GENERATE("Klant AB123456,", "dossier AB-123456.", "AB 123456", "ab 123 456", "ab_123456",
                 "ab.123456", "ab / 123456", "AB-123-\n> 456 is", "brief_AB123456.pdf",
                 "(ab\xE2\x80\x93"
                 "123456)");
    INFO(written);
    CHECK(ids_in(written, shapes) == both);
    CHECK(ids_in("AB123456 ab-123456", {"aa-999999"}) == "ab-123456 ab-123456");
    CHECK(ids_in("2026/77/k of 2026-77-K", {"9999/99/a"}) == "2026/77/k 2026/77/k");
    // Digits alone are those of many numbers.
    CHECK(ids_in("1234 56, 123456, 1234-56, 1234/56", {"9999-99"}) == "1234-56");
    CHECK(ids_in("nr 12345; 2026-12345 12345,00 123456 a12345", shapes) == "12345");
    CHECK(ids_in("xab123456 ab1234567 ab\n123456", shapes).empty());
    CHECK(ids_in("alpha beta", {"aaaa"}) == "beta");
    CHECK(ids_in("AB123456", {}).empty());
}

TEST_CASE("postcodes", "[identifiers]") {
    const std::string folded =
        text::fold("1234AB Utrecht, 1234 ab; 0123 AB 12345 AB 1234 ABC a1234AB");
    std::vector<match::PostcodeSpan> out;
    match::find_postcodes(folded, out);
    REQUIRE(out.size() == 2);
    CHECK(std::string(out[0].postcode.data(), 6) == "1234AB");
    CHECK(std::string(out[1].postcode.data(), 6) == "1234AB");
    for (const char* const text : {"1234 a b ede", "1234.ab ede", "1234-ab", "1234\nab ede",
                                   "1234\n> ab", "1234ab5", "1234ab56a", "1234ab12345-2"}) {
        INFO(text);
        out.clear();
        match::find_postcodes(text, out);
        REQUIRE(out.size() == 1);
        CHECK(std::string(out[0].postcode.data(), 6) == "1234AB");
    }
    for (const char* const text : {"1234a b", "1234. ab", "1234\n\nab", "1234 a b2", "1234--ab",
                                   "1234ab123456", "1234ab56ab", "1234 ab5"}) {
        INFO(text);
        out.clear();
        match::find_postcodes(text, out);
        CHECK(out.empty());
    }
}

TEST_CASE("dates in words alone", "[identifiers]") {
    const auto date_in = [](std::string_view text) -> std::string {
        const auto span = match::read_date_in_words(text, 0);
        return span ? to_iso(span->date) + " " +
                          std::string(text.substr(span->begin, span->end - span->begin))
                    : "";
    };
    CHECK(date_in(" op de vijfde april negentienhonderdnegenenzeventig te") ==
          "1979-04-05 vijfde april negentienhonderdnegenenzeventig");
    CHECK(date_in(" vier april negentiennegentig") == "1990-04-04 vier april negentiennegentig");
    CHECK(date_in(" vier april negentien mensen").empty());
    CHECK(date_in(": drie mei negentienhonderd en tachtig") ==
          "1980-05-03 drie mei negentienhonderd en tachtig");
    CHECK(date_in(" eenendertig december tweeduizend en vier").starts_with("2004-12-31"));
    CHECK(date_in(" een januari tweeduizend te ede") == "2000-01-01 een januari tweeduizend");
    CHECK(date_in(" op drie mei 1980").empty());
    CHECK(date_in(" eenendertig februari tweeduizend").empty());
    CHECK(date_in("").empty());
}

TEST_CASE("long texts cost linear time", "[identifiers]") {
    // Each of these made some reader go over the same bytes again and again when written
    // carelessly.
    const auto text = GENERATE(std::string(400'000, '1'), std::string(400'000, '@'),
                               std::string(400'000, 'a') + "1");
    std::string groups;
    for (int i = 0; i < 200'000; ++i) groups += i % 2 == 0 ? "1 " : "1\n";
    for (const std::string& input : {text, groups}) {
        CHECK(candidates_in(input).size() < input.size());
        CHECK(dates_in(input).empty());
        CHECK(addresses_in(input).empty());
        CHECK(ids_in(input, {"aa-9999", "9999999"}).empty());
    }
}
