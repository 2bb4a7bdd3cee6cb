// Fuzzes the HTML reader, the style parser behind it and the charset declaration.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "extract/html.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postwacht;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    Budget budget{Limits{}};
    bool complete = true;
    std::vector<extract::HtmlFile> files;
    const auto fragments = extract::read_html(bytes, budget, complete, files);
    for (const auto& fragment : fragments)
        if (fragment.text.empty() || fragment.where.empty() || !text::is_valid_utf8(fragment.text))
            std::abort();
    const auto charset = extract::html_declared_charset(bytes);
    if (charset.size() > bytes.size()) std::abort();
    return 0;
}
