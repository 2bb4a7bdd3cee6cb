// The values of header fields, taken apart by GMime: encoded words, parameters, file names.
//
// Values may hold any bytes. What cannot be parsed gives what could be; texts are valid UTF-8.
// Standards: RFC 2045 section 5, RFC 2047, RFC 2183, RFC 2231, RFC 6532. Limits: a value longer
// than max_value is cut before it is parsed, since the time of a parse grows faster than its
// length.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postwacht::mail {

inline constexpr std::size_t max_value = std::size_t{64} << 10U;

struct ContentType {
    std::string type = "text/plain";  // lower case
    std::string charset;              // empty if none
    std::string boundary;             // empty if none
    std::vector<std::string> names;   // file names, decoded, in the order given
};
[[nodiscard]] ContentType parse_content_type(std::string_view value);

struct Disposition {
    bool attachment = false;
    std::vector<std::string> names;
};
[[nodiscard]] Disposition parse_disposition(std::string_view value);

// The text of an unstructured field: unfolded, encoded words and charset undone.
[[nodiscard]] std::string decode_text(std::string_view value);

// GMime must be initialised before any use of it; the first caller does so, in any thread.
void initialise_gmime();

}  // namespace postwacht::mail
