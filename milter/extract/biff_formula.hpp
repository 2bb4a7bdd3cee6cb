// BiffFormula: what a formula of a legacy workbook has written into it: its texts and long numbers.
//
// Any bytes may come in; what follows an unknown token is not looked at. Standard:
// [MS-XLS] 2.5.198.
#pragma once

#include <string>
#include <string_view>

namespace postwacht::extract {

// A line each; `tokens` are those of BIFF8.
[[nodiscard]] std::string constants_of_formula(std::string_view tokens);

}  // namespace postwacht::extract
