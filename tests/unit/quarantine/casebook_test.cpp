// The casebook: incidents and what they wait for, and a quarantine of an older version.
#include "quarantine/casebook.hpp"

#include <soci.h>
#include <sqlite3/soci-sqlite3.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "quarantine/database.hpp"
#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace postwacht;
using namespace postwacht::quarantine;
using namespace std::chrono_literals;

const Instant nine = Instant(std::chrono::sys_days(std::chrono::year(2026) / 11 / 30)) + 9h;

struct Books {
    Books() {
        std::ofstream(folder / "quarantine.db").flush();
        database = Database::open(folder / "quarantine.db").value();
        casebook = Casebook::open(folder.path()).value();
    }

    std::string item(const std::string& number, Instant held_at = nine) const {
        Item row;
        row.id = "Q-20261130-" + number;
        row.held_at = held_at;
        row.rules = "disclosure";
        row.verdict_json = "{}";
        REQUIRE(database->insert(row));
        return row.id;
    }
    std::string incident(const std::string& number) const {
        Incident made;
        made.id = "I-20261130-" + number;
        made.opened_at = made.last_at = nine;
        made.sender = "p-1";
        made.rule = "disclosure";
        made.likeness = "like";
        REQUIRE(casebook->add_incident(made));
        return made.id;
    }
    void assess(const std::string& item, const std::string& incident, std::uint8_t severity = 1,
                std::vector<SubjectMark> subjects = {}) const {
        Assessment made;
        made.item = item;
        made.incident = incident;
        made.sender = "p-1";
        made.recipients = "p-2";
        made.digest = "d";
        made.categories = {"medical", "personal_data"};
        made.severity = severity;
        made.policy = "p@1";
        made.subjects = std::move(subjects);
        REQUIRE(casebook->assess(made));
    }
    void decide(const std::string& item, State to, const std::string& by = "anna") const {
        Store::Change change;
        change.from = {State::held, State::reviewing};
        change.to = to;
        change.by = by;
        REQUIRE(database->change(item, change, nine + 1h));
    }
    std::uint64_t undecided(const std::string& incident) const {
        return casebook->incident(incident)->undecided;
    }

    TemporaryDirectory folder;
    std::unique_ptr<Database> database;
    std::unique_ptr<Casebook> casebook;
};

TEST_CASE("an incident waits for as many items as nobody decided on") {
    const Books books;
    const auto incident = books.incident("1");
    const auto first = books.item("1");
    const auto second = books.item("2");
    CHECK(books.casebook->unassessed(10)->size() == 2);
    books.assess(first, incident);
    books.assess(first, incident);
    books.assess(second, incident);
    CHECK(books.undecided(incident) == 2);
    CHECK(books.casebook->unassessed(10)->empty());
    books.decide(first, State::reviewing);
    CHECK(books.undecided(incident) == 2);
    books.decide(first, State::returned);
    CHECK(books.undecided(incident) == 1);
    books.decide(second, State::released);
    CHECK(books.undecided(incident) == 0);
    CHECK(books.casebook->queue({})->empty());
    // What was decided before review came to it waits for nothing.
    const auto third = books.item("3");
    books.decide(third, State::released);
    books.assess(third, incident);
    CHECK(books.undecided(incident) == 0);
    CHECK(books.casebook->items_of(incident)->size() == 3);
}

TEST_CASE("an item stays in the incident that it came into first") {
    const Books books;
    const auto one = books.incident("1");
    const auto other = books.incident("2");
    const auto item = books.item("1");
    books.assess(item, one);
    books.assess(item, other);
    CHECK(books.undecided(one) == 1);
    CHECK(books.undecided(other) == 0);
    CHECK(books.casebook->assessment(item)->value().incident == one);
}

TEST_CASE("what was decided and grows again is told and escalated again") {
    const Books books;
    const auto incident = books.incident("1");
    const auto first = books.item("1");
    books.assess(first, incident);
    REQUIRE(books.casebook->set_escalated(incident, nine));
    REQUIRE(books.casebook->set_notified(incident, nine));
    books.assess(books.item("2", nine + 5min), incident);
    CHECK(books.casebook->incident(incident)->escalated_at);
    CHECK(books.casebook->incident(incident)->notified_at);
    // More severe than when it was escalated.
    books.assess(books.item("3", nine + 6min), incident, 3);
    CHECK_FALSE(books.casebook->incident(incident)->escalated_at);
    CHECK(books.casebook->incident(incident)->severity == 3);
    // A quarter of an hour after its sender was told, and after all of it was decided.
    for (const char* number : {"1", "2", "3"})
        books.decide("Q-20261130-" + std::string(number), State::returned);
    REQUIRE(books.casebook->set_escalated(incident, nine));
    books.assess(books.item("4", nine + 30min), incident);
    const auto again = *books.casebook->incident(incident);
    CHECK_FALSE(again.escalated_at);
    CHECK(again.opened_at == nine + 30min);
    // To be told is due by when it was told last, whatever came since: also where nothing more
    // comes.
    const auto due = [&](Instant now) {
        return books.casebook->to_notify(now - 20s, now - 40s, now - 15min, 10, 0)->size();
    };
    CHECK(due(nine + 14min) == 0);
    CHECK(due(nine + 31min) == 1);
    REQUIRE(books.casebook->set_notified(incident, nine + 31min));
    CHECK(due(nine + 2h) == 0);
    // Held before that and counted after it, it was not in the notice.
    books.assess(books.item("5", nine + 30min), incident);
    CHECK(due(nine + 45min) == 0);
    CHECK(due(nine + 47min) == 1);
}

TEST_CASE("the queue has the most severe first, and then the oldest") {
    const Books books;
    for (const char* number : {"1", "2", "3"}) {
        const auto incident = books.incident(number);
        books.assess(books.item(number), incident, number[0] == '2' ? 2 : 1);
    }
    const auto all = *books.casebook->queue({});
    REQUIRE(all.size() == 3);
    CHECK(all[0].id == "I-20261130-2");
    CHECK(all[1].id == "I-20261130-1");
    QueueFilter severe;
    severe.least_severity = 2;
    CHECK(books.casebook->queue(severe)->size() == 1);
    QueueFilter second;
    second.limit = 1;
    second.offset = 1;
    CHECK(books.casebook->queue(second)->front().id == "I-20261130-1");
    const auto counts = *books.casebook->counts();
    CHECK(counts.incidents == 3);
    CHECK(counts.items == 3);
    CHECK(counts.unassessed == 0);
}

TEST_CASE("only what a person decided is an example, and only of the same") {
    const Books books;
    const auto incident = books.incident("1");
    const auto decided = books.item("1");
    const auto item = books.item("2");
    books.assess(decided, incident);
    books.assess(item, incident);
    auto assessment = books.casebook->assessment(item)->value();
    CHECK_FALSE(*books.casebook->decided_twin(assessment));
    books.decide(decided, State::released, "automatic");
    CHECK_FALSE(*books.casebook->decided_twin(assessment));
    const auto by_person = books.item("3");
    books.assess(by_person, incident);
    books.decide(by_person, State::released);
    CHECK(books.casebook->decided_twin(assessment)->value().id == by_person);
    for (auto* differs : {&assessment.sender, &assessment.recipients, &assessment.digest}) {
        const std::string before = *differs;
        *differs = "";
        CHECK_FALSE(*books.casebook->decided_twin(assessment));
        *differs = before;
    }
}

TEST_CASE("marks are those of undecided items, and are replaced as a whole") {
    const Books books;
    const auto incident = books.incident("1");
    const auto item = books.item("1");
    books.assess(item, incident, 1, {{"S-1", "a"}, {"S-2", "b"}});
    books.assess(item, incident, 1, {{"S-2", "c"}});
    CHECK(*books.casebook->marks_of(item) == std::vector<SubjectMark>{{"S-2", "c"}});
    std::size_t seen = 0;
    const auto count = [&seen](const std::string&, const SubjectMark&) { ++seen; };
    REQUIRE(books.casebook->marks(count));
    CHECK(seen == 1);
    books.decide(item, State::returned);
    REQUIRE(books.casebook->marks(count));
    CHECK(seen == 1);
}

TEST_CASE("a token serves once") {
    const Books books;
    CHECK(*books.casebook->use_token("t", nine));
    CHECK_FALSE(*books.casebook->use_token("t", nine));
    CHECK(*books.casebook->use_token("u", nine));
}

TEST_CASE("a quarantine of the first schema gets what it lacks and keeps its items") {
    const TemporaryDirectory folder;
    const auto file = folder / "quarantine.db";
    {
        soci::session session(soci::sqlite3, "db=\"" + file.string() + "\"");
        session << "CREATE TABLE schema (version bigint NOT NULL)";
        session << "INSERT INTO schema (version) VALUES (1)";
        session << "CREATE TABLE item (id text NOT NULL PRIMARY KEY, state text NOT NULL, "
                   "held_at bigint NOT NULL, queue_id text NOT NULL, rules text NOT NULL, reason "
                   "text NOT NULL, subject_count bigint NOT NULL, recipient_count bigint NOT NULL, "
                   "bytes bigint NOT NULL, verdict_json text NOT NULL, attempts bigint NOT NULL "
                   "DEFAULT 0, open_attempts bigint NOT NULL DEFAULT 0, decided_by text NOT NULL "
                   "DEFAULT '', decision_reason text NOT NULL DEFAULT '', decided_at bigint, "
                   "outcome text NOT NULL DEFAULT '')";
        session << "CREATE INDEX item_by_age ON item (held_at, id)";
        session << "INSERT INTO item (id, state, held_at, queue_id, rules, reason, subject_count, "
                   "recipient_count, bytes, verdict_json) VALUES ('Q-20261101-1', 'held', 0, 'q', "
                   "'disclosure', 'r', 1, 1, 10, '{}')";
    }
    for (int opened = 0; opened < 2; ++opened) {
        const auto database = Database::open(file);
        REQUIRE(database);
        CHECK((*database)->list({})->size() == 1);
        const auto casebook = Casebook::open(folder.path());
        REQUIRE(casebook);
        CHECK((*casebook)->unassessed(10)->size() == 1);
    }
}

TEST_CASE("a quarantine of the second schema keeps its items, which no MTA holds") {
    const TemporaryDirectory folder;
    const auto file = folder / "quarantine.db";
    {
        std::ofstream(file).flush();
        auto made = Database::open(file);
        REQUIRE(made);
        Item item;
        item.id = "Q-20261101-0000000000000001";
        item.verdict_json = "{}";
        REQUIRE((*made)->insert(item));
    }
    {
        // As that version left it.
        soci::session session(soci::sqlite3, "db=\"" + file.string() + "\"");
        session << "DROP INDEX item_by_mta";
        session << "DROP INDEX item_by_queue_id";
        session << "DROP INDEX incident_waiting";
        session << "CREATE INDEX incident_by_rank ON incident (undecided, severity DESC)";
        session << "ALTER TABLE item DROP COLUMN mta";
        session << "ALTER TABLE item DROP COLUMN mta_copy";
        session << "UPDATE schema SET version = 2";
    }
    for (int opened = 0; opened < 2; ++opened) {
        const auto database = Database::open(file);
        REQUIRE(database);
        REQUIRE((*database)->list({})->size() == 1);
        CHECK_FALSE((*database)->list({})->front().mta);
        CHECK((*database)->list({})->front().mta_copy == MtaCopy::none);
        CHECK((*database)->with_mta()->empty());
    }
    soci::session session(soci::sqlite3, "db=\"" + file.string() + "\"");
    std::string index;
    session << "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'incident' "
               "AND name IN ('incident_by_rank', 'incident_waiting')",
        soci::into(index);
    CHECK(index == "incident_waiting");
}

}  // namespace
