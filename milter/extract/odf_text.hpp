// OdfText: the text of an OpenDocument part or of a flat OpenDocument file, sorted by where it can
// be seen.
//
// Told apart: sheets, slides, sections, rows, columns, paragraphs and runs that are hidden, what
// tracked changes keep, annotations, notes, headers and footers, master pages, text of drawings,
// formulas, fields, form controls, links. Pictures and objects inside a flat file become members.
//
// Guarantees: bounded by its input; never fails. Standards: OpenDocument 1.3 part 3. Limits: what a
// style inherits is followed for visibility alone; conditions are taken as not met.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "extract/place_flows.hpp"
#include "extract/sheet_text.hpp"
#include "extract/xml_stream.hpp"

namespace postwacht::extract {

// What styles and layers hide; in a package they stand in another part than the text.
class OdfVisibility : public XmlHandler {
  public:
    void start(std::string_view name, std::string_view space,
               const XmlAttributes& attributes) override;
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    [[nodiscard]] bool hides_style(const std::string& name) const { return styles_.contains(name); }
    [[nodiscard]] bool hides_layer(const std::string& name) const { return layers_.contains(name); }

  private:
    std::set<std::string> styles_;
    std::set<std::string> layers_;
    std::string style_;  // that is being read
};

class OdfText : public XmlHandler {
  public:
    OdfText(Place place, Collector& out, OdfVisibility visibility = {})
        : out_(&out), flows_(out), places_{std::move(place)}, visibility_(std::move(visibility)) {}

    void start(std::string_view name, std::string_view space,
               const XmlAttributes& attributes) override;
    void end(std::string_view name) override;
    void text(std::string_view text) override;
    void finish();

  private:
    struct Level {
        bool place = false;      // it has a place of its own
        bool paragraph = false;  // text in it is shown
        bool meta = false;       // each element is a line
        bool table = false;
        bool sheet = false;
        bool cell = false;
        bool binary = false;
        bool group = false;  // of hidden rows
    };
    struct Cell {
        std::string shown;
        std::string stored;
        std::string formula;
        std::uint32_t repeated = 1;
    };

    void start_table(std::string_view name, const XmlAttributes& attributes, Level& level);
    void start_place(std::string_view name, const XmlAttributes& attributes, Level& level);
    void start_inline(std::string_view name, const XmlAttributes& attributes, Level& level);
    void push_place(Level& level, const std::string& words, bool hidden);
    void enter(Level& level, Place place);
    void aside(const std::string& what, const std::string& line);
    void write(std::string_view text);
    void end_cell();
    void end_binary();

    Collector* out_;
    PlaceFlows flows_;
    std::vector<Place> places_;
    std::vector<Level> levels_;
    std::unique_ptr<SheetText> sheet_;
    OdfVisibility visibility_;
    Cell cell_;
    std::size_t sheet_places_ = 0;  // how many places were open where the sheet began
    std::uint32_t column_ = 0;
    std::uint32_t columns_ = 0;
    std::string binary_;
    std::map<std::pair<std::string, bool>, std::string> asides_;
    std::size_t slides_ = 0;
    bool in_cell_ = false;
    unsigned hidden_groups_ = 0;
};

}  // namespace postwacht::extract
