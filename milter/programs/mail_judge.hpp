// mail_judge: judges the mails of a policy's cases as `postwacht check` would.
#pragma once

#include <memory>
#include <string>

#include "policy/cases.hpp"

namespace postwacht::programs {

// With the registry of the configuration, which is loaded for the first mail, and `policy` in place
// of its policy.
[[nodiscard]] policy::MailJudge mail_judge(const std::string& config_file,
                                           std::shared_ptr<const policy::Policy> policy);

}  // namespace postwacht::programs
