// The case period: which of a letter's dates it is.
#include <catch2/catch.hpp>
#include <string>

#include "support/matched_message.hpp"

using namespace postwacht;

TEST_CASE("the period is the date behind a cue that no other cue claims", "[match]") {
    const FakeIndex& people = the_people();
    struct Case {
        const char* text;
        const char* period;
    };
    const auto c = GENERATE(values<Case>({
        {"Datum: 12-03-2026. Uitkering met ingang van 1 februari 2026.", "2026-02-01"},
        {"12-03-2026", "none"},
        {"Geboren 06-05-1980, eerste ziektedag: 04-01-2026", "2026-01-04"},
        {"vanaf de dag dat u geboren bent 06-05-1980", "none"},
        {"vanaf heden. Dagtekening 12-03-2026", "none"},
        {"met ingang\nvan 2 mei 2026", "2026-05-02"},
        {"periode 01-02-2026 t/m 30-06-2026, sinds 01-01-2020", "2026-02-01"},
        {"vanaf een dag die te ver weg staat om er nog bij te horen: 01-02-2026", "none"},
        {"with effect from March 12, 2026", "2026-03-12"},
        {"Uw uitkering gaat per 1 maart 2026 in.", "2026-03-01"},
        {"U krijgt EUR 1200 per maand. Dit kreeg u 12-03-2026", "none"},
        {"Het bedrag per dag op 12-03-2026", "none"},
        {"De uitkering begint op maandag 2 maart 2026", "2026-03-02"},
        {"Uw ziekmelding van 5 januari 2026 en uw brief van 7 januari 2026", "2026-01-05"},
        {"Brief van 7 januari 2026. U bent ziek sinds 5 jan. 2026.", "2026-01-05"},
        {"periode 1 maart t/m 30 juni 2026", "2026-03-01"},
        {"In de periode van 1 november tot en met 31 januari 2026", "2025-11-01"},
        {"Voor 1 april 2026 reageren. Startdatum: 1 mei 2026", "2026-05-01"},
        {"Sick leave from 3 March 2026 until 9 March 2026", "2026-03-03"},
        {"Your benefit starts on March 2, 2026. Reply no later than April 1, 2026", "2026-03-02"},
        {"Geboortedatum 06-05-1980 Ingangsdatum 01-02-2026 Einddatum 01-03-2026", "2026-02-01"},
        {"Datum ziekmelding\tGeboren\n05-01-2026\t06-05-1980", "2026-01-05"},
        {"Ingangsdatum\tEinddatum\n01-02-2026\t30-06-2026", "2026-02-01"},
        {"Ingangsdatum\t01-02-2026\tEinddatum\t30-06-2026", "2026-02-01"},
        {"Toegekend met terugwerkende kracht tot 2 februari 2026", "2026-02-02"},
        {"De eerste dag van haar uitkering is 9 maart 2026", "2026-03-09"},
        {"Ingangsdatum van de uitkering. Op 12 mei 2026 schreef u ons", "none"},
        {"m.i.v. a.s. 9 maart 2026", "2026-03-09"},
        // The longer cue says what the date is.
        {"Zij werkt sinds 1 juni 2015 bij u. De uitkering gaat in op 9 maart 2026.", "2026-03-09"},
        {"In dienst vanaf 1 juni 2015", "none"},
        {"Uit dienst vanaf 1 april 2026; ziek sinds 2 februari 2026", "2026-02-02"},
        {"De uitkering eindigt met ingang van 28 juni 2026", "none"},
        {"gestopt per 1 mei 2026, 1e ziektedag 2-2-2026", "2026-02-02"},
        {"Het verlof gaat 9 maart 2026 in", "2026-03-09"},
        {"Het verlof, te beginnen op 9 maart 2026", "2026-03-09"},
        // The cue stands behind the date.
        {"De uitkering die op 1 maart 2026 is ingegaan", "2026-03-01"},
        {"Zij is op maandag 2 februari 2026 ziek geworden", "2026-02-02"},
        {"Op 9 maart 2026 ging haar verlof in", "2026-03-09"},
        {"Uw brief van 9 maart 2026 gaat over het verlof", "none"},
        {"mevrouw Jansen (06-05-1980) is ziek", "none"},
        {"Op 9 maart 2026 ging haar verlof in, besloten op 1 april 2026, vanaf 8 maart 2026",
         "2026-03-08"},
        // A range begins the case where no cue does.
        {"Geboren 06-05-1980. Verlof van 5 januari 2026 tot en met 26 april 2026", "2026-01-05"},
        {"Verlof: 05-01-2026 t/m 26-04-2026", "2026-01-05"},
        {"Verlof (05-01-2026 - 26-04-2026)", "2026-01-05"},
        {"Verlof van 9 maart tot en met zondag 28 juni 2026", "2026-03-09"},
        {"Verlof van 9 november tot 28 februari 2026", "2025-11-09"},
        {"Bezwaar kan tot 22 juni 2026", "none"},
        {"Brief van 5 januari 2026 tot vaststelling", "none"},
        {"05-01-2026 t/m 26-04-2026, verlof vanaf 6 januari 2026", "2026-01-06"},
    }));
    INFO(c.text);
    const std::string text = std::string("BSN 123456782\n") + c.text;
    CHECK(period_of(match_body(people, text), "A") == c.period);
    // Without anybody the text is read all the same.
    CHECK(match_body(people, c.text).subjects.empty());
}

TEST_CASE("a start date without a year is of the year that the letter's day tells", "[match]") {
    FakeIndex people;
    people.add_subject("A").bsn("123456782").surname("Jansen");
    const auto period = [&people](const std::string& text) {
        return period_of(match_body(people, "BSN 123456782, Jansen\n" + text), "A");
    };
    // Neither the registry nor the letter tells a day.
    CHECK(period("per 1 april jl.") == "none");
    people.mutable_stats().source_as_of = std::chrono::sys_days{std::chrono::year(2026) / 5 / 20};
    CHECK(period("per 1 april") == "2026-04-01");
    CHECK(period("per 1 november") == "2026-11-01");
    CHECK(period("per 1 december") == "2025-12-01");
    CHECK(period("per 1 december jl.") == "2025-12-01");
    CHECK(period("met ingang van maandag 1 april a.s.") == "2027-04-01");
    CHECK(period("vanaf 1 april vorig jaar") == "2025-04-01");
    CHECK(period("vanaf 1 april dit jaar") == "2026-04-01");
    CHECK(period("vanaf 1 april volgend jaar") == "2027-04-01");
    CHECK(period("Utrecht, 3 januari 2025\nvanaf 20 december") == "2024-12-20");
    // A date long past is not that of the letter.
    CHECK(period("06-05-1980, vanaf 1 april") == "2026-04-01");
    CHECK(period("vanaf dan geldt: bellen kan op 1 april") == "none");
    CHECK(period("per 31 februari") == "none");
}
