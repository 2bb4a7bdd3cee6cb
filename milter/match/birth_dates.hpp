// Birth dates: which of the dates in a text may be somebody's date of birth, and by what sign.
// Internal to the room.
//
// A cue is the nearest one before the date, 60 bytes for a birth cue, 40 for others and 6 for
// others of up to four letters, in a row of a table in the same row; behind the date, a birth cue
// within 12 bytes; in a row without a cue the cell above in the same column. A date by a cue of
// another kind is no birth date. By a birth cue also these are read: "030391", "910303", "3 maart
// 91" with more behind it and, in a column, the day numbers of spreadsheets (33300) and digits
// whose zero in front was dropped ("3031991").
#pragma once

#include <cstdint>
#include <vector>

#include "match/identifiers.hpp"
#include "match/unit.hpp"
#include "match/vocabulary.hpp"

namespace postwacht::match {

enum class BirthSign : std::uint8_t {
    none,    // it stands alone
    cue,     // "geboren", "geboortedatum:"
    column,  // a header says so
};

struct BirthDate : Span {
    Date date;
    bool short_year = false;
    BirthSign sign = BirthSign::none;
};

// Sorted by position. What only a birth cue makes a date is added to `dates`, which stay sorted.
[[nodiscard]] std::vector<BirthDate> find_birth_dates(const Unit& unit,
                                                      const std::vector<Hit>& hits,
                                                      std::vector<DateSpan>& dates);

}  // namespace postwacht::match
