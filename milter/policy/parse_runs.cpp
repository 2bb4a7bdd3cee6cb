// [run_guard]: when a merge run has gone wrong, and what becomes of its letters then. Which letters
// are one run is for the pipeline to know, since a policy sees one letter.
#include <algorithm>
#include <iterator>
#include <utility>

#include "base/format.hpp"
#include "policy/parse_tables.hpp"
#include "policy/rules.hpp"

namespace postwacht::policy {
namespace {

// As many letters of a run as are remembered in detail are enough for so many wrong ones.
constexpr std::int64_t most_letters = 50;
constexpr std::chrono::seconds longest_window = std::chrono::hours(24);

// A part of the whole, more than none of it: 0.2, or 1.
Result<std::optional<double>> read_share(toml::Reader& table, std::string_view key) {
    const toml::Value* value = table.value(key);
    if (value == nullptr) return std::optional<double>();
    double share = 0;
    if (const auto* number = std::get_if<double>(&value->data)) share = *number;
    if (const auto* number = std::get_if<std::int64_t>(&value->data); number && *number == 1)
        share = 1;
    if (!(share >= 0.01 && share <= 1))
        return table.error(ErrorCode::policy, value->at,
                           format("'{}' must be a number from 0.01 to 1", key),
                           "share = 0.2 is one letter in five");
    return std::optional<double>(share);
}

}  // namespace

Result<void> parse_run_guard(toml::Reader& root, Rules& rules) {
    POSTWACHT_TRY(table, root.table("run_guard"));
    if (!table) return {};
    RunGuardRule rule;
    POSTWACHT_TRY(letters, table->integer("letters", 2, most_letters));
    if (letters) rule.when.letters = static_cast<std::uint32_t>(*letters);
    POSTWACHT_TRY(share, read_share(*table, "share"));
    rule.when.share = share.value_or(rule.when.share);
    POSTWACHT_TRY(shift, table->boolean("shift"));
    rule.when.shift = shift.value_or(rule.when.shift);
    POSTWACHT_TRY(window, table->duration("window"));
    if (window && (window->count() < 1 || *window > longest_window))
        return table->error(ErrorCode::policy, table->position("window"),
                            "'window' must be between a second and a day", "window = \"1h\"");
    rule.when.window = window.value_or(rule.when.window);
    POSTWACHT_TRY(cell, parse_action_or(*table, "action", Action::quarantine, rules));
    POSTWACHT_TRY(simulated, parse_simulated(*table));
    if (simulated) simulate(cell);
    if (cell.action < Action::quarantine)
        warn(*table, rules, table->position("action"),
             "a run that goes wrong leaves: run_guard guards nothing", "action = \"quarantine\"");
    rule.cell = cell;
    rules.run_guard = rule;
    return table->finish();
}

std::string run_rule_in_words(const RunGuardRule& rule) {
    const RunRule& when = rule.when;
    return format(
        "run_guard: once {} letters of a run are misaddressed{}, and {:.0f} % of it, the "
        "rest of it: {}{}",
        when.letters, when.shift ? " or fit a neighbour in the list" : "", when.share * 100,
        to_string(rule.cell.action), rule.cell.simulated ? " (simulated: it decides nothing)" : "");
}

namespace {

Reason reason_of(const RunTrip& trip, const Cell& cell, std::string place) {
    Reason reason;
    reason.rule = "run_guard";
    reason.action = cell.action;
    reason.simulated = cell.simulated;
    reason.why = to_string(trip.why);
    reason.run = trip.run;
    reason.count = trip.count;
    reason.limit = trip.limit;
    reason.of = trip.of;
    if (trip.why == RunTrip::Why::shift) {
        reason.fits = trip.fits;
        reason.offset = trip.offset;
    }
    reason.place = std::move(place);
    return reason;
}

// Behind those that are as strict; one that is simulated goes to the end.
void add_reason(RecipientVerdict& recipient, const Reason& reason) {
    auto& reasons = recipient.reasons;
    if (reason.simulated) {
        reasons.push_back(reason);
        return;
    }
    if (reason.action == Action::accept) return;
    // What let it pass did not decide.
    std::erase_if(reasons, [](const Reason& other) {
        return !other.simulated && other.action == Action::accept;
    });
    const auto behind = std::find_if(
        reasons.begin(), reasons.end(),
        [&reason](const Reason& other) { return other.simulated || other.action < reason.action; });
    reasons.insert(behind, reason);
    recipient.action = std::max(recipient.action, reason.action);
}

}  // namespace

void Policy::judge_run(const RunTrip& trip, const Facts& facts, Verdict& verdict) const {
    const auto& rule = state_->run_guard;
    if (!rule) return;
    const Reason reason = reason_of(trip, rule->cell, place_of(*state_, rule->cell.line));
    const std::size_t count = std::min(verdict.recipients.size(), facts.recipients.size());
    for (std::size_t i = 0; i < count; ++i) {
        if (is_internal(*state_, facts.recipients[i].address)) continue;
        add_reason(verdict.recipients[i], reason);
        verdict.action = std::max(verdict.action, verdict.recipients[i].action);
    }
}

std::optional<RunRule> Policy::run_rule() const {
    if (!state_->run_guard) return std::nullopt;
    return state_->run_guard->when;
}

std::optional<Action> Policy::run_action() const {
    if (!state_->run_guard || state_->run_guard->cell.simulated) return std::nullopt;
    return state_->run_guard->cell.action;
}

std::pair<std::string, std::string> Policy::describe_run_rule() const {
    if (!state_->run_guard) return {};
    return {run_rule_in_words(*state_->run_guard), place_of(*state_, state_->run_guard->cell.line)};
}

}  // namespace postwacht::policy
