#include "extract/structured.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "mail/transfer_encoding.hpp"

namespace postwacht::extract {
namespace {

void append_utf8(std::uint32_t code, std::string& out) {
    const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
    if (code >= 0x10000) {
        byte(0xF0 | (code >> 18U));
        byte(0x80 | ((code >> 12U) & 0x3FU));
    } else if (code >= 0x800) {
        byte(0xE0 | (code >> 12U));
    }
    if (code >= 0x800)
        byte(0x80 | ((code >> 6U) & 0x3FU));
    else if (code >= 0x80)
        byte(0xC0 | (code >> 6U));
    byte(code >= 0x80 ? 0x80 | (code & 0x3FU) : code);
}

// The UTF-16 unit that "uXXXX" at the beginning of `text` names; -1 if it is none.
int unit_at(std::string_view text) noexcept {
    constexpr std::size_t size = 5;
    if (text.size() < size || text.front() != 'u') return -1;
    int unit = 0;
    const auto done = std::from_chars(text.data() + 1, text.data() + size, unit, 16);
    return done.ec == std::errc() && done.ptr == text.data() + size ? unit : -1;
}

// Decodes what stands behind a backslash, and says how long it was; 0 for what is no escape.
std::size_t decode_escape(std::string_view text, std::string& out) {
    constexpr std::size_t unit_size = 5;
    if (text.empty()) return 0;
    switch (text.front()) {
        case 'n':
        case 'r':
        case 'f':
            out += '\n';
            return 1;
        case 't':
            out += '\t';
            return 1;
        case 'b':
            return 1;
        case '"':
        case '\\':
        case '/':
            out += text.front();
            return 1;
        default:
            break;
    }
    const int unit = unit_at(text);
    if (unit < 0) return 0;
    auto code = static_cast<std::uint32_t>(unit);
    std::size_t size = unit_size;
    if (code >= 0xD800 && code < 0xDC00 && text.substr(size).starts_with('\\')) {
        const int second = unit_at(text.substr(size + 1));
        if (second >= 0xDC00 && second < 0xE000) {
            code =
                0x10000 + ((code - 0xD800) << 10U) + (static_cast<std::uint32_t>(second) - 0xDC00);
            size += unit_size + 1;
        }
    }
    if (code >= 0xD800 && code < 0xE000) code = 0xFFFD;
    if (code != 0) append_utf8(code, out);
    return size;
}

// Calendar and card lines are folded at 75 bytes, in the middle of words and numbers
// (RFC 5545 section 3.1, RFC 6350 section 3.2).
std::string unfold_lines(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t end = text.substr(i, 2) == "\r\n" ? i + 1 : i;
        if (text[end] == '\n' && end + 1 < text.size() &&
            (text[end + 1] == ' ' || text[end + 1] == '\t'))
            i = end + 1;
        else
            out += text[i];
    }
    return out;
}

// A parameter's value, or the parameter itself where it has no name (vCard 2.1: ";BASE64").
std::string parameter(std::string_view names, std::string_view wanted) {
    while (!names.empty()) {
        const auto end = std::min(names.find(';'), names.size());
        const auto one = names.substr(0, end);
        names.remove_prefix(std::min(end + 1, names.size()));
        const auto equals = one.find('=');
        if (equals != std::string_view::npos &&
            text::ascii_iequals(one.substr(0, equals), wanted)) {
            auto value = one.substr(equals + 1);
            if (value.starts_with('"') && value.ends_with('"') && value.size() > 1)
                value = value.substr(1, value.size() - 2);
            return std::string(value);
        }
    }
    return {};
}

bool says(std::string_view names, std::string_view word) {
    while (!names.empty()) {
        const auto end = std::min(names.find(';'), names.size());
        if (text::ascii_iequals(names.substr(0, end), word)) return true;
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return false;
}

std::string unescaped(std::string_view value) {
    std::string out;
    out.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char next = value[i] == '\\' && i + 1 < value.size() ? value[i + 1] : '\0';
        if (next == 'n' || next == 'N') {
            out += '\n';
            ++i;
        } else if (next == ',' || next == ';' || next == '\\' || next == ':') {
            out += next;
            ++i;
        } else {
            out += value[i];
        }
    }
    return out;
}

// Where the value begins: behind the first ':' that stands in no quotes.
std::size_t value_of(std::string_view line) noexcept {
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"') quoted = !quoted;
        if (line[i] == ':' && !quoted) return i + 1;
    }
    return std::string_view::npos;
}

bool is_file(std::string_view name) {
    for (const auto* one : {"PHOTO", "LOGO", "SOUND", "KEY", "ATTACH", "IMAGE"})
        if (text::ascii_iequals(name, one)) return true;
    return false;
}

class CardReader {
  public:
    explicit CardReader(std::string_view lines) : rest_(lines) {}

    Card read() {
        while (!rest_.empty()) read_line(next_line());
        return std::move(out_);
    }

  private:
    std::string_view next_line() {
        const auto end = rest_.find('\n');
        auto line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        return line;
    }

    void read_line(std::string_view line) {
        const auto begin = value_of(line);
        if (begin == std::string_view::npos) {
            out_.text.append(line).append("\n");
            return;
        }
        const auto head = line.substr(0, begin - 1);
        const auto semicolon = std::min(head.find(';'), head.size());
        auto name = head.substr(0, semicolon);
        if (const auto group = name.rfind('.'); group != std::string_view::npos)
            name.remove_prefix(group + 1);
        const auto parameters = head.substr(std::min(semicolon + 1, head.size()));
        const auto encoding = parameter(parameters, "encoding");
        const auto value = line.substr(begin);
        if (text::ascii_iequals(encoding, "quoted-printable") ||
            says(parameters, "quoted-printable"))
            read_quoted(head, parameters, std::string(value));
        else if (text::ascii_iequals(encoding, "base64") || text::ascii_iequals(encoding, "b") ||
                 says(parameters, "base64"))
            read_base64(head, name, parameters, value);
        else if (!read_data_url(name, value))
            out_.text.append(head).append(":").append(unescaped(value)).append("\n");
    }

    void read_quoted(std::string_view head, std::string_view parameters, std::string value) {
        while (value.ends_with('=') && !rest_.empty()) value.append("\n").append(next_line());
        const auto decoded =
            text::decode(mail::decode_quoted_printable(value), parameter(parameters, "charset"));
        out_.text.append(head).append(":").append(decoded.text).append("\n");
    }

    void read_base64(std::string_view head, std::string_view name, std::string_view parameters,
                     std::string_view value) {
        std::string packed(value);
        // vCard 2.1 ends such a value with an empty line; its own lines may not be indented.
        while (!rest_.empty() &&
               value_of(rest_.substr(0, rest_.find('\n'))) == std::string_view::npos) {
            const auto more = next_line();
            if (text::trim(more).empty()) break;
            packed.append("\n").append(more);
        }
        auto undone = mail::undo_transfer_encoding(packed, "base64");
        out_.text.append(head).append("\n");
        if (!undone.foreign.empty()) out_.text.append(undone.foreign).append("\n");
        if (!is_file(name)) {
            out_.text.append(text::decode(undone.content, parameter(parameters, "charset")).text)
                .append("\n");
            return;
        }
        std::string called = parameter(parameters, "x-filename");
        if (called.empty()) called = parameter(parameters, "filename");
        if (called.empty()) called = name;
        out_.files.push_back(
            {std::move(called), parameter(parameters, "fmttype"), std::move(undone.content)});
    }

    bool read_data_url(std::string_view name, std::string_view value) {
        if (!text::ascii_iequals(value.substr(0, 5), "data:")) return false;
        const auto comma = value.find(',');
        if (comma == std::string_view::npos) return false;
        const auto kind = value.substr(5, comma - 5);
        if (!kind.ends_with(";base64")) return false;
        auto undone = mail::undo_transfer_encoding(value.substr(comma + 1), "base64");
        out_.files.push_back({std::string(name), std::string(kind.substr(0, kind.find(';'))),
                              std::move(undone.content)});
        return true;
    }

    std::string_view rest_;
    Card out_;
};

}  // namespace

std::string decode_json(std::string_view utf8) {
    std::string out;
    out.reserve(utf8.size());
    bool in_string = false;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const char c = utf8[i];
        if (c == '"') in_string = !in_string;
        const std::size_t size =
            in_string && c == '\\' ? decode_escape(utf8.substr(i + 1), out) : 0;
        if (size == 0) out += c;
        i += size;
    }
    return out;
}

Card read_card(std::string_view utf8) {
    const std::string lines = unfold_lines(utf8);
    return CardReader(lines).read();
}

}  // namespace postwacht::extract
