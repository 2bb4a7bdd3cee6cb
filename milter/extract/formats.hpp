// Formats: every format beyond text and HTML that is read, one reader each. Linked into the worker,
// never into the milter: these are the parsers that foreign bytes could break.
#pragma once

#include <span>

#include "extract/collector.hpp"

namespace postwacht::extract {

[[nodiscard]] std::span<const Format> all_formats() noexcept;

}  // namespace postwacht::extract
