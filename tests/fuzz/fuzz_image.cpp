// Fuzzes the image reader: unpacking, and what is written beside the pixels. No words are
// recognised, which would take seconds for each.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "extract/image.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postwacht;
    using extract::Format;
    static constexpr std::array formats = {
        Format{"image/png", extract::read_image},  Format{"image/jpeg", extract::read_image},
        Format{"image/tiff", extract::read_image}, Format{"image/gif", extract::read_image},
        Format{"image/bmp", extract::read_image},  Format{"image/webp", extract::read_image}};
    Limits limits;
    limits.scan_pages = 0;
    limits.unpacked_bytes = std::uint64_t{16} << 20U;
    Budget budget(limits);
    extract::Collector collector(formats, budget);
    collector.read({{reinterpret_cast<const char*>(data), size}, {}, {}, {}});
    for (const auto& fragment : collector.take().fragments)
        if (fragment.where.empty() || fragment.ocr || !text::is_valid_utf8(fragment.text))
            std::abort();
    return 0;
}
