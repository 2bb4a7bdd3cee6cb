#include "extract/excel.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "extract/biff.hpp"
#include "extract/biff_formula.hpp"
#include "extract/cell_format.hpp"
#include "extract/cell_grid.hpp"
#include "extract/property_set.hpp"

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

constexpr std::uint32_t last_column = 255;

std::string cell_name(std::uint32_t row, std::uint32_t column) {
    std::string name;
    for (std::uint32_t rest = column + 1; rest > 0; rest = (rest - 1) / 26)
        name.insert(name.begin(), static_cast<char>('A' + (rest - 1) % 26));
    return name + std::to_string(row + 1);
}

// A number packed into 30 bits: whole or the upper half of a double, and maybe a hundredfold.
double unpacked_number(std::uint32_t packed) {
    double value = 0;
    if ((packed & 2U) != 0) {
        value = static_cast<double>(static_cast<std::int32_t>(packed) >> 2);
    } else {
        const std::uint64_t bits = std::uint64_t{packed & ~3U} << 32U;
        std::memcpy(&value, &bits, sizeof value);
    }
    return (packed & 1U) != 0 ? value / 100 : value;
}

// Headers and footers hold codes: "&L" for a side, "&\"Arial\"", "&12".
std::string without_codes(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '&' || i + 1 >= text.size()) {
            out += text[i];
            continue;
        }
        const char code = text[++i];
        if (code == '&') {
            out += '&';
        } else if (code == '"') {
            i = std::min(text.find('"', i + 1), text.size());
        } else if (code >= '0' && code <= '9') {
            while (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') ++i;
        } else if (code == 'L' || code == 'C' || code == 'R') {
            if (!out.empty()) out += '\t';
        }
    }
    return out;
}

class Workbook {
  public:
    Workbook(std::string_view stream, const std::string& prefix, Collector& out)
        : stream_(stream), prefix_(prefix), out_(out) {}

    void read() {
        std::size_t records = 0;
        while (auto record = stream_.next()) {
            if ((++records & 0x3FFU) == 0 && !out_.time_left()) break;
            if (!read_record(*record)) return;
        }
        if (!began_ || level_ > 0 || !stream_.sound() || !sound_ || sheets_told_ < sheets_.size())
            out_.incomplete(Why::damaged);
        if (level_ > 0) end_sheet();
        out_.add_text(prefix_ + "cached cells of another file", std::move(cached_), true);
        out_.add_text(prefix_ + "defined names", std::move(names_), true);
        std::string orphans;
        for (std::size_t i = 0; i < shared_.size(); ++i)
            if (!shown_[i] && !shared_[i].empty()) orphans += shared_[i] + '\n';
        out_.add_text(prefix_ + "shared strings that no cell shows", std::move(orphans), true);
    }

  private:
    struct Sheet {
        std::string name;
        unsigned state = 0;  // 1 hidden, 2 very hidden
    };
    struct Comment {
        std::uint32_t row = 0;
        std::uint32_t column = 0;
        std::string author;
        std::uint16_t object = 0;
        std::string text;
    };

    BiffText text_at(const BiffRecord& record, std::size_t at) const {
        return BiffText(record.pieces, biff8_, charset_of_codepage(codepage_), at);
    }
    std::string string16(const BiffRecord& record, std::size_t at) {
        BiffText text = text_at(record, at);
        std::string value = text.string16();
        if (!text.sound()) sound_ = false;
        return value;
    }

    // False where nothing more can be read.
    bool read_record(const BiffRecord& record) {
        const Binary& body = record.body;
        switch (record.id) {
            case 0x0809:
                begin(record);
                return true;
            case 0x000A:
                if (level_ > 0 && --level_ == 0) end_sheet();
                return true;
            case 0x002F:
                out_.incomplete(Why::encrypted);
                return false;
            case 0x0042:
                codepage_ = body.u16(0) == 0x8000   ? 10000
                            : body.u16(0) == 0x8001 ? 1252
                                                    : body.u16(0);
                return true;
            case 0x0022:
                from_1904_ = body.u16(0) != 0;
                return true;
            default:
                break;
        }
        if (level_ > 1) {
            read_chart(record);
        } else if (!read_cell(record) && !read_sheet_record(record)) {
            read_global(record);
        }
        return true;
    }

    void begin(const BiffRecord& record) {
        if (level_++ > 0) return;
        if (!began_) biff8_ = record.body.u16(0) >= 0x0600;
        began_ = true;
        const std::uint16_t kind = record.body.u16(2);
        if (kind == 0x0040) out_.note_macro();
        grid_ = {};
        sheet_hidden_ = false;
        if (kind == 0x0005) {
            place_ = prefix_ + "workbook";
            return;
        }
        const auto sheet = sheets_.find(record.at);
        if (sheet == sheets_.end()) {
            place_ = prefix_ + "sheet";
            return;
        }
        ++sheets_told_;
        place_ = prefix_ + "sheet '" + sheet->second.name + '\'';
        if (sheet->second.state != 0) {
            place_ += sheet->second.state == 2 ? " (very hidden)" : " (hidden)";
            sheet_hidden_ = true;
        }
    }

    void end_sheet() {
        grid_.tell(place_, sheet_hidden_, out_);
        for (auto& comment : comments_) {
            std::string text = std::move(comment.text);
            if (const auto at = objects_.find(comment.object); at != objects_.end()) {
                text += at->second;
                objects_.erase(at);
            }
            if (!comment.author.empty()) text += '\n' + comment.author;
            out_.add_text(place_ + ", comment on " + cell_name(comment.row, comment.column),
                          std::move(text), true);
        }
        for (auto& [id, text] : objects_)
            out_.add_text(place_ + ", text box", std::move(text), sheet_hidden_);
        out_.add_text(place_ + ", chart", std::move(chart_), sheet_hidden_);
        out_.add_text(place_ + ", formulas", std::move(formulas_), true);
        formulas_.clear();
        comments_.clear();
        objects_.clear();
        chart_.clear();
    }

    void put_text(const Binary& body, std::string text) {
        grid_.put(body.u16(0), column_of(body.u16(2)), std::move(text), {},
                  format_of(body.u16(4)) == ";;;");
    }

    void put_number(std::uint32_t row, std::uint32_t column, std::uint16_t style, double value) {
        const auto code = format_of(style);
        std::string shown = shown_number(value, code, from_1904_);
        std::string stored = stored_number(value, code, from_1904_, shown);
        grid_.put(row, column_of(column), std::move(shown), std::move(stored), code == ";;;");
    }

    static std::uint32_t column_of(std::uint32_t column) { return std::min(column, last_column); }

    [[nodiscard]] std::string_view format_of(std::uint16_t style) const {
        const std::uint16_t format = style < styles_.size() ? styles_[style] : std::uint16_t{0};
        const auto at = formats_.find(format);
        return at != formats_.end() ? std::string_view(at->second) : builtin_format(format);
    }

    bool read_cell(const BiffRecord& record) {
        const Binary& body = record.body;
        switch (record.id) {
            case 0x00FD: {
                const std::uint32_t number = body.u32(6);
                if (number < shared_.size()) {
                    shown_[number] = true;
                    put_text(body, shared_[number]);
                } else {
                    sound_ = false;
                }
                return true;
            }
            case 0x0204:
            case 0x00D6:
                put_text(body, string16(record, 6));
                return true;
            case 0x0203:
                put_number(body.u16(0), body.u16(2), body.u16(4), body.f64(6));
                return true;
            case 0x027E:
                put_number(body.u16(0), body.u16(2), body.u16(4), unpacked_number(body.u32(6)));
                return true;
            case 0x00BD:
                for (std::size_t at = 4, i = 0; body.has(at, 8); at += 6, ++i)
                    put_number(body.u16(0), body.u16(2) + static_cast<std::uint32_t>(i),
                               body.u16(at), unpacked_number(body.u32(at + 2)));
                return true;
            case 0x0205:
                if (body.u8(7) == 0) put_text(body, body.u8(6) != 0 ? "TRUE" : "FALSE");
                return true;
            case 0x0006:
            case 0x0206:
            case 0x0406:
                read_formula(body);
                return true;
            case 0x0207:
                grid_.put(formula_row_, formula_column_, string16(record, 0));
                return true;
            default:
                return false;
        }
    }

    void read_formula(const Binary& body) {
        if (biff8_) formulas_ += constants_of_formula(body.piece(22, body.u16(20)));
        formula_row_ = body.u16(0);
        formula_column_ = column_of(body.u16(2));
        if (body.u16(12) != 0xFFFF)
            put_number(formula_row_, formula_column_, body.u16(4), body.f64(6));
        else if (body.u8(6) == 1)
            put_text(body, body.u8(8) != 0 ? "TRUE" : "FALSE");
    }

    bool read_sheet_record(const BiffRecord& record) {
        const Binary& body = record.body;
        switch (record.id) {
            case 0x0208:
                if ((body.u16(12) & 0x20U) != 0) grid_.hide_row(body.u16(0));
                return true;
            case 0x007D:
                if ((body.u16(8) & 1U) != 0)
                    grid_.hide_columns(body.u16(0), column_of(body.u16(2)));
                return true;
            case 0x0014:
            case 0x0015: {
                if (body.size() == 0) return true;
                BiffText text = text_at(record, 0);
                out_.add_text(place_ + (record.id == 0x0014 ? ", header" : ", footer"),
                              without_codes(biff8_ ? text.string16() : text.string8()),
                              sheet_hidden_);
                return true;
            }
            case 0x001C:
                read_note(record);
                return true;
            case 0x005D:
                // The first field of the object is the common one: its kind and number.
                object_ = body.u16(6);
                return true;
            case 0x01B6:
                read_text_object(record);
                return true;
            case 0x01B8:
                read_link(body);
                return true;
            case 0x01BE:
                read_validation(record);
                return true;
            default:
                return false;
        }
    }

    void read_note(const BiffRecord& record) {
        const Binary& body = record.body;
        if (!biff8_) {
            BiffText text = text_at(record, 6);
            const std::size_t there = body.size() > 6 ? body.size() - 6 : 0;
            std::string piece = text.text(std::min<std::size_t>(body.u16(4), there));
            if (body.u16(0) == 0xFFFF && !comments_.empty())
                comments_.back().text += piece;
            else
                comments_.push_back({body.u16(0), body.u16(2), {}, 0, std::move(piece)});
            return;
        }
        comments_.push_back({body.u16(0), body.u16(2), string16(record, 8), body.u16(6), {}});
    }

    void read_text_object(const BiffRecord& record) {
        const std::size_t count = record.body.u16(10);
        if (count == 0) return;
        if (record.pieces.size() < 2) {
            sound_ = false;
            return;
        }
        const std::vector<std::string_view> pieces(record.pieces.begin() + 1, record.pieces.end());
        BiffText text(pieces, biff8_, charset_of_codepage(codepage_));
        objects_[object_] += text.text(count);
        if (!text.sound()) sound_ = false;
    }

    void read_link(const Binary& body) {
        constexpr auto url_moniker =
            "\xE0\xC9\xEA\x79\xF9\xBA\xCE\x11\x8C\x82\x00\xAA\x00\x4B\xA9\x0B"sv;
        const auto at = body.bytes().find(url_moniker);
        if (at == std::string_view::npos) return;
        const auto raw = body.piece(at + url_moniker.size() + 4, body.u32(at + url_moniker.size()));
        std::string link = text::decode(raw, "utf-16le").text;
        link.resize(std::min(link.find('\0'), link.size()));
        out_.add_text(place_ + ", link", std::move(link), true);
    }

    // The titles and messages of an input rule.
    void read_validation(const BiffRecord& record) {
        if (!biff8_) return;
        BiffText text = text_at(record, 4);
        std::string messages;
        for (int i = 0; i < 4 && !text.at_end(); ++i) {
            const auto message = text.string16();
            if (message.size() > 1) messages += message + '\n';
        }
        out_.add_text(place_ + ", input message", std::move(messages), true);
        // Behind the messages two formulas: the list to choose from, or the limits.
        std::size_t at = 4;
        const Binary& body = record.body;
        for (int i = 0; i < 4; ++i)
            at += 3 + std::size_t{body.u16(at)} * ((body.u8(at + 2) & 1U) != 0 ? 2 : 1);
        std::string choices = constants_of_formula(body.piece(at + 4, body.u16(at)));
        // The items of a list are parted by NULs.
        std::replace(choices.begin(), choices.end(), '\0', '\n');
        out_.add_text(place_ + ", rules for input", std::move(choices), true);
    }

    // A name that was given to cells or to a formula ([MS-XLS] 2.4.150).
    void read_name(const BiffRecord& record) {
        if (!biff8_) return;
        const Binary& body = record.body;
        BiffText text = text_at(record, 14);
        const std::size_t letters = body.u8(3);
        std::string name = text.text(letters);
        const std::size_t at = 15 + letters * ((body.u8(14) & 1U) != 0 ? 2 : 1);
        constexpr unsigned built_in = 0x20;
        if ((body.u16(0) & built_in) != 0) name.clear();
        const std::string constants = constants_of_formula(body.piece(at, body.u16(4)));
        if (!name.empty()) names_ += name + '\n';
        names_ += constants;
    }

    void read_chart(const BiffRecord& record) {
        if (record.id == 0x100D && record.body.size() > 3) {
            chart_ += text_at(record, 2).string8() + '\n';
        } else if (record.id == 0x0204) {
            chart_ += string16(record, 6) + '\n';
        }
    }

    void read_global(const BiffRecord& record) {
        const Binary& body = record.body;
        switch (record.id) {
            case 0x0085: {
                BiffText text = text_at(record, 6);
                sheets_[body.u32(0)] = {text.string8(), body.u8(4) & 3U};
                if (body.u8(5) == 1 || body.u8(5) == 6) out_.note_macro();
                break;
            }
            case 0x041E: {
                BiffText text = text_at(record, 2);
                formats_[body.u16(0)] = biff8_ ? text.string16() : text.string8();
                break;
            }
            case 0x00E0:
                styles_.push_back(body.u16(2));
                break;
            case 0x00FC:
                read_shared(record);
                break;
            case 0x005A:
                read_cached(record);
                break;
            case 0x0018:
                read_name(record);
                break;
            case 0x00D3:
                out_.note_macro();
                break;
            default:
                break;
        }
    }

    void read_shared(const BiffRecord& record) {
        BiffText text = text_at(record, 4);
        const std::uint32_t count = text.u32();
        for (std::uint32_t i = 0; i < count; ++i) {
            if ((i & 0x3FFU) == 0 && !out_.time_left()) return;
            shared_.push_back(text.string16());
            shown_.push_back(false);
            if (text.sound()) continue;
            sound_ = false;
            return;
        }
    }

    void read_cached(const BiffRecord& record) {
        BiffText text = text_at(record, 4);
        const unsigned last = record.body.u8(0);
        for (unsigned column = record.body.u8(1); column <= last && text.sound(); ++column) {
            const unsigned kind = text.u8();
            if (kind == 2) {
                cached_ += text.string16();
            } else if (kind == 1) {
                const std::uint64_t low = text.u32();
                const std::uint64_t bits = low | std::uint64_t{text.u32()} << 32U;
                double value = 0;
                std::memcpy(&value, &bits, sizeof value);
                cached_ += shown_number(value, "General", false);
            } else {
                text.skip(8);
            }
            cached_ += column == last ? '\n' : '\t';
        }
    }

    BiffStream stream_;
    const std::string& prefix_;
    Collector& out_;
    bool began_ = false;
    bool biff8_ = true;
    bool sound_ = true;
    bool from_1904_ = false;
    std::uint32_t codepage_ = 1252;
    int level_ = 0;
    std::map<std::size_t, Sheet> sheets_;  // by where they begin
    std::size_t sheets_told_ = 0;
    std::vector<std::string> shared_;
    std::vector<bool> shown_;  // of the shared strings
    std::string names_;
    std::string formulas_;  // of the sheet: what is written in them
    std::map<std::uint16_t, std::string> formats_;
    std::vector<std::uint16_t> styles_;
    std::string place_;
    bool sheet_hidden_ = false;
    CellGrid grid_;
    std::uint32_t formula_row_ = 0;
    std::uint32_t formula_column_ = 0;
    std::vector<Comment> comments_;
    std::uint16_t object_ = 0;
    std::map<std::uint16_t, std::string> objects_;
    std::string chart_;
    std::string cached_;
};

}  // namespace

void read_excel(std::string_view stream, const std::string& prefix, Collector& out) {
    if (stream.empty()) return out.incomplete(Why::damaged);
    Workbook(stream, prefix, out).read();
}

void read_pivot_cache(std::string_view bytes, const std::string& prefix, Collector& out) {
    BiffStream stream(bytes);
    std::string items;
    while (auto record = stream.next()) {
        if (!out.time_left()) break;
        if (record->id == 0x00CD) {
            items += BiffText(record->pieces, true, {}).string16() + '\n';
        } else if (record->id == 0x00C9) {
            items += shown_number(record->body.f64(0), "General", false) + '\n';
        }
    }
    out.add_text(prefix + "pivot cache", std::move(items), true);
}

}  // namespace postwacht::extract
