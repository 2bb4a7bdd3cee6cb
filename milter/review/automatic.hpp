// Automatic: the part of review that needs nobody.
//
// A pass sets what the journal knows the end of and the database does not, compares what the MTA
// holds itself with the items (review/reconcile.hpp), takes in what was held since the last one,
// and then, each under the policy's own terms: judges again what a change of the registry may have
// changed, by the people it is about, and releases what may go now, if everybody is recognised in
// it again who was recognised in it before; shows what a changed policy would do; lets copies of a
// decided item follow it; returns what is plainly wrong; tells senders; escalates what waits too
// long, and returns it when its time is up. Silence releases nothing and deletes nothing.
//
// Each decision is made by Review, by "automatic", with its evidence as the reason. An item that
// fails is logged and left for the next pass; it holds nothing up. A pass may be cut off anywhere:
// the next one does what is left, and nothing that was done is done again, except that a notice may
// come twice.
//
// Time: items are due by the clock on the wall. Where it is set back they wait longer; where an
// item lies in the future it is due after all items of today.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "review/desk.hpp"
#include "review/notifier.hpp"
#include "review/reconcile.hpp"

namespace postwacht::review {

struct PassReport {
    std::uint64_t taken_in = 0;
    std::uint64_t judged_again = 0;
    std::uint64_t released = 0;
    std::uint64_t returned = 0;
    std::uint64_t followed = 0;  // of those: copies of a decided item
    std::uint64_t escalated = 0;
    std::uint64_t notified = 0;
    std::uint64_t reconciled = 0;  // items that the MTA did not hold as they said, or not any more
    std::uint64_t failed = 0;
    bool more = false;  // there is more to do at once

    [[nodiscard]] bool idle() const;
};

class Automatic {
  public:
    // `reconciler` is null where no MTA holds anything itself.
    Automatic(std::shared_ptr<const Desk> desk, std::shared_ptr<const Notifier> notifier,
              std::shared_ptr<Reconciler> reconciler = {})
        : desk_(std::move(desk)),
          notifier_(std::move(notifier)),
          reconciler_(std::move(reconciler)) {}

    // Sets what the journal says was decided and the database does not know, as after it was
    // restored from a backup: nothing is sent twice for want of memory. A hand-over of which the
    // journal tells no end, and the database no beginning, is possibly delivered. Reads the journal
    // where the database is behind it; to be called before the first pass.
    Result<std::uint64_t> reconcile(const std::filesystem::path& journal_directory);

    // The same for items in the middle of a hand-over that nobody acts on any more, as where the
    // database could not be written at its end: what was delivered is not sent again. For whoever
    // is about to decide on one, and part of each pass. Reads the journal only where it has not
    // told of such an item before. Does nothing before reconcile().
    Result<std::uint64_t> settle();

    // Errors: those of the casebook and the store as a whole. Threads take turns; two processes do
    // no harm.
    Result<PassReport> pass();

  private:
    struct Pass;
    Result<std::uint64_t> believe_journal(const std::vector<std::string>& items, bool& all);
    std::shared_ptr<const Desk> desk_;
    std::shared_ptr<const Notifier> notifier_;
    std::shared_ptr<Reconciler> reconciler_;
    std::optional<std::chrono::steady_clock::time_point> next_look_at_mta_;
    // How many of the oldest could not be returned, or told, the last time: those behind them come
    // first the next time, so that none waits for what never succeeds.
    std::array<std::uint64_t, policy::severities> not_returned_{};
    std::uint64_t not_told_ = 0;
    std::optional<std::chrono::steady_clock::time_point> recovered_;
    // What failed waits for its next try, longer each time.
    struct Later {
        std::chrono::steady_clock::time_point next{};
        std::chrono::seconds wait{0};
    };
    std::unordered_map<std::string, Later> later_;
    // What a change of the registry concerns and is still to be judged again. Found once: to look
    // at all marks takes longer than to judge the items of a pass. A program that is killed finds
    // the rest by its marks.
    struct Sweep {
        std::string registry;  // as the casebook will know it
        std::vector<std::string> items;
        std::size_t next = 0;
        bool all = true;  // nothing was left for later
    };
    std::optional<Sweep> sweep_;
    std::optional<std::chrono::steady_clock::time_point> next_look_at_registry_;
    std::mutex mutex_;  // one pass at a time
    std::filesystem::path journal_directory_;
    // Items in the middle of a hand-over, with its number, of which the journal tells no end.
    std::set<std::pair<std::string, std::uint64_t>> unsettled_;
    std::optional<std::chrono::steady_clock::time_point> next_settling_;
    std::mutex settling_;
};

}  // namespace postwacht::review
