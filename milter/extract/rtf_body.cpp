#include "extract/rtf_body.hpp"

#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <vector>

#include "base/text.hpp"
#include "extract/binary.hpp"
#include "extract/property_set.hpp"

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

// What the window of the packer holds before the first byte (MS-OXRTFCP 2.1.2.1).
constexpr auto first_window =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    "\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    "\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"sv;
static_assert(first_window.size() == 207);
constexpr std::size_t window_size = 4096;
constexpr std::uint32_t packed_marker = 0x75465A4C;
constexpr std::uint32_t stored_marker = 0x414C454D;

std::optional<std::string> unpack(std::string_view packed, std::size_t wanted) {
    std::array<char, window_size> window{};
    std::copy(first_window.begin(), first_window.end(), window.begin());
    std::size_t write = first_window.size();
    std::string out;
    std::size_t at = 0;
    const auto put = [&](char c) {
        out += c;
        window[write] = c;
        write = (write + 1) % window_size;
    };
    while (at < packed.size()) {
        const auto control = static_cast<unsigned char>(packed[at++]);
        for (unsigned bit = 0; bit < 8; ++bit) {
            if (out.size() > wanted + window_size) return out;
            if ((control >> bit & 1U) == 0) {
                if (at >= packed.size()) return std::nullopt;
                put(packed[at++]);
                continue;
            }
            if (at + 2 > packed.size()) return std::nullopt;
            const unsigned reference = static_cast<unsigned char>(packed[at]) * 256U +
                                       static_cast<unsigned char>(packed[at + 1]);
            at += 2;
            std::size_t from = reference >> 4U;
            if (from == write) return out;  // the mark of the end
            for (std::size_t count = (reference & 0xFU) + 2; count > 0; --count) {
                put(window[from]);
                from = (from + 1) % window_size;
            }
        }
    }
    return std::nullopt;
}

std::uint32_t codepage_of_fcharset(int charset, std::uint32_t otherwise) {
    switch (charset) {
        case 0:
            return 1252;
        case 77:
            return 10000;
        case 128:
            return 932;
        case 129:
            return 949;
        case 134:
            return 936;
        case 136:
            return 950;
        case 161:
            return 1253;
        case 162:
            return 1254;
        case 163:
            return 1258;
        case 177:
            return 1255;
        case 178:
            return 1256;
        case 186:
            return 1257;
        case 204:
            return 1251;
        case 222:
            return 874;
        case 238:
            return 1250;
        default:
            return otherwise;
    }
}

// Reads RTF only as far as unwrapping needs it: groups, the marks of wrapping, and characters.
class Unwrapper {
  public:
    Unwrapper(std::string_view rtf, Collector& out) : rtf_(rtf), out_(out) {}

    UnwrappedRtf run() {
        groups_.push_back({});
        std::size_t steps = 0;
        while (at_ < rtf_.size()) {
            if ((++steps & 0xFFFU) == 0 && !out_.time_left()) break;
            // The mark stands in the first words; without it nothing is wrapped.
            if (steps > 200 && result_.kind == UnwrappedRtf::Kind::rtf) return {};
            step();
        }
        flush();
        if (result_.kind == UnwrappedRtf::Kind::rtf) result_.text.clear();
        return std::move(result_);
    }

  private:
    struct Group {
        bool tag = false;       // an htmltag group: its text is HTML
        bool skipped = false;   // a destination that holds no text
        bool rtf_only = false;  // between \htmlrtf and \htmlrtf0
        bool fonts = false;
        unsigned unicode_skip = 1;
        int font = -1;
    };
    static constexpr std::size_t deepest = 500;

    void step() {
        const char c = rtf_[at_++];
        if (c == '{') {
            flush();
            if (groups_.size() < deepest)
                groups_.push_back(groups_.back());
            else
                ++too_deep_;
            starred_ = false;
        } else if (c == '}') {
            flush();
            if (too_deep_ > 0)
                --too_deep_;
            else if (groups_.size() > 1)
                groups_.pop_back();
            starred_ = false;
        } else if (c == '\\') {
            control();
        } else if (c != '\r' && c != '\n' && c != '\0') {
            byte(c);
        }
    }

    void control() {
        if (at_ >= rtf_.size()) return;
        const char c = rtf_[at_];
        if (std::isalpha(static_cast<unsigned char>(c)) != 0) return word();
        ++at_;
        switch (c) {
            case '\'': {
                const auto code = rtf_.substr(at_, 2);
                at_ += code.size();
                byte(static_cast<char>(hex(code)));
                break;
            }
            case '*':
                starred_ = true;
                break;
            case '~':
                add("\u00A0");
                break;
            case '_':
                add("-");
                break;
            case '\\':
            case '{':
            case '}':
                byte(c);
                break;
            case '\r':
            case '\n':
                add("\r\n");
                break;
            default:
                break;
        }
    }

    static unsigned hex(std::string_view code) {
        unsigned value = 0;
        for (const char c : code) {
            const char lower = static_cast<char>(c | 0x20);
            value = value * 16;
            if (c >= '0' && c <= '9')
                value += static_cast<unsigned>(c - '0');
            else if (lower >= 'a' && lower <= 'f')
                value += static_cast<unsigned>(lower - 'a' + 10);
        }
        return value;
    }

    void word() {
        const std::size_t start = at_;
        while (at_ < rtf_.size() && std::isalpha(static_cast<unsigned char>(rtf_[at_])) != 0) ++at_;
        const auto name = rtf_.substr(start, at_ - start);
        bool negative = false;
        if (at_ < rtf_.size() && rtf_[at_] == '-') {
            negative = true;
            ++at_;
        }
        bool has_number = false;
        long number = 0;
        while (at_ < rtf_.size() && std::isdigit(static_cast<unsigned char>(rtf_[at_])) != 0) {
            if (number < 100'000'000) number = number * 10 + (rtf_[at_] - '0');
            has_number = true;
            ++at_;
        }
        if (negative) number = -number;
        if (at_ < rtf_.size() && rtf_[at_] == ' ') ++at_;
        apply(name, has_number, number);
        starred_ = false;
    }

    void apply(std::string_view name, bool has_number, long number) {
        Group& group = groups_.back();
        if (name == "fromhtml") {
            result_.kind = UnwrappedRtf::Kind::html;
        } else if (name == "fromtext") {
            result_.kind = UnwrappedRtf::Kind::text;
        } else if (name == "ansicpg") {
            codepage_ = static_cast<std::uint32_t>(number);
        } else if (name == "htmlrtf") {
            flush();
            group.rtf_only = !has_number || number != 0;
        } else if (name == "htmltag") {
            group.tag = true;
            group.skipped = false;
        } else if (name == "fonttbl") {
            group.fonts = group.skipped = true;
        } else if (name == "f") {
            flush();
            group.font = static_cast<int>(number);
        } else if (name == "fcharset" && group.fonts) {
            fonts_[group.font] = static_cast<int>(number);
        } else if (starred_ || name == "colortbl" || name == "stylesheet" || name == "info" ||
                   name == "pict" || name == "object" || name == "header" || name == "footer") {
            group.skipped = true;
        } else if (name == "bin") {
            at_ += std::min<std::size_t>(static_cast<std::size_t>(std::max(number, 0L)),
                                         rtf_.size() - at_);
        } else if (name == "uc") {
            group.unicode_skip = static_cast<unsigned>(std::max(number, 0L));
        } else if (name == "u") {
            unicode(number < 0 ? static_cast<std::uint32_t>(number + 65536)
                               : static_cast<std::uint32_t>(number));
            pending_skip_ = group.unicode_skip;
        } else {
            named_character(name);
        }
    }

    void named_character(std::string_view name) {
        static const std::map<std::string_view, std::string_view> characters = {
            {"par", "\r\n"},         {"line", "\r\n"},     {"tab", "\t"},
            {"lquote", "\u2018"},    {"rquote", "\u2019"}, {"ldblquote", "\u201C"},
            {"rdblquote", "\u201D"}, {"bullet", "\u2022"}, {"endash", "\u2013"},
            {"emdash", "\u2014"}};
        if (const auto at = characters.find(name); at != characters.end()) add(at->second);
    }

    [[nodiscard]] bool wanted() const {
        const Group& group = groups_.back();
        return !group.skipped && (group.tag || !group.rtf_only);
    }

    void byte(char c) {
        if (pending_skip_ > 0) {
            --pending_skip_;
            return;
        }
        if (wanted()) {
            high_ = 0;
            bytes_ += c;
        }
    }

    void add(std::string_view utf8) {
        if (!wanted()) return;
        flush();
        result_.text += utf8;
    }

    void unicode(std::uint32_t unit) {
        if (!wanted()) return;
        flush();
        if (unit >= 0xD800 && unit < 0xDC00) {
            high_ = unit;
            return;
        }
        std::string pair;
        const auto put = [&pair](std::uint32_t u) {
            pair += static_cast<char>(u & 0xFFU);
            pair += static_cast<char>((u >> 8U) & 0xFFU);
        };
        if (high_ != 0) put(high_);
        high_ = 0;
        put(unit);
        result_.text += text::decode(pair, "utf-16le").text;
    }

    void flush() {
        if (bytes_.empty()) return;
        std::uint32_t codepage = codepage_;
        if (const auto font = fonts_.find(groups_.back().font);
            font != fonts_.end() && !groups_.back().tag)
            codepage = codepage_of_fcharset(font->second, codepage_);
        result_.text += text::decode(bytes_, charset_of_codepage(codepage)).text;
        bytes_.clear();
    }

    std::string_view rtf_;
    Collector& out_;
    std::size_t at_ = 0;
    std::vector<Group> groups_;
    std::size_t too_deep_ = 0;
    bool starred_ = false;
    std::uint32_t codepage_ = 1252;
    std::map<int, int> fonts_;
    unsigned pending_skip_ = 0;
    std::uint32_t high_ = 0;
    std::string bytes_;
    UnwrappedRtf result_;
};

}  // namespace

std::string unpack_rtf_body(std::string_view bytes, Collector& out, bool& whole) {
    const Binary body(bytes);
    constexpr std::size_t head = 16;
    if (bytes.empty()) return {};
    const std::uint32_t size = body.u32(4);
    const std::uint32_t marker = body.u32(8);
    const auto packed = body.piece(head, bytes.size());
    if (marker == stored_marker) {
        whole = packed.size() >= size;
        return std::string(packed.substr(0, size));
    }
    if (marker != packed_marker) {
        whole = false;
        return {};
    }
    // Two bytes become seventeen at most, so the input bounds what comes out.
    if (!out.take_bytes(std::min<std::uint64_t>(size, packed.size() * std::uint64_t{9}))) return {};
    auto unpacked = unpack(packed, size);
    whole = unpacked.has_value();
    return unpacked ? *std::move(unpacked) : std::string();
}

UnwrappedRtf unwrap_rtf(std::string_view rtf, Collector& out) {
    return Unwrapper(rtf, out).run();
}

}  // namespace postwacht::extract
