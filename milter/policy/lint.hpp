// lint: what a policy that loads says and can hardly mean. Internal.
//
// Each finding is a warning with line, column and a hint; what would be unsafe is an error of the
// parser and never comes here. Looks at words of categories that are common in any letter, patterns
// that cost much or fit common words, what is given to everybody, and limits that are never reached
// or contradict the matrix.
//
// Common words are a list of ours, Dutch and English, and small: a term that is in it is wrong, one
// that is not may be as well.
#pragma once

#include <string_view>

#include "base/toml.hpp"
#include "policy/rules.hpp"

namespace postwacht::policy {

// `root` is the whole policy, merged; adds to rules.warnings, and says in rules.named_relations
// where the policy names which.
void lint(const toml::Entries& root, Rules& rules);

// Words that stand in letters about anything, folded, a blank before and behind each.
[[nodiscard]] std::string_view common_words() noexcept;

}  // namespace postwacht::policy
