// Intake: a held item becomes a case: judged, ranked, and put with those it belongs to.
//
// Items of one sender, held by the same rule, whose letters share a template, are one incident as
// long as each comes within a window of the one before; so are those of one mail merge, whatever
// its letters look like. All others are incidents of their own. Opening one leaves an entry of kind
// "incident" in the journal: {"incident":"I-...","rule":"...","why":"...","run":"..."}, and taking
// an item in one of kind "case": {"incident":"I-...","item":"Q-...","severity":"high"}.
//
// Failure: an item that cannot be opened or judged is a case all the same, a critical one.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "quarantine/mta_queue.hpp"
#include "review/assessor.hpp"

namespace postwacht::review {

// What review works with. The guard is asked for anew for each use, since policies change.
using GuardSource = std::function<std::shared_ptr<const pipeline::Guard>()>;

struct Office {
    std::shared_ptr<quarantine::Store> store;
    std::shared_ptr<quarantine::Casebook> casebook;
    std::shared_ptr<journal::Journal> journal;
    std::shared_ptr<const crypto::Opener> opener;
    std::shared_ptr<const Assessor> assessor;
    GuardSource guard;
    std::shared_ptr<quarantine::MtaQueue> mta = {};  // null: it holds nothing itself
    const Clock* clock = &system_clock();
    std::shared_ptr<const crypto::Sealer> sealer = {};  // to the review certificates; may be null
};

// One run of letters ends when its sender is quiet for so long.
inline constexpr std::chrono::hours incident_window{1};

struct Case {
    quarantine::Assessment assessment;
    policy::Verdict verdict;  // empty where the item could not be judged
    bool judged = false;
    std::string likeness;
    std::optional<quarantine::Assessment> before = {};
    // Whether everybody who counted in any judgement of it, the milter's first, counts in this one
    // too. Where not, that nothing speaks against it any more says nothing: its person may have
    // left the registry, or their record may be another's now. False where the milter did not list
    // all of them, as of hundreds.
    bool names_all_again = false;
};

// Judges an item, and changes nothing.
Result<Case> look_at(const Office& office, const quarantine::Item& item);
// The same for several, by as many threads as there are processors, a few at most.
std::vector<Result<Case>> look_at_all(const Office& office,
                                      std::span<const quarantine::Item> items);
// Writes down what came of it; an item that has an incident stays in it. To be called after what
// the judgement led to was done: where that is cut off, the item then is judged and done again.
// Errors: those of the casebook and the journal. Two at a time for one item make two incidents at
// worst, of which one is empty.
Result<void> keep(const Office& office, const quarantine::Item& item, Case& made);
// The same for several that have an incident each, at once or not at all.
Result<void> keep_judged_again(const Office& office, std::span<const Case> made);

// The assessment that an item has, or gets now.
Result<quarantine::Assessment> assessment_of(const Office& office, const quarantine::Item& item);

}  // namespace postwacht::review
