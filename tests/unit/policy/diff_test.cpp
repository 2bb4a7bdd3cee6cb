#include "policy/diff.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/format.hpp"
#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)
using policy::Change;
using policy::diff;

namespace {

// "looser medical to employer: reject -> accept @ small.toml:9"
std::vector<std::string> told(const std::string& before, const std::string& after) {
    std::vector<std::string> lines;
    for (const Change& change : diff(*load(before), *load(after)))
        lines.push_back(format("{} {}: {} -> {}{}", policy::to_string(change.effect), change.what,
                               change.before, change.after,
                               change.place.empty() ? "" : " @ " + change.place));
    return lines;
}

bool has(const std::vector<std::string>& lines, const std::string& line) {
    UNSCOPED_INFO(line << " among " << lines.size());
    for (const auto& each : lines) UNSCOPED_INFO("  " << each);
    return std::find(lines.begin(), lines.end(), line) != lines.end();
}

}  // namespace

TEST_CASE("policies of one meaning do not differ", "[policy][diff]") {
    const auto small = small_policy();
    CHECK(told(small, small).empty());
    // A comment, a name, and a row that is spelt out.
    CHECK(told(small, "# the same\n" + replaced(small, "\"small\"", "\"other\"")).empty());
    CHECK(told(small, replaced(small, "\"*\" = \"reject\"",
                               "employer = \"reject\", former_employer = \"reject\", "
                               "authority = \"reject\", \"*\" = \"reject\""))
              .empty());
}

TEST_CASE("a cell that says something else is told with its direction and line", "[policy][diff]") {
    const auto small = small_policy();
    const auto looser = told(small, replaced(small, "medical = { self = \"accept\",",
                                             "medical = { self = \"accept\", employer = \"tag\","));
    REQUIRE(looser.size() == 1);
    CHECK(looser[0] == "looser medical to employer: reject -> tag @ small.toml:11");
    const auto stricter =
        told(small, replaced(small, "benefit = { self = \"accept\", employer = \"accept\"",
                             "benefit = { self = \"accept\", employer = \"quarantine\""));
    REQUIRE(stricter.size() == 1);
    CHECK(stricter[0] == "stricter benefit to employer: accept -> quarantine @ small.toml:10");
}

TEST_CASE("what a star stands for is told once", "[policy][diff]") {
    const auto small = small_policy();
    const auto lines = told(small, replaced(small, "\"*\" = \"reject\"", "\"*\" = \"quarantine\""));
    CHECK(has(lines, "looser medical to any other relation: reject -> quarantine @ small.toml:11"));
    CHECK(has(lines, "looser medical to unrelated: reject -> quarantine @ small.toml:11"));
    for (const auto& line : lines) CHECK(line.find("medical to employer") == std::string::npos);
}

TEST_CASE("settings, words, limits and exceptions are compared", "[policy][diff]") {
    const auto small = small_policy();
    CHECK(has(
        told(small, replaced(small, "name = \"small\"", "name = \"small\"\nmode = \"simulate\"")),
        "looser mode: enforce -> simulate"));
    CHECK(has(told(small, replaced(small, "name = \"small\"",
                                   "name = \"small\"\nmin_confidence = \"high\"")),
              "looser min_confidence: medium -> high"));
    CHECK(
        has(told(small, replaced(small, "\"agency.example\"", "\"agency.example\", \"b.example\"")),
            "other own_domains:  -> b.example"));
    CHECK(has(told(small, replaced(small, "\"diagnose\"",
                                   "{ term = \"diagnose\", near = [\"arts\"], within = 80 }")),
              "other medical term:  -> diagnose near arts within 80"));
    const auto weighed =
        replaced(small, "[\"diagnose\"]",
                 "[\"diagnose\", { term = \"arts\", weight = 1 }, \"kliniek\"]\nthreshold = 2");
    CHECK(has(told(small, weighed), "other medical term:  -> arts weight 1"));
    CHECK(has(told(small, weighed), "other medical threshold:  -> 2"));
    CHECK(has(told(weighed, replaced(weighed, "threshold = 2", "threshold = 3")),
              "other medical threshold: 2 -> 3"));
    CHECK(has(told(weighed, replaced(weighed, "weight = 1", "weight = 2")),
              "other medical term: arts weight 1 -> "));
    CHECK(has(told(small, replaced(small, "[categories.benefit]",
                                   "shared_domains = [\"kantoor.example\"]\n"
                                   "[categories.benefit]")),
              "other shared_domains:  -> kantoor.example"));
    CHECK(has(told(small, small_policy("[matching]\nperiod_cues = [\"ingaande\"]\n")),
              "other period_cues: vanaf -> "));
    CHECK(has(told(small, replaced(small, "\"diagnose\"", "\"anamnese\"")),
              "other medical term: diagnose -> "));
    CHECK(has(told(small, replaced(small, "terms = [\"uitkering\"]",
                                   "as_of = \"both\"\nterms = [\"uitkering\"]")),
              "other benefit as_of: today -> both"));
    const auto limited =
        small_policy("[limits]\nsubjects = { employer = 5, action = \"reject\" }\n");
    CHECK(has(told(small, limited),
              "stricter limits.subjects of employer: unlimited -> 5 @ small.toml:14"));
    CHECK(has(told(limited, small), "looser limits.subjects of employer: 5 -> unlimited"));
    CHECK(has(told(small, small_policy("[incomplete]\nencrypted = \"accept\"\n")),
              "looser incomplete.encrypted: quarantine -> accept @ small.toml:14"));
    const auto exception = small_policy(
        "[[exception]]\nid = \"x\"\nsenders = [\"a@agency.example\"]\nrecipients = "
        "[\"*@b.example\"]\ncategories = [\"medical\"]\nexpires = 2099-01-01\nreason = \"r\"\n");
    CHECK(has(told(small, exception), "looser exception x:  -> until 2099-01-01 @ small.toml:13"));
    CHECK(has(told(exception, small), "stricter exception x: until 2099-01-01 -> "));
    CHECK(has(told(exception, replaced(exception, "2099", "2098")),
              "stricter exception x: until 2099-01-01 -> until 2098-01-01 @ small.toml:13"));
    CHECK(has(told(exception, replaced(exception, "*@b.example", "*@c.example")),
              "looser exception x recipient:  -> *@c.example"));
}

TEST_CASE("a category that is new or gone is told as such", "[policy][diff]") {
    const auto small = small_policy();
    const auto more = replaced(small, "[disclosure]\n",
                               "[categories.debts]\nterms = [\"schuld\"]\n[disclosure]\n"
                               "debts = { self = \"accept\", \"*\" = \"reject\" }\n");
    const auto lines = told(small, more);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].substr(0, 37) == "other category debts:  -> defined @ s");
    CHECK(told(more, small) == std::vector<std::string>{"other category debts: defined -> "});
}

TEST_CASE("what begins or ceases to be tried out is a change", "[policy][diff][simulate]") {
    const auto small = small_policy();
    const auto tried = replaced(small, "benefit = { self = \"accept\",",
                                "benefit = { former_employer = { action = \"quarantine\", mode = "
                                "\"simulate\" }, self = \"accept\",");
    CHECK(told(small, tried) ==
          std::vector<std::string>{"looser benefit to former_employer: quarantine -> quarantine "
                                   "(simulated) @ small.toml:10"});
    CHECK(told(tried, small) ==
          std::vector<std::string>{"stricter benefit to former_employer: quarantine (simulated) -> "
                                   "quarantine @ small.toml:10"});
    CHECK(told(tried, tried).empty());
}

TEST_CASE("a limit is told by its number and by what happens above it", "[policy][diff]") {
    const auto limits = [](const std::string& subjects, const std::string& visible) {
        return small_policy("[limits]\nsubjects = { employer = " + subjects +
                            " }\nvisible_recipients = { max = " + visible + " }\n");
    };
    const auto before = limits("5, action = \"reject\"", "10, action = \"quarantine\"");
    const auto both = told(
        before, limits("3, action = \"tag\"", "5, action = \"quarantine\", mode = \"simulate\""));
    CHECK(has(both, "stricter limits.subjects of employer: 5 -> 3 @ small.toml:14"));
    CHECK(has(both, "looser limits.subjects of employer, above: reject -> tag @ small.toml:14"));
    // A number that decides nothing is no stricter one.
    CHECK(has(both, "other limits.visible_recipients: 10 -> 5 @ small.toml:15"));
    CHECK(has(both,
              "looser limits.visible_recipients, above: quarantine -> quarantine (simulated) "
              "@ small.toml:15"));
    CHECK(both.size() == 4);
    const auto tried = small_policy(
        "[limits]\nvisible_recipients = { max = 5, action = \"reject\", mode = \"simulate\" }\n");
    CHECK(has(told(small_policy(), tried),
              "other limits.visible_recipients: unlimited -> 5 "
              "(simulated) @ small.toml:14"));
    CHECK(has(told(tried, small_policy()),
              "other limits.visible_recipients: 5 (simulated) -> unlimited"));
}

TEST_CASE("an old registry is told by its age and by what happens then", "[policy][diff]") {
    const auto stale = [](const std::string& rule) {
        return small_policy("[incomplete]\nregistry_stale = { " + rule + " }\n");
    };
    const auto before = stale("older_than = \"72h\", action = \"tempfail\"");
    const auto both = told(before, stale("older_than = \"24h\", action = \"tag\""));
    CHECK(both == std::vector<std::string>{
                      "stricter registry_stale: 72 h -> 24 h @ small.toml:14",
                      "looser registry_stale, above: tempfail -> tag @ small.toml:14"});
    const auto tried = stale("older_than = \"30m\", action = \"tempfail\", mode = \"simulate\"");
    CHECK(has(told(before, tried), "other registry_stale: 72 h -> 0.5 h @ small.toml:14"));
    CHECK(has(told(small_policy(), tried),
              "other registry_stale:  -> 0.5 h (simulated) @ small.toml:14"));
    CHECK(has(told(before, small_policy()), "looser registry_stale: 72 h -> "));
}

TEST_CASE("an exception that is tried out lets nothing pass", "[policy][diff][simulate]") {
    const auto exception = [](const std::string& more) {
        return small_policy(
            "[[exception]]\nid = \"x\"\nsenders = [\"a@agency.example\"]\nrecipients = "
            "[\"*@b.example\"]\ncategories = [\"medical\"]\nexpires = 2099-01-01\nreason = "
            "\"r\"\n" +
            more);
    };
    const auto tried = exception("mode = \"simulate\"\n");
    CHECK(
        told(exception(""), tried) ==
        std::vector<std::string>{"stricter exception x mode: enforce -> simulate @ small.toml:13"});
    CHECK(told(tried, exception("")) ==
          std::vector<std::string>{"looser exception x mode: simulate -> enforce @ small.toml:13"});
    CHECK(told(small_policy(), tried) ==
          std::vector<std::string>{
              "other exception x:  -> until 2099-01-01 (simulated) @ small.toml:13"});
    CHECK(told(tried, small_policy()) ==
          std::vector<std::string>{"other exception x: until 2099-01-01 (simulated) -> "});
    const auto wider = told(exception(""), replaced(tried, "*@b.example", "*@*.example"));
    CHECK(has(wider, "other exception x recipient:  -> *@*.example"));
}

TEST_CASE("what is sensitive is compared, as held mail goes by it", "[policy][diff]") {
    const auto small = small_policy();
    CHECK(told(small, replaced(small, "[\"uitkering\"]", "[\"uitkering\"]\nsensitive = true")) ==
          std::vector<std::string>{"other benefit sensitive: false -> true"});
}

TEST_CASE("a run guard that is tried out is no stricter by its numbers", "[policy][diff]") {
    const auto guard = [](const std::string& more) {
        return small_policy("[run_guard]\nmode = \"simulate\"\n" + more);
    };
    CHECK(has(told(guard(""), guard("letters = 4\n")),
              "other run_guard.letters: 5 -> 4 @ small.toml:13"));
}
