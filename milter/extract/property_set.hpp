// Property sets (MS-OLEPS): what a document says about itself, in the streams \5SummaryInformation
// and \5DocumentSummaryInformation, told as hidden "document properties".
//
// Strings and lists of strings are read, with the names that custom ones have; dates and numbers
// only of custom ones. What is cut off is read as far as it goes and told as damaged.
#pragma once

#include <string_view>

#include "extract/collector.hpp"

namespace postwacht::extract {

void read_property_set(std::string_view bytes, const std::string& prefix, Collector& out);

// A name for a Windows code page that text::decode() knows.
[[nodiscard]] std::string charset_of_codepage(std::uint32_t codepage);

}  // namespace postwacht::extract
