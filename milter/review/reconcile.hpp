// Reconciler: compares what the MTA holds with what the quarantine says it holds.
//
// Administrators work on the MTA's queue with its own tools, a message is in it only some time
// after the milter's answer, and a process may be killed between a command and its record. So the
// queue is read, and where an item says otherwise the item is set right; what was found is in the
// journal (kind "mta": {"item":"Q-...","queue_id":"...","found":"gone","state":"gone",
// "outcome":"..."}) before that, and in the log. A release or deletion that was cut off and turns
// out to be done, or not to be, also gets the entry of kind "decision" that it lacks.
//
// What is found, and what becomes of the item:
//   not_accepted      never seen on hold within accept_within; not_accepted
//   gone              it was on hold and is in no queue any more; gone
//   released_outside  the MTA has it, and not on hold; gone
//   released, deleted a decision that was cut off was carried out; released or deleted
//   held              a decision that was cut off was not; held
//   found_again       on hold after all; held again
//   removed           what a decision left on hold is removed now; as it was
//   unexpected        it is on hold though it was released, or left though it was returned; as it
//   was unknown           on hold, and no item here: somebody else's, or from before a database was
//   lost waiting           not seen on hold yet; as it was failed            it could not be set
//   right now; as it was
//
// A queue id that was given out again is told by the time at which its message came in.
//
// Failure: Errors of listing the queue, after which nothing is concluded, and of the store and the
// journal. Items that somebody acts on, or acted on since, are left for the next time.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "journal/journal.hpp"
#include "quarantine/mta_queue.hpp"
#include "quarantine/store.hpp"

namespace postwacht::review {

struct Finding {
    std::string item;  // empty: unknown
    std::string queue_id;
    std::string found;
    std::string state;  // of the item now
    std::string detail;
};

struct Reconciliation {
    std::uint64_t on_hold = 0;    // in the MTA's queue
    std::uint64_t confirmed = 0;  // of those: seen there for the first time
    std::uint64_t changed = 0;    // items whose state is another one now
    std::uint64_t waiting = 0;
    std::uint64_t failed = 0;
    std::vector<Finding> findings;
};

class Reconciler {
  public:
    Reconciler(std::shared_ptr<quarantine::Store> store, std::shared_ptr<journal::Journal> journal,
               std::shared_ptr<quarantine::MtaQueue> mta, std::chrono::seconds accept_within,
               const Clock& clock = system_clock());

    // Thread-safe.
    Result<Reconciliation> run();

  private:
    struct Pass;
    std::shared_ptr<quarantine::Store> store_;
    std::shared_ptr<journal::Journal> journal_;
    std::shared_ptr<quarantine::MtaQueue> mta_;
    std::chrono::seconds accept_within_;
    const Clock* clock_;
    std::mutex mutex_;
    std::set<std::string> told_;  // what was logged already and is as it was
};

}  // namespace postwacht::review
