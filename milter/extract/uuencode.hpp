// Uuencode: files that stand in plain text between "begin 644 name" and "end" (POSIX uuencode).
// Mail programs show them as attachments. Any bytes may come in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postwacht::extract {

struct UuFile {
    std::string name;
    std::string bytes;
    bool whole = true;  // its end was found, and no line of it was wrong
};

[[nodiscard]] std::vector<UuFile> uu_files(std::string_view text);

}  // namespace postwacht::extract
