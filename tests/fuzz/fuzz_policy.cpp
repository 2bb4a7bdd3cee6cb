// Fuzz target: a policy file, and what it makes of a letter; then the same bytes read as cases.
//
// Whatever loads must be total: every recipient gets an action, and a reason wherever it is not
// accepted.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/cases.hpp"
#include "policy/policy.hpp"

namespace {

using namespace postwacht;  // NOLINT(google-build-using-namespace)

// A letter about two people to addressees of every kind.
policy::Facts letter() {
    using registry::Tie;
    const auto on = [](int y) {
        return Date{std::chrono::year(y), std::chrono::month(3), std::chrono::day(12)};
    };
    policy::Facts facts;
    facts.sender = mail::parse_path("<>");
    facts.registry.available = true;
    facts.registry.age = std::chrono::hours(50);
    facts.today = on(2026);
    facts.incomplete = {{"2", "x.zip", extract::Why::encrypted}};
    facts.visible = mail::parse_address_list("a@x.example, b@x.example");
    const std::vector<Tie> ties{{Tie::Kind::self, {}, {}, {}},
                                {Tie::Kind::relation, "employer", on(2020), on(2025)},
                                {Tie::Kind::relation, "employer", on(2027), {}},
                                {Tie::Kind::other_subject, {}, {}, {}}};
    for (const char* id : {"S-1", "S-2"}) {
        auto subject = std::make_shared<registry::Subject>();
        subject->id = id;
        match::SubjectFinding finding;
        finding.subject = subject;
        finding.confidence = match::Confidence::high;
        finding.categories = {0, 1};
        finding.period = on(2024);
        finding.evidence = {{0, "text", match::EvidenceKind::bsn, true, false}};
        facts.subjects.push_back(finding);
    }
    for (const Tie& tie : ties)
        facts.recipients.push_back({mail::parse_path("<a@x.example>"), {{tie}, {}}});
    facts.recipients.push_back({mail::parse_path("<b@agency.example>"), {}});
    return facts;
}

void judge(const policy::Policy& policy) {
    const auto facts = letter();
    const auto verdict = policy.judge(facts);
    if (verdict.recipients.size() != facts.recipients.size()) std::abort();
    for (const auto& recipient : verdict.recipients) {
        if (recipient.action > verdict.action) std::abort();
        if (recipient.action > policy.strongest_action()) std::abort();
        if (recipient.action != policy::Action::accept && recipient.reasons.empty()) std::abort();
    }
    if (verdict.to_json(true).empty() || verdict.rule_ids().empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Compiling words takes time in proportion to their number; longer inputs only fuzz slower.
    if (size > 16'384) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto loaded = policy::Policy::parse(text, "p.toml")) judge(**loaded);

    static const auto shipped =
        policy::Policy::parse(policy::shipped_policy("nl-social-security"), "shipped.toml");
    if (!shipped) std::abort();
    if (const auto results = policy::run_cases(**shipped, text, "p.cases"))
        if (results->empty()) std::abort();
    return 0;
}
