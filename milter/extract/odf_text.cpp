#include "extract/odf_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "extract/number_format.hpp"
#include "mail/transfer_encoding.hpp"

namespace postwacht::extract {
namespace {

std::uint32_t count_of(const std::string& digits, std::uint32_t otherwise) noexcept {
    std::uint32_t value = otherwise;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

bool is_false(const std::string& value) noexcept {
    return value == "false" || value == "none";
}

}  // namespace

void OdfVisibility::start(std::string_view name, std::string_view space,
                          const XmlAttributes& attributes) {
    if (name == "style" || name == "default-style") {
        style_ = attributes.get("name");
        if (styles_.contains(attributes.get("parent-style-name"))) styles_.insert(style_);
    } else if (name == "layer") {
        if (is_false(attributes.get("display"))) layers_.insert(attributes.get("name"));
    } else if (name.ends_with("properties") && space.find("style") != std::string_view::npos) {
        const bool hidden =
            (name == "text-properties" && attributes.get("display") == "none") ||
            (name == "table-properties" && is_false(attributes.get("display"))) ||
            (name == "section-properties" && is_false(attributes.get("display"))) ||
            (name == "drawing-page-properties" && attributes.get("visibility") == "hidden");
        if (hidden && !style_.empty()) styles_.insert(style_);
    }
}

void OdfText::push_place(Level& level, const std::string& words, bool hidden) {
    const Place& outer = places_.back();
    enter(level, {outer.where + ", " + words, outer.hidden || hidden});
}

void OdfText::enter(Level& level, Place place) {
    // An element may have two reasons; the second is told within the first.
    if (level.place)
        places_.back() = std::move(place);
    else
        places_.push_back(std::move(place));
    level.place = true;
    flows_.end_line();
}

void OdfText::aside(const std::string& what, const std::string& line) {
    if (line.empty()) return;
    std::string& all = asides_[{what, true}];
    if (!all.empty()) all += '\n';
    all += line;
}

void OdfText::start(std::string_view name, std::string_view space,
                    const XmlAttributes& attributes) {
    visibility_.start(name, space, attributes);
    Level level;
    if (!levels_.empty()) {
        level.paragraph = levels_.back().paragraph;
        level.meta = levels_.back().meta;
    }
    if (name == "p" || name == "h") {
        level.paragraph = true;
        flows_.end_line();
        if (in_cell_ && !cell_.shown.empty() && places_.size() == sheet_places_) cell_.shown += ' ';
        if (visibility_.hides_style(attributes.get("style-name")))
            push_place(level, "hidden text", true);
    } else if (name == "binary-data") {
        level.binary = true;
        binary_.clear();
    } else if (name.starts_with("table") || name == "covered-table-cell") {
        start_table(name, attributes, level);
    } else {
        start_place(name, attributes, level);
        start_inline(name, attributes, level);
    }
    levels_.push_back(level);
}

void OdfText::start_table(std::string_view name, const XmlAttributes& attributes, Level& level) {
    const std::string visibility = attributes.get("visibility");
    const bool unseen = visibility == "collapse" || visibility == "filter";
    if (name == "table") {
        const bool in_spreadsheet = !levels_.empty() && levels_.back().sheet;
        if (in_spreadsheet && !sheet_) {
            const bool hidden = visibility_.hides_style(attributes.get("style-name")) ||
                                is_false(attributes.get("display"));
            Place place{"sheet '" + attributes.get("name") + "'" + (hidden ? " (hidden)" : ""),
                        hidden || places_.back().hidden};
            if (places_.size() > 1) place.where = places_.back().where + ", " + place.where;
            enter(level, place);
            aside("names of sheets", attributes.get("name"));
            sheet_ = std::make_unique<SheetText>(std::move(place), *out_);
            sheet_places_ = places_.size();
            columns_ = 0;
        } else {
            flows_.begin_table();
        }
        level.table = true;
    } else if (name == "table-column" && sheet_) {
        const auto repeated = std::max(count_of(attributes.get("number-columns-repeated"), 1), 1U);
        if (unseen) sheet_->hide_columns(columns_, columns_ + repeated - 1);
        columns_ += std::min(repeated, 1U << 20U);
    } else if (name == "table-row-group") {
        level.group = is_false(attributes.get("display"));
        if (level.group) ++hidden_groups_;
    } else if (name == "table-row") {
        if (sheet_) {
            sheet_->begin_row(unseen || hidden_groups_ > 0);
            column_ = 0;
        } else {
            flows_.begin_row();
        }
    } else if (name == "table-cell" || name == "covered-table-cell") {
        if (!sheet_ || in_cell_) {
            flows_.begin_cell();
            return;
        }
        level.cell = true;
        in_cell_ = true;
        cell_ = {};
        cell_.repeated = std::max(count_of(attributes.get("number-columns-repeated"), 1), 1U);
        cell_.formula = attributes.get("formula");
        for (const auto* key :
             {"string-value", "date-value", "time-value", "boolean-value", "value"})
            if (cell_.stored.empty()) cell_.stored = attributes.get(key);
    } else if (name == "table-source") {
        aside("links", attributes.get("href"));
    }
}

void OdfText::start_place(std::string_view name, const XmlAttributes& attributes, Level& level) {
    static constexpr std::array<std::string_view, 7> containers = {
        "annotation", "frame", "text-box", "custom-shape", "note", "g", "control"};
    if (attributes.has("layer") && visibility_.hides_layer(attributes.get("layer")))
        push_place(level, "hidden layer", true);
    // What stands in a paragraph and is no run of its text.
    if (std::find(containers.begin(), containers.end(), name) != containers.end())
        level.paragraph = false;
    if (name == "spreadsheet") {
        level.sheet = true;
    } else if (name == "page") {
        const bool hidden = visibility_.hides_style(attributes.get("style-name"));
        enter(level, {"slide " + std::to_string(++slides_) + (hidden ? " (hidden)" : ""), hidden});
        aside("names of slides", attributes.get("name"));
    } else if (name == "notes") {
        enter(level, {"notes of " + places_.back().where, places_.back().hidden});
    } else if (name == "master-page") {
        enter(level, {"master page", true});
    } else if (name.starts_with("header") && name.find("style") == std::string_view::npos) {
        enter(level, {"header", false});
    } else if (name.starts_with("footer") && name.find("style") == std::string_view::npos) {
        enter(level, {"footer", false});
    } else if (name == "annotation") {
        push_place(level, "comment", false);
    } else if (!level.paragraph && (name == "creator" || name == "date" || name == "initials" ||
                                    name == "creator-initials")) {
        level.meta = level.paragraph = true;
        flows_.end_line();
    } else if (name == "meta" || name == "user-defined" || name == "keyword") {
        if (name == "meta") enter(level, {"document properties", true});
        level.meta = level.paragraph = true;
        flows_.end_line();
        write(attributes.get("name"));
    } else if (name == "tracked-changes" || name == "previous") {
        push_place(level, "tracked changes", true);
    } else if (name == "deletion") {
        push_place(level, "deleted text", true);
    } else if (name == "note-body") {
        push_place(level, "note", false);
    } else if (name == "text-box" || name == "custom-shape" || name == "shapes") {
        push_place(level, name == "text-box" ? "text box" : "drawing", false);
    } else if (name == "section") {
        if (is_false(attributes.get("display")) || attributes.get("display") == "condition" ||
            visibility_.hides_style(attributes.get("style-name")))
            push_place(level, "hidden section", true);
    } else if (!level.paragraph && (name == "title" || name == "desc")) {
        push_place(level, "alternative text", true);
        level.paragraph = true;
    } else if (name == "scripts" || name == "script" || name == "module") {
        if (name != "scripts") out_->note_macro();
        push_place(level, "macro", true);
        level.paragraph = true;
    } else if (name == "hidden-paragraph" || name == "hidden-text") {
        push_place(level, "hidden text", true);
        write(attributes.get("string-value"));
    } else if (name == "event-listener") {
        out_->note_macro();
    }
    if (level.meta && !level.place) flows_.end_line();
}

void OdfText::start_inline(std::string_view name, const XmlAttributes& attributes, Level& level) {
    if (name == "span" || name == "a") {
        if (visibility_.hides_style(attributes.get("style-name"))) {
            const Place outer = places_.back();
            places_.push_back({outer.where + ", hidden text", true});
            level.place = true;
        }
        if (name == "a") aside("links", attributes.get("href"));
    } else if (name == "s" && level.paragraph) {
        write(std::string(std::min(count_of(attributes.get("c"), 1), 256U), ' '));
    } else if (name == "tab") {
        write("\t");
    } else if (name == "line-break") {
        write("\n");
    } else if (name == "conditional-text") {
        aside("fields", attributes.get("string-value-if-true"));
        aside("fields", attributes.get("string-value-if-false"));
    } else if (name.ends_with("-decl") || name.ends_with("-set") || name == "variable-get") {
        aside("fields", attributes.get("string-value"));
        aside("fields", attributes.get("value"));
    } else if (name == "named-range" || name == "named-expression") {
        aside("defined names", attributes.get("name") + '\t' + attributes.get("expression"));
    } else if (name == "content-validation" || name == "help-message" || name == "error-message") {
        aside("rules for input", attributes.get("condition"));
        aside("rules for input", attributes.get("title"));
    }
    for (const auto* key : {"label", "current-value", "string-value", "help", "subject",
                            "description", "key1", "key2", "comment"})
        if (attributes.has(key) && !level.cell) aside("form fields", attributes.get(key));
    if (name == "bookmark" || name == "bookmark-start" || name == "user-field-decl" ||
        name == "variable-decl" || name == "show")
        aside("names of fields and bookmarks", attributes.get("name"));
    if (name == "header-decl" || name == "footer-decl" || name == "date-time-decl")
        level.paragraph = true;
    if (attributes.has("value") && name != "cell") aside("form fields", attributes.get("value"));
}

void OdfText::write(std::string_view text) {
    if (in_cell_ && places_.size() == sheet_places_)
        cell_.shown += text;
    else
        flows_.text(places_.back(), text);
}

void OdfText::text(std::string_view text) {
    if (levels_.empty()) return;
    if (levels_.back().binary)
        binary_ += text;
    else if (levels_.back().paragraph)
        if (!levels_.back().meta || text.find_first_not_of(" \t\r\n") != std::string_view::npos)
            write(text);
}

void OdfText::end(std::string_view name) {
    if (levels_.empty()) return;
    const Level level = levels_.back();
    levels_.pop_back();
    if (level.binary) end_binary();
    if (level.cell) end_cell();
    if (level.table) {
        if (sheet_ && places_.size() == sheet_places_ && level.place) {
            sheet_->finish();
            sheet_.reset();
        } else {
            flows_.end_table();
        }
    }
    if (level.group && hidden_groups_ > 0) --hidden_groups_;
    if (level.place && places_.size() > 1) places_.pop_back();
    if (name == "p" || name == "h" || level.meta || (level.place && name != "span" && name != "a"))
        flows_.end_line();
    if (name == "table-row") {
        if (sheet_) sheet_->end_row();
        out_->time_left();
    }
}

void OdfText::end_cell() {
    in_cell_ = false;
    std::string shown(text::trim(cell_.shown));
    if (shown.empty()) {
        shown = cell_.stored;
    } else if (cell_.stored.size() >= 6 && shown != cell_.stored &&
               !shows_digits(shown, cell_.stored)) {
        // Groups, exponents and dates are told as they are stored too.
        shown += ' ' + cell_.stored;
    }
    if (sheet_ && cell_.formula.find('"') != std::string::npos)
        sheet_->aside("formulas", cell_.formula, true);
    // An empty row or column may be repeated a million times, text hardly ever.
    std::uint32_t shows = shown.empty() ? 0 : std::min(cell_.repeated, 64U);
    if (shows > 1 && !out_->take_bytes(shown.size() * (shows - 1))) shows = 1;
    for (std::uint32_t i = 0; sheet_ && i < shows; ++i) sheet_->cell(column_ + i, shown);
    column_ += std::min(cell_.repeated, 1U << 20U);
}

void OdfText::end_binary() {
    const std::string bytes = mail::undo_transfer_encoding(binary_, "base64").content;
    binary_.clear();
    if (!bytes.empty()) out_->add_member({}, bytes);
}

void OdfText::finish() {
    if (sheet_) sheet_->finish();
    flows_.finish();
    for (auto& [what, all] : asides_)
        out_->add_text(places_.front().where + ", " + what.first, std::move(all), true);
}

}  // namespace postwacht::extract
