// A rule that is tried out: told in the verdict, deciding nothing.
#include "policy/verdict.hpp"

#include "policy/matrix.hpp"
#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)

namespace {

policy::RecipientVerdict judged(const Policy& policy, Letter letter) {
    return policy.judge(letter.facts).recipients[0];
}

Letter about(std::vector<std::uint32_t> categories, std::vector<registry::Tie> ties) {
    Letter letter;
    letter.about("S-1", std::move(categories)).to("<x@y.example>", {std::move(ties)});
    return letter;
}

std::vector<std::string> simulated(const policy::RecipientVerdict& verdict) {
    std::vector<std::string> rules;
    for (const auto& reason : verdict.reasons)
        if (reason.simulated) rules.push_back(reason.rule + " " + to_string(reason.action));
    return rules;
}

using Rules = std::vector<std::string>;

}  // namespace

TEST_CASE("a cell that is simulated decides nothing and says what it would do", "[simulate]") {
    const auto policy = load(replaced(small_policy(), "employer = \"tag\"",
                                      "employer = { action = \"reject\", mode = \"simulate\" }"));
    const auto got = judged(*policy, about({}, {related("employer")}));
    CHECK(got.action == Action::accept);
    CHECK(simulated(got) == Rules{"disclosure reject"});
    CHECK(got.reasons[0].place == "small.toml:12");
    CHECK_THAT(policy::describe(got.reasons[0]), Catch::EndsWith("(simulated: would reject)"));
    // The other cells decide as ever.
    CHECK(judged(*policy, about({}, {})).action == Action::quarantine);
    CHECK(simulated(judged(*policy, about({}, {}))).empty());
    const auto verdict = policy->judge(about({}, {related("employer")}).facts);
    CHECK(verdict.action == Action::accept);
    CHECK(verdict.rule_ids().empty());
    CHECK_THAT(verdict.to_json(false), Catch::Contains(R"("action":"reject","simulated":true)"));
}

TEST_CASE("where something else decides, what is simulated is told behind it", "[simulate]") {
    const auto policy = load(replaced(small_policy(), "employer = \"tag\"",
                                      "employer = { action = \"reject\", mode = \"simulate\" }"));
    Letter letter;
    letter.about("S-1", {}).about("S-2", {});
    letter.to("<x@y.example>", {{related("employer")}, {}});
    const auto got = judged(*policy, letter);
    CHECK(got.action == Action::quarantine);
    REQUIRE(got.reasons.size() == 2);
    CHECK_FALSE(got.reasons[0].simulated);
    CHECK(got.reasons[1].simulated);
    CHECK(policy->judge(letter.facts).rule_ids() == "disclosure");
}

TEST_CASE("of two things an addressee is, one that is enforced stands before one that is simulated",
          "[simulate]") {
    const auto policy = load(replaced(
        small_policy(), "benefit = { self = \"accept\", employer = \"accept\"",
        "benefit = { self = \"accept\", "
        "employer = { action = \"quarantine\", mode = \"simulate\" }, insurer = \"quarantine\""));
    CHECK(judged(*policy, about({benefit}, {related("employer")})).action == Action::accept);
    const auto both = judged(*policy, about({benefit}, {related("employer"), related("insurer")}));
    CHECK(both.action == Action::quarantine);
    const auto own = judged(*policy, about({benefit}, {related("employer"), self()}));
    CHECK(own.action == Action::accept);
    CHECK(simulated(own).empty());
}

TEST_CASE("a row that is simulated says what it would do with everybody", "[simulate]") {
    const auto text =
        replaced(small_policy(), "medical = { self", "medical = { mode = \"simulate\", self");
    const auto policy = load(text);
    const auto got = judged(*policy, about({medical}, {}));
    CHECK(got.action == Action::accept);
    CHECK(simulated(got) == Rules{"disclosure reject"});
    CHECK(judged(*policy, about({benefit}, {})).action == Action::quarantine);
    CHECK(simulated(judged(*policy, about({medical}, {self()}))).empty());
    // By omission nobody gets anything.
    const auto error = refused(
        replaced(text, "internal = \"accept\", \"*\" = \"reject\"", "internal = \"accept\""));
    CHECK(error.where == "small.toml:11:13");
    CHECK_THAT(error.detail, Catch::Contains("whomever it does not name"));
}

TEST_CASE("limits, unread parts, hidden content and exceptions are simulated each for itself",
          "[simulate]") {
    const auto policy = load(small_policy(R"([limits]
subjects = { employer = 1, action = "reject", mode = "simulate" }
visible_recipients = { max = 0, action = "quarantine", mode = "simulate" }
[incomplete]
encrypted = { action = "quarantine", mode = "simulate" }
damaged = "tag"
registry_stale = { older_than = "72h", action = "tempfail", mode = "simulate" }
[hidden_content]
action = "quarantine"
mode = "simulate"
[consistency]
action = "reject"
mode = "simulate"
[[exception]]
id = "trial"
mode = "simulate"
senders = ["*@agency.example"]
recipients = ["*@partner.example"]
categories = ["*"]
expires = 2099-01-01
owner = "privacy officer"
reason = "to see what it would let pass"
)"));
    Letter letter;
    letter.about("S-1", {benefit}).about("S-2", {benefit});
    letter.facts.subjects[0].evidence[0].hidden = true;
    letter.facts.subjects[0].contradictions = {{match::NamedAt::file_number, 0, "file name"}};
    letter.facts.incomplete.push_back({"2", "x.zip", extract::Why::encrypted});
    letter.facts.visible.push_back(mail::parse_path("<a@b.example>"));
    letter.facts.registry.age = std::chrono::hours(100);
    letter.to("<x@y.example>", {{related("employer")}, {related("employer")}});
    const auto got = judged(*policy, letter);
    CHECK(got.action == Action::accept);
    CHECK(simulated(got) == Rules{"registry_stale tempfail", "consistency reject",
                                  "limits.subjects reject", "hidden_content quarantine",
                                  "incomplete quarantine", "limits.visible_recipients quarantine"});
    letter.facts.incomplete.push_back({"3", "y.pdf", extract::Why::damaged});
    CHECK(judged(*policy, letter).action == Action::tag);

    Letter to_partner;
    to_partner.about("S-1", {medical}).to("<x@partner.example>", {{}});
    const auto held = judged(*policy, to_partner);
    CHECK(held.action == Action::reject);
    CHECK(simulated(held) == Rules{"exception:trial accept"});
}

TEST_CASE("a whole table of unread parts may be simulated", "[simulate]") {
    const auto policy = load(small_policy("[incomplete]\nmode = \"simulate\"\n"));
    Letter letter;
    letter.to("<x@y.example>");
    letter.facts.incomplete.push_back({"2", "x.zip", extract::Why::over_budget});
    CHECK(judged(*policy, letter).action == Action::accept);
    letter.facts.registry.available = false;
    CHECK(judged(*policy, letter).action == Action::tempfail);
}

TEST_CASE("what cannot be simulated is refused with its place", "[simulate]") {
    const auto cell = [](const std::string& written) {
        return refused(replaced(small_policy(), "employer = \"tag\"", "employer = " + written));
    };
    CHECK(cell("{ action = \"accept\", mode = \"simulate\" }").where == "small.toml:12:68");
    CHECK(cell("{ mode = \"simulate\" }").where == "small.toml:12:47");
    CHECK(cell("{ action = 3 }").where == "small.toml:12:49");
    CHECK(cell("{ action = \"tag\", mode = \"try\" }").where == "small.toml:12:72");
    CHECK(cell("{ action = \"tag\", mood = \"simulate\" }").where == "small.toml:12:65");
    CHECK(cell("[\"tag\"]").where == "small.toml:12:47");
    CHECK(refused(small_policy("[incomplete]\nregistry_unavailable = { action = \"quarantine\", "
                               "mode = \"simulate\" }"))
              .where == "small.toml:14:1");
    CHECK(refused(small_policy("[hidden_content]\nmode = \"off\"")).where == "small.toml:14:8");
}

TEST_CASE("the matrix as written shows what is simulated", "[simulate][matrix]") {
    const auto policy = load(replaced(small_policy(), "employer = \"tag\"",
                                      "employer = { action = \"tag\", mode = \"simulate\" }"));
    const auto rows = policy::written_matrix(*policy);
    REQUIRE(rows.size() == 3);
    CHECK(rows[2].category == "personal_data");
    REQUIRE(rows[2].cells.size() == 3);
    CHECK(rows[2].cells[1].word == "employer");
    CHECK(rows[2].cells[1].simulated);
    CHECK(rows[2].cells[1].action == Action::tag);
    CHECK(rows[2].cells[1].place == "small.toml:12");
    CHECK(rows[2].cells[2].word == "*");
    CHECK_FALSE(rows[2].cells[2].simulated);
    CHECK(rows[1].cells.back().action == Action::reject);
}
