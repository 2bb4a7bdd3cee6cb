#include "extract/formats.hpp"

#include <array>

#include "extract/pdf.hpp"
#include "extract/rtf.hpp"

namespace postwacht::extract {
namespace {

constexpr std::array formats = {
    Format{"application/pdf", read_pdf},
    Format{"application/rtf", read_rtf},
};

}  // namespace

std::span<const Format> all_formats() noexcept {
    return formats;
}

}  // namespace postwacht::extract
