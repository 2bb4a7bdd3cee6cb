// Content: the plain form of what is sealed in items/<id>.cms.
//
//   Postwacht-Sealed: 1
//   Item: Q-20261123-7f3a9c12e5b0d846
//   Queue-Id: 4fXyz1
//   Held-At: 2026-11-23T09:00:00Z
//   Sender: <besluit@uwv.example>
//   Recipient: <hr@jansen.example>          one for each recipient that it is held for
//   Content-Length: 18234
//
//   the message, exactly so many bytes, to the end
//
// Lines end in LF. In a value each byte that is not a visible ASCII character, and the per cent
// sign, is written as %XX, so that an address may hold anything and `openssl cms -decrypt` still
// shows readable text. Item binds the content to its file: content put under another id does not
// open. What does not have exactly this form is refused as damaged.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"
#include "quarantine/store.hpp"

namespace postwacht::quarantine {

struct ContentHead {
    std::string_view id;
    std::string_view queue_id;
    Instant held_at{};
    std::string_view sender_raw;
    std::vector<std::string_view> recipients_raw;
    std::size_t message_size = 0;
};

// Everything before the message.
[[nodiscard]] std::string write_content_head(const ContentHead& head);

// Error damaged: not the content of item `id`, or not whole. Error config: made by a newer version.
Result<Content> parse_content(std::string_view plain, std::string_view id);

}  // namespace postwacht::quarantine
