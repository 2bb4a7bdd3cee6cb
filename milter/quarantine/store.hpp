// Store: held messages, sealed, and the state of each.
//
// A held item is a file items/<id>.cms (CMS to the review certificates: envelope and message) and a
// row in quarantine.db that holds no personal data. hold() returns after both are durable: the
// caller may then tell the MTA to discard its copy. A file without a row (a crash in between) is
// adopted by recover(); the MTA was not answered then, so the message may also still be in its
// queue.
//
// With `mta` the message itself stays with the MTA, in its own hold; the sealed copy is there for
// review and as evidence, and MtaCopy says what is known of the MTA's. Two more states come of
// that, both ends in which the sealed copy stays: `gone`, when the MTA does not hold it any more
// and nobody here decided that, and `not_accepted`, when the MTA never had it.
//
// States: held -> releasing -> released or corrected, held -> returning -> returned, held ->
// deleted, and from held to reviewing and back, from which all of these lead as well. A sure
// failure of a release or return leads back to held. A crash in `releasing` or `returning` leaves
// that state: whether the MTA took the message is unknown; a new try, of either kind, or deletion
// is allowed, a new try may deliver it twice, and the item says so. lease() keeps two living
// processes from acting on one item at the same time.
//
// The milter and the reviewer use one store as different users: what is made here has mode 0660,
// folders 02770, so that a shared group suffices. Open a store after fork(2), never before.
//
// Failure: every call gives an Error and leaves the store as it was; in hold() what was written is
// removed again. The content of released and returned items is kept, sealed, until discarded.
// Limits: one database file, its folder on a local disk (SQLite's write-ahead log); list() gives
// all rows at once.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/date.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "crypto/seal.hpp"
#include "mail/envelope.hpp"

namespace postwacht::quarantine {

enum class State {
    held,
    reviewing,  // somebody looks at it, or the first of several agreed to something
    releasing,
    released,
    returning,
    returned,
    corrected,  // released to other addressees than it was held for
    deleted,
    gone,          // from the MTA's hold, by whom is not known here
    not_accepted,  // by the MTA: it was never in its queue
};
inline constexpr std::array<State, 10> all_states{
    State::held,     State::reviewing, State::releasing, State::released, State::returning,
    State::returned, State::corrected, State::deleted,   State::gone,     State::not_accepted};
[[nodiscard]] const char* to_string(State state) noexcept;
// Whether a decision is still possible, and the content needed.
[[nodiscard]] bool is_undecided(State state) noexcept;

// Which MTA holds a message itself.
enum class MtaKind { postfix, sendmail };
[[nodiscard]] const char* to_string(MtaKind kind) noexcept;  // "postfix", "sendmail"

// What is known of the message at the MTA.
enum class MtaCopy {
    none,      // it was discarded there: what is kept is here
    pending,   // the MTA was asked to hold it, and it was not seen in its queue yet
    held,      // seen there
    removing,  // the MTA was told, or is just being told, to remove it
    gone,      // released or removed
};
[[nodiscard]] const char* to_string(MtaCopy copy) noexcept;

// What the milter hands over. Views: they live until hold() returns.
struct NewItem {
    std::string_view queue_id;
    const mail::Envelope* envelope = nullptr;
    std::vector<std::size_t> recipients;  // positions in the envelope: those it is held for
    std::string_view message;             // as it would have left
    std::string_view verdict_json;        // without addresses
    std::string_view rules;               // "disclosure,incomplete"
    std::string_view reason;              // one line for a listing, without personal data
    std::uint64_t subject_count = 0;
    std::optional<MtaKind> mta = {};  // who will hold the message itself; nothing: nobody
};

// A row.
struct Item {
    std::string id;  // "Q-20261123-7f3a9c12e5b0d846"
    State state = State::held;
    Instant held_at{};
    std::string queue_id;
    std::string rules;
    std::string reason;
    std::uint64_t subject_count = 0;
    std::uint64_t recipient_count = 0;  // 0 of a recovered item: only its content knows
    std::uint64_t bytes = 0;            // of the message; 0 of a recovered item
    std::string verdict_json;
    std::uint64_t attempts = 0;       // releases or returns begun
    bool possibly_delivered = false;  // an attempt, maybe not the last, began whose end is unknown
    std::string decided_by;           // empty while held
    std::string decision_reason;
    std::optional<Instant> decided_at;
    std::string outcome;  // the MTA's last reply, without addresses
    std::optional<MtaKind> mta;
    MtaCopy mta_copy = MtaCopy::none;
};

// The content of a sealed item.
struct Content {
    std::string sender_raw;
    std::vector<std::string> recipients_raw;
    std::string message;
};

// The right to act on one item, given up when it goes out of scope and by any end of the process.
struct Lease {
    UniqueFd lock;
};

// Every call is thread-safe.
class Store {
  public:
    virtual ~Store() = default;

    // Durable on return; gives the item's id. Errors: disk_full, io, crypto, damaged.
    virtual Result<std::string> hold(const NewItem& item) = 0;

    // Oldest first; all states where `state` is nothing.
    virtual Result<std::vector<Item>> list(std::optional<State> state) = 0;
    // Error not_found. An unambiguous beginning of an id will do, here and wherever an id is asked.
    virtual Result<Item> find(std::string_view id) = 0;
    // Errors: not_found (also where the content was discarded), crypto, damaged.
    virtual Result<Content> open(std::string_view id, const crypto::Opener& opener) = 0;
    // Error conflict: another thread or process acts on the item right now.
    virtual Result<Lease> lease(std::string_view id) {
        (void)id;
        return Lease{};
    }

    // Moves an item from one of `from` to `to`, atomically; conflict when it is in another state.
    struct Change {
        std::vector<State> from;
        State to = State::held;
        // Empty ones leave what is there. `held` and `reviewing` as the new state
        // clear `by` and `reason`.
        std::string by;
        std::string reason;
        std::string outcome;
        bool begins_attempt = false;  // counts as an attempt, and marks it possibly delivered
        bool ends_attempt = false;    // the last attempt's end is known: takes its mark away again
        std::optional<MtaCopy> mta_copy = {};  // nothing leaves what is there
    };
    virtual Result<Item> change(std::string_view id, const Change& change) = 0;
    // Items of whose message the MTA has something to say yet: pending, held or removing; oldest
    // first, without their verdicts.
    virtual Result<std::vector<Item>> with_mta() { return std::vector<Item>{}; }
    // The newest item that the MTA held under this id. Error not_found.
    virtual Result<Item> find_in_mta(std::string_view queue_id) {
        return Error{ErrorCode::not_found, std::string(queue_id), "no item of this queue id", {}};
    }
    // Removes the sealed content of a released, returned or deleted item; conflict otherwise.
    virtual Result<void> discard_content(std::string_view id) = 0;

    // Tidies up after crashes: adopts sealed files without a row, as held, with rule "recovered";
    // removes the content of deleted items and old temporary files. Returns how many it adopted.
    // May run while others hold.
    virtual Result<std::uint64_t> recover() = 0;
};

// `certificates` may be empty for a process that only lists and opens. Creates what is missing.
// Errors: io, crypto; config where a newer version made the store; damaged.
Result<std::unique_ptr<Store>> open_store(const std::filesystem::path& directory,
                                          const std::vector<std::filesystem::path>& certificates,
                                          const Clock& clock = system_clock());

}  // namespace postwacht::quarantine
