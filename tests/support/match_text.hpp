// A text, matched against a registry: who is found in it, in words.
#pragma once

#include <algorithm>
#include <string>

#include "support/matched_message.hpp"

namespace postwacht {

inline match::Findings match_text(const registry::Index& index, const std::string& text,
                                  bool recognised = false) {
    Message message;
    message.body(text);
    if (recognised) message.recognised();
    return message.match(index);
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
