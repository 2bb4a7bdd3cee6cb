// Claim: what a document says it is, where that is not what it is. Internal to the room.
#pragma once

#include <string>
#include <string_view>

#include "extract/extractor.hpp"

namespace postwacht::extract {

// The type that the document's name claims, or its declared type where the name claims none; empty
// where there is no such claim or the content, of the type `found`, bears it out. The name goes
// first because it is what the addressee's computer opens a file by. Formats that one program opens
// alike ("word", "archive") do not contradict each other, nor does any text another text.
[[nodiscard]] std::string_view false_claim(const Document& document,
                                           std::string_view found) noexcept;

}  // namespace postwacht::extract
