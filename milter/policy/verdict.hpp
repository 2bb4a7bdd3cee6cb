// Facts in, Verdict out: the vocabulary of a judgement.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "extract/reading.hpp"
#include "mail/address.hpp"
#include "match/findings.hpp"
#include "registry/types.hpp"

namespace postwacht::policy {

// Weakest to strongest; tempfail, which decides nothing, outranks them all.
enum class Action : std::uint8_t { accept, tag, quarantine, reject, tempfail };
[[nodiscard]] const char* to_string(Action action) noexcept;
[[nodiscard]] std::optional<Action> action_from(std::string_view word) noexcept;

enum class Mode : std::uint8_t { enforce, simulate };

// What is known of the registry at the time of the judgement.
struct RegistryFacts {
    bool available = false;
    Instant as_of{};  // registry::Stats::source_as_of; meaningless if unavailable
    std::chrono::seconds age{0};
    std::string source = {};  // registry::Stats::source_digest; empty where it is not known
};

// A recipient, and what it is to each subject: ties[i] belongs to Facts::subjects[i].
struct RecipientFacts {
    mail::Address address;
    std::vector<std::vector<registry::Tie>> ties;
    // Of facts from a journal: the exceptions that were in force, by id. Else the addresses tell.
    std::optional<std::vector<std::string>> exceptions = {};
    std::string key{};            // registry::Addressee::address
    bool name_disagrees = false;  // the letter calls it otherwise than the registry
};

struct Facts {
    mail::Address sender;                    // of the envelope
    std::vector<mail::Address> header_from;  // of the From field
    std::vector<RecipientFacts> recipients;
    std::vector<match::SubjectFinding> subjects;
    std::vector<extract::Incomplete> incomplete;
    std::vector<mail::Address> visible;  // To and Cc
    std::uint64_t unregistered = 0;      // match::Findings::unregistered
    RegistryFacts registry;
    Date today{};
};

// Why a recipient got its action: one rule that decided, with what it decided about.
struct Reason {
    std::string rule;  // disclosure, limits.subjects, limits.visible_recipients,
                       // limits.unregistered_identifiers, incomplete,
                       // hidden_content, consistency, registry_unavailable, registry_stale,
                       // run_guard, exception:<id>, scope
    Action action = Action::accept;
    std::string category;  // empty where none
    std::string subject;   // subject_id; empty where none
    std::optional<match::Confidence> confidence;
    bool ambiguous = false;  // others fit what names the subject as well
    std::string relation;    // "former_employer"; of limits, the relation that is limited
    // What may explain a mistake; neither shows an address.
    bool one_character_off = false;  // the registry has nearly this address for the subject
    bool name_disagrees = false;     // as RecipientFacts::name_disagrees
    std::optional<Date> ended;
    std::optional<Date> begins;
    std::optional<Date> as_of;
    std::vector<match::Evidence> evidence;
    std::string part;  // of incomplete
    std::string name;  // of incomplete
    std::string why;   // of incomplete: "encrypted"; of consistency: "salutation";
                       // of run_guard: "share", "shift"
    std::optional<std::uint64_t> count;  // of limits; of run_guard as RunTrip has it
    std::optional<std::uint64_t> limit;
    std::string run;                  // of run_guard: RunTrip::run
    std::optional<std::uint64_t> of;  // of run_guard, as the two below: as RunTrip has it
    std::optional<std::uint64_t> fits;
    std::optional<std::int64_t> offset;
    bool simulated = false;  // what the rule would have done: it decided nothing
    std::string place;       // the policy line that decided, "nl-social-security.toml:41"
};

// Why a merge run has gone wrong, so that all that follows of it is held.
struct RunTrip {
    enum class Why : std::uint8_t {
        share,  // too many of its letters are misaddressed
        shift,  // recipients fit the subjects of other letters of it
    };
    std::string run;  // "R-" and 16 hexadecimal digits
    Why why = Why::share;
    std::uint64_t count = 0;  // letters that went wrong
    std::uint64_t of = 0;     // of so many
    std::uint64_t limit = 0;  // RunRule::letters
    // Of a shift: how many recipients fit the subject of a letter on the same side of theirs, and
    // how far from it in most cases: -1 is the letter before.
    std::uint64_t fits = 0;
    std::int64_t offset = 0;
};
[[nodiscard]] const char* to_string(RunTrip::Why why) noexcept;

struct RecipientVerdict {
    std::string address;
    Action action = Action::accept;
    // Strictest first, and those that are simulated behind. At least one of those that decided,
    // unless accepted for no finding.
    std::vector<Reason> reasons;
};

struct SubjectSummary {
    std::string subject;
    match::Confidence confidence = match::Confidence::low;
    std::vector<std::string> categories;
    std::vector<match::Evidence> evidence;
    bool ambiguous = false;
};

struct Verdict {
    Action action = Action::accept;  // the strictest over all recipients
    Mode mode = Mode::enforce;
    std::string policy;  // "nl-social-security@0123456789ab"
    std::string run;     // RunTrip::run of the merge run it is a letter of; empty where of none
    std::optional<RegistryFacts> registry;
    std::vector<RecipientVerdict> recipients;  // in the order of the envelope
    std::vector<SubjectSummary> subjects;      // the first hundred
    std::uint64_t subject_count = 0;           // all of them
    std::vector<extract::Incomplete> incomplete;
    extract::Coverage coverage;
    std::vector<extract::PartInfo> parts;  // what Evidence::part points into
    double elapsed_ms = 0;

    // Schema postwacht.verdict/1. Without personal data, except the recipients' addresses when
    // `show_addresses` (for the caller who gave them on the command line); otherwise "address" is
    // left out and "recipient" carries the position from 1.
    [[nodiscard]] std::string to_json(bool show_addresses) const;
    // The ids of the rules that decided, distinct, sorted: "disclosure,incomplete".
    [[nodiscard]] std::string rule_ids() const;
    // Whether a recipient may not have it for what it is to the subjects.
    [[nodiscard]] bool is_misaddressed() const noexcept;
};

// One sentence for a person: "maternity_benefit of S-1042 to former_employer (ended 2025-12-31)".
[[nodiscard]] std::string describe(const Reason& reason);

}  // namespace postwacht::policy
