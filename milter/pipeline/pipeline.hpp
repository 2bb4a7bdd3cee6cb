// pipeline: the whole story of one message.
//
// judge() says what should happen and does nothing. process_message() judges, keeps what must be
// kept, writes the journal, and only then answers: after it returns `held` recipients are durable
// in the quarantine. Any Error means: nothing was promised, answer tempfail. What was held and
// could not be written into the journal is taken back then, as never accepted and without its
// content, since the MTA sends it again; only a crash at that instant leaves it held beside the
// MTA's own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "extract/extractor.hpp"
#include "journal/journal.hpp"
#include "mail/envelope.hpp"
#include "mail/raw_message.hpp"
#include "pipeline/run_guard.hpp"
#include "policy/policy.hpp"
#include "quarantine/store.hpp"
#include "registry/index.hpp"

namespace postwacht::pipeline {

// All that judging needs; immutable, shared by every session, swapped whole on reload.
struct Guard {
    std::shared_ptr<const policy::Policy> policy;
    std::shared_ptr<registry::Registry> registry;
    std::shared_ptr<const extract::Extractor> extractor;
    std::shared_ptr<quarantine::Store> store;   // null for `check`
    std::shared_ptr<journal::Journal> journal;  // null for `check`
    std::shared_ptr<RunGuard> run_guard;        // null for `check`, which sees one letter
    // Who keeps a message that nobody may have: the MTA in its own hold, or nobody but the store.
    std::optional<quarantine::MtaKind> mta;
    Limits limits;
    const Clock* clock = &system_clock();
};

// A judged message, before anything is done about it.
Result<policy::Verdict> judge(const Guard& guard, const mail::Envelope& envelope,
                              std::string_view message, std::optional<Date> today = {});

// The same with the people it is about, all of them, as review needs them.
struct Judgement {
    policy::Verdict verdict;
    std::vector<std::shared_ptr<const registry::Subject>> subjects;
    std::vector<std::string> categories;           // of what it says about any of them, sorted
    std::shared_ptr<const registry::Index> index;  // by which it was judged; null: unavailable
};
Result<Judgement> judge_in_full(const Guard& guard, const mail::Envelope& envelope,
                                std::string_view message);

// What the MTA is to be told.
struct Outcome {
    // `quarantine`: the MTA is to hold the whole message itself.
    enum class Answer { deliver, discard, reject, tempfail, quarantine };
    Answer answer = Answer::tempfail;
    // With `deliver`: positions in the envelope that are to be dropped, since their copy is held.
    std::vector<std::size_t> drop;
    std::optional<std::string> tag;  // the value of X-Postwacht to add
    std::string held_id;             // empty if nothing is held
    std::string run;                 // of Verdict
    policy::Verdict verdict;
};

Result<Outcome> process_message(const Guard& guard, const mail::Envelope& envelope,
                                const mail::RawMessage& message);

// To be called where the MTA could not be told to hold `item`: the sender's MTA keeps the message
// and will send it again, so that what was stored is marked as never accepted.
Result<void> withdraw(const Guard& guard, std::string_view item);

}  // namespace postwacht::pipeline
