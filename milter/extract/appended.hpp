// Appended: zip files behind other files, and what stands behind zip files.
//
// A zip file is read from its end, so one that was put behind a picture, a PDF or a program opens
// as well as that does. Any bytes may come in. Standard: APPNOTE.TXT 6.3. Limit: one with a comment
// of 64 KiB is the longest end that is looked for.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace postwacht::extract {

// Whether there is the end of a zip file at the end of the bytes.
[[nodiscard]] bool has_zip_end(std::string_view bytes) noexcept;
// Where the zip file begins that the bytes end with; nothing where there is none.
[[nodiscard]] std::optional<std::size_t> zip_behind(std::string_view bytes) noexcept;
// What stands behind the end of a zip file, unless it is blank.
[[nodiscard]] std::string_view behind_zip(std::string_view bytes) noexcept;

}  // namespace postwacht::extract
