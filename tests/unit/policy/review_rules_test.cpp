// [review]: what a policy says about held mail, and what it may not say.
#include "policy/review_rules.hpp"

#include <algorithm>

#include "policy/diff.hpp"
#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)

namespace {

using postwacht::policy::Role;
using postwacht::policy::Roles;
using postwacht::policy::Severity;
using namespace std::chrono_literals;

std::string with_review(const std::string& lines) {
    return small_policy() + "\n[review]\n" + lines + "\n";
}

const postwacht::policy::ReviewRules& rules_of(
    const std::shared_ptr<const postwacht::policy::Policy>& policy) {
    return policy->review();
}

}  // namespace

TEST_CASE("a policy without [review] has rules for held mail too", "[review]") {
    const auto policy = load(small_policy());
    const auto& rules = rules_of(policy);
    CHECK(rules.level(Severity::medium).eyes == 1);
    CHECK(rules.level(Severity::high).eyes == 2);
    CHECK(rules.level(Severity::critical).release == Roles{Role::privacy_officer});
    CHECK_FALSE(rules.level(Severity::low).remove.has(Role::reviewer));
    CHECK(rules.auto_release.empty());
    CHECK(rules.follow_duplicates);
    CHECK(rules.severity_of({"personal_data"}, 1) == Severity::medium);
    CHECK(rules.severity_of({"personal_data"}, 9) == Severity::medium);
    CHECK(rules.severity_of({"personal_data"}, 10) == Severity::high);
    CHECK(rules.severity_of({"personal_data"}, 100) == Severity::critical);
    CHECK(rules.severity_of({}, 0) == Severity::medium);
    CHECK(rules.may_open({"personal_data"}) == Roles{Role::reviewer, Role::privacy_officer});
}

TEST_CASE("severity goes by the worst of the kinds of data and by the number of people",
          "[review]") {
    const auto policy =
        load(with_review("severity = { personal_data = \"low\", \"*\" = \"high\" }\n"
                         "severity_by_count = { 3 = \"medium\", 5 = \"critical\" }"));
    const auto& rules = rules_of(policy);
    CHECK(rules.severity_of({"personal_data"}, 1) == Severity::low);
    CHECK(rules.severity_of({"personal_data", "benefit"}, 1) == Severity::high);
    CHECK(rules.severity_of({"personal_data"}, 3) == Severity::medium);
    CHECK(rules.severity_of({"personal_data"}, 5) == Severity::critical);
}

TEST_CASE("what is opened takes a role of each kind of data in it", "[review]") {
    const auto policy = load(with_review(
        "access = { benefit = [\"privacy_officer\"], personal_data = [\"reviewer\"] }"));
    const auto& rules = rules_of(policy);
    CHECK(rules.may_open({"benefit"}) == Roles{Role::privacy_officer});
    CHECK(rules.may_open({"benefit", "personal_data"}).empty());
}

TEST_CASE("a level says who, how many and by when", "[review]") {
    const auto policy = load(with_review(
        "auto_release = true\nreturn_at_once = [{ relation = \"former_employer\", ended_for = "
        "\"30d\" }]\n[review.low]\nrelease = [\"privacy_officer\"]\neyes = 3\n"
        "escalate_after = \"1h\"\nreturn_after = \"2h\""));
    const auto& rules = rules_of(policy);
    const auto& low = rules.level(Severity::low);
    CHECK(low.release == Roles{Role::privacy_officer});
    CHECK(low.eyes == 3);
    CHECK(low.escalate_after == 1h);
    CHECK(low.return_after == 2h);
    REQUIRE(rules.return_at_once.size() == 1);
    CHECK(rules.return_at_once[0].ended_for == 30 * 24h);
    CHECK(rules.covers(rules.auto_release, {"benefit"}));
    CHECK_FALSE(rules.covers(rules.auto_release, {}));
    CHECK_FALSE(rules.covers({"benefit"}, {"benefit", "personal_data"}));
}

TEST_CASE("what [review] may not say is refused with its line", "[review]") {
    const auto refuses = [](const std::string& lines, const std::string& what) {
        const auto error = refused(with_review(lines));
        const auto message = error.message();
        INFO(message);
        CHECK(message.starts_with("small.toml:"));
        CHECK(message.find(what) != std::string::npos);
    };
    refuses("severity = { nonsense = \"low\" }", "unknown category 'nonsense'");
    refuses("severity = { benefit = \"awful\" }", "'awful' is not a severity");
    refuses("severity_by_count = { many = \"low\" }", "number of people");
    refuses("severity_by_count = { 1 = \"high\", 5 = \"low\" }", "less severe");
    refuses("access = { benefit = [] }", "names no role");
    refuses("access = { benefit = [\"boss\"] }", "'boss' is not a role");
    refuses("auto_release = [\"nonsense\"]", "unknown category");
    refuses("return_at_once = [{ relation = \"self\" }]", "never plainly wrong");
    refuses("return_at_once = [{ relation = \"other_subject\", ended_for = \"1d\" }]",
            "has no end");
    refuses("[review.low]\nrelease = [\"auditor\"]", "decides nothing");
    refuses("[review.low]\neyes = 0", "eyes");
    refuses("[review.low]\nescalate_after = \"9d\"\nreturn_after = \"1d\"", "behind");
    refuses("[review.low]\nreturn_after = \"1s\"", "leaves nobody the time");
    refuses("[review.lowest]\neyes = 1", "unknown key 'lowest'");
}

TEST_CASE("a diff tells what changed about held mail", "[review]") {
    const auto before = load(small_policy());
    const auto after = load(with_review("auto_release = true\n[review.high]\neyes = 1"));
    const auto changes = postwacht::policy::diff(*before, *after);
    const auto has = [&](const std::string& what, postwacht::policy::Effect effect) {
        return std::any_of(changes.begin(), changes.end(), [&](const auto& change) {
            return change.what == what && change.effect == effect;
        });
    };
    CHECK(has("review.auto_release", postwacht::policy::Effect::looser));
    CHECK(has("review.high.eyes", postwacht::policy::Effect::looser));
    CHECK(changes.size() == 2);
    CHECK(postwacht::policy::diff(*after, *after).empty());
}
