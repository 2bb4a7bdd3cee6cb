// A text, matched against a registry: who is found in it, in words.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "match/match.hpp"
#include "support/catch_result.hpp"
#include "support/fake_index.hpp"

namespace postwacht {

inline const match::Vocabulary& vocabulary() {
    static const auto compiled = [] {
        match::Words words = match::default_words();
        words.categories = {{"maternity", {"WAZO"}, {}}, {"medical", {"diagnose"}, {}}};
        return *match::Vocabulary::compile(words);
    }();
    return *compiled;
}

inline match::Findings match_text(const registry::Index& index, const std::string& text,
                                  bool recognised = false) {
    extract::Reading reading;
    extract::PartInfo part;
    part.path = "1";
    part.type = "text/plain";
    reading.parts.push_back(part);
    extract::Fragment fragment;
    fragment.where = "text";
    fragment.text = text;
    fragment.ocr = recognised;
    reading.fragments.push_back(fragment);
    Budget budget{Limits{}};
    auto findings = match::match(reading, index, vocabulary(), budget);
    REQUIRE(findings);
    return *findings;
}

// "T1:medium T2:high": who is found and how sure it is, in the order of the registry; "?" behind
// those who are ambiguous.
inline std::string found_in(const registry::Index& index, const std::string& text,
                            bool recognised = false) {
    auto findings = match_text(index, text, recognised);
    std::sort(findings.subjects.begin(), findings.subjects.end(),
              [](const auto& a, const auto& b) { return a.subject->number < b.subject->number; });
    std::string all;
    for (const auto& finding : findings.subjects) {
        if (!all.empty()) all += ' ';
        all += finding.subject->id + ":" + match::to_string(finding.confidence);
        if (finding.ambiguous) all += '?';
    }
    return all;
}

}  // namespace postwacht
