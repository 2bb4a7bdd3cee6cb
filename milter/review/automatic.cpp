#include "review/automatic.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <unordered_map>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/json_value.hpp"
#include "base/log.hpp"
#include "policy/policy.hpp"
#include "policy/review_rules.hpp"

namespace postwacht::review {
namespace {

using policy::ReviewRules;
using policy::Severity;
using quarantine::Assessment;
using quarantine::Item;
using quarantine::State;

constexpr const char* nobody = "automatic";
// So that a pass comes to its end, and people and signals are heard in between.
constexpr std::uint64_t most_at_once = 200;
constexpr std::chrono::seconds judging_time{2};
// A sender who was told of a run hears of what it has more by then.
constexpr std::chrono::minutes between_notices{15};
// Of one pass, spent on a listener that then takes nothing: the rest is for the next one.
constexpr std::chrono::seconds listener_patience{10};

constexpr std::chrono::minutes between_recoveries{10};
// Sooner where a message was not seen in the MTA's queue yet.
constexpr std::chrono::minutes between_looks_at_mta{1};
constexpr std::chrono::seconds between_settlings{10};
constexpr std::chrono::seconds first_wait{60};
constexpr std::chrono::seconds longest_wait{3600};
// A person who decided long ago did so by another registry.
constexpr std::chrono::hours twin_age{30 * 24};
// Whoever has no address gets nothing back: what they sent is kept.
constexpr const char* null_sender = "";

constexpr const char* registry_seen = "registry";
constexpr const char* policy_seen = "policy";

// Whether what is held may leave now: all of it, and by what is enforced.
bool may_leave(const policy::Verdict& verdict) {
    return verdict.mode == policy::Mode::enforce && verdict.action <= policy::Action::tag;
}

// Whether every recipient is held for what one of the rules calls plainly wrong.
bool plainly_wrong(const ReviewRules& rules, const policy::Verdict& verdict, Date today,
                   std::string& relation) {
    if (verdict.recipients.empty() || verdict.mode != policy::Mode::enforce) return false;
    const auto is_wrong = [&](const policy::Reason& reason) {
        if (reason.simulated || reason.rule != "disclosure" || reason.ambiguous ||
            reason.confidence != match::Confidence::high ||
            reason.action < policy::Action::quarantine)
            return false;
        return std::any_of(
            rules.return_at_once.begin(), rules.return_at_once.end(), [&](const auto& rule) {
                if (rule.relation != reason.relation) return false;
                if (rule.ended_for.count() == 0) return true;
                return reason.ended &&
                       std::chrono::sys_days(*reason.ended) +
                               std::chrono::floor<std::chrono::days>(rule.ended_for) <=
                           std::chrono::sys_days(today);
            });
    };
    for (const auto& recipient : verdict.recipients) {
        const auto found =
            std::find_if(recipient.reasons.begin(), recipient.reasons.end(), is_wrong);
        if (found == recipient.reasons.end()) return false;
        relation = found->relation;
    }
    return true;
}

}  // namespace

bool PassReport::idle() const {
    return taken_in + judged_again + released + returned + escalated + notified + reconciled == 0;
}

// One pass. What it does to an item goes through attempt(), which lets none stop the others.
struct Automatic::Pass {
    Automatic& self;
    const Desk& desk;
    const Office office;  // with one guard throughout: what is judged and by which rules agree
    const Notifier& notifier;
    std::shared_ptr<const pipeline::Guard> guard;
    PassReport report;
    Instant now;
    std::chrono::steady_clock::duration wasted{0};  // on a listener that took nothing

    const ReviewRules& rules() const { return guard->policy->review(); }

    [[nodiscard]] bool waits(const std::string& id) const {
        const auto waiting = self.later_.find(id);
        return waiting != self.later_.end() && office.clock->monotonic() < waiting->second.next;
    }

    // False where it was not done, now or because it waits for its next try.
    template <class Work>
    bool attempt(const std::string& id, const Work& work) {
        if (waits(id)) return false;
        const auto time = office.clock->monotonic();
        const Result<void> done = work();
        if (done) {
            self.later_.erase(id);
            return true;
        }
        Later& later = self.later_[id];
        later.wait = std::clamp(2 * later.wait, first_wait, longest_wait);
        later.next = time + later.wait;
        // Somebody else is at it, was faster, or it is nothing that can be done: no trouble.
        if (done.error().code == ErrorCode::conflict) return false;
        ++report.failed;
        log::warning("PW_REVIEW_FAILED", format("item={} {}", id, done.error().message()));
        return false;
    }

    // Calls what talks to the listener. One that is slow must not keep all else waiting.
    template <class Work>
    Result<void> hand_over(const Work& work) {
        if (wasted >= listener_patience)
            return Error{ErrorCode::conflict, "", "the listener did not answer in time before", {}};
        const auto begun = office.clock->monotonic();
        Result<void> done = work();
        if (!done) wasted += office.clock->monotonic() - begun;
        return done;
    }

    Result<void> release(const Item& item, std::string reason) {
        return hand_over([&]() -> Result<void> {
            POSTWACHT_CHECK(desk.review().release({item.id, nobody, std::move(reason)}));
            ++report.released;
            return {};
        });
    }
    Result<void> give_back(const Item& item, std::string reason) {
        return hand_over([&]() -> Result<void> {
            POSTWACHT_CHECK(desk.review().return_to_sender({item.id, nobody, std::move(reason)}));
            ++report.returned;
            return {};
        });
    }

    void settle_now_and_then();
    void reconcile_with_mta();
    Result<void> take_in_new();
    Result<void> first_look(const Item& item, Result<Case> look);
    Result<void> decide_at_once(const Item& item, const Case& looked);
    Result<bool> follow_twin(const Item& item, const Assessment& assessment);
    Result<void> notice_registry();
    Result<void> begin_sweep(const registry::Index& index, const std::string& now_seen);
    // Gives how many of them it judged; the others are waiting for their next try.
    Result<std::size_t> judge_again(std::span<const std::string> ids, const std::string& because);
    Result<void> act_again(const Item& item, const Case& looked, const std::string& because);
    Result<void> release_if_allowed(const Item& item, const Case& taken,
                                    const std::string& because);
    Result<void> notice_policy();
    Result<void> expire();
    Result<void> escalate();
    Result<void> tell_senders();
};

// Looks at every item, so not with every pass.
void Automatic::Pass::settle_now_and_then() {
    const auto time = office.clock->monotonic();
    if (self.next_settling_ && time < *self.next_settling_) return;
    self.next_settling_ = time + between_settlings;
    const auto settled = self.settle();
    if (settled) {
        report.reconciled += *settled;
        return;
    }
    ++report.failed;
    log::warning("PW_REVIEW_FAILED", settled.error().message());
}

// Before anything is decided: what the MTA does not hold any more is nobody's to decide on.
void Automatic::Pass::reconcile_with_mta() {
    const auto time = office.clock->monotonic();
    if (!self.reconciler_ || (self.next_look_at_mta_ && time < *self.next_look_at_mta_)) return;
    const auto found = self.reconciler_->run();
    self.next_look_at_mta_ = time + between_looks_at_mta;
    if (!found) {
        ++report.failed;
        log::warning("PW_MTA_QUEUE_UNREADABLE", found.error().message());
        return;
    }
    report.reconciled += found->changed;
    report.failed += found->failed;
    if (found->waiting > 0) self.next_look_at_mta_.reset();
}

// What was held since: taken in, and decided at once where nobody needs to look.
Result<void> Automatic::Pass::take_in_new() {
    POSTWACHT_TRY(items, office.casebook->unassessed(most_at_once));
    auto looked = look_at_all(office, items);
    for (std::size_t i = 0; i < items.size(); ++i)
        attempt(items[i].id, [&] { return first_look(items[i], std::move(looked[i])); });
    report.more = report.more || items.size() == most_at_once;
    return {};
}

Result<void> Automatic::Pass::first_look(const Item& item, Result<Case> look) {
    POSTWACHT_TRY(looked, std::move(look));
    ++report.taken_in;
    if (looked.judged && !item.possibly_delivered) {
        const Result<void> decided = decide_at_once(item, looked);
        // What could not be done now is a case like all others.
        if (!decided) attempt(item.id, [&decided]() -> Result<void> { return decided.error(); });
    }
    // Of whom nothing is known is found by the next look at the marks, which this asks for.
    if (std::count(looked.assessment.subjects.begin(), looked.assessment.subjects.end(),
                   quarantine::mark_of_unknown()) > 0) {
        self.next_look_at_registry_ = office.clock->monotonic() + first_wait;
        if (self.sweep_) self.sweep_->all = false;
        POSTWACHT_CHECK(office.casebook->set_progress(registry_seen, ""));
    }
    return keep(office, item, looked);
}

Result<void> Automatic::Pass::decide_at_once(const Item& item, const Case& looked) {
    POSTWACHT_TRY(followed, follow_twin(item, looked.assessment));
    if (followed) return {};
    std::string relation;
    if (plainly_wrong(rules(), looked.verdict, local_date(now), relation))
        return give_back(item, "plainly wrong: " + looked.assessment.would_reason);
    // Between the milter's look and this one the registry may have changed; where the policy has,
    // that is for people.
    const auto verdict = json::Document::parse(item.verdict_json);
    if (!verdict || verdict->root()["policy"].string() != looked.assessment.policy) return {};
    const auto source = verdict->root()["registry"]["source"].string();
    if (source.empty() || looked.assessment.registry.starts_with(source)) return {};
    return release_if_allowed(item, looked, "the registry changed");
}

// A second sending of what somebody decided on, to the same people.
Result<bool> Automatic::Pass::follow_twin(const Item& item, const Assessment& assessment) {
    if (!rules().follow_duplicates) return false;
    POSTWACHT_TRY(twin, office.casebook->decided_twin(assessment));
    if (!twin) return false;
    const std::string reason = format("the same as {}, which was {} by {}", twin->id,
                                      quarantine::to_string(twin->state), twin->decided_by);
    if (twin->state == State::released) {
        // By the same registry, and lately: who could have it then may not any more.
        if (!twin->decided_at || *twin->decided_at + twin_age < now) return false;
        POSTWACHT_TRY(marks, office.casebook->marks_of(twin->id));
        auto mine = assessment.subjects;
        std::sort(mine.begin(), mine.end(),
                  [](const auto& a, const auto& b) { return a.subject < b.subject; });
        // That nothing was known of either makes them no more alike.
        if (marks != mine ||
            std::count(mine.begin(), mine.end(), quarantine::mark_of_unknown()) > 0)
            return false;
        POSTWACHT_CHECK(release(item, reason));
    } else {
        // Deleted ones too: only people delete.
        POSTWACHT_CHECK(give_back(item, reason));
    }
    ++report.followed;
    return true;
}

// By the people that items are about: those of whom the registry says something else now.
Result<void> Automatic::Pass::notice_registry() {
    const auto current = guard->registry->current();
    if (!current) return {};  // logged by who judges; nothing can be said now
    const registry::Index& index = **current;
    const auto& stats = index.stats();
    const std::string now_seen =
        format("{}:{}:{}", stats.source_digest, to_iso(stats.built_at), stats.updates);
    POSTWACHT_TRY(seen, office.casebook->progress(registry_seen));
    const auto time = office.clock->monotonic();
    if (seen == now_seen) {
        self.sweep_.reset();  // by somebody else
        return {};
    }
    if (!self.sweep_ || self.sweep_->registry != now_seen) {
        if (self.next_look_at_registry_ && time < *self.next_look_at_registry_) return {};
        POSTWACHT_CHECK(begin_sweep(index, now_seen));
    }
    Sweep& sweep = *self.sweep_;
    while (sweep.next < sweep.items.size() && office.clock->monotonic() - time < judging_time) {
        const auto chunk =
            std::span(sweep.items)
                .subspan(sweep.next,
                         std::min<std::size_t>(most_at_once, sweep.items.size() - sweep.next));
        POSTWACHT_TRY(judged, judge_again(chunk, "the registry changed"));
        sweep.all &= judged == chunk.size();
        sweep.next += chunk.size();
    }
    report.more = report.more || sweep.next < sweep.items.size();
    if (sweep.next < sweep.items.size()) return {};
    // What failed has its old marks and is found again, though not with every pass.
    const bool all = sweep.all;
    self.sweep_.reset();
    self.next_look_at_registry_ = all ? std::nullopt : std::optional(time + first_wait);
    return all ? office.casebook->set_progress(registry_seen, now_seen) : Result<void>{};
}

// The items to be judged again.
Result<void> Automatic::Pass::begin_sweep(const registry::Index& index,
                                          const std::string& now_seen) {
    // Copied first: looking up takes longer than reading, and people wait for the casebook.
    std::vector<std::pair<std::string, quarantine::SubjectMark>> marks;
    POSTWACHT_CHECK(office.casebook->marks(
        [&marks](const std::string& item, const quarantine::SubjectMark& mark) {
            marks.emplace_back(item, mark);
        }));
    std::set<std::string> affected;
    std::unordered_map<std::string, std::string> known;  // by subject, since many items are of one
    for (const auto& [item, mark] : marks) {
        auto at = known.find(mark.subject);
        if (at == known.end()) {
            POSTWACHT_TRY(made, office.assessor->fingerprint(index, mark.subject));
            at = known.emplace(mark.subject, std::move(made)).first;
        }
        if (at->second != mark.fingerprint) affected.insert(item);
    }
    if (!affected.empty())
        log::info("PW_REVIEW_REGISTRY_CHANGED", format("items={}", affected.size()));
    self.sweep_ = Sweep{now_seen, {affected.begin(), affected.end()}};
    return {};
}

// An assessment is written after what it leads to was done, and those of all items at once. What
// is cut off in between is judged once more.
Result<std::size_t> Automatic::Pass::judge_again(std::span<const std::string> ids,
                                                 const std::string& because) {
    std::size_t judged = 0;
    std::vector<Item> found;
    for (const std::string& id : ids) {
        if (waits(id)) continue;
        auto item = office.store->find(id);
        if (!item)
            attempt(id, [&item]() -> Result<void> { return item.error(); });
        else if (!quarantine::is_undecided(item->state))
            ++judged;  // as good as
        else
            found.push_back(*std::move(item));
    }
    auto looked = look_at_all(office, found);
    std::vector<Case> kept;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const bool done = attempt(found[i].id, [&]() -> Result<void> {
            if (!looked[i]) return looked[i].error();
            ++report.judged_again;
            return act_again(found[i], *looked[i], because);
        });
        if (done) kept.push_back(*std::move(looked[i]));
    }
    POSTWACHT_CHECK(keep_judged_again(office, kept));
    return judged + kept.size();
}

Result<void> Automatic::Pass::act_again(const Item& item, const Case& looked,
                                        const std::string& because) {
    // Where the policy of before accepted it already, or another one does now, no registry did.
    const bool by_registry = looked.before && looked.before->policy == looked.assessment.policy &&
                             looked.before->would != "accept" && looked.before->would != "tag";
    // What the MTA would not take keeps its old marks, so that it is tried again.
    if (by_registry || rules().policy_change_releases)
        return release_if_allowed(item, looked, because);
    return {};
}

Result<void> Automatic::Pass::release_if_allowed(const Item& item, const Case& taken,
                                                 const std::string& because) {
    if (!taken.judged || !may_leave(taken.verdict)) return {};
    // Nobody is a right addressee of what is about somebody who is not recognised any more.
    if (!taken.names_all_again) return {};
    // What may have been delivered already, and what was held for more than whom it is about, is
    // for people.
    if (item.possibly_delivered || item.rules != "disclosure") return {};
    if (item.state != State::held && item.state != State::reviewing) return {};
    if (!ReviewRules::covers(rules().auto_release, taken.assessment.categories)) return {};
    // What a person wants to be done with it, and others must still agree to, is not overridden.
    POSTWACHT_TRY(approvals, office.casebook->approvals(item.id));
    for (const auto& approval : approvals)
        if (wish_from(approval.action)) return {};
    return release(item, format("{}: policy {} accepts it by source {}", because,
                                taken.assessment.policy, taken.assessment.registry.substr(0, 12)));
}

// What another policy would do is shown; it is done where the policy says so.
Result<void> Automatic::Pass::notice_policy() {
    const std::string& id = guard->policy->id();
    POSTWACHT_TRY(seen, office.casebook->progress(policy_seen));
    if (seen == id) return {};
    POSTWACHT_TRY(items, office.casebook->judged_otherwise(id, most_at_once));
    POSTWACHT_TRY(judged, judge_again(items, "the policy changed"));
    report.more = report.more || (judged > 0 && items.size() == most_at_once);
    // Until all are, no policy is the one that was seen: this one may go again before that.
    return office.casebook->set_progress(policy_seen, items.empty() ? id : std::string());
}

Result<void> Automatic::Pass::expire() {
    for (std::size_t i = 0; i < policy::severities; ++i) {
        const auto& level = rules().levels[i];
        std::uint64_t& skipped = self.not_returned_[i];
        POSTWACHT_TRY(items, office.casebook->overdue(
                                 static_cast<std::uint8_t>(i), now - level.return_after,
                                 office.journal->pseudonym(null_sender), most_at_once, skipped));
        std::uint64_t failed = 0;
        for (const Item& item : items)
            failed += attempt(item.id,
                              [&] {
                                  return give_back(item, format("nobody decided within {} hours",
                                                                level.return_after.count() / 3600));
                              })
                          ? 0
                          : 1;
        skipped = items.size() < most_at_once ? 0 : skipped + failed;
    }
    return {};
}

Result<void> Automatic::Pass::escalate() {
    for (std::size_t i = 0; i < policy::severities; ++i) {
        const auto& level = rules().levels[i];
        POSTWACHT_TRY(incidents, office.casebook->to_escalate(static_cast<std::uint8_t>(i),
                                                              now - level.escalate_after));
        for (const quarantine::Incident& incident : incidents)
            attempt(incident.id, [&]() -> Result<void> {
                auto told = hand_over([&]() -> Result<void> {
                    POSTWACHT_CHECK(notifier.escalate(office, incident));
                    return {};
                });
                if (!told) return told;
                json::Writer entry;
                entry.begin_object()
                    .field("incident", incident.id)
                    .field("severity", policy::to_string(static_cast<Severity>(incident.severity)))
                    .field("undecided", incident.undecided)
                    .end_object();
                POSTWACHT_CHECK(office.journal->append("escalation", entry.text()));
                POSTWACHT_CHECK(office.casebook->set_escalated(incident.id, now));
                log::warning("PW_REVIEW_ESCALATED",
                             format("incident={} undecided={}", incident.id, incident.undecided));
                ++report.escalated;
                return {};
            });
    }
    return {};
}

Result<void> Automatic::Pass::tell_senders() {
    if (!notifier.settings().notify_senders) return {};
    // When a run of letters has probably ended, and when its sender is told anyway.
    const auto quiet = notifier.settings().notice_after;
    POSTWACHT_TRY(incidents,
                  office.casebook->to_notify(now - quiet, now - 2 * quiet, now - between_notices,
                                             most_at_once, self.not_told_));
    std::uint64_t failed = 0;
    for (const quarantine::Incident& incident : incidents)
        failed += attempt(incident.id,
                          [&]() -> Result<void> {
                              bool told = false;
                              auto sent = hand_over([&]() -> Result<void> {
                                  POSTWACHT_TRY(somebody, notifier.tell_sender(
                                                              office, incident,
                                                              !rules().sender_override.empty()));
                                  told = somebody;
                                  return {};
                              });
                              if (!sent) return sent;
                              POSTWACHT_CHECK(office.casebook->set_notified(incident.id, now));
                              if (told) ++report.notified;
                              return {};
                          })
                      ? 0
                      : 1;
    self.not_told_ = incidents.size() < most_at_once ? 0 : self.not_told_ + failed;
    return {};
}

Result<PassReport> Automatic::pass() {
    const std::lock_guard turn(mutex_);
    Office office = desk_->office();
    auto guard = office.guard();
    office.guard = [guard] { return guard; };
    Pass pass{*this, *desk_, office, *notifier_, guard, {}, office.clock->now()};
    // A look at every file, and the milter does it at its start.
    const auto time = office.clock->monotonic();
    if (!recovered_ || time - *recovered_ >= between_recoveries) {
        POSTWACHT_CHECK(office.store->recover());
        recovered_ = time;
    }
    pass.settle_now_and_then();
    pass.reconcile_with_mta();
    POSTWACHT_CHECK(pass.take_in_new());
    POSTWACHT_CHECK(pass.notice_registry());
    POSTWACHT_CHECK(pass.notice_policy());
    POSTWACHT_CHECK(pass.expire());
    POSTWACHT_CHECK(pass.escalate());
    POSTWACHT_CHECK(pass.tell_senders());
    return pass.report;
}

}  // namespace postwacht::review
