#include "extract/uuencode.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace postwacht::extract {
namespace {

std::string_view take_line(std::string_view& text) noexcept {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// "begin 644 name": what the file is called.
std::optional<std::string_view> name_in(std::string_view line) noexcept {
    constexpr std::size_t mode_at = 6;
    line.remove_prefix(mode_at);
    std::size_t digits = 0;
    while (digits < line.size() && line[digits] >= '0' && line[digits] <= '7') ++digits;
    if (digits < 3 || digits > 4 || digits >= line.size() || line[digits] != ' ')
        return std::nullopt;
    const auto name = text::trim(line.substr(digits));
    return name.empty() ? std::nullopt : std::optional(name);
}

unsigned value_of(std::string_view line, std::size_t at) noexcept {
    // Blanks at the end of a line may have been lost; they stand for zero.
    return at < line.size() ? (static_cast<unsigned char>(line[at]) - 0x20U) & 0x3FU : 0;
}

// Appends what a line holds. False where it is none: its first character says how much there is.
bool undo_line(std::string_view line, std::string& out) {
    if (line.empty()) return false;
    for (const char c : line)
        if (c < 0x20 || c > 0x60) return false;
    const std::size_t count = value_of(line, 0);
    const std::size_t letters = (count + 2) / 3 * 4;
    // Some writers end a line with a checksum.
    if (line.size() > letters + 2) return false;
    for (std::size_t i = 0; i < count; i += 3) {
        const std::size_t at = 1 + i / 3 * 4;
        const unsigned bits = value_of(line, at) << 18U | value_of(line, at + 1) << 12U |
                              value_of(line, at + 2) << 6U | value_of(line, at + 3);
        for (std::size_t k = 0; k < 3 && i + k < count; ++k)
            out += static_cast<char>(bits >> (16U - 8U * k) & 0xFFU);
    }
    return true;
}

}  // namespace

std::vector<UuFile> uu_files(std::string_view text) {
    constexpr std::string_view begin = "begin ";
    std::vector<UuFile> files;
    bool line_begins = true;
    for (auto at = text.find(begin); at != std::string_view::npos; at = text.find(begin)) {
        line_begins = at == 0 ? line_begins : text[at - 1] == '\n';
        text.remove_prefix(at);
        auto rest = text;
        const auto name = name_in(take_line(rest));
        UuFile file;
        if (!line_begins || !name ||
            !undo_line(rest.substr(0, rest.find_first_of("\r\n")), file.bytes)) {
            text.remove_prefix(begin.size());
            line_begins = false;
            continue;
        }
        file.bytes.clear();
        file.name = *name;
        file.whole = false;
        while (!rest.empty()) {
            const auto line = take_line(rest);
            if (line == "end") file.whole = true;
            if (line == "end" || !undo_line(line, file.bytes)) break;
        }
        files.push_back(std::move(file));
        text = rest;
        line_begins = true;
    }
    return files;
}

}  // namespace postwacht::extract
