// Layout: which fragments are read as one text, and which part or message each belongs to.
// Internal to the room; the rules are told in match.hpp.
#pragma once

#include <cstdint>
#include <vector>

#include "extract/reading.hpp"

namespace postwacht::match {

struct UnitPlan {
    std::uint32_t tree = 0;  // position in Layout::trees
    std::vector<const extract::Fragment*> fragments;
    std::vector<char> separators;  // of the cells, per fragment
};

// A part that is read by itself, or a message with its own text; [0] is the outermost message.
struct TreePlace {
    std::uint32_t parent = 0;      // what it lies in: a document, an archive, a message
    std::uint32_t attachment = 0;  // of the top level, from 1; 0 for the message's own text
};

struct Layout {
    std::vector<UnitPlan> units;  // in the order of the message
    std::vector<TreePlace> trees;
    std::uint32_t attachments = 0;
};

// The plan for everything that is to be searched.
[[nodiscard]] Layout plan_units(const extract::Reading& reading);

}  // namespace postwacht::match
