#include "mail/transfer_encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.hpp"

namespace postwacht::mail {
namespace {

// The value of a base64 digit; -1 for what is none.
constexpr std::array<std::int8_t, 256> make_base64_values() {
    std::array<std::int8_t, 256> values{};
    for (auto& value : values) value = -1;
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < digits.size(); ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
    return values;
}
constexpr auto base64_values = make_base64_values();

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

// The line around position `at`, with its blanks trimmed.
std::string_view line_from(std::string_view text, std::size_t at) noexcept {
    const auto before = text.rfind('\n', at);
    return text.substr(before == std::string_view::npos ? 0 : before + 1);
}

// Gathers six bits at a time. Padding ends a group, and what follows begins a new one, since
// bodies made of several encoded pieces are seen in real mail.
class Base64Decoder {
  public:
    explicit Base64Decoder(std::size_t size) { out_.reserve(size / 4 * 3 + 3); }

    // `value` is that of a digit, 0 to 63.
    void digit(std::int8_t value) {
        bits_ = (bits_ << 6U) | static_cast<std::uint8_t>(value);
        if (++count_ < 4) return;
        out_ += static_cast<char>(bits_ >> 16U);
        out_ += static_cast<char>(bits_ >> 8U);
        out_ += static_cast<char>(bits_);
        bits_ = 0;
        count_ = 0;
    }

    // The whole bytes of a group that has fewer than four digits.
    void end_group() {
        if (count_ == 3) {
            out_ += static_cast<char>(bits_ >> 10U);
            out_ += static_cast<char>(bits_ >> 2U);
        } else if (count_ == 2) {
            out_ += static_cast<char>(bits_ >> 4U);
        }
        bits_ = 0;
        count_ = 0;
    }

    std::string take() {
        end_group();
        return std::move(out_);
    }

  private:
    std::string out_;
    std::uint32_t bits_ = 0;
    int count_ = 0;
};

// A blank between two words on one line: encoders break lines but never put blanks into them.
bool is_blank_in_line(std::string_view text, std::size_t at) noexcept {
    return (text[at] == ' ' || text[at] == '\t') && at > 0 && !is_space(text[at - 1]) &&
           at + 1 < text.size() && !is_space(text[at + 1]);
}

// Whether `text` goes on with another whole piece of base64, as far as that one's padding.
bool continues_base64(std::string_view text) noexcept {
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '=') return digits % 4 >= 2;
        if (base64_values[static_cast<unsigned char>(c)] >= 0)
            ++digits;
        else if (!is_space(c) || is_blank_in_line(text, i))
            return false;
    }
    return digits % 4 == 0;
}

// A run that long is an encoded line and not a word.
bool holds_encoded_line(std::string_view text) noexcept {
    constexpr std::size_t shortest = 60;
    std::size_t run = 0;
    for (const char c : text) {
        run = base64_values[static_cast<unsigned char>(c)] >= 0 ? run + 1 : 0;
        if (run >= shortest) return true;
    }
    return false;
}

// Behind padding: either another piece begins, or what follows is no base64 any more.
Undone decode_base64(std::string_view body) {
    Undone undone;
    Base64Decoder decoder(body.size());
    for (std::size_t i = 0; i < body.size(); ++i) {
        const char c = body[i];
        const auto value = base64_values[static_cast<unsigned char>(c)];
        if (value >= 0) {
            decoder.digit(value);
        } else if (c == '=') {
            decoder.end_group();
            const auto next = body.find_first_not_of('=', i);
            i = std::min(next, body.size()) - 1;
            const auto rest = body.substr(i + 1);
            if (continues_base64(rest)) continue;
            undone.foreign = text::trim(rest);
            if (holds_encoded_line(rest)) undone.defect = "base64 interrupted by other text";
            break;
        } else if (undone.foreign.empty() && (!is_space(c) || is_blank_in_line(body, i))) {
            undone.foreign = line_from(body, i);
        }
    }
    undone.content = decoder.take();
    return undone;
}

// The plain name of an encoding: "Base64 (comment)" and "\"base64\";" are "base64".
std::string encoding_name(std::string_view value) {
    std::string name;
    for (const char c : text::trim(value)) {
        if (c == '(' || c == ';' || (is_space(c) && !name.empty())) break;
        if (c != '"' && c != '\'' && !is_space(c)) name += c;
    }
    return text::ascii_lower(name);
}

}  // namespace

std::string decode_quoted_printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto equals = text.find('=');
        out.append(text.substr(0, equals));
        if (equals == std::string_view::npos) break;
        text.remove_prefix(equals);
        const int high = text.size() > 2 ? hex_value(text[1]) : -1;
        const int low = high >= 0 ? hex_value(text[2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high * 16 + low);
            text.remove_prefix(3);
            continue;
        }
        // A soft line break, perhaps with blanks that a transport put behind it.
        std::size_t end = 1;
        while (end < text.size() && (text[end] == ' ' || text[end] == '\t')) ++end;
        if (end < text.size() && text[end] == '\r') ++end;
        if (end < text.size() && text[end] == '\n') {
            text.remove_prefix(end + 1);
        } else if (end == text.size()) {
            break;
        } else {
            out += '=';  // no escape at all: shown as it stands
            text.remove_prefix(1);
        }
    }
    return out;
}

Undone undo_transfer_encoding(std::string_view body, std::string_view encoding) {
    const std::string name = encoding_name(encoding);
    if (name == "base64") return decode_base64(body);
    if (name == "quoted-printable") return {decode_quoted_printable(body), {}, nullptr};
    const bool known = name.empty() || name == "7bit" || name == "8bit" || name == "binary";
    return {std::string(body), {}, known ? nullptr : "unknown transfer encoding"};
}

}  // namespace postwacht::mail
