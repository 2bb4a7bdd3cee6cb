// postwacht policy explain: why an addressee may, or may not, be told something about a person.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/date.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "mail/address.hpp"
#include "match/vocabulary.hpp"
#include "policy/explain.hpp"
#include "programs/choose_policy.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/subcommand.hpp"
#include "registry/index.hpp"

namespace postwacht::programs {
namespace {

struct ExplainOptions {
    std::string config;
    std::string subject;
    std::string recipient;
    std::string sender;
    std::string category;
    std::string at;
    std::string period;
    bool json = false;
};

Result<std::optional<Date>> date_option(const std::string& name, const std::string& text) {
    if (text.empty()) return std::optional<Date>();
    if (const auto date = parse_iso_date(text)) return std::optional<Date>(*date);
    return usage_error(format("{} is not a date: {}", name, text::printable(text)),
                       "write it as in 2026-03-12");
}

Result<std::shared_ptr<const registry::Subject>> find_subject(const registry::Index& index,
                                                              const std::string& id) {
    POSTWACHT_TRY(numbers, index.subjects_with_id(id));
    if (!numbers.empty()) return index.subject(numbers.front());
    return Error{ErrorCode::not_found, "",
                 format("the registry has no subject '{}'", text::printable(id)),
                 "'postwacht registry lookup' finds the id of a subject"};
}

Result<std::vector<std::uint32_t>> category_number(const policy::Policy& policy,
                                                   const std::string& name) {
    const auto& names = policy.vocabulary().category_names();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return std::vector{static_cast<std::uint32_t>(found - names.begin())};
    if (name == "personal_data") return std::vector<std::uint32_t>();
    std::vector<std::string_view> known(names.begin(), names.end());
    known.emplace_back("personal_data");
    const auto near = text::nearest(name, known);
    return usage_error(
        format("the policy has no category '{}'", text::printable(name)),
        near.empty() ? "'postwacht policy show' lists them" : format("did you mean '{}'?", near));
}

Result<policy::Facts> gather(const ExplainOptions& options, const policy::Policy& policy,
                             const registry::Index& index) {
    policy::Facts facts;
    POSTWACHT_TRY(today, date_option("--at", options.at));
    facts.today = today ? *today : local_date(system_clock().now());
    facts.sender.null = true;  // in scope of any policy
    if (!options.sender.empty()) {
        facts.sender = mail::parse_path(options.sender);
        if (facts.sender.invalid || facts.sender.null)
            return usage_error("--mail-from is not an e-mail address",
                               "write it as in user@domain.example");
    }
    facts.registry.available = true;
    facts.registry.as_of = index.stats().source_as_of;

    match::SubjectFinding finding;
    POSTWACHT_TRY(subject, find_subject(index, options.subject));
    POSTWACHT_TRY(categories, category_number(policy, options.category));
    POSTWACHT_TRY(period, date_option("--period", options.period));
    finding.subject = subject;
    finding.categories = std::move(categories);
    finding.confidence = match::Confidence::high;
    finding.period = period;
    facts.subjects.push_back(std::move(finding));

    policy::RecipientFacts recipient;
    recipient.address = mail::parse_path(options.recipient);
    if (recipient.address.invalid || recipient.address.null)
        return usage_error("--rcpt is not an e-mail address", "write it as in user@domain.example");
    const bool by_address_only = policy.identifies_nobody(recipient.address.domain);
    POSTWACHT_TRY(addressee, registry::resolve(index, recipient.address.key(), by_address_only));
    recipient.ties.push_back(registry::ties(*subject, addressee));
    recipient.key = std::move(addressee.address);
    facts.recipients.push_back(std::move(recipient));
    return facts;
}

std::string to_json(const policy::Policy& policy, const policy::Explanation& explanation) {
    json::Writer writer;
    writer.begin_object().field("schema", "postwacht.policy-explain/1");
    writer.field("policy", policy.id()).field("mode", to_string(policy.mode()));
    writer.key("steps").begin_array();
    for (const policy::Step& step : explanation.steps) {
        writer.begin_object().field("text", step.text);
        if (!step.place.empty()) writer.field("place", step.place);
        writer.end_object();
    }
    writer.end_array().field("action", policy::to_string(explanation.verdict.action));
    writer.key("reasons").begin_array();
    for (const policy::Reason& reason : explanation.verdict.reasons) {
        writer.begin_object().field("rule", reason.rule);
        writer.field("action", policy::to_string(reason.action));
        writer.field("text", policy::describe(reason)).field("place", reason.place).end_object();
    }
    writer.end_array().end_object();
    return writer.take() + '\n';
}

std::string to_text(const policy::Policy& policy, const policy::Explanation& explanation) {
    std::string out = policy.id() + '\n';
    for (const policy::Step& step : explanation.steps)
        out += format("  {}{}\n", text::printable(step.text),
                      step.place.empty() ? "" : format("  ({})", step.place));
    out += format("{}{}\n", policy::to_string(explanation.verdict.action),
                  policy.mode() == policy::Mode::simulate &&
                          explanation.verdict.action >= policy::Action::quarantine
                      ? " (mode simulate: the letter is delivered all the same)"
                      : "");
    for (const policy::Reason& reason : explanation.verdict.reasons)
        out += format("  {}: {}  ({})\n", policy::to_string(reason.action),
                      policy::describe(reason), reason.place);
    return out;
}

Result<int> run_explain(const ExplainOptions& options) {
    if (options.subject.empty()) return missing_option("--subject", "give the subject's id");
    if (options.recipient.empty()) return missing_option("--rcpt", "give the addressee's address");
    if (options.category.empty())
        return missing_option("--category", "'postwacht policy show' lists the categories");
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(policy, load_policy(config));
    POSTWACHT_TRY(registry, make_registry(config));
    POSTWACHT_TRY(index, registry->current());
    POSTWACHT_TRY(facts, gather(options, *policy, *index));
    const auto explanation = policy::explain(*policy, facts);
    POSTWACHT_CHECK(
        print(options.json ? to_json(*policy, explanation) : to_text(*policy, explanation)));
    return exit_success;
}

}  // namespace

void add_policy_explain(Subcommand group, Run& chosen) {
    auto options = std::make_shared<ExplainOptions>();
    const auto explain = group.command("explain", "Walk from what is known to what is decided",
                                       options, &run_explain, chosen);
    explain.config(options->config);
    explain.json(options->json);
    explain.option("--subject", options->subject, "The person: a subject's id", "ID");
    explain.option("--rcpt", options->recipient, "The addressee", "ADDRESS");
    explain.option("--mail-from", options->sender,
                   "The sender, for exceptions (default: any that the policy judges)", "ADDRESS");
    explain.option("--category", options->category, "The kind of data", "CATEGORY");
    explain.option("--at", options->at, "The day of sending (default: today)", "DATE");
    explain.option("--period", options->period, "The day on which the case began", "DATE");
}

}  // namespace postwacht::programs
