// Forms and lists that have a name in pieces, each behind or under a label of its own.
#include "match/labelled_names.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "support/match_text.hpp"

using namespace postwacht;

namespace {

// Born on one day: two of the same initial, one of another; and a family with a short name.
const FakeIndex& namesakes() {
    static const FakeIndex* const index = [] {
        auto* made = new FakeIndex;
        const auto add = [made](const char* id, const char* initials, const char* given) {
            made->add_subject(id).initials(initials).given_names(given).surname("Bakker").born(
                "1964-11-05");
        };
        add("A", "A.", "Anton");
        add("T", "A.M.", "Antoinette Maria");
        add("J", "J.H.", "Johannes Hendrik");
        made->add_subject("B")
            .initials("E.")
            .given_names("Emma")
            .surname("Bos")
            .born("1991-03-03")
            .home("6701BB", "29");
        made->add_subject("K").initials("W.").surname("Kok").born("1980-01-02").home("6701BC", "3");
        return made;
    }();
    return *index;
}

}  // namespace

TEST_CASE("a form tells namesakes apart by the lines beside the surname", "[match]") {
    struct Case {
        const char* text;
        const char* found;
    };
    const Case letter = GENERATE(values<Case>({
        {"Achternaam: Bakker\nVoornaam: Anton\nGeboortedatum: 05-11-1964", "A:medium"},
        {"Voornaam: Antoinette\nAchternaam: Bakker\nGeboortedatum: 05-11-1964", "T:medium"},
        {"Voornamen : Johannes Hendrik\nAchternaam : Bakker\nGeboren : 5 november 1964",
         "J:medium"},
        {"Geboortedatum\t05-11-1964\nAchternaam\tBakker\nVoorletters\tJ.H.", "J:medium"},
        {"\"achternaam\": \"Bakker\",\n\"voorletters\": \"A.M.\",\n\"geboortedatum\": "
         "\"1964-11-05\"",
         "T:medium"},
        {"Surname: Bakker\nFirst name: Anton\nDate of birth: 05/11/1964", "A:medium"},
        {"Achternaam: Bakker, voorletters: J.H., geboortedatum: 05-11-1964", "J:medium"},
        {"{\"naam\":\"Bakker\",\"voornaam\":\"Anton\",\"geboortedatum\":\"1964-11-05\"}",
         "A:medium"},
        // Initials that nobody has, and the name that somebody is called by.
        {"Achternaam: Bakker\nVoorletters: P.\nGeboortedatum: 05-11-1964", ""},
        {"Achternaam: Bakker\nRoepnaam: Hans\nGeboortedatum: 05-11-1964",
         "A:medium? T:medium? J:medium?"},
        // Of the next form.
        {"Achternaam: Bakker\nGeboortedatum: 05-11-1964\nAchternaam: Pol\nVoornaam: Anton",
         "A:medium? T:medium? J:medium?"},
        {"Achternaam: Pol\nVoornaam: Klaas\nAchternaam: Bakker\nVoornaam: Anton\n"
         "Geboortedatum: 05-11-1964",
         "A:medium"},
    }));
    INFO(letter.text);
    CHECK(found_in(namesakes(), letter.text) == letter.found);
}

TEST_CASE("a short surname counts under the head of a column of names", "[match]") {
    const char* const rows = "Bos;Laan;29;6701BB\nKok;Dreef;3;6701BC\n";
    CHECK(found_in(namesakes(), std::string("Achternaam;Straat;Huisnr;Postcode\n") + rows) ==
          "B:medium K:medium");
    // Neither where the column is of something else.
    CHECK(found_in(namesakes(), std::string("Object;Straat;Huisnr;Postcode\n") + rows).empty());
}
