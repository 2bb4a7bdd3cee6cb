#include "extract/loose_xml.hpp"

#include <utility>

#include "base/text.hpp"

namespace postwacht::extract {
namespace {

// The place and behaviour of a note in a drawing of old: numbers without end.
bool is_machine_data(std::string_view name) noexcept {
    return name == "ClientData" || name == "binaryData" || name == "binary-data" ||
           name == "BinaryData";
}

}  // namespace

void LooseXml::start(std::string_view name, std::string_view, const XmlAttributes& attributes) {
    end_line();
    if (skipped_ > 0 || is_machine_data(name)) {
        ++skipped_;
        return;
    }
    if (attributes_ == Attributes::none) return;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
        const auto key = attributes.name(i);
        const bool names = key == "name" || key == "alt" || key == "title" || key == "string";
        if (attributes_ != Attributes::all && !names) continue;
        line_ = attributes.value(i);
        end_line();
    }
}

void LooseXml::end(std::string_view) {
    end_line();
    if (skipped_ > 0) --skipped_;
}

void LooseXml::text(std::string_view text) {
    if (skipped_ == 0) line_ += text;
}

void LooseXml::end_line() {
    const auto line = text::trim(line_);
    if (!line.empty()) {
        if (!all_.empty()) all_ += '\n';
        all_ += line;
    }
    line_.clear();
}

void LooseXml::finish() {
    end_line();
    out_->add_text(std::move(place_.where), std::move(all_), place_.hidden);
}

}  // namespace postwacht::extract
