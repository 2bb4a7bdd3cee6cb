#include "pipeline/pipeline.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "match/display_name.hpp"
#include "match/match.hpp"
#include "policy/record.hpp"
#include "quarantine/mta_queue.hpp"

namespace postwacht::pipeline {
namespace {

using policy::Action;

// What the registry contributes to the facts; `index` is null where it is unavailable.
struct RegistryView {
    std::shared_ptr<const registry::Index> index;
    policy::RegistryFacts facts;
};

RegistryView look_at_registry(const Guard& guard) {
    RegistryView view;
    auto current = guard.registry->current();
    if (!current) {
        log::error("PW_REGISTRY_UNAVAILABLE", current.error());
        return view;
    }
    view.index = std::move(*current);
    view.facts.available = true;
    view.facts.as_of = view.index->stats().source_as_of;
    view.facts.source = view.index->stats().source_digest;
    const auto age = guard.clock->now() - view.facts.as_of;
    view.facts.age =
        std::max(std::chrono::duration_cast<std::chrono::seconds>(age), std::chrono::seconds(0));
    return view;
}

// The registry failed in mid-message: the facts so far are worth nothing, so that none of them can
// look like "no subject found".
void forget_registry(policy::Facts& facts, const Error& error) {
    log::error("PW_REGISTRY_UNAVAILABLE", error);
    facts.registry = {};
    facts.subjects.clear();
    for (auto& recipient : facts.recipients) recipient.ties.clear();
}

// Whether the header calls an address by a name that is none of those it is registered for.
Result<bool> is_called_otherwise(const registry::Index& index, const registry::Addressee& addressee,
                                 const std::vector<mail::Address>& visible) {
    // Whom half a village shares is nobody's in particular.
    constexpr std::size_t most_owners = 4;
    if (addressee.own_address_of.empty() || addressee.own_address_of.size() > most_owners)
        return false;
    for (const auto& written : visible) {
        if (written.name.empty() || index.mailboxes().key(written.key()) != addressee.address)
            continue;
        for (const auto owner : addressee.own_address_of) {
            POSTWACHT_TRY(subject, index.subject(owner));
            if (match::may_be_called(*subject, written.name)) return false;
        }
        return true;
    }
    return false;
}

// The organisations that each recipient belongs to.
using Organisations = std::vector<std::vector<registry::OrganisationNumber>>;

// What each recipient is to each subject.
Result<void> relate(const Guard& guard, const registry::Index& index, policy::Facts& facts,
                    Organisations& organisations) {
    for (auto& recipient : facts.recipients) {
        const auto key = recipient.address.key();
        POSTWACHT_TRY(addressee,
                      registry::resolve(index, key,
                                        guard.policy->identifies_nobody(recipient.address.domain)));
        recipient.ties.reserve(facts.subjects.size());
        for (const auto& finding : facts.subjects)
            recipient.ties.push_back(registry::ties(*finding.subject, addressee));
        POSTWACHT_TRY(called_otherwise, is_called_otherwise(index, addressee, facts.visible));
        recipient.name_disagrees = called_otherwise;
        recipient.key = std::move(addressee.address);
        organisations.push_back(std::move(addressee.organisations));
    }
    return {};
}

Result<void> find_subjects(const Guard& guard, const registry::Index& index,
                           const extract::Reading& reading, Budget& budget, policy::Facts& facts,
                           Organisations& organisations) {
    POSTWACHT_TRY(findings, match::match(reading, index, guard.policy->vocabulary(), budget));
    facts.subjects = std::move(findings.subjects);
    facts.unregistered = findings.unregistered;
    return relate(guard, index, facts, organisations);
}

void note_over_budget(std::vector<extract::Incomplete>& incomplete) {
    const auto is_over = [](const extract::Incomplete& item) {
        return item.why == extract::Why::over_budget;
    };
    if (std::none_of(incomplete.begin(), incomplete.end(), is_over))
        incomplete.push_back({"0", "", extract::Why::over_budget});
}

std::vector<mail::Address> addresses_in(const mail::Parsed& parsed,
                                        std::initializer_list<std::string_view> fields) {
    std::vector<mail::Address> addresses;
    for (const auto& part : parsed.parts) {
        if (part.kind != mail::PartKind::headers) continue;
        for (const auto& header : part.headers)
            for (const auto field : fields)
                if (text::ascii_iequals(header.name, field))
                    for (auto& address : mail::parse_address_list(header.text))
                        addresses.push_back(std::move(address));
        break;  // the fields of the message itself come first; those of nested ones do not count
    }
    return addresses;
}

// What the journal keeps of a message: pseudonyms, the verdict, what was answered.
std::string journal_entry(const journal::Journal& journal, const mail::Envelope& envelope,
                          const Outcome& outcome, std::string_view facts,
                          std::optional<Action> by_run) {
    static constexpr const char* answers[] = {"deliver", "discard", "reject", "tempfail",
                                              "quarantine"};
    json::Writer out;
    out.begin_object();
    out.field("queue_id", envelope.queue_id);
    out.field("answer", answers[static_cast<std::size_t>(outcome.answer)]);
    out.field("sender", journal.pseudonym(envelope.sender.key()));
    out.key("recipients").begin_array();
    for (const auto& recipient : envelope.recipients)
        out.value(journal.pseudonym(recipient.address.key()));
    out.end_array();
    if (!outcome.held_id.empty()) out.field("held", outcome.held_id);
    if (!outcome.run.empty()) out.field("run", outcome.run);
    if (by_run) out.field("run_guard", policy::to_string(*by_run));
    if (!facts.empty()) out.key("facts").raw(facts);
    out.key("verdict").raw(outcome.verdict.to_json(/*show_addresses=*/false));
    out.end_object();
    return out.take();
}

// Which recipients lose their copy, and what the MTA hears about the rest.
struct Plan {
    Outcome::Answer answer = Outcome::Answer::deliver;
    std::vector<std::size_t> hold;
    bool tag = false;
};

Plan make_plan(const policy::Verdict& verdict) {
    Plan plan;
    if (verdict.mode == policy::Mode::simulate) return plan;
    std::size_t rejected = 0;
    for (std::size_t i = 0; i < verdict.recipients.size(); ++i) {
        switch (verdict.recipients[i].action) {
            case Action::accept:
                break;
            case Action::tag:
                plan.tag = true;
                break;
            case Action::reject:
                ++rejected;
                [[fallthrough]];
            case Action::quarantine:
                plan.hold.push_back(i);
                break;
            case Action::tempfail:
                // One recipient that must wait makes all wait: SMTP has one answer at this point,
                // and delivering to the others now would deliver twice after the retry.
                return Plan{Outcome::Answer::tempfail, {}, false};
        }
    }
    // A refusal is for the whole message or it cannot be said; where only some recipients are
    // refused, theirs are held instead.
    if (rejected > 0 && rejected == verdict.recipients.size())
        return Plan{Outcome::Answer::reject, {}, false};
    if (!plan.hold.empty() && plan.hold.size() == verdict.recipients.size())
        plan.answer = Outcome::Answer::discard;
    return plan;
}

// The reason a reviewer sees in a listing: the first of the first held recipient.
std::string headline(const policy::Verdict& verdict, const std::vector<std::size_t>& held) {
    for (const auto i : held)
        if (!verdict.recipients[i].reasons.empty())
            return policy::describe(verdict.recipients[i].reasons.front());
    return {};
}

Result<std::string> hold(const Guard& guard, const mail::Envelope& envelope,
                         std::string_view message, const policy::Verdict& verdict,
                         const std::vector<std::size_t>& recipients,
                         std::optional<quarantine::MtaKind> mta) {
    const auto verdict_json = verdict.to_json(/*show_addresses=*/false);
    const auto rules = verdict.rule_ids();
    const auto reason = headline(verdict, recipients);
    quarantine::NewItem item;
    item.queue_id = envelope.queue_id;
    item.envelope = &envelope;
    item.recipients = recipients;
    item.message = message;
    item.verdict_json = verdict_json;
    item.rules = rules;
    item.reason = reason;
    item.subject_count = verdict.subject_count;
    item.mta = mta;
    return guard.store->hold(item);
}

policy::Pseudonyms pseudonyms_of(const journal::Journal& journal) {
    return {[&journal](std::string_view id) { return journal.subject_pseudonym(id); },
            [&journal](std::string_view address) { return journal.pseudonym(address); },
            [&journal](std::string_view domain) { return journal.domain_pseudonym(domain); }};
}

// Marks a held item as one that the MTA still has, since it was not answered. A reviewer who was
// faster keeps it: a message that arrives twice is better than one that never does.
Result<void> mark_not_accepted(const Guard& guard, std::string_view item, bool at_mta,
                               std::string outcome) {
    quarantine::Store::Change change;
    change.from = {quarantine::State::held, quarantine::State::reviewing};
    change.to = quarantine::State::not_accepted;
    change.outcome = std::move(outcome);
    if (at_mta) change.mta_copy = quarantine::MtaCopy::gone;
    POSTWACHT_CHECK(guard.store->change(item, change));
    json::Writer entry;
    entry.begin_object()
        .field("item", item)
        .field("state", quarantine::to_string(change.to))
        .field("outcome", change.outcome)
        .end_object();
    return guard.journal->append("mta", entry.text());
}

// What is not in the journal was not held. The MTA hears "try again later" and has the message; a
// copy left here with each try would be sent on with it. The state comes first: a crash after it
// leaves a sealed file that nobody sends on.
void take_back(const Guard& guard, const Outcome& outcome) {
    const auto marked = mark_not_accepted(
        guard, outcome.held_id, outcome.answer == Outcome::Answer::quarantine,
        "the journal took no entry of it, and the MTA was told to try again later");
    // That it is not in the journal either is why it is taken back.
    if (!marked && marked.error().code != ErrorCode::disk_full)
        log::warning("PW_QUARANTINE_LEFTOVER", marked.error().message());
    // Of one that a reviewer was faster with this is refused.
    if (const auto gone = guard.store->discard_content(outcome.held_id); !gone)
        log::warning("PW_QUARANTINE_LEFTOVER", gone.error().message());
}

// The word of the matrix for somebody of whom no kind of data was recognised.
constexpr const char* no_category = "personal_data";

void note_subjects(const Guard& guard, const policy::Facts& facts, Judgement& judgement) {
    const auto& names = guard.policy->vocabulary().category_names();
    auto& categories = judgement.categories;
    for (const auto& finding : facts.subjects) {
        judgement.subjects.push_back(finding.subject);
        if (finding.categories.empty()) categories.emplace_back(no_category);
        for (const auto category : finding.categories)
            if (category < names.size()) categories.push_back(names[category]);
    }
    std::sort(categories.begin(), categories.end());
    categories.erase(std::unique(categories.begin(), categories.end()), categories.end());
}

// What is noted of a letter beside its verdict. Empty of one that is not judged at all.
struct Notes {
    policy::Facts facts;
    std::string recorded;             // the facts as the journal keeps them
    std::optional<RunLetter> letter;  // where the policy watches runs
    std::shared_ptr<const registry::Index> index;
};

// `notes` is null where nobody wants them.
Result<policy::Verdict> judge_and_note(const Guard& guard, const mail::Envelope& envelope,
                                       std::string_view message, std::optional<Date> today,
                                       Notes* notes) {
    const auto started = guard.clock->monotonic();
    Budget budget(guard.limits, *guard.clock);

    // Take the message apart.
    const auto parsed = mail::parse(message, budget);
    policy::Facts facts;
    facts.today = today ? *today : local_date(guard.clock->now());
    facts.sender = envelope.sender;
    facts.header_from = addresses_in(parsed, {"From"});
    facts.visible = addresses_in(parsed, {"To", "Cc"});
    facts.recipients.reserve(envelope.recipients.size());
    for (const auto& recipient : envelope.recipients)
        facts.recipients.push_back({recipient.address, {}});

    extract::Reading reading;
    Organisations organisations;
    const bool in_scope = guard.policy->in_scope(facts.sender, facts.header_from);
    if (in_scope) {
        // Read all that it carries.
        reading = extract::read_message(parsed, *guard.extractor, budget);
        facts.incomplete = reading.incomplete;

        // Find out who it is about, and what each addressee is to them.
        auto registry = look_at_registry(guard);
        facts.registry = registry.facts;
        if (notes != nullptr) notes->index = registry.index;
        if (registry.index) {
            auto found =
                find_subjects(guard, *registry.index, reading, budget, facts, organisations);
            if (!found && found.error().code == ErrorCode::registry_unavailable)
                forget_registry(facts, found.error());
            else if (!found)
                return std::move(found).error();
        }
        // Matching that was cut short is as incomplete as a part that was.
        if (budget.exhausted()) note_over_budget(facts.incomplete);
    }

    // Decide.
    auto verdict = guard.policy->judge(facts);
    if (notes != nullptr && in_scope) {
        if (guard.journal)
            notes->recorded =
                policy::record(*guard.policy, facts, verdict, pseudonyms_of(*guard.journal));
        if (guard.run_guard && guard.policy->run_rule())
            notes->letter = guard.run_guard->describe(facts, organisations, reading);
    }
    verdict.incomplete = facts.incomplete;
    verdict.coverage = reading.coverage;
    verdict.parts = std::move(reading.parts);
    verdict.elapsed_ms =
        std::chrono::duration<double, std::milli>(guard.clock->monotonic() - started).count();
    if (notes != nullptr) notes->facts = std::move(facts);
    return verdict;
}

// A letter of a run that goes wrong is held, whatever it would be alone; and that is on disk before
// anybody hears of it. One that has to wait comes again, and counts then.
Result<RunView> look_at_run(const Guard& guard, const Notes& notes, policy::Verdict& verdict) {
    if (!notes.letter || verdict.action == Action::tempfail) return RunView{};
    RunLetter letter = *notes.letter;
    letter.misaddressed = verdict.is_misaddressed();
    POSTWACHT_TRY(run, guard.run_guard->take(letter, *guard.policy->run_rule()));
    verdict.run = run.run;
    if (!run.trip) return run;
    guard.policy->judge_run(*run.trip, notes.facts, verdict);
    const bool enforced = verdict.mode == policy::Mode::enforce && guard.policy->run_action();
    if (run.just_tripped)
        log::warning("PW_RUN_TRIPPED", format("run={} why={} letters={} of={} held={}", run.run,
                                              policy::to_string(run.trip->why), run.trip->count,
                                              run.trip->of, enforced ? "yes" : "no"));
    if (enforced) POSTWACHT_CHECK(guard.run_guard->keep(run));
    return run;
}

}  // namespace

Result<policy::Verdict> judge(const Guard& guard, const mail::Envelope& envelope,
                              std::string_view message, std::optional<Date> today) {
    return judge_and_note(guard, envelope, message, today, nullptr);
}

Result<Judgement> judge_in_full(const Guard& guard, const mail::Envelope& envelope,
                                std::string_view message) {
    Notes notes;
    POSTWACHT_TRY(verdict, judge_and_note(guard, envelope, message, {}, &notes));
    Judgement judgement;
    judgement.verdict = std::move(verdict);
    judgement.index = std::move(notes.index);
    note_subjects(guard, notes.facts, judgement);
    return judgement;
}

Result<Outcome> process_message(const Guard& guard, const mail::Envelope& envelope,
                                const mail::RawMessage& message) {
    if (envelope.recipients.empty())
        return Error{ErrorCode::internal, "pipeline", "a message without recipients", ""};
    POSTWACHT_TRY(bytes, message.bytes());
    Notes notes;
    POSTWACHT_TRY(verdict, judge_and_note(guard, envelope, bytes, {}, &notes));
    POSTWACHT_TRY(run, look_at_run(guard, notes, verdict));
    auto plan = make_plan(verdict);

    // Custody before answer: the held copy is durable before anybody hears of it.
    Outcome outcome;
    // The MTA's hold is of whole messages.
    const bool whole = plan.answer == Outcome::Answer::discard && guard.mta;
    if (whole && !quarantine::is_queue_id(*guard.mta, envelope.queue_id))
        return Error{
            ErrorCode::config, "pipeline",
            "the MTA gave no queue id of its kind, by which it could be told to release it",
            "milter_end_of_data_macros of Postfix must have 'i'; 'kind' under "
            "[quarantine.mta] must be that of the MTA"};
    outcome.answer = whole ? Outcome::Answer::quarantine : plan.answer;
    if (!plan.hold.empty()) {
        POSTWACHT_TRY(
            id, hold(guard, envelope, bytes, verdict, plan.hold, whole ? guard.mta : std::nullopt));
        outcome.held_id = std::move(id);
    }
    if (plan.answer == Outcome::Answer::deliver) outcome.drop = std::move(plan.hold);
    if (plan.tag) outcome.tag = "tag; rules=" + verdict.rule_ids();
    outcome.run = verdict.run;
    outcome.verdict = std::move(verdict);

    // What goes on its way whole is in the MTA's hands; for all else this record is what there is.
    const bool goes_on = outcome.answer == Outcome::Answer::deliver && outcome.drop.empty();
    const auto recorded =
        guard.journal->append("message",
                              journal_entry(*guard.journal, envelope, outcome, notes.recorded,
                                            run.trip ? guard.policy->run_action() : std::nullopt),
                              goes_on ? journal::Durable::soon : journal::Durable::on_return);
    if (recorded) return outcome;
    if (!outcome.held_id.empty()) take_back(guard, outcome);
    return recorded.error();
}

Result<void> withdraw(const Guard& guard, std::string_view item) {
    return mark_not_accepted(
        guard, item, /*at_mta=*/true,
        "the MTA could not be told to hold it, and was told to try again later");
}

}  // namespace postwacht::pipeline
