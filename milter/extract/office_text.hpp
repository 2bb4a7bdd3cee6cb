// OfficeText: the text of a WordprocessingML or DrawingML part, sorted by where it can be seen.
//
// Reads bodies, headers, footers, notes, comments, slides, charts and diagrams: their elements have
// the same names. Told apart: deleted and moved text, text hidden by its own or its style's
// property, white or tiny text, text boxes, the fallback of alternative content, field
// instructions, form fields, alternative texts and the names of those who changed something.
//
// Guarantees: bounded by its input; never fails. Standards: ECMA-376 part 1 (17, 20, 21) and part 3
// (markup compatibility), strict and transitional; [MS-DOCX]. Limits: colours are compared with
// white only, and a background of the whole page is not known.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "extract/place_flows.hpp"
#include "extract/xml_stream.hpp"

namespace postwacht::extract {

// Styles whose text is hidden, by their id, resolved through what they are based on.
class HiddenStyles : public XmlHandler {
  public:
    void start(std::string_view name, std::string_view space,
               const XmlAttributes& attributes) override;
    void end(std::string_view name) override;
    void text(std::string_view) override {}
    [[nodiscard]] bool hides(const std::string& style) const;

  private:
    struct Style {
        std::string based_on;
        bool hidden = false;
        bool decided = false;
    };
    std::map<std::string, Style> styles_;
    std::string current_;
    bool in_run_properties_ = false;
};

class OfficeText : public XmlHandler {
  public:
    // `styles` may be null.
    OfficeText(Place place, Collector& out, const HiddenStyles* styles);

    void start(std::string_view name, std::string_view space,
               const XmlAttributes& attributes) override;
    void end(std::string_view name) override;
    void text(std::string_view text) override;
    void finish();

  private:
    enum class Kind { text, field, none };
    struct Run {
        bool hidden = false;
        bool white = false;
        bool tiny = false;
        bool shaded = false;
    };

    void start_run_property(std::string_view name, const XmlAttributes& attributes);
    void start_table_element(std::string_view name, const XmlAttributes& attributes);
    void start_special(std::string_view name, const XmlAttributes& attributes);
    void symbol(const XmlAttributes& attributes);
    void aside(std::string_view what, const std::string& text);
    void names_of(const XmlAttributes& attributes);
    [[nodiscard]] Place place() const;

    Place base_;
    Collector* out_;
    const HiddenStyles* styles_;
    PlaceFlows flows_;
    std::vector<Run> runs_;         // the innermost is last
    std::vector<bool> paragraphs_;  // hidden by their style
    std::vector<bool> shapes_;      // hidden shapes
    std::map<std::string, std::string> asides_;
    std::set<std::string> names_;
    std::vector<Kind> collecting_;
    std::vector<bool> cells_shaded_;
    unsigned deleted_ = 0;
    unsigned moved_ = 0;
    unsigned boxes_ = 0;
    unsigned fallback_ = 0;
    unsigned paragraph_properties_ = 0;
    unsigned run_properties_ = 0;
    unsigned hidden_shapes_ = 0;
};

}  // namespace postwacht::extract
