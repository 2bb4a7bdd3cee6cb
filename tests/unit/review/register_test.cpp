// The register of incidents and its report, from the entries of a journal.
#include "review/register.hpp"

#include <catch2/catch.hpp>

#include "base/format.hpp"
#include "base/json_value.hpp"
#include "review/report.hpp"
#include "support/catch_result.hpp"

using namespace postwacht;  // NOLINT(google-build-using-namespace): tests read better so
using review::IncidentOutcome;
using review::Period;
using review::Register;
using review::RegisteredIncident;
using Strings = std::vector<std::string>;
using Words = std::set<std::string>;
using Departments = std::map<std::string, std::string>;

namespace {

Date day(const char* iso) {
    const auto date = parse_iso_date(iso);
    REQUIRE(date);
    return *date;
}

// A journal whose lines are read at once.
class Entries {
  public:
    explicit Entries(Departments departments = {}, std::optional<Date> since = {})
        : reg(std::move(departments), since) {}

    void add(const char* at, const char* kind, const std::string& data) {
        const auto added =
            reg.add(format(R"({{"n":{},"at":"{}","kind":"{}","data":{},"chain":"x"}})", ++number_,
                           at, kind, data));
        if (!added) FAIL(added.error().message());
    }
    // A letter of which a copy was held: to a former employer, and right to somebody else.
    void hold(const char* at, const std::string& item, const char* people = R"(["s-1"])",
              const char* confidence = "high", const char* rule = "disclosure",
              const char* relation = "former_employer") {
        add(at, "message",
            format(
                R"({{"queue_id":"4{}","answer":"deliver","sender":"p-1","recipients":["p-2","p-3"],)"
                R"("held":"{}","facts":{{"subjects":[{{"confidence":"{}","who":{}}}]}},)"
                R"("verdict":{{"recipients":[{{"action":"quarantine","reasons":[{{"rule":"{}",)"
                R"("category":"medical","relation":"{}","action":"quarantine"}},{{"rule":)"
                R"("limits.subjects","action":"quarantine","simulated":true}}]}},)"
                R"({{"action":"accept","reasons":[{{"rule":"disclosure","category":"benefit",)"
                R"("relation":"self","action":"accept"}}]}}],"subject_count":1}}}})",
                item, item, confidence, people, rule, relation));
    }
    void decide(const char* at, const std::string& item, const char* action,
                const char* outcome = nullptr, const char* result = "done") {
        add(at, "decision",
            format(R"({{"item":"{}","action":"{}","result":"{}"{}}})", item, action, result,
                   outcome == nullptr ? "" : format(R"(,"outcome":"{}")", outcome)));
    }

    Register reg;

  private:
    int number_ = 0;
};

const Period march{Date{std::chrono::year(2026) / 3 / 1}, Date{std::chrono::year(2026) / 3 / 31}};

IncidentOutcome outcome_of(const Register& reg, const std::string& id) {
    for (const RegisteredIncident& incident : reg.incidents())
        if (incident.id == id) return incident.outcome;
    FAIL("no incident " + id);
    return {};
}

}  // namespace

TEST_CASE("a decision gives an incident its outcome", "[register]") {
    Entries journal;
    for (const char* item :
         {"Q-open", "Q-released", "Q-returned", "Q-deleted", "Q-failed", "Q-said", "Q-cleaned"})
        journal.hold("2026-03-02T10:00:00Z", item);
    journal.decide("2026-03-02T11:00:00Z", "Q-released", "release");
    journal.decide("2026-03-02T11:00:00Z", "Q-returned", "return");
    journal.decide("2026-03-02T11:00:00Z", "Q-deleted", "delete");
    journal.decide("2026-03-02T11:00:00Z", "Q-failed", "release", nullptr, "failed");
    journal.decide("2026-03-02T11:00:00Z", "Q-said", "release");
    journal.decide("2026-03-03T11:00:00Z", "Q-said", "release", "confirmed_breach");
    journal.decide("2026-03-02T11:00:00Z", "Q-cleaned", "release");
    journal.decide("2026-03-05T11:00:00Z", "Q-cleaned", "delete");
    CHECK(outcome_of(journal.reg, "Q-open") == IncidentOutcome::open);
    CHECK(outcome_of(journal.reg, "Q-released") == IncidentOutcome::false_positive);
    CHECK(outcome_of(journal.reg, "Q-returned") == IncidentOutcome::near_miss);
    CHECK(outcome_of(journal.reg, "Q-deleted") == IncidentOutcome::near_miss);
    CHECK(outcome_of(journal.reg, "Q-failed") == IncidentOutcome::open);
    CHECK(outcome_of(journal.reg, "Q-said") == IncidentOutcome::confirmed_breach);
    CHECK(outcome_of(journal.reg, "Q-cleaned") == IncidentOutcome::false_positive);
}

TEST_CASE("an incident says what was held, for whom, about how many", "[register]") {
    Entries journal(Departments{{"p-1", "letters"}});
    journal.add("2026-03-01T10:00:00Z", "message", R"({"queue_id":"4WHOLE","answer":"deliver"})");
    journal.hold("2026-03-02T10:00:00Z", "Q-1", R"(["s-1","s-2"])", "medium");
    const auto incidents = journal.reg.incidents();
    REQUIRE(incidents.size() == 1);
    const RegisteredIncident& incident = incidents[0];
    CHECK(incident.department == "letters");
    CHECK(incident.rules == Words{"disclosure"});  // what is tried out decided nothing
    CHECK(incident.categories == Words{"medical"});
    CHECK(incident.relations == Words{"former_employer"});
    CHECK(incident.persons_min == 0);
    CHECK(incident.persons_max == 2);
    CHECK(incident.items == Strings{"Q-1"});
    CHECK(incident.queue_ids == Strings{"4Q-1"});
    CHECK(journal.reg.letters() ==
          std::map<std::string, std::uint64_t>{{"2026-03-01", 1}, {"2026-03-02", 1}});
}

TEST_CASE("what a release may have sent was not held before it left", "[register]") {
    Entries journal;
    for (const char* item : {"Q-1", "Q-2", "Q-3", "Q-4", "Q-5", "Q-6"})
        journal.hold("2026-03-02T10:00:00Z", item);
    // The MTA never said whether it took it; or the attempt was cut off.
    for (const char* item : {"Q-1", "Q-3", "Q-4"}) {
        journal.decide("2026-03-02T11:00:00Z", item, "release", nullptr, "begun");
        journal.decide("2026-03-02T11:00:09Z", item, "release", nullptr, "uncertain");
    }
    journal.decide("2026-03-02T11:00:00Z", "Q-2", "release", nullptr, "begun");
    journal.decide("2026-03-02T11:00:00Z", "Q-5", "return", nullptr, "uncertain");
    journal.decide("2026-03-02T11:00:00Z", "Q-6", "release", nullptr, "begun");
    journal.decide("2026-03-02T11:00:00Z", "Q-6", "release", nullptr, "failed");
    journal.decide("2026-03-02T12:00:00Z", "Q-1", "return");
    journal.decide("2026-03-02T12:00:00Z", "Q-2", "delete");
    journal.decide("2026-03-02T12:00:00Z", "Q-3", "return", "near_miss");  // by who looked
    journal.decide("2026-03-02T12:00:00Z", "Q-5", "return");
    journal.decide("2026-03-02T12:00:00Z", "Q-6", "return");
    CHECK(outcome_of(journal.reg, "Q-1") == IncidentOutcome::probable_breach);
    CHECK(outcome_of(journal.reg, "Q-2") == IncidentOutcome::probable_breach);
    CHECK(outcome_of(journal.reg, "Q-3") == IncidentOutcome::near_miss);
    CHECK(outcome_of(journal.reg, "Q-4") == IncidentOutcome::open);
    CHECK(outcome_of(journal.reg, "Q-5") == IncidentOutcome::near_miss);
    CHECK(outcome_of(journal.reg, "Q-6") == IncidentOutcome::near_miss);
    const auto document =
        json::Document::parse(review::register_json(journal.reg.incidents(), march, "agency"));
    REQUIRE(document);
    const auto nature = [&](std::size_t number) {
        return document->root()["incidents"].at(number)["nature"]["what"].string();
    };
    CHECK(nature(0) == "possibly sent to a wrong recipient");
    CHECK(nature(3) == "possibly sent to a wrong recipient");
    CHECK(nature(4) == "held before it left");
    // What its sender takes back is none the less.
    journal.add("2026-03-02T13:00:00Z", "decision",
                R"({"item":"Q-4","action":"return","by":"sender","result":"done",)"
                R"("outcome":"near_miss"})");
    CHECK(outcome_of(journal.reg, "Q-4") == IncidentOutcome::probable_breach);
}

TEST_CASE("what left the MTA's hold without a decision is a probable breach", "[register]") {
    Entries journal;
    for (const char* item : {"Q-1", "Q-2", "Q-3", "Q-4"})
        journal.hold("2026-03-02T10:00:00Z", item);
    const auto find = [&](const char* item, const char* found, const char* state) {
        journal.add("2026-03-05T08:00:00Z", "mta",
                    format(R"({{"item":"{}","found":"{}","state":"{}"}})", item, found, state));
    };
    find("Q-1", "released_outside", "gone");
    find("Q-2", "gone", "gone");
    find("Q-2", "found_again", "held");
    find("Q-3", "gone", "gone");
    // Its content may be deleted afterwards; a person may say what it was.
    journal.decide("2026-03-06T11:00:00Z", "Q-1", "delete");
    journal.add("2026-03-06T12:00:00Z", "outcome", R"({"item":"Q-3","outcome":"near_miss"})");
    journal.decide("2026-03-02T11:00:00Z", "Q-4", "release", nullptr, "begun");
    find("Q-4", "released", "released");
    CHECK(outcome_of(journal.reg, "Q-1") == IncidentOutcome::probable_breach);
    CHECK(outcome_of(journal.reg, "Q-2") == IncidentOutcome::open);
    CHECK(outcome_of(journal.reg, "Q-3") == IncidentOutcome::near_miss);
    CHECK(outcome_of(journal.reg, "Q-4") == IncidentOutcome::false_positive);
    const auto document =
        json::Document::parse(review::register_json(journal.reg.incidents(), march, "agency"));
    REQUIRE(document);
    const json::Value breach = document->root()["incidents"].at(0);
    CHECK(breach["nature"]["what"].string() == "possibly sent to a wrong recipient");
    CHECK(breach["timeline"]["discovered"].string() == "2026-03-05T08:00:00Z");
    CHECK(breach["timeline"]["notify_by"].string() == "2026-03-08T08:00:00Z");
    journal.add("2026-03-06T13:00:00Z", "outcome",
                R"({"item":"Q-1","outcome":"confirmed_breach"})");
    CHECK(outcome_of(journal.reg, "Q-1") == IncidentOutcome::confirmed_breach);
}

TEST_CASE("a cause names nobody", "[register]") {
    Entries journal;
    journal.hold("2026-03-02T10:00:00Z", "Q-1", R"(["s-1"])");
    journal.add("2026-03-02T10:01:00Z", "incident",
                R"({"incident":"I-1","sender":"p-1","rule":"disclosure","run":"R-1",)"
                R"j("why":"medical of S-1042 to former_employer (ended 2026-01-14)"})j");
    journal.add("2026-03-02T10:01:00Z", "case", R"({"incident":"I-1","item":"Q-1"})");
    const auto incidents = journal.reg.incidents();
    REQUIRE(incidents.size() == 1);
    CHECK(incidents[0].cause == "medical of a registered person, to a former employer");
}

TEST_CASE("items that were brought together are one incident", "[register]") {
    Entries journal;
    journal.hold("2026-03-02T10:00:00Z", "Q-1", R"(["s-1","s-2"])");
    journal.hold("2026-03-02T10:00:05Z", "Q-2", R"(["s-2"])", "medium");
    journal.hold("2026-03-02T10:00:09Z", "Q-3");
    journal.add("2026-03-02T10:01:00Z", "incident",
                R"({"incident":"I-1","opened_at":"2026-03-02T10:00:30Z","items":["Q-1"],)"
                R"("rule":"run","why":"shifted by one row","department":"mailings"})");
    journal.add("2026-03-02T10:02:00Z", "incident",
                R"({"incident":"I-1","opened_at":"2026-03-02T10:00:30Z","items":["Q-1","Q-2"],)"
                R"("rule":"run","why":"shifted by one row","department":"mailings"})");
    journal.decide("2026-03-02T12:00:00Z", "Q-1", "return");
    auto incidents = journal.reg.incidents();
    REQUIRE(incidents.size() == 2);
    CHECK(incidents[0].id == "Q-3");
    const RegisteredIncident& run = incidents[1];
    CHECK(run.id == "I-1");
    CHECK(run.cause == "shifted by one row");
    CHECK(run.department == "mailings");
    CHECK(run.messages == 2);
    CHECK(run.persons_min == 2);
    CHECK(run.persons_max == 2);
    CHECK(to_iso(run.first) == "2026-03-02T10:00:00Z");
    CHECK(to_iso(run.last) == "2026-03-02T10:00:05Z");
    CHECK(run.outcome == IncidentOutcome::open);  // Q-2 is not decided on
    journal.decide("2026-03-02T13:00:00Z", "Q-2", "release");
    incidents = journal.reg.incidents();
    CHECK(incidents[1].outcome == IncidentOutcome::near_miss);
    REQUIRE(incidents[1].decided);
    CHECK(to_iso(*incidents[1].decided) == "2026-03-02T13:00:00Z");
}

namespace {

constexpr const char* breach =
    R"({"breach":"B-1","outcome":"probable_breach","discovered_at":"2026-03-05T09:00:00Z",)"
    R"("cause":"relation_ended","relation":"employer","recipient":"d-1","first":"2026-01-02",)"
    R"("last":"2026-02-03","messages":7,"persons_min":3,"persons_max":4,)"
    R"("categories":["benefit"],"queue_ids":["4A","4B"],"findings":["x"]})";

}  // namespace

TEST_CASE("items that come to an incident one by one are one incident too", "[register]") {
    Entries journal;
    journal.hold("2026-03-02T10:00:00Z", "Q-1", R"(["s-1"])");
    journal.hold("2026-03-02T10:00:05Z", "Q-2", R"(["s-2"])");
    journal.add("2026-03-02T10:01:00Z", "incident", R"({"incident":"I-1","rule":"disclosure"})");
    for (const char* item : {"Q-1", "Q-2"})
        journal.add("2026-03-02T10:01:00Z", "case",
                    R"({"incident":"I-1","item":")" + std::string(item) + R"("})");
    const auto incidents = journal.reg.incidents();
    REQUIRE(incidents.size() == 1);
    CHECK(incidents[0].id == "I-1");
    CHECK(incidents[0].messages == 2);
    CHECK(incidents[0].cause == "disclosure");
}

TEST_CASE("a recorded breach is in the register, with its 72 hours", "[register]") {
    Entries journal;
    journal.add("2026-03-05T09:00:01Z", "breach", breach);
    const auto incidents = journal.reg.incidents();
    REQUIRE(incidents.size() == 1);
    CHECK(incidents[0].outcome == IncidentOutcome::probable_breach);
    CHECK(incidents[0].delivered);
    const auto document =
        json::Document::parse(review::register_json(incidents, march, "privacy@agency.example"));
    REQUIRE(document);
    const json::Value entry = document->root()["incidents"].at(0);
    CHECK(entry["contact"]["organisation"].string() == "privacy@agency.example");
    CHECK(entry["timeline"]["started"].string() == "2026-01-02T00:00:00Z");
    CHECK(entry["timeline"]["discovered"].string() == "2026-03-05T09:00:00Z");
    CHECK(entry["timeline"]["notify_by"].string() == "2026-03-08T09:00:00Z");
    CHECK(entry["nature"]["cause"].string() == "relation_ended");
    CHECK(entry["personal_data"]["records"].number() == 7);
    CHECK(entry["persons"]["min"].number() == 3);
    CHECK(entry["persons"]["max"].number() == 4);
    for (const char* section : {"measures_before", "consequences", "follow_up"})
        CHECK(entry[section].size() >= 2);
    // What became of it is told by a later entry.
    journal.add("2026-03-06T09:00:00Z", "breach",
                R"({"breach":"B-1","outcome":"confirmed_breach"})");
    const auto confirmed = journal.reg.incidents();
    REQUIRE(confirmed.size() == 1);
    CHECK(confirmed[0].outcome == IncidentOutcome::confirmed_breach);
    CHECK(confirmed[0].messages == 7);
    REQUIRE(confirmed[0].decided);
}

TEST_CASE("a table of incidents has a row for each and a cell for each column", "[register]") {
    Entries journal(Departments{{"p-1", "=letters, \"all\""}});
    journal.hold("2026-03-02T10:00:00Z", "Q-1");
    journal.add("2026-03-05T09:00:01Z", "breach", breach);
    const std::string csv = review::register_csv(journal.reg.incidents(), "=1+1");
    CHECK(csv.find("\"'=letters, \"\"all\"\"\"") != std::string::npos);
    CHECK(csv.find(",'=1+1,") != std::string::npos);
    CHECK(csv.find("4A;4B\r\n") != std::string::npos);
    std::size_t lines = 0;
    std::size_t commas = 0;
    bool quoted = false;
    for (const char c : csv) {
        quoted ^= c == '"';
        commas += c == ',' && !quoted ? 1 : 0;
        lines += c == '\n' ? 1 : 0;
    }
    CHECK(lines == 3);
    CHECK(commas == 3 * 31);
}

TEST_CASE("a report counts a period and compares it with the one before", "[report]") {
    Entries journal;
    journal.add("2026-02-10T10:00:00Z", "message", R"({"queue_id":"4A","answer":"deliver"})");
    journal.add("2026-03-10T10:00:00Z", "message", R"({"queue_id":"4B","answer":"deliver"})");
    journal.hold("2026-01-01T10:00:00Z", "Q-earlier");
    journal.hold("2026-02-10T10:00:00Z", "Q-before");
    journal.decide("2026-02-10T10:30:00Z", "Q-before", "release");
    for (int i = 0; i < 10; ++i) {
        const std::string item = "Q-" + std::to_string(i);
        journal.hold("2026-03-10T10:00:00Z", item, R"(["s-1"])", "high",
                     i < 8 ? "disclosure" : "incomplete", i < 4 ? "former_employer" : "unrelated");
        // After one hour, two hours, ... nine hours; the last is open.
        if (i < 9)
            journal.decide(format("2026-03-10T{}:00:00Z", 11 + i).c_str(), item,
                           i % 4 == 0 ? "release" : "return");
    }
    journal.add("2026-03-05T09:00:01Z", "breach", breach);
    const auto report = review::make_report(journal.reg.incidents(), journal.reg.letters(), march);
    CHECK(to_iso(report.before.period.from) == "2026-01-29");
    CHECK(to_iso(report.before.period.to) == "2026-02-28");
    const auto& now = report.now;
    CHECK(now.letters == 11);
    CHECK(report.before.letters == 2);
    CHECK(now.outcomes == review::OutcomeCounts{1, 3, 6, 1, 0});
    CHECK(report.before.outcomes == review::OutcomeCounts{0, 1, 0, 0, 0});
    CHECK(now.days.size() == 31);
    CHECK(review::total(now.days.at("2026-03-10")) == 10);
    CHECK(review::total(now.relations.at("former_employer")) == 4);
    CHECK(now.rules.at("disclosure") == review::OutcomeCounts{0, 2, 6, 0, 0});
    CHECK(review::precision(now.rules.at("disclosure")).confirmed == 6);
    CHECK(review::precision(now.rules.at("disclosure")).decided == 8);
    CHECK(now.causes.at("relation_ended") == review::OutcomeCounts{0, 0, 0, 1, 0});
    CHECK(now.persons_max == 4);
    CHECK(now.decided == 9);
    REQUIRE(now.median);
    CHECK(*now.median == std::chrono::hours(5));
    CHECK(*now.p90 == std::chrono::hours(9));

    const std::string text = review::report_text(report);
    CHECK(text.find("2026-03-01 to 2026-03-31, 11 letters") != std::string::npos);
    CHECK(text.find("precision 75 % of 8 decided, before 0 %") != std::string::npos);
    const auto document = json::Document::parse(review::report_json(report));
    REQUIRE(document);
    CHECK(document->root()["period"]["near_miss"].number() == 6);
    CHECK(document->root()["period"]["time_to_decision_s"]["median"].number() == 18'000);
    CHECK(document->root()["period_before"]["incidents"].number() == 1);
    const std::string csv = review::report_csv(report);
    CHECK(csv.find("rules,disclosure,near_miss,6,0\r\n") != std::string::npos);
    CHECK(csv.find("rules,disclosure,false_positive,2,1\r\n") != std::string::npos);
}

TEST_CASE("a report's page stands alone and shows words of others as text", "[report]") {
    Entries journal(Departments{{"p-1", "<script>alert(1)</script> & \"co\""}});
    journal.hold("2026-03-10T10:00:00Z", "Q-1");
    const std::string page = review::report_html(
        review::make_report(journal.reg.incidents(), journal.reg.letters(), march), "<b>");
    CHECK(page.find("<svg") != std::string::npos);
    CHECK(page.find("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot;") !=
          std::string::npos);
    for (const char* outside : {"<script", "http:", "https:", "src=", "href=", "url(", "<b>"}) {
        INFO(outside);
        CHECK(page.find(outside) == std::string::npos);
    }
    // Without incidents too.
    CHECK(review::report_html(review::make_report({}, {}, march), "").find("</html>") !=
          std::string::npos);
}

TEST_CASE("periods end before the next begins, whatever the length of months", "[report]") {
    CHECK(march.days() == 31);
    CHECK(march.holds(*parse_iso_instant("2026-03-31T23:59:59Z")));
    CHECK_FALSE(march.holds(*parse_iso_instant("2026-04-01T00:00:00Z")));
    const Period one{day("2026-01-01"), day("2026-01-01")};
    CHECK(to_iso(one.before().from) == "2025-12-31");
    CHECK(to_iso(one.before().to) == "2025-12-31");
}

TEST_CASE("what is no journal is no register", "[register]") {
    Register reg;
    for (const char* line :
         {"", "{}", R"({"n":1,"at":"2026-03-12T00:00:00Z","kind":"decision",)"}) {
        INFO(line);
        CHECK_FALSE(reg.add(line));
    }
}
