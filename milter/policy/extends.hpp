// extends: a policy that says only in what it differs from another one.
//
//   [policy]
//   name = "our-agency"
//   extends = "nl-social-security"      # a shipped policy; "house.toml": a file beside this one
//
// Tables are merged key by key, and what this policy gives takes the place of what the other one
// says. In a category, add_terms, remove_terms, add_patterns and remove_patterns change the list
// that was there. Exceptions are kept beside each other; one with the same id takes the place of
// the other. What is extended may itself extend another.
//
// Every value remembers the file that it is from, so that errors and verdicts name the right one.
// The own domains of a shipped policy are an example and are never taken over. Internal.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/toml.hpp"
#include "policy/policy.hpp"

namespace postwacht::policy {

// A policy is written by people. What is larger than this is something else.
inline constexpr std::size_t max_policy_bytes = 4U << 20U;

struct Sources {
    // The policy's own file first, then what it extends. Positions in `entries` point into them;
    // those of the policy's own file name none.
    std::vector<std::unique_ptr<const std::string>> files;
    toml::Entries entries;
    std::string digest;  // hexadecimal SHA-256 of the file; of several, of their digests
};

// Errors (policy): a file does not read or is no TOML, it extends itself in the end, or it takes
// away what is not there; a file that it extends has no signature and needs one. `folder` as in
// parse_rules().
Result<Sources> read_sources(std::string_view toml_text, std::string file, const Folder* folder);

}  // namespace postwacht::policy
