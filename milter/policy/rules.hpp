// Rules: a policy file as judge() reads it. Every name has become a small number and every cell of
// the disclosure matrix is filled in, so that judging looks nothing up by name.
//
// Internal to this room. parse_rules() makes a Rules, judge() reads it; nothing changes it between.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"
#include "match/findings.hpp"
#include "match/vocabulary.hpp"
#include "policy/glob.hpp"
#include "policy/policy.hpp"
#include "policy/review_rules.hpp"
#include "policy/verdict.hpp"

namespace postwacht::policy {

// The row for a subject who is named where no category was recognised.
inline constexpr std::string_view personal_data = "personal_data";

enum class AsOf : std::uint8_t { today, period, both };

// What an addressee is to a subject on one date, as a column of the matrix: four fixed columns, and
// then three for each relation. Relation 0 is every relation that the policy does not name.
using Standing = std::uint32_t;
namespace standing {
inline constexpr Standing self = 0;
inline constexpr Standing internal = 1;
inline constexpr Standing other_subject = 2;
inline constexpr Standing unrelated = 3;
inline constexpr Standing first_relation = 4;

enum class Tense : std::uint8_t { current, former, future };

constexpr Standing of(std::uint32_t relation, Tense tense) {
    return first_relation + 3 * relation + static_cast<Standing>(tense);
}
constexpr Tense tense_of(Standing s) {
    return s < first_relation ? Tense::current : static_cast<Tense>((s - first_relation) % 3);
}
constexpr std::uint32_t relation_of(Standing s) {
    return (s - first_relation) / 3;
}
}  // namespace standing

// The relations that rows and limits name. [0] is the empty name: all others.
class Relations {
  public:
    // The number of a name, added where it is new.
    std::uint32_t add(std::string_view name);
    // The number of a name; 0 where no row and no limit names it.
    [[nodiscard]] std::uint32_t find(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t columns() const noexcept {
        return standing::first_relation + 3 * names_.size();
    }
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

  private:
    std::vector<std::string> names_{std::string()};
};

// What a tie is on a date; `relation` is its number.
[[nodiscard]] Standing standing_on(Date date, const registry::Tie& tie, std::uint32_t relation);
// "former_employer"; `tie` is what gave the standing, if a tie did.
[[nodiscard]] std::string relation_word(Standing s, const registry::Tie* tie);

// A line of a policy, and in which of its files (Rules::files) it stands.
struct Line {
    std::uint32_t number = 0;
    std::uint32_t file = 0;
};

struct Cell {
    Action action = Action::quarantine;
    Line line;
    bool simulated = false;  // it is told what it would do, and it decides nothing
};

// A cell of the disclosure matrix as it is written. `word` is "*" for all that a row does not name.
struct WrittenCell {
    std::string word;
    Cell cell;
};

struct Row {
    std::string category;
    AsOf as_of = AsOf::today;
    std::vector<AsOf> as_of_for;            // by relation number; `as_of` for those behind its end
    std::vector<Cell> cells;                // one for each Standing
    std::vector<WrittenCell> written = {};  // as the file has it, "*" last
    bool sensitive = false;                 // nobody unknown should have it

    [[nodiscard]] AsOf as_of_relation(std::uint32_t relation) const noexcept {
        return relation < as_of_for.size() ? as_of_for[relation] : as_of;
    }
};

inline constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

struct SubjectLimits {
    std::vector<Cell> cells;            // one for each Standing: what happens above the limit
    std::vector<std::uint64_t> limits;  // one for each Standing; `unlimited` where none
    bool any = false;
};

// Of a number that is the same for the whole letter.
struct LetterLimit {
    std::uint64_t max = unlimited;
    Cell cell;
};

struct StaleRule {
    std::chrono::seconds older_than{0};
    Cell cell;
};

struct RunGuardRule {
    RunRule when;
    Cell cell;
};

struct Exception {
    std::string id;
    std::vector<AddressGlob> senders;
    std::vector<AddressGlob> recipients;
    std::vector<bool> rows;  // one for each Row: whether it lets that category pass
    Date expires{};          // the first day on which it no longer applies
    Line line;
    bool simulated = false;
};

// Where the policy's own file names a relation first, without former_ and future_, and how often.
struct NamedRelation {
    std::string name;
    std::string where;  // "policy.toml:41:3"
    std::size_t places = 0;
};

struct Rules {
    std::string name;
    std::string id;
    std::string digest;
    std::vector<std::string> files;  // the policy's own, then those it extends, as errors name them
    Mode mode = Mode::enforce;
    match::Confidence min_confidence = match::Confidence::medium;
    std::vector<std::string> own_domains;
    std::vector<DomainGlob> public_mailbox_providers;
    std::vector<DomainGlob> shared_domains;
    std::vector<std::string> dotless_domains;

    Relations relations;
    std::vector<NamedRelation> named_relations;  // in the order of the tables
    std::string disclosure_place;                // "policy.toml:38:2"
    std::vector<Row> rows;  // by the vocabulary's category number; the last is personal_data
    SubjectLimits subject_limits;
    LetterLimit visible_limit;
    LetterLimit unregistered_limit;
    std::array<Cell, 4> incomplete;  // by extract::Why
    Cell registry_unavailable;
    std::optional<StaleRule> registry_stale;
    Cell hidden_content;
    std::optional<Cell> consistency;  // nothing: it is not looked at
    std::optional<RunGuardRule> run_guard;
    std::vector<Exception> exceptions;
    ReviewRules review;

    match::Words words;  // what the vocabulary was made of
    std::shared_ptr<const match::Vocabulary> vocabulary;
    std::vector<Warning> warnings;
    Action strongest = Action::accept;
    bool uses_tag = false;
};

// Whether an address is of one of the own domains.
[[nodiscard]] bool is_internal(const Rules& rules, const mail::Address& address) noexcept;
// See Policy::in_scope.
[[nodiscard]] bool in_scope(const Rules& rules, const mail::Address& sender,
                            const std::vector<mail::Address>& header_from) noexcept;

// "nl.toml:41", without its folder; empty where there is no line.
[[nodiscard]] std::string place_of(const Rules& rules, Line line);

// "run_guard: once 5 letters of a run are misaddressed ...: quarantine".
[[nodiscard]] std::string run_rule_in_words(const RunGuardRule& rule);

// Errors (policy) name file, line and column. `folder` is where a file may stand that the policy
// extends; null where it may extend shipped policies alone.
Result<Rules> parse_rules(std::string_view toml_text, std::string file, const Folder* folder);

// See Policy::judge.
[[nodiscard]] Verdict judge(const Rules& rules, const Facts& facts);

// The domains of mailbox providers that anybody may have an address at, used where a policy gives
// no list of its own.
[[nodiscard]] const std::vector<std::string>& default_public_mailbox_providers();
// Those of them that ignore dots in the name of a mailbox, likewise.
[[nodiscard]] const std::vector<std::string>& default_dotless_domains();
// Whether anybody may have an address at a domain: that of a provider, of this policy or built in.
[[nodiscard]] bool is_mailbox_provider(const Rules& rules, std::string_view domain);
// Whether anybody may have a domain under this one, as far as its form tells: "nl", "co.uk".
[[nodiscard]] bool is_public_suffix(std::string_view domain) noexcept;

struct Policy::State : Rules {};

}  // namespace postwacht::policy
