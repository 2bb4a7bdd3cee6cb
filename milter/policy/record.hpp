// record: the facts of a judgement as the journal keeps them, to be judged again by another policy.
//
// A JSON object without text, names, addresses or ids: on which day, what kind of sender and of
// recipients, and how many people with which kinds of data, dates and ties. People of whom all of
// that is the same are one entry with their number, since a verdict depends on nothing else.
//
// What cannot be told from it: what other terms would find in the letter, and whom an exception
// fits that the recording policy did not have or did not use.
#pragma once

#include <string>

#include "base/json_value.hpp"
#include "policy/policy.hpp"

namespace postwacht::policy {

// More pairs of people and recipients than this are not recorded, which the object then says.
inline constexpr std::size_t most_recorded_pairs = 100'000;

// `verdict` is what `policy` said about these facts.
[[nodiscard]] std::string record(const Policy& policy, const Facts& facts, const Verdict& verdict);

// The facts that `policy` would judge. Error (damaged): this is no such object; not_found: it says
// that there were too many to record.
Result<Facts> recall(const json::Value& record, const Policy& policy);

}  // namespace postwacht::policy
