// Scopes: which categories and which start date a unit gives to whom. Internal to the room; the
// rules are told in match.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "match/evidence.hpp"

namespace postwacht::match {

struct UnitScopes {
    // For everyone whom the unit's text is about. Sorted, distinct.
    std::vector<std::uint32_t> categories;
    std::optional<Date> period;
    // For the person of one row of a list: (subject, category) and (subject, date). A person may
    // occur several times.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> row_categories;
    std::vector<std::pair<std::uint32_t, Date>> row_periods;
};

// `is_list`: the unit holds a list of people in rows, so that a row speaks of its own person only.
// `today`: the day near which the letter was written, for dates without a year; where the unit has
// a date of that time, it is that.
[[nodiscard]] UnitScopes read_scopes(const Unit& unit, const std::vector<Hit>& hits,
                                     const std::vector<DateSpan>& dates,
                                     const std::vector<Primary>& primaries, bool is_list,
                                     std::optional<Date> today);

}  // namespace postwacht::match
