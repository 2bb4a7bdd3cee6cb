// Line ends: words that are broken over one ("zwanger-" and "schapsuitkering"), joined again before
// a text is folded. Internal to the room.
//
// A hyphen at the end of a line belongs to the word ("de Vries-" and "Jansen", "WW-" and
// "uitkering") or only to the line. It is the line's where a small letter follows a small one,
// unless a particle ("van"), "en" or "of" begins the next line or both halves are surnames and the
// whole is none. Among capitals, where nothing tells, it is the line's if the whole is a registered
// surname or neither half is one. A soft hyphen is no surer sign: it may disguise as well.
#pragma once

#include <string>
#include <string_view>

#include "registry/index.hpp"

namespace postwacht::match {

// Whether a letter and a hyphen end some line. Costs a search for line ends.
[[nodiscard]] bool may_have_broken_words(std::string_view text) noexcept;

// Appends the text to `out` with broken words whole on the line that they begin in; lines stay as
// many. Quote marks at the beginning of the next line stay there.
void join_broken_words(std::string_view text, const registry::Index& index, std::string& out);

}  // namespace postwacht::match
