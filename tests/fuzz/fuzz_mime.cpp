// Fuzzes the MIME reader and what reads its parts: any bytes as a message.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "extract/extractor.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postwacht;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    Limits limits;
    limits.parts = 1'000;
    limits.unpacked_bytes = std::uint64_t{16} << 20U;
    Budget budget(limits);
    static const auto extractor = extract::make_in_process_extractor();
    const auto parsed = mail::parse(bytes, budget);
    const auto reading = extract::read_message(parsed, *extractor, budget);
    // What the header promises: texts are UTF-8 and point at a part; nothing unread is silent.
    for (const auto& fragment : reading.fragments)
        if (fragment.part >= reading.parts.size() || !text::is_valid_utf8(fragment.text))
            std::abort();
    for (const auto& part : reading.parts)
        if (!text::is_valid_utf8(part.name)) std::abort();
    if (reading.coverage.read > reading.coverage.parts) std::abort();
    if (reading.coverage.read < reading.coverage.parts && reading.incomplete.empty()) std::abort();
    if (parsed.over_budget && reading.incomplete.empty()) std::abort();
    if (reading.to_json().empty()) std::abort();
    return 0;
}
