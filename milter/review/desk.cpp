#include "review/desk.hpp"

#include <algorithm>
#include <array>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "mail/parts.hpp"
#include "policy/policy.hpp"
#include "review/reason_words.hpp"
#include "review/sealed_reason.hpp"

namespace postwacht::review {
namespace {

using policy::ReviewLevel;
using policy::Role;
using policy::Roles;
using quarantine::Item;
using quarantine::State;

constexpr std::array<const char*, 5> wish_words{"release", "return", "delete", "correct", "record"};

constexpr Roles everybody{Role::reviewer, Role::privacy_officer, Role::auditor};

const Roles& roles_for(const ReviewLevel& level, Wish wish) {
    switch (wish) {
        case Wish::give_back:
            return level.give_back;
        case Wish::remove:
            return level.remove;
        case Wish::release:
        case Wish::correct:
        case Wish::record:
            break;
    }
    return level.release;
}

// To give a letter back to who wrote it harms nobody, and a right addressee is judged anew; but
// only what the matrix held alone is judged in full that way.
std::size_t eyes_for(const ReviewLevel& level, Wish wish, const Item& item) {
    if (wish == Wish::give_back) return 1;
    return wish == Wish::correct && item.rules == "disclosure" ? 1 : level.eyes;
}

bool names_a_sender(std::string_view field) noexcept {
    constexpr std::array<std::string_view, 7> fields{"From",
                                                     "Sender",
                                                     "Reply-To",
                                                     "Resent-From",
                                                     "Resent-Sender",
                                                     "Resent-Reply-To",
                                                     "Disposition-Notification-To"};
    return std::any_of(fields.begin(), fields.end(),
                       [field](std::string_view each) { return text::ascii_iequals(field, each); });
}

// Of "anna+letters@agency.example" the mailbox it comes to (RFC 5233).
std::string mailbox_of(std::string key) {
    const std::size_t at = key.rfind('@');
    const std::size_t tag = key.find('+');
    if (tag != std::string::npos && tag > 0 && at != std::string::npos && tag < at)
        key.erase(tag, at - tag);
    return key;
}

// Two corrections are one wish only if they are to the same addressees.
std::string detail_of(const journal::Journal& journal, const Verb& verb) {
    std::vector<std::string> names;
    for (const std::string& recipient : verb.recipients)
        names.push_back(journal.pseudonym(mail::parse_path(recipient).key()));
    std::sort(names.begin(), names.end());
    std::string detail;
    for (const std::string& name : names) detail += (detail.empty() ? "" : ",") + name;
    return detail;
}

}  // namespace

const char* to_string(Wish wish) noexcept {
    return wish_words[static_cast<std::size_t>(wish)];
}

std::optional<Wish> wish_from(std::string_view word) noexcept {
    const auto* found = std::find(wish_words.begin(), wish_words.end(), word);
    if (found == wish_words.end()) return std::nullopt;
    return static_cast<Wish>(found - wish_words.begin());
}

Review Desk::review() const {
    Review review(office_.store, office_.journal, office_.opener, reinjector_, *office_.clock);
    review.return_only_to([guard = office_.guard()](const mail::Address& sender) {
        return guard->policy->is_own(sender);
    });
    review.reach_mta(office_.mta);
    return review;
}

Result<std::vector<quarantine::Incident>> Desk::queue(const Person& person,
                                                      const quarantine::QueueFilter& filter) const {
    POSTWACHT_CHECK(require(person, everybody, "see what is held"));
    return office_.casebook->queue(filter);
}

Result<quarantine::QueueCounts> Desk::counts(const Person& person) const {
    POSTWACHT_CHECK(require(person, everybody, "see what is held"));
    return office_.casebook->counts();
}

Result<std::string> Desk::named(const Person& person, const std::string& word) const {
    POSTWACHT_CHECK(require(person, everybody, "see what is held"));
    if (word.find('-') != std::string::npos) return word;
    return office_.casebook->named(text::ascii_lower(word));
}

Result<std::vector<Item>> Desk::items(const Person& person, std::string_view incident) const {
    POSTWACHT_CHECK(require(person, everybody, "see what is held"));
    POSTWACHT_TRY(found, office_.casebook->incident(incident));
    return office_.casebook->items_of(found.id);
}

Result<Shown> Desk::show(const Person& person, std::string_view id, Look look) const {
    POSTWACHT_CHECK(require(person, everybody, "see what is held"));
    POSTWACHT_TRY(item, office_.store->find(id));
    POSTWACHT_TRY(assessment, assessment_of(office_, item));
    Shown shown{item, std::move(assessment), {}, {}, {}};
    POSTWACHT_TRY(incident, office_.casebook->incident(shown.assessment.incident));
    POSTWACHT_TRY(approvals, office_.casebook->approvals(item.id));
    shown.incident = std::move(incident);
    shown.approvals = std::move(approvals);
    const auto show_reasons = [&](bool open) {
        for (auto& approval : shown.approvals) unseal_reason(office_, approval, open);
    };
    if (look == Look::summary) {
        show_reasons(false);
        shown.item.verdict_json.clear();
        return shown;
    }

    const Roles roles = office_.guard()->policy->review().may_open(shown.assessment.categories);
    POSTWACHT_CHECK(require(person, roles, "open an item with this kind of data"));
    // In the journal before it is seen: whoever cannot be recorded does not look.
    json::Writer entry;
    entry.begin_object()
        .field("item", item.id)
        .field("by", text::printable(person.name))
        .field("what", look == Look::content ? "content" : "evidence")
        .end_object();
    POSTWACHT_CHECK(office_.journal->append("access", entry.text()));
    show_reasons(true);
    if (look == Look::content) {
        POSTWACHT_TRY(content, office_.store->open(item.id, *office_.opener));
        shown.content = std::move(content);
    }
    return shown;
}

// Whoever wrote a letter is no second pair of eyes for it.
Result<void> Desk::check_own(const Person& person, const Item& item) const {
    if (person.addresses.empty()) return {};
    POSTWACHT_TRY(content, office_.store->open(item.id, *office_.opener));
    std::vector<std::string> senders{mailbox_of(mail::parse_path(content.sender_raw).key())};
    const auto guard = office_.guard();
    Budget budget(guard->limits, *guard->clock);
    const mail::Parsed parsed = mail::parse(content.message, budget);
    // Each of them, however often it stands there: mail programs differ in which one they show.
    if (!parsed.parts.empty())
        for (const mail::HeaderField& field : parsed.parts.front().headers)
            if (names_a_sender(field.name))
                for (const auto& address : mail::parse_address_list(field.text))
                    senders.push_back(mailbox_of(address.key()));
    for (const std::string& own : person.addresses)
        if (std::find(senders.begin(), senders.end(), mailbox_of(own)) != senders.end())
            return Error{ErrorCode::forbidden, item.id,
                         "nobody decides to send on what they sent themselves",
                         "somebody else has to look at it"};
    return {};
}

// The addressees of a correction as the envelope has them, which must pass like a new letter.
Result<std::vector<std::string>> Desk::check_new_recipients(const Item& item,
                                                            const Verb& verb) const {
    POSTWACHT_TRY(content, office_.store->open(item.id, *office_.opener));
    quarantine::Content corrected = content;
    corrected.recipients_raw.clear();
    for (const std::string& recipient : verb.recipients) {
        const mail::Address address = mail::parse_path(recipient);
        if (address.invalid || address.null)
            return Error{ErrorCode::usage, "", "an addressee is not an e-mail address",
                         "write it as in user@domain.example"};
        for (const std::string& original : content.recipients_raw)
            if (mail::parse_path(original).key() == address.key())
                return Error{ErrorCode::conflict, item.id,
                             "that is whom it was held for; a release is another decision",
                             "postwacht review decide release"};
        corrected.recipients_raw.push_back("<" + address.to_string() + ">");
    }
    const auto guard = office_.guard();
    POSTWACHT_TRY(verdict,
                  pipeline::judge(*guard, envelope_of(item, corrected), corrected.message));
    if (verdict.action <= policy::Action::tag) return std::move(corrected.recipients_raw);
    // A sender who asked hears it too.
    const std::string why = why_held(verdict.to_json(/*show_addresses=*/false), verdict.rule_ids());
    return Error{ErrorCode::conflict, item.id, format("it may not go there either: {}", why),
                 "give another addressee, or return it to its sender"};
}

// Whose agreement counts today: whoever lost the role in the meantime is not among them.
Result<std::vector<std::string>> Desk::who_agrees(const Person& asking, std::string_view item,
                                                  const Verb& verb, Roles roles) const {
    POSTWACHT_TRY(approvals, office_.casebook->approvals(item));
    std::vector<std::string> names{asking.name};
    for (const auto& approval : approvals) {
        if (approval.action != to_string(verb.wish) ||
            approval.detail != detail_of(*office_.journal, verb))
            continue;
        if (approval.who == asking.name) continue;
        const auto person = people_.find(approval.who);
        if (person && person->roles.meets(roles)) names.push_back(approval.who);
    }
    return names;
}

// What an item was that nobody can decide on any more, as one that left the MTA's hold by itself.
Result<Step> Desk::record_outcome(const Person& person, const Item& item, const Verb& verb) const {
    if (verb.outcome.empty())
        return Error{ErrorCode::usage, item.id, "it is not said what it was",
                     "--outcome false_positive, near_miss or confirmed_breach"};
    if (quarantine::is_undecided(item.state))
        return Error{ErrorCode::conflict, item.id, "it waits for a decision",
                     "decide on it, with --outcome where that is not enough"};
    json::Writer entry;
    entry.begin_object()
        .field("item", item.id)
        .field("by", text::printable(person.name))
        .field("reason", text::printable(verb.reason, 1000))
        .field("outcome", verb.outcome)
        .end_object();
    POSTWACHT_CHECK(office_.journal->append("outcome", entry.text()));
    return Step{item, true, 1, 1};
}

Result<Step> Desk::decide(const Person& person, std::string_view id, const Verb& verb) const {
    if (verb.wish == Wish::correct && verb.recipients.empty())
        return Error{ErrorCode::usage, "", "a correction needs to say who is to have it",
                     "give the right addressee"};
    if (text::trim(verb.reason).empty())
        return Error{ErrorCode::usage, "", "a decision needs a reason",
                     "say why, for the journal: --reason 'asked the sender'"};
    POSTWACHT_TRY(item, office_.store->find(id));
    const bool undecided = quarantine::is_undecided(item.state);
    // Of what is finished the sealed copy may still be deleted.
    const bool finished = !undecided && item.state != State::deleted;
    if (!undecided && verb.wish != Wish::record && !(finished && verb.wish == Wish::remove))
        return Error{
            ErrorCode::conflict, item.id,
            std::string("the item was already ") + to_string(item.state),
            verb.outcome.empty() ? "" : "'postwacht review decide record' says what it was"};
    if (undecided && verb.outcome == "confirmed_breach" && verb.wish != Wish::release &&
        verb.wish != Wish::record && !may_have_left(item))
        return Error{ErrorCode::usage, item.id, "it never left, so that it is no breach",
                     "what was rightly held is a near_miss"};
    POSTWACHT_TRY(assessment, assessment_of(office_, item));
    const ReviewLevel level =
        office_.guard()->policy->review().level(static_cast<policy::Severity>(assessment.severity));
    const Roles roles = roles_for(level, verb.wish);
    POSTWACHT_CHECK(require(person, roles, format("{} it", to_string(verb.wish))));
    if (verb.wish == Wish::record) return record_outcome(person, item, verb);
    if (verb.wish == Wish::release || verb.wish == Wish::correct) {
        // Whoever may not see what is in it cannot know where it may go.
        POSTWACHT_CHECK(require(person,
                                office_.guard()->policy->review().may_open(assessment.categories),
                                "send on an item with this kind of data"));
    }
    if (verb.wish != Wish::give_back) {
        POSTWACHT_CHECK(check_own(person, item));
    }
    std::vector<std::string> new_recipients;
    if (verb.wish == Wish::correct) {
        POSTWACHT_TRY(checked, check_new_recipients(item, verb));
        new_recipients = std::move(checked);
    }

    quarantine::Approval approval;
    approval.who = person.name;
    approval.action = to_string(verb.wish);
    approval.reason = text::printable(verb.reason, 1000);
    approval.detail = detail_of(*office_.journal, verb);
    approval.at = office_.clock->now();
    POSTWACHT_CHECK(office_.casebook->approve(item.id, approval));
    POSTWACHT_TRY(agreed, who_agrees(person, item.id, verb, roles));
    Step step{item, false, agreed.size(),
              people_.restricted() ? eyes_for(level, verb.wish, item) : std::size_t{1}};
    if (step.agreed < step.needed) {
        json::Writer entry;
        entry.begin_object()
            .field("item", item.id)
            .field("action", to_string(verb.wish))
            .field("by", text::printable(person.name))
            .field("reason", approval.reason)
            .field("result", "agreed")
            .end_object();
        POSTWACHT_CHECK(office_.journal->append("decision", entry.text()));
        if (finished) return step;
        quarantine::Store::Change change;
        change.from = {State::held, State::reviewing};
        change.to = State::reviewing;
        POSTWACHT_TRY(waiting, office_.store->change(item.id, change));
        step.item = std::move(waiting);
        return step;
    }

    Decision decision{item.id, person.name, verb.reason, verb.outcome, {}};
    if (agreed.size() > 1) decision.agreed = std::move(agreed);
    Review acting = review();
    auto done = verb.wish == Wish::release     ? acting.release(decision)
                : verb.wish == Wish::give_back ? acting.return_to_sender(decision)
                : verb.wish == Wish::remove    ? acting.remove(decision)
                                               : acting.correct(decision, new_recipients);
    if (!done) return std::move(done).error();
    step.item = *std::move(done);
    step.done = true;
    return step;
}

}  // namespace postwacht::review
