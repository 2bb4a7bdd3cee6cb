// RunBook: the merge runs that are under way, what their letters were, and which of them tripped.
//
// The memory of run_guard.hpp, which says what a run is and when it trips. Knows hashes alone,
// makes no system call and reads no clock, so that it can be used under a lock. A letter costs a
// look at the runs of its sender, of which fingerprints lie together, and at the letters of its
// run.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "pipeline/run_template.hpp"
#include "policy/policy.hpp"

namespace postwacht::pipeline {

// How much is remembered. What falls out is the oldest, and never a run that tripped.
inline constexpr std::size_t most_letters_of_run = 64;          // in detail
inline constexpr std::size_t most_runs = 1024;                  // of two letters and more
inline constexpr std::size_t most_tripped_runs = 1024;          // beyond: an Error
inline constexpr std::size_t most_single_letters = 16'384;      // that may become a run
inline constexpr std::size_t most_single_letters_of_one = 512;  // sender

// What the guard knows of a letter: hashes, so that nobody's data is kept between letters.
struct RunLetter {
    std::uint64_t sender = 0;
    RunTemplate text;
    std::vector<std::uint64_t> subjects;    // the parties that its subjects have: addresses and
                                            // organisations; empty where nobody was found
    std::vector<std::uint64_t> addressees;  // the parties that its recipients are
    std::uint64_t identity = 0;             // the same for a letter that comes again
    bool misaddressed = false;
};

struct RunView {
    // "R-" and 16 hexadecimal digits; empty for the first letter, unless that is misaddressed.
    std::string run;
    std::optional<policy::RunTrip> trip;  // it is to be held
    bool just_tripped = false;            // by this letter
    std::uint64_t generation = 0;         // for keep()
};

// "R-" and 16 hexadecimal digits.
[[nodiscard]] std::string run_id(std::uint64_t id);

class RunBook {
  public:
    using Steady = std::chrono::steady_clock::time_point;

    // A tripped run, as it is kept on disk.
    struct Record {
        std::uint64_t sender = 0;
        RunTemplate text;
        policy::RunTrip trip;
        Steady until;
    };

    explicit RunBook(std::uint64_t first_id = 0);
    ~RunBook();
    RunBook(RunBook&&) noexcept;
    RunBook& operator=(RunBook&&) noexcept;
    RunBook(const RunBook&) = delete;
    RunBook& operator=(const RunBook&) = delete;

    // Takes a letter down, and says what is known of its run. Error (budget): its run has gone
    // wrong, and there is no room to remember that.
    Result<RunView> take(const RunLetter& letter, const policy::RunRule& rule, Steady now);
    // Takes in a run that had tripped before a restart.
    void restore(const Record& record, std::uint64_t id, Steady now);

    // Rises with whatever the disk has to know. records() has all up to it.
    [[nodiscard]] std::uint64_t generation() const noexcept;
    [[nodiscard]] std::vector<Record> records(Steady now) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace postwacht::pipeline
