// record: the facts of a judgement as the journal keeps them, to be judged again by another policy.
//
// A JSON object without text, names, addresses or ids: on which day, what kind of sender and of
// recipients, and how many people with which kinds of data, dates and ties. People of whom all of
// that is the same are one entry with their number, since a verdict depends on nothing else.
// Keyed pseudonyms say who they are ("who" of an entry) and who the recipients are ("to": the
// address, its domain and the domains above), so that somebody with the key and a registry can ask
// later what a recipient was to a person after all. A domain that identifies nobody is left out.
//
// What cannot be told from it: what other terms would find in the letter, and whom an exception
// fits that the recording policy did not have or did not use.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_value.hpp"
#include "policy/policy.hpp"

namespace postwacht::policy {

// More pairs of people and recipients than this are not recorded, which the object then says.
inline constexpr std::size_t most_recorded_pairs = 100'000;

// Makes pseudonyms; one that is not set leaves out what it would have been for. All or none.
struct Pseudonyms {
    std::function<std::string(std::string_view subject_id)> subject;
    std::function<std::string(std::string_view address_key)> address;
    std::function<std::string(std::string_view domain)> domain;
};

// `verdict` is what `policy` said about these facts.
[[nodiscard]] std::string record(const Policy& policy, const Facts& facts, const Verdict& verdict,
                                 const Pseudonyms& pseudonyms = {});

// The domain of an address and all above it that an organisation may have: "a.b.example",
// "b.example". Views into the address.
[[nodiscard]] std::vector<std::string_view> domains_of(std::string_view address_key);

// The facts that `policy` would judge. Error (damaged): this is no such object; not_found: it says
// that there were too many to record.
Result<Facts> recall(const json::Value& record, const Policy& policy);

// People of whom the same is known.
struct RecordedGroup {
    match::SubjectFinding finding;
    std::vector<std::vector<registry::Tie>> ties;  // to each recipient
    std::uint64_t count = 1;
    std::vector<std::string> who;         // empty in records without pseudonyms
    std::vector<std::string> categories;  // by name, whether or not the policy has them
};
// The same facts with the people still together, and who the recipients are.
struct RecordedFacts {
    Facts frame;  // without subjects and ties
    std::vector<RecordedGroup> groups;
    std::vector<std::vector<std::string>> to;  // for each recipient; empty where it is not known
};
// Errors: as of recall().
Result<RecordedFacts> recall_groups(const json::Value& record, const Policy& policy);

}  // namespace postwacht::policy
