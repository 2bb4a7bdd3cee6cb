// HTML as a reader sees it, and apart from it what HTML hides. libxml2 stays behind this wall.
//
// Visible text: inline markup joins ("123<b>456</b>" is "123456"), blocks and <br> begin a line,
// table cells are parted by '\t' and rows by '\n', entities are decoded. Hidden text, each in a
// fragment that says why ("comment", "display:none", "zero font size", "alt text", ...): whatever a
// recipient could get at with "view source" but is not shown. Never fails on any bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/budget.hpp"
#include "extract/reading.hpp"

namespace postwacht::extract {

// A file that an address carries in itself: "data:text/csv;base64,...".
struct HtmlFile {
    std::string type;
    std::string bytes;
};

// `utf8` is the document decoded to UTF-8. Sets `complete` to false when the budget ended it. Files
// in addresses are added to `files`.
[[nodiscard]] std::vector<Fragment> read_html(std::string_view utf8, Budget& budget, bool& complete,
                                              std::vector<HtmlFile>& files);

// The charset a document declares in its first kilobyte (<meta charset>, http-equiv, XML
// declaration); empty if none.
[[nodiscard]] std::string_view html_declared_charset(std::string_view bytes) noexcept;

}  // namespace postwacht::extract
