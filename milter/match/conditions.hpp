// Conditions: hits that count only where other words stand near them, or do not. Internal.
//
// The scan keeps such hits apart, together with the words that are asked for; when it is done, each
// is looked at once. Takes n log n of the hits and words, whatever the distances. Words with a
// weight are added up for each category, each word once, however often it stands there.
#pragma once

#include <cstdint>
#include <vector>

#include "match/vocabulary.hpp"

namespace postwacht::match {

struct CompiledCondition {
    std::uint32_t near = 0;  // numbers of lists of words, from 1; 0 asks for nothing
    std::uint32_t unless = 0;
    std::uint32_t within = 0;
    std::uint32_t weight = 0;     // 0: the hit counts by itself
    std::uint32_t threshold = 0;  // of its category
};

struct ConditionalHits {
    struct Pending {
        Hit hit;
        std::uint32_t condition = 0;  // from 1
    };
    struct Word {
        std::uint32_t list = 0;
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
    };
    std::vector<Pending> pending;
    std::vector<Word> words;

    // Appends the hits whose condition is met. Conditions are one for each word.
    void resolve(const std::vector<CompiledCondition>& conditions, std::vector<Hit>& hits);
};

}  // namespace postwacht::match
