// The parts of a workbook in XML; see workbook.hpp.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "extract/loose_xml.hpp"
#include "extract/sheet_text.hpp"
#include "extract/workbook.hpp"

namespace postwacht::extract {
namespace {

template <class Number>
Number whole_number(std::string_view digits) noexcept {
    Number value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

std::optional<double> real_number(const std::string& digits) {
    double value = 0;
    const char* const past = digits.data() + digits.size();
    const auto done = std::from_chars(digits.data(), past, value);
    if (done.ec == std::errc() && done.ptr == past) return value;
    // With blanks or a sign around it, as by hand.
    char* end = nullptr;
    value = std::strtod(digits.c_str(), &end);
    if (digits.empty() || end != digits.c_str() + digits.size()) return std::nullopt;
    return value;
}

// "BC12": column 54, counted from 0.
std::uint32_t column_of(std::string_view reference) noexcept {
    std::uint32_t column = 0;
    for (const char c : reference) {
        const char upper = static_cast<char>(c & ~0x20);
        if (upper < 'A' || upper > 'Z' || column > 1'000'000) break;
        column = column * 26 + static_cast<std::uint32_t>(upper - 'A') + 1;
    }
    return column == 0 ? 0 : column - 1;
}

// Excel writes characters that XML cannot hold as _x000D_.
std::string unescaped(std::string text) {
    for (auto at = text.find("_x"); at != std::string::npos; at = text.find("_x", at + 1)) {
        if (text.size() - at < 7 || text[at + 6] != '_') continue;
        unsigned code = 0;
        const auto* first = text.data() + at + 2;
        if (std::from_chars(first, first + 4, code, 16).ptr != first + 4 || code > 0x7E) continue;
        text.replace(at, 7, 1, code < 0x20 ? '\n' : static_cast<char>(code));
    }
    return text;
}

// "oddHeader", "firstFooter", ...; "headerFooter" is what they stand in.
bool is_page_header(std::string_view name) noexcept {
    return name != "headerFooter" && (name.ends_with("Header") || name.ends_with("Footer"));
}

class SharedStrings : public XmlHandler {
  public:
    explicit SharedStrings(Workbook& workbook) : workbook_(&workbook) {}

    void start(std::string_view name, std::string_view, const XmlAttributes&) override {
        if (name == "si") string_.clear();
        if (name == "rPh") phonetic_ = true;
        if (name == "t") in_text_ = true;
    }
    void end(std::string_view name) override {
        if (name == "t") in_text_ = false;
        if (name == "rPh") {
            phonetic_ = false;
            workbook_->phonetic += '\n';
        }
        if (name == "si") workbook_->add_string(unescaped(std::move(string_)));
    }
    void text(std::string_view text) override {
        if (in_text_) (phonetic_ ? workbook_->phonetic : string_) += text;
    }

  private:
    Workbook* workbook_;
    std::string string_;
    bool in_text_ = false;
    bool phonetic_ = false;
};

class Styles : public XmlHandler {
  public:
    explicit Styles(Workbook& workbook) : workbook_(&workbook) {}

    void start(std::string_view name, std::string_view, const XmlAttributes& attributes) override {
        if (name == "numFmt")
            codes_.emplace(whole_number<unsigned>(attributes.get("numFmtId")),
                           attributes.get("formatCode"));
        if (name == "cellXfs") in_cells_ = true;
        if (name != "xf" || !in_cells_) return;
        const auto id = whole_number<unsigned>(attributes.get("numFmtId"));
        const auto code = codes_.find(id);
        workbook_->formats.push_back(code == codes_.end() ? NumberFormat::built_in(id)
                                                          : NumberFormat(code->second));
    }
    void end(std::string_view name) override {
        if (name == "cellXfs") in_cells_ = false;
    }
    void text(std::string_view) override {}

  private:
    Workbook* workbook_;
    std::map<unsigned, std::string> codes_;
    bool in_cells_ = false;
};

class Sheet : public XmlHandler {
  public:
    Sheet(const Place& place, Workbook& workbook, Collector& out)
        : workbook_(&workbook), out_(&out), sheet_(place, out) {}

    void start(std::string_view name, std::string_view, const XmlAttributes& attributes) override {
        const auto hidden = [&] {
            return attributes.has("hidden") && is_on(attributes.get("hidden"));
        };
        if (name == "c") {
            const std::string reference = attributes.get("r");
            column_ = reference.empty() ? column_ + 1 : column_of(reference);
            type_ = attributes.get("t");
            style_ = whole_number<std::size_t>(attributes.get("s"));
            value_.clear();
            inline_.clear();
            formula_.clear();
        } else if (name == "row") {
            sheet_.begin_row(hidden());
            column_ = static_cast<std::uint32_t>(-1);
        } else if (name == "v") {
            into_ = &value_;
        } else if (name == "f") {
            into_ = &formula_;
        } else if (name == "t") {
            into_ = &inline_;
        } else if (name == "col") {
            const auto width = attributes.get("width");
            if (hidden() || width == "0")
                sheet_.hide_columns(whole_number<std::uint32_t>(attributes.get("min")) - 1,
                                    whole_number<std::uint32_t>(attributes.get("max")) - 1);
        } else if (is_page_header(name) || name == "formula" || name == "formula1" ||
                   name == "formula2") {
            into_ = &loose_;
            loose_.clear();
        } else {
            loose_attributes(attributes);
        }
    }

    void end(std::string_view name) override {
        if (name == "c") {
            end_cell();
        } else if (name == "row") {
            sheet_.end_row();
            out_->time_left();
        } else if (is_page_header(name)) {
            sheet_.aside("header or footer of the page", page_header_text(loose_), false);
        } else if (name.starts_with("formula")) {
            if (loose_.find('"') != std::string::npos)
                sheet_.aside("rules for input", loose_, true);
        }
        into_ = nullptr;
    }

    void text(std::string_view text) override {
        if (into_ != nullptr) *into_ += text;
    }

    void finish() { sheet_.finish(); }

  private:
    void loose_attributes(const XmlAttributes& attributes) {
        static constexpr std::array<const char*, 10> keys = {
            "prompt",  "promptTitle", "error", "errorTitle", "tooltip",
            "display", "text",        "val",   "comment",    "codeName"};
        if (attributes.size() == 0) return;
        for (const auto* key : keys)
            if (attributes.has(key))
                sheet_.aside("rules, links and filters", attributes.get(key), true);
    }

    void end_cell() {
        if (formula_.find('"') != std::string::npos) sheet_.aside("formulas", formula_, true);
        if (type_ == "s") {
            if (!value_.empty())
                sheet_.cell(column_, std::string(workbook_->shared_string(
                                         whole_number<std::size_t>(value_), *out_)));
        } else if (type_ == "inlineStr") {
            sheet_.cell(column_, unescaped(std::move(inline_)));
        } else if (type_ == "b") {
            sheet_.cell(column_, value_ == "0" ? "FALSE" : "TRUE");
        } else if (type_.empty() || type_ == "n") {
            const auto number = real_number(value_);
            const auto& format = workbook_->format_of(style_);
            std::string shown = number ? format.text(*number, workbook_->from_1904) : value_;
            // A format may add more text to a number than the cell itself has.
            constexpr std::size_t usual = 64;
            if (shown.size() > usual && !out_->take_bytes(shown.size())) return;
            sheet_.cell(column_, std::move(shown), number && format.hides(*number));
        } else {
            sheet_.cell(column_, unescaped(std::move(value_)));
        }
        value_.clear();
        inline_.clear();
    }

    Workbook* workbook_;
    Collector* out_;
    SheetText sheet_;
    std::string* into_ = nullptr;
    std::string type_;
    std::string value_;
    std::string inline_;
    std::string formula_;
    std::string loose_;
    std::size_t style_ = 0;
    std::uint32_t column_ = 0;
};

// Comments of cells, old and threaded: a line each, with its cell and author.
class CellComments : public XmlHandler {
  public:
    CellComments(Place place, Collector& out) : place_(std::move(place)), out_(&out) {}

    void start(std::string_view name, std::string_view, const XmlAttributes& attributes) override {
        if (name == "comment" || name == "threadedComment") {
            line_ = attributes.get("ref") + '\t';
            author_ = whole_number<std::size_t>(attributes.get("authorId"));
            if (name == "comment" && author_ < authors_.size()) line_ += authors_[author_] + '\t';
        }
        if (name == "author") author_text_.clear();
        in_author_ = name == "author";
        in_text_ = name == "t" || (name == "text");
    }
    void end(std::string_view name) override {
        in_text_ = false;
        if (name == "author") {
            authors_.push_back(author_text_);
            in_author_ = false;
        }
        if (name != "comment" && name != "threadedComment") return;
        if (!all_.empty()) all_ += '\n';
        for (const char c : line_) all_ += c == '\n' ? ' ' : c;
    }
    void text(std::string_view text) override {
        if (in_author_) author_text_ += text;
        if (in_text_) line_ += text;
    }
    void finish() {
        out_->add_text(place_.where + ", comments", std::move(all_), place_.hidden);
        std::string authors;
        for (const auto& author : authors_) authors += authors.empty() ? author : '\n' + author;
        out_->add_text(place_.where + ", authors of comments", std::move(authors), true);
    }

  private:
    Place place_;
    Collector* out_;
    std::vector<std::string> authors_;
    std::string author_text_;
    std::string line_;
    std::string all_;
    std::size_t author_ = 0;
    bool in_author_ = false;
    bool in_text_ = false;
};

// Cached values: of a pivot table's source, of another workbook. Each record is a row.
class CachedValues : public XmlHandler {
  public:
    CachedValues(Place place, Collector& out) : place_(std::move(place)), out_(&out) {}

    void start(std::string_view name, std::string_view, const XmlAttributes& attributes) override {
        if (name == "r" || name == "row" || name == "cacheField" || name == "sheetData") end_line();
        if (name == "x") return;  // an index into the items that the definition lists
        in_value_ = name == "v" || name == "val" || name == "t";
        for (const auto* key : {"name", "v", "val", "ddeService", "ddeTopic", "sheet", "caption",
                                "refreshedBy", "command", "formula", "ref"})
            if (attributes.has(key)) add(attributes.get(key));
        if (name == "cacheField" || name == "sheetName") end_line();
    }
    void end(std::string_view name) override {
        if (in_value_) add(value_);
        value_.clear();
        in_value_ = false;
        if (name == "r" || name == "row" || name == "cacheField") end_line();
        // One item of a field is no cell beside the next.
        if (name == "s" || name == "n" || name == "d") items_ = true;
    }
    void text(std::string_view text) override {
        if (in_value_) value_ += text;
    }
    void finish() {
        end_line();
        out_->add_text(std::move(place_.where), std::move(all_), true);
    }

  private:
    void add(const std::string& text) {
        if (text.empty()) return;
        if (!line_.empty()) line_ += '\t';
        for (const char c : text) line_ += c == '\n' || c == '\t' ? ' ' : c;
    }
    void end_line() {
        if (line_.empty()) return;
        if (!all_.empty()) all_ += '\n';
        all_ += line_;
        line_.clear();
    }

    Place place_;
    Collector* out_;
    std::string all_;
    std::string line_;
    std::string value_;
    bool in_value_ = false;
    bool items_ = false;
};

// The fields of a pivot table's source, each with the items that were in its column, one a line
// below its name.
class PivotFields : public XmlHandler {
  public:
    PivotFields(Place place, Workbook& workbook, Collector& out)
        : place_(std::move(place)), workbook_(&workbook), out_(&out) {
        workbook.cache_fields.clear();
    }

    void start(std::string_view name, std::string_view, const XmlAttributes& attributes) override {
        if (name == "cacheField") {
            workbook_->cache_fields.push_back({attributes.get("name"), {}});
            items_ = false;
        } else if (name == "sharedItems") {
            items_ = true;
        } else if (items_ && name.size() == 1 && !workbook_->cache_fields.empty()) {
            workbook_->cache_fields.back().items.push_back(unescaped(attributes.get("v")));
            return;
        }
        for (const auto* key : {"caption", "refreshedBy", "command", "formula", "ref", "sheet"})
            if (attributes.has(key)) rest_ += attributes.get(key) + '\n';
    }
    void end(std::string_view name) override {
        if (name == "sharedItems") items_ = false;
    }
    void text(std::string_view) override {}
    void finish() {
        for (const auto& field : workbook_->cache_fields) {
            std::string column = field.name;
            for (const auto& item : field.items) {
                column += '\n';
                for (const char c : item) column += c == '\n' || c == '\t' ? ' ' : c;
            }
            out_->add_text(place_.where + ", field", std::move(column), true);
        }
        out_->add_text(place_.where, std::move(rest_), true);
    }

  private:
    Place place_;
    Workbook* workbook_;
    Collector* out_;
    std::string rest_;
    bool items_ = false;
};

// The rows of a pivot table's source below the names of its columns.
class PivotRecords : public XmlHandler {
  public:
    PivotRecords(Place place, const Workbook& workbook, Collector& out)
        : place_(std::move(place)), workbook_(&workbook), out_(&out) {
        for (const auto& field : workbook.cache_fields) add(field.name);
    }

    void start(std::string_view name, std::string_view, const XmlAttributes& attributes) override {
        if (name == "r") {
            if (!text_.empty()) text_ += '\n';
            column_ = 0;
        } else if (name == "x") {
            add(item(whole_number<std::size_t>(attributes.get("v"))));
        } else if (name.size() == 1) {
            add(unescaped(attributes.get("v")));
        }
    }
    void end(std::string_view name) override {
        if (name == "r") out_->time_left();
    }
    void text(std::string_view) override {}
    void finish() { out_->add_text(place_.where + ", rows", std::move(text_), true); }

  private:
    // Counted again each time, as a shared string is.
    [[nodiscard]] std::string item(std::size_t index) const {
        if (column_ >= workbook_->cache_fields.size()) return {};
        const auto& items = workbook_->cache_fields[column_].items;
        if (index >= items.size() || !out_->take_bytes(items[index].size())) return {};
        return items[index];
    }
    void add(const std::string& value) {
        if (column_++ > 0) text_ += '\t';
        for (const char c : value) text_ += c == '\n' || c == '\t' ? ' ' : c;
    }

    Place place_;
    const Workbook* workbook_;
    Collector* out_;
    std::string text_;
    std::size_t column_ = 0;
};

void parse(std::size_t member, const ZipPackage& package, XmlHandler& handler, Collector& out) {
    XmlStream stream(handler);
    package.read(member, [&stream](std::string_view piece) {
        stream.feed(piece);
        return true;
    });
    if (!stream.finish() && !out.budget().exhausted())
        out.incomplete(stream.defines_entities() ? Why::over_budget : Why::damaged);
}

template <class Handler>
void parse_and_finish(std::size_t member, const ZipPackage& package, Handler handler,
                      Collector& out) {
    parse(member, package, handler, out);
    handler.finish();
}

}  // namespace

bool read_workbook_part(std::size_t member, std::string_view root, const Place& place,
                        const ZipPackage& package, Workbook& workbook, Collector& out) {
    if (!workbook.present) return false;
    if (root == "sst") {
        SharedStrings strings(workbook);
        parse(member, package, strings, out);
    } else if (root == "styleSheet") {
        Styles styles(workbook);
        parse(member, package, styles, out);
    } else if (root == "worksheet" || root == "macrosheet" || root == "dialogsheet" ||
               root == "chartsheet") {
        if (root == "macrosheet") out.note_macro();
        Sheet sheet(place, workbook, out);
        parse(member, package, sheet, out);
        sheet.finish();
    } else if (root == "comments" || root == "ThreadedComments") {
        parse_and_finish(member, package, CellComments(place, out), out);
    } else if (root == "pivotCacheDefinition") {
        parse_and_finish(member, package, PivotFields(place, workbook, out), out);
    } else if (root == "pivotCacheRecords") {
        parse_and_finish(member, package, PivotRecords(place, workbook, out), out);
    } else if (root.starts_with("pivot") || root == "externalLink") {
        Place cache = place;
        if (root == "externalLink") cache.where = "external link";
        parse_and_finish(member, package, CachedValues(std::move(cache), out), out);
    } else {
        return false;
    }
    return true;
}

}  // namespace postwacht::extract
