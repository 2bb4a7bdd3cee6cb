#include "base/text.hpp"

#include <iconv.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

#include "base/look_alikes.hpp"

namespace postwacht::text {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// Sixteen bytes in one register, as GCC and clang both know them on every machine: the inner loops
// of reading a letter. A comparison gives 0xFF in each byte where it holds.
using Sixteen = unsigned char __attribute__((vector_size(16)));
using SixteenSigned = signed char __attribute__((vector_size(16)));

Sixteen load_sixteen(const void* from) noexcept {
    Sixteen bytes;
    std::memcpy(&bytes, from, sizeof(bytes));
    return bytes;
}
template <class Vector>
bool any(Vector bytes) noexcept {
    std::array<std::uint64_t, 2> halves;
    static_assert(sizeof(halves) == sizeof(bytes));
    std::memcpy(halves.data(), &bytes, sizeof(halves));
    return (halves[0] | halves[1]) != 0;
}

// How many bytes at the start are ASCII.
std::size_t ascii_prefix(std::string_view bytes) noexcept {
    std::size_t length = 0;
    while (length + 32 <= bytes.size()) {
        const char* const at = bytes.data() + length;
        if (any((load_sixteen(at) | load_sixteen(at + 16)) & 0x80)) break;
        length += 32;
    }
    while (length < bytes.size() && static_cast<unsigned char>(bytes[length]) < 0x80) ++length;
    return length;
}

// The length of the well-formed sequence at the start of `s` (RFC 3629), or 0.
std::size_t sequence_length(std::string_view s) noexcept {
    const auto byte = [&s](std::size_t i) { return static_cast<unsigned char>(s[i]); };
    const auto tail = [&](std::size_t i) { return i < s.size() && (byte(i) & 0xC0U) == 0x80U; };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead < 0xC2) return 0;
    if (lead < 0xE0) return tail(1) ? 2 : 0;
    if (lead < 0xF0) {
        if (!tail(1) || !tail(2)) return 0;
        if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
        if (lead == 0xED && byte(1) > 0x9F) return 0;  // surrogate
        return 3;
    }
    if (lead > 0xF4 || !tail(1) || !tail(2) || !tail(3)) return 0;
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
}

class Iconv {
  public:
    explicit Iconv(const std::string& charset) : handle_(iconv_open("UTF-8", charset.c_str())) {}
    Iconv(const Iconv&) = delete;
    Iconv& operator=(const Iconv&) = delete;
    ~Iconv() {
        if (*this) iconv_close(handle_);
    }
    // iconv_open's error value is (iconv_t)-1, an integer in a pointer's clothes.
    explicit operator bool() const { return reinterpret_cast<std::intptr_t>(handle_) != -1; }

    // Appends U+FFFD for what cannot be converted and goes on with the next byte.
    std::string convert(std::string_view bytes, bool& lossy) {
        std::string out;
        out.reserve(bytes.size() + bytes.size() / 8);
        std::array<char, 4096> buffer;
        auto* in = const_cast<char*>(bytes.data());  // iconv's old signature; it does not write
        std::size_t in_left = bytes.size();
        while (in_left > 0) {
            char* to = buffer.data();
            std::size_t to_left = buffer.size();
            const std::size_t result = iconv(handle_, &in, &in_left, &to, &to_left);
            const int reason = errno;
            out.append(buffer.data(), buffer.size() - to_left);
            if (result != static_cast<std::size_t>(-1) || reason == E2BIG) continue;
            lossy = true;
            out += replacement;
            ++in;
            --in_left;
        }
        return out;
    }

  private:
    iconv_t handle_;
};

// Whether bytes without a declaration are UTF-16: nearly every other byte is zero.
std::string_view guess_utf16(std::string_view bytes) noexcept {
    const std::size_t sample = std::min<std::size_t>(bytes.size(), 1024) & ~std::size_t{1};
    if (sample < 8) return {};
    std::size_t zero[2] = {0, 0};
    for (std::size_t i = 0; i < sample; ++i)
        if (bytes[i] == '\0') ++zero[i % 2];
    const std::size_t half = sample / 2;
    if (zero[1] * 10 >= half * 7 && zero[0] * 10 <= half) return "utf-16le";
    if (zero[0] * 10 >= half * 7 && zero[1] * 10 <= half) return "utf-16be";
    return {};
}

// What readers take a declared name to mean (WHATWG Encoding: latin-1 and ASCII are Windows-1252).
std::string effective_charset(std::string_view declared) {
    std::string name = ascii_lower(trim(declared));
    std::erase_if(name, [](char c) { return c == '"' || c == '\'' || c == ' '; });
    if (name.size() > 40) return {};
    if (name == "iso-8859-1" || name == "iso8859-1" || name == "latin1" || name == "us-ascii" ||
        name == "ascii" || name == "ansi_x3.4-1968" || name == "cp1252" || name == "x-ansi")
        return "windows-1252";
    if (name == "utf8" || name == "unicode-1-1-utf-8") return "utf-8";
    if (name == "ks_c_5601-1987") return "cp949";
    if (name == "gb2312" || name == "gbk") return "gb18030";
    if (name == "shift_jis" || name == "shift-jis" || name == "x-sjis") return "cp932";
    if (name == "iso-8859-8-i") return "iso-8859-8";
    if (name == "unknown-8bit" || name == "x-unknown" || name == "default" || name == "8bit" ||
        name == "binary")
        return {};
    // "//IGNORE" and the like are glibc's options, not part of a name.
    if (name.find('/') != std::string::npos) return {};
    return name;
}

std::string windows_1252(std::string_view bytes) {
    // Not by iconv: five bytes are undefined there, and readers show C1 controls for them.
    static constexpr std::array<std::uint16_t, 32> high = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    while (!bytes.empty()) {
        const std::size_t ascii = ascii_prefix(bytes);
        out.append(bytes.substr(0, ascii));
        bytes.remove_prefix(ascii);
        if (bytes.empty()) break;
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        const utf8proc_int32_t code = byte < 0xA0 ? high[byte - 0x80U] : byte;
        std::array<utf8proc_uint8_t, 4> encoded;
        const auto length = utf8proc_encode_char(code, encoded.data());
        out.append(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length));
    }
    return out;
}

// Latin letters that Unicode does not decompose but a person reads as plain ones.
std::string_view plain_letter(utf8proc_int32_t code) noexcept {
    switch (code) {
        case 0x00F8:
        case 0x00D8:
            return "o";
        case 0x0142:
        case 0x0141:
            return "l";
        case 0x0111:
        case 0x0110:
        case 0x00F0:
        case 0x00D0:
            return "d";
        case 0x0131:
        case 0x0130:
            return "i";
        case 0x00E6:
        case 0x00C6:
            return "ae";
        case 0x0153:
        case 0x0152:
            return "oe";
        case 0x00FE:
        case 0x00DE:
            return "th";
        case 0x0127:
        case 0x0126:
            return "h";
        case 0x2018:
        case 0x2019:
        case 0x201B:
        case 0x02BC:
        case 0x02BB:
        case 0x00B4:
        case 0x0060:
            return "'";
        case 0x201C:
        case 0x201D:
        case 0x201E:
            return "\"";
        case 0x2010:
        case 0x2011:
        case 0x2012:
        case 0x2013:
        case 0x2014:
        case 0x2015:
        case 0x2212:
        case 0xFE58:
        case 0xFE63:
            return "-";
        case 0x2120:  // signs whose letters are no part of the word before them
        case 0x2122:
            return "*";
        default:
            return {};
    }
}

bool is_blank(utf8proc_int32_t code) noexcept {
    return code == ' ' || code == 0x0B || code == 0x0C || code == 0xA0 || code == 0x1680 ||
           code == 0x2028 || code == 0x2029 || (code >= 0x2000 && code <= 0x200A) ||
           code == 0x202F || code == 0x205F || code == 0x3000 || code == 0x85;
}

bool is_invisible(utf8proc_int32_t code) noexcept {
    return (code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF || code == 0xAD || code == 0x34F ||
           code == 0x061C || code == 0x115F || code == 0x1160 || code == 0x17B4 || code == 0x17B5 ||
           (code >= 0x180B && code <= 0x180F) || (code >= 0xFE00 && code <= 0xFE0F) ||
           (code >= 0xE0000 && code <= 0xE0FFF) || (code < 0x20 && code != '\n' && code != '\t') ||
           (code >= 0x7F && code < 0xA0);
}

// Bullets, arrows, ticks, rules of drawn tables and other pictures, those of symbol fonts (private
// use) among them: no part of the word or number that they stand against. What stands for a
// character that was lost may be part of it.
bool is_ornament(utf8proc_int32_t code) noexcept {
    constexpr utf8proc_int32_t lost = 0xFFFD;
    switch (utf8proc_category(code)) {
        case UTF8PROC_CATEGORY_SO:
            return code != lost;
        case UTF8PROC_CATEGORY_SM:
        case UTF8PROC_CATEGORY_PO:
        case UTF8PROC_CATEGORY_PI:
        case UTF8PROC_CATEGORY_PF:
        case UTF8PROC_CATEGORY_PS:
        case UTF8PROC_CATEGORY_PE:
        case UTF8PROC_CATEGORY_CO:
            return true;
        default:
            return false;
    }
}

void append_code(utf8proc_int32_t code, std::string& out) {
    if (code < 0x80) {
        out += static_cast<char>(code);
        return;
    }
    const char alike = look_alike_letter(code);
    if (const char ascii = alike != '\0' ? alike : ascii_digit(code); ascii != '\0') {
        out += ascii;
        return;
    }
    if (is_ornament(code)) {
        out += '*';
        return;
    }
    std::array<utf8proc_uint8_t, 4> encoded;
    const auto length = utf8proc_encode_char(code, encoded.data());
    out.append(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length));
}

void append_blank(std::string& out) {
    if (!out.empty() && out.back() != ' ') out += ' ';
}

void fold_code(utf8proc_int32_t code, std::string& out) {
    if (is_blank(code)) return append_blank(out);
    if (is_invisible(code)) return;
    if (const auto plain = plain_letter(code); !plain.empty()) {
        out += plain;
        return;
    }
    std::array<utf8proc_int32_t, 32> folded;
    int boundary = 0;
    const auto options =
        static_cast<utf8proc_option_t>(UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                                       UTF8PROC_IGNORE | UTF8PROC_STRIPMARK);
    const auto count = utf8proc_decompose_char(
        code, folded.data(), static_cast<utf8proc_ssize_t>(folded.size()), options, &boundary);
    if (count < 0 || count > static_cast<utf8proc_ssize_t>(folded.size())) {
        append_code(code, out);
        return;
    }
    for (utf8proc_ssize_t i = 0; i < count; ++i) {
        const auto part = folded[static_cast<std::size_t>(i)];
        if (is_blank(part))
            append_blank(out);
        else if (const auto plain = plain_letter(part); !plain.empty())
            out += plain;
        else
            append_code(part, out);
    }
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        // Most text is ASCII: skip it without looking at sequences.
        bytes.remove_prefix(ascii_prefix(bytes));
        if (bytes.empty()) return true;
        const std::size_t length = sequence_length(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

std::string repair_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = sequence_length(bytes);
        if (length == 0) {
            out += replacement;
            bytes.remove_prefix(1);
        } else {
            out.append(bytes.substr(0, length));
            bytes.remove_prefix(length);
        }
    }
    return out;
}

namespace {

// Fewer bytes may well be both, as two Chinese characters of UTF-16 are four letters.
constexpr std::size_t least_to_tell = 8;

bool is_plain_text(std::string_view bytes) noexcept {
    return is_valid_utf8(bytes) && std::all_of(bytes.begin(), bytes.end(), [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return (byte >= 0x20 && byte != 0x7F) || (byte >= '\t' && byte <= '\r');
           });
}

bool keeps_ascii(Iconv& converter) {
    constexpr std::string_view sample = "Az09-az.";
    bool lossy = false;
    return converter.convert(sample, lossy) == sample;
}

}  // namespace

Decoded decode(std::string_view bytes, std::string_view charset) {
    if (bytes.starts_with("\xEF\xBB\xBF")) {
        bytes.remove_prefix(3);
        const bool valid = is_valid_utf8(bytes);
        return {valid ? std::string(bytes) : repair_utf8(bytes), !valid, "utf-8"};
    }
    std::string name = effective_charset(charset);
    // UTF-32's mark begins with UTF-16's, so it is looked for first.
    if (bytes.starts_with(std::string_view("\xFF\xFE\0\0", 4))) {
        name = "utf-32le";
        bytes.remove_prefix(4);
    } else if (bytes.starts_with("\xFF\xFE")) {
        name = "utf-16le";
        bytes.remove_prefix(2);
    } else if (bytes.starts_with("\xFE\xFF")) {
        name = "utf-16be";
        bytes.remove_prefix(2);
    } else if (const auto guess = guess_utf16(bytes);
               !guess.empty() &&
               (name.empty() || name == "windows-1252" || name == "utf-8" || name == "utf-16")) {
        name = guess;
    }
    if (name.empty() || name == "utf-8" || name == "windows-1252") {
        // A wrong label among these three is common; valid multi-byte UTF-8 is hardly ever chance.
        if (is_valid_utf8(bytes)) return {std::string(bytes), false, "utf-8"};
        return {windows_1252(bytes), name == "utf-8", "windows-1252"};
    }
    Iconv converter(name);
    if (!converter) {
        // Nobody's name, or its tables are missing here: the nearest guess, and not a clean one.
        if (is_valid_utf8(bytes)) return {std::string(bytes), false, "utf-8"};
        return {windows_1252(bytes), true, "windows-1252"};
    }
    // Bytes that are text as they stand are shown so, whatever charset of other bytes they are said
    // to be in: UTF-16 by a program that wrote UTF-8, or EBCDIC by somebody with something to hide.
    if (bytes.size() >= least_to_tell && is_plain_text(bytes) && !keeps_ascii(converter))
        return {std::string(bytes), false, "utf-8"};
    bool lossy = false;
    std::string text = converter.convert(bytes, lossy);
    return {std::move(text), lossy, std::move(name)};
}

void load_charsets() {
    // The legacy encodings of WHATWG's Encoding standard, those of DOS, and Unicode's own.
    static constexpr std::array names = {
        "UTF-16",      "UTF-16LE",   "UTF-16BE",    "UTF-32",      "UTF-32LE",     "UTF-32BE",
        "UTF-7",       "CP437",      "CP850",       "CP852",       "CP857",        "CP858",
        "CP866",       "CP1250",     "CP1251",      "CP1252",      "CP1253",       "CP1254",
        "CP1255",      "CP1256",     "CP1257",      "CP1258",      "CP874",        "ISO-8859-1",
        "ISO-8859-2",  "ISO-8859-3", "ISO-8859-4",  "ISO-8859-5",  "ISO-8859-6",   "ISO-8859-7",
        "ISO-8859-8",  "ISO-8859-9", "ISO-8859-10", "ISO-8859-13", "ISO-8859-14",  "ISO-8859-15",
        "ISO-8859-16", "KOI8-R",     "KOI8-U",      "MACINTOSH",   "MAC-CYRILLIC", "GB18030",
        "GBK",         "BIG5",       "BIG5-HKSCS",  "EUC-JP",      "SHIFT_JIS",    "CP932",
        "ISO-2022-JP", "EUC-KR",     "CP949",       "ISO-2022-KR", "TIS-620"};
    // glibc lets a module go when its last user closes it, so these stay open.
    static const std::vector<std::unique_ptr<Iconv>> open = [] {
        std::vector<std::unique_ptr<Iconv>> converters;
        converters.reserve(names.size());
        for (const char* name : names) converters.push_back(std::make_unique<Iconv>(name));
        return converters;
    }();
}

namespace {

// What an ASCII byte folds to; 0 for those that need a look: blanks, CR, control characters.
constexpr std::array<char, 128> make_ascii_folds() {
    std::array<char, 128> folds{};
    for (std::size_t c = 0x21; c < 0x7F; ++c)
        folds[c] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 0x20 : c);
    folds['`'] = '\'';
    folds['\n'] = '\n';
    folds['\t'] = '\t';
    return folds;
}
constexpr auto ascii_folds = make_ascii_folds();

void fold_special_ascii(unsigned char c, bool before_newline, std::string& out) {
    if (c == ' ' || c == 0x0B || c == 0x0C)
        append_blank(out);
    else if (c == '\r' && !before_newline)
        out += '\n';
    // Other control characters are invisible.
}

// Folds sixteen bytes that are letters, digits, signs, single blanks and newlines: nearly all of a
// letter. False where some byte needs a look, or a blank follows another or may: one more byte must
// be readable behind them.
bool fold_sixteen(const unsigned char* from, bool after_blank, char* to) noexcept {
    const Sixteen bytes = load_sixteen(from);
    // Signed, so that what is not ASCII counts as a control character.
    const auto control = reinterpret_cast<SixteenSigned>(bytes) < ' ';
    const auto special = (control & (bytes != '\n')) | (bytes == 0x7F) | (bytes == '`');
    const auto blank = bytes == ' ';
    const auto blanks = blank & (load_sixteen(from + 1) == ' ');
    if (any(special | blanks) || (after_blank && *from == ' ')) return false;
    const auto capital = (bytes >= 'A') & (bytes <= 'Z');
    const Sixteen folded = bytes | (reinterpret_cast<Sixteen>(capital) & 0x20);
    std::memcpy(to, &folded, sizeof(folded));
    return true;
}

}  // namespace

void fold_into(std::string_view utf8, std::string& out) {
    out.reserve(out.size() + utf8.size());
    const auto* p = reinterpret_cast<const unsigned char*>(utf8.data());
    const auto* const end = p + utf8.size();
    // Most of European text is ASCII: it is folded into a buffer, sixteen bytes together or by
    // table, and appended by the run.
    std::array<char, 1024> run;
    while (p < end) {
        std::size_t length = 0;
        bool after_blank = out.empty() || out.back() == ' ';
        while (p < end && *p < 0x80 && length < run.size()) {
            if (end - p > 16 && run.size() - length >= 16 &&
                fold_sixteen(p, after_blank, run.data() + length)) {
                p += 16;
                length += 16;
                after_blank = run[length - 1] == ' ';
                continue;
            }
            char folded = ascii_folds[*p];
            // A single blank between words needs no look either.
            if (*p == ' ' && length > 0 && run[length - 1] != ' ') folded = ' ';
            if (folded == '\0') break;
            run[length++] = folded;
            after_blank = folded == ' ';
            ++p;
        }
        out.append(run.data(), length);
        if (p == end || length == run.size()) continue;
        if (*p < 0x80) {
            const unsigned char c = *p++;
            fold_special_ascii(c, p < end && *p == '\n', out);
            continue;
        }
        utf8proc_int32_t code = 0;
        const auto count = utf8proc_iterate(p, static_cast<utf8proc_ssize_t>(end - p), &code);
        if (count <= 0) {
            ++p;  // ill-formed: callers pass valid UTF-8, so this only has to be safe
            continue;
        }
        p += count;
        fold_code(code, out);
    }
}

std::string fold(std::string_view utf8) {
    std::string out;
    fold_into(utf8, out);
    return out;
}

std::string ascii_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return out;
}

bool ascii_iequals(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&lower](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

namespace {

// What a terminal or a reader of a log would obey instead of show: control characters of ISO 6429
// beyond ASCII (U+0080 to U+009F), separators of lines, and marks and embeddings that change the
// direction of text (UAX #9).
bool is_obeyed(std::string_view character) noexcept {
    if (character.size() == 2)
        return (character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0) ||
               character == "\xD8\x9C";
    if (character.size() != 3 || character[0] != '\xE2') return false;
    const auto last = static_cast<unsigned char>(character[2]);
    if (character[1] == '\x80')
        return last == 0x8E || last == 0x8F || (last >= 0xA8 && last <= 0xAE);
    return character[1] == '\x81' && last >= 0xA6 && last <= 0xA9;
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
    const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7F; };
    if (text.size() <= limit && std::all_of(text.begin(), text.end(), is_plain))
        return std::string(text);
    std::string out;
    while (!text.empty() && out.size() < limit) {
        const std::size_t length = sequence_length(text);
        const auto lead = static_cast<unsigned char>(text[0]);
        if (length == 0 || lead < 0x20 || lead == 0x7F) {
            out += '?';
            text.remove_prefix(1);
        } else if (is_obeyed(text.substr(0, length))) {
            out += '?';
            text.remove_prefix(length);
        } else {
            if (out.size() + length > limit) break;
            out.append(text.substr(0, length));
            text.remove_prefix(length);
        }
    }
    return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row[b.size()];
}

}  // namespace postwacht::text
