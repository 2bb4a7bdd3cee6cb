// Letters that say that they are for somebody else than the person whom they are about, and letters
// that only look so. Each on texts as people write them.
#include "match/named_places.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "match/match.hpp"
#include "support/catch_result.hpp"
#include "support/fake_index.hpp"

using namespace postwacht;

namespace {

const FakeIndex& people() {
    static FakeIndex index;
    if (index.stats().subjects != 0) return index;
    index.add_subject("Bos")
        .bsn("123456782")
        .initials("F.")
        .given_names("Fenna")
        .surname("Bos")
        .partner("van der", "Linden")
        .born("1987-11-23");
    index.add_subject("Jansen")
        .bsn("111222333")
        .initials("K.")
        .given_names("Karel")
        .surname("Jansen")
        .born("1975-02-09")
        .email("karel@thuis.example");
    return index;
}

struct Part {
    std::string name;  // empty: the letter itself
    std::string text;
    std::string where = "text";
    bool hidden = false;
    bool ocr = false;
};

// "Bos salutation, Jansen file_name"
std::string contradictions(const std::vector<Part>& parts) {
    extract::Reading reading;
    for (const Part& part : parts) {
        extract::PartInfo info;
        info.path = std::to_string(reading.parts.size() + 1);
        info.name = part.name;
        info.type = "text/plain";
        reading.parts.push_back(info);
        const auto number = static_cast<std::uint32_t>(reading.parts.size() - 1);
        if (!part.name.empty())
            reading.fragments.push_back({number, "file name", false, false, part.name});
        reading.fragments.push_back({number, part.where, part.hidden, part.ocr, part.text});
    }
    static const auto vocabulary = *match::Vocabulary::compile(match::default_words());
    Budget budget{Limits{}};
    const auto findings = match::match(reading, people(), *vocabulary, budget);
    REQUIRE(findings);
    std::string all;
    for (const auto& subject : findings->subjects)
        for (const auto& found : subject.contradictions)
            all += (all.empty() ? "" : ", ") + subject.subject->id + " " + to_string(found.at);
    return all;
}

std::string of_letter(const std::string& text) {
    return contradictions({{"", text}});
}

const std::string about_bos = "\n\nUw aanvraag is in orde. BSN: 123456782\n";

}  // namespace

TEST_CASE("a salutation that names somebody else contradicts", "[match]") {
    CHECK(of_letter("Geachte mevrouw Jansen," + about_bos) == "Bos salutation");
    CHECK(of_letter("Geachte heer K. Jansen" + about_bos) == "Bos salutation");
    CHECK(of_letter("Beste meneer Van den Berg,\n" + about_bos) == "Bos salutation");
    CHECK(of_letter("Dear Mr. Jansen:" + about_bos) == "Bos salutation");
    CHECK(of_letter("Betreft: aanvraag\n\nZeer geachte heer/mevrouw De Wit-Jansen," + about_bos) ==
          "Bos salutation");
}

TEST_CASE("a salutation that names the person, or nobody, does not", "[match]") {
    for (const char* salutation :
         {"Geachte mevrouw Bos,", "Geachte mevrouw Van der Linden-Bos,", "Geachte mevrouw Linden,",
          "Geachte heer T. Bos,", "Geachte mevrouw Hendriksen-Bos,",
          "Geachte mevrouw Bos-Hendriksen,", "Geachte mevrouw Vander Linde,",
          "Geachte mevrouw Lindem,", "Beste mevrouw Fenna,", "Geachte heer, mevrouw,",
          "Geachte heer/mevrouw,", "Geachte relatie Jansen,", "Beste Jansen,",
          "Geachte heer voorzitter,", "Dear Sir or Madam,",
          "Geachte heer Jansen wij delen u mee dat dit een zin is", "L.S."}) {
        INFO(salutation);
        CHECK(of_letter(salutation + about_bos).empty());
    }
}

TEST_CASE("who is written to for another may have another name", "[match]") {
    for (const char* why :
         {"U ontvangt deze brief als bewindvoerder.", "Wij schrijven u namens de afdeling.",
          "Het gaat om uw dochter.", "Uw werkneemster is ziek gemeld."}) {
        INFO(why);
        CHECK(of_letter("Geachte heer Jansen,\n" + std::string(why) + about_bos).empty());
    }
}

TEST_CASE("what is quoted, hidden, recognised or far below is not looked at", "[match]") {
    CHECK(of_letter("Zie hieronder. BSN: 123456782\n> Geachte heer Jansen,\n> tekst").empty());
    CHECK(of_letter("Zie hieronder. BSN: 123456782\n-----Oorspronkelijk bericht-----\n"
                    "Geachte heer Jansen,\n")
              .empty());
    CHECK(of_letter("BSN: 123456782" + std::string(80, '\n') + "Geachte heer Jansen,\n").empty());
    CHECK(of_letter("Geachte mevrouw Bos,\n\nGeachte heer Jansen," + about_bos).empty());
    CHECK(contradictions({{"", "Geachte heer Jansen," + about_bos, "text", true}}).empty());
    CHECK(contradictions({{"", "Geachte heer Jansen," + about_bos, "text", false, true}}).empty());
}

TEST_CASE("an address block that names somebody else contradicts", "[match]") {
    const std::string rest = "Dorpsstraat 1\n1234 AB  Ons Dorp\n\nGeachte klant," + about_bos;
    CHECK(of_letter("De heer K. Jansen\n" + rest) == "Bos address_block");
    CHECK(of_letter("Aan mevr. Jansen\n" + rest) == "Bos address_block");
    CHECK(of_letter("Mevrouw F. Bos\n" + rest).empty());
    CHECK(of_letter("K. Jansen\n" + rest).empty());
    CHECK(of_letter("Jansen Bouw B.V.\nDe heer K. Jansen\n" + rest).empty());
    CHECK(of_letter("Stichting Hulp\nt.a.v. de heer Jansen\n" + rest).empty());
    CHECK(of_letter("De heer Jansen\n\n" + rest).empty());
}

TEST_CASE("a file name with another person's name or number contradicts", "[match]") {
    const std::string text = "BSN: 123456782, F. Bos\n";
    CHECK(contradictions({{"besluit_mevrouw_jansen.pdf", text}}) == "Bos file_name");
    CHECK(contradictions({{"Besluit mevr. F. Bos.pdf", text}}).empty());
    CHECK(contradictions({{"besluit_jansen.pdf", text}}).empty());
    CHECK(contradictions({{"111222333.pdf", text}}) == "Bos file_number");
    CHECK(contradictions({{"K. Jansen BSN 111222333.pdf", text}}) == "Bos file_number");
    CHECK(contradictions({{"karel@thuis.example.pdf", text}}).find("file_name") ==
          std::string::npos);
    CHECK(contradictions({{"123456782.pdf", text}}).empty());
}

TEST_CASE("a covering letter is held against the one person of what it covers", "[match]") {
    const std::string letter = "Geachte heer Jansen,\n\nBijgaand het besluit.\n";
    const std::string bos = "BSN: 123456782, F. Bos\n";
    const std::string jansen = "BSN: 111222333, K. Jansen\n";
    CHECK(contradictions({{"", letter}, {"besluit.pdf", bos}}) == "Bos salutation");
    CHECK(contradictions({{"", letter}, {"besluit.pdf", jansen}}).empty());
    CHECK(contradictions({{"", letter}, {"a.pdf", bos}, {"b.pdf", jansen}}).empty());
    CHECK(contradictions({{"", letter}, {"a.pdf", "Niets bijzonders.\n"}}).empty());
    // The annex is somebody else's letter and covers nothing.
    CHECK(contradictions({{"", bos}, {"a.pdf", letter}}).empty());
}

TEST_CASE("a text about several people contradicts nobody", "[match]") {
    CHECK(of_letter("Geachte heer Visser,\n\nBSN: 123456782 (Bos)\nBSN: 111222333 (Jansen)\n")
              .empty());
}

// Letters to the person's own address that are as they should be, though another name is in them.
TEST_CASE("what may be innocent is left alone: salutations", "[match]") {
    for (const char* letter :
         {// Who cares for the person, in words of everyday life.
          "Geachte heer Jansen,\n\nAls vader van Fenna ontvangt u dit bericht.",
          "Geachte mevrouw Jansen,\n\nU bent de moeder van Fenna.",
          "Geachte heer Jansen,\n\nU bent aangewezen als curator.",
          "Geachte heer Jansen,\n\nU bent de voogd van Fenna.",
          "Geachte mevrouw Jansen,\n\nU bent mantelzorger.",
          "Geachte heer Jansen,\n\nUw vrouw heeft een uitkering aangevraagd.",
          "Dear Mr. Jansen,\n\nYou are the legal guardian.",
          // Couples, one of whom may have that name.
          "Geachte heer en mevrouw Jansen,", "Geachte mevrouw en de heer Jansen,",
          "Dear Mr. and Mrs. Jansen,", "Geachte heer Jansen en mevrouw Bos,",
          "Geachte heer K. Jansen, geachte mevrouw F. Bos,",
          "Geachte heer Jansen,\nGeachte mevrouw Bos,", "Geachte familie Jansen,",
          // Names by marriage and before it.
          "Geachte mevrouw Van der Linden,", "Geachte mevrouw Jansen-Bos,",
          "Geachte mevrouw Jansen (geboren Bos),", "Geachte mevrouw Jansen e/v Bos,",
          "Geachte mevrouw Jansen,\n\nU heeft ons uw naamswijziging doorgegeven.",
          "Geachte mevrouw Jansen,\n\nOp uw verzoek gebruiken wij uw meisjesnaam.",
          // A mail that is sent on.
          "Zie hieronder.\n\nDoorgestuurd bericht\nGeachte heer Jansen,",
          "Ter informatie.\n\nOp 3 maart 2026 om 10:12 schreef K. Jansen het volgende:\n"
          "Geachte heer Jansen,",
          "FYI\n\nOn 3 March 2026 K. Jansen wrote:\nDear Mr. Jansen,",
          "Zie onder.\n________________________________\nGeachte heer Jansen,",
          // Who has written it.
          "Geachte klant,\n\nUw behandelaar is mevrouw Jansen.",
          "Beste Fenna,\n\nU sprak met de heer Jansen."}) {
        INFO(letter);
        CHECK(of_letter(letter + about_bos).empty());
    }
}

TEST_CASE("what may be innocent is left alone: addresses", "[match]") {
    const std::string street = "Stationsplein 1\n1234 AB  Ons Dorp\n";
    for (const std::string& letter :
         {// Offices, and who works there.
          "Jansen Advocaten\nDe heer mr. K. Jansen\n" + street,
          "Notariskantoor De Wit\nMevrouw Jansen\n" + street,
          "Huisartsenpraktijk Zuid\nMevrouw Jansen\n" + street,
          "Jansen & De Wit accountants\nDe heer Jansen\n" + street,
          "Bewindvoering Noord\nDe heer K. Jansen\n" + street,
          "De Brug V.O.F.\nDe heer K. Jansen\n" + street, "T.a.v. de heer K. Jansen\n" + street,
          "p/a mevrouw Jansen\n" + street, "De heer en mevrouw Jansen\n" + street,
          // The signature of who handles the case.
          std::string("Geachte klant,\n\nUw besluit volgt.\n\nMet vriendelijke groet,\n\n"
                      "Mevrouw K. Jansen\n") +
              street,
          std::string("Geachte klant,\n\nHoogachtend,\nde heer K. Jansen\n") + street,
          std::string("Dear customer,\n\nKind regards,\nMr. K. Jansen\n") + street,
          // That of a mail further down.
          std::string("Zie onder.\n\nVan: K. Jansen\nDe heer K. Jansen\n") + street}) {
        INFO(letter);
        CHECK(of_letter(letter + about_bos).empty());
    }
}

TEST_CASE("what may be innocent is left alone: file names", "[match]") {
    const std::string text = "BSN: 123456782, F. Bos\n";
    for (const char* name :
         {"brief mr jansen.pdf", "rapport_drs_jansen.pdf", "Advies dr. Jansen.pdf",
          "machtiging de heer jansen.pdf", "werkgeversverklaring mevrouw jansen.pdf",
          "brief werkgever de heer jansen.pdf", "verklaring huisarts mevrouw jansen.pdf",
          "brief notaris de heer jansen.pdf", "Jansen Bouw B.V. de heer jansen.pdf",
          "de heer en mevrouw jansen.pdf", "gesprek met bewindvoerder de heer jansen.pdf",
          "mevrouw bos cc de heer jansen.pdf"}) {
        INFO(name);
        CHECK(contradictions({{name, text}}).empty());
    }
}

TEST_CASE("beside what is innocent a wrong name still tells", "[match]") {
    const std::string street = "Stationsplein 1\n1234 AB  Ons Dorp\n";
    CHECK(of_letter("Geachte heer Jansen,\n\nUw besluit volgt.\n\nMet vriendelijke groet,\n\n"
                    "Mevrouw De Wit\n" +
                    street + about_bos) == "Bos salutation");
    CHECK(of_letter("De heer K. Jansen\n" + street +
                    "\nGeachte klant,\n\nMet vriendelijke groet,\nMevrouw De Wit\n" + about_bos) ==
          "Bos address_block");
    CHECK(of_letter("Geachte heer of mevrouw Jansen," + about_bos) == "Bos salutation");
    CHECK(contradictions({{"besluit de heer jansen.pdf", "BSN: 123456782, F. Bos\n"}}) ==
          "Bos file_name");
}
