// Astray: the letters of a run whose recipient is not whom they are about, beyond the latest ones.
//
// A mail merge is seldom sent in the order of its list. A program deals it out to several
// connections, of which one lags behind the others; or every other letter is put off by a server
// that is busy, and they all come when the rest is through. Then the two letters that show a shift
// together come far apart. Letters that fit their own recipient show nothing and are not kept, nor
// are those about nobody that was found, so that a run that goes well costs nothing here.
//
// Kept by the parties of each letter, of which the first few count. A letter is looked up by its
// own, and what it is compared with is bounded: the latest few of each party. What falls out is
// the oldest. Not thread-safe: used under the lock of the book.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace postwacht::pipeline {

struct RunLetter;

inline constexpr std::size_t most_astray_of_run = 8'192;
inline constexpr std::size_t most_astray = 65'536;  // of all runs: some 20 MB, 60 MB at worst

// A letter of a run, as long as it is remembered.
struct KeptLetter {
    std::vector<std::uint64_t> subjects;
    std::vector<std::uint64_t> addressees;
    std::uint64_t subjects_bloom = 0;
    std::uint64_t addressees_bloom = 0;
    std::uint64_t identity = 0;
    std::int64_t position = 0;  // in the run
    bool fits_own = false;
    bool misaddressed = false;
    bool moved = false;
    std::int64_t offset = 0;  // to the letter whose subject its recipient fits; 0: to none

    explicit KeptLetter(const RunLetter& letter);

    // Whether the recipient of this letter fits the subject of the other one.
    [[nodiscard]] bool fits(const KeptLetter& other) const noexcept;
    void note_offset(std::int64_t found) noexcept;
};

class Astray {
  public:
    void add(KeptLetter letter);
    void forget_oldest();
    [[nodiscard]] std::size_t size() const noexcept { return letters_.size(); }
    // Whether a letter with this identity is there.
    [[nodiscard]] bool knows(std::uint64_t identity) const {
        return identities_.count(identity) > 0;
    }

    // Calls `visit` with each that has a party with `fresh` in common, crosswise; with some twice.
    template <class Visit>
    void each_that_meets(const KeptLetter& fresh, const Visit& visit) {
        look(by_subject_, fresh.addressees, visit);
        look(by_addressee_, fresh.subjects, visit);
    }

  private:
    static constexpr std::size_t of_one_party = 4;
    static constexpr std::uint64_t none = ~std::uint64_t{0};
    // Numbers of letters, the latest first.
    struct Latest {
        std::array<std::uint64_t, of_one_party> numbers{none, none, none, none};
    };
    using Index = std::unordered_map<std::uint64_t, Latest>;

    static void note(Index& index, const std::vector<std::uint64_t>& keys, std::uint64_t number);
    static void forget(Index& index, const std::vector<std::uint64_t>& keys, std::uint64_t number);

    template <class Visit>
    void look(const Index& index, const std::vector<std::uint64_t>& keys, const Visit& visit) {
        for (const std::uint64_t key : keys) {
            const auto found = index.find(key);
            if (found == index.end()) continue;
            for (const std::uint64_t number : found->second.numbers)
                if (number != none) visit(letters_[static_cast<std::size_t>(number - first_)]);
        }
    }

    std::deque<KeptLetter> letters_;  // the oldest first
    std::uint64_t first_ = 0;         // the number of the oldest
    Index by_subject_;
    Index by_addressee_;
    std::unordered_multiset<std::uint64_t> identities_;
};

}  // namespace postwacht::pipeline
