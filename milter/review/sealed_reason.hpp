// sealed_reason: why a sender asks for a release, in the sender's own words.
//
// Whoever explains a letter names the person it is about. So these words are kept as the letter is:
// sealed to the review certificates (CMS), in the place of the reason of an Approval, as "sealed:"
// and hexadecimal digits. They are shown to whom evidence is shown.
#pragma once

#include <string>
#include <string_view>

#include "quarantine/casebook.hpp"
#include "review/intake.hpp"

namespace postwacht::review {

// What such an Approval wants; it is nobody's agreement.
inline constexpr const char* asks_for_release = "asks for release";

// Errors: those of sealing; config where the office has no certificates.
Result<std::string> seal_reason(const Office& office, std::string_view reason);

// Puts the words of a sender in the place of what is kept, or, unless `open`, says that there are
// some, or that they do not open. Other approvals stay as they are.
void unseal_reason(const Office& office, quarantine::Approval& approval, bool open);

}  // namespace postwacht::review
