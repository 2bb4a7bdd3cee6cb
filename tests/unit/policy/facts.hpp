// Facts and policies for the tests of this room.
#pragma once

#include <catch2/catch.hpp>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/policy.hpp"

namespace policy_test {

using namespace postwacht;  // NOLINT(google-build-using-namespace): tests read better so
using policy::Action;
using policy::Facts;
using policy::Policy;

inline Date date(int y, unsigned m, unsigned d) {
    return Date{std::chrono::year(y), std::chrono::month(m), std::chrono::day(d)};
}

// The least that a policy needs, and two categories; `more` is appended.
inline std::string small_policy(std::string_view more = {}) {
    return R"([policy]
name = "small"
[scope]
own_domains = ["agency.example"]
[categories.benefit]
terms = ["uitkering"]
[categories.medical]
terms = ["diagnose"]
[disclosure]
benefit = { self = "accept", employer = "accept", internal = "accept", "*" = "quarantine" }
medical = { self = "accept", internal = "accept", "*" = "reject" }
personal_data = { self = "accept", employer = "tag", "*" = "quarantine" }
)" + std::string(more);
}

inline std::shared_ptr<const Policy> load(std::string_view text) {
    auto policy = Policy::parse(text, "dir/small.toml");
    if (!policy) FAIL(policy.error().message());
    return *policy;
}

inline Error refused(std::string_view text) {
    auto policy = Policy::parse(text, "small.toml");
    if (policy) FAIL("the policy was not refused");
    return policy.error();
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    if (at == std::string::npos) FAIL("not in the text: " + std::string(from));
    return text.replace(at, from.size(), to);
}

inline registry::Tie self() {
    return {registry::Tie::Kind::self, {}, {}, {}};
}
inline registry::Tie other_subject() {
    return {registry::Tie::Kind::other_subject, {}, {}, {}};
}
inline registry::Tie related(std::string relation, std::optional<Date> from = {},
                             std::optional<Date> to = {}) {
    return {registry::Tie::Kind::relation, std::move(relation), from, to};
}

// Facts about one letter of an own sender, with a registry at hand.
class Letter {
  public:
    Letter() {
        facts.sender = mail::parse_path("<letters@agency.example>");
        facts.registry.available = true;
        facts.today = date(2026, 3, 12);
    }

    Letter& about(const std::string& id, std::vector<std::uint32_t> categories,
                  std::optional<Date> period = {},
                  match::Confidence confidence = match::Confidence::high) {
        auto subject = std::make_shared<registry::Subject>();
        subject->id = id;
        match::SubjectFinding finding;
        finding.subject = std::move(subject);
        finding.confidence = confidence;
        finding.categories = std::move(categories);
        finding.period = period;
        finding.evidence.push_back({0, "text, line 3", match::EvidenceKind::bsn, false, false});
        facts.subjects.push_back(std::move(finding));
        return *this;
    }

    // `ties` are those to each subject, in the order of about().
    Letter& to(std::string_view address, std::vector<std::vector<registry::Tie>> ties = {}) {
        facts.recipients.push_back({mail::parse_path(address), std::move(ties)});
        return *this;
    }

    Facts facts;
};

inline constexpr std::uint32_t benefit = 0;
inline constexpr std::uint32_t medical = 1;

}  // namespace policy_test
