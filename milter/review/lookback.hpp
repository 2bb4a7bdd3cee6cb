// Look-back: letters that were delivered, and by what the registry says now went to the wrong
// party.
//
// The journal keeps for each letter whom it was about, what each recipient was to them by the
// registry of that day, and by pseudonyms who they are (policy/record.hpp). Of the subjects that
// were corrected, what each recipient of a delivered letter was to them is asked of the registry as
// it is now, for the day of the letter; where the policy would hold for that what it would have
// passed for what was recorded, a probable breach has been found. Both are judged by the policy as
// it is now, so that a policy that was changed finds nothing by itself.
//
// Findings are brought together by recipient (its domain, or the address where that identifies
// nobody) and cause. The moment of discovery is that of this look-back, or of the earlier one that
// recorded the finding in the journal: from then on run the 72 hours of article 33 of the GDPR.
//
// What it cannot find: letters whose entry has no pseudonyms (older ones), or had too many people;
// letters that were held and then released by a reviewer, who has decided about them; subjects that
// the registry no longer has. Nothing here names anybody: pseudonyms, queue ids and counts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"
#include "crypto/keys.hpp"
#include "journal/journal.hpp"
#include "policy/policy.hpp"
#include "registry/index.hpp"

namespace postwacht::review {

inline constexpr std::chrono::hours time_to_notify{72};
inline constexpr std::size_t most_queue_ids = 100;

enum class Cause : std::uint8_t {
    relation_ended,      // before the day that counts
    relation_not_begun,  // on that day
    relation_never_was,  // not known any more, or the address is not the party's
    address_not_theirs,  // it was taken for the subject's own
};
[[nodiscard]] const char* to_string(Cause cause) noexcept;

struct Breach {
    std::string id;         // "B-20261130-0123456789abcdef"
    std::string recipient;  // "d-..." or "p-..."
    Cause cause = Cause::relation_ended;
    std::string relation;  // "employer"; empty of address_not_theirs
    Instant discovered{};
    bool recorded = false;  // by an earlier look-back
    Date first{};           // days of the letters
    Date last{};
    std::uint64_t messages = 0;
    std::uint64_t persons_min = 0;  // of whom the letter leaves no doubt
    std::uint64_t persons_max = 0;
    std::vector<std::string> categories;  // sorted
    std::vector<std::string> queue_ids;   // the earliest `most_queue_ids`
    std::vector<std::string> findings;    // keyed digests, by which they are known again

    [[nodiscard]] Instant deadline() const { return discovered + time_to_notify; }
};

struct LookbackReport {
    std::uint64_t subjects = 0;    // that were looked for
    std::uint64_t unknown = 0;     // of these: the registry does not have them
    std::uint64_t messages = 0;    // delivered letters about them
    std::uint64_t nameless = 0;    // delivered letters of which nobody can tell
    std::vector<Breach> breaches;  // the most urgent first
    std::uint64_t journal_bytes = 0;
    std::uint64_t indexed_bytes = 0;  // of these: read by this run
};

struct LookbackOptions {
    std::filesystem::path journal;
    const crypto::SecretKey* journal_key = nullptr;
    std::shared_ptr<const policy::Policy> policy;
    std::shared_ptr<const registry::Index> registry;
    // Nothing: all whom the journal names. That reads all of it, and finds of each letter the first
    // hundred, which its verdict lists.
    std::optional<std::vector<std::string>> subjects;
    std::optional<Date> since;  // the day of a letter
    Instant now{};
    std::function<void(std::string_view what, double share)> progress;
};

// Brings the index beside the journal up to date and looks. Errors: those of JournalIndex;
// registry_unavailable.
Result<LookbackReport> look_back(const LookbackOptions& options);

// What the journal keeps of a breach, entry of kind "breach".
[[nodiscard]] std::string breach_entry(const Breach& breach, std::string_view by);

}  // namespace postwacht::review
