// Register of breaches and near misses: what became of every letter that was held, and what turned
// out to have been delivered wrongly, read from the journal.
//
// An incident is a held item, several of them that entries of kind "incident" and "case" brought
// together, or a breach that a look-back recorded. What reviewers decided gives its outcome: a
// release says that it was held for nothing, a return or a deletion that a wrong letter did not
// leave. What a release may have sent, since the MTA never said, is a probable breach when it is
// returned or deleted; so is what is not in the MTA's hold any more without a decision, as entries
// of kind "mta" tell. A decision may say otherwise itself ("outcome"), and so does an entry of kind
// "outcome". Deleting the content of what was released changes nothing.
//
// The fields follow the sections of the form by which the Dutch supervisory authority (Autoriteit
// Persoonsgegevens) is notified: contact, timeline, nature, personal data and number of records,
// persons concerned, measures before, consequences, follow-up. What only people know is left empty
// for them to fill in. GDPR article 33(5) asks for such a register.
//
// No personal data: queue ids, items, pseudonyms and counts, and the words of the policy.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"

namespace postwacht::review {

enum class IncidentOutcome : std::uint8_t {
    open,             // not decided on, or not all of it
    false_positive,   // held for nothing
    near_miss,        // rightly held
    probable_breach,  // delivered, by a look-back
    confirmed_breach,
};
inline constexpr std::size_t incident_outcomes = 5;
[[nodiscard]] const char* to_string(IncidentOutcome outcome) noexcept;

struct RegisteredIncident {
    std::string id;  // "Q-...", "I-..." or "B-..."
    IncidentOutcome outcome = IncidentOutcome::open;
    bool delivered = false;  // to the wrong recipient; else it was held before it left
    // Or may have left, by a release whose end nobody knows or from the MTA's hold without one.
    bool possibly_delivered = false;
    Instant opened{};  // held, grouped, or discovered
    Instant first{};   // of the letters
    Instant last{};
    std::optional<Instant> left;     // when it was found that it is not in the MTA's hold
    std::optional<Instant> decided;  // the last of the decisions
    std::string cause;               // of a breach as in lookback.hpp; else the rules that held it
    std::string department;
    std::set<std::string> rules;
    std::set<std::string> categories;
    std::set<std::string> relations;  // what the recipients were: "former_employer"
    std::uint64_t messages = 0;
    std::uint64_t persons_min = 0;  // of whom the letter leaves no doubt
    std::uint64_t persons_max = 0;
    std::vector<std::string> items;
    std::vector<std::string> queue_ids;
};

// The days of a report, both included.
struct Period {
    Date from{};
    Date to{};
    [[nodiscard]] std::uint64_t days() const;
    [[nodiscard]] Period before() const;         // as long, and ending the day before
    [[nodiscard]] bool holds(Instant at) const;  // by UTC
};

// Reads the entries of a journal, oldest first.
class Register {
  public:
    // `departments` names senders: by pseudonym, the department. Letters before `since` are passed
    // over.
    explicit Register(std::map<std::string, std::string> departments = {},
                      std::optional<Date> since = {});
    ~Register();
    Register(Register&&) noexcept;
    Register& operator=(Register&&) noexcept;

    // Error (damaged): it is no entry.
    Result<void> add(std::string_view line);
    // Oldest first.
    [[nodiscard]] std::vector<RegisteredIncident> incidents() const;
    // How many letters there were, by day ("2026-03-12").
    [[nodiscard]] const std::map<std::string, std::uint64_t>& letters() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

Result<Register> read_register(const std::filesystem::path& journal,
                               std::map<std::string, std::string> departments,
                               std::optional<Date> since);

// Incidents as the authority's form has them. `contact` is who answers for them.
[[nodiscard]] std::string register_json(const std::vector<RegisteredIncident>& incidents,
                                        const Period& period, std::string_view contact);
// A value as a cell of CSV (RFC 4180), quoted where it must be. One that a spreadsheet would take
// for a formula gets an apostrophe in front.
[[nodiscard]] std::string csv_cell(std::string_view text);
// UTF-8 with a header row.
[[nodiscard]] std::string register_csv(const std::vector<RegisteredIncident>& incidents,
                                       std::string_view contact);

}  // namespace postwacht::review
