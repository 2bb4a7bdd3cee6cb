// Numbers in the cells of a spreadsheet, shown as their format code shows them (ECMA-376 18.8.31).
//
// Dates and times, fixed decimals, grouping, percent, scientific, literals and digits parted by
// them ("000-00-000"). Months and days are named in English, or in Dutch where the code asks for
// it. Fractions and conditions are shown as plain numbers. Any code gives an answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postwacht::extract {

// The code behind one of the numbers that stand for built-in formats.
[[nodiscard]] std::string_view builtin_format(unsigned id) noexcept;

[[nodiscard]] std::string shown_number(double value, std::string_view code, bool from_1904);
// What the cell holds, where that differs from what it shows in a way that matters: the digits of a
// number that is grouped or in scientific notation, the day of a date that is not shown in full.
// Empty where it does not.
[[nodiscard]] std::string stored_number(double value, std::string_view code, bool from_1904,
                                        std::string_view shown);

}  // namespace postwacht::extract
