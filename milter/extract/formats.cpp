#include "extract/formats.hpp"

namespace postwacht::extract {

std::span<const Format> all_formats() noexcept {
    return {};
}

}  // namespace postwacht::extract
