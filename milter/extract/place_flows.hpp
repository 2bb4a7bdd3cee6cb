// PlaceFlows: sorts runs of text by their place and keeps lines and tables together.
//
// One document part has several flows at once: what is seen, what was deleted, what is hidden. Each
// becomes one fragment in the end. A table is a fragment of its own, '\t' between cells and '\n'
// between rows; where a place begins in the middle of a table, the first row is put before it, so
// that its columns keep their names. A table within a cell is told apart from the outer one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extract/collector.hpp"

namespace postwacht::extract {

struct Place {
    std::string where;
    bool hidden = false;

    bool operator==(const Place&) const = default;
};

class PlaceFlows {
  public:
    explicit PlaceFlows(Collector& out) : out_(&out) {}

    void text(const Place& place, std::string_view run);
    // What follows begins a new line, in every flow.
    void end_line();

    void begin_table();
    void begin_row();
    // The cell takes up `columns` columns.
    void begin_cell(std::size_t columns = 1);
    void widen_cell(std::size_t columns);
    void end_table();

    // Hands all of it to the collector.
    void finish();

  private:
    struct Flow {
        Place place;
        std::string text;
        std::size_t line = 0;  // where it was written to last
        std::size_t row = 0;
        std::size_t column = 0;
    };
    struct Table {
        std::size_t number = 0;
        std::size_t row = 0;
        std::size_t column = 0;  // of the present cell
        std::size_t columns = 0;
        std::vector<Flow> flows;
        std::string first_row;
    };

    static Flow& flow_of(std::vector<Flow>& flows, const Place& place);
    void write_cell(Table& table, const Place& place, std::string_view run);

    Collector* out_;
    std::vector<Flow> flows_;
    std::vector<Table> tables_;
    std::size_t line_ = 0;
    std::size_t count_ = 0;
};

}  // namespace postwacht::extract
