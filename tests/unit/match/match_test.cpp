#include "match/match.hpp"

#include <catch2/catch.hpp>
#include <ctime>

#include "support/matched_message.hpp"

using namespace postwacht;
using match::Confidence;
using match::EvidenceKind;

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
