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
