#include "review/report.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "base/format.hpp"
#include "base/html_page.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace postwacht::review {
namespace {

using std::chrono::seconds;
using Table = std::map<std::string, OutcomeCounts>;

std::size_t place(IncidentOutcome outcome) {
    return static_cast<std::size_t>(outcome);
}

constexpr std::array<IncidentOutcome, incident_outcomes> all_outcomes{
    IncidentOutcome::open, IncidentOutcome::false_positive, IncidentOutcome::near_miss,
    IncidentOutcome::probable_breach, IncidentOutcome::confirmed_breach};

// The value that `share` of the sorted ones do not exceed (nearest rank).
seconds quantile(const std::vector<seconds>& sorted, unsigned percent) {
    const std::size_t rank = (sorted.size() * percent + 99) / 100;
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

PeriodNumbers count(const std::vector<RegisteredIncident>& incidents,
                    const std::map<std::string, std::uint64_t>& letters, const Period& period) {
    PeriodNumbers out;
    out.period = period;
    for (auto day = std::chrono::sys_days(period.from); day <= std::chrono::sys_days(period.to);
         day += std::chrono::days(1)) {
        const std::string name = to_iso(Date(day));
        out.days[name];
        if (const auto at = letters.find(name); at != letters.end()) out.letters += at->second;
    }
    std::vector<seconds> times;
    for (const RegisteredIncident& incident : incidents) {
        if (!period.holds(incident.opened)) continue;
        const std::size_t outcome = place(incident.outcome);
        const auto add = [outcome](Table& table, const std::string& name) {
            ++table[name.empty() ? "-" : name][outcome];
        };
        const auto add_all = [&add](Table& table, const std::set<std::string>& names) {
            if (names.empty()) add(table, {});
            for (const std::string& name : names) add(table, name);
        };
        ++out.outcomes[outcome];
        add(out.days, to_iso(incident.opened).substr(0, 10));
        add_all(out.categories, incident.categories);
        add_all(out.relations, incident.relations);
        add(out.departments, incident.department);
        add(out.causes, incident.cause);
        add_all(out.rules, incident.rules);
        if (incident.outcome >= IncidentOutcome::probable_breach) {
            out.persons_min += incident.persons_min;
            out.persons_max += incident.persons_max;
        }
        if (incident.decided && incident.outcome != IncidentOutcome::open)
            times.push_back(
                std::max(std::chrono::duration_cast<seconds>(*incident.decided - incident.opened),
                         seconds(0)));
    }
    std::sort(times.begin(), times.end());
    out.decided = times.size();
    if (!times.empty()) {
        out.median = quantile(times, 50);
        out.p90 = quantile(times, 90);
    }
    return out;
}

constexpr std::array<std::pair<const char*, Table PeriodNumbers::*>, 5> tables{
    {{"categories", &PeriodNumbers::categories},
     {"relations", &PeriodNumbers::relations},
     {"departments", &PeriodNumbers::departments},
     {"causes", &PeriodNumbers::causes},
     {"rules", &PeriodNumbers::rules}}};

// The names of either period.
std::vector<std::string> names_of(const Table& now, const Table& before) {
    std::set<std::string> names;
    for (const auto& [name, counts] : now) names.insert(name);
    for (const auto& [name, counts] : before) names.insert(name);
    return {names.begin(), names.end()};
}

OutcomeCounts counts_of(const Table& table, const std::string& name) {
    const auto at = table.find(name);
    return at == table.end() ? OutcomeCounts{} : at->second;
}

std::string duration(const std::optional<seconds>& time) {
    if (!time) return "-";
    const auto minutes = std::chrono::floor<std::chrono::minutes>(*time).count();
    constexpr std::int64_t hour = 60;
    constexpr std::int64_t day = 24 * hour;
    if (minutes < hour) return format("{} min", minutes);
    if (minutes < 2 * day) return format("{} h {} min", minutes / hour, minutes % hour);
    return format("{} d {} h", minutes / day, minutes % day / hour);
}

std::string share(const Precision& value) {
    if (value.decided == 0) return "-";
    return format("{:.0f} %", 100.0 * static_cast<double>(value.confirmed) /
                                  static_cast<double>(value.decided));
}

std::string change(std::uint64_t now, std::uint64_t before) {
    if (now == before) return "as before";
    return format("{}{} ({} before)", now > before ? "+" : "-",
                  now > before ? now - before : before - now, before);
}

std::string words(std::string_view outcome) {
    std::string out(outcome);
    std::replace(out.begin(), out.end(), '_', ' ');
    return out;
}

}  // namespace

std::uint64_t total(const OutcomeCounts& counts) noexcept {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

Precision precision(const OutcomeCounts& counts) noexcept {
    const std::uint64_t confirmed = counts[place(IncidentOutcome::near_miss)] +
                                    counts[place(IncidentOutcome::confirmed_breach)];
    return {confirmed, confirmed + counts[place(IncidentOutcome::false_positive)]};
}

PeriodReport make_report(const std::vector<RegisteredIncident>& incidents,
                         const std::map<std::string, std::uint64_t>& letters,
                         const Period& period) {
    return {count(incidents, letters, period), count(incidents, letters, period.before())};
}

// ---- text

std::string report_text(const PeriodReport& report) {
    const PeriodNumbers& now = report.now;
    const PeriodNumbers& before = report.before;
    std::string out = format("{} to {}, {} letters; before: {} to {}, {} letters\n",
                             to_iso(now.period.from), to_iso(now.period.to), now.letters,
                             to_iso(before.period.from), to_iso(before.period.to), before.letters);
    out += format("{:<18} {:>6}  {}\n", "incidents", total(now.outcomes),
                  change(total(now.outcomes), total(before.outcomes)));
    for (const IncidentOutcome outcome : all_outcomes)
        out +=
            format("  {:<16} {:>6}  {}\n", words(to_string(outcome)), now.outcomes[place(outcome)],
                   change(now.outcomes[place(outcome)], before.outcomes[place(outcome)]));
    out += format("persons in breaches {} to {}; before {} to {}\n", now.persons_min,
                  now.persons_max, before.persons_min, before.persons_max);
    out +=
        format("time to decision   median {}, nine in ten within {}, of {}; before {}, {}, of {}\n",
               duration(now.median), duration(now.p90), now.decided, duration(before.median),
               duration(before.p90), before.decided);
    for (const auto& [title, member] : tables) {
        if ((now.*member).empty() && (before.*member).empty()) continue;
        out += format("{}\n", title);
        for (const std::string& name : names_of(now.*member, before.*member)) {
            const auto counts = counts_of(now.*member, name);
            out += format("  {:<34} {:>6}  {}", text::printable(name), total(counts),
                          change(total(counts), total(counts_of(before.*member, name))));
            if (std::string_view(title) == "rules")
                out += format("; precision {} of {} decided, before {}", share(precision(counts)),
                              precision(counts).decided,
                              share(precision(counts_of(before.*member, name))));
            out += '\n';
        }
    }
    return out;
}

// ---- JSON and CSV

namespace {

void write_counts(json::Writer& out, const OutcomeCounts& counts) {
    out.field("incidents", total(counts));
    for (const IncidentOutcome outcome : all_outcomes)
        out.field(to_string(outcome), counts[place(outcome)]);
}

void write_numbers(json::Writer& out, const PeriodNumbers& numbers) {
    out.begin_object().field("from", to_iso(numbers.period.from));
    out.field("to", to_iso(numbers.period.to)).field("days", numbers.period.days());
    out.field("letters", numbers.letters);
    write_counts(out, numbers.outcomes);
    out.key("persons_in_breaches").begin_object().field("min", numbers.persons_min);
    out.field("max", numbers.persons_max).end_object();
    out.key("time_to_decision_s").begin_object().field("decided", numbers.decided);
    const auto time = [&out](const char* name, const std::optional<seconds>& value) {
        out.key(name);
        if (value)
            out.value(static_cast<std::uint64_t>(value->count()));
        else
            out.null();
    };
    time("median", numbers.median);
    time("p90", numbers.p90);
    out.end_object();
    const auto table = [&out](const char* title, const Table& rows, bool with_precision) {
        out.key(title).begin_array();
        for (const auto& [name, counts] : rows) {
            out.begin_object().field("name", name);
            write_counts(out, counts);
            if (with_precision) {
                const Precision right = precision(counts);
                out.key("precision");
                if (right.decided == 0)
                    out.null();
                else
                    out.value(
                        static_cast<double>(right.confirmed) / static_cast<double>(right.decided),
                        3);
            }
            out.end_object();
        }
        out.end_array();
    };
    for (const auto& [title, member] : tables)
        table(title, numbers.*member, std::string_view(title) == "rules");
    table("by_day", numbers.days, false);
    out.end_object();
}

}  // namespace

std::string report_json(const PeriodReport& report) {
    json::Writer out;
    out.begin_object().field("schema", "postwacht.review-report/1").key("period");
    write_numbers(out, report.now);
    out.key("period_before");
    write_numbers(out, report.before);
    return out.end_object().take() + '\n';
}

std::string report_csv(const PeriodReport& report) {
    std::string out = "table,name,outcome,count,count_before\r\n";
    const auto rows = [&out](std::string_view table, std::string_view name,
                             const OutcomeCounts& now, const OutcomeCounts& before) {
        for (const IncidentOutcome outcome : all_outcomes)
            out += format("{},{},{},{},{}\r\n", table, csv_cell(name), to_string(outcome),
                          now[place(outcome)], before[place(outcome)]);
    };
    rows("all", "-", report.now.outcomes, report.before.outcomes);
    for (const auto& [title, member] : tables)
        for (const std::string& name : names_of(report.now.*member, report.before.*member))
            rows(title, name, counts_of(report.now.*member, name),
                 counts_of(report.before.*member, name));
    return out;
}

// ---- HTML

namespace {

constexpr const char* style = R"(
body { font: 16px/1.4 sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1b1b1b; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #d0d0d0; vertical-align: top }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
svg { width: 100%; height: auto } svg text { font: 13px sans-serif; fill: #1b1b1b }
.open { fill: #8a8a8a } .false_positive { fill: #4477aa } .near_miss { fill: #228833 }
.probable_breach { fill: #ccaa22 } .confirmed_breach { fill: #bb3344 }
@media print { body { margin: 0 } * { print-color-adjust: exact } svg, tr { break-inside: avoid } }
)";

using html_page::escaped;

constexpr double chart_width = 900;

double scaled(std::uint64_t value, std::uint64_t most, double size) {
    return most == 0 ? 0 : size * static_cast<double>(value) / static_cast<double>(most);
}

std::string legend(double y) {
    std::string out;
    double x = 0;
    for (const IncidentOutcome outcome : all_outcomes) {
        out += format(
            "<rect class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"12\" height=\"12\"/>"
            "<text x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n",
            to_string(outcome), x, y, x + 17, y + 11, words(to_string(outcome)));
        x += 150;
    }
    return out;
}

// A stacked column for each day.
std::string chart_of_days(const Table& days) {
    constexpr double height = 200;
    std::uint64_t most = 0;
    for (const auto& [day, counts] : days) most = std::max(most, total(counts));
    if (most == 0) return {};
    const double step = chart_width / static_cast<double>(days.size());
    std::string out = format(
        "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" "
        "aria-label=\"Incidents by day, at most {}\">\n",
        chart_width, height + 50, most);
    double x = 0;
    for (const auto& [day, counts] : days) {
        double y = height;
        for (const IncidentOutcome outcome : all_outcomes) {
            const double size = scaled(counts[place(outcome)], most, height);
            if (size <= 0) continue;
            y -= size;
            out += format(
                "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
                "height=\"{:.1f}\"><title>{}: {} {}</title></rect>\n",
                to_string(outcome), x, y, step * 0.8, size, day, counts[place(outcome)],
                words(to_string(outcome)));
        }
        x += step;
    }
    out += format(
        "<text x=\"0\" y=\"{0:.0f}\">{1}</text><text x=\"{2:.0f}\" y=\"{0:.0f}\" "
        "text-anchor=\"end\">{3}</text>\n",
        height + 18, days.begin()->first, chart_width, days.rbegin()->first);
    return out + legend(height + 32) + "</svg>\n";
}

// A stacked bar for each name, the longest first, and a thin one for the period before.
std::string chart_of_names(const char* title, const Table& now, const Table& before) {
    constexpr double row = 34;
    constexpr double label = 300;
    constexpr std::size_t most_rows = 30;
    auto names = names_of(now, before);
    std::stable_sort(names.begin(), names.end(), [&](const auto& a, const auto& b) {
        return total(counts_of(now, a)) > total(counts_of(now, b));
    });
    if (names.size() > most_rows) names.resize(most_rows);
    std::uint64_t most = 1;
    for (const std::string& name : names)
        most = std::max({most, total(counts_of(now, name)), total(counts_of(before, name))});
    std::string out =
        format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"Incidents by {}\">\n",
               chart_width, row * static_cast<double>(names.size()) + 4, title);
    double y = 2;
    for (const std::string& name : names) {
        const auto counts = counts_of(now, name);
        const std::uint64_t earlier = total(counts_of(before, name));
        out += format("<text x=\"0\" y=\"{:.0f}\">{}</text>\n", y + 15,
                      escaped(name.size() > 44 ? text::printable(name, 44) : name));
        double x = label;
        for (const IncidentOutcome outcome : all_outcomes) {
            const double size = scaled(counts[place(outcome)], most, chart_width - label - 60);
            if (size <= 0) continue;
            out += format(
                "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
                "height=\"18\"><title>{} {}</title></rect>\n",
                to_string(outcome), x, y, size, counts[place(outcome)], words(to_string(outcome)));
            x += size;
        }
        out += format(
            "<rect class=\"open\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
            "height=\"5\" fill-opacity=\"0.5\"><title>{} before</title></rect>\n",
            label, y + 20, scaled(earlier, most, chart_width - label - 60), earlier);
        out += format("<text x=\"{:.1f}\" y=\"{:.0f}\">{}</text>\n", x + 6, y + 14, total(counts));
        y += row;
    }
    return out + "</svg>\n";
}

std::string table_row(std::string_view name, std::uint64_t now, std::uint64_t before) {
    return format(
        "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td>"
        "</tr>\n",
        escaped(name), now, before);
}

}  // namespace

std::string report_html(const PeriodReport& report, std::string_view contact) {
    const PeriodNumbers& now = report.now;
    const PeriodNumbers& before = report.before;
    const std::string title = format("Breaches and near misses, {} to {}", to_iso(now.period.from),
                                     to_iso(now.period.to));
    std::string out = html_page::begin(title, style);
    if (!contact.empty()) out += format("<p>{}</p>\n", escaped(contact));
    out += format(
        "<table>\n<thead><tr><th></th><th class=\"n\">this period</th><th class=\"n\">"
        "{} to {}</th></tr></thead>\n<tbody>\n",
        to_iso(before.period.from), to_iso(before.period.to));
    out += table_row("letters", now.letters, before.letters);
    out += table_row("incidents", total(now.outcomes), total(before.outcomes));
    for (const IncidentOutcome outcome : all_outcomes)
        out += table_row(words(to_string(outcome)), now.outcomes[place(outcome)],
                         before.outcomes[place(outcome)]);
    const auto line = [&out](const char* name, const std::string& a, const std::string& b) {
        out += format(
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td>"
            "</tr>\n",
            name, a, b);
    };
    line("persons in breaches", format("{} to {}", now.persons_min, now.persons_max),
         format("{} to {}", before.persons_min, before.persons_max));
    line("time to decision, median", duration(now.median), duration(before.median));
    line("time to decision, nine in ten", duration(now.p90), duration(before.p90));
    out += "</tbody>\n</table>\n";
    if (const std::string days = chart_of_days(now.days); !days.empty())
        out += "<h2>By day</h2>\n" + days;
    for (const auto& [name, member] : tables) {
        if ((now.*member).empty() && (before.*member).empty()) continue;
        out += format("<h2>By {}</h2>\n", name) + chart_of_names(name, now.*member, before.*member);
    }
    if (!now.rules.empty()) {
        out +=
            "<h2>How often each rule was right</h2>\n<table>\n<thead><tr><th>rule</th>"
            "<th class=\"n\">decided</th><th class=\"n\">confirmed</th><th class=\"n\">"
            "precision</th><th class=\"n\">before</th></tr></thead>\n<tbody>\n";
        for (const auto& [rule, counts] : now.rules) {
            const Precision right = precision(counts);
            out += format(
                "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}"
                "</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                escaped(rule), right.decided, right.confirmed, share(right),
                share(precision(counts_of(before.rules, rule))));
        }
        out += "</tbody>\n</table>\n";
    }
    return out + html_page::end();
}

}  // namespace postwacht::review
