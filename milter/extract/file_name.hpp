// FileName: the name of a file in an archive that does not say which charset its names are in.
//
// UTF-8 where it is that. Else the letters decide: Japanese in Shift-JIS where all of it reads as
// kana and kanji; else code page 850 of DOS, which has the letters of 437, or Windows-1252,
// whichever gives more letters and fewer signs that names do not have. Any bytes give a name.
#pragma once

#include <string>
#include <string_view>

namespace postwacht::extract {

[[nodiscard]] std::string readable_name(std::string_view raw);

}  // namespace postwacht::extract
