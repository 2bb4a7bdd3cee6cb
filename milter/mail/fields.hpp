// Fields: where the header block of a message or part ends, and which fields it holds.
//
// Views into the bytes given; nothing is decoded. Any bytes give an answer, and none are lost: a
// line that is neither a field nor the continuation of one is kept as a stray line, and a block
// that holds no known mail field beside its stray lines is not a header at all but body. Readers
// disagree about stray lines (some end the header there, some skip them), so both the text of the
// line and the fields behind it count here. Standard: RFC 5322 section 2.2, LF or CRLF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postwacht::mail {

struct RawField {
    std::string_view name;   // without blanks
    std::string_view value;  // behind the colon, folds and all, without the last line end
};

struct HeaderBlock {
    // A block of more fields than this is cut: the rest is stray lines.
    static constexpr std::size_t max_fields = 10'000;

    std::vector<RawField> fields;
    std::string stray_lines;  // each with '\n' behind it
    std::string_view body;    // what follows the empty line
    bool bare_cr = false;     // a CR that ends no line, which some readers take for a line end
    bool cut = false;         // more than max_fields

    // The first field of this name, in any case; null if there is none.
    [[nodiscard]] const RawField* find(std::string_view name) const noexcept;
};

[[nodiscard]] HeaderBlock split_header(std::string_view bytes);

// Whether a line without its end is "name:" and something behind it. The name goes to `name`.
[[nodiscard]] bool is_field_line(std::string_view line, std::string_view& name) noexcept;

// Takes the next line off `rest`, without LF or CRLF. False at the end.
[[nodiscard]] bool next_line(std::string_view& rest, std::string_view& line) noexcept;

}  // namespace postwacht::mail
