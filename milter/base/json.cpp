#include "base/json.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"

namespace postwacht::json {
namespace {

void append_escaped(char c, std::string& out) {
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += format("\\u{:04x}", static_cast<unsigned>(c));
    }
}

bool needs_escape(char c) noexcept {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

void append_quoted(std::string_view text, std::string& out) {
    out += '"';
    const auto* const end = std::find_if(text.begin(), text.end(), [](char c) {
        return needs_escape(c) || static_cast<unsigned char>(c) > 0x7f;
    });
    // Nearly all texts are this plain.
    if (end == text.end()) {
        out.append(text).push_back('"');
        return;
    }
    std::string repaired;
    if (!text::is_valid_utf8(text)) {
        repaired = text::repair_utf8(text);
        text = repaired;
    }
    while (!text.empty()) {
        const auto* const special = std::find_if(text.begin(), text.end(), needs_escape);
        const auto plain = static_cast<std::size_t>(special - text.begin());
        out.append(text.substr(0, plain));
        if (plain == text.size()) break;
        append_escaped(text[plain], out);
        text.remove_prefix(plain + 1);
    }
    out += '"';
}

}  // namespace

// A comma stands between two values; what was written last tells whether this is the second.
void Writer::separate() {
    if (out_.empty()) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':') out_ += ',';
}

Writer& Writer::begin_object() {
    separate();
    out_ += '{';
    return *this;
}

Writer& Writer::end_object() {
    out_ += '}';
    return *this;
}

Writer& Writer::begin_array() {
    separate();
    out_ += '[';
    return *this;
}

Writer& Writer::end_array() {
    out_ += ']';
    return *this;
}

Writer& Writer::key(std::string_view name) {
    separate();
    append_quoted(name, out_);
    out_ += ':';
    return *this;
}

Writer& Writer::value(std::string_view text) {
    separate();
    append_quoted(text, out_);
    return *this;
}

Writer& Writer::value(bool flag) {
    return raw(flag ? "true" : "false");
}
Writer& Writer::value(std::int64_t number) {
    return raw(std::to_string(number));
}
Writer& Writer::value(std::uint64_t number) {
    return raw(std::to_string(number));
}
Writer& Writer::value(double number, int decimals) {
    return raw(format("{:.{}f}", number, decimals));
}
Writer& Writer::null() {
    return raw("null");
}

Writer& Writer::raw(std::string_view json_text) {
    separate();
    out_ += json_text;
    return *this;
}

std::string quoted(std::string_view text) {
    std::string out;
    append_quoted(text, out);
    return out;
}

}  // namespace postwacht::json
