// What an embedded object or a picture of an RTF document holds. Internal to the RTF reader.
#pragma once

#include <string>
#include <string_view>

#include "extract/collector.hpp"

namespace postwacht::extract::rtf {

// `bytes` are those of \objdata: an OLE 1.0 object around a compound file or a packaged file
// (MS-OLEDS 2.2.5 and 2.3.6). Hands over the file inside, or what there is where it is neither.
void add_object(std::string_view bytes, Collector& out);

// `bytes` are those of \pict: a bitmap becomes a member, and of all else it is said that nobody
// reads it.
void add_picture(std::string_view bytes, Collector& out);

}  // namespace postwacht::extract::rtf
