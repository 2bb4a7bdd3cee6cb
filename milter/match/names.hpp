// Names: how a person may be named in folded text, and whether a name that stands there is that
// person's. Internal to the room.
//
// A surname is found as whole words in any of its spellings: "van der meer", "vandermeer", "el-
// amrani", "meyer" for "meijer". What stands around it tells more:
//   agrees     an initial or given name of the person ("j. de vries", "vries, j.m. de", "de vries,
//              johanna"; in a row of a table also in the next cell), or both surnames of a double
//              name ("de vries-jansen")
//   contrary   initials of somebody else
//   silent     neither
// A surname behind "te", "in", "uit" or "naar" that nothing else makes a name is that of a place.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "match/given_names.hpp"
#include "match/identifiers.hpp"
#include "registry/types.hpp"

namespace postwacht::match {

class LabelledNames;

struct SurnameForm {
    std::vector<std::string> words;
    std::size_t main = 0;  // the word to look for first
    bool partner = false;
    bool partial = false;  // one word of several: counts only where something stands by it
    bool frail = false;    // four letters and one of them wrong: only with initials or given name
};

// How a person may be named, folded.
struct NameForms {
    std::vector<SurnameForm> surnames;
    std::vector<std::string> given_names;
    std::vector<std::string> prefixes;  // words of both prefixes
    std::string initials;               // "jm", as registered or as the given names begin
    std::string more_initials;          // those of given names that it lacks
    Sex sex = Sex::unknown;             // by the first given name
};
[[nodiscard]] NameForms name_forms(const registry::Subject& subject);

enum class Agreement : std::uint8_t { contrary, silent, agrees };

struct NameReading {
    Span span;  // of the surname, or of both in a double name
    Agreement agreement = Agreement::silent;
    bool companion = false;  // a title, label, initial, given name or prefix stands by it
    bool both = false;       // both of the person's surnames
    std::uint8_t fit = 0;    // 2: all initials or a given name; 1: the first initial
    bool closest = false;    // nobody's initials or given name could fit better
    bool partial = false;    // one word of a surname of several
    bool family = false;     // of all of that name: "familie", "erven"
    bool joined = false;     // a hyphen joins it to a name that is not the person's
    bool opposed = false;    // its title is that of the other sex than the given name
    bool placed = false;     // behind "te" or "in", as the name of a place
    bool frail = false;      // of a surname of four letters, with a typing error
};

// The forms of the same person with `word`, folded, in place of the surname that it is with a
// typing error in it (a letter more, less or other, or two exchanged); nothing if it is that of
// none.
[[nodiscard]] std::optional<NameForms> misspelled(const NameForms& forms, std::string_view word);

// The person's surname of which the main word is at `at`; nothing if it is not there.
[[nodiscard]] std::optional<NameReading> read_name_at(std::string_view text, std::uint32_t at,
                                                      const NameForms& forms);

// Where the person is named in the window; the first place.
[[nodiscard]] std::optional<std::uint32_t> find_name(std::string_view text, Span window,
                                                     const NameForms& forms);

// All names in the window taken together: agrees if one does, else contrary if one is, else silent;
// nothing if there is none. The reading of the place that decided. In `elsewhere` (a street, a
// town) a surname that nothing stands by is no name. `labels` tell what is said apart from it.
[[nodiscard]] std::optional<NameReading> weigh_names(std::string_view text, Span window,
                                                     const NameForms& forms,
                                                     const std::array<Span, 2>& elsewhere = {},
                                                     LabelledNames* labels = nullptr);

// Whether the reading names somebody by itself: a surname of up to three letters is a common word
// unless something stands by it.
[[nodiscard]] bool tells(const NameReading& reading, std::string_view text) noexcept;

}  // namespace postwacht::match
