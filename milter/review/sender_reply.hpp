// sender_reply: what a sender answers to a notice, carried out.
//
// The answer is a mail to the address of the notice's Reply-To, whose token says which incident it
// is about, from the sender of that incident. Its first line that is not empty says what to do:
//   INTREKKEN, WITHDRAW         everything held of it goes back to the sender
//   AAN a@b, TO a@b             it goes to this addressee, if the policy lets a new letter go there
//   BEVESTIG why, CONFIRM why   the sender asks for its release; where the policy allows that for
//                               these kinds of data, and reviewers then decide as for any item
// Nobody releases by this what the policy holds. A token serves once.
#pragma once

#include <string>
#include <string_view>

#include "review/desk.hpp"
#include "review/notifier.hpp"

namespace postwacht::review {

// What was done, in one line without personal data. Errors: forbidden (no token, a used or an old
// one, or another sender), usage (the first line says nothing of these), conflict (decided
// meanwhile, or it may not go there either), and those of the desk.
Result<std::string> take_reply(const Desk& desk, const Tokens& tokens, std::string_view message);

}  // namespace postwacht::review
