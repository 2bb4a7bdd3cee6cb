// Fuzzes the readers of XML, JSON, calendars and cards.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extract/structured.hpp"
#include "extract/xml_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postwacht::extract;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (decode_json(bytes).size() > bytes.size()) std::abort();
    static_cast<void>(read_xml_text(bytes));
    static_cast<void>(read_card(bytes));
    return 0;
}
