// Findings: who a message is about, how sure that is and why, and what kinds of data it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "registry/types.hpp"

namespace postwacht::match {

enum class Confidence : std::uint8_t { low, medium, high };
[[nodiscard]] const char* to_string(Confidence confidence) noexcept;

enum class EvidenceKind : std::uint8_t {
    bsn,  // primary elements
    other_id,
    email,
    name_birth_date,  // a name with the birth date of the same person
    address,          // postcode and house number with the name or birth date of the same person
    keyword,          // supporting evidence
    name,
    birth_date,
    postcode,
};
inline constexpr std::size_t evidence_kinds = 9;
[[nodiscard]] const char* to_string(EvidenceKind kind) noexcept;
[[nodiscard]] constexpr bool is_primary(EvidenceKind kind) noexcept {
    return kind <= EvidenceKind::address;
}

// Where a piece of evidence stands; never what it says.
struct Evidence {
    std::uint32_t part = 0;  // index into extract::Reading::parts
    std::string where;       // "text, line 3"
    EvidenceKind kind = EvidenceKind::bsn;
    bool hidden = false;
    bool ocr = false;
};

// Where a letter says whom it is for.
enum class NamedAt : std::uint8_t {
    salutation,
    address_block,
    file_name,    // by a name
    file_number,  // by the number or address of another subject
};
inline constexpr std::size_t named_places = 4;
[[nodiscard]] const char* to_string(NamedAt at) noexcept;
[[nodiscard]] std::optional<NamedAt> named_at_from(std::string_view word) noexcept;

// Such a place that names somebody else than the one person whom its text is about; never whom.
struct Contradiction {
    NamedAt at = NamedAt::salutation;
    std::uint32_t part = 0;  // as in Evidence
    std::string where;
};

struct SubjectFinding {
    std::shared_ptr<const registry::Subject> subject;
    Confidence confidence = Confidence::low;
    // Primary first; at most a handful of each kind, visible and hidden counted apart.
    std::vector<Evidence> evidence;
    // All that names this person names others as well.
    bool ambiguous = false;
    std::vector<std::uint32_t> categories;           // numbers in the vocabulary, sorted, distinct
    std::optional<Date> period;                      // the start of the case the letter speaks of
    std::vector<Contradiction> contradictions = {};  // at most one of each kind
};

inline constexpr std::size_t most_unregistered = 100'000;

struct Findings {
    std::vector<SubjectFinding> subjects;  // each subject once, by first appearance
    // Different numbers that pass the eleven check, that a keyword or column header calls a BSN,
    // and that the registry does not know. At most `most_unregistered` are counted.
    std::uint64_t unregistered = 0;
    // The budget ended before everything was looked at: there may be more.
    bool over_budget = false;
};

}  // namespace postwacht::match
