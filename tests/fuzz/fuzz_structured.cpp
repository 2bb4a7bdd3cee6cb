// Fuzzes the readers of XML, JSON, calendars and cards, and of what else text may be.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extract/charset.hpp"
#include "extract/file_name.hpp"
#include "extract/secret.hpp"
#include "extract/separated.hpp"
#include "extract/structured.hpp"
#include "extract/uuencode.hpp"
#include "extract/xml_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postwacht::extract;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (decode_json(bytes).size() > bytes.size()) std::abort();
    static_cast<void>(read_xml_text(bytes));
    static_cast<void>(read_card(bytes));
    for (const auto sure : {Separated::declared, Separated::maybe})
        if (separated_rows(bytes, sure).value_or("").size() > 2 * bytes.size() + 2) std::abort();
    for (const auto& file : uu_files(bytes))
        if (file.bytes.size() > 64 * bytes.size()) std::abort();  // zeros may be left away
    static_cast<void>(is_secret(bytes));
    static_cast<void>(likely_charset(bytes));
    static_cast<void>(readable_name(bytes));
    return 0;
}
