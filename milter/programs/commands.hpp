// commands: the groups of `postwacht`, one file each.
//
// add_NAME() declares a group's options; when it is called for, it puts what is to be done into
// `chosen`, and main runs that once the whole command line has been found right.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace postwacht::programs {

class Subcommand;

inline constexpr const char* program_name = "postwacht";

// The exit code, or an Error for main to print.
using Run = std::function<Result<int>()>;

void add_init(Subcommand program, Run& chosen);
void add_registry(Subcommand program, Run& chosen);
void add_check(Subcommand program, Run& chosen);
void add_extract(Subcommand program, Run& chosen);
void add_policy(Subcommand program, Run& chosen);
void add_policy_explain(Subcommand group, Run& chosen);  // these of the group "policy"
void add_policy_replay(Subcommand group, Run& chosen);
void add_policy_rollout(Subcommand group, Run& chosen);
void add_policy_show(Subcommand group, Run& chosen);
void add_quarantine(Subcommand program, Run& chosen);
void add_journal(Subcommand program, Run& chosen);
// `arguments` are those of the program: what the review daemon is to do is handed on as it stands.
void add_review(Subcommand program, Run& chosen, const std::vector<std::string>& arguments);
void add_review_lookback(Subcommand group, Run& chosen);  // these of the group "review"
void add_review_report(Subcommand group, Run& chosen);

}  // namespace postwacht::programs
