// [run_guard]: how it is written, and what it makes of a verdict. When a run goes wrong is tested
// with the pipeline.
#include <catch2/catch.hpp>
#include <string>

#include "base/format.hpp"
#include "policy/cases.hpp"
#include "policy/diff.hpp"
#include "policy/record.hpp"
#include "policy/replay.hpp"
#include "support/catch_result.hpp"
#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)
using policy::RunTrip;

namespace {

const RunTrip shifted{"R-0123456789abcdef", RunTrip::Why::shift, 5, 6, 5, 4, -1};
const RunTrip misaddressed{"R-0123456789abcdef", RunTrip::Why::share, 5, 20, 5, 0, 0};

policy::Verdict judged(const Policy& policy, const Facts& facts, const RunTrip& trip = shifted) {
    auto verdict = policy.judge(facts);
    policy.judge_run(trip, facts, verdict);
    return verdict;
}

Letter right_letter() {
    Letter letter;
    letter.about("S-1", {benefit}).to("<own@post.example>", {{self()}});
    return letter;
}

}  // namespace

TEST_CASE("without the table runs are not looked at") {
    const auto policy = load(small_policy());
    CHECK_FALSE(policy->run_rule());
    CHECK_FALSE(policy->run_action());
    CHECK(policy->describe_run_rule().first.empty());
    CHECK(judged(*policy, right_letter().facts).action == Action::accept);
}

TEST_CASE("the table has values for what it leaves out") {
    const auto policy = load(small_policy("[run_guard]\n"));
    REQUIRE(policy->run_rule());
    CHECK(*policy->run_rule() == policy::RunRule{});
    CHECK(policy->run_action() == Action::quarantine);
    CHECK(policy->warnings().size() == load(small_policy())->warnings().size());

    const auto other =
        load(small_policy("[run_guard]\nletters = 3\nshare = 1\nshift = false\n"
                          "window = \"10m\"\naction = \"tempfail\"\n"));
    CHECK(other->run_rule()->letters == 3);
    CHECK(other->run_rule()->share == 1);
    CHECK_FALSE(other->run_rule()->shift);
    CHECK(other->run_rule()->window == std::chrono::minutes(10));
    CHECK(other->strongest_action() == Action::tempfail);
}

TEST_CASE("what makes no sense in the table is refused with its place") {
    const auto says = [](const char* line, const char* what) {
        const Error error = refused(small_policy("[run_guard]\n" + std::string(line) + "\n"));
        CHECK(error.where.starts_with("small.toml:14:"));
        CHECK(error.detail.find(what) != std::string::npos);
    };
    says("letters = 1", "letters");
    says("letters = 51", "letters");
    says("share = 0", "share");
    says("share = 1.1", "share");
    says("share = \"0.2\"", "share");
    says("share = nan", "share");
    says("shift = \"no\"", "shift");
    says("window = \"25h\"", "window");
    says("window = \"0s\"", "window");
    says("action = \"hold\"", "action");
    says("leters = 5", "leters");
}

TEST_CASE("a rule that lets a run go is warned of") {
    const auto policy = load(small_policy("[run_guard]\naction = \"tag\"\n"));
    REQUIRE_FALSE(policy->warnings().empty());
    CHECK(policy->warnings().back().where == "dir/small.toml:14:1");
}

TEST_CASE("a letter of a run that went wrong is held, right as it is") {
    const auto policy = load(small_policy("[run_guard]\n"));
    auto letter = right_letter();
    letter.to("<colleague@agency.example>", {{}});
    const auto verdict = judged(*policy, letter.facts);
    CHECK(verdict.action == Action::quarantine);
    CHECK(verdict.rule_ids() == "run_guard");
    CHECK_FALSE(verdict.is_misaddressed());
    REQUIRE(verdict.recipients.size() == 2);
    REQUIRE(verdict.recipients[0].reasons.size() == 1);
    const auto& reason = verdict.recipients[0].reasons[0];
    CHECK(reason.place == "small.toml:13");
    CHECK(policy::describe(reason) ==
          "run R-0123456789abcdef went wrong: the recipient of each letter fits the subject of the "
          "letter before it (4 of 5)");
    // What goes to a colleague does not leave.
    CHECK(verdict.recipients[1].action == Action::accept);
    CHECK(verdict.to_json(false).find(
              R"({"rule":"run_guard","why":"shift","count":5,"limit":5,"run":"R-0123456789abcdef",)"
              R"("of":6,"fits":4,"offset":-1,"action":"quarantine","place":"small.toml:13"})") !=
          std::string::npos);
}

TEST_CASE("a run that is misaddressed says so") {
    const auto policy = load(small_policy("[run_guard]\n"));
    const auto verdict = judged(*policy, right_letter().facts, misaddressed);
    CHECK(policy::describe(verdict.recipients[0].reasons[0]) ==
          "run R-0123456789abcdef went wrong: 5 of 20 letters are misaddressed");
    CHECK(verdict.to_json(false).find("offset") == std::string::npos);
}

TEST_CASE("beside other reasons the run's stands behind those that are as strict") {
    const auto policy = load(small_policy("[run_guard]\n"));
    Letter letter;
    letter.about("S-1", {medical}).to("<hr@a.example>", {{related("employer")}});
    const auto verdict = judged(*policy, letter.facts);
    CHECK(verdict.action == Action::reject);
    CHECK(verdict.is_misaddressed());
    REQUIRE(verdict.recipients[0].reasons.size() == 2);
    CHECK(verdict.recipients[0].reasons[0].rule == "disclosure");
    CHECK(verdict.recipients[0].reasons[1].rule == "run_guard");
}

TEST_CASE("a rule that is tried out tells, and holds nothing") {
    const auto policy = load(small_policy("[run_guard]\nmode = \"simulate\"\n"));
    CHECK(policy->run_rule());
    CHECK_FALSE(policy->run_action());
    const auto verdict = judged(*policy, right_letter().facts);
    CHECK(verdict.action == Action::accept);
    REQUIRE(verdict.recipients[0].reasons.size() == 2);
    CHECK(verdict.recipients[0].reasons[1].simulated);
    CHECK(verdict.recipients[0].reasons[1].action == Action::quarantine);
}

TEST_CASE("a verdict tells its run") {
    const auto policy = load(small_policy());
    auto verdict = policy->judge(right_letter().facts);
    CHECK(verdict.to_json(false).find("\"run\"") == std::string::npos);
    verdict.run = "R-0123456789abcdef";
    CHECK(verdict.to_json(false).find(R"(,"run":"R-0123456789abcdef","registry":)") !=
          std::string::npos);
}

TEST_CASE("a case may be a letter of a run that went wrong") {
    const auto policy = load(small_policy("[run_guard]\n"));
    const auto cases = [&](std::string_view run, std::string_view expected) {
        return policy::run_cases(
            *policy,
            format("today = 2026-03-12\nsender = \"a@agency.example\"\n[[case]]\nname = \"one\"\n"
                   "run = \"{}\"\nrecipients = [{{ address = \"own@post.example\", ties = "
                   "[{{ relation = \"self\" }}] }}]\nsubjects = [{{ id = \"S-1\" }}]\n"
                   "expect = {{ \"own@post.example\" = \"{}\" }}\n",
                   run, expected),
            "small.cases");
    };
    const auto held = cases("shift", "quarantine");
    REQUIRE(held);
    CHECK(held->front().passed);
    const auto passed = cases("share", "accept");
    REQUIRE(passed);
    CHECK_FALSE(passed->front().passed);
    const auto unknown = cases("shfit", "accept");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().where == "small.cases:5:7");
}

TEST_CASE("a change of when runs go wrong is told") {
    const auto told = [](const char* before, const char* after) {
        std::string out;
        for (const auto& change :
             policy::diff(*load(small_policy(before)), *load(small_policy(after))))
            out += format("{} {}: {} -> {};", policy::to_string(change.effect), change.what,
                          change.before, change.after);
        return out;
    };
    CHECK(told("", "[run_guard]\n") == "stricter run_guard: accept -> quarantine;");
    CHECK(told("[run_guard]\n", "") == "looser run_guard: quarantine -> accept;");
    CHECK(told("[run_guard]\n",
               "[run_guard]\nletters = 4\nshare = 0.5\nshift = false\n"
               "window = \"2h\"\n") ==
          "stricter run_guard.letters: 5 -> 4;looser run_guard.share: 0.2 -> 0.5;"
          "looser run_guard.shift: true -> false;stricter run_guard.window: 3600 s -> 7200 s;");
}

TEST_CASE("what a run held stays held in a replay by a policy that watches runs") {
    const auto then = load(small_policy("[run_guard]\n"));
    const auto letter = right_letter();
    const auto verdict = judged(*then, letter.facts);
    const std::string line =
        format(R"({{"n":1,"at":"2026-03-01T10:00:00Z","kind":"message","data":{{"queue_id":"A1",)"
               R"("held":"Q-1","run":"R-0123456789abcdef","run_guard":"quarantine","facts":{},)"
               R"("verdict":{}}},"chain":""}})",
               policy::record(*then, letter.facts, verdict), verdict.to_json(false));
    const auto replayed = [&](const char* table) {
        policy::Replay replay(load(small_policy(table)), {});
        REQUIRE(replay.add(line));
        return replay.report();
    };
    const auto same = replayed("[run_guard]\n");
    CHECK(same.held_then == 1);
    CHECK(same.held_now == 1);
    CHECK(same.newly_passed == 0);
    CHECK(same.rules.at("run_guard").held == 1);
    for (const char* table : {"", "[run_guard]\nmode = \"simulate\"\n"}) {
        const auto without = replayed(table);
        CHECK(without.held_now == 0);
        CHECK(without.newly_passed == 1);
        CHECK(without.rules.count("run_guard") == 0);
    }
}
