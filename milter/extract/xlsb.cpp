// The parts of a binary workbook; see workbook.hpp. Standards: [MS-XLSB] 2.1.4 (records), 2.4.
//
// Limits: the caches of pivot tables and of links to other workbooks are reported as unsupported;
// of formulas their last results are read and not what they are made of.
#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "extract/sheet_text.hpp"
#include "extract/workbook.hpp"

namespace postwacht::extract {
namespace {

namespace record {
constexpr unsigned row = 0;
constexpr unsigned first_cell = 1;
constexpr unsigned first_short_cell = 12;
constexpr unsigned last_short_cell = 18;
constexpr unsigned string_item = 19;
constexpr unsigned name = 39;
constexpr unsigned format = 44;
constexpr unsigned cell_style = 47;
constexpr unsigned column_info = 60;
constexpr unsigned validation = 64;
constexpr unsigned workbook_properties = 153;
constexpr unsigned sheet = 156;
constexpr unsigned page_headers = 479;
constexpr unsigned link = 494;
constexpr unsigned begin_cell_styles = 617;
constexpr unsigned end_cell_styles = 618;
constexpr unsigned comment_author = 632;
constexpr unsigned begin_comment = 635;
constexpr unsigned end_comment = 636;
constexpr unsigned comment_text = 637;
}  // namespace record

// Cells by their number, once the short forms are counted back: 1 blank, 2 RK, 3 error, 4 truth,
// 5 number, 6 text, 7 shared text; 8 to 11 are results of formulas: text, number, truth, error.
enum CellKind : unsigned {
    blank = 1,
    rk,
    error,
    truth,
    real,
    text_cell,
    shared,
    f_text,
    f_real,
    f_truth
};
constexpr unsigned last_cell = 11;

// The fields of one record, in order. Past the end every field is zero and `ok` false.
class Fields {
  public:
    explicit Fields(std::string_view data) : data_(data) {}

    std::uint32_t number(std::size_t width) {
        if (data_.size() < width) {
            ok_ = false;
            data_ = {};
            return 0;
        }
        std::uint32_t value = 0;
        for (std::size_t i = width; i-- > 0;)
            value = value << 8U | static_cast<unsigned char>(data_[i]);
        data_.remove_prefix(width);
        return value;
    }
    double real() {
        const std::uint64_t low = number(4);
        const std::uint64_t bits = low | static_cast<std::uint64_t>(number(4)) << 32U;
        double value = 0;
        std::memcpy(&value, &bits, sizeof value);
        return value;
    }
    // 30 bits of a double or of an integer, perhaps a hundred times too large.
    double packed_real() {
        const std::uint32_t bits = number(4);
        double value = 0;
        if ((bits & 2U) != 0) {
            value = static_cast<double>(static_cast<std::int32_t>(bits) >> 2);
        } else {
            const std::uint64_t high = static_cast<std::uint64_t>(bits & ~3U) << 32U;
            std::memcpy(&value, &high, sizeof value);
        }
        return (bits & 1U) != 0 ? value / 100 : value;
    }
    std::string wide_string() {
        constexpr std::uint32_t none = 0xFFFFFFFF;
        const std::uint32_t units = number(4);
        if (units == none) return {};
        if (data_.size() / 2 < units) {
            ok_ = false;
            data_ = {};
            return {};
        }
        const auto bytes = data_.substr(0, std::size_t{units} * 2);
        data_.remove_prefix(bytes.size());
        return text::decode(bytes, "utf-16le").text;
    }
    // Text whose runs have fonts of their own; those stand behind it.
    std::string rich_string() {
        number(1);
        return wide_string();
    }
    void skip(std::size_t count) {
        if (data_.size() < count) ok_ = false;
        data_.remove_prefix(std::min(count, data_.size()));
    }
    [[nodiscard]] bool ok() const noexcept { return ok_; }

  private:
    std::string_view data_;
    bool ok_ = true;
};

using OnRecord = std::function<void(unsigned id, Fields& fields)>;

// Cuts a stream of pieces into records.
class Records {
  public:
    Records(const OnRecord& on_record, Collector& out) : on_record_(&on_record), out_(&out) {}

    bool feed(std::string_view piece) {
        waiting_ += piece;
        std::size_t at = 0;
        while (const std::size_t size = next(std::string_view(waiting_).substr(at))) at += size;
        waiting_.erase(0, at);
        return !damaged_;
    }
    [[nodiscard]] bool finish() const { return !damaged_ && waiting_.empty(); }

  private:
    // How many bytes the record at the beginning takes; 0 where it is not there in full.
    std::size_t next(std::string_view bytes) {
        std::size_t at = 0;
        std::uint32_t id = 0;
        std::uint32_t size = 0;
        if (damaged_ || !number(bytes, at, 2, id) || !number(bytes, at, 4, size)) return 0;
        constexpr std::uint32_t largest = 64U << 20U;
        if (size > largest) {
            damaged_ = true;
            return 0;
        }
        if (bytes.size() - at < size) return 0;
        Fields fields(bytes.substr(at, size));
        (*on_record_)(id, fields);
        if (!fields.ok()) out_->incomplete(Why::damaged);
        return at + size;
    }
    // Seven bits in each byte, the lowest first.
    static bool number(std::string_view bytes, std::size_t& at, unsigned most,
                       std::uint32_t& value) {
        for (unsigned i = 0; i < most; ++i) {
            if (at >= bytes.size()) return false;
            const auto byte = static_cast<unsigned char>(bytes[at++]);
            value |= (byte & 0x7FU) << (7 * i);
            if (byte < 0x80) break;
        }
        return true;
    }

    const OnRecord* on_record_;
    Collector* out_;
    std::string waiting_;
    bool damaged_ = false;
};

void read_records(std::size_t member, const ZipPackage& package, Collector& out,
                  const OnRecord& on_record) {
    Records records(on_record, out);
    package.read(member, [&records](std::string_view piece) {
        records.feed(piece);
        return true;
    });
    if (!records.finish()) out.incomplete(Why::damaged);
}

class BinarySheet {
  public:
    BinarySheet(const Place& place, Workbook& workbook, Collector& out)
        : workbook_(&workbook), out_(&out), sheet_(place, out) {}

    void on_record(unsigned id, Fields& fields) {
        if (id >= record::first_cell && id <= last_cell) {
            column_ = fields.number(4);
            cell(id, fields);
        } else if (id >= record::first_short_cell && id <= record::last_short_cell) {
            ++column_;
            cell(id - record::first_short_cell + blank, fields);
        } else if (id == record::row) {
            fields.skip(11);
            constexpr std::uint32_t no_height = 1U << 4U;
            sheet_.begin_row((fields.number(1) & no_height) != 0);
            column_ = static_cast<std::uint32_t>(-1);
            out_->time_left();
        } else if (id == record::column_info) {
            const std::uint32_t first = fields.number(4);
            const std::uint32_t last = fields.number(4);
            fields.skip(8);
            if ((fields.number(2) & 1U) != 0) sheet_.hide_columns(first, last);
        } else if (id == record::page_headers) {
            fields.skip(2);
            for (int i = 0; i < 6; ++i)
                sheet_.aside("header or footer of the page", page_header_text(fields.wide_string()),
                             false);
        } else if (id == record::link) {
            fields.skip(16);
            fields.wide_string();
            for (int i = 0; i < 3; ++i) sheet_.aside("links", fields.wide_string(), true);
        } else if (id == record::validation) {
            fields.skip(4);
            fields.skip(std::size_t{fields.number(4)} * 16);
            for (int i = 0; i < 4; ++i) sheet_.aside("rules for input", fields.wide_string(), true);
        }
    }
    void finish() { sheet_.finish(); }

  private:
    void cell(unsigned kind, Fields& fields) {
        const std::size_t style = fields.number(3);
        fields.skip(1);
        switch (kind) {
            case rk:
                number(fields.packed_real(), style);
                break;
            case real:
            case f_real:
                number(fields.real(), style);
                break;
            case truth:
            case f_truth:
                sheet_.cell(column_, fields.number(1) == 0 ? "FALSE" : "TRUE");
                break;
            case text_cell:
            case f_text:
                sheet_.cell(column_, fields.wide_string());
                break;
            case shared:
                sheet_.cell(column_,
                            std::string(workbook_->shared_string(fields.number(4), *out_)));
                break;
            default:
                break;
        }
    }
    void number(double value, std::size_t style) {
        const auto& format = workbook_->format_of(style);
        sheet_.cell(column_, format.text(value, workbook_->from_1904), format.hides(value));
    }

    Workbook* workbook_;
    Collector* out_;
    SheetText sheet_;
    std::uint32_t column_ = 0;
};

void read_styles(std::size_t member, const ZipPackage& package, Workbook& workbook,
                 Collector& out) {
    std::map<unsigned, std::string> codes;
    bool in_cells = false;
    read_records(member, package, out, [&](unsigned id, Fields& fields) {
        if (id == record::format) {
            const unsigned number = fields.number(2);
            codes[number] = fields.wide_string();
        } else if (id == record::begin_cell_styles || id == record::end_cell_styles) {
            in_cells = id == record::begin_cell_styles;
        } else if (id == record::cell_style && in_cells) {
            fields.skip(2);
            const unsigned number = fields.number(2);
            const auto code = codes.find(number);
            workbook.formats.push_back(code == codes.end() ? NumberFormat::built_in(number)
                                                           : NumberFormat(code->second));
        }
    });
}

void read_comments(std::size_t member, const Place& place, const ZipPackage& package,
                   Collector& out) {
    std::vector<std::string> authors;
    std::string all;
    std::string line;
    read_records(member, package, out, [&](unsigned id, Fields& fields) {
        if (id == record::comment_author) {
            authors.push_back(fields.wide_string());
        } else if (id == record::begin_comment) {
            const std::size_t author = fields.number(4);
            if (author < authors.size()) line = authors[author] + '\t';
        } else if (id == record::comment_text) {
            line += fields.rich_string();
        } else if (id == record::end_comment) {
            for (char& c : line)
                if (c == '\n' || c == '\r') c = ' ';
            if (!all.empty()) all += '\n';
            all += line;
            line.clear();
        }
    });
    out.add_text(place.where + ", comments", std::move(all), place.hidden);
}

}  // namespace

void read_binary_workbook(std::size_t member, const ZipPackage& package, Workbook& workbook,
                          Collector& out) {
    read_records(member, package, out, [&workbook](unsigned id, Fields& fields) {
        if (id == record::workbook_properties) {
            workbook.from_1904 = (fields.number(4) & 1U) != 0;
        } else if (id == record::sheet) {
            static constexpr std::array<const char*, 3> states = {"", "hidden", "veryHidden"};
            SheetInfo sheet;
            const std::uint32_t state = fields.number(4);
            sheet.state = state < states.size() ? states.at(state) : "veryHidden";
            fields.skip(4);
            sheet.relation = fields.wide_string();
            sheet.name = fields.wide_string();
            workbook.sheets.push_back(std::move(sheet));
        } else if (id == record::name) {
            fields.skip(9);
            workbook.names += fields.wide_string() + '\n';
        }
    });
}

bool read_binary_workbook_part(std::size_t member, std::string_view relation, const Place& place,
                               const ZipPackage& package, Workbook& workbook, Collector& out) {
    const std::string name = text::ascii_lower(package.members().at(member).name);
    if (!workbook.present && relation != "styles" && relation != "sharedStrings") return false;
    if (!name.ends_with(".bin")) return false;
    const auto read_nothing = [](std::string_view) { return true; };
    const auto in = [&name](std::string_view part) { return name.find(part) != std::string::npos; };
    if (relation == "sharedStrings" || in("sharedstrings")) {
        read_records(member, package, out, [&workbook](unsigned id, Fields& fields) {
            if (id == record::string_item) workbook.add_string(fields.rich_string());
        });
    } else if (relation == "styles") {
        read_styles(member, package, workbook, out);
    } else if (relation == "comments") {
        read_comments(member, place, package, out);
    } else if (in("binaryindex") || in("calcchain") || relation == "calcChain" ||
               relation == "table" || relation == "sheetMetadata") {
        // Positions and orders of cells; the names of a table's columns are cells too.
        package.read(member, read_nothing);
    } else if (relation == "worksheet" || relation.ends_with("acrosheet") ||
               relation == "dialogsheet" || relation == "chartsheet" ||
               (relation.empty() && (in("/worksheets/") || in("/macrosheets/")))) {
        if (relation.ends_with("acrosheet")) out.note_macro();
        BinarySheet sheet(place, workbook, out);
        read_records(member, package, out,
                     [&sheet](unsigned id, Fields& fields) { sheet.on_record(id, fields); });
        sheet.finish();
    } else if (relation.starts_with("pivot") || relation.starts_with("externalLink") ||
               relation == "connections" || relation == "queryTable") {
        out.incomplete(Why::unsupported);
    } else {
        return false;
    }
    return true;
}

}  // namespace postwacht::extract
