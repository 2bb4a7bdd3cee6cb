#include "match/composites.hpp"

#include <catch2/catch.hpp>

#include "support/match_text.hpp"

using namespace postwacht;

namespace {

const FakeIndex& residents() {
    static const FakeIndex* const index = [] {
        auto* made = new FakeIndex;
        // A couple, a twin, a namesake, a neighbour.
        made->add_subject("V")
            .initials("A.")
            .given_names("Anna")
            .prefix("de")
            .surname("Vries")
            .partner("", "Jansen")
            .born("1991-03-03")
            .home("1234AB", "12a");
        made->add_subject("J")
            .initials("P.H.")
            .given_names("Pieter Hendrik")
            .surname("Jansen")
            .born("1988-07-09")
            .home("1234AB", "12a");
        made->add_subject("T")
            .initials("B.")
            .given_names("Bram")
            .prefix("de")
            .surname("Vries")
            .born("1991-03-03")
            .home("7777ZZ", "1");
        made->add_subject("N")
            .initials("A.")
            .given_names("Anton")
            .prefix("de")
            .surname("Vries")
            .born("1960-01-01")
            .home("1234AB", "14");
        made->add_subject("M")
            .initials("F.")
            .prefix("van der")
            .surname("Meer")
            .born("1955-12-31")
            .home("5555CC", "100");
        made->add_subject("Y")
            .initials("\xC3\x96.")
            .given_names("\xC3\x96zlem")
            .surname("Y\xC4\xB1lmaz")
            .born("1985-06-07")
            .home("2222BB", "3");
        made->add_subject("E")
            .initials("M.")
            .given_names("Mohammed")
            .surname("El Amrani")
            .born("1979-02-01")
            .home("3333CC", "45");
        made->add_subject("D")
            .initials("H.")
            .prefix("van")
            .surname("Dijk")
            .born("1970-10-11")
            .home("4444DD", "6");
        made->add_subject("W").initials("J.M.").prefix("de").surname("Wit").born("1980-05-06");
        made->add_subject("L").initials("Z.").surname("Wa\xC5\x82\xC4\x99sa").born("1969-08-08");
        made->add_subject("S").initials("K.").surname("Sch\xC3\xB6nberg").born("1974-04-04");
        made->add_subject("H").initials("G.").prefix("in 't").surname("Veld").born("1966-11-12");
        return made;
    }();
    return *index;
}

}  // namespace

TEST_CASE("a name and a birth date name a person", "[match]") {
    struct Case {
        const char* text;
        const char* found;
    };
    const auto c = GENERATE(values<Case>({
        // The date by a cue or in brackets, in every way that it is written.
        {"A. de Vries, geboren 3 maart 1991", "V:medium"},
        {"mevrouw A. de Vries (03-03-1991)", "V:medium"},
        {"A. de Vries, 3-3-1991", "V:medium"},
        {"Anna de Vries geb. 3 mrt. '91", "V:medium"},
        {"Anna de Vries, geb. 3 mrt 91", "V:medium"},
        {"Anna de Vries, geboortedatum 03031991", "V:medium"},
        {"Anna de Vries, geboortedatum: 030391", "V:medium"},
        {"Anna de Vries, geboortedatum: 910303", "V:medium"},
        {"Anna de Vries, geb. 3-3-'91", "V:medium"},
        {"Anna de Vries, geb.dat. 03/03/91", "V:medium"},
        {"Anna de Vries, born on March 3, 1991", "V:medium"},
        {"Anna de Vries, date of birth 1991-03-03", "V:medium"},
        {"Anna de Vries, geboren te Ergens op 3 maart\n1991", "V:medium"},
        {"03.03.1991 A. de Vries", "V:medium"},
        {"Naam: A. de Vries\nAdres: onbekend\nGeboortedatum: 03-03-1991", "V:medium"},
        {"Geboortedatum: 03-03-1991\nNaam: A. de Vries", "V:medium"},
        {"Anna de Vries is op 03-03-1991 (geboortedatum) ingeschreven", "V:medium"},
        {"Naam\t:\tA. de Vries\nGeboren\t:\t03-03-1991", "V:medium"},
        {"de Vries A. mevr., geboren 3-3-1991", "V:medium"},
        {"Jansen, B. geboren 3-3-1991", ""},
        // Wrapped within a quote.
        {"> > Het gaat om mevrouw A. de\n> > Vries, geboren 3\n> > maart 1991", "V:medium"},
        {"> mevrouw A.\n> de Vries, geboren 3-3-1991", "V:medium"},
        // Names as they are written.
        {"Vries, A. de, geboren 3 maart 1991", "V:medium"},
        {"MEVR. A. DE VRIES-JANSEN, GEBOREN 03-03-1991", "V:medium"},
        {"Mevr. De Vries - Jansen, geboren 03-03-1991", "V:medium"},
        {"mevrouw Jansen-de Vries, geboren 03-03-1991", "V:medium"},
        {"A. Jansen, geboren 03-03-1991", "V:medium"},
        {"A. Jansen e.v. De Vries, geboren 03-03-1991", "V:medium"},
        {"F. v.d. Meer, geboren 31-12-1955", "M:medium"},
        {"Meer, F. van der, geboren 31-12-1955", "M:medium"},
        {"F. Vandermeer, geboren 31-12-1955", "M:medium"},
        {"F. VAN DER MEER, geboren 31-12-1955", "M:medium"},
        {"F. vd Meer, geboren 31-12-1955", "M:medium"},
        {"F. v/d Meer, geboren 31-12-1955", "M:medium"},
        {"Meer, F. vd, geboren 31-12-1955", "M:medium"},
        {"K. vd Meer, geboren 31-12-1955", ""},
        {"K. v/d Meer, geboren 31-12-1955", ""},
        // A year in two digits without a sign, where nothing goes on behind it.
        {"F. van der Meer, 31 dec 55", "M:medium"},
        {"F. van der Meer (31 dec. 55), wonende te Ergens", "M:medium"},
        {"F. van der Meer, 31 dec 55 stuks", ""},
        {"F. van der Meer, 31 dec 55,50 euro", ""},
        // In the boxes of a form; only behind a word that says what they are.
        {"F. van der Meer, geboren 31 12 55", "M:medium"},
        {"F. van der Meer, geboren 31 12 55 06", ""},
        {"F. van der Meer, 31 12 55", ""},
        // Signs stand against words and numbers, and are no part of them.
        {"\u2022F. van der Meer\u202231-12-1955", "M:medium"},
        {"\u2192Meer, F. van der \u00B031-12-1955", "M:medium"},
        {"Meer, F. van der \u00B0 31-12-1955", "M:medium"},
        {"F. van der \u00ABMeer\u00BB (31-12-1955)", "M:medium"},
        {"F. van der Meer\u2122\u2714, geboren \u273131-12-1955", "M:medium"},
        {"\uF0B7F. van der Meer\uF0B731-12-1955", "M:medium"},
        {"\u2502F. van der Meer\u250231-12-1955\u2502", "M:medium"},
        {"\U0001F476F. van der Meer\U0001F476 31-12-1955", "M:medium"},
        // Of two languages, and of papers from abroad.
        {"VAN DER MEER\nF.\ngeb. 31 DEC/DEC 1955", "M:medium"},
        {"F. van der Meer, geb. 31 DEC / D\u00C9C 1955", "M:medium"},
        {"F. van der Meer, geb. 31. Dezember 1955", "M:medium"},
        {"F. van der Meer\nGeburtsdatum: 31.12.1955", "M:medium"},
        {"F. van der Meer\nn\u00E9 le 31 d\u00E9cembre 1955", "M:medium"},
        {"F. van der Meer\nData urodzenia: 31 grudnia 1955", "M:medium"},
        {"F. van der Meer, do\u011Fum tarihi 31 aral\u0131k 1955", "M:medium"},
        // For machines: a passport, an identity card, and a wrong check digit.
        {"P<NLDVAN<DER<MEER<<FREDERIK<<<<<<<<<<<<<<<<<\n"
         "SPECI20142NLD5512315M2403096<<<<<<<<<<<<<<08",
         "M:medium"},
        {"P<NLDYILMAZ<<OZLEM<<<<<<<<<<<<<<<<<<<<<<<<<<\n"
         "SPECI20142NLD8506070F2403096<<<<<<<<<<<<<<08",
         "Y:medium"},
        {"I<NLDSPECI20142<<<<<<<<<<<<<<<\n5512315M2403096NLD<<<<<<<<<<<2\n"
         "VAN<DER<MEER<<FREDERIK<<<<<<<<",
         "M:medium"},
        {"I<NLDSPECI20142<<<<<<<<<<<<<<<\n5512316M2403096NLD<<<<<<<<<<<2\n"
         "VAN<DER<MEER<<FREDERIK<<<<<<<<",
         ""},
        // Whom a rule is for.
        {"Voor wie geboren is op of na 31 december 1955.\n\nGroet,\nF. van der Meer", ""},
        {"Werknemers geboren v\u00F3\u00F3r 31-12-1955.\n\nGroet,\nF. van der Meer", ""},
        {"F. van der Meer, geboren na lang wachten op 31-12-1955", "M:medium"},
        {"F. van der Meer, opgericht 31-12-1955", ""},
        {"F. van der Meer, getrouwd op 31-12-1955", ""},
        {"mevrouw Yilmaz, geboren 7 juni 1985", "Y:medium"},
        {"Y\xC4\xB1lmaz, \xC3\x96zlem, geboren 7 juni 1985", "Y:medium"},
        {"YILMAZ OZLEM geboren 7 juni 1985", "Y:medium"},
        {"M. el-Amrani, geboren 01-02-1979", "E:medium"},
        {"M. Elamrani, geboren 01-02-1979", "E:medium"},
        {"de heer Amrani, El, M., geboren 01-02-1979", "E:medium"},
        {"H. van Dyk, geboren 11-10-1970", "D:medium"},
        {"H. van D\xC4\xB3k, geboren 11-10-1970", "D:medium"},
        {"Z. Walesa, geboren 08-08-1969", "L:medium"},
        {"K. Schoenberg, geboren 04-04-1974", "S:medium"},
        {"K. Schonberg, geboren 04-04-1974", "S:medium"},
        {"G. in 't Veld, geboren 12-11-1966", "H:medium"},
        {"Veld, G. in \xE2\x80\x99t, geboren 12-11-1966", "H:medium"},
        {"J.M. de Wit, geboren 06-05-1980", "W:medium"},
        {"mevr. Wit, geboren 06-05-1980", "W:medium"},
        // Which of two it is, and when that stays open.
        {"B. de Vries, geboren 3 maart 1991", "T:medium"},
        {"De Vries, geboren 3 maart 1991", "V:medium? T:medium?"},
        {"mevrouw De Vries, geboren 3 maart 1991", "V:medium"},
        // The name of a place is none of a person.
        {"K. Bakker, geboren te Dijk op 11 oktober 1970", ""},
        {"K. Bakker uit Meer, geboren 31 december 1955", ""},
        {"H. in Dijk, geboren 11 oktober 1970", "D:medium"},
        // Apart by a line end.
        {"> Het gaat om H. van Dijk\n> (11-10-1970) te Ede", "D:medium"},
        {"H. van Dijk\n\n11-10-1970", ""},
        {"H. van Dijk, geboren elf oktober negentienhonderdzeventig", "D:medium"},
        {"H. van Dijk, geb. 11/10-1970", "D:medium"},
        {"Bram de Vries (geboren 3 maart 1991). Geachte heer De Vries,", "T:medium"},
        {"C. de Vries, geboren 3 maart 1991", ""},
        {"C. de Vries, geboren 3 maart 1991. Geachte heer De Vries,", ""},
        {"A. en B. de Vries, geboren 3 maart 1991", "T:medium"},
        {"A. de Vries (3-3-1991) en B. de Vries (3-3-1991)", "V:medium T:medium"},
        {"t.a.v. A. de Vries, geboren 3 maart 1991", "V:medium"},
        {"t.a.v. de Vries, geboren 3 maart 1991", "V:medium? T:medium?"},
        {"P. Bakker, A. de Vries, geboren 3 maart 1991", "V:medium"},
        // Another date, or one that is no birth date.
        {"A. de Vries, geboren 4 maart 1991", ""},
        {"A. de Vries, geboren 03-03-1992", ""},
        {"A. de Vries, uw brief van 3 maart 1991", ""},
        {"Datum: 03-03-1991\nGeachte mevrouw De Vries,", ""},
        {"A. de Vries ontvangt vanaf 03-03-1991 een uitkering", ""},
        {"De Vries werkt sinds lang. Op 3 maart 1991 gebeurde er niets.", ""},
        {"een wit vel van 6 mei 1980", ""},
        {"a.devries@post.example 03-03-1991", ""},
        {"Dit gaat per post. P.H. Jansen (09-07-1988)", "J:medium"},
        {"From: P.H. Jansen (09-07-1988)", "J:medium"},
        {"P.H. Jansen (09-07-1988)", "J:medium"},
        {"D. D. de Vries, geboren 3 maart 1991", ""},
        {"d.d. de Vries, geboren 3 maart 1991", "V:medium? T:medium?"},
        // In disguise: invisible characters, letters and digits of other scripts.
        {"A. de Vr\xC2\xADies, geb\xE2\x80\x8Boren 3 ma\xE2\x81\xA0"
         "art 1991",
         "V:medium"},
        {"A. d\xD0\xB5 Vri\xD0\xB5s, geboren 03-03-1991", "V:medium"},
        {"\xCE\x91. de Vr\xCE\xB9"
         "es, geboren 03-03-1991",
         "V:medium"},
        {"A. de Vries, geboren \xD9\xA0\xD9\xA3-\xD9\xA0\xD9\xA3-\xD9\xA1\xD9\xA9\xD9\xA9\xD9\xA1",
         "V:medium"},
        {"A. de Vries, geboren \xEF\xBC\x90\xEF\xBC\x93-03-1991", "V:medium"},
    }));
    INFO(c.text);
    CHECK(found_in(residents(), c.text) == c.found);
}

TEST_CASE("an address with a name names a person", "[match]") {
    struct Case {
        const char* text;
        const char* found;
    };
    const auto c = GENERATE(values<Case>({
        {"Mevrouw A. de Vries\nDorpsstraat 12-A\n1234 AB Ergens", "V:medium"},
        {"Mevr. A. de Vries-Jansen, Dorpsstraat 12a, 1234AB ERGENS", "V:medium"},
        {"De heer P.H. Jansen\nDorpsstraat 12 bis\n1234 ab  Ergens", "J:medium"},
        {"De heer P. Jansen\nDorpsstraat 12 hs\n\n1234 AB Ergens", "J:medium"},
        {"Naam: A. de Vries\nPostcode: 1234 AB\nHuisnummer: 12", "V:medium"},
        {"Naam: A. de Vries\nHuisnummer: 12\nPostcode: 1234 AB", "V:medium"},
        {"Naam: A. de Vries\nAdres: Dorpsstraat 12\nPlaats: Ergens\nPostcode: 1234 AB", "V:medium"},
        {"A. de Vries\nDorpsstraat 12\nErgens\n1234 AB", "V:medium"},
        {"A. de Vries\nDorpsstraat 12\nZaak 7\n1234 AB", ""},
        {"Naam\tA. de Vries\nAdres\tDorpsstraat 12\nPlaats\tErgens\nPostcode\t1234 AB", "V:medium"},
        {"Mevrouw De Vries Dorpsstraat 12, 1234 AB", "V:medium"},
        {"Mevrouw De Vries, Dorpsstraat 12, 1234 AB", "V:medium"},
        {"Jansen, Dorpsstraat 12, 1234 AB", "V:medium? J:medium?"},
        // A title tells a couple apart, unless it is for both.
        {"Mevrouw Jansen, Dorpsstraat 12, 1234 AB", "V:medium"},
        {"De heer drs. Jansen, Dorpsstraat 12, 1234 AB", "J:medium"},
        {"Jansen, dhr., Dorpsstraat 12, 1234 AB", "J:medium"},
        {"Heer/mevrouw Jansen, Dorpsstraat 12, 1234 AB", "V:medium? J:medium?"},
        {"Dhr. en mevr. Jansen, Dorpsstraat 12, 1234 AB", "V:medium? J:medium?"},
        // Nobody but the one who has the name: the title is mistaken.
        {"De heer De Vries, Dorpsstraat 12, 1234 AB", "V:medium"},
        {"Plein 1944 12, 1234 AB, F. van der Meer, A. de Vries", "V:medium"},
        {"F. van der Meer, Kade 100, 5555 CC", "M:medium"},
        {"de Vries\tA.\tDorpsstraat\t12\ta\t1234 AB\tErgens", "V:medium"},
        {"de Vries\tA.\t1234 AB\t12", "V:medium"},
        // The birth date instead of the name.
        {"Dorpsstraat 12, 1234 AB, geboren 3 maart 1991", "V:medium"},
        // Neighbours, namesakes, other people of the house.
        {"Mevrouw A. de Vries, Dorpsstraat 14, 1234 AB", "N:medium"},
        {"Mevrouw A. de Vries, Dorpsstraat 13, 1234 AB", ""},
        {"Mevrouw A. de Vries, Dorpsstraat 12, 1235 AB", ""},
        {"De heer K. Bakker, Dorpsstraat 12, 1234 AB", ""},
        {"De heer K. Jansen, Dorpsstraat 12, 1234 AB. Geachte heer Jansen,", ""},
        {"Dorpsstraat 12, 1234 AB", ""},
        // A street or town that is called as somebody who lives there.
        {"K. Bakker\nLaan van Jansen 12\n1234 AB Ergens", ""},
        {"K. Bakker\nDorpsstraat 12\n1234 AB De Vries", ""},
        {"K. Bakker, 12e Dorpsstraat 7, 1234 AB, Jansen", ""},
        {"A. de Vries, Dorpsstraat 12 bis 2, 1234 AB", "V:medium"},
        {"P.H. Jansen, Dorpsstraat 12, 1234 AB, geboren 3 maart 1991", "J:medium"},
        {"Postbus 12, 1234 AB", ""},
        // What stands behind a postcode is seldom the number of the house.
        {"A. de Vries, Dorpsstraat 512, 1234 AB Ede. Artikel 12 van de wet", ""},
        {"A. de Vries\nDorpsstraat 512\n1234 AB Ede\n\n12 mei 2026", ""},
        {"A. de Vries\nPostcode 1234 AB\n12,50 euro", ""},
        {"A. de Vries, 1234 AB 12", "V:medium"},
        {"A. de Vries, 1234 AB Ede, huisnummer 12", "V:medium"},
        {"A. de Vries, Dorpsstraat 12, 1234 A B Ede", "V:medium"},
        // Both elements, and more than one.
        {"A. de Vries, 3-3-1991\nDorpsstraat 12a\n1234 AB Ergens", "V:high"},
        {"A. de Vries, geboren 3-3-1991, wonende te 1234 AB Ergens", "V:high"},
    }));
    INFO(c.text);
    CHECK(found_in(residents(), c.text) == c.found);
}

TEST_CASE("a surname of three letters needs something beside it", "[match]") {
    FakeIndex index;
    index.add_subject("B").initials("E.").surname("Bos").born("1991-03-03").home("1234AB", "17");
    index.add_subject("P")
        .initials("G.")
        .given_names("Gijs")
        .prefix("van de")
        .surname("Pol")
        .born("2001-09-09")
        .home("5555CC", "33");
    struct Case {
        const char* text;
        const char* found;
    };
    const auto c = GENERATE(values<Case>({
        {"het bos, 3-3-1991", ""},
        {"Bos\nKade 17\n1234 AB Ergens", ""},
        {"Mevrouw Bos, 3-3-1991", "B:medium"},
        {"Naam: Bos, 3-3-1991", "B:medium"},
        {"Thema: Bos, 3-3-1991", ""},
        {"Achternaam : Bos\nAdres : Kade 17\nPostcode : 1234 AB", "B:medium"},
        {"Achternaam\tBos\nAdres\tKade 17\nPostcode\t1234 AB", "B:medium"},
        {"Huisnummer: 17\nPostcode: 1234 AB\nClient: Bos", "B:medium"},
        {"van de Pol, 9-9-2001", "P:medium"},
        {"vd Pol, 9-9-2001", "P:medium"},
        {"v/d Pol, 9 sep 2001", "P:medium"},
        {"km/d Pol, 9-9-2001", ""},
        {"Gijs vd Pol, 9-9-2001", "P:medium"},
        {"J. vd Pol, 9-9-2001", ""},
    }));
    INFO(c.text);
    CHECK(found_in(index, c.text) == c.found);
}

TEST_CASE("a family is all who live there by one of its names", "[match]") {
    FakeIndex index;
    index.add_subject("H")
        .initials("I.")
        .surname("Hendriks")
        .partner("", "Bakker")
        .home("6411JJ", "4");
    index.add_subject("B").initials("T.").surname("Bakker").home("6411JJ", "4");
    CHECK(found_in(index, "Familie Bakker-Hendriks\nLaan 4\n6411 JJ Heerlen") ==
          "H:medium B:medium");
    CHECK(found_in(index, "Mevrouw Bakker-Hendriks\nLaan 4\n6411 JJ Heerlen") == "H:medium");
    CHECK(found_in(index, "Fam. Bakker-Hendriks\nLaan 4\nzw\n6411 JJ Heerlen") ==
          "H:medium B:medium");
}

TEST_CASE("a row names its own person", "[match]") {
    const auto& index = residents();
    struct Case {
        const char* text;
        const char* found;
    };
    const auto c = GENERATE(values<Case>({
        {"Achternaam\tVoorletters\tGeboortedatum\nVries\tA.\t03-03-1991\nMeer\tF\t31-12-1955",
         "V:medium M:medium"},
        {"Voorletters\tTussenv.\tAchternaam\tGeb.datum\nA\tde\tVries\t1991-03-03", "V:medium"},
        {"Geboren\tNaam\n03-03-1991\tVries, A. de\n31-12-1955\tMeer, F. van der",
         "V:medium M:medium"},
        // Day numbers of a spreadsheet, and digits without their zero.
        {"Naam\tGeboortedatum\nA. de Vries\t33300", "V:medium"},
        {"Naam\tGeboortedatum\nA. de Vries\t3031991", "V:medium"},
        {"Naam\tBedrag\nA. de Vries\t33300", ""},
        // Without a header.
        {"Vries\tA.\t03-03-1991\tx", "V:medium"},
        // Two tables, one below the other.
        {"Ingangsdatum\tx\n01-02-2026\ty\n\nGeboren\tNaam\n03-03-1991\tVries, A. de", "V:medium"},
        // A header that says otherwise.
        {"Naam\tIngangsdatum\nA. de Vries\t03-03-1991", ""},
        // Shifted by a row: the names and dates of one row are of two people.
        {"Naam\tGeboren\nA. de Vries\t31-12-1955\nF. van der Meer\t03-03-1991", ""},
        // The initials of the next row are not this one's.
        {"Naam\tGeboren\tx\tVoorletter\nVries\t03-03-1991\tx\tB\nMeer\t31-12-1955\tx\tF",
         "V:medium? T:medium? M:medium"},
    }));
    INFO(c.text);
    CHECK(found_in(index, c.text) == c.found);
}

TEST_CASE("a postcode by name and birth date tells namesakes apart", "[match]") {
    FakeIndex index;
    index.add_subject("A")
        .initials("A.")
        .prefix("de")
        .surname("Boer")
        .born("1970-05-05")
        .home("1811AA", "1");
    index.add_subject("B")
        .initials("A.")
        .prefix("de")
        .surname("Boer")
        .born("1970-05-05")
        .home("9401LL", "7");
    const std::string name = "Mevrouw De Boer, geboren 5 mei 1970";
    CHECK(found_in(index, name) == "A:medium? B:medium?");
    CHECK(found_in(index, name + ", wonend te 9401 LL Assen") == "B:high");
    CHECK(found_in(index, name + ", wonend te 9401 LM Assen") == "A:medium? B:medium?");
    CHECK(found_in(index, name + " 1811 AA, voorheen 9401 LL") == "A:medium? B:medium?");
    // The address that the letter goes to.
    CHECK(found_in(index, "Postbus 5\n9401 LL Assen\n" + std::string(200, '-') + '\n' + name) ==
          "A:medium? B:medium?");
    CHECK(found_in(index, "x\ty\tz\nDe Boer, A.\t05-05-1970\t1811AA\nVos\t01-01-1980\t9401LL") ==
          "A:high");
}

TEST_CASE("of a surname of several words one may be written", "[match]") {
    FakeIndex index;
    index.add_subject("P")
        .initials("R.")
        .surname("Oosterhuis-Prins")
        .born("1959-10-01")
        .home("9203CC", "45");
    index.add_subject("Q").initials("R.").surname("Prins").born("1960-10-01");
    index.add_subject("S").initials("R.").surname("Prins-Vermeulen").born("1960-10-01");
    struct Case {
        const char* text;
        const char* found;
    };
    const auto c = GENERATE(values<Case>({
        {"mevrouw Oosterhuis, geboren 1-10-1959", "P:medium"},
        {"R. Prins, geboren 1-10-1959", "P:medium"},
        {"R. Prins-Oosterhuis, geboren 1-10-1959", "P:medium"},
        {"R. Oosterhuis\nKade 45\n9203 CC Drachten", "P:medium"},
        // A word that nothing stands by may be any word.
        {"Met dank aan de prins, geboren 1-10-1959", ""},
        {"K. Prins, geboren 1-10-1959", ""},
        // Who has that name whole is meant rather.
        {"R. Prins, geboren 1-10-1960", "Q:medium"},
        {"R. Prins-Vermeulen, geboren 1-10-1960", "S:medium"},
    }));
    INFO(c.text);
    CHECK(found_in(index, c.text) == c.found);
}

TEST_CASE("few words are looked up", "[match]") {
    // The fake has no filters, so that the worst case is counted.
    FakeIndex index;
    index.add_subject("A").surname("Vries").born("1991-03-03");
    constexpr std::size_t dates = 120;
    const auto letter_of = [](const std::string& year) {
        std::string text = "Geachte mevrouw Bakker,\n\n";
        for (std::size_t i = 0; i < dates; ++i)
            text +=
                "Wij hebben op 12 maart " + year + ", uw aanvraag ontvangen en zullen die zien.\n";
        return text;
    };
    CHECK(match_text(index, letter_of("1996")).subjects.empty());
    CHECK(index.find_calls() < 40 * dates);
    // Nobody is born on a day of last year, and written to.
    const auto before = index.find_calls();
    index.mutable_stats().source_as_of =
        std::chrono::sys_days(std::chrono::year(2026) / std::chrono::May / 1);
    CHECK(match_text(index, letter_of("2025")).subjects.empty());
    CHECK(index.find_calls() == before);
}

TEST_CASE("namesakes of somebody who is known are not looked for", "[match]") {
    FakeIndex index;
    index.add_subject("K").bsn("123456782").initials("A.B.").surname("Vries").born("1991-03-03");
    index.add_subject("L").bsn("111222333").initials("A.B.").surname("Vries").born("1991-03-03");
    index.add_subject("P").bsn("987654329").initials("P.").surname("Vries").born("1991-03-03");
    index.add_subject("D")
        .initials("A.B.")
        .surname("Vries")
        .partner("", "Jansen")
        .born("1991-03-03");
    CHECK(found_in(index, "BSN 123456782, A.B. Vries, geboren 03-03-1991") == "K:high");
    CHECK(found_in(index, "BSN 123456782, A. Vries, geboren 03-03-1991") == "K:high");
    const auto calls = index.find_calls() / 2;
    CHECK(found_in(index, "BSN 123456782, A.B. Smit, geboren 03-03-1991") == "K:high");
    CHECK(index.find_calls() - 2 * calls > calls);
    // In a list, those of the row.
    std::string list = "Naam\tBSN\tGeboren\n";
    FakeIndex many;
    constexpr std::size_t rows = 20;
    for (std::size_t i = 0; i < rows; ++i) {
        const std::string id = "CL-" + std::to_string(10'000 + i);
        for (const char* twin : {"", "x"})
            many.add_subject(id + twin)
                .initials("A.")
                .surname("Vries")
                .born("1991-03-03")
                .other_id(id + twin);
        list += "A. Vries\t" + id + "\t03-03-1991\n";
    }
    const auto found = match_text(many, list);
    CHECK(found.subjects.size() == rows);
    CHECK(many.find_calls() == 2 * rows);  // for the numbers, not for the names
    // A number of one and the name of another: both.
    CHECK(found_in(index, "BSN 123456782, P. Vries, geboren 03-03-1991") == "K:high P:medium");
    CHECK(found_in(index, "BSN 123456782, A.B. Vries-Jansen, geb. 03-03-1991") ==
          "K:high D:medium");
    // Nothing names one of them.
    CHECK(found_in(index, "A.B. Vries, geboren 03-03-1991") == "K:medium? L:medium? D:medium?");
}

TEST_CASE("evidence of a composite says what it is", "[match]") {
    const auto findings = match_text(residents(), "Naam: A. de Vries\nGeboortedatum: 03-03-1991\n");
    REQUIRE(findings.subjects.size() == 1);
    const auto& evidence = findings.subjects[0].evidence;
    REQUIRE(evidence.size() == 3);
    CHECK(std::string(match::to_string(evidence[0].kind)) == "name_birth_date");
    CHECK(evidence[0].where == "text, line 2");
    CHECK(std::string(match::to_string(evidence[1].kind)) == "name");
    CHECK(evidence[1].where == "text, line 1");
    CHECK(std::string(match::to_string(evidence[2].kind)) == "birth_date");
    CHECK(std::string(match::to_string(match::EvidenceKind::address)) == "address");
    CHECK(match::is_primary(match::EvidenceKind::address));
    CHECK_FALSE(match::is_primary(match::EvidenceKind::keyword));
}

TEST_CASE("what recognition confuses is read, and trusted less", "[match]") {
    FakeIndex index;
    index.add_subject("V")
        .bsn("123456782")
        .initials("A.")
        .prefix("de")
        .surname("Vries")
        .born("1991-03-03")
        .home("1234AB", "12")
        .other_id("77001234");
    struct Case {
        const char* text;
        const char* recognised;
        const char* typed;
    };
    const auto c = GENERATE(values<Case>({
        {"BSN l234S67B2, A. de Vries", "V:medium", ""},
        {"BSN 123456782, A. de Vries", "V:high", "V:high"},
        {"BSN l23456782", "V:low", ""},
        {"A. de Vries, geboren O3-O3-I99l", "V:low", ""},
        {"A. de Vries, geboren O3-O3-I99l, BSN 123456782", "V:high", "V:high"},
        {"A. de Vries, Dorpsstraat 12, l234 AB", "V:low", ""},
        {"Nummer 77OO1234, A. de Vries", "V:low", ""},
        {"Het zijn losse slobs 5 en 8", "", ""},
    }));
    INFO(c.text);
    CHECK(found_in(index, c.text, true) == c.recognised);
    CHECK(found_in(index, c.text, false) == c.typed);
}

TEST_CASE("who is sure makes another of the same name not meant", "[match]") {
    FakeIndex index;
    index.add_subject("P")
        .bsn("123456782")
        .initials("P.")
        .surname("Bakker")
        .born("1950-01-01")
        .home("1234AB", "12");
    index.add_subject("Q").initials("Q.").surname("Bakker").born("1951-01-01").home("1234AB", "12");
    const std::string address = "mevrouw Bakker\nKade 12\n1234 AB Ergens\n";
    CHECK(found_in(index, address) == "P:medium? Q:medium?");
    CHECK(found_in(index, address + "BSN 123456782") == "P:high");
    CHECK(found_in(index, address + "geboren 1 januari 1951") == "Q:high");
}
