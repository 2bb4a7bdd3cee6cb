// What stands in the bytes of a PDF but poppler does not tell: earlier revisions and XFA packets.
//
// Any bytes may come in; every offset in the file is checked before it is believed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "extract/collector.hpp"

namespace postwacht::extract::pdf {

// Where earlier revisions end, the newest first: after a "%%EOF" whose cross-reference table lies
// before it.
[[nodiscard]] std::vector<std::size_t> earlier_revisions(std::string_view bytes);

// Whether the end of the file is missing: no "%%EOF" near the end, or shorter than a linearized
// file says it is.
[[nodiscard]] bool is_cut_off(std::string_view bytes);

// The same file with its pages not cropped; empty where none is cropped, as far as can be seen
// without unpacking it.
[[nodiscard]] std::string without_cropping(std::string_view bytes);

struct XfaText {
    std::string text;     // with the data that were filled in
    std::string others;   // template, configuration: much of it is shown by nobody
    bool unread = false;  // there is a form, and it could not be got at
};

[[nodiscard]] XfaText read_xfa(std::string_view bytes, Collector& out);

}  // namespace postwacht::extract::pdf
