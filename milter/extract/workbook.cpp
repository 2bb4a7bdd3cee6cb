#include "extract/workbook.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.hpp"

namespace postwacht::extract {

Place SheetInfo::place() const {
    Place place{"sheet '" + name + "'", false};
    if (state == "hidden") place = {place.where + " (hidden)", true};
    if (state == "veryHidden") place = {place.where + " (very hidden)", true};
    return place;
}

void Workbook::start(std::string_view name, std::string_view, const XmlAttributes& attributes) {
    if (name == "workbookPr") {
        from_1904 = attributes.has("date1904") && is_on(attributes.get("date1904"));
    } else if (name == "sheet") {
        SheetInfo sheet;
        sheet.name = attributes.get("name");
        sheet.state = attributes.get("state");
        sheet.relation = attributes.get("id");
        sheets.push_back(std::move(sheet));
    } else if (name == "definedName") {
        text_ = attributes.get("name") + '\t';
        if (const auto comment = attributes.get("comment"); !comment.empty())
            text_ += comment + '\t';
        in_name_ = true;
    } else if (name == "fileSharing" || name == "fileVersion") {
        if (const auto user = attributes.get("userName"); !user.empty()) names += user + '\n';
    }
}

void Workbook::end(std::string_view name) {
    if (name != "definedName" || !in_name_) return;
    in_name_ = false;
    names += text_ + '\n';
}

void Workbook::text(std::string_view text) {
    if (in_name_) text_ += text;
}

void Workbook::add_string(std::string string) {
    strings.push_back(std::move(string));
    used.push_back(false);
}

std::string_view Workbook::shared_string(std::size_t index, Collector& out) {
    if (index >= strings.size()) {
        out.incomplete(Why::damaged);
        return {};
    }
    // A long string in a million cells is a bomb; its first showing was counted already.
    if (used[index] && !out.take_bytes(strings[index].size())) return {};
    used[index] = true;
    return strings[index];
}

const NumberFormat& Workbook::format_of(std::size_t style) const {
    static const NumberFormat general;
    return style < formats.size() ? formats[style] : general;
}

void Workbook::add_rest(Collector& out) {
    std::string all;
    for (const auto& sheet : sheets) {
        if (!all.empty()) all += '\n';
        all += sheet.name;
    }
    out.add_text("names of sheets", std::move(all));
    out.add_text("defined names", std::move(names), true);
    out.add_text("pronunciation of strings", std::move(phonetic), true);
    std::string orphans;
    for (std::size_t i = 0; i < strings.size(); ++i) {
        if (used[i] || strings[i].empty()) continue;
        if (!orphans.empty()) orphans += '\n';
        orphans += strings[i];
    }
    out.add_text("shared strings that no cell shows", std::move(orphans), true);
}

std::string page_header_text(std::string_view code) {
    std::string out;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i] != '&' || i + 1 == code.size()) {
            out += code[i];
            continue;
        }
        const char next = code[++i];
        if (next == '&') {
            out += '&';
        } else if (next == 'L' || next == 'C' || next == 'R') {
            if (!out.empty()) out += '\n';
        } else if (next == '"') {
            i = std::min(code.find('"', i + 1), code.size());
        } else if (next >= '0' && next <= '9') {
            while (i + 1 < code.size() && code[i + 1] >= '0' && code[i + 1] <= '9') ++i;
        } else if (next == 'K') {
            i += 6;
        }
    }
    return out;
}

}  // namespace postwacht::extract
