// Layout: which fragments are read as one text, and which attachment each belongs to. Internal to
// the room; the rules are told in match.hpp.
#pragma once

#include <cstdint>
#include <vector>

#include "extract/reading.hpp"

namespace postwacht::match {

struct UnitPlan {
    std::uint32_t tree = 0;  // 0: the message's own text; else an attachment of the top level
    std::vector<const extract::Fragment*> fragments;
    std::vector<char> separators;  // of the cells, per fragment
};

struct Layout {
    std::vector<UnitPlan> units;  // in the order of the message
    std::uint32_t trees = 1;
};

// The plan for everything that is to be searched.
[[nodiscard]] Layout plan_units(const extract::Reading& reading);

}  // namespace postwacht::match
