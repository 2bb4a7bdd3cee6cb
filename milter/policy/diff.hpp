// diff: what another policy would mean, cell by cell; not what its text looks like.
//
// Two policies are compared as judge() reads them, so that a row that is spelt out and one that a
// "*" stands for are the same. Each change says in which direction it goes: stricter, looser, or
// neither (a word more, another date).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/policy.hpp"

namespace postwacht::policy {

enum class Effect : std::uint8_t { stricter, looser, other };
[[nodiscard]] const char* to_string(Effect effect) noexcept;

struct Change {
    Effect effect = Effect::other;
    std::string what;    // "medical to former_employer", "limits.subjects of employer"
    std::string before;  // "accept"; empty where the old policy has none
    std::string after;   // empty where the new policy has none
    std::string place;   // in the new policy, "nl.toml:41"; empty where that is of no line
};

// In the order of the new policy: its settings, the matrix by row, words, limits, exceptions.
[[nodiscard]] std::vector<Change> diff(const Policy& before, const Policy& after);

}  // namespace postwacht::policy
