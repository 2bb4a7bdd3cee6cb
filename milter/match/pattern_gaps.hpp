// Blanks of a pattern, as the text has them. Internal to the room.
//
// Who writes "medical assessment" in a pattern means two words, and a mail program wraps or quotes
// them where it likes. So a blank that stands for itself becomes what folded text has between two
// words: a blank or tab, or a line break with the blanks before it and the quote marks behind it.
// A blank that is spelled out stays one blank: in a class ("[ ]"), escaped ("\ ", "\x20"); and so
// does one that is none, under the flag "x" and in a comment. Time and text are proportional to
// the pattern. Syntax: that of PCRE, as far as libhs reads it.
#pragma once

#include <string>
#include <string_view>

namespace postwacht::match {

[[nodiscard]] std::string with_gaps(std::string_view regex);

}  // namespace postwacht::match
