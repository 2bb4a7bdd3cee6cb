#include "review/review.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "review/notice.hpp"

namespace postwacht::review {
namespace {

using quarantine::Item;
using quarantine::MtaCopy;
using quarantine::State;

// What may still be decided on: held, or left in the middle of an attempt by a crash.
const std::vector<State> undecided{State::held, State::reviewing, State::releasing,
                                   State::returning};

Result<void> check(const Decision& decision) {
    if (text::trim(decision.by).empty())
        return Error{ErrorCode::usage, "", "a decision needs to say who decides", {}};
    if (text::trim(decision.reason).empty())
        return Error{ErrorCode::usage, "", "a decision needs a reason", {}};
    return {};
}

Error wrong_state(const Item& item) {
    return Error{ErrorCode::conflict,
                 item.id,
                 std::string("the item was already ") + to_string(item.state),
                 {}};
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    return name.data();
}

}  // namespace

bool may_have_left(const Item& item) noexcept {
    // What was tried once, and that to return it, went to nobody but its sender.
    const bool only_returned = item.state == State::returning && item.attempts <= 1;
    return item.possibly_delivered && !only_returned;
}

// How a release differs from a return.
struct Review::HandOver {
    const char* action = "";
    State during = State::releasing;
    State after = State::released;
    bool as_notice = false;
    const std::vector<std::string>* recipients = nullptr;  // in the place of those it was held for
};

Review::Review(std::shared_ptr<quarantine::Store> store, std::shared_ptr<journal::Journal> journal,
               std::shared_ptr<const crypto::Opener> opener, std::shared_ptr<Reinjector> reinjector,
               const Clock& clock)
    : store_(std::move(store)),
      journal_(std::move(journal)),
      opener_(std::move(opener)),
      reinjector_(std::move(reinjector)),
      clock_(&clock) {}

Result<Item> Review::release(const Decision& decision) {
    POSTWACHT_CHECK(check(decision));
    POSTWACHT_TRY(item, store_->find(decision.id));
    if (item.mta) return release_by_mta(decision);
    return hand_over(decision, {"release", State::releasing, State::released});
}

Result<Item> Review::return_to_sender(const Decision& decision) {
    return hand_over(decision, {"return", State::returning, State::returned, true});
}

Result<Item> Review::correct(const Decision& decision,
                             const std::vector<std::string>& recipients_raw) {
    if (recipients_raw.empty())
        return Error{ErrorCode::usage, "", "a correction needs to say who is to have it", {}};
    return hand_over(decision,
                     {"correct", State::releasing, State::corrected, false, &recipients_raw});
}

Result<void> Review::record(const Item& item, const Decision& decision, std::string_view action,
                            std::string_view result, std::string_view reply) {
    json::Writer entry;
    entry.begin_object()
        .field("item", item.id)
        .field("action", action)
        .field("by", text::printable(decision.by))
        .field("reason", text::printable(decision.reason, 1000))
        .field("result", result)
        .field("queue_id", item.queue_id)
        .field("possibly_delivered", item.possibly_delivered);
    if (!decision.outcome.empty()) entry.field("outcome", decision.outcome);
    if (!decision.agreed.empty()) {
        entry.key("agreed").begin_array();
        for (const std::string& name : decision.agreed) entry.value(text::printable(name));
        entry.end_array();
    }
    if (!reply.empty()) entry.field("reply", reply);
    entry.end_object();
    return journal_->append("decision", entry.text());
}

// Nothing leaves without a trace of who let it, and none is sent that the store does not know of.
Result<Item> Review::begin_attempt(const Item& item, const Decision& decision,
                                   std::string_view action, State during) {
    POSTWACHT_CHECK(record(item, decision, action, "begun", {}));
    quarantine::Store::Change begin;
    begin.from = undecided;
    begin.to = during;
    begin.by = text::printable(decision.by);
    begin.reason = text::printable(decision.reason, 1000);
    begin.begins_attempt = true;
    auto begun = store_->change(item.id, begin);
    // An entry "begun" without an end would mean that it may have left.
    if (!begun) (void)record(item, decision, action, "failed", {});
    return begun;
}

Result<Item> Review::hand_over(const Decision& decision, const HandOver& how) {
    POSTWACHT_CHECK(check(decision));
    if (!opener_ || !reinjector_)
        return Error{ErrorCode::config, "", "no review key or no re-injection listener to do this",
                     "set [review] and [reinject]"};
    // Beyond this point no other living process acts on the item.
    POSTWACHT_TRY(lease, store_->lease(decision.id));
    POSTWACHT_TRY(item, store_->find(decision.id));
    if (!is_undecided(item.state)) return wrong_state(item);

    // A notice of return about what somebody released in the meantime would be untrue.
    if (item.mta) POSTWACHT_CHECK(require_on_hold(item));
    // What cannot be opened changes nothing.
    POSTWACHT_TRY(content, store_->open(item.id, *opener_));
    std::string notice;
    Submission submission{content.sender_raw, content.recipients_raw, content.message};
    if (how.recipients != nullptr) submission.recipients_raw = *how.recipients;
    if (how.as_notice) {
        if (mail::parse_path(content.sender_raw).null || content.sender_raw.empty())
            return Error{ErrorCode::conflict, item.id, "the message has no sender to return it to",
                         "release it or delete it"};
        if (own_ && !own_(mail::parse_path(content.sender_raw)))
            return Error{ErrorCode::conflict, item.id,
                         "the sender is none of this house, so that to return it would send it out",
                         "release it to whom it may go, or delete it"};
        notice = make_return_notice({item.id, content.sender_raw, content.recipients_raw,
                                     content.message, host_name(), item.held_at, clock_->now(),
                                     may_have_left(item)});
        submission = Submission{"<>", {content.sender_raw}, notice};
    }

    POSTWACHT_TRY(begun, begin_attempt(item, decision, how.action, how.during));
    bool uncertain = false;
    auto reply = reinjector_->submit(submission, uncertain);

    quarantine::Store::Change end;
    end.from = {how.during};
    end.to = reply ? how.after : uncertain ? how.during : State::held;
    end.outcome = reply ? *reply : reply.error().detail;
    end.ends_attempt = reply || !uncertain;
    // From here on the MTA's own must go, now or when somebody looks again.
    if (reply && item.mta) end.mta_copy = MtaCopy::removing;
    begun.possibly_delivered = item.possibly_delivered || (!reply && uncertain);
    const auto recorded = record(begun, decision, how.action,
                                 reply       ? "done"
                                 : uncertain ? "uncertain"
                                             : "failed",
                                 end.outcome);
    auto ended = store_->change(item.id, end);
    if (!reply) {
        Error error = std::move(reply).error();
        error.hint = uncertain ? "the MTA may have taken it: look for it in the mail log; a new "
                                 "try may deliver it twice"
                               : "the item is held as before";
        return error;
    }
    // It has been handed over. Whoever reads these errors must not think otherwise.
    const auto unrecorded = [](Error error) {
        error.detail =
            "the message was handed over, but this could not be written down: " + error.detail;
        return error;
    };
    if (!ended) return unrecorded(std::move(ended).error());
    if (!recorded) return unrecorded(recorded.error());
    return item.mta ? clear_mta(*ended, lease) : std::move(ended);
}

Result<void> Review::require_on_hold(const Item& item) {
    if (!mta_ || mta_->kind() != *item.mta)
        return Error{ErrorCode::config, item.id,
                     format("{} holds this message, and nothing says how to reach it",
                            quarantine::to_string(*item.mta)),
                     "set [quarantine.mta], also where the store is the backend now"};
    POSTWACHT_TRY(entries, mta_->entries());
    if (std::any_of(entries.begin(), entries.end(), [&](const quarantine::MtaEntry& entry) {
            return entry.held && entry.queue_id == item.queue_id;
        }))
        return {};
    return Error{ErrorCode::conflict, item.id,
                 item.mta_copy == MtaCopy::pending ? "the MTA does not have it on hold yet"
                                                   : "the MTA does not hold it any more",
                 "'postwacht quarantine reconcile' finds out what became of it"};
}

Result<Item> Review::release_by_mta(const Decision& decision) {
    // Beyond this point no other living process acts on the item.
    POSTWACHT_TRY(lease, store_->lease(decision.id));
    POSTWACHT_TRY(item, store_->find(decision.id));
    if (!is_undecided(item.state)) return wrong_state(item);
    POSTWACHT_CHECK(require_on_hold(item));
    POSTWACHT_TRY(begun, begin_attempt(item, decision, "release", State::releasing));
    bool uncertain = false;
    const auto reply = mta_->release(item.queue_id, lease, uncertain);

    quarantine::Store::Change end;
    end.from = {State::releasing};
    end.to = reply ? State::released : uncertain ? State::releasing : State::held;
    end.outcome = text::printable(reply ? *reply : reply.error().detail, 500);
    end.ends_attempt = reply || !uncertain;
    if (reply) end.mta_copy = MtaCopy::gone;
    const auto recorded = record(begun, decision, "release",
                                 reply       ? "done"
                                 : uncertain ? "uncertain"
                                             : "failed",
                                 end.outcome);
    auto ended = store_->change(item.id, end);
    if (!reply) return reply.error();
    const auto unrecorded = [](Error error) {
        error.detail = "the MTA released it, but this could not be written down: " + error.detail;
        return error;
    };
    if (!ended) return unrecorded(std::move(ended).error());
    if (!recorded) return unrecorded(recorded.error());
    return ended;
}

// What was decided about the item is done; the MTA's own is left over.
Result<Item> Review::clear_mta(const Item& item, const quarantine::Lease& lease) {
    bool uncertain = false;
    const auto removed = mta_->remove(item.queue_id, lease, uncertain);
    if (!removed) {
        Error error = removed.error();
        error.detail = format(
            "the item is {}, but the MTA's own could not be removed, which is "
            "tried again: {}",
            to_string(item.state), error.detail);
        return error;
    }
    quarantine::Store::Change change;
    change.from = {item.state};
    change.to = item.state;
    change.mta_copy = MtaCopy::gone;
    return store_->change(item.id, change);
}

// Of an item that is to be deleted. It says so first: where this is cut off reconciling knows why
// the message is not there.
Result<Item> Review::remove_from_mta(const Item& item, const quarantine::Lease& lease,
                                     const Decision& decision) {
    const auto set = [&](MtaCopy copy) {
        quarantine::Store::Change change;
        change.from = {item.state};
        change.to = item.state;
        change.mta_copy = copy;
        return store_->change(item.id, change);
    };
    POSTWACHT_CHECK(set(MtaCopy::removing));
    bool uncertain = false;
    const auto removed = mta_->remove(item.queue_id, lease, uncertain);
    if (removed) return set(MtaCopy::removing);
    const auto recorded = record(item, decision, "delete", uncertain ? "uncertain" : "failed",
                                 text::printable(removed.error().detail, 500));
    if (!uncertain) POSTWACHT_CHECK(set(item.mta_copy));
    POSTWACHT_CHECK(recorded);
    return removed.error();
}

Result<Item> Review::remove(const Decision& decision) {
    POSTWACHT_CHECK(check(decision));
    POSTWACHT_TRY(lease, store_->lease(decision.id));
    POSTWACHT_TRY(item, store_->find(decision.id));
    if (item.state == State::deleted) {
        // Perhaps a crash kept the content; the decision itself was made and recorded before.
        POSTWACHT_CHECK(store_->discard_content(item.id));
        return wrong_state(item);
    }
    const bool at_mta = item.mta && is_undecided(item.state);
    if (at_mta) POSTWACHT_CHECK(require_on_hold(item));
    POSTWACHT_CHECK(record(item, decision, "delete", "begun", {}));
    if (at_mta) POSTWACHT_CHECK(remove_from_mta(item, lease, decision));
    if (is_undecided(item.state)) {
        quarantine::Store::Change change;
        if (at_mta) change.mta_copy = MtaCopy::gone;
        change.from = undecided;
        change.to = State::deleted;
        change.by = text::printable(decision.by);
        change.reason = text::printable(decision.reason, 1000);
        POSTWACHT_TRY(deleted, store_->change(item.id, change));
        item = std::move(deleted);
    }
    POSTWACHT_CHECK(store_->discard_content(item.id));
    POSTWACHT_CHECK(record(item, decision, "delete", "done", {}));
    return item;
}

}  // namespace postwacht::review
