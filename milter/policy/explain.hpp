// explain: from what is known to what is decided, in sentences a privacy officer can follow.
#pragma once

#include <string>
#include <vector>

#include "policy/policy.hpp"

namespace postwacht::policy {

struct Step {
    std::string text;   // "on 2026-03-12 the addressee is former_employer: quarantine"
    std::string place;  // the line of the policy that says so, "nl.toml:41"; empty where none does
};

struct Explanation {
    std::vector<Step> steps;
    RecipientVerdict verdict;  // as judge() gives it
};

// `facts` has one recipient, and one subject with at most one category. A null sender is one that
// is not known: exceptions are told that would hold for the right one, and decide nothing.
[[nodiscard]] Explanation explain(const Policy& policy, const Facts& facts);

}  // namespace postwacht::policy
