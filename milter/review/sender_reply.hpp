// sender_reply: what a sender answers to a notice, carried out.
//
// The answer is a mail to the address of the notice's Reply-To, whose token says which incident it
// is about, from the sender of that incident. Its first line that is neither empty nor quoted says
// what to do, and nothing else:
//   INTREKKEN, WITHDRAW         everything held of it goes back to the sender
//   AAN a@b, TO a@b             it goes to this addressee, if the policy lets a new letter go there
//   BEVESTIG why, CONFIRM why   the sender asks for its release; where the policy allows that for
//                               these kinds of data, and reviewers then decide as for any item
// Nobody releases by this what the policy holds. What a program answers (RFC 3834: Auto-Submitted;
// Precedence of bulk mail, a null return path) is nobody's wish and changes nothing.
//
// A token serves once: it is used up when all that was asked for is done, so that who is refused,
// or could not be helped now, can ask again. What was done is not done again then, and what may
// have been delivered is a reviewer's. The why of a confirmation is personal data: it is kept
// sealed, and no journal has it.
#pragma once

#include <string>
#include <string_view>

#include "review/desk.hpp"
#include "review/notifier.hpp"

namespace postwacht::review {

// What was done, in one line without personal data; also that nothing was. Errors: forbidden (no
// token, a used or an old one, or another sender), usage (the first line says nothing of these),
// conflict (decided meanwhile, or it may not go there either), and those of the desk.
Result<std::string> take_reply(const Desk& desk, const Tokens& tokens, std::string_view message);

}  // namespace postwacht::review
