// Charset: what text is written in that does not say so, as far as its letters tell.
//
// Guarantees: never guesses for text that is mostly ASCII, so Dutch and its neighbours stay what
// they are without a declaration, Windows-1252; an answer decodes all of the text. uchardet stays
// behind this wall, and sees the beginning only. Limits: Central European and Baltic charsets are
// not told from Windows-1252, since they share most of their letters.
#pragma once

#include <string>
#include <string_view>

namespace postwacht::extract {

// A name for text::decode(); empty where nothing is sure.
[[nodiscard]] std::string likely_charset(std::string_view bytes);

}  // namespace postwacht::extract
