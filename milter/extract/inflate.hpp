// Inflate: unpacks data in the formats of zlib (RFC 1950) and gzip (RFC 1952). zlib stays behind
// this wall.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "extract/collector.hpp"

namespace postwacht::extract {

// `expected` is how much should come out, where that is known: some writers leave the checksum at
// the end away, and then the size tells that all is there. What came out, at most what the budget
// has left; what was missing or wrong, or would have been too much, is told to `out`.
[[nodiscard]] std::string inflate_zlib(std::string_view packed, Collector& out,
                                       std::size_t expected = 0);

// A gzip file (RFC 1952) of one or more members, each checked against its checksum; what stands
// behind the last one counts as damage, as it does for gzip(1). A bomb, by the
// budget's ratio, ends as over_budget.
[[nodiscard]] std::string inflate_gzip(std::string_view packed, Collector& out);

}  // namespace postwacht::extract
