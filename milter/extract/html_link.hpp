// Links: what an address in HTML says to whoever follows it. Any bytes give an answer; texts are
// valid UTF-8. Standards: RFC 3986, RFC 6068 (mailto), RFC 3966 (tel), RFC 2397 (data).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postwacht::extract {

// The address of a mail, the number of a telephone, and each parameter of a query on a line of its
// own. The path of a page is left out: it is machine made more often than not.
[[nodiscard]] std::string link_text(std::string_view url);

// %XX undone; in a query '+' is a blank.
[[nodiscard]] std::string percent_decode(std::string_view text, bool query);

// What an address carries in itself (RFC 2397), its base64 undone; nothing of another kind.
struct DataUrl {
    std::string type;
    std::string bytes;
};
[[nodiscard]] std::optional<DataUrl> data_of(std::string_view url);

// Whether a URL begins with this scheme and a colon, in any case.
[[nodiscard]] bool has_scheme(std::string_view url, std::string_view scheme) noexcept;

}  // namespace postwacht::extract
