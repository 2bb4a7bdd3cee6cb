// html_page: a page for a browser that stands alone: it refers to nothing outside of itself and
// runs nothing, and says so to the browser. What is written into it is text, whatever it holds.
#pragma once

#include <string>
#include <string_view>

namespace postwacht::html_page {

// Text between tags and between quotes, printable; no longer than `most` bytes where that is given.
[[nodiscard]] std::string escaped(std::string_view text, std::size_t most = 1000);

// Up to the heading, which is the title: text that is escaped here. `style` is CSS of ours.
[[nodiscard]] std::string begin(std::string_view title, std::string_view style);
[[nodiscard]] std::string end();

}  // namespace postwacht::html_page
