// mail_date: an instant as a mail has it (RFC 5322 section 3.3), in UTC.
#pragma once

#include <string>

#include "base/date.hpp"

namespace postwacht::review {

[[nodiscard]] std::string mail_date(Instant instant);

}  // namespace postwacht::review
