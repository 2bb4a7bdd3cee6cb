// replay: what another policy would have done with the mail of a journal.
//
// Reads entries as the journal keeps them and judges their recorded facts (record.hpp). Several
// Replays can share the work: each takes some of the entries, and one takes in the others at the
// end. "Held" is whatever does not simply go on: quarantine, reject, tempfail. Of a policy that
// simulates what it would hold counts; what it let go at the time was not held.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "policy/policy.hpp"

namespace postwacht::policy {

// What reviewers decided of the letters that a rule holds, or would.
struct RuleScore {
    std::uint64_t held = 0;
    std::uint64_t confirmed = 0;  // returned or deleted: rightly held
    std::uint64_t released = 0;   // held for nothing
};

// What a rule that is tried out would have done, in messages; all rules of a policy that simulates.
struct TrialScore {
    std::uint64_t held = 0;
    std::uint64_t alone = 0;   // of these: that nothing which is enforced holds
    std::uint64_t passed = 0;  // of an exception: that it would let something pass
};

struct ReplayReport {
    Mode mode = Mode::enforce;  // of the policy: one that simulates would hold what is counted here
    std::uint64_t messages = 0;
    std::uint64_t unknown = 0;  // of these: without facts that can be judged again
    std::uint64_t held_then = 0;
    std::uint64_t held_now = 0;
    std::uint64_t newly_held = 0;
    std::uint64_t newly_passed = 0;
    // Of the letters that reviewers found rightly held: all, and those that would be held now.
    std::uint64_t confirmed = 0;
    std::uint64_t confirmed_and_held = 0;
    std::vector<std::string> examples_held;  // queue ids, the earliest ten
    std::vector<std::string> examples_passed;
    std::map<std::string, RuleScore> rules;
    // By rule and by day ("2026-03-12"). A cell of the matrix is a rule of its own:
    // "disclosure: medical to employer".
    std::map<std::string, std::map<std::string, TrialScore>> trials;
    std::string first;  // the time of the first entry and of the last, ISO; empty without any
    std::string last;
    [[nodiscard]] std::uint64_t days() const;  // from the one to the other, both included
};

class Replay {
  public:
    // Entries before `since` are passed over.
    Replay(std::shared_ptr<const Policy> policy, std::optional<Date> since);
    ~Replay();
    Replay(Replay&&) noexcept;
    Replay& operator=(Replay&&) noexcept;
    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;

    // One entry, without its newline. Error (damaged): it is none.
    Result<void> add(std::string_view line);
    void take_in(Replay&& other);
    [[nodiscard]] ReplayReport report() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace postwacht::policy
