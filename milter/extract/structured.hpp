// Text files that write text in a code of their own: JSON, calendars and address cards.
//
// What a program shows is what comes out; nothing is checked for form, nothing is left out, and any
// bytes may come in. Standards: RFC 8259, RFC 5545, RFC 6350, vCard 2.1 and vCalendar 1.0.
// Known limit: numbers of JSON stay as they are written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postwacht::extract {

// The same text with the escapes in its strings decoded, so that none hides a digit.
[[nodiscard]] std::string decode_json(std::string_view utf8);

struct Card {
    struct File {
        std::string name;
        std::string type;
        std::string bytes;
    };
    std::string text;
    std::vector<File> files;  // photos, attachments
};

// Lines unfolded, quoted-printable and base64 undone, escapes of text decoded.
[[nodiscard]] Card read_card(std::string_view utf8);

}  // namespace postwacht::extract
