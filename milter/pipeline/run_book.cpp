#include "pipeline/run_book.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/format.hpp"
#include "pipeline/run_astray.hpp"

namespace postwacht::pipeline {
namespace {

using Steady = RunBook::Steady;
using policy::RunRule;
using policy::RunTrip;

// A run is told to be kept on disk anew when it has used up this part of its window: one that goes
// on for hours costs a few writes, and a restart holds it that much longer at most.
constexpr int window_parts = 8;

// Letters of a run, or of its end, and how many of them went wrong.
struct Tally {
    std::uint64_t of = 0;
    std::uint64_t misaddressed = 0;
    std::uint64_t moved = 0;
    std::uint64_t wrong = 0;  // the one or the other

    void add(const KeptLetter& letter, bool shift) noexcept {
        ++of;
        misaddressed += letter.misaddressed ? 1 : 0;
        const bool counts_as_moved = shift && letter.moved;
        moved += counts_as_moved ? 1 : 0;
        wrong += letter.misaddressed || counts_as_moved ? 1 : 0;
    }
    [[nodiscard]] bool is_over(const RunRule& rule) const noexcept {
        constexpr double rounding = 1e-9;
        return wrong >= rule.letters &&
               static_cast<double>(wrong) >= rule.share * static_cast<double>(of) - rounding;
    }
};

enum class Stage : std::uint8_t { single, several, tripped };
constexpr std::size_t stages = 3;

struct Run {
    std::uint64_t id = 0;
    std::uint64_t sender = 0;
    RunTemplate text;
    Stage stage = Stage::single;
    std::size_t slot = 0;  // in the shelf of its sender
    Steady last;           // letter
    Steady until;          // when it ends without another letter
    std::int64_t count = 0;
    std::uint64_t misaddressed = 0;  // of all letters, remembered or not
    std::uint64_t wrong = 0;
    std::vector<KeptLetter> letters;  // the latest; a ring
    Astray astray;                    // those before that are not at their own recipient
    std::optional<RunTrip> trip;
    Steady kept_until;             // as the file says, or will
    std::uint64_t generation = 0;  // of the file that says so

    // The letter `back` letters before the latest.
    [[nodiscard]] const KeptLetter& latest(std::size_t back) const noexcept {
        return letters[static_cast<std::size_t>(count - 1 - static_cast<std::int64_t>(back)) %
                       most_letters_of_run];
    }
};
using Place = std::list<Run>::iterator;

// Where a sender's runs are looked for: fingerprints lie together.
struct Entry {
    RunTemplate text;
    std::optional<Place> run;  // nothing: the slot is free
};
struct Shelf {
    std::vector<Entry> singles;  // a ring: the next one takes the oldest one's place
    std::size_t next_single = 0;
    std::size_t used_singles = 0;
    std::vector<Entry> runs;
};

// Recipients that fit another letter's subject, on the side on which most of them do, and the
// distance that most have.
void describe_shift(const Run& run, std::size_t newest, RunTrip& trip) {
    std::array<std::uint64_t, 2 * most_letters_of_run + 1> counts{};
    constexpr auto middle = static_cast<std::int64_t>(most_letters_of_run);
    for (std::size_t i = 0; i < newest; ++i) {
        // Letters that came further apart tell of the way they came, and not of the list.
        const std::int64_t offset = std::clamp(run.latest(i).offset, -middle, middle);
        if (offset != 0) ++counts[static_cast<std::size_t>(offset + middle)];
    }
    const auto most = std::max_element(counts.begin(), counts.end());
    trip.offset = (most - counts.begin()) - middle;
    const auto begin = trip.offset < 0 ? counts.begin() : counts.begin() + middle;
    const auto end = trip.offset < 0 ? counts.begin() + middle : counts.end();
    for (auto side = begin; side != end; ++side) trip.fits += *side;
}

// Why the run has gone wrong, if it has.
std::optional<RunTrip> examine(const Run& run, const RunRule& rule) {
    const auto window = static_cast<std::size_t>(std::ceil(rule.letters / rule.share));
    const std::size_t newest = std::min({std::max<std::size_t>(window, rule.letters),
                                         most_letters_of_run, static_cast<std::size_t>(run.count)});
    Tally recent;
    for (std::size_t i = 0; i < newest; ++i) recent.add(run.latest(i), rule.shift);
    const Tally all{static_cast<std::uint64_t>(run.count), run.misaddressed,
                    rule.shift ? run.wrong - run.misaddressed : 0,
                    rule.shift ? run.wrong : run.misaddressed};
    const Tally* over = recent.is_over(rule) ? &recent : all.is_over(rule) ? &all : nullptr;
    if (over == nullptr) return std::nullopt;
    RunTrip trip;
    trip.run = run_id(run.id);
    trip.count = over->wrong;
    trip.of = over->of;
    trip.limit = rule.letters;
    // That most are moved says more than that they are misaddressed, as all of these are too.
    if (rule.shift && recent.moved * 2 > recent.wrong) {
        trip.why = RunTrip::Why::shift;
        trip.count = recent.moved;
        trip.of = recent.of;
        describe_shift(run, newest, trip);
    }
    return trip;
}

}  // namespace

std::string run_id(std::uint64_t id) {
    return format("R-{:016x}", id);
}

struct RunBook::State {
    Result<RunView> take(const RunLetter& letter, const RunRule& rule, Steady now) {
        Place run = find_or_open(letter, now);
        const bool again = run->astray.knows(letter.identity) ||
                           std::any_of(run->letters.begin(), run->letters.end(),
                                       [&letter](const KeptLetter& known) {
                                           return known.identity == letter.identity;
                                       });
        if (!again) add(*run, letter);
        run->last = now;
        run->until = std::max(run->until, now + rule.window);
        if (run->stage == Stage::single && run->count > 1) move_to(run, Stage::several);
        RunView view;
        if (!run->trip) {
            if (auto trip = examine(*run, rule)) {
                POSTWACHT_CHECK(make_room_to_trip(now));
                run->trip = std::move(trip);
                view.just_tripped = true;
                forget_astray(*run);  // enough is known
                move_to(run, Stage::tripped);
            }
        }
        auto& list = lists[static_cast<std::size_t>(run->stage)];
        list.splice(list.begin(), list, run);  // the latest first
        if (run->trip && (run->generation == 0 || run->until > run->kept_until)) {
            run->kept_until = run->until + rule.window / window_parts;
            run->generation = ++generation;
        }
        if (run->count > 1 || letter.misaddressed || run->trip) view.run = run_id(run->id);
        view.trip = run->trip;
        view.generation = run->generation;
        return view;
    }

    // A run that had tripped before the restart.
    void restore(const RunBook::Record& record, std::uint64_t id, Steady now) {
        const Place run = open(record.sender, record.text, id, now);
        run->trip = record.trip;
        run->until = record.until;
        run->kept_until = record.until;
        run->generation = ++generation;
        move_to(run, Stage::tripped);
    }

    [[nodiscard]] std::vector<RunBook::Record> records(Steady now) const {
        std::vector<RunBook::Record> out;
        for (const Run& run : lists[static_cast<std::size_t>(Stage::tripped)])
            if (run.until >= now) out.push_back({run.sender, run.text, *run.trip, run.kept_until});
        return out;
    }

    // The run of the letter, or a new one. Runs that ended are dropped where they are met.
    Place find_or_open(const RunLetter& letter, Steady now) {
        const auto shelf = shelves.find(letter.sender);
        if (shelf != shelves.end()) {
            const auto found = best(shelf->second, letter.text);
            if (found && (*found)->until >= now) return *found;
            if (found) {
                drop(*found);
                return find_or_open(letter, now);
            }
        }
        return open(letter.sender, letter.text, next_id++, now);
    }

    // The likest; where several are like it, one that tripped.
    static std::optional<Place> best(const Shelf& shelf, const RunTemplate& text) {
        std::optional<Place> best;
        double best_likeness = 0;
        const auto look = [&](const std::vector<Entry>& entries) {
            for (const Entry& entry : entries) {
                if (!entry.run) continue;
                const double like = likeness(entry.text, text);
                if (like == 0) continue;
                const double rank = like + ((*entry.run)->trip ? 1 : 0);
                if (rank <= best_likeness) continue;
                best = entry.run;
                best_likeness = rank;
            }
        };
        look(shelf.runs);
        // A letter goes with the others rather than with one that stands alone.
        if (!best) look(shelf.singles);
        return best;
    }

    Place open(std::uint64_t sender, const RunTemplate& text, std::uint64_t id, Steady now) {
        auto& singles = lists[static_cast<std::size_t>(Stage::single)];
        if (singles.size() >= most_single_letters) drop(std::prev(singles.end()));
        Run run;
        run.id = id;
        run.sender = sender;
        run.text = text;
        run.last = now;
        run.until = now;
        singles.push_front(std::move(run));
        place(singles.begin());
        return singles.begin();
    }

    // Puts a run where its stage says it belongs on the shelf.
    void place(Place run) {
        Shelf& shelf = shelves[run->sender];
        if (run->stage != Stage::single) {
            run->slot = shelf.runs.size();
            shelf.runs.push_back({run->text, run});
            return;
        }
        const std::size_t slot = shelf.next_single;
        shelf.next_single = (slot + 1) % most_single_letters_of_one;
        if (slot >= shelf.singles.size()) shelf.singles.resize(slot + 1);
        if (const auto old = shelf.singles[slot].run) {
            // Not by drop(): the shelf must stay.
            lists[static_cast<std::size_t>(Stage::single)].erase(*old);
            --shelf.used_singles;
        }
        shelf.singles[slot] = {run->text, run};
        ++shelf.used_singles;
        run->slot = slot;
    }

    void take_off(Place run) {
        Shelf& shelf = shelves[run->sender];
        if (run->stage == Stage::single) {
            shelf.singles[run->slot].run.reset();
            --shelf.used_singles;
            return;
        }
        if (run->slot + 1 != shelf.runs.size()) {
            shelf.runs[run->slot] = shelf.runs.back();
            (*shelf.runs[run->slot].run)->slot = run->slot;
        }
        shelf.runs.pop_back();
    }

    void move_to(Place run, Stage stage) {
        take_off(run);
        auto& from = lists[static_cast<std::size_t>(run->stage)];
        auto& to = lists[static_cast<std::size_t>(stage)];
        to.splice(to.begin(), from, run);
        run->stage = stage;
        place(run);
        if (stage == Stage::several && to.size() > most_runs) drop(std::prev(to.end()));
    }

    void drop(Place run) {
        take_off(run);
        forget_astray(*run);
        const auto shelf = shelves.find(run->sender);
        if (shelf->second.used_singles == 0 && shelf->second.runs.empty()) shelves.erase(shelf);
        lists[static_cast<std::size_t>(run->stage)].erase(run);
    }

    void add(Run& run, const RunLetter& letter) {
        KeptLetter kept(letter);
        kept.position = run.count;
        if (!kept.fits_own) {
            for (KeptLetter& other : run.letters) compare(run, kept, other);
            if (!kept.subjects.empty())
                run.astray.each_that_meets(
                    kept, [&run, &kept](KeptLetter& other) { compare(run, kept, other); });
        }
        run.misaddressed += kept.misaddressed ? 1 : 0;
        run.wrong += kept.misaddressed || kept.moved ? 1 : 0;
        const auto slot = static_cast<std::size_t>(run.count) % most_letters_of_run;
        if (slot < run.letters.size()) {
            keep_astray(run, std::exchange(run.letters[slot], std::move(kept)));
        } else {
            run.letters.push_back(std::move(kept));
        }
        ++run.count;
    }

    // Whether the one went to whom the other is about, where both are at the wrong address. `fresh`
    // is not counted yet.
    static void compare(Run& run, KeptLetter& fresh, KeptLetter& other) {
        if (other.fits_own) return;
        const bool forward = fresh.fits(other);
        const bool backward = other.fits(fresh);
        if (!forward && !backward) return;
        const std::int64_t distance = fresh.position - other.position;
        run.wrong += other.moved || other.misaddressed ? 0 : 1;
        fresh.moved = true;
        other.moved = true;
        if (forward) fresh.note_offset(-distance);
        if (backward) other.note_offset(distance);
    }

    // A letter that is not one of the latest any more. One of which it is not known whom it is
    // about may well be to its own recipient, and among thousands somebody else's address is found
    // soon.
    void keep_astray(Run& run, KeptLetter letter) {
        if (letter.fits_own || letter.subjects.empty() || run.trip) return;
        if (run.astray.size() >= most_astray_of_run) {
            run.astray.forget_oldest();
            --astray;
        } else if (astray >= most_astray) {
            // At the cost of the run that was quiet for longest.
            auto& list = lists[static_cast<std::size_t>(Stage::several)];
            const auto quiet = std::find_if(list.rbegin(), list.rend(), [](const Run& other) {
                return other.astray.size() > 0;
            });
            quiet->astray.forget_oldest();
            --astray;
        }
        run.astray.add(std::move(letter));
        ++astray;
    }

    void forget_astray(Run& run) {
        astray -= run.astray.size();
        run.astray = Astray();
    }

    Result<void> make_room_to_trip(Steady now) {
        auto& tripped = lists[static_cast<std::size_t>(Stage::tripped)];
        if (tripped.size() < most_tripped_runs) return {};
        for (auto run = tripped.begin(); run != tripped.end();) {
            const auto ended = run++;
            if (ended->until < now) drop(ended);
        }
        if (tripped.size() < most_tripped_runs) return {};
        return Error{ErrorCode::budget, "run_guard", "too many runs have gone wrong at a time",
                     "the letter waits until one of them has ended"};
    }

    std::array<std::list<Run>, stages> lists;  // by Stage, the latest first
    std::unordered_map<std::uint64_t, Shelf> shelves;
    std::size_t astray = 0;  // letters of all runs
    std::uint64_t next_id = 0;
    std::uint64_t generation = 0;
};

RunBook::RunBook(std::uint64_t first_id) : state_(std::make_unique<State>()) {
    state_->next_id = first_id;
}
RunBook::~RunBook() = default;
RunBook::RunBook(RunBook&&) noexcept = default;
RunBook& RunBook::operator=(RunBook&&) noexcept = default;

Result<RunView> RunBook::take(const RunLetter& letter, const RunRule& rule, Steady now) {
    return state_->take(letter, rule, now);
}
void RunBook::restore(const Record& record, std::uint64_t id, Steady now) {
    state_->restore(record, id, now);
}
std::uint64_t RunBook::generation() const noexcept {
    return state_->generation;
}
std::vector<RunBook::Record> RunBook::records(Steady now) const {
    return state_->records(now);
}

}  // namespace postwacht::pipeline
