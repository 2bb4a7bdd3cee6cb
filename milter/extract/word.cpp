#include "extract/word.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace postwacht::extract {
namespace {

// Offsets into the head of the file (FIB). The pairs of place and size begin at 0x9A.
constexpr std::size_t flags_at = 0x0A;
constexpr std::size_t first_pair = 0x9A;
constexpr std::size_t chpx_pair = first_pair + 12 * std::size_t{8};
constexpr std::size_t papx_pair = first_pair + 13 * std::size_t{8};
constexpr std::size_t clx_pair = first_pair + 33 * std::size_t{8};
constexpr std::size_t bookmarks_pair = 0x142;
constexpr std::size_t commenters_pair = 0x1BA;
constexpr std::size_t revisers_pair = 0x232;
constexpr std::size_t variables_pair = 0x27A;
constexpr std::uint16_t word97_marker = 0xA5EC;
constexpr std::uint16_t word97_version = 0x00C1;
constexpr std::uint16_t encrypted_flag = 0x0100;
constexpr std::uint16_t table1_flag = 0x0200;
constexpr std::size_t page_size = 512;

// What is known of a run of bytes in the file.
struct Run {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    bool deleted = false;
    bool hidden = false;
    bool row_end = false;
};

// How many bytes the operand of a property modifier takes: its kind tells.
std::size_t operand_size(std::uint16_t modifier, std::string_view rest) {
    switch (modifier >> 13U) {
        case 0:
        case 1:
            return 1;
        case 2:
        case 4:
        case 5:
            return 2;
        case 3:
            return 4;
        case 7:
            return 3;
        default:
            break;
    }
    if (rest.empty()) return 0;
    const std::size_t size = static_cast<unsigned char>(rest[0]);
    if (modifier == 0xD608 && rest.size() > 1)
        return size + static_cast<unsigned char>(rest[1]) * std::size_t{256} + 1;
    return size + 1;
}

void apply_modifiers(std::string_view modifiers, Run& run) {
    while (modifiers.size() >= 3) {
        const std::uint16_t modifier = Binary(modifiers).u16(0);
        modifiers.remove_prefix(2);
        const bool on = modifiers[0] != 0;
        if (modifier == 0x0800) run.deleted = on;
        if (modifier == 0x083C) run.hidden = on;
        if (modifier == 0x2417) run.row_end = on;
        modifiers.remove_prefix(std::min(operand_size(modifier, modifiers), modifiers.size()));
    }
}

// The characters of the document in order, with what is known of each.
struct Characters {
    std::u16string units;
    std::vector<std::uint8_t> marks;  // bits below
};
constexpr std::uint8_t deleted_mark = 1;
constexpr std::uint8_t hidden_mark = 2;
constexpr std::uint8_t row_end_mark = 4;

std::string to_utf8(const std::u16string& units) {
    std::string raw;
    raw.reserve(units.size() * 2);
    for (const char16_t unit : units) {
        raw += static_cast<char>(unit & 0xFFU);
        raw += static_cast<char>(unit >> 8U);
    }
    return text::decode(raw, "utf-16le").text;
}

char16_t from_windows_1252(unsigned char byte) {
    static constexpr std::array<char16_t, 32> high = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    return byte >= 0x80 && byte < 0xA0 ? high[byte - 0x80U] : char16_t{byte};
}

class WordReader {
  public:
    WordReader(std::string_view main, std::string_view table, const std::string& prefix,
               Collector& out)
        : main_(main), table_(table), prefix_(prefix), out_(out) {}

    void read() {
        const bool old = main_.u16(0) != word97_marker || main_.u16(2) < word97_version;
        if (old) {
            read_old();
        } else {
            read_runs(chpx_pair, false);
            read_runs(papx_pair, true);
            read_pieces();
            tell_list(bookmarks_pair, "bookmarks");
            tell_list(revisers_pair, "authors of changes");
            tell_list(variables_pair, "document variables");
            tell_commenters();
        }
        tell_all();
    }

  private:
    // Word 6 and 95: the text in one piece, in letters of one byte.
    void read_old() {
        const std::uint32_t first = main_.u32(0x18);
        const std::uint32_t end = main_.u32(0x1C);
        if (end < first || !main_.has(first, end - first)) out_.incomplete(Why::damaged);
        // A file saved fast has its text in pieces, in no order and with what was deleted.
        if ((main_.u16(flags_at) & 4U) != 0) out_.incomplete(Why::unsupported);
        const auto piece = main_.piece(first, end < first ? 0 : end - first);
        append_narrow(piece, first);
        count_at_ = 0x34;
    }

    // The formatting stands in pages of 512 bytes at the ends of which runs are listed.
    void read_runs(std::size_t pair, bool paragraphs) {
        const Binary list(table_.piece(main_.u32(pair), main_.u32(pair + 4)));
        if (list.size() < 12) return;
        const std::size_t count = (list.size() - 4) / 8;
        for (std::size_t i = 0; i < count; ++i) {
            if (!out_.time_left()) return;
            const std::uint64_t page = list.u32(4 * (count + 1) + 4 * i) & 0x3FFFFFU;
            read_page(Binary(main_.piece(page * page_size, page_size)), paragraphs);
        }
        auto& runs = paragraphs ? paragraphs_ : characters_;
        std::sort(runs.begin(), runs.end(),
                  [](const Run& a, const Run& b) { return a.first < b.first; });
    }

    void read_page(const Binary& page, bool paragraphs) {
        if (page.size() < page_size) return out_.incomplete(Why::damaged);
        const std::size_t count = page.u8(page_size - 1);
        const std::size_t step = paragraphs ? 13 : 1;
        for (std::size_t i = 0; i < count; ++i) {
            Run run;
            run.first = page.u32(4 * i);
            run.end = page.u32(4 * i + 4);
            std::size_t at = std::size_t{page.u8(4 * (count + 1) + step * i)} * 2;
            if (at == 0) continue;
            std::size_t size = page.u8(at);
            if (paragraphs) {
                if (size == 0)
                    size = std::size_t{page.u8(++at)} * 2;
                else
                    size = size * 2 - 1;
                at += 2;  // the style
                size = size < 2 ? 0 : size - 2;
            }
            apply_modifiers(page.piece(at + 1, size), run);
            if (paragraphs ? run.row_end : (run.deleted || run.hidden))
                (paragraphs ? paragraphs_ : characters_).push_back(run);
        }
    }

    // The piece table says where in the file each run of characters stands.
    void read_pieces() {
        count_at_ = 0x4C;
        const Binary clx(table_.piece(main_.u32(clx_pair), main_.u32(clx_pair + 4)));
        std::size_t at = 0;
        while (clx.u8(at) == 1) at += std::size_t{3} + clx.u16(at + 1);
        if (clx.u8(at) != 2 || !clx.has(at + 1, 4)) return out_.incomplete(Why::damaged);
        const std::uint32_t size = clx.u32(at + 1);
        const Binary pieces(clx.piece(at + 5, size));
        if (pieces.size() < size || size < 16) out_.incomplete(Why::damaged);
        const std::size_t count = pieces.size() < 16 ? 0 : (pieces.size() - 4) / 12;
        for (std::size_t i = 0; i < count; ++i) {
            if (!out_.time_left()) return;
            const std::uint64_t first = pieces.u32(4 * i);
            const std::uint64_t end = pieces.u32(4 * i + 4);
            const std::uint32_t place = pieces.u32(4 * (count + 1) + 8 * i + 2);
            if (end < first || !append_piece(place, end - first)) out_.incomplete(Why::damaged);
        }
    }

    bool append_piece(std::uint32_t place, std::uint64_t count) {
        constexpr std::uint32_t narrow_flag = 0x40000000;
        const bool narrow = (place & narrow_flag) != 0;
        const std::uint32_t first = narrow ? (place & ~narrow_flag) / 2 : place & ~narrow_flag;
        const std::uint64_t size = narrow ? count : count * 2;
        const auto bytes = main_.piece(first, size);
        if (!out_.take_bytes(bytes.size())) return true;
        if (narrow)
            append_narrow(bytes, first);
        else
            append_wide(bytes, first);
        return bytes.size() == size;
    }

    void append_narrow(std::string_view bytes, std::uint32_t first) {
        for (const char c : bytes) text_.units += from_windows_1252(static_cast<unsigned char>(c));
        mark(first, 1, bytes.size());
    }

    void append_wide(std::string_view bytes, std::uint32_t first) {
        const Binary units(bytes);
        for (std::size_t at = 0; at + 2 <= units.size(); at += 2)
            text_.units += static_cast<char16_t>(units.u16(at));
        mark(first, 2, bytes.size() / 2);
    }

    // Marks the characters that were just appended, which begin at `first` in the file.
    void mark(std::uint32_t first, std::uint32_t width, std::size_t count) {
        const std::size_t from = text_.marks.size();
        text_.marks.resize(from + count);
        const std::uint64_t end = first + std::uint64_t{count} * width;
        for (const auto* runs : {&characters_, &paragraphs_}) {
            // Runs do not overlap, so the one before the first that begins behind may reach in.
            auto run =
                std::upper_bound(runs->begin(), runs->end(), first,
                                 [](std::uint32_t at, const Run& r) { return at < r.first; });
            if (run != runs->begin()) --run;
            for (; run != runs->end() && run->first < end; ++run) {
                const std::uint64_t start = std::max(run->first, first);
                const std::uint64_t stop = std::min<std::uint64_t>(run->end, end);
                for (std::uint64_t at = start; at < stop; at += width) {
                    auto& bits = text_.marks[from + static_cast<std::size_t>((at - first) / width)];
                    if (run->deleted) bits |= deleted_mark;
                    if (run->hidden) bits |= hidden_mark;
                    if (run->row_end) bits |= row_end_mark;
                }
            }
        }
    }

    [[nodiscard]] Binary table_at(std::size_t pair) const {
        return Binary(table_.piece(main_.u32(pair), main_.u32(pair + 4)));
    }

    // A string of UTF-16 behind its length; moves `at` behind it.
    static std::string string_at(const Binary& list, std::size_t& at) {
        const std::size_t size = std::size_t{list.u16(at)} * 2;
        at += 2;
        const auto raw = list.piece(at, size);
        at += size;
        return text::decode(raw, "utf-16le").text;
    }

    // A table of strings ([MS-DOC] 2.2.4), and where values follow (document variables) those.
    void tell_list(std::size_t pair, const char* place) {
        const Binary list = table_at(pair);
        if (list.size() < 6 || list.u16(0) != 0xFFFF) return;
        const std::size_t count = list.u16(2);
        const std::size_t extra = list.u16(4);
        std::size_t at = 6;
        std::string all;
        for (std::size_t i = 0; i < count && list.has(at, 2); ++i) {
            const std::string one = string_at(list, at);
            at += extra;
            // Names that Word made itself begin with a line.
            if (!one.empty() && !one.starts_with('_')) all += one + '\n';
        }
        while (pair == variables_pair && list.has(at, 2)) {
            if (list.u16(at) == 0)
                at += 2;
            else
                all += string_at(list, at) + '\n';
        }
        out_.add_text(prefix_ + place, std::move(all), true);
    }

    void tell_commenters() {
        const Binary list = table_at(commenters_pair);
        std::string all;
        for (std::size_t at = 0; list.has(at, 2);) all += string_at(list, at) + '\n';
        if (!all.empty()) out_.add_text(prefix_ + "authors of comments", std::move(all), true);
    }

    void tell_all() {
        struct Story {
            const char* name;
            bool hidden;
        };
        static constexpr std::array<Story, 8> stories = {{{"text", false},
                                                          {"footnotes", false},
                                                          {"headers and footers", false},
                                                          {"macro text", true},
                                                          {"comments", true},
                                                          {"endnotes", false},
                                                          {"text boxes", false},
                                                          {"text boxes of headers", false}}};
        std::size_t at = 0;
        for (std::size_t i = 0; i < stories.size(); ++i) {
            const std::uint32_t count = main_.u32(count_at_ + 4 * i);
            const std::size_t there = text_.units.size() - at;
            if (count > there) out_.incomplete(Why::damaged);
            tell(at, std::min<std::size_t>(count, there), stories[i].name, stories[i].hidden);
            at += std::min<std::size_t>(count, there);
        }
        // What belongs to no part: the final mark, or what a wrong count left over.
        if (text_.units.size() - at > 2) tell(at, text_.units.size() - at, "more text", true);
    }

    void tell(std::size_t first, std::size_t count, const std::string& place, bool hidden) {
        std::u16string shown, deleted, hidden_text, fields;
        std::vector<bool> in_code;  // of each open field: whether its instruction is being read
        bool cell_row = false;
        for (std::size_t i = first; i < first + count; ++i) {
            if ((i & 0xFFFFU) == 0 && !out_.time_left()) return;
            char16_t unit = text_.units[i];
            const std::uint8_t marks = text_.marks[i];
            if (unit == 0x13) {
                in_code.push_back(true);
                continue;
            }
            if (unit == 0x14 || unit == 0x15) {
                if (!in_code.empty() && in_code.back()) fields += u'\n';
                if (!in_code.empty() && unit == 0x14) in_code.back() = false;
                if (!in_code.empty() && unit == 0x15) in_code.pop_back();
                continue;
            }
            const bool code = std::find(in_code.begin(), in_code.end(), true) != in_code.end();
            std::u16string& to = code                          ? fields
                                 : (marks & deleted_mark) != 0 ? deleted
                                 : (marks & hidden_mark) != 0  ? hidden_text
                                                               : shown;
            if (unit == 0x07) {
                const bool row_end = (marks & row_end_mark) != 0;
                if (row_end && !to.empty() && to.back() == u'\t') to.pop_back();
                to += row_end ? u'\n' : u'\t';
                cell_row = !row_end;
                continue;
            }
            if (unit == 0x0D || unit == 0x0B || unit == 0x0C || unit == 0x0E) {
                // A paragraph inside a cell must not end the row.
                unit = cell_row && inside_row(i, first + count) ? u' ' : u'\n';
                cell_row = cell_row && unit == u' ';
            } else if (unit == 0x1E) {
                unit = u'-';
            } else if (unit < 0x20 && unit != u'\t') {
                continue;
            }
            to += unit;
        }
        out_.add_text(prefix_ + place, told(shown), hidden);
        out_.add_text(prefix_ + place + ", deleted text", told(deleted), true);
        out_.add_text(prefix_ + place + ", hidden text", told(hidden_text), true);
        out_.add_text(prefix_ + place + ", field instructions", told(fields), true);
    }

    // Whether the table row goes on behind this paragraph: before the next mark of a row's end
    // stands a mark of a cell.
    [[nodiscard]] bool inside_row(std::size_t at, std::size_t end) const {
        constexpr std::size_t farthest = 2000;
        for (std::size_t i = at + 1; i < std::min(end, at + farthest); ++i)
            if (text_.units[i] == 0x07) return true;
        return false;
    }

    static std::string told(const std::u16string& units) {
        if (units.find_first_not_of(u" \t\n") == std::u16string::npos) return {};
        return to_utf8(units);
    }

    Binary main_;
    Binary table_;
    const std::string& prefix_;
    Collector& out_;
    std::vector<Run> characters_;
    std::vector<Run> paragraphs_;
    Characters text_;
    std::size_t count_at_ = 0x4C;  // where the sizes of the parts of the text stand
};

}  // namespace

void read_word(const Compound& file, std::size_t storage, const std::string& prefix,
               Collector& out) {
    const std::string main = stream_bytes(file, storage, "WordDocument", out);
    const Binary head(main);
    if (head.size() < clx_pair) return out.incomplete(Why::damaged);
    const std::uint16_t flags = head.u16(flags_at);
    if ((flags & encrypted_flag) != 0) return out.incomplete(Why::encrypted);
    const std::string table =
        stream_bytes(file, storage, (flags & table1_flag) != 0 ? "1Table" : "0Table", out);
    WordReader(main, table, prefix, out).read();
}

}  // namespace postwacht::extract
