// Fuzzes the PDF reader, alone: what it finds inside is not read on.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "extract/pdf.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postwacht;
    static constexpr std::array formats = {extract::Format{"application/pdf", extract::read_pdf}};
    Limits limits;
    limits.scan_pages = 0;  // recognising takes seconds
    Budget budget(limits);
    extract::Collector collector(formats, budget);
    collector.read({{reinterpret_cast<const char*>(data), size}, {}, {}, {}});
    for (const auto& fragment : collector.take().fragments)
        if (fragment.where.empty() || !text::is_valid_utf8(fragment.text)) std::abort();
    return 0;
}
