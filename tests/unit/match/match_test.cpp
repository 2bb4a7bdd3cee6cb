#include "match/match.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <ctime>
#include <unordered_map>

#include "registry/build.hpp"
#include "registry/person_keys.hpp"
#include "support/catch_result.hpp"
#include "support/fake_index.hpp"

using namespace postwacht;
using match::Confidence;
using match::EvidenceKind;
using match::Findings;
using match::SubjectFinding;

namespace {

enum Category : std::uint32_t { maternity, medical, debts };

const match::Vocabulary& vocabulary() {
    static const auto compiled = [] {
        match::Words words = match::default_words();
        words.categories = {{"maternity", {"zwangerschapsuitkering", "WAZO"}, {}},
                            {"medical", {"diagnose"}, {R"(\bburn-?out\b)"}},
                            {"debts", {"terugvordering"}, {}}};
        return *match::Vocabulary::compile(words);
    }();
    return *compiled;
}

// A message in the making: parts and fragments as the reader of mails gives them.
class Message {
  public:
    Message& field(const std::string& name, const std::string& text) {
        return add("0", "", "message/rfc822-headers", name, text);
    }
    Message& body(const std::string& text, const std::string& path = "1") {
        return add(path, "", "text/plain", "text", text);
    }
    Message& attachment(const std::string& path, const std::string& name, const std::string& text,
                        const std::string& type = "text/plain", const std::string& where = "text") {
        return add(path, name, type, where, text);
    }
    Message& hidden(const std::string& path, const std::string& name, const std::string& text) {
        add(path, name, "text/html", "comment", text);
        reading_.fragments.back().hidden = true;
        return *this;
    }
    Message& add(const std::string& path, const std::string& name, const std::string& type,
                 const std::string& where, const std::string& text) {
        if (reading_.parts.empty() || reading_.parts.back().path != path) {
            extract::PartInfo part;
            part.path = path;
            part.name = name;
            part.type = type;
            reading_.parts.push_back(part);
        }
        extract::Fragment fragment;
        fragment.part = static_cast<std::uint32_t>(reading_.parts.size() - 1);
        fragment.where = where;
        fragment.text = text;
        reading_.fragments.push_back(fragment);
        return *this;
    }

    [[nodiscard]] Findings match(const registry::Index& index) const {
        Budget budget{Limits{}};
        auto findings = match::match(reading_, index, vocabulary(), budget);
        REQUIRE(findings);
        return *findings;
    }
    [[nodiscard]] const extract::Reading& reading() const { return reading_; }

  private:
    extract::Reading reading_;
};

Findings match_body(const registry::Index& index, const std::string& text) {
    return Message().body(text).match(index);
}

const SubjectFinding* find(const Findings& findings, const std::string& id) {
    for (const auto& finding : findings.subjects)
        if (finding.subject->id == id) return &finding;
    return nullptr;
}

// "low", "medium", "high", or "none" if the subject was not found.
std::string confidence_in(const Findings& findings, const std::string& id) {
    const auto* finding = find(findings, id);
    return finding == nullptr ? "none" : to_string(finding->confidence);
}

std::vector<std::uint32_t> categories_of(const Findings& findings, const std::string& id) {
    const auto* finding = find(findings, id);
    REQUIRE(finding != nullptr);
    return finding->categories;
}

std::string period_of(const Findings& findings, const std::string& id) {
    const auto* finding = find(findings, id);
    REQUIRE(finding != nullptr);
    return finding->period ? to_iso(*finding->period) : "none";
}

bool has_evidence(const Findings& findings, const std::string& id, EvidenceKind kind) {
    const auto* finding = find(findings, id);
    REQUIRE(finding != nullptr);
    return std::any_of(finding->evidence.begin(), finding->evidence.end(),
                       [kind](const match::Evidence& e) { return e.kind == kind; });
}

using Categories = std::vector<std::uint32_t>;

void fill(FakeIndex& index) {
    index.add_subject("A")
        .bsn("123456782")
        .initials("J.M.")
        .given_names("Johanna Maria")
        .prefix("de")
        .surname("Wit")
        .partner("", "Sch\xC3\xB6nberg")
        .born("1980-05-06")
        .home("1234AB", "5")
        .email("j.dewit@post.example")
        .other_id("KL-4401");
    index.add_subject("B")
        .bsn("111222333")
        .initials("P.")
        .given_names("Pieter")
        .prefix("van den")
        .surname("Oever-Hakkert")
        .born("1948-11-02")
        .home("9876ZX", "1")
        .email("pieter@post.example")
        .other_id("AB123456");
    index.add_subject("C")
        .bsn("999990019")
        .given_names("Carla")
        .surname("Janssen")
        .born("1990-01-31")
        .home("5555CC", "9")
        .other_id("70707");
    index.add_subject("Z").bsn("012345672").given_names("Zoe").surname("Zwart");
}

const FakeIndex& the_people() {
    static FakeIndex index;
    if (index.stats().subjects == 0) fill(index);
    return index;
}

}  // namespace

TEST_CASE("every level of confidence", "[match]") {
    const FakeIndex& people = the_people();
    struct Case {
        const char* text;
        const char* subject;
        const char* confidence;
    };
    const auto c = GENERATE(values<Case>({
        {"Uw order 123456782 is verzonden.", "A", "low"},
        {"Uw order 123456782 voor mevrouw Van Dam.", "A", "low"},
        {"BSN: 123456782", "A", "medium"},
        {"B.S.N. 1234.56.782", "A", "medium"},
        {"sofi-nummer: 123 456 782", "A", "medium"},
        {"123456782 is het burgerservicenummer van de werknemer", "A", "medium"},
        {"bsn123456782", "A", "medium"},
        {"Schonberg, nr 123456782", "A", "medium"},
        {"mevrouw de Wit (123456782)", "A", "medium"},
        {"geboren 6 mei 1980, nr 123456782", "A", "medium"},
        {"123456782, woont op 1234 AB", "A", "medium"},
        {"BSN 123456782, mevrouw De Wit", "A", "high"},
        {"BSN 123456782, geboren 06-05-1980", "A", "high"},
        {"nr 123456782, De Wit, J.M., 06/05/80", "A", "high"},
        {"123456782 van j.dewit@post.example", "A", "high"},
        {"van j.dewit@post.example", "A", "medium"},
        {"van j.dewit@post.example, De Wit, 1234ab", "A", "high"},
        {"Dossier ab 123456", "B", "medium"},
        {"Dossier AB123456 en BSN 111222333", "B", "high"},
        {"klant KL-4401", "A", "medium"},
        {"klant 70707", "C", "low"},
        {"klant 70707, mevrouw Janssen", "C", "medium"},
        {"klant 70707, mevrouw Janssen, 31 januari 1990", "C", "high"},
        {"klant 70707, 999990019", "C", "medium"},
        {"Het totaal is 12345672", "Z", "none"},
        {"BSN 12345672", "Z", "medium"},
        {"Prijs: EUR 123.456.782", "A", "none"},
        {"https://x.example/12/123456782/a", "A", "none"},
        {"https://x.example/?bsn=123456782", "A", "medium"},
        {"123456783 999999999", "A", "none"},
        {"", "A", "none"},
    }));
    INFO(c.text);
    CHECK(confidence_in(match_body(people, c.text), c.subject) == c.confidence);
}

TEST_CASE("supporting evidence must agree with the record", "[match]") {
    const FakeIndex& people = the_people();
    SECTION("another person's name, date and postcode do not support") {
        const auto findings = match_body(
            people, "Nummer 123456782, de heer Janssen, geboren 02-11-1948, 9876 ZX Ergens");
        CHECK(confidence_in(findings, "A") == "low");
    }
    SECTION("a name is a whole word") {
        CHECK(confidence_in(match_body(people, "Janssens 999990019"), "C") == "low");
        CHECK(confidence_in(match_body(people, "Janssen 999990019"), "C") == "medium");
        CHECK(confidence_in(match_body(people, "JANSSEN-Dijk 999990019"), "C") == "medium");
    }
    SECTION("a double name with its parts joined in any way") {
        CHECK(confidence_in(match_body(people, "Oever - Hakkert 111222333"), "B") == "medium");
        CHECK(confidence_in(match_body(people, "van den Oever Hakkert 111222333"), "B") ==
              "medium");
        CHECK(confidence_in(match_body(people, "Hakkert 111222333"), "B") == "low");
    }
    SECTION("a short surname is a common word unless something shows that it is a name") {
        CHECK(confidence_in(match_body(people, "een wit vel, 123456782"), "A") == "low");
        CHECK(confidence_in(match_body(people, "J.M. Wit, 123456782"), "A") == "medium");
        CHECK(confidence_in(match_body(people, "Wit, J.M.: 123456782"), "A") == "medium");
        CHECK(confidence_in(match_body(people, "Fam. Wit, 123456782"), "A") == "medium");
    }
    SECTION("a domain or address with the name in it is not the name") {
        CHECK(confidence_in(match_body(people, "999990019 hr@janssen.example"), "C") == "low");
        CHECK(confidence_in(match_body(people, "999990019 c.janssen@x.example"), "C") == "low");
    }
    SECTION("two-digit years leave the century open") {
        CHECK(confidence_in(match_body(people, "111222333 02-11-48"), "B") == "medium");
        CHECK(confidence_in(match_body(people, "111222333 02-11-2048"), "B") == "low");
    }
    SECTION("what stands far away does not support") {
        const std::string far(1600, '.');
        CHECK(confidence_in(match_body(people, "Janssen" + far + "999990019"), "C") == "low");
        CHECK(confidence_in(match_body(people, "999990019" + far + "Janssen"), "C") == "low");
    }
}

TEST_CASE("a keyword goes with the number nearest to it", "[match]") {
    const FakeIndex& people = the_people();
    struct Case {
        const char* text;
        const char* a;
        const char* b;
    };
    const auto c = GENERATE(values<Case>({
        {"BSN 123456782, ordernummer 111222333", "medium", "low"},
        {"order 111222333 bsn 123456782", "medium", "low"},
        {"BSN's: 123456782, 111222333", "medium", "medium"},
        {"BSN's 123456782 en 111222333 zijn bekend", "medium", "medium"},
        {"naam\tbsn\torder\nx\t123456782\t111222333", "medium", "low"},
        {"bsn\tnaam\n123456782\tx\n111222333\ty", "medium", "medium"},
        {"123456782\tbsn\n111222333\tx", "low", "low"},
        {"BSN nummer staat hieronder, zie daar de regel met alle andere gegevens van u 123456782",
         "low", "none"},
        {"111222333 (bsn) en 123456782 (bsn)", "medium", "medium"},
    }));
    INFO(c.text);
    const auto findings = match_body(people, c.text);
    CHECK(confidence_in(findings, "A") == c.a);
    CHECK(confidence_in(findings, "B") == c.b);
}

TEST_CASE("numbers given as a BSN that nobody has are counted", "[match]") {
    const FakeIndex& people = the_people();
    struct Case {
        std::string text;
        std::uint64_t unregistered;
    };
    const auto c = GENERATE(values<Case>({
        {"BSN 123456782", 0},
        {"BSN 345678904", 1},
        {"ordernummer 345678904", 0},
        {"BSN 345678905", 0},
        {"bsn\tnaam\n345678904\tx\n345678916\ty\n123456782\tz\n345678928\tz", 3},
        {"order\tnaam\n345678904\tx\n345678916\ty", 0},
        {"BSN 345678904 en nog eens BSN 345678904", 1},
    }));
    INFO(c.text);
    const auto findings = match_body(people, c.text);
    CHECK(findings.unregistered == c.unregistered);
    for (const auto& finding : findings.subjects) CHECK(finding.subject->id == "A");
}

TEST_CASE("two people in one text", "[match]") {
    const FakeIndex& people = the_people();
    const auto findings = match_body(
        people,
        "Betreft: mevrouw J. de Wit, BSN 123456782\n\nUw partner P. van den Oever-Hakkert, "
        "BSN 111222333, ontvangt een WAZO-uitkering.");
    REQUIRE(findings.subjects.size() == 2);
    CHECK(findings.subjects[0].subject->id == "A");
    CHECK(confidence_in(findings, "A") == "high");
    CHECK(confidence_in(findings, "B") == "high");
    CHECK(categories_of(findings, "A") == Categories{maternity});
    CHECK(categories_of(findings, "B") == Categories{maternity});
}

TEST_CASE("a value of several people is reported for each, at most medium", "[match]") {
    FakeIndex index;
    index.add_subject("M").surname("Vermeulen").born("1970-01-01").email("gezin@post.example");
    index.add_subject("V").surname("Vermeulen").born("1971-02-02").email("gezin@post.example");
    const auto findings = match_body(index, "gezin@post.example, Vermeulen");
    CHECK(confidence_in(findings, "M") == "medium");
    CHECK(confidence_in(findings, "V") == "medium");
    CHECK(find(findings, "M")->ambiguous);
    // What is one person's alone makes it sure.
    const auto sure = match_body(index, "gezin@post.example, Vermeulen, geboren 01-01-1970");
    CHECK(confidence_in(sure, "M") == "high");
    CHECK_FALSE(find(sure, "M")->ambiguous);
    CHECK(find(sure, "V")->ambiguous);
}

TEST_CASE("the Subject and the body are read as one", "[match]") {
    const FakeIndex& people = the_people();
    const auto findings = Message()
                              .field("Subject", "Dossier 999990019")
                              .body("Geachte mevrouw Janssen,")
                              .match(people);
    CHECK(confidence_in(findings, "C") == "medium");
    CHECK(has_evidence(findings, "C", EvidenceKind::name));
    REQUIRE(find(findings, "C")->evidence.size() == 2);
    CHECK(find(findings, "C")->evidence[0].where == "Subject");
    CHECK(find(findings, "C")->evidence[0].part == 0);
    CHECK(find(findings, "C")->evidence[1].part == 1);
}

TEST_CASE("an address in a text is found however it is written", "[match]") {
    FakeIndex index;
    index.ignore_dots_at({"punt.example"});
    index.add_subject("S-1").surname("Wit").email("j.dewit@punt.example");
    index.add_subject("S-2").surname("Smit").email("zo\xC3\xAB@caf\xC3\xA9.example");
    const auto subjects = [&](const std::string& text) {
        std::string ids;
        for (const auto& found : match_body(index, text).subjects) {
            CHECK(found.confidence == Confidence::medium);
            ids += found.subject->id + " ";
        }
        return ids;
    };
    CHECK(subjects("Schrijf naar J.deWit+uwv@Punt.example!") == "S-1 ");
    CHECK(subjects("jdewit@punt.example en j.dewit@punt.example") == "S-1 ");
    CHECK(subjects("jdewit@ander.example").empty());
    CHECK(subjects("mail: zo\xC3\xAB@caf\xC3\xA9.example.") == "S-2 ");
    CHECK(subjects("zoe+x@cafe.example; zo\xC3\xAB@xn--caf-dma.example") == "S-2 ");
    CHECK(subjects("zoe@xn--cafe.example").empty());
}

TEST_CASE("fields with addresses are not searched", "[match]") {
    const FakeIndex& people = the_people();
    const auto* const name = GENERATE("From", "To", "Cc", "Bcc", "Reply-To", "Sender", "cc",
                                      "Delivered-To", "Resent-To");
    INFO(name);
    const auto findings = Message()
                              .field(name, "J. de Wit 123456782 <j.dewit@post.example>")
                              .body("Geachte heer, het weer is goed.")
                              .match(people);
    CHECK(findings.subjects.empty());
    CHECK(Message().field("Comments", "j.dewit@post.example").match(people).subjects.size() == 1);
    // The same word as the place of something that is no field.
    CHECK(Message()
              .add("1", "x", "text/plain", "To", "j.dewit@post.example")
              .match(people)
              .subjects.size() == 1);
    // A quoted reply is text.
    CHECK(match_body(people, "> From: Joke <j.dewit@post.example>").subjects.size() == 1);
}

TEST_CASE("a number is not put together over two fragments", "[match]") {
    const FakeIndex& people = the_people();
    const auto findings = Message().field("Subject", "BSN 1234").body("56782").match(people);
    CHECK(findings.subjects.empty());
}

TEST_CASE("evidence says where it stands", "[match]") {
    const FakeIndex& people = the_people();
    const auto where = [&](const Message& message) {
        const auto findings = message.match(people);
        REQUIRE(findings.subjects.size() == 1);
        return findings.subjects[0].evidence.at(0).where;
    };
    CHECK(where(Message().body("123456782")) == "text");
    CHECK(where(Message().body("123456782\n")) == "text");
    CHECK(where(Message().body("a\nb\r\n123456782")) == "text, line 3");
    CHECK(where(Message().body("a\tb\n1\t123456782")) == "text, row 2");
    CHECK(where(Message().attachment("2", "a_123456782.pdf", "a_123456782.pdf", "application/pdf",
                                     "file name")) == "file name");
    const auto findings = Message().body("x").hidden("2", "a.html", "BSN 123456782").match(people);
    REQUIRE(findings.subjects.size() == 1);
    for (const auto& evidence : findings.subjects[0].evidence) {
        CHECK(evidence.hidden);
        CHECK(evidence.part == 1);
    }
}

TEST_CASE("evidence is capped, and hidden evidence does not drown", "[match]") {
    const FakeIndex& people = the_people();
    std::string many;
    for (int i = 0; i < 30; ++i) many += "BSN 123456782 de Wit\n";
    const auto findings = Message().body(many).hidden("2", "a.html", "123456782").match(people);
    const auto& evidence = find(findings, "A")->evidence;
    CHECK(evidence.size() <= 20);
    CHECK(std::any_of(evidence.begin(), evidence.end(), [](const auto& e) { return e.hidden; }));
    CHECK(std::is_partitioned(evidence.begin(), evidence.end(),
                              [](const auto& e) { return match::is_primary(e.kind); }));
}

TEST_CASE("categories of attachments go to the people in them", "[match]") {
    const FakeIndex& people = the_people();
    SECTION("the letter's hold for everyone, an attachment's for its own people") {
        const auto findings = Message()
                                  .body("Hierbij de terugvordering.")
                                  .attachment("2", "b.txt", "BSN 111222333, diagnose bekend")
                                  .attachment("3", "a.txt", "BSN 123456782, WAZO")
                                  .match(people);
        CHECK(categories_of(findings, "B") == Categories{medical, debts});
        CHECK(categories_of(findings, "A") == Categories{maternity, debts});
    }
    SECTION("an attachment that names nobody goes to those of the letter") {
        const auto findings = Message()
                                  .body("BSN 123456782")
                                  .attachment("2", "x.txt", "diagnose: burn-out")
                                  .attachment("3", "b.txt", "BSN 111222333")
                                  .match(people);
        CHECK(categories_of(findings, "A") == Categories{medical});
        CHECK(categories_of(findings, "B").empty());
    }
    SECTION("members of one archive are one attachment, a bare number names nobody") {
        const auto findings = Message()
                                  .body("BSN 123456782")
                                  .attachment("2", "z.zip", "")
                                  .attachment("2.1", "x.txt", "diagnose; order 999990019")
                                  .attachment("2.2", "y.txt", "WAZO")
                                  .match(people);
        CHECK(categories_of(findings, "A") == Categories{maternity, medical});
    }
    SECTION("one person gets all there is") {
        const auto findings = Message()
                                  .body("Zie bijlagen.")
                                  .attachment("2", "a.txt", "BSN 123456782")
                                  .attachment("3", "x.txt", "diagnose")
                                  .match(people);
        CHECK(categories_of(findings, "A") == Categories{medical});
    }
    SECTION("a nested message is an attachment with its own letter") {
        const auto findings =
            Message()
                .body("BSN 123456782 WAZO")
                .add("2.0", "", "message/rfc822-headers", "Subject", "999990019 diagnose")
                .body("mevrouw Janssen", "2.1")
                .match(people);
        CHECK(confidence_in(findings, "C") == "medium");
        CHECK(categories_of(findings, "C") == Categories{maternity, medical});
        CHECK(categories_of(findings, "A") == Categories{maternity});
    }
}

TEST_CASE("in a list of people a row speaks of its own person", "[match]") {
    const FakeIndex& people = the_people();
    const std::string table =
        "Overzicht terugvordering\n"
        "naam\tbsn\tsoort\tingangsdatum\tgeboortedatum\n"
        "De Wit\t123456782\tWAZO\t01-02-2026\t06-05-1980\n"
        "Oever-Hakkert\t111222333\tdiagnose\t2026-03-04\t02-11-1948\n"
        "\t\tburnout\t\t\n"
        "Onbekend\t123\tdiagnose\t01-01-2020\t\n"
        "Janssen\t999990019\tgeen\t\t\n";
    const auto findings = match_body(people, table);
    CHECK(confidence_in(findings, "A") == "high");
    CHECK(categories_of(findings, "A") == Categories{maternity, debts});
    CHECK(categories_of(findings, "B") == Categories{medical, debts});
    CHECK(categories_of(findings, "C") == Categories{debts});
    CHECK(period_of(findings, "A") == "2026-02-01");
    CHECK(period_of(findings, "B") == "2026-03-04");
    CHECK(period_of(findings, "C") == "none");
}

TEST_CASE("in a list of people a neighbour's data does not support a number", "[match]") {
    const FakeIndex& people = the_people();
    // Shifted by one row, as a merge gone wrong does.
    const auto findings = match_body(people,
                                     "naam\tnummer\tpostcode\n"
                                     "De Wit\t111222333\t1234 AB\n"
                                     "Oever-Hakkert\t999990019\t9876 ZX\n"
                                     "Janssen\t123456782\t5555 CC\n");
    CHECK(confidence_in(findings, "A") == "low");
    CHECK(confidence_in(findings, "B") == "low");
    CHECK(confidence_in(findings, "C") == "low");
}

TEST_CASE("a table of labels and values is about its person as a whole", "[match]") {
    const FakeIndex& people = the_people();
    const auto findings = match_body(people,
                                     "Naam\t:\tDe Wit\nBSN\t:\t123456782\nGeboren\t:\t06-05-1980\n"
                                     "Soort\t:\tWAZO\nIngangsdatum\t:\t1 maart 2026\n");
    CHECK(confidence_in(findings, "A") == "high");
    CHECK(categories_of(findings, "A") == Categories{maternity});
    CHECK(period_of(findings, "A") == "2026-03-01");
}

TEST_CASE("separated values are tables", "[match]") {
    const FakeIndex& people = the_people();
    const auto* const text =
        GENERATE("naam;bsn;soort\nDe Wit;123456782;WAZO\nX;111222333;diagnose\n",
                 "naam,bsn,soort\nDe Wit,123456782,WAZO\nX,111222333,diagnose\n",
                 "Lijst; concept\nnaam\tbsn\tsoort\nDe Wit\t123456782\tWAZO\n"
                 "X\t111222333\tdiagnose\n");
    const auto findings = Message().attachment("1", "lijst.csv", text).match(people);
    CHECK(confidence_in(findings, "A") == "high");
    CHECK(confidence_in(findings, "B") == "medium");
    CHECK(categories_of(findings, "A") == Categories{maternity});
    CHECK(categories_of(findings, "B") == Categories{medical});
}

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
    }));
    INFO(c.text);
    const std::string text = std::string("BSN 123456782\n") + c.text;
    CHECK(period_of(match_body(people, text), "A") == c.period);
    // Without anybody the text is read all the same.
    CHECK(match_body(people, c.text).subjects.empty());
}

TEST_CASE("a failing registry fails the match", "[match]") {
    FakeIndex people;
    fill(people);
    people.fail_with({ErrorCode::registry_unavailable, "index", "gone", {}});
    const auto message = Message().body("BSN 123456782");
    Budget budget{Limits{}};
    const auto findings = match::match(message.reading(), people, vocabulary(), budget);
    REQUIRE_FALSE(findings);
    CHECK(findings.error().code == ErrorCode::registry_unavailable);
}

namespace {

// A registry of many, with lookups that do not scan.
class BigIndex final : public registry::Index {
  public:
    explicit BigIndex(std::size_t count) {
        for (unsigned n = 100000000; subjects_.size() < count; ++n) {
            auto subject = std::make_shared<registry::Subject>();
            subject->bsn = std::to_string(n);
            if (!registry::bsn_valid(subject->bsn)) continue;
            subject->number = static_cast<registry::SubjectNumber>(subjects_.size());
            subject->id = "S-" + std::to_string(subjects_.size());
            subject->birth_date = Date(std::chrono::sys_days(std::chrono::year(1950) / 1 / 1) +
                                       std::chrono::days(subjects_.size() % 18'000));
            subject->surname = letters_of(subjects_.size());
            by_bsn_[subject->bsn] = subject->number;
            by_name_[registry::name_birth_date_key(registry::surname_keys(*subject).front(),
                                                   *subject->birth_date)] = subject->number;
            subjects_.push_back(std::move(subject));
        }
    }
    Result<std::vector<registry::SubjectNumber>> find(registry::Key key,
                                                      std::string_view value) const override {
        const auto found = by_bsn_.find(std::string(value));
        if (key == registry::Key::name_birth_date) {
            const auto named = by_name_.find(std::string(value));
            if (named != by_name_.end()) return std::vector{named->second};
        }
        if (key != registry::Key::bsn || found == by_bsn_.end())
            return std::vector<registry::SubjectNumber>{};
        return std::vector{found->second};
    }
    Result<std::vector<registry::SubjectNumber>> with_id(std::string_view) const override {
        return std::vector<registry::SubjectNumber>{};
    }
    Result<std::shared_ptr<const registry::Subject>> subject(
        registry::SubjectNumber number) const override {
        return std::shared_ptr<const registry::Subject>(subjects_.at(number));
    }
    Result<std::shared_ptr<const registry::Organisation>> organisation(
        registry::OrganisationNumber) const override {
        return Error{};
    }
    Result<std::vector<registry::OrganisationNumber>> organisations_at(std::string_view,
                                                                       bool) const override {
        return std::vector<registry::OrganisationNumber>{};
    }
    [[nodiscard]] const std::vector<std::string>& other_id_shapes() const override {
        return shapes_;
    }
    [[nodiscard]] const registry::Stats& stats() const override { return stats_; }
    [[nodiscard]] const registry::Subject& at(std::size_t i) const { return *subjects_[i]; }

    [[nodiscard]] bool may_be_surname(std::string_view key) const override {
        return key.starts_with("persoon");
    }

  private:
    static std::string letters_of(std::size_t n) {
        std::string name = "Persoon";
        for (; n > 0; n /= 20) name += "bcdfghklmnpqrstvwxzb"[n % 20];
        return name;
    }

    std::vector<std::shared_ptr<registry::Subject>> subjects_;
    std::unordered_map<std::string, registry::SubjectNumber> by_bsn_;
    std::unordered_map<std::string, registry::SubjectNumber> by_name_;
    std::vector<std::string> shapes_;
    registry::Stats stats_;
};

}  // namespace

TEST_CASE("a table of 50,000 people is counted to the last", "[match]") {
    constexpr std::size_t rows = 50'000;
    const BigIndex index(rows);
    std::string table = "naam\tbsn\tsoort\n";
    for (std::size_t i = 0; i < rows; ++i)
        table += index.at(i).surname + "\t" + index.at(i).bsn + "\t" +
                 (i % 2 == 0 ? "WAZO" : "diagnose") + "\n";
    const bool attached = GENERATE(true, false);
    const auto message =
        attached ? Message().attachment("2", "lijst.xlsx", table) : Message().body(table);
    // Far above what linear time takes, far below what a square would.
    Limits limits;
    limits.wall_time = std::chrono::minutes(2);
    Budget budget(limits);
    const auto findings = match::match(message.reading(), index, vocabulary(), budget);
    REQUIRE(findings);
    CHECK_FALSE(findings->over_budget);
    REQUIRE(findings->subjects.size() == rows);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        const SubjectFinding& finding = findings->subjects[i];
        const Categories expected{i % 2 == 0 ? maternity : medical};
        if (finding.subject->bsn != index.at(i).bsn || finding.confidence != Confidence::high ||
            finding.categories != expected ||
            finding.evidence.at(0).where != "text, row " + std::to_string(i + 2))
            ++wrong;
    }
    CHECK(wrong == 0);
}

TEST_CASE("a table of 50,000 people by name and birth date", "[match]") {
    constexpr std::size_t rows = 50'000;
    const BigIndex index(rows);
    std::string table = "Achternaam\tVoorletters\tGeboortedatum\tIngangsdatum\n";
    for (std::size_t i = 0; i < rows; ++i)
        table +=
            index.at(i).surname + "\tA.\t" + to_iso(*index.at(i).birth_date) + "\t2026-03-01\n";
    const auto message = Message().attachment("2", "lijst.xlsx", table);
    Limits limits;
    limits.wall_time = std::chrono::minutes(2);
    Budget budget(limits);
    const std::clock_t start = std::clock();
    const auto findings = match::match(message.reading(), index, vocabulary(), budget);
    INFO(1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC << " ms");
    REQUIRE(findings);
    REQUIRE(findings->subjects.size() == rows);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        const SubjectFinding& finding = findings->subjects[i];
        if (finding.subject->number != i || finding.confidence != Confidence::medium ||
            finding.ambiguous || !finding.period ||
            finding.evidence.at(0).where != "text, row " + std::to_string(i + 2))
            ++wrong;
    }
    CHECK(wrong == 0);
}

TEST_CASE("all of it on one line, or one person over and over, stays linear", "[match]") {
    const BigIndex index(20'000);
    std::string line;
    std::string same;
    for (std::size_t i = 0; i < 20'000; ++i) {
        line += index.at(i).bsn + "\t";
        same += index.at(0).bsn + "\n";
    }
    CHECK(match_body(index, line).subjects.size() == 20'000);
    CHECK(match_body(index, same).subjects.size() == 1);
}

TEST_CASE("a budget that ends says so", "[match]") {
    const BigIndex index(5'000);
    std::string text;
    for (std::size_t i = 0; i < 5'000; ++i) text += index.at(i).bsn + "\n";
    const auto message = Message().body(text);
    Limits limits;
    limits.wall_time = std::chrono::milliseconds(0);
    Budget budget(limits);
    const auto findings = match::match(message.reading(), index, vocabulary(), budget);
    REQUIRE(findings);
    CHECK(findings->over_budget);
}

// Not run by default: unit_match "[.speed]"
TEST_CASE("what a letter of nine kilobytes costs", "[.speed]") {
    const FakeIndex& people = the_people();
    std::string text =
        "Geachte mevrouw De Wit,\n\nBetreft: BSN 1234.56.782, geboren 06-05-1980\n\n";
    while (text.size() < 9000)
        text +=
            "U hebt op 12 maart 2026 een aanvraag gedaan voor een WAZO-uitkering bij ons kantoor. "
            "Wij\nhebben uw aanvraag beoordeeld en delen u hierbij het besluit mee. Hebt u vragen, "
            "belt u dan\n088 123 45 67 en houd uw klantnummer KL-4401 bij de hand (paragraaf "
            "3.1).\n\n";
    const auto message = Message().field("Subject", "Uw aanvraag").body(text);
    Budget budget{Limits{}};
    constexpr int rounds = 5000;
    const std::clock_t start = std::clock();  // CPU time: the machine may be busy
    for (int i = 0; i < rounds; ++i)
        REQUIRE(match::match(message.reading(), people, vocabulary(), budget));
    WARN(1e6 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / rounds << " us");
}
