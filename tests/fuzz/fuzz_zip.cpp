// Fuzzes zip packages and the office documents in them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "extract/formats.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postwacht;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    Limits limits;
    limits.unpacked_bytes = 8U << 20U;
    Budget budget{limits};
    const auto extractor = extract::make_extractor(extract::all_formats());
    const auto reading = extractor->extract({bytes, {}, {}, {}}, budget);
    for (const auto& fragment : reading.fragments)
        if (fragment.text.empty() || fragment.where.empty() || !text::is_valid_utf8(fragment.text))
            std::abort();
    return 0;
}
