#include "policy/replay.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "base/format.hpp"
#include "policy/record.hpp"
#include "support/catch_result.hpp"
#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)
using policy::Replay;

namespace {

// A journal as the milter and the reviewers write one.
class Entries {
  public:
    explicit Entries(std::shared_ptr<const Policy> policy) : policy_(std::move(policy)) {}

    Entries& message(const Letter& letter, const std::string& queue_id, const std::string& day,
                     const std::string& held = {}) {
        const auto verdict = policy_->judge(letter.facts);
        return add(day, "message",
                   format(R"({{"queue_id":"{}",{}"facts":{},"verdict":{}}})", queue_id,
                          held.empty() ? "" : "\"held\":\"" + held + "\",",
                          policy::record(*policy_, letter.facts, verdict), verdict.to_json(false)));
    }
    Entries& decision(const std::string& item, const std::string& action,
                      const std::string& result = "done") {
        return add("2026-03-20", "decision",
                   format(R"({{"item":"{}","action":"{}","result":"{}"}})", item, action, result));
    }
    Entries& add(const std::string& day, const std::string& kind, const std::string& data) {
        lines.push_back(format(R"({{"n":{},"at":"{}T10:00:00Z","kind":"{}","data":{},"chain":""}})",
                               lines.size() + 1, day, kind, data));
        return *this;
    }
    std::vector<std::string> lines;

  private:
    std::shared_ptr<const Policy> policy_;
};

Letter letter_to(const char* address, std::vector<registry::Tie> ties, std::uint32_t category) {
    Letter letter;
    letter.about("S-1", {category}).to(address, {std::move(ties)});
    return letter;
}

// Benefit to an employer passes, to a former one it does not, medical never does.
std::vector<std::string> a_journal(const std::shared_ptr<const Policy>& policy) {
    Entries entries(policy);
    const auto employer = letter_to("<hr@a.example>", {related("employer")}, benefit);
    const auto former =
        letter_to("<hr@b.example>", {related("employer", {}, date(2025, 1, 1))}, benefit);
    const auto medical_letter = letter_to("<hr@a.example>", {related("employer")}, medical);
    entries.message(employer, "A1", "2026-03-01")
        .message(former, "A2", "2026-03-01", "Q-1")
        .message(medical_letter, "A3", "2026-03-02", "Q-2")
        .message(employer, "A4", "2026-03-04")
        .message(former, "A5", "2026-03-04", "Q-3");
    entries.decision("Q-1", "release")
        .decision("Q-2", "return")
        .decision("Q-3", "release", "begun");
    return entries.lines;
}

policy::ReplayReport replayed(const std::vector<std::string>& lines, const std::string& policy,
                              std::optional<Date> since = {}) {
    Replay replay(load(policy), since);
    for (const auto& line : lines) {
        const auto added = replay.add(line);
        if (!added) FAIL(added.error().message());
    }
    return replay.report();
}

}  // namespace

TEST_CASE("the same policy holds what it held", "[policy][replay]") {
    const auto report = replayed(a_journal(load(small_policy())), small_policy());
    CHECK(report.messages == 5);
    CHECK(report.unknown == 0);
    CHECK(report.held_then == 3);
    CHECK(report.held_now == 3);
    CHECK(report.newly_held == 0);
    CHECK(report.newly_passed == 0);
    CHECK(report.days() == 20);
    CHECK(report.confirmed == 1);
    CHECK(report.confirmed_and_held == 1);
    REQUIRE(report.rules.size() == 1);
    const auto& score = report.rules.at("disclosure");
    CHECK(score.held == 3);
    CHECK(score.confirmed == 1);
    CHECK(score.released == 1);
}

TEST_CASE("another policy is told apart letter by letter", "[policy][replay]") {
    const auto lines = a_journal(load(small_policy()));
    const auto strict = replaced(small_policy(), "employer = \"accept\", internal", "internal");
    const auto stricter = replayed(lines, strict);
    CHECK(stricter.newly_held == 2);
    CHECK(stricter.examples_held == std::vector<std::string>{"A1", "A4"});
    CHECK(stricter.newly_passed == 0);

    const auto loose = replaced(small_policy(), "medical = { self = \"accept\",",
                                "medical = { self = \"accept\", employer = \"accept\",");
    const auto looser = replayed(lines, loose);
    CHECK(looser.newly_passed == 1);
    CHECK(looser.examples_passed == std::vector<std::string>{"A3"});
    // What a reviewer sent back would now have left.
    CHECK(looser.confirmed == 1);
    CHECK(looser.confirmed_and_held == 0);
}

TEST_CASE("the beginning may be left out", "[policy][replay]") {
    const auto report = replayed(a_journal(load(small_policy())), small_policy(), date(2026, 3, 4));
    CHECK(report.messages == 2);
    CHECK(report.held_now == 1);
}

TEST_CASE("a verdict that begins otherwise is read as well", "[policy][replay]") {
    auto lines = a_journal(load(small_policy()));
    for (auto& line : lines)
        if (line.find("\"verdict\"") != std::string::npos)
            line = replaced(line, "\"schema\":\"postwacht.verdict/1\",", "");
    const auto report = replayed(lines, small_policy());
    CHECK(report.held_then == 3);
    CHECK(report.held_now == 3);
}

TEST_CASE("several replays count as one", "[policy][replay]") {
    const auto lines = a_journal(load(small_policy()));
    const auto policy =
        load(replaced(small_policy(), "employer = \"accept\", internal", "internal"));
    Replay whole(policy, {});
    Replay first(policy, {});
    Replay second(policy, {});
    for (std::size_t i = 0; i < lines.size(); ++i) {
        REQUIRE(whole.add(lines[i]));
        REQUIRE((i % 2 == 0 ? first : second).add(lines[i]));
    }
    second.take_in(std::move(first));
    const auto a = whole.report();
    const auto b = second.report();
    CHECK(a.messages == b.messages);
    CHECK(a.held_then == b.held_then);
    CHECK(a.newly_held == b.newly_held);
    CHECK(a.examples_held == b.examples_held);
    CHECK(a.first == b.first);
    CHECK(a.last == b.last);
    CHECK(a.confirmed == b.confirmed);
    CHECK(a.rules.at("disclosure").released == b.rules.at("disclosure").released);
}

TEST_CASE("what cannot be judged again is counted, not guessed", "[policy][replay]") {
    Entries entries(load(small_policy()));
    entries.add("2026-03-01", "message", R"({"queue_id":"A","verdict":{"action":"accept"}})");
    entries.add("2026-03-01", "message",
                R"({"queue_id":"B","facts":{"too_many":true},"verdict":{"action":"quarantine"}})");
    const auto report = replayed(entries.lines, small_policy());
    CHECK(report.messages == 2);
    CHECK(report.unknown == 2);
    CHECK(report.held_then == 0);
}

TEST_CASE("a line that is no entry is an error", "[policy][replay]") {
    Replay replay(load(small_policy()), {});
    for (const char* line : {"", "{", "{}", "[]", R"({"at":"2026","kind":"message"})"}) {
        INFO(line);
        const auto added = replay.add(line);
        REQUIRE_FALSE(added);
        CHECK(added.error().code == ErrorCode::damaged);
    }
}

namespace {

// "rule day held/alone/passed; ..."
std::string trials(const policy::ReplayReport& report) {
    std::string out;
    for (const auto& [rule, days] : report.trials)
        for (const auto& [day, score] : days)
            out += format("{}{} {} {}/{}/{}", out.empty() ? "" : "; ", rule, day.substr(5),
                          score.held, score.alone, score.passed);
    return out;
}

}  // namespace

TEST_CASE("what is tried out is counted by rule, cell and day", "[policy][replay]") {
    const auto lines = a_journal(load(small_policy()));
    CHECK(trials(replayed(lines, small_policy())).empty());
    const auto trial = replaced(
        small_policy(), R"(employer = "accept", internal = "accept", "*" = "quarantine")",
        R"(employer = { action = "quarantine", mode = "simulate" }, internal = "accept", "*" = "quarantine")");
    CHECK(trials(replayed(lines, trial)) ==
          "disclosure: benefit to employer 03-01 1/1/0; "
          "disclosure: benefit to employer 03-04 1/1/0");
    CHECK(trials(replayed(lines, trial, date(2026, 3, 2))) ==
          "disclosure: benefit to employer 03-04 1/1/0");
    // What is held anyway is told apart, and what a tried exception would let pass.
    const auto more = small_policy(R"([hidden_content]
action = "quarantine"
mode = "simulate"
[[exception]]
id = "trial"
mode = "simulate"
senders = ["*@agency.example"]
recipients = ["*"]
categories = ["medical"]
expires = 2099-01-01
owner = "privacy officer"
reason = "to see what it would let pass"
)");
    Entries entries(load(more));
    auto hidden = letter_to("<hr@a.example>", {related("employer")}, medical);
    hidden.facts.subjects[0].evidence[0].hidden = true;
    entries.message(hidden, "B1", "2026-03-01", "Q-1").message(hidden, "B2", "2026-03-01", "Q-2");
    CHECK(trials(replayed(entries.lines, more)) ==
          "exception:trial 03-01 0/0/2; hidden_content 03-01 2/0/0");
}

TEST_CASE("of a policy that simulates every rule is tried out", "[policy][replay]") {
    const auto watching =
        replaced(small_policy(), "name = \"small\"", "name = \"small\"\nmode = \"simulate\"");
    CHECK(trials(replayed(a_journal(load(watching)), watching)) ==
          "disclosure: benefit to former_employer 03-01 1/1/0; "
          "disclosure: benefit to former_employer 03-04 1/1/0; "
          "disclosure: medical to employer 03-02 1/1/0");
}

TEST_CASE("trials that several threads counted are one", "[policy][replay]") {
    const auto lines = a_journal(load(small_policy()));
    const auto watching =
        replaced(small_policy(), "name = \"small\"", "name = \"small\"\nmode = \"simulate\"");
    Replay one(load(watching), {});
    Replay other(load(watching), {});
    for (std::size_t i = 0; i < lines.size(); ++i)
        REQUIRE((i % 2 == 0 ? one : other).add(lines[i]));
    one.take_in(std::move(other));
    CHECK(trials(one.report()) == trials(replayed(lines, watching)));
}

TEST_CASE("what a policy that simulated let go was not held", "[policy][replay][simulate]") {
    const auto watching =
        replaced(small_policy(), "name = \"small\"", "name = \"small\"\nmode = \"simulate\"");
    auto lines = a_journal(load(watching));
    const auto check = [&lines, &watching] {
        const auto enforced = replayed(lines, small_policy());
        CHECK(enforced.mode == policy::Mode::enforce);
        CHECK(enforced.held_then == 0);
        CHECK(enforced.held_now == 3);
        CHECK(enforced.newly_held == 3);
        // One that simulates as well tells what it would hold.
        const auto simulated = replayed(lines, watching);
        CHECK(simulated.mode == policy::Mode::simulate);
        CHECK(simulated.held_then == 0);
        CHECK(simulated.held_now == 3);
    };
    check();
    for (auto& line : lines)  // as read where the verdict begins otherwise
        if (line.find("\"verdict\"") != std::string::npos)
            line = replaced(line, "\"schema\":\"postwacht.verdict/1\",", "");
    check();
}
