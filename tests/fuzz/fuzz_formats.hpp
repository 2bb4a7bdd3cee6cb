// What every fuzz target of a format asks: that the promises of a reading hold for any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "extract/formats.hpp"

namespace postwacht::extract {

inline int fuzz_formats(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    Limits limits;
    limits.parts = 1'000;
    limits.scan_pages = 0;  // recognising takes seconds
    limits.unpacked_bytes = std::uint64_t{16} << 20U;
    Budget budget(limits);
    static const auto extractor = make_extractor(all_formats());
    const auto reading = extractor->extract({bytes, {}, {}, "fuzz"}, budget);
    for (const auto& fragment : reading.fragments)
        if (fragment.part >= reading.parts.size() || fragment.text.empty() ||
            fragment.where.empty() || !text::is_valid_utf8(fragment.text))
            std::abort();
    if (reading.coverage.read > reading.coverage.parts) std::abort();
    if (reading.coverage.read < reading.coverage.parts && reading.incomplete.empty()) std::abort();
    return 0;
}

}  // namespace postwacht::extract
