#include "policy/explain.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)
using policy::explain;

namespace {

// The steps as lines, then the action.
std::vector<std::string> story(const std::string& policy_text, const Letter& letter) {
    const auto policy = load(policy_text);
    const auto explanation = explain(*policy, letter.facts);
    std::vector<std::string> lines;
    for (const auto& step : explanation.steps)
        lines.push_back(step.text + (step.place.empty() ? "" : " @ " + step.place));
    lines.emplace_back(policy::to_string(explanation.verdict.action));
    return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("an explanation goes from the tie to the cell", "[policy][explain]") {
    Letter letter;
    letter.about("S-1", {benefit})
        .to("<hr@jansen.example>", {{related("employer", date(2020, 1, 1), date(2025, 12, 31))}});
    CHECK(story(small_policy(), letter) ==
          Lines{"the addressee is in none of own_domains: outside",
                "the addressee is employer from 2020-01-01 until 2025-12-31",
                "benefit: what counts is what the addressee is today",
                "on 2026-03-12 former_employer: quarantine @ small.toml:10", "quarantine"});
}

TEST_CASE("both dates are told where both count", "[policy][explain]") {
    const auto both = replaced(small_policy(), "terms = [\"uitkering\"]",
                               "as_of = \"both\"\nterms = [\"uitkering\"]");
    Letter letter;
    letter.about("S-1", {benefit}, date(2025, 6, 1))
        .to("<hr@jansen.example>", {{related("employer", {}, date(2025, 12, 31))}});
    CHECK(story(both, letter) ==
          Lines{"the addressee is in none of own_domains: outside",
                "the addressee is employer until 2025-12-31",
                "benefit: it must be allowed on the date on which the case began and today",
                "on 2025-06-01 employer: accept @ small.toml:11",
                "on 2026-03-12 former_employer: quarantine @ small.toml:11", "quarantine"});
    letter.facts.subjects.front().period.reset();
    CHECK(story(both, letter)[3] == "no such date is given: today stands for it");
}

TEST_CASE("strangers, colleagues and the person are told apart", "[policy][explain]") {
    Letter stranger;
    stranger.about("S-1", {}).to("<x@elders.example>", {{}});
    CHECK(story(small_policy(), stranger) ==
          Lines{"the addressee is in none of own_domains: outside",
                "the registry knows nothing that the addressee is to the subject",
                "personal_data: what counts is what the addressee is today",
                "unrelated: quarantine @ small.toml:12", "quarantine"});
    Letter colleague;
    colleague.about("S-1", {medical}).to("<x@agency.example>", {{}});
    CHECK(story(small_policy(), colleague) ==
          Lines{"the addressee is in own_domains: internal",
                "the registry knows nothing that the addressee is to the subject",
                "medical: what counts is what the addressee is today",
                "internal: accept @ small.toml:11", "accept"});
    Letter person;
    person.about("S-1", {medical}).to("<x@post.example>", {{self()}});
    CHECK(story(small_policy(), person)[3] == "self: accept @ small.toml:11");
    Letter other;
    other.about("S-1", {medical}).to("<x@post.example>", {{other_subject()}});
    CHECK(story(small_policy(), other)[3] == "other_subject: reject @ small.toml:11");
}

TEST_CASE("exceptions for the addressee are walked", "[policy][explain][exception]") {
    const auto with = [](const std::string& more) {
        return small_policy(
            "[[exception]]\nid = \"x\"\nsenders = [\"a@agency.example\", \"b*@agency.example\"]\n"
            "recipients = [\"*@jansen.example\"]\ncategories = [\"medical\"]\n"
            "expires = 2027-01-01\nreason = \"r\"\n" +
            more);
    };
    Letter letter;
    letter.about("S-1", {medical}).to("<hr@jansen.example>", {{}});
    const auto end = [&](const std::string& text) {
        const auto lines = story(text, letter);
        return Lines(lines.end() - 2, lines.end());
    };
    letter.facts.sender = {};
    letter.facts.sender.null = true;
    CHECK(end(with("")) ==
          Lines{"exception 'x' lets it pass from senders a@agency.example, b*@agency.example @ "
                "small.toml:13",
                "reject"});
    letter.facts.sender = mail::parse_path("<bo@agency.example>");
    CHECK(end(with("")) ==
          Lines{"exception 'x' lets it pass until 2027-01-01 @ small.toml:13", "accept"});
    CHECK(end(with("mode = \"simulate\"\n")) ==
          Lines{"exception 'x' lets it pass until 2027-01-01 (simulated: it decides nothing) @ "
                "small.toml:13",
                "reject"});
    letter.facts.sender = mail::parse_path("<c@agency.example>");
    CHECK(end(with("")) == Lines{"exception 'x' is for other senders: a@agency.example, "
                                 "b*@agency.example @ small.toml:13",
                                 "reject"});
    letter.facts.today = date(2027, 1, 1);
    CHECK(end(with("")) == Lines{"exception 'x' ended on 2027-01-01 @ small.toml:13", "reject"});
    const Lines none{"no exception is for this addressee and this kind of data", "reject"};
    CHECK(end(replaced(with(""), "*@jansen.example", "*@j.example")) == none);
    CHECK(end(replaced(with(""), "[\"medical\"]", "[\"benefit\"]")) == none);
}
