#include "policy/replay.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "base/json_value.hpp"
#include "policy/record.hpp"

namespace postwacht::policy {
namespace {

constexpr std::size_t most_examples = 10;

// The number of an entry, by which entries are told apart and ordered, and the message's queue id.
using Example = std::pair<std::uint64_t, std::string>;

// The earliest few.
class Examples {
  public:
    void add(Example example) {
        kept_.insert(std::move(example));
        if (kept_.size() > most_examples) kept_.erase(std::prev(kept_.end()));
    }
    void take_in(const Examples& other) {
        for (const Example& example : other.kept_) add(example);
    }
    [[nodiscard]] std::vector<std::string> queue_ids() const {
        std::vector<std::string> ids;
        for (const Example& example : kept_) ids.push_back(example.second);
        return ids;
    }

  private:
    std::set<Example> kept_;
};

// A message of which a copy went to quarantine then, or one that would now.
struct Held {
    bool now = false;
    std::vector<std::string> rules;  // that hold it now
};

enum class Outcome : std::uint8_t { confirmed, released };

bool holds(Action action) noexcept {
    return action >= Action::quarantine;
}

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> words;
    std::size_t at = 0;
    while (at < list.size()) {
        const std::size_t end = std::min(list.find(',', at), list.size());
        words.push_back(list.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

// What a verdict says was decided.
struct Decision {
    std::string_view action;
    bool simulated = false;  // and it went on its way all the same
};

// Of a verdict only its action and mode are wanted, which stand at its begin, and the rest is most
// of an entry. What is between quotes cannot look like this, since quotes in it are escaped.
constexpr std::string_view verdict_begin =
    R"(,"verdict":{"schema":"postwacht.verdict/1","action":")";
constexpr std::string_view simulated_mode = R"(","mode":"simulate")";

struct Shortened {
    std::string entry;  // without the verdict
    Decision decided;
};

// Nothing where there is no verdict, or one that begins otherwise.
std::optional<Shortened> without_verdict(std::string_view line) {
    const std::size_t at = line.find(verdict_begin);
    if (at == std::string_view::npos || !line.ends_with("\"}")) return std::nullopt;
    const auto rest = line.substr(at + verdict_begin.size());
    const auto action = rest.substr(0, rest.find('"'));
    return Shortened{std::string(line.substr(0, at)) + "}}",
                     {action, rest.substr(action.size()).starts_with(simulated_mode)}};
}

// The name of a rule that is tried out: of the matrix, the cell.
std::string trial_name(const Reason& reason) {
    if (reason.rule != "disclosure") return reason.rule;
    return "disclosure: " + reason.category + " to " + reason.relation;
}

// What each rule that is tried out would have done with a message.
std::map<std::string, Action> trials_of(const Verdict& verdict) {
    std::map<std::string, Action> trials;
    for (const RecipientVerdict& recipient : verdict.recipients)
        for (const Reason& reason : recipient.reasons) {
            const bool tried =
                reason.simulated || (verdict.mode == Mode::simulate &&
                                     recipient.action == reason.action && holds(reason.action));
            if (!tried) continue;
            Action& action = trials[trial_name(reason)];
            action = std::max(action, reason.action);
        }
    return trials;
}

Error no_entry(const char* what) {
    return Error{ErrorCode::damaged, "", what, "'postwacht journal verify' says more"};
}

}  // namespace

std::uint64_t ReplayReport::days() const {
    const auto begin = parse_iso_date(std::string_view(first).substr(0, 10));
    const auto end = parse_iso_date(std::string_view(last).substr(0, 10));
    if (!begin || !end) return 0;
    const auto span = std::chrono::sys_days(*end) - std::chrono::sys_days(*begin);
    return span.count() < 0 ? 1 : static_cast<std::uint64_t>(span.count()) + 1;
}

struct Replay::State {
    State(std::shared_ptr<const Policy> the_policy, std::optional<Date> the_since)
        : policy(std::move(the_policy)), since(the_since ? to_iso(*the_since) : std::string()) {}

    std::shared_ptr<const Policy> policy;
    std::string since;
    ReplayReport counted;
    Examples held;
    Examples passed;
    std::map<std::string, Held, std::less<>> items;        // by the id of the held item
    std::map<std::string, Outcome, std::less<>> outcomes;  // by the same

    void note_time(std::string_view at) {
        if (counted.first.empty() || at < counted.first) counted.first = at;
        if (counted.last.empty() || at > counted.last) counted.last = at;
    }

    void add_trials(const Verdict& verdict, std::string_view at) {
        const bool enforced = verdict.mode == Mode::enforce && holds(verdict.action);
        for (const auto& [rule, action] : trials_of(verdict)) {
            TrialScore& score = counted.trials[rule][std::string(at.substr(0, 10))];
            if (holds(action)) {
                ++score.held;
                score.alone += enforced ? 0 : 1;
            } else if (action == Action::accept) {
                ++score.passed;
            }
        }
    }

    void add_message(std::uint64_t number, std::string_view at, const json::Value& data,
                     const Decision& decided) {
        ++counted.messages;
        const auto then = action_from(decided.action);
        const json::Value facts = data["facts"];
        auto judged = facts.size() == 0 || !then ? std::nullopt : judge(facts);
        // What the letters round it showed is in no record: a letter that its run held stays held
        // where the policy still watches runs.
        const bool by_run =
            !data["run_guard"].string().empty() && policy->run_action() >= Action::quarantine;
        if (!judged) {
            ++counted.unknown;
            return;
        }
        add_trials(*judged, at);
        const bool held_then = holds(*then) && !decided.simulated;
        const bool held_now = holds(judged->action) || by_run;
        counted.held_then += held_then ? 1 : 0;
        counted.held_now += held_now ? 1 : 0;
        if (held_now && !held_then) {
            ++counted.newly_held;
            held.add({number, std::string(data["queue_id"].string())});
        }
        if (held_then && !held_now) {
            ++counted.newly_passed;
            passed.add({number, std::string(data["queue_id"].string())});
        }
        auto rules = holds(judged->action) ? split(judged->rule_ids()) : std::vector<std::string>();
        if (by_run) rules.emplace_back("run_guard");
        for (const std::string& rule : rules) ++counted.rules[rule].held;
        if (const auto item = data["held"].string(); !item.empty())
            items[std::string(item)] = {held_now, rules};
    }

    std::optional<Verdict> judge(const json::Value& facts) const {
        auto recalled = recall(facts, *policy);
        if (!recalled) return std::nullopt;
        return policy->judge(*recalled);
    }

    void add_decision(const json::Value& data) {
        if (data["result"].string() != "done") return;
        const auto action = data["action"].string();
        outcomes[std::string(data["item"].string())] =
            action == "release" ? Outcome::released : Outcome::confirmed;
    }
};

Replay::Replay(std::shared_ptr<const Policy> policy, std::optional<Date> since)
    : state_(std::make_unique<State>(std::move(policy), since)) {}
Replay::~Replay() = default;
Replay::Replay(Replay&&) noexcept = default;
Replay& Replay::operator=(Replay&&) noexcept = default;

Result<void> Replay::add(std::string_view line) {
    const auto shortened = without_verdict(line);
    POSTWACHT_TRY(document, json::Document::parse(shortened ? shortened->entry : line));
    const json::Value entry = document.root();
    const auto at = entry["at"].string();
    const auto kind = entry["kind"].string();
    if (at.size() < 10 || kind.empty()) return no_entry("not an entry of a journal");
    if (at.substr(0, 10) < state_->since) return {};
    state_->note_time(at);
    if (kind == "message") {
        const json::Value verdict = entry["data"]["verdict"];
        state_->add_message(entry["n"].number(), at, entry["data"],
                            shortened ? shortened->decided
                                      : Decision{verdict["action"].string(),
                                                 verdict["mode"].string() == "simulate"});
    }
    if (kind == "decision") state_->add_decision(entry["data"]);
    return {};
}

void Replay::take_in(Replay&& other) {
    State& mine = *state_;
    State& theirs = *other.state_;
    mine.counted.messages += theirs.counted.messages;
    mine.counted.unknown += theirs.counted.unknown;
    mine.counted.held_then += theirs.counted.held_then;
    mine.counted.held_now += theirs.counted.held_now;
    mine.counted.newly_held += theirs.counted.newly_held;
    mine.counted.newly_passed += theirs.counted.newly_passed;
    for (const auto& [rule, score] : theirs.counted.rules)
        mine.counted.rules[rule].held += score.held;
    for (const auto& [rule, days] : theirs.counted.trials)
        for (const auto& [day, score] : days) {
            TrialScore& sum = mine.counted.trials[rule][day];
            sum.held += score.held;
            sum.alone += score.alone;
            sum.passed += score.passed;
        }
    if (!theirs.counted.first.empty()) {
        mine.note_time(theirs.counted.first);
        mine.note_time(theirs.counted.last);
    }
    mine.held.take_in(theirs.held);
    mine.passed.take_in(theirs.passed);
    mine.items.merge(theirs.items);
    mine.outcomes.merge(theirs.outcomes);
}

ReplayReport Replay::report() const {
    ReplayReport report = state_->counted;
    report.mode = state_->policy->mode();
    report.examples_held = state_->held.queue_ids();
    report.examples_passed = state_->passed.queue_ids();
    for (const auto& [id, outcome] : state_->outcomes) {
        const auto item = state_->items.find(id);
        if (item == state_->items.end()) continue;
        const bool confirmed = outcome == Outcome::confirmed;
        report.confirmed += confirmed ? 1 : 0;
        report.confirmed_and_held += confirmed && item->second.now ? 1 : 0;
        for (const std::string& rule : item->second.rules) {
            RuleScore& score = report.rules[rule];
            ++(confirmed ? score.confirmed : score.released);
        }
    }
    return report;
}

}  // namespace postwacht::policy
