// judge_facts [POLICY]: how many letters' facts a policy judges in a second, on one core.
//
// Facts of four kinds in turn: to the person, to the employer, to a former employer (held), and of
// a letter that names nobody. Prints figures; asserts nothing.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "policy/policy.hpp"

using namespace postwacht;

namespace {

policy::Facts facts_of(std::vector<registry::Tie> ties, const char* address, bool names_somebody) {
    policy::Facts facts;
    facts.sender = mail::parse_path("<letters@uwv.example>");
    facts.registry.available = true;
    facts.today = Date{std::chrono::year(2026), std::chrono::month(3), std::chrono::day(12)};
    facts.recipients.push_back({mail::parse_path(address), {}});
    if (!names_somebody) return facts;
    auto subject = std::make_shared<registry::Subject>();
    subject->id = "S-1042";
    match::SubjectFinding finding;
    finding.subject = std::move(subject);
    finding.confidence = match::Confidence::high;
    finding.categories = {0};
    for (const auto kind : {match::EvidenceKind::bsn, match::EvidenceKind::keyword,
                            match::EvidenceKind::name, match::EvidenceKind::birth_date})
        finding.evidence.push_back({0, "text, line 3", kind, false, false});
    facts.subjects.push_back(std::move(finding));
    facts.recipients.front().ties.push_back(std::move(ties));
    return facts;
}

}  // namespace

int main(int argc, char** argv) {
    const auto policy =
        argc > 1 ? policy::Policy::load(argv[1])
                 : policy::Policy::parse(policy::shipped_policy("nl-social-security"), "shipped");
    if (!policy) {
        std::fprintf(stderr, "judge_facts: %s\n", policy.error().message().c_str());
        return EXIT_FAILURE;
    }
    using registry::Tie;
    const Date ended{std::chrono::year(2025), std::chrono::month(12), std::chrono::day(31)};
    const std::vector<policy::Facts> letters = {
        facts_of({Tie{Tie::Kind::self, {}, {}, {}}}, "<x@post.example>", true),
        facts_of({Tie{Tie::Kind::relation, "employer", {}, {}}}, "<hr@a.example>", true),
        facts_of({Tie{Tie::Kind::relation, "employer", {}, ended}}, "<hr@b.example>", true),
        facts_of({}, "<reader@c.example>", false)};
    constexpr int count = 2'000'000;
    std::size_t held = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
        const auto verdict = (*policy)->judge(letters[static_cast<std::size_t>(i) % 4]);
        held += verdict.action >= policy::Action::quarantine ? 1 : 0;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("%.2f million a second, %.0f ns each; %.0f %% held\n", count / took.count() / 1e6,
                took.count() / count * 1e9, 100.0 * static_cast<double>(held) / count);
    return EXIT_SUCCESS;
}
