#include "extract/property_set.hpp"

#include <map>
#include <string>

#include "base/text.hpp"
#include "extract/binary.hpp"

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

constexpr std::uint32_t codepage_id = 1;
constexpr std::uint32_t most_values = 100'000;

class Section {
  public:
    Section(Binary bytes, bool custom, std::string& text)
        : bytes_(bytes), custom_(custom), text_(text) {}

    // False where something stood outside of the section.
    bool read() {
        const std::uint32_t count = bytes_.u32(4);
        if (!bytes_.has(8, std::uint64_t{count} * 8)) sound_ = false;
        const auto known = std::min<std::uint64_t>(count, bytes_.size() / 8);
        std::map<std::uint32_t, std::uint32_t> places;
        for (std::uint64_t i = 0; i < known; ++i)
            places.emplace(bytes_.u32(8 + 8 * i), bytes_.u32(12 + 8 * i));
        if (const auto at = places.find(codepage_id); at != places.end())
            codepage_ = bytes_.u16(at->second + std::uint64_t{4});
        if (const auto at = places.find(0); custom_ && at != places.end()) read_names(at->second);
        for (const auto& [id, at] : places)
            if (id > codepage_id) read_property(id, at);
        return sound_;
    }

  private:
    void read_names(std::uint64_t at) {
        const std::uint32_t count = std::min(bytes_.u32(at), most_values);
        at += 4;
        for (std::uint32_t i = 0; i < count && bytes_.has(at, 8); ++i) {
            const std::uint32_t id = bytes_.u32(at);
            const std::uint64_t size = bytes_.u32(at + 4);
            const bool wide = codepage_ == 1200;
            const std::uint64_t taken = wide ? (size * 2 + 3) / 4 * 4 : size;
            names_[id] = string_at(at + 8, wide ? size * 2 : size, wide);
            at += 8 + taken;
        }
    }

    void read_property(std::uint32_t id, std::uint64_t at) {
        std::string values;
        std::uint64_t next = at;
        read_value(next, values, 0);
        if (values.empty()) return;
        if (const auto name = names_.find(id); name != names_.end()) text_ += name->second + ": ";
        text_ += values;
        text_ += '\n';
    }

    // Reads a typed value and moves behind it.
    void read_value(std::uint64_t& at, std::string& values, int depth) {
        const std::uint32_t type = bytes_.u32(at);
        at += 4;
        if ((type & 0x1000U) == 0) return read_scalar(type, at, values, depth);
        const std::uint32_t count = std::min(bytes_.u32(at), most_values);
        at += 4;
        for (std::uint32_t i = 0; i < count && bytes_.has(at, 4); ++i)
            read_scalar(type & 0xFFFU, at, values, depth + 1);
    }

    void read_scalar(std::uint32_t type, std::uint64_t& at, std::string& values, int depth) {
        const auto add = [&values](const std::string& value) {
            if (value.empty()) return;
            if (!values.empty()) values += ", ";
            values += value;
        };
        switch (type) {
            case 0x0C:  // a value with a type of its own
                if (depth < 4) read_value(at, values, depth + 1);
                break;
            case 0x02:
            case 0x0B:
                at += 4;
                break;
            case 0x03:
                if (custom_) add(std::to_string(static_cast<std::int32_t>(bytes_.u32(at))));
                at += 4;
                break;
            case 0x05:
                if (custom_ && bytes_.f64(at) > -1e15 && bytes_.f64(at) < 1e15)
                    add(std::to_string(bytes_.f64(at)));
                at += 8;
                break;
            case 0x1E:
            case 0x1F: {
                const bool wide = type == 0x1F || codepage_ == 1200;
                std::uint64_t size = bytes_.u32(at);
                if (type == 0x1F) size *= 2;
                if (depth == 0 && !bytes_.has(at + 4, size)) sound_ = false;
                add(string_at(at + 4, size, wide));
                at += 4 + size;
                // In a list narrow strings stand without filling between them, whatever the
                // specification says; before the number of a heading it may be either.
                if (type == 0x1F || depth == 0) at += (4 - size % 4) % 4;
                break;
            }
            default:
                at += 8;
        }
    }

    std::string string_at(std::uint64_t at, std::uint64_t size, bool wide) const {
        auto raw = bytes_.piece(at, size);
        const auto charset = wide ? std::string("utf-16le") : charset_of_codepage(codepage_);
        std::string value = text::decode(raw, charset).text;
        return value.substr(0, value.find('\0'));
    }

    Binary bytes_;
    bool custom_;
    std::string& text_;
    std::uint32_t codepage_ = 1252;
    std::map<std::uint32_t, std::string> names_;
    bool sound_ = true;
};

}  // namespace

std::string charset_of_codepage(std::uint32_t codepage) {
    switch (codepage) {
        case 0:
        case 1252:
            return "windows-1252";
        case 1200:
            return "utf-16le";
        case 10000:
            return "macintosh";
        case 20127:
            return "us-ascii";
        case 28591:
            return "iso-8859-1";
        case 65000:
            return "utf-7";
        case 65001:
            return "utf-8";
        case 932:
            return "cp932";
        case 936:
            return "gbk";
        case 949:
            return "cp949";
        case 950:
            return "big5";
        case 50220:
        case 50221:
            return "iso-2022-jp";
        case 51932:
            return "euc-jp";
        case 20866:
            return "koi8-r";
        default:
            if (codepage >= 28592 && codepage <= 28605)
                return "iso-8859-" + std::to_string(codepage - 28590);
            if (codepage >= 1250 && codepage <= 1258) return "windows-" + std::to_string(codepage);
            return "cp" + std::to_string(codepage);
    }
}

void read_property_set(std::string_view bytes, const std::string& prefix, Collector& out) {
    if (bytes.empty()) return;
    // The third section format, FMTID_UserDefinedProperties, begins so.
    constexpr auto custom_format = "\x05\xD5\xCD\xD5\x9C\x2E\x1B\x10"sv;
    const Binary set(bytes);
    const std::uint32_t sections = std::min<std::uint32_t>(set.u32(24), 8);
    bool sound = set.u16(0) == 0xFFFE && set.has(28, std::uint64_t{sections} * 20);
    std::string text;
    for (std::uint32_t i = 0; i < sections; ++i) {
        const std::uint64_t at = 28 + 20 * std::uint64_t{i};
        const std::uint64_t start = set.u32(at + 16);
        if (!set.has(start, 8)) {
            sound = false;
            continue;
        }
        const bool custom = set.piece(at, 8) == custom_format;
        if (!Section(Binary(set.piece(start, set.u32(start))), custom, text).read()) sound = false;
    }
    out.add_text(prefix + "document properties", text, true);
    if (!sound) out.incomplete(Why::damaged);
}

}  // namespace postwacht::extract
