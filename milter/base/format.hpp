// format(): std::format for GCC 12, which lacks it. The only place that includes {fmt}.
#pragma once

#include <fmt/format.h>

namespace postwacht {
using fmt::format;
}
