// parse(): the bytes of a message to a flat vector of parts. GMime stays behind this wall.
//
// Guarantee: any bytes give a Parsed; what is wrong with them is listed as defects, nothing is
// thrown, and no text is dropped: preambles, epilogues, the bodies of multiparts that have no
// boundary, and what stands where no part should be are parts of their own. Where readers disagree
// what a message means, all meanings are read or a defect says so. Standards: RFC 5322, 2045-2047,
// 2231, 6532. Limits: message/partial is not reassembled and text in uuencode not decoded (their
// bodies are read as they are, and are defects); of an mbox file the first message is taken apart,
// the others are text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.hpp"
#include "mail/address.hpp"

namespace postwacht::mail {

// A header field decoded for reading (RFC 2047, charset to UTF-8).
struct HeaderField {
    std::string name;  // as written; empty for lines of the header that are no fields
    std::string text;  // UTF-8, unfolded
};

enum class PartKind {
    headers,   // the fields of the message, of a nested message, or of a part where people may have
               // written in them: `headers` is filled
    content,   // a leaf: `content` holds its decoded bytes
    preamble,  // text before the first boundary, which mail programs do not show
    epilogue,  // text after the last one
};

struct Part {
    // IMAP numbering: "1", "2.1"; the fields of the message itself are "0", those of the message
    // nested at "2" are "2.0" (with that file's name), those of the part "2" itself "2.MIME".
    // Preamble and epilogue carry the number of their multipart ("0" at the root).
    std::string path;
    PartKind kind = PartKind::content;
    std::string name;         // decoded file name; empty if none
    std::string type;         // declared, lower case "text/html"; "text/plain" if none was declared
    std::string charset;      // declared; empty if none
    bool attachment = false;  // Content-Disposition: attachment
    std::string content;      // transfer encoding undone, charset as declared
    std::vector<HeaderField> headers;  // of PartKind::headers
};

// Why something may be in the message that is not in `parts`, or not as its reader will see it.
struct Defect {
    std::string path;
    std::string what;  // "multipart without boundary", "unknown transfer encoding"
};

struct Parsed {
    std::vector<Part> parts;  // in the order of the message, parents before children
    std::vector<Defect> defects;
    bool over_budget = false;  // some of it was left unread; `parts` holds what was reached

    // The decoded text of the first field of this name of the message itself; empty if none.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

[[nodiscard]] Parsed parse(std::string_view message, Budget& budget);

// Whether a file looks like a mail: it begins with header fields (or an mbox "From " line and
// then fields), among them one that only mails have.
[[nodiscard]] bool looks_like_mail(std::string_view bytes) noexcept;

}  // namespace postwacht::mail
