// postwacht review report: the register of breaches and near misses, and a period of it in numbers.
#include "review/report.hpp"

#include <map>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "journal/chain.hpp"
#include "mail/address.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/login_name.hpp"
#include "programs/subcommand.hpp"
#include "review/people.hpp"
#include "review/register.hpp"

namespace postwacht::programs {
namespace {

// A report that nobody gave a first day is of so many days.
constexpr std::chrono::days usual_length{30};

struct ReportOptions {
    std::string config;
    std::string from;
    std::string to;
    bool show_register = false;
    bool json = false;
    bool csv = false;
    bool html = false;
};

Result<std::optional<Date>> date_option(const char* name, const std::string& text) {
    if (text.empty()) return std::optional<Date>{};
    const auto date = parse_iso_date(text);
    if (!date)
        return usage_error(format("{} is not a date: {}", name, text::printable(text)),
                           "write it as in 2026-03-12");
    return date;
}

Result<review::Period> chosen_period(const ReportOptions& options) {
    POSTWACHT_TRY(from, date_option("--from", options.from));
    POSTWACHT_TRY(to, date_option("--to", options.to));
    review::Period period;
    // By UTC, as the journal counts.
    period.to = to ? *to : Date(std::chrono::floor<std::chrono::days>(system_clock().now()));
    period.from =
        from ? *from : Date(std::chrono::sys_days(period.to) - usual_length + std::chrono::days(1));
    if (period.days() == 0)
        return usage_error("--from is after --to", "name the first and the last day");
    constexpr std::uint64_t century = 36'525;
    if (period.days() > century)
        return usage_error("the period is longer than a century",
                           "name the first and the last day");
    return period;
}

// Departments by the pseudonyms that the journal has for their addresses.
Result<std::map<std::string, std::string>> departments_of(const Config& config) {
    std::map<std::string, std::string> departments;
    if (config.review.departments.empty()) return departments;
    POSTWACHT_TRY(key, load_journal_key(config));
    POSTWACHT_TRY(names, journal::Chain::create(key));
    for (const auto& [department, addresses] : config.review.departments)
        for (const std::string& address : addresses)
            departments[names.pseudonym(mail::parse_path(address).key())] = department;
    return departments;
}

std::string register_text(const std::vector<review::RegisteredIncident>& incidents) {
    std::string out = format("{:<27}  {:<20}  {:<16}  {:>7}  {:>7}  {}\n", "INCIDENT", "DISCOVERED",
                             "OUTCOME", "LETTERS", "PERSONS", "CAUSE");
    for (const review::RegisteredIncident& incident : incidents)
        out += format("{:<27}  {:<20}  {:<16}  {:>7}  {:>7}  {}\n", text::printable(incident.id),
                      to_iso(incident.opened), review::to_string(incident.outcome),
                      incident.messages, incident.persons_max, text::printable(incident.cause));
    return out;
}

Result<int> run_report(const ReportOptions& options) {
    if (static_cast<int>(options.json) + static_cast<int>(options.csv) +
            static_cast<int>(options.html) >
        1)
        return usage_error("--json, --csv and --html cannot be together", "give one of them");
    if (options.show_register && options.html)
        return usage_error("--register has no --html", "it can be written with --csv or --json");
    POSTWACHT_TRY(period, chosen_period(options));
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(person, review::People(config.review.people).find(login_name()));
    POSTWACHT_CHECK(review::require(
        person, {policy::Role::reviewer, policy::Role::privacy_officer, policy::Role::auditor},
        "see what was held"));
    POSTWACHT_TRY(directory, config.journal.directory.locate());
    POSTWACHT_TRY(departments, departments_of(config));
    POSTWACHT_TRY(read,
                  review::read_register(directory, std::move(departments), period.before().from));
    auto incidents = read.incidents();
    std::string out;
    if (options.show_register) {
        std::erase_if(incidents,
                      [&](const auto& incident) { return !period.holds(incident.opened); });
        out = options.json        ? review::register_json(incidents, period, config.review.contact)
              : options.csv       ? review::register_csv(incidents, config.review.contact)
              : incidents.empty() ? "nothing\n"
                                  : register_text(incidents);
    } else {
        const auto report = review::make_report(incidents, read.letters(), period);
        out = options.json   ? review::report_json(report)
              : options.csv  ? review::report_csv(report)
              : options.html ? review::report_html(report, config.review.contact)
                             : review::report_text(report);
    }
    POSTWACHT_CHECK(print(out));
    return exit_success;
}

}  // namespace

void add_review_report(Subcommand group, Run& chosen) {
    auto options = std::make_shared<ReportOptions>();
    const auto command =
        group.command("report", "Count incidents, or list them as the authority's form has them",
                      options, &run_report, chosen);
    command.config(options->config);
    command.json(options->json);
    command.flag("--csv", options->csv, "Print CSV");
    command.flag("--html", options->html, "Write a page for a browser");
    command.option("--from", options->from, "The first day (default: 30 days up to the last)",
                   "DATE");
    command.option("--to", options->to, "The last day (default: today)", "DATE");
    command.flag("--register", options->show_register, "List every incident");
}

}  // namespace postwacht::programs
