#include "review/reconcile.hpp"

#include <unordered_map>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/log.hpp"

namespace postwacht::review {
namespace {

using quarantine::Item;
using quarantine::MtaCopy;
using quarantine::MtaEntry;
using quarantine::State;
using quarantine::Store;

// Between the time at which the MTA began to receive a message and that at which the milter held
// it; and what clocks may differ.
constexpr std::chrono::hours most_apart{24};

bool may_be(const MtaEntry& entry, const Item& item) {
    return !entry.arrived || (*entry.arrived > item.held_at - most_apart &&
                              *entry.arrived < item.held_at + most_apart);
}

// What is done about an item: nothing where `found` is empty.
struct Step {
    std::string found;
    State state = State::held;
    MtaCopy copy = MtaCopy::held;
    std::string outcome;
    bool ends_attempt = false;
    const char* decision = nullptr;  // "release" or "delete", whose end is known now
    bool done = false;               // of that
    bool remove = false;
};

constexpr const char* left_alone =
    "the MTA does not hold it any more: it was released or removed "
    "there, and not by a decision here";
constexpr const char* sent_on =
    "the MTA has it in its queue and not on hold: it was released there, and not by a decision "
    "here";

}  // namespace

struct Reconciler::Pass {
    Reconciler& self;
    Instant now;
    std::unordered_map<std::string, MtaEntry> queue;
    Reconciliation report;

    void tell(const Item& item, std::string found, State state, std::string detail) {
        report.findings.push_back({item.id, item.queue_id, std::move(found),
                                   quarantine::to_string(state), std::move(detail)});
    }
    // Once, as long as it stays so.
    void log_once(const std::string& key, log::Level level, std::string_view id,
                  const std::string& text) {
        still_so.insert(key);
        if (self.told_.count(key) == 0) log::write(level, id, text);
    }
    std::set<std::string> still_so;

    Step next(const Item& item, const MtaEntry* entry) const;
    Step next_undecided(const Item& item, const MtaEntry* entry) const;
    static Step next_decided(const Item& item, const MtaEntry* entry);
    Result<void> look_at(const Item& seen);
    Result<void> take(const Item& item, const Step& step);
    Result<void> remove(const Item& item, const quarantine::Lease& lease);
    Result<void> record(const Item& item, const Step& step);
    Result<void> look_at_stranger(const MtaEntry& entry);
};

Step Reconciler::Pass::next_undecided(const Item& item, const MtaEntry* entry) const {
    const bool held = entry != nullptr && entry->held;
    const bool queued = entry != nullptr && !entry->held;
    if (held) {
        if (item.state == State::releasing)
            return {"held",        State::held,
                    MtaCopy::held, "the release was cut off, and the MTA holds it as before",
                    true,          "release",
                    false};
        if (item.mta_copy == MtaCopy::removing)
            return {"held",        item.state,
                    MtaCopy::held, "the deletion was cut off, and the MTA holds it as before",
                    false,         "delete",
                    false};
        if (item.mta_copy == MtaCopy::pending) return {"confirmed", item.state, MtaCopy::held, {}};
        return {};
    }
    if (item.state == State::releasing)
        return {"released",    State::released,
                MtaCopy::gone, "the release was cut off after the MTA had carried it out",
                true,          "release",
                true};
    if (item.mta_copy == MtaCopy::removing && !queued)
        return {"deleted",     State::deleted,
                MtaCopy::gone, "the deletion was cut off after the MTA had carried it out",
                false,         "delete",
                true};
    if (item.mta_copy == MtaCopy::pending) {
        if (now - item.held_at < self.accept_within_)
            return {"waiting", item.state, item.mta_copy, {}};
        if (!queued)
            return {"not_accepted", State::not_accepted, MtaCopy::gone,
                    "the MTA never had it on hold: it did not accept it (its client broke off, or "
                    "another filter refused it), or it was dealt with there before anybody looked"};
    }
    return {queued ? "released_outside" : "gone", State::gone, MtaCopy::gone,
            queued ? sent_on : left_alone};
}

Step Reconciler::Pass::next_decided(const Item& item, const MtaEntry* entry) {
    const bool held = entry != nullptr && entry->held;
    if (item.state == State::released) {
        if (held)
            return {"unexpected", item.state, item.mta_copy,
                    "it was released, and the MTA holds it"};
        return {"confirmed", item.state, MtaCopy::gone, {}};
    }
    if (held) {
        Step step{"removed", item.state, MtaCopy::gone, {}};
        step.remove = true;
        return step;
    }
    if (entry != nullptr)
        return {"unexpected", item.state, MtaCopy::gone,
                format("it was {}, and then released in the MTA's queue",
                       quarantine::to_string(item.state))};
    return {"confirmed", item.state, MtaCopy::gone, {}};
}

Step Reconciler::Pass::next(const Item& item, const MtaEntry* entry) const {
    return quarantine::is_undecided(item.state) ? next_undecided(item, entry)
                                                : next_decided(item, entry);
}

Result<void> Reconciler::Pass::record(const Item& item, const Step& step) {
    json::Writer entry;
    entry.begin_object()
        .field("item", item.id)
        .field("queue_id", item.queue_id)
        .field("found", step.found)
        .field("state", quarantine::to_string(step.state))
        .field("outcome", step.outcome)
        .end_object();
    POSTWACHT_CHECK(self.journal_->append("mta", entry.text()));
    if (step.decision == nullptr) return {};
    json::Writer decision;
    decision.begin_object()
        .field("item", item.id)
        .field("action", step.decision)
        .field("by", item.decided_by.empty() ? std::string("automatic") : item.decided_by)
        .field("reason", item.decision_reason)
        .field("result", step.done ? "done" : "failed")
        .field("queue_id", item.queue_id)
        .field("possibly_delivered", false)
        .field("reply", step.outcome)
        .end_object();
    return self.journal_->append("decision", decision.text());
}

Result<void> Reconciler::Pass::take(const Item& item, const Step& step) {
    const bool quiet = step.found == "confirmed";
    const bool as_it_was = step.state == item.state && step.copy == item.mta_copy;
    if (!quiet && !as_it_was) POSTWACHT_CHECK(record(item, step));
    if (!as_it_was) {
        Store::Change change;
        change.from = {item.state};
        change.to = step.state;
        change.outcome = step.outcome;
        change.mta_copy = step.copy;
        change.ends_attempt = step.ends_attempt;
        POSTWACHT_CHECK(self.store_->change(item.id, change));
        if (step.state == State::deleted) POSTWACHT_CHECK(self.store_->discard_content(item.id));
    }
    if (quiet) {
        if (step.state == State::held || step.state == State::reviewing) ++report.confirmed;
        return {};
    }
    if (step.state != item.state) ++report.changed;
    log_once(item.id + step.found, log::Level::warning, "PW_MTA_RECONCILED",
             format("item={} queue={} found={} state={}", item.id, item.queue_id, step.found,
                    quarantine::to_string(step.state)));
    tell(item, step.found, step.state, step.outcome);
    return {};
}

Result<void> Reconciler::Pass::remove(const Item& item, const quarantine::Lease& lease) {
    bool uncertain = false;
    const auto removed = self.mta_->remove(item.queue_id, lease, uncertain);
    if (removed) return take(item, {"removed", item.state, MtaCopy::gone, *removed});
    ++report.failed;
    const Error& error = removed.error();
    log_once(item.id + "failed", log::Level::warning, "PW_MTA_COMMAND_FAILED",
             format("item={} queue={} {}", item.id, item.queue_id, error.message()));
    tell(item, "failed", item.state, error.detail);
    return {};
}

Result<void> Reconciler::Pass::look_at(const Item& seen) {
    if (seen.mta != self.mta_->kind()) {
        ++report.failed;
        tell(seen, "failed", seen.state,
             format("it is held by {}, and [quarantine.mta] names another MTA",
                    quarantine::to_string(*seen.mta)));
        return {};
    }
    const auto at = queue.find(seen.queue_id);
    const MtaEntry* entry = at != queue.end() && may_be(at->second, seen) ? &at->second : nullptr;
    const Step first = next(seen, entry);
    if (first.found.empty()) return {};
    if (first.found == "waiting") {
        ++report.waiting;
        tell(seen, first.found, seen.state, "not seen on hold yet");
        return {};
    }
    const auto lease = self.store_->lease(seen.id);
    if (!lease) return {};  // somebody acts on it right now
    POSTWACHT_TRY(item, self.store_->find(seen.id));
    // What somebody did after it was read may be younger than the listing.
    if (item.state != seen.state || item.mta_copy != seen.mta_copy ||
        item.attempts != seen.attempts)
        return {};
    return first.remove ? remove(item, *lease) : take(item, first);
}

// On hold, and of no item that is known to be: found again, released by us, or none of ours.
Result<void> Reconciler::Pass::look_at_stranger(const MtaEntry& entry) {
    const auto item = self.store_->find_in_mta(entry.queue_id);
    const bool ours = item && item->mta == self.mta_->kind() && may_be(entry, *item);
    if (!item && item.error().code != ErrorCode::not_found) return item.error();
    if (!ours) {
        log_once(entry.queue_id, log::Level::info, "PW_MTA_HOLD_UNKNOWN",
                 format("queue={}", entry.queue_id));
        report.findings.push_back({{}, entry.queue_id, "unknown", {}, "no item has this queue id"});
        return {};
    }
    if (item->mta_copy != MtaCopy::gone) return {};  // came, or changed, after the rows were read
    const auto lease = self.store_->lease(item->id);
    if (!lease) return {};
    if (item->state != State::gone && item->state != State::not_accepted)
        return take(
            *item, {"unexpected", item->state, MtaCopy::gone,
                    format("it was {}, and the MTA holds it", quarantine::to_string(item->state))});
    return take(*item, {"found_again", State::held, MtaCopy::held, "the MTA holds it after all"});
}

Reconciler::Reconciler(std::shared_ptr<Store> store, std::shared_ptr<journal::Journal> journal,
                       std::shared_ptr<quarantine::MtaQueue> mta,
                       std::chrono::seconds accept_within, const Clock& clock)
    : store_(std::move(store)),
      journal_(std::move(journal)),
      mta_(std::move(mta)),
      accept_within_(accept_within),
      clock_(&clock) {}

Result<Reconciliation> Reconciler::run() {
    const std::lock_guard turn(mutex_);
    // Rows before the queue: what is in the queue for a row stays there unless somebody acts on it,
    // and that shows in the row.
    POSTWACHT_TRY(rows, store_->with_mta());
    POSTWACHT_TRY(entries, mta_->entries());
    Pass pass{*this, clock_->now(), {}, {}, {}};
    for (MtaEntry& entry : entries) {
        if (entry.held) ++pass.report.on_hold;
        MtaEntry& known = pass.queue[entry.queue_id];
        if (!known.held) known = std::move(entry);
    }
    std::set<std::string> mine;
    for (const Item& row : rows) {
        const auto at = pass.queue.find(row.queue_id);
        if (at != pass.queue.end() && may_be(at->second, row)) mine.insert(row.queue_id);
        POSTWACHT_CHECK(pass.look_at(row));
    }
    for (const auto& each : pass.queue)
        if (each.second.held && mine.count(each.first) == 0)
            POSTWACHT_CHECK(pass.look_at_stranger(each.second));
    told_ = std::move(pass.still_so);
    return std::move(pass.report);
}

}  // namespace postwacht::review
