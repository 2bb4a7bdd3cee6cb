// Notice: the message that returns a held message to its sender.
//
// A multipart/report (RFC 6522) with a short explanation in Dutch and English, a delivery status
// (RFC 3464) that names the recipients who did not get it, and the message itself, byte for byte,
// as message/rfc822. The explanation says nothing about anybody: no name, no subject line, no
// verdict. Of one that a release may
// have sent already, since the MTA never said, it says that it may have been sent. Pure: the same
// input gives the same bytes. Limits: a message with 8-bit header fields is attached as
// message/rfc822 too, since few mail programs show message/global.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"

namespace postwacht::review {

struct NoticeInput {
    std::string_view item_id;
    std::string_view sender_raw;  // to whom it goes; not the null sender
    std::vector<std::string> recipients_raw;
    std::string_view message;
    std::string_view reporting_host;
    Instant held_at{};
    Instant now{};
    bool possibly_sent = false;  // may_have_left() of review.hpp
};

[[nodiscard]] std::string make_return_notice(const NoticeInput& input);

}  // namespace postwacht::review
