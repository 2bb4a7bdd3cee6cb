// Categories and periods of attachments and of the rows of tables: each goes to its own people.
#include <catch2/catch.hpp>

#include "support/matched_message.hpp"

using namespace postwacht;

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
