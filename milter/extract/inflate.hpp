// Inflate: unpacks data in the format of zlib (RFC 1950). zlib stays behind this wall.
#pragma once

#include <string>
#include <string_view>

#include "extract/collector.hpp"

namespace postwacht::extract {

// What came out, at most what the budget has left; what was missing or wrong, or would have been
// too much, is told to `out`.
[[nodiscard]] std::string inflate_zlib(std::string_view packed, Collector& out);

}  // namespace postwacht::extract
