// Content-Transfer-Encoding undone (RFC 2045 section 6), losing nothing.
//
// Written here and not taken from GMime, because a gateway must see all that any reader shows:
// GMime's decoders stop at the first base64 padding, drop the last bytes where padding is missing,
// drop a cut-off "=3", and do not join quoted-printable lines whose soft break has blanks behind
// it.
#pragma once

#include <string>
#include <string_view>

namespace postwacht::mail {

struct Undone {
    std::string content;
    // What stands in a base64 body and is not base64: a footer that a list appended, or plain text
    // under a wrong declaration. Empty where there is none.
    std::string_view foreign;
    const char* defect = nullptr;  // why `content` may not be what was meant; null if it is
};

// `encoding` is the field's value; blanks, comments, case and quotes in it do not count. An
// encoding that nobody knows leaves the body as it is, and is a defect.
[[nodiscard]] Undone undo_transfer_encoding(std::string_view body, std::string_view encoding);

[[nodiscard]] std::string decode_quoted_printable(std::string_view text);

}  // namespace postwacht::mail
