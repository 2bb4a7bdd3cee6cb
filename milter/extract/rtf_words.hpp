// The vocabulary of RTF: what its control words open or stand for. Internal to the RTF reader.
#pragma once

#include <string_view>

namespace postwacht::extract::rtf {

// Where text goes that stands in a group.
enum class Goes {
    body,        // to the document, or wherever the group around it goes
    aside,       // to a place of its own
    property,    // to the document properties, with its name before it
    nowhere,     // not text
    fonts,       // the font table
    colours,     // the colour table
    picture,     // hexadecimal, not text
    object,      // hexadecimal: an embedded object
    html_tag,    // markup of HTML wrapped in RTF
    both_forms,  // the same in ANSI and in Unicode
    unicode,     // the latter of these
    shape_name,  // name of a shape's property
    shape_value,
};

struct Destination {
    std::string_view word;
    Goes goes = Goes::body;
    std::string_view where = {};
    bool hidden = false;
};

// nullptr for what opens no destination.
[[nodiscard]] const Destination* find_destination(std::string_view word) noexcept;

// The text a control word stands for, UTF-8; empty if none.
[[nodiscard]] std::string_view character_of(std::string_view word) noexcept;

// Charset name for a Windows code page, and the code page for a font's \fcharset; 0 for the
// document's own.
[[nodiscard]] std::string_view charset_of(int code_page) noexcept;
[[nodiscard]] int code_page_of_font(int font_charset) noexcept;

}  // namespace postwacht::extract::rtf
