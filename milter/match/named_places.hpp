// Named places: where a letter says whom it is for, and whether that is another person than the one
// whose data is in it. Internal to the room; the rules are told in match.hpp.
//
// Told apart with care, since a wrong "somebody else" holds a right letter: a name counts only with
// a title before it ("Geachte mevrouw De Vries", "dhr. J. Jansen"), and any surname or given name
// of the person, or one that is a typing error away, agrees.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "match/findings.hpp"
#include "match/identifiers.hpp"
#include "match/names.hpp"
#include "match/unit.hpp"

namespace postwacht::match {

struct NamedPlace {
    NamedAt at = NamedAt::salutation;
    std::uint32_t begin = 0;  // of the line, in the unit's text
    std::string text;         // the line or file name, folded
    std::string surname;      // its word that tells most: the longest behind the title
};

// The first salutation, the first address block and the file name of a unit, where they name
// somebody. Looks at the beginning of the text only, and not at what is quoted.
[[nodiscard]] std::vector<NamedPlace> find_named_places(const Unit& unit,
                                                        const std::vector<PostcodeSpan>& postcodes);

// Whether nothing in it may be a name of this person.
[[nodiscard]] bool names_somebody_else(const NamedPlace& place, const NameForms& person);

// Whether the text says that it is for somebody who speaks or cares for the person, or is about a
// third one ("namens", "bewindvoerder", "uw zoon", "werknemer"): then another name is as it should
// be.
[[nodiscard]] bool is_for_another(std::string_view folded) noexcept;

// Whether the text of a page begins a letter: it has a salutation, or a postcode and a line of
// reference ("betreft", "ons kenmerk") in its head.
[[nodiscard]] bool begins_letter(std::string_view folded);

}  // namespace postwacht::match
