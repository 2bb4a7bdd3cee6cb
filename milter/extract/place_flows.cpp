#include "extract/place_flows.hpp"

#include <algorithm>
#include <utility>

namespace postwacht::extract {
namespace {

// Tables nested deeper than this are layout, or an attempt to make reading expensive.
constexpr std::size_t deepest_table = 32;
// A row this wide is not written out in full.
constexpr std::size_t most_tabs = 256;

}  // namespace

PlaceFlows::Flow& PlaceFlows::flow_of(std::vector<Flow>& flows, const Place& place) {
    const auto found = std::find_if(flows.rbegin(), flows.rend(),
                                    [&](const Flow& flow) { return flow.place == place; });
    if (found != flows.rend()) return *found;
    flows.push_back({place, {}, 0, 0, 0});
    return flows.back();
}

void PlaceFlows::text(const Place& place, std::string_view run) {
    if (run.empty()) return;
    if (!tables_.empty() && tables_.back().row > 0) {
        write_cell(tables_.back(), place, run);
        return;
    }
    Flow& flow = flow_of(flows_, place);
    if (!flow.text.empty() && flow.line != line_ && flow.text.back() != '\n') flow.text += '\n';
    flow.line = line_;
    flow.text += run;
}

void PlaceFlows::write_cell(Table& table, const Place& place, std::string_view run) {
    Flow& flow = flow_of(table.flows, place);
    const bool fresh = flow.text.empty();
    if (fresh && table.row > 1 && !table.first_row.empty()) flow.text = table.first_row;
    if (flow.row != table.row) {
        if (!flow.text.empty()) flow.text += '\n';
        flow.row = table.row;
        flow.column = 0;
        flow.line = line_;
    }
    if (table.column > flow.column) {
        flow.text.append(std::min(table.column - flow.column, most_tabs), '\t');
        flow.column = table.column;
    } else if (flow.line != line_) {
        flow.text += ' ';
    }
    flow.line = line_;
    // Cells and rows must stay what they are.
    for (const char c : run) flow.text += c == '\n' || c == '\t' || c == '\r' ? ' ' : c;
}

void PlaceFlows::end_line() {
    ++line_;
}

void PlaceFlows::begin_table() {
    end_line();
    if (tables_.size() >= deepest_table) {
        out_->incomplete(Why::over_budget);
        // Its rows go on in the table around it.
        tables_.push_back({});
        return;
    }
    Table table;
    table.number = ++count_;
    tables_.push_back(std::move(table));
}

void PlaceFlows::begin_row() {
    if (tables_.empty()) return;
    Table& table = tables_.back();
    if (table.row == 1 && !table.flows.empty()) {
        const auto seen = std::find_if(table.flows.begin(), table.flows.end(),
                                       [](const Flow& flow) { return !flow.place.hidden; });
        table.first_row = (seen == table.flows.end() ? table.flows.front() : *seen).text;
        constexpr std::size_t longest_header = 4096;
        if (table.first_row.size() > longest_header) table.first_row.clear();
    }
    ++table.row;
    table.column = 0;
    table.columns = 0;
    end_line();
}

void PlaceFlows::begin_cell(std::size_t columns) {
    if (tables_.empty()) return;
    Table& table = tables_.back();
    table.column = table.columns;
    table.columns += std::clamp<std::size_t>(columns, 1, most_tabs);
    end_line();
}

void PlaceFlows::widen_cell(std::size_t columns) {
    if (tables_.empty() || columns < 2) return;
    Table& table = tables_.back();
    table.columns = table.column + std::min(columns, most_tabs);
}

void PlaceFlows::end_table() {
    if (tables_.empty()) return;
    Table table = std::move(tables_.back());
    tables_.pop_back();
    for (auto& flow : table.flows)
        out_->add_text(flow.place.where + ", table " + std::to_string(table.number),
                       std::move(flow.text), flow.place.hidden);
    end_line();
}

void PlaceFlows::finish() {
    while (!tables_.empty()) end_table();
    for (auto& flow : flows_)
        out_->add_text(flow.place.where, std::move(flow.text), flow.place.hidden);
    flows_.clear();
}

}  // namespace postwacht::extract
