#include "extract/file_name.hpp"

#include <cstdint>
#include <vector>

#include "base/text.hpp"

namespace postwacht::extract {
namespace {

// The characters of valid UTF-8.
std::vector<std::uint32_t> characters_of(std::string_view utf8) {
    std::vector<std::uint32_t> characters;
    for (const char c : utf8) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80)
            characters.push_back(byte);
        else if (byte >= 0xC0)
            characters.push_back(byte & (byte >= 0xF0 ? 0x07U : byte >= 0xE0 ? 0x0FU : 0x1FU));
        else if (!characters.empty())
            characters.back() = characters.back() << 6U | (byte & 0x3FU);
    }
    return characters;
}

bool is_japanese(std::uint32_t c) noexcept {
    return (c >= 0x3000 && c <= 0x30FF) || (c >= 0x4E00 && c <= 0x9FFF) ||
           (c >= 0xFF01 && c <= 0xFF5E);
}

bool is_western_letter(std::uint32_t c) noexcept {
    return (c >= 0xC0 && c <= 0x17F && c != 0xD7 && c != 0xF7) || c == 0x192;
}

// Signs that people put into names: a euro, dashes, quotes, a degree, a paragraph.
bool is_usual_sign(std::uint32_t c) noexcept {
    return c == 0x20AC || (c >= 0x2013 && c <= 0x201D) || (c >= 0xA1 && c <= 0xBF);
}

// The letters that western languages use beyond ASCII, but for those that a few use.
bool is_common_letter(std::uint32_t c) noexcept {
    static constexpr std::u32string_view common =
        U"\u00E0\u00E1\u00E2\u00E4\u00E5\u00E6\u00E7\u00E8\u00E9\u00EA\u00EB\u00EC\u00ED\u00EE"
        U"\u00EF\u00F1\u00F2\u00F3\u00F4\u00F6\u00F8\u00F9\u00FA\u00FB\u00FC\u00DF\u00C4\u00C5"
        U"\u00C6\u00C9\u00CB\u00CF\u00D6\u00D8\u00DC";
    return common.find(static_cast<char32_t>(c)) != std::u32string_view::npos;
}

// How much it looks like a name.
int worth_of(const text::Decoded& decoded) {
    int worth = 0;
    std::uint32_t before = 0;
    for (const auto c : characters_of(decoded.text)) {
        const bool in_word = before >= 'a' && before <= 'z';
        before = c;
        if (c < 0x80) continue;
        const bool capital = c >= 0xC0 && c < 0xDF;
        if (is_western_letter(c))
            worth += capital && in_word ? -1 : is_common_letter(c) ? 2 : 1;
        else if (!is_usual_sign(c))
            worth -= c < 0xA0 ? 4 : 2;  // a control character; a box, a Greek letter
    }
    return decoded.lossy ? worth - 8 : worth;
}

bool reads_as_japanese(const text::Decoded& decoded) {
    if (decoded.lossy) return false;
    std::size_t japanese = 0;
    for (const auto c : characters_of(decoded.text)) {
        if (c < 0x80) continue;
        if (!is_japanese(c)) return false;
        ++japanese;
    }
    return japanese > 1;
}

}  // namespace

std::string readable_name(std::string_view raw) {
    if (text::is_valid_utf8(raw)) return std::string(raw);
    text::Decoded japanese = text::decode(raw, "cp932");
    if (reads_as_japanese(japanese)) return std::move(japanese.text);
    text::Decoded dos = text::decode(raw, "cp850");
    text::Decoded windows = text::decode(raw, "windows-1252");
    return worth_of(dos) > worth_of(windows) ? std::move(dos.text) : std::move(windows.text);
}

}  // namespace postwacht::extract
