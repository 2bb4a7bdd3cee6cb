#include "extract/charset.hpp"

#include <uchardet/uchardet.h>

#include <algorithm>
#include <array>
#include <memory>
#include <type_traits>

#include "base/text.hpp"

namespace postwacht::extract {
namespace {

struct Delete {
    void operator()(uchardet_t detector) const noexcept { uchardet_delete(detector); }
};
using Detector = std::unique_ptr<std::remove_pointer_t<uchardet_t>, Delete>;

// Scripts that no western text could be taken for, since most of their letters are not ASCII.
bool is_other_script(std::string_view charset) {
    static constexpr std::array<std::string_view, 20> names = {
        "ibm855",       "ibm866",       "koi8-r",     "windows-1251", "iso-8859-5",
        "mac-cyrillic", "windows-1253", "iso-8859-7", "windows-1255", "iso-8859-8",
        "windows-1256", "iso-8859-6",   "tis-620",    "shift_jis",    "euc-jp",
        "euc-kr",       "uhc",          "gb18030",    "big5",         "euc-tw"};
    return std::find(names.begin(), names.end(), charset) != names.end();
}

// At least three letters in ten that are not ASCII: more than any text in Latin letters has.
bool is_mostly_foreign(std::string_view bytes) noexcept {
    std::size_t letters = 0;
    std::size_t high = 0;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80)
            ++high;
        else if ((byte | 0x20U) >= 'a' && (byte | 0x20U) <= 'z')
            ++letters;
    }
    constexpr std::size_t fewest = 8;
    return high >= fewest && high * 10 >= (letters + high) * 3;
}

}  // namespace

std::string likely_charset(std::string_view bytes) {
    constexpr std::size_t looked_at = std::size_t{64} << 10U;
    const auto head = bytes.substr(0, looked_at);
    if (!is_mostly_foreign(head)) return {};
    const Detector detector(uchardet_new());
    if (!detector || uchardet_handle_data(detector.get(), head.data(), head.size()) != 0) return {};
    uchardet_data_end(detector.get());
    std::string name = text::ascii_lower(uchardet_get_charset(detector.get()));
    if (!is_other_script(name)) return {};
    if (name == "uhc") name = "cp949";
    if (text::decode(head, name).lossy && head.size() == bytes.size()) return {};
    return name;
}

}  // namespace postwacht::extract
