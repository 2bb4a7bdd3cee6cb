// The tables of a policy file, each read by one function, and what they share. Internal.
//
// Each function takes the root of the document, marks its own table as known, and fills its part of
// the Rules. Order matters: words, then disclosure and limits (which need the categories), then the
// rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/toml.hpp"
#include "policy/rules.hpp"

namespace postwacht::policy {

Result<void> parse_words(toml::Reader& root, Rules& rules);       // [categories.*], [matching]
Result<void> parse_disclosure(toml::Reader& root, Rules& rules);  // [disclosure]
Result<void> parse_limits(toml::Reader& root, Rules& rules);      // [limits]
Result<void> parse_exceptions(toml::Reader& root, Rules& rules);  // [[exception]]
Result<void> parse_review(toml::Reader& root, Rules& rules);      // [review]
Result<void> parse_run_guard(toml::Reader& root, Rules& rules);   // [run_guard]

// An action written at `value`, or a table of an action and a mode; remembers the strongest one in
// `rules`. Nothing that a rule accepts can be simulated: that would leave a gap where it stands.
Result<Cell> parse_action(const toml::Reader& reader, std::string_view key,
                          const toml::Value& value, Rules& rules);
// Whether a table says mode = "simulate".
Result<bool> parse_simulated(toml::Reader& reader);
// Makes a cell one that is simulated, where it does more than accept.
void simulate(Cell& cell) noexcept;
// The action under `key`; `fallback`, at the line of the table, where the key is absent.
Result<Cell> parse_action_or(toml::Reader& reader, std::string_view key, Action fallback,
                             Rules& rules);
// Takes note of an action that is given by default.
void note_action(Rules& rules, Action action) noexcept;

// The row of a category; the number of rows where there is none of that name.
[[nodiscard]] std::size_t find_row(const Rules& rules, std::string_view category) noexcept;
// "did you mean 'medical'?", or the names of all rows.
[[nodiscard]] std::string category_hint(const Rules& rules, std::string_view word);

// "maternity_benefit": a small letter, then small letters, digits and underscores.
[[nodiscard]] bool is_lower_snake(std::string_view word) noexcept;
// Whether a word may name a relation of the registry: lower_snake, and neither one of the fixed
// words (self, internal, other_subject, unrelated, mode, action) nor one that begins with former_
// or future_.
[[nodiscard]] bool is_relation_name(std::string_view word) noexcept;
// The column that a word like "former_employer" stands for, if its relation is known.
[[nodiscard]] std::optional<Standing> standing_of(std::string_view word,
                                                  const Relations& relations);
// A name for a policy or an exception: letters, digits, '.', '_' and '-', at most 64 of them.
[[nodiscard]] bool is_plain_name(std::string_view name) noexcept;

// Where a value stands, as a verdict names it.
[[nodiscard]] Line line_of(const Rules& rules, toml::Position at);

void warn(const toml::Reader& reader, Rules& rules, toml::Position at, std::string what,
          std::string hint);

}  // namespace postwacht::policy
