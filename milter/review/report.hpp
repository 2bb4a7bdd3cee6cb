// Report: a period of the register in numbers, beside the period before it of the same length.
//
// Of each incident: its outcome, the kinds of data, what the recipients were, the department, the
// cause; how long decisions took; and of each rule how often it was right. An incident with two
// kinds of data counts for both, so that a table's rows may add up to more than there are
// incidents.
//
// The page is one file without scripts or anything from elsewhere; its charts are SVG.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "review/register.hpp"

namespace postwacht::review {

using OutcomeCounts = std::array<std::uint64_t, incident_outcomes>;  // by IncidentOutcome
[[nodiscard]] std::uint64_t total(const OutcomeCounts& counts) noexcept;

struct PeriodNumbers {
    Period period;
    std::uint64_t letters = 0;  // that went through the milter
    OutcomeCounts outcomes{};
    std::map<std::string, OutcomeCounts> days;  // every day of the period
    std::map<std::string, OutcomeCounts> categories;
    std::map<std::string, OutcomeCounts> relations;
    std::map<std::string, OutcomeCounts> departments;
    std::map<std::string, OutcomeCounts> causes;
    std::map<std::string, OutcomeCounts> rules;
    std::uint64_t persons_min = 0;  // of confirmed and probable breaches
    std::uint64_t persons_max = 0;
    // From the opening of an incident to its last decision, of those that were decided.
    std::uint64_t decided = 0;
    std::optional<std::chrono::seconds> median;
    std::optional<std::chrono::seconds> p90;
};

// Confirmed (near misses and confirmed breaches) and all that were decided.
struct Precision {
    std::uint64_t confirmed = 0;
    std::uint64_t decided = 0;
};
[[nodiscard]] Precision precision(const OutcomeCounts& counts) noexcept;

struct PeriodReport {
    PeriodNumbers now;
    PeriodNumbers before;
};

// `incidents` and `letters` as a Register gives them, of both periods.
[[nodiscard]] PeriodReport make_report(const std::vector<RegisteredIncident>& incidents,
                                       const std::map<std::string, std::uint64_t>& letters,
                                       const Period& period);

[[nodiscard]] std::string report_text(const PeriodReport& report);
[[nodiscard]] std::string report_json(const PeriodReport& report);
[[nodiscard]] std::string report_html(const PeriodReport& report, std::string_view contact);
// One row for each number: table, name, outcome, count, count before.
[[nodiscard]] std::string report_csv(const PeriodReport& report);

}  // namespace postwacht::review
