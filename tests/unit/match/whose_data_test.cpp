// Which data is about whom: a letter about one person, a table's row, several letters in one mail,
// a newsletter about nobody. Each on texts that differ in wording, carrier and order.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "match/match.hpp"
#include "support/catch_result.hpp"
#include "support/fake_index.hpp"

using namespace postwacht;

namespace {

enum Category : std::uint32_t { maternity, sickness, debts };

const match::Vocabulary& vocabulary() {
    static const auto compiled = [] {
        match::Words words = match::default_words();
        words.categories = {
            {"maternity", {"zwangerschapsverlof", "bevallingsuitkering", "WAZO"}, {}},
            {"sickness", {"ziekmelding", "ziektewet", "arbeidsongeschikt"}, {}},
            {"debts", {"terugvordering", "beslag", "betalingsregeling"}, {}}};
        return *match::Vocabulary::compile(words);
    }();
    return *compiled;
}

const FakeIndex& people() {
    static FakeIndex index;
    if (index.stats().subjects != 0) return index;
    index.add_subject("Bos")
        .bsn("123456782")
        .initials("F.")
        .given_names("Fenna")
        .surname("Bos")
        .born("1987-11-23")
        .home("3511LX", "14")
        .email("fenna@thuis.example");
    index.add_subject("Aydin")
        .bsn("111222333")
        .initials("E.")
        .given_names("Emre")
        .surname("Ayd\xC4\xB1n")
        .born("1975-02-09")
        .home("9712CP", "3");
    index.add_subject("Linden")
        .bsn("999990019")
        .initials("C.J.")
        .given_names("Cornelia Johanna")
        .prefix("van der")
        .surname("Linden")
        .born("1962-07-30")
        .other_id("WG-2210-7");
    index.add_subject("Hof")
        .bsn("012345672")
        .given_names("Timo")
        .prefix("in 't")
        .surname("Hof")
        .born("1999-12-31");
    return index;
}

// Parts of a mail by path; "0" are fields, the first text is the letter.
struct Part {
    std::string path;
    std::string name;
    std::string text;
    std::string type = "text/plain";
    std::string where = "text";
};

std::string told(const std::vector<Part>& parts) {
    extract::Reading reading;
    for (const Part& part : parts) {
        // Further pages of the same document.
        const bool more = !reading.parts.empty() && reading.parts.back().path == part.path;
        extract::PartInfo info;
        info.path = part.path;
        info.name = part.name;
        info.type = part.path.ends_with("0") ? "message/rfc822-headers" : part.type;
        if (!more) reading.parts.push_back(info);
        extract::Fragment fragment;
        fragment.part = static_cast<std::uint32_t>(reading.parts.size() - 1);
        fragment.where = part.path.ends_with("0") ? "Subject" : part.where;
        fragment.text = part.text;
        reading.fragments.push_back(fragment);
    }
    Budget budget{Limits{}};
    const auto findings = match::match(reading, people(), vocabulary(), budget);
    REQUIRE(findings);
    std::vector<std::string> lines;
    for (const auto& found : findings->subjects) {
        if (found.confidence == match::Confidence::low) continue;
        std::string line = found.subject->id + ":";
        for (const auto category : found.categories)
            line += std::string(" ") + (category == maternity  ? "maternity"
                                        : category == sickness ? "sickness"
                                                               : "debts");
        if (found.period) line += " " + to_iso(*found.period);
        lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const auto& line : lines) all += (all.empty() ? "" : "; ") + line;
    return all;
}

}  // namespace

TEST_CASE("a letter about one person is about that person throughout", "[match]") {
    // The kind of data stands in the Subject, long before the person, behind the signature, in an
    // attachment.
    CHECK(told({{"0", "", "Uw zwangerschapsverlof"},
                {"1", "", "Geachte mevrouw Bos,\n\nUw aanvraag is in orde.\nBSN: 123456782\n"}}) ==
          "Bos: maternity");
    CHECK(told({{"1", "",
                 "De ziekmelding van uw werknemer is verwerkt.\n\nNaam: E. Ayd\xC4\xB1n\n"
                 "Geboortedatum: 9 februari 1975\nEerste ziektedag: 2 maart 2026\n"}}) ==
          "Aydin: sickness 2026-03-02");
    CHECK(told({{"1", "",
                 "Betreft: C.J. van der Linden, geboren 30-07-1962\n\nWij beoordeelden het "
                 "dossier.\n\nMet vriendelijke groet,\nafdeling Inning\n\nPS. De terugvordering "
                 "loopt vanaf 1 april 2026.\n"}}) == "Linden: debts 2026-04-01");
    CHECK(told({{"1", "", "Beste Timo in 't Hof (31-12-1999), zie de bijlagen."},
                {"2", "besluit.txt", "De betalingsregeling begint per 1 mei 2026."},
                {"3", "toelichting.txt", "Wat is de ziektewet?"}}) ==
          "Hof: sickness debts 2026-05-01");
    // Named in an attachment only, and the letter says nothing else.
    CHECK(told({{"1", "", "Bijgaand het stuk over het beslag."},
                {"2", "stuk.txt", "Mw. F. Bos, 3511 LX 14"}}) == "Bos: debts");
}

TEST_CASE("a row of a table is about the person on it", "[match]") {
    // By number, by name and birth date, and by another id; other columns first; rows that go on.
    CHECK(told({{"1", "", "Zie lijst."},
                {"2", "lijst.txt",
                 "regeling\tingang\tBSN\tnaam\n"
                 "WAZO\t01-02-2026\t123456782\tBos\n"
                 "Ziektewet\t15-03-2026\t111222333\tAyd\xC4\xB1n\n"
                 "-\t\t999990019\tVan der Linden\n"}}) ==
          "Aydin: sickness 2026-03-15; Bos: maternity 2026-02-01; Linden:");
    CHECK(told({{"2", "lijst.txt",
                 "Naam\tGeboortedatum\tReden\n"
                 "Bos, F.\t23-11-1987\tbeslag op loon\n"
                 "Hof, T. in 't\t31-12-1999\tgeen\n"
                 "Linden, C.J. van der\t30-07-1962\tziekmelding\n"}}) ==
          "Bos: debts; Hof:; Linden: sickness");
    CHECK(told({{"2", "export.csv",
                 "id;naam;soort\nWG-2210-7;Van der Linden;betalingsregeling\n"
                 "x;F. Bos 123456782;WAZO\n",
                 "text/csv"}}) == "Bos: maternity; Linden: debts");
    // What stands above all rows holds for all, and so does what stands between.
    CHECK(told({{"2", "lijst.txt",
                 "Overzicht zwangerschapsverlof\n"
                 "naam\tbsn\topmerking\n"
                 "Bos\t123456782\tziekmelding op 3 maart\n"
                 "Hof\t012345672\t\n"}}) == "Bos: maternity sickness; Hof: maternity");
    // One row alone is still a row of its person.
    CHECK(told({{"2", "een.txt", "naam\tbsn\tsoort\nBos\t123456782\tWAZO\n"}}) == "Bos: maternity");
}

TEST_CASE("of several letters in one mail each is about its own person", "[match]") {
    const std::string bos =
        "Geachte mevrouw Bos,\nuw zwangerschapsverlof gaat in per 1 juni 2026.\n"
        "BSN 123456782\n";
    const std::string aydin =
        "Dhr. E. Ayd\xC4\xB1n (09-02-1975) is arbeidsongeschikt sinds "
        "14-01-2026.\n";
    const std::string linden = "Dossier WG-2210-7, mevrouw Van der Linden: beslag gelegd.\n";
    const std::string expected =
        "Aydin: sickness 2026-01-14; Bos: maternity 2026-06-01; Linden: debts";
    SECTION("as attachments") {
        CHECK(told({{"1", "", "Hierbij drie brieven ter verzending."},
                    {"2", "a.txt", bos},
                    {"3", "b.txt", aydin},
                    {"4", "c.txt", linden}}) == expected);
    }
    SECTION("as mails that are attached") {
        CHECK(told({{"1", "", "ter info"},
                    {"2.0", "", "Besluit"},
                    {"2.1", "", aydin},
                    {"3.0", "", "Besluit"},
                    {"3.1", "", linden},
                    {"4.0", "", "Besluit"},
                    {"4.1", "", bos}}) == expected);
    }
    SECTION("in one archive, also in folders and archives inside it") {
        CHECK(told({{"1", "", "zie zip"},
                    {"2", "brieven.zip", "", "application/zip"},
                    {"2.1", "a.txt", bos},
                    {"2.2", "rest.zip", "", "application/zip"},
                    {"2.2.1", "b.txt", aydin},
                    {"2.2.2", "c.txt", linden}}) == expected);
    }
    SECTION("and what names nobody goes with those beside it") {
        CHECK(told({{"2", "brieven.zip", "", "application/zip"},
                    {"2.1", "a.txt", bos},
                    {"2.2", "bijlage.txt", "Overzicht terugvordering"},
                    {"3", "b.txt", aydin}}) ==
              "Aydin: sickness 2026-01-14; Bos: maternity debts 2026-06-01");
    }
    SECTION("and what a document says holds for what lies in it") {
        CHECK(told({{"2", "rapport.txt", "Rapport over WAZO en terugvordering"},
                    {"2.1", "a.txt", "BSN 123456782, Bos"},
                    {"2.2", "b.txt", "E. Ayd\xC4\xB1n, geboren 9-2-1975: ziekmelding"}}) ==
              "Aydin: maternity sickness debts; Bos: maternity debts");
    }
}

TEST_CASE("of several letters in one document each is about its own person", "[match]") {
    const auto page = [](int number, const std::string& text) {
        return Part{"2", "merge.pdf", text, "application/pdf", "page " + std::to_string(number)};
    };
    const std::string bos =
        "Geachte mevrouw Bos,\nuw zwangerschapsverlof gaat in per 1 juni 2026.\nBSN 123456782\n";
    const std::string aydin =
        "Kerkstraat 3\n9712 CP Groningen\n\nBetreft: E. Ayd\xC4\xB1n, geboren 09-02-1975\n"
        "Hij is arbeidsongeschikt sinds 14-01-2026.\n";
    SECTION("by where each begins") {
        CHECK(told({page(1, bos), page(2, aydin)}) ==
              "Aydin: sickness 2026-01-14; Bos: maternity 2026-06-01");
    }
    SECTION("with the pages that follow") {
        CHECK(told({page(1, bos), page(2, "Bijlage: betalingsregeling"), page(3, aydin),
                    page(4, "terugvordering\n")}) ==
              "Aydin: sickness debts 2026-01-14; Bos: maternity debts 2026-06-01");
        CHECK(told({page(1, bos), page(2, "Bijlage: betalingsregeling"), page(3, aydin)}) ==
              "Aydin: sickness 2026-01-14; Bos: maternity debts 2026-06-01");
    }
    SECTION("with the notes on their pages") {
        CHECK(told({page(1, bos), page(2, aydin),
                    Part{"2", "merge.pdf", "beslag", "application/pdf", "page 1, note"}}) ==
              "Aydin: sickness 2026-01-14; Bos: maternity debts 2026-06-01");
    }
    SECTION("but what stands before, or on no page, is said of all") {
        CHECK(told({page(1, "Overzicht van ziekmeldingen en beslag"), page(2, bos),
                    page(3, aydin)}) ==
              "Aydin: sickness debts 2026-01-14; Bos: maternity debts 2026-06-01");
        CHECK(told({page(1, bos), page(2, aydin),
                    Part{"2", "merge.pdf", "beslag", "application/pdf", "document title"}}) ==
              "Aydin: sickness debts 2026-01-14; Bos: maternity debts 2026-06-01");
    }
    SECTION("and a letter about nobody known is said of all") {
        CHECK(told({page(1, bos), page(2, aydin), page(3, "Geachte heer Onbekend,\nbeslag")}) ==
              "Aydin: sickness debts 2026-01-14; Bos: maternity debts 2026-06-01");
    }
    SECTION("and where nothing tells them apart both are said of both") {
        CHECK(told({page(1, bos), page(2, "E. Ayd\xC4\xB1n, geboren 09-02-1975, ziekmelding")}) ==
              "Aydin: maternity sickness 2026-06-01; Bos: maternity sickness 2026-06-01");
    }
}

TEST_CASE("a newsletter that names nobody is about nobody", "[match]") {
    const std::string text = GENERATE(
        as<std::string>(),
        "Nieuwsbrief juni 2026\n\nZwangerschapsverlof: wat verandert er? Werknemers met een "
        "bevallingsuitkering krijgen vanaf 1 juli 2026 bericht. Vragen? Bel 088 123 4567 of "
        "schrijf "
        "naar Postbus 1, 3511 LX Utrecht. KvK 12345678, btw NL123456789B01.\n",
        "In het bos wandelen helpt bij een ziekmelding, zegt arts De Hof. Op 23 november 1987 ging "
        "de eerste regeling in. Rekening NL91 ABNA 0417 1643 00.\n",
        "Linden en eiken: onze kantoortuin. WAZO-spreekuur op 30-07-2026, kamer 14. Dossiers met "
        "nummer WG-2210-8 en hoger: zie de betalingsregeling. Ordernummer 123456789.\n",
        "Regeling\tJaar\tBedrag\nWAZO\t2026\t111.222,33\nZiektewet\t2025\t99.999,00\n",
        "Ons adres: Laan 14, 3511 LX. Spreekuur ziektewet: bel 0123456729.\n");
    INFO(text);
    CHECK(told({{"0", "", "Nieuws over zwangerschapsverlof"}, {"1", "", text}}).empty());
    CHECK(told({{"1", "", "Zie bijlage"}, {"2", "nieuws.txt", text}}).empty());
}
