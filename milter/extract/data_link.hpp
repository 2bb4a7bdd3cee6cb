// Data links: pictures that stand inside HTML, XML or a style sheet as the
// text of a link.
//
// Any text gives an answer, in one pass; what is found is never larger than the text. Standard: RFC
// 2397, base64 only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postwacht::extract {

struct DataLink {
    std::string type;
    std::string bytes;
};

// Those whose type is a picture's.
[[nodiscard]] std::vector<DataLink> linked_pictures(std::string_view text);

}  // namespace postwacht::extract
