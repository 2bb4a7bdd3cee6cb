#include "extract/office_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace postwacht::extract {
namespace {

template <std::size_t N>
bool one_of(std::string_view name, const std::array<std::string_view, N>& names) noexcept {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Elements whose character data is text that is shown; "text" and "v" stand in comments of slides
// and in the cached values of charts.
constexpr std::array<std::string_view, 6> shown = {"t", "delText", "text", "v", "pt", "rt"};
constexpr std::array<std::string_view, 3> instructions = {"instrText", "delInstrText", "f"};
constexpr std::array<std::string_view, 6> shapes = {"sp",    "pic",   "graphicFrame",
                                                    "cxnSp", "grpSp", "wsp"};

unsigned number(std::string_view digits, int base) noexcept {
    unsigned value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    return value;
}

void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | code >> 6U);
        out += static_cast<char>(0x80U | (code & 0x3FU));
    } else {
        out += static_cast<char>(0xE0U | code >> 12U);
        out += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
        out += static_cast<char>(0x80U | (code & 0x3FU));
    }
}

}  // namespace

void HiddenStyles::start(std::string_view name, std::string_view, const XmlAttributes& attributes) {
    if (name == "style")
        current_ = attributes.get("styleId");
    else if (name == "rPr")
        in_run_properties_ = true;
    else if (name == "basedOn")
        styles_[current_].based_on = attributes.get("val");
    else if (name == "vanish" && in_run_properties_)
        styles_[current_] = {styles_[current_].based_on, is_on(attributes.get("val")), true};
}

void HiddenStyles::end(std::string_view name) {
    if (name == "rPr") in_run_properties_ = false;
    if (name == "style") current_.clear();
}

bool HiddenStyles::hides(const std::string& style) const {
    std::string id = style;
    // Styles may be based on each other in a circle.
    for (int steps = 0; steps < 32 && !id.empty(); ++steps) {
        const auto found = styles_.find(id);
        if (found == styles_.end()) return false;
        if (found->second.decided) return found->second.hidden;
        id = found->second.based_on;
    }
    return false;
}

OfficeText::OfficeText(Place place, Collector& out, const HiddenStyles* styles)
    : base_(std::move(place)), out_(&out), styles_(styles), flows_(out) {}

Place OfficeText::place() const {
    Place place = base_;
    const auto add = [&place](std::string_view words, bool hidden) {
        place.where += ", ";
        place.where += words;
        place.hidden = place.hidden || hidden;
    };
    if (boxes_ > 0) add("text box", false);
    if (fallback_ > 0) add("form for older programs", true);
    if (deleted_ > 0) add("deleted text", true);
    if (moved_ > 0) add("text before it was moved", true);
    if (hidden_shapes_ > 0) add("hidden shape", true);
    if (!collecting_.empty() && collecting_.back() == Kind::field) add("field instruction", true);
    if (!runs_.empty()) {
        const Run& run = runs_.back();
        const bool shaded = run.shaded || (!cells_shaded_.empty() && cells_shaded_.back());
        if (run.hidden)
            add("hidden text", true);
        else if (run.white && !shaded)
            add("white text", true);
        else if (run.tiny)
            add("tiny text", true);
    }
    return place;
}

void OfficeText::aside(std::string_view what, const std::string& text) {
    if (text.empty()) return;
    std::string& all = asides_[std::string(what)];
    if (!all.empty()) all += '\n';
    all += text;
}

void OfficeText::names_of(const XmlAttributes& attributes) {
    for (const auto* key : {"author", "initials", "userId"})
        if (std::string name = attributes.get(key); !name.empty()) names_.insert(std::move(name));
}

void OfficeText::start(std::string_view name, std::string_view, const XmlAttributes& attributes) {
    if (name == "t" && !collecting_.empty() && collecting_.back() == Kind::text) {
        // The text of a diagram's point is <t> around paragraphs with <t> of their own.
    }
    if (one_of(name, shown)) {
        // <pt> of a chart is a point, of which <v> is the text; a diagram's has <t>.
        collecting_.push_back(name == "pt" || name == "rt" ? Kind::none : Kind::text);
    } else if (one_of(name, instructions)) {
        collecting_.push_back(Kind::field);
    } else if (name == "r" || name == "fld") {
        Run run;
        run.hidden = !paragraphs_.empty() && paragraphs_.back();
        runs_.push_back(run);
    } else if (name == "rPr" && !runs_.empty() && paragraph_properties_ == 0) {
        ++run_properties_;
        if (const auto size = attributes.get("sz"); !size.empty())
            runs_.back().tiny = number(size, 10) <= 200;
    } else if (name == "p") {
        paragraphs_.push_back(false);
    } else if (name == "pPr") {
        ++paragraph_properties_;
    } else if (run_properties_ > 0) {
        start_run_property(name, attributes);
    } else {
        start_table_element(name, attributes);
        start_special(name, attributes);
    }
}

void OfficeText::start_run_property(std::string_view name, const XmlAttributes& attributes) {
    Run& run = runs_.back();
    const std::string value = attributes.get("val");
    if (name == "vanish" || name == "specVanish") run.hidden = is_on(value);
    if (name == "rStyle" && styles_ != nullptr && styles_->hides(value)) run.hidden = true;
    if (name == "color") run.white = text::ascii_iequals(value, "FFFFFF");
    if (name == "sz") run.tiny = !value.empty() && number(value, 10) <= 4;
    if (name == "shd" || name == "highlight") run.shaded = true;
}

void OfficeText::start_table_element(std::string_view name, const XmlAttributes& attributes) {
    if (name == "tbl") {
        flows_.begin_table();
    } else if (name == "tr") {
        flows_.begin_row();
    } else if (name == "tc") {
        cells_shaded_.push_back(false);
        const auto span = attributes.get("gridSpan");
        flows_.begin_cell(span.empty() ? 1 : number(span, 10));
    } else if (name == "gridSpan") {
        flows_.widen_cell(number(attributes.get("val"), 10));
    } else if (name == "shd" && !cells_shaded_.empty()) {
        cells_shaded_.back() = true;
    } else if (name == "pStyle" && !paragraphs_.empty() && styles_ != nullptr) {
        paragraphs_.back() = styles_->hides(attributes.get("val"));
    }
}

void OfficeText::start_special(std::string_view name, const XmlAttributes& attributes) {
    const bool in_text = paragraph_properties_ == 0;
    if (name == "del" || name == "moveFrom") {
        ++(name == "del" ? deleted_ : moved_);
        names_of(attributes);
    } else if (name == "ins" || name == "moveTo") {
        names_of(attributes);
    } else if (name == "comment" || name == "cm") {
        flows_.end_line();
        if (const auto author = attributes.get("author"); !author.empty())
            flows_.text(place(), author + ": ");
        names_of(attributes);
    } else if (name == "cmAuthor" || name == "author" || name == "person") {
        for (const auto* key : {"name", "displayName", "initials", "userId"})
            aside("names of authors", attributes.get(key));
    } else if (name == "txbxContent") {
        ++boxes_;
        flows_.end_line();
    } else if (name == "Fallback") {
        ++fallback_;
    } else if (one_of(name, shapes)) {
        shapes_.push_back(false);
    } else if (name == "docPr" || name == "cNvPr") {
        for (const auto* key : {"title", "descr", "name"})
            aside("alternative text", attributes.get(key));
        if (attributes.has("hidden") && is_on(attributes.get("hidden")) && !shapes_.empty() &&
            !shapes_.back()) {
            shapes_.back() = true;
            ++hidden_shapes_;
        }
    } else if (name == "tab" && in_text) {
        if (!runs_.empty()) flows_.text(place(), "\t");
    } else if ((name == "br" || name == "cr") && in_text) {
        if (!runs_.empty() || !paragraphs_.empty()) flows_.text(place(), "\n");
    } else if (name == "ptab") {
        flows_.text(place(), "\t");
    } else if (name == "noBreakHyphen") {
        flows_.text(place(), "-");
    } else if (name == "sym") {
        symbol(attributes);
    } else if (name == "fldSimple") {
        aside("field instruction", attributes.get("instr"));
    } else if (name == "textpath") {
        flows_.end_line();
        flows_.text(place(), attributes.get("string"));
        flows_.end_line();
    } else if (name == "shape" || name == "rect" || name == "imagedata") {
        aside("alternative text", attributes.get("alt"));
        aside("alternative text", attributes.get("title"));
    } else if (name == "hyperlink" || name == "hlinkClick" || name == "hlinkHover") {
        aside("link", attributes.get("tooltip"));
    } else if (name == "alias" || name == "tag" || name == "default" || name == "helpText" ||
               name == "statusText" || name == "listEntry" || name == "docVar" ||
               name == "lvlText" || name == "attr" || name == "query" || name == "tblCaption" ||
               name == "tblDescription") {
        aside("settings and form fields", attributes.get("name"));
        aside("settings and form fields", attributes.get("val"));
    } else if (name == "listItem") {
        aside("settings and form fields", attributes.get("displayText"));
        aside("settings and form fields", attributes.get("value"));
    } else if (name == "bookmarkStart") {
        if (std::string mark = attributes.get("name"); !mark.starts_with('_'))
            aside("bookmarks", mark);
    }
}

// A character of a symbol font; letters and digits of such a font stand at F020 to F07E.
void OfficeText::symbol(const XmlAttributes& attributes) {
    unsigned code = number(attributes.get("char"), 16);
    if (code >= 0xF020 && code <= 0xF07E) code -= 0xF000;
    if (code < 0x20 || (code >= 0xD800 && code < 0xF900) || code > 0xFFFF) return;
    std::string character;
    append_utf8(character, code);
    flows_.text(place(), character);
}

void OfficeText::end(std::string_view name) {
    const auto leave = [](unsigned& depth) {
        if (depth > 0) --depth;
    };
    if (one_of(name, shown) || one_of(name, instructions)) {
        if (!collecting_.empty()) collecting_.pop_back();
        if (name == "v" || name == "text" || name == "f") flows_.end_line();
    } else if (name == "r" || name == "fld") {
        if (!runs_.empty()) runs_.pop_back();
        run_properties_ = 0;
    } else if (name == "rPr") {
        leave(run_properties_);
    } else if (name == "pPr") {
        leave(paragraph_properties_);
    } else if (name == "p") {
        if (!paragraphs_.empty()) paragraphs_.pop_back();
        flows_.end_line();
    } else if (name == "tbl") {
        flows_.end_table();
    } else if (name == "tc") {
        if (!cells_shaded_.empty()) cells_shaded_.pop_back();
    } else if (name == "del") {
        leave(deleted_);
    } else if (name == "moveFrom") {
        leave(moved_);
    } else if (name == "txbxContent") {
        leave(boxes_);
        flows_.end_line();
    } else if (name == "Fallback") {
        leave(fallback_);
    } else if (name == "comment" || name == "cm") {
        flows_.end_line();
    } else if (one_of(name, shapes)) {
        if (shapes_.empty()) return;
        if (shapes_.back()) leave(hidden_shapes_);
        shapes_.pop_back();
    }
}

void OfficeText::text(std::string_view text) {
    if (collecting_.empty() || collecting_.back() == Kind::none) return;
    // The indentation of a diagram's <t> around paragraphs is no text.
    if (runs_.empty() && text.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    flows_.text(place(), text);
}

void OfficeText::finish() {
    flows_.finish();
    for (auto& [what, all] : asides_)
        out_->add_text(base_.where + ", " + what, std::move(all), true);
    std::string names;
    for (const auto& name : names_) names += names.empty() ? name : '\n' + name;
    out_->add_text(base_.where + ", names of authors", std::move(names), true);
}

}  // namespace postwacht::extract
