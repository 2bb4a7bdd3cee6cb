// Evidence: which numbers have a keyword by them, where supporting evidence for a person is looked
// for, and what of it is there. Internal to the room; the rules are told in match.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "match/findings.hpp"
#include "match/identifiers.hpp"
#include "match/unit.hpp"
#include "match/vocabulary.hpp"
#include "registry/types.hpp"

namespace postwacht::match {

// The keyword that goes with a candidate, by the candidate's position in its vector.
struct KeywordMark {
    bool found = false;
    bool right_before = false;  // nothing but a few characters between
    std::uint32_t at = 0;
};
[[nodiscard]] std::vector<KeywordMark> mark_keywords(const Unit& unit, const std::vector<Hit>& hits,
                                                     const std::vector<BsnCandidate>& candidates);

// A primary element in a unit: a number, id or address that is in the registry.
struct Primary : Span {
    EvidenceKind kind = EvidenceKind::bsn;
    std::uint32_t subject = 0;  // the matcher's number for the person
    std::uint32_t line = 0;
    std::uint8_t element = 0;  // which of the person's values
    bool weak = false;         // an other id without a distinctive form
    bool shared = false;       // the value belongs to several people
    bool guessed = false;      // read with characters that text recognition confuses
    bool named = false;        // made of a name, which stands at name_at
    std::uint32_t name_at = 0;
    KeywordMark keyword;
};

// Where supporting evidence for each primary element may stand, in the order of `primaries` (sorted
// by position). `subject_count` is how many people they belong to.
[[nodiscard]] std::vector<Span> support_windows(const Unit& unit,
                                                const std::vector<Primary>& primaries,
                                                std::size_t subject_count);
// Whether a primary element stands in a row of a list of people, rather than in a table that lays
// out labels and values.
[[nodiscard]] bool in_list_row(const Unit& unit, const std::vector<Primary>& primaries,
                               std::size_t index);

// Both vectors are sorted by position.
[[nodiscard]] std::optional<std::uint32_t> find_date(const std::vector<DateSpan>& dates,
                                                     Span window, Date wanted);
[[nodiscard]] std::optional<std::uint32_t> find_postcode(const std::vector<PostcodeSpan>& postcodes,
                                                         Span window, std::string_view wanted);

}  // namespace postwacht::match
