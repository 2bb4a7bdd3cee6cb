// Why something was held, in words that name nobody: for plain mail, and for what leaves the house.
//
// A verdict's own sentence names the subject by its subject_id, for reviewers; beside a kind of
// data such as sickness that is more than a notice may say. Pure. What is not known reads as its
// rule.
#pragma once

#include <string>
#include <string_view>

#include "base/json_value.hpp"

namespace postwacht::review {

// Of a reason of a verdict: "maternity benefit of a registered person, to a former employer".
[[nodiscard]] std::string words_of(const json::Value& reason);
// Of the first reason by which a verdict keeps a letter from somebody; `otherwise` where there is
// none to be read.
[[nodiscard]] std::string why_held(std::string_view verdict_json, std::string_view otherwise);
// Whether the sentence that a rule leaves names somebody.
[[nodiscard]] bool names_somebody(std::string_view rule) noexcept;

}  // namespace postwacht::review
