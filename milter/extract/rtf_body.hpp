// The RTF body of a MAPI message: unpacks it (MS-OXRTFCP), and unwraps HTML or plain text that is
// only wrapped in RTF (MS-OXRTFEX).
//
// Any bytes give an answer. Letters are decoded with the code page of the RTF or of the character
// set of their font. What is wrapped comes out as UTF-8.
#pragma once

#include <string>
#include <string_view>

#include "extract/collector.hpp"

namespace postwacht::extract {

// `whole` becomes false where something was missing.
[[nodiscard]] std::string unpack_rtf_body(std::string_view bytes, Collector& out, bool& whole);

struct UnwrappedRtf {
    enum class Kind { rtf, html, text };
    Kind kind = Kind::rtf;  // rtf: nothing is wrapped, and there is no text
    std::string text;
};
[[nodiscard]] UnwrappedRtf unwrap_rtf(std::string_view rtf, Collector& out);

}  // namespace postwacht::extract
