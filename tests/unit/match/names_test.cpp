#include "match/names.hpp"

#include <catch2/catch.hpp>

#include "support/match_text.hpp"

using namespace postwacht;

TEST_CASE("a surname may have one typing error where something vouches for it", "[match]") {
    FakeIndex index;
    index.add_subject("J")
        .initials("M.A.")
        .given_names("Marijke Anna")
        .surname("Janssen")
        .born("1991-03-03")
        .home("1234AB", "12");
    index.add_subject("M")
        .initials("P.")
        .given_names("Pieter")
        .prefix("van der")
        .surname("Meijden")
        .born("1985-11-30")
        .home("1234AB", "14");
    index.add_subject("B").initials("M.").surname("Bos").born("1991-03-03").home("1234AB", "16");
    index.add_subject("O").initials("O.").surname("Dekkers").born("1941-06-12");
    index.add_subject("D")
        .initials("H.")
        .surname("Dekkers")
        .partner("de", "Boer")
        .born("1970-01-02");
    index.add_subject("E").initials("T.").surname("Meijer").born("1999-04-04");
    index.add_subject("G")
        .initials("R.")
        .surname(
            "Garc\xC3\xAD"
            "a L\xC3\xB3pez")
        .born("1984-10-10");
    struct Case {
        const char* text;
        const char* found;
    };
    const auto c = GENERATE(values<Case>({
        // A letter less, more, other; two exchanged; at either end and in the middle.
        {"M.A. Jansen, geboren 03-03-1991", "J:medium"},
        {"mw. M.A. Jannssen, geboren 03-03-1991", "J:medium"},
        {"M. Jansson, geboren 03-03-1991", "J:medium"},
        {"Marijke Jasnsen, geb. 3 maart 1991", "J:medium"},
        {"M.A. Jansen, geboren 3 mrt '91", "J:medium"},
        {"geb.datum: 12 jun '41, O. Dekker", "O:medium"},
        {"M.A. Hanssen\nGeboortedatum: 03-03-1991", "J:medium"},
        {"JANSSNE, M.A.\nGeboortedatum: 03-03-1991", "J:medium"},
        {"Naam\tVoorletters\tGeboren\nJansen\tM.A.\t03-03-1991\nPeters\tK.\t04-05-1980",
         "J:medium"},
        {"P. van der Meyjden, geboren 30-11-1985", "M:medium"},
        {"P. van der Meyden, geboren 30-11-1985", "M:medium"},  // "ij" for "y" is none
        {"H. de Boer-Dekers, geboren 02-01-1970", "D:medium"},
        {"M.A. Jansen\nKerkstraat 12\n1234 AB Ede", "J:medium"},
        {"Pieter van der Meiden\nKerkstraat 14\n1234 AB Ede", "M:medium"},
        {"mevrouw Jansen, geboren 03-03-1991", "J:medium"},
        {"mevrouw Jansen\nKerkstraat 12\n1234 AB Ede", "J:medium"},
        // In the middle of five letters.
        {"mevrouw T. Meier, geboren 04-04-1999", "E:medium"},
        {"mevrouw T. Myeer, geboren 04-04-1999", "E:medium"},
        {"mevrouw T. Meeyr, geboren 04-04-1999", "E:medium"},
        // In the middle of six.
        {"mevrouw R. Gacria, geboren 10-10-1984", "G:medium"},
        // In either word of two, which then vouch for each other; and in one of them alone.
        {"Garcia Lopes, geboren 10-10-1984", "G:medium"},
        {"Gracia Lopez, geboren 10-10-1984", "G:medium"},
        {"mevrouw Lopes, geboren 10-10-1984", "G:medium"},
        {"Lopes, geboren 10-10-1984", ""},
        {"Gracia Lopes, geboren 10-10-1984", ""},
        // Two errors, nothing by it, other initials, a short name, another date or house.
        {"M.A. Jensn, geboren 03-03-1991", ""},
        {"Jansen, geboren 03-03-1991", ""},
        {"K. Jansen, geboren 03-03-1991", ""},
        {"M. Vos, geboren 03-03-1991", ""},
        {"M.A. Jansen, geboren 04-03-1991", ""},
        {"M.A. Jansen\nKerkstraat 16\n1234 AB Ede", ""},
        {"Jansen\nKerkstraat 12\n1234 AB Ede", ""},
    }));
    INFO(c.text);
    CHECK(found_in(index, c.text) == c.found);
}

TEST_CASE("who is named as registered is meant, and not somebody of a similar name", "[match]") {
    FakeIndex index;
    index.add_subject("S").initials("M.").surname("Jansen").born("1991-03-03").home("1234AB", "12");
    index.add_subject("T")
        .initials("M.")
        .surname("Janssen")
        .born("1991-03-03")
        .home("1234AB", "12");
    CHECK(found_in(index, "M. Jansen, geboren 03-03-1991") == "S:medium");
    CHECK(found_in(index, "M. Jansen\nKerkstraat 12\n1234 AB Ede") == "S:medium");
    // One that is neither may be either.
    CHECK(found_in(index, "M. Janssan, geboren 03-03-1991") == "T:medium");
    CHECK(found_in(index, "M. Jannsen, geboren 03-03-1991") == "S:medium? T:medium?");
}

TEST_CASE("a name of four letters with an error needs initials or a given name", "[match]") {
    FakeIndex index;
    index.add_subject("S")
        .initials("T.")
        .given_names("Teun")
        .surname("Smit")
        .born("1990-04-18")
        .home("1234AB", "12");
    const char* const right =
        GENERATE("T. Smid", "Teun Smti", "T. Smith", "T. Ssmit", "smut, t.", "T. Msit");
    const char* const wrong = GENERATE("De heer Smid", "K. Smid", "T. Smi", "T. Smids", "T. Snid");
    INFO(right << " " << wrong);
    for (const char* const rest : {", geboren 18 april 1990", "\nKade 12\n1234 AB Ede"}) {
        CHECK(found_in(index, right + std::string(rest)) == "S:medium");
        CHECK(found_in(index, wrong + std::string(rest)).empty());
    }
}

TEST_CASE("initials that look like an abbreviation are initials all the same", "[match]") {
    FakeIndex index;
    index.add_subject("P").initials("P.A.W.").surname("Visser").home("1234AB", "12");
    index.add_subject("Q")
        .initials("P.A.")
        .surname("Bos")
        .partner("", "Visser")
        .home("1234AB", "12");
    CHECK(found_in(index, "P. A. W. Visser\nKade 12\n1234 AB Ede") == "P:medium");
}

TEST_CASE("who is named in two ways is meant by the one that fits others less", "[match]") {
    FakeIndex index;
    index.add_subject("W")
        .initials("M.")
        .surname("Kaya")
        .partner("", "Visser")
        .home("1234AB", "12");
    index.add_subject("H").initials("T.M.").surname("Visser").home("1234AB", "12");
    CHECK(found_in(index, "Aan M. Visser\nKade 12\n1234 AB Ede\n\nGeachte mevrouw Visser-Kaya,") ==
          "W:medium");
    CHECK(found_in(index, "Aan T. Visser\nKade 12\n1234 AB Ede\n\nGeachte mevrouw Visser-Kaya,") ==
          "W:medium H:medium");
}

TEST_CASE("the first part of a surname may be typed twice", "[match]") {
    FakeIndex index;
    index.add_subject("B")
        .initials("M.")
        .surname("O'Brien")
        .born("1978-05-27")
        .home("1234AB", "12");
    CHECK(found_in(index, "M. OO'Brien, geboren 27 mei 1978") == "B:medium");
    CHECK(found_in(index, "M. OO'Brien\nKade 12\n1234 AB Ede") == "B:medium");
    CHECK(found_in(index, "K. OO'Brien\nKade 12\n1234 AB Ede").empty());
}
