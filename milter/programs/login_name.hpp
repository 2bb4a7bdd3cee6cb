// login_name: who is at it, for what is written down about a decision.
#pragma once

#include <string>

namespace postwacht::programs {

// The login name of whoever runs this; behind sudo(8), of whoever called it.
[[nodiscard]] std::string login_name();

}  // namespace postwacht::programs
