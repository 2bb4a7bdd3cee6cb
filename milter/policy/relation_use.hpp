// relation_use: the relations that a policy names beside those that a registry has.
//
// A relation that no subject has is a slip of the pen as often as not: its cells decide nothing,
// and whoever was meant is quarantined by "*". Only the policy's own file is looked at, not those
// that it extends. `former_` and `future_` count as what they were or will be.
#pragma once

#include <string>
#include <vector>

#include "policy/policy.hpp"

namespace postwacht::policy {

// `registered` is registry::Index::relation_names(); of a registry without relations nothing is
// said. A warning for each relation that it has not, at the first place that names it; then one
// note about those that it has and the policy never names.
[[nodiscard]] std::vector<Warning> relation_use(const Policy& policy,
                                                const std::vector<std::string>& registered);

}  // namespace postwacht::policy
