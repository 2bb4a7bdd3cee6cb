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
