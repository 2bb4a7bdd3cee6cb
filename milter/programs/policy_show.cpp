// postwacht policy show: the disclosure matrix, for a terminal, a program or a browser.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/format.hpp"
#include "base/html_page.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "policy/matrix.hpp"
#include "policy/policy.hpp"
#include "programs/choose_policy.hpp"
#include "programs/commands.hpp"
#include "programs/console.hpp"
#include "programs/subcommand.hpp"

namespace postwacht::programs {
namespace {

using policy::Action;
using policy::Policy;

struct ShowOptions {
    std::string config;
    std::string file;
    bool json = false;
    bool html = false;
};

// The matrix as it is written: one row for each category, one column for each relation that some
// row names. A cell without a word of its own has that of "*".
struct Table {
    struct Row {
        std::string category;
        std::vector<policy::MatrixCell> cells;
    };
    std::vector<std::string> relations;  // "*" last
    std::vector<Row> rows;
};

constexpr std::string_view any_relation = "*";

std::string word_of(const policy::MatrixCell& cell) {
    return std::string(policy::to_string(cell.action)) + (cell.simulated ? " (simulated)" : "");
}

Table read_table(const Policy& policy) {
    Table table;
    const auto rows = policy::written_matrix(policy);
    for (const policy::MatrixRow& row : rows)
        for (const policy::MatrixCell& cell : row.cells)
            if (cell.word != any_relation &&
                std::find(table.relations.begin(), table.relations.end(), cell.word) ==
                    table.relations.end())
                table.relations.push_back(cell.word);
    table.relations.emplace_back(any_relation);
    for (const policy::MatrixRow& row : rows) {
        Table::Row& out = table.rows.emplace_back();
        out.category = row.category;
        for (const std::string& relation : table.relations)
            out.cells.push_back(
                *std::find_if(row.cells.begin(), row.cells.end() - 1,
                              [&relation](const auto& cell) { return cell.word == relation; }));
    }
    return table;
}

// ---- for a terminal

// SGR codes: what goes on is green, what is held yellow, what is refused or waits red.
const char* colour_of(Action action) noexcept {
    switch (action) {
        case Action::accept:
            return "\x1b[32m";
        case Action::tag:
            return "\x1b[36m";
        case Action::quarantine:
            return "\x1b[33m";
        case Action::reject:
        case Action::tempfail:
            return "\x1b[31m";
    }
    return "";
}

// https://no-color.org: set to anything at all.
bool wants_colour() {
    const char* off = std::getenv("NO_COLOR");
    return (off == nullptr || *off == '\0') && ::isatty(STDOUT_FILENO) == 1;
}

std::string to_text(const Table& table, bool colour) {
    std::size_t first = 8;
    for (const Table::Row& row : table.rows) first = std::max(first, row.category.size());
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < table.relations.size(); ++i) {
        std::size_t width = std::max<std::size_t>(table.relations[i].size(), 10);
        for (const Table::Row& row : table.rows)
            width = std::max(width, word_of(row.cells[i]).size());
        widths.push_back(i + 1 == table.relations.size() ? 0 : width);  // the last one needs none
    }
    std::string out = format("{:<{}}", "category", first);
    for (std::size_t i = 0; i < table.relations.size(); ++i)
        out += format("  {:<{}}", text::printable(table.relations[i]), widths[i]);
    out += '\n';
    for (const Table::Row& row : table.rows) {
        out += format("{:<{}}", text::printable(row.category), first);
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            const std::string cell = format("{:<{}}", word_of(row.cells[i]), widths[i]);
            out += "  ";
            out += colour ? colour_of(row.cells[i].action) + cell + "\x1b[0m" : cell;
        }
        out += '\n';
    }
    return out;
}

// ---- for a program

std::string to_json(const Policy& policy, const Table& table) {
    json::Writer writer;
    writer.begin_object().field("schema", "postwacht.policy-show/1").field("policy", policy.id());
    writer.field("mode", to_string(policy.mode())).key("disclosure").begin_object();
    for (const Table::Row& row : table.rows) {
        writer.key(row.category).begin_object();
        for (std::size_t i = 0; i < row.cells.size(); ++i)
            writer.field(table.relations[i], word_of(row.cells[i]));
        writer.end_object();
    }
    writer.end_object();
    if (const auto [words, place] = policy.describe_run_rule(); !words.empty())
        writer.key("run_guard")
            .begin_object()
            .field("text", words)
            .field("place", place)
            .end_object();
    writer.end_object();
    return writer.take() + '\n';
}

// ---- for a browser

constexpr std::string_view page_style = R"(
body { font: 15px/1.4 sans-serif; margin: 2em; color: #1b1b1b; background: #fff; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border: 1px solid #999; padding: .3em .6em; text-align: left; white-space: nowrap; }
thead th, tbody th { background: #eee; }
.accept { background: #d9f2d9; }
.tag { background: #d7eef5; }
.quarantine { background: #fdefc3; }
.reject, .tempfail { background: #f8d3d0; }
.simulated { font-style: italic; border-style: dashed; }
@media print {
  body { margin: 0; }
  * { print-color-adjust: exact; }
  .wide { overflow-x: visible; }
  th, td { font-size: 11px; white-space: normal; overflow-wrap: anywhere; }
}
)";

using html_page::escaped;

std::string to_html(const Policy& policy, const Table& table) {
    std::string out = html_page::begin(policy.id(), page_style);
    out += format("<p>Mode: {}.</p>\n", escaped(to_string(policy.mode())));
    out +=
        "<p id=\"key\">What becomes of data of a category that goes to an addressee who is this to "
        "the person. * is whoever is none of the others. A cell shows the line of the policy when "
        "pointed at.</p>\n<div class=\"wide\">\n<table aria-describedby=\"key\">\n";
    out += "<thead>\n<tr><th scope=\"col\">category</th>";
    for (const std::string& relation : table.relations)
        out += format("<th scope=\"col\">{}</th>", escaped(relation));
    out += "</tr>\n</thead>\n<tbody>\n";
    for (const Table::Row& row : table.rows) {
        out += format("<tr><th scope=\"row\">{}</th>", escaped(row.category));
        for (const policy::MatrixCell& cell : row.cells)
            out += format("<td class=\"{}{}\" title=\"{}\">{}</td>", policy::to_string(cell.action),
                          cell.simulated ? " simulated" : "", escaped(cell.place),
                          escaped(word_of(cell)));
        out += "</tr>\n";
    }
    out += "</tbody>\n</table>\n</div>\n";
    if (const auto [words, place] = policy.describe_run_rule(); !words.empty())
        out += format("<p title=\"{}\">{}</p>\n", escaped(place), escaped(words));
    return out + html_page::end();
}

std::string run_rule(const Policy& policy) {
    const auto [words, place] = policy.describe_run_rule();
    return words.empty() ? std::string() : format("\n{}  ({})\n", words, place);
}

Result<int> run_show(const ShowOptions& options) {
    if (options.json && options.html)
        return usage_error("--json and --html cannot both be", "give one of them");
    POSTWACHT_TRY(chosen, choose_policy(options.config, options.file));
    const Policy& policy = *chosen.policy;
    const Table table = read_table(policy);
    std::string out;
    if (options.json)
        out = to_json(policy, table);
    else if (options.html)
        out = to_html(policy, table);
    else
        out = format("{}, mode {}\n\n{}{}", policy.id(), to_string(policy.mode()),
                     to_text(table, wants_colour()), run_rule(policy));
    POSTWACHT_CHECK(print(out));
    return exit_success;
}

}  // namespace

void add_policy_show(Subcommand group, Run& chosen) {
    auto options = std::make_shared<ShowOptions>();
    const auto show =
        group.command("show", "Print the disclosure matrix", options, &run_show, chosen);
    show.config(options->config);
    show.json(options->json);
    show.flag("--html", options->html, "Write a page for a browser");
    show.option("FILE", options->file, "A policy file (default: the configuration's)");
}

}  // namespace postwacht::programs
