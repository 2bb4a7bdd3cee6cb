// postwacht policy replay, simulation: what another policy, or rules that are tried out, would have
// done with past mail.
#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/date.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "journal/journal.hpp"
#include "policy/replay.hpp"
#include "programs/choose_policy.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/progress_line.hpp"
#include "programs/subcommand.hpp"

namespace postwacht::programs {
namespace {

struct ReplayOptions {
    std::string config;
    std::string policy;
    std::string since;
    std::string reviewer_hours;
    bool json = false;
};

// Entries are handed over in pieces of about this size, and no more than a few of them wait.
constexpr std::size_t piece_size = 1U << 20U;
constexpr std::size_t most_waiting = 8;

// Several threads, each with a Replay of its own, over the pieces that one reader hands out.
class Workers {
  public:
    Workers(const std::shared_ptr<const policy::Policy>& policy, std::optional<Date> since) {
        const unsigned count = std::max(1U, std::thread::hardware_concurrency());
        for (unsigned i = 0; i < count; ++i) replays_.emplace_back(policy, since);
        for (policy::Replay& replay : replays_)
            threads_.emplace_back([this, &replay] { work(replay); });
    }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;
    ~Workers() { join(); }

    void hand_out(std::string piece) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return pieces_.size() < most_waiting; });
        pieces_.push_back(std::move(piece));
        changed_.notify_all();
    }

    Result<policy::ReplayReport> finish() {
        join();
        if (error_) return *error_;
        for (std::size_t i = 1; i < replays_.size(); ++i)
            replays_.front().take_in(std::move(replays_[i]));
        return replays_.front().report();
    }

  private:
    void join() {
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
        }
        changed_.notify_all();
        for (std::thread& thread : threads_)
            if (thread.joinable()) thread.join();
    }

    void work(policy::Replay& replay) {
        for (;;) {
            std::string piece;
            {
                std::unique_lock lock(mutex_);
                changed_.wait(lock, [this] { return ended_ || !pieces_.empty(); });
                if (pieces_.empty()) return;
                piece = std::move(pieces_.front());
                pieces_.pop_front();
            }
            changed_.notify_all();
            judge(replay, piece);
        }
    }

    // One entry on each line. After an error the rest is only taken off the queue.
    void judge(policy::Replay& replay, std::string_view piece) {
        while (!piece.empty()) {
            {
                const std::lock_guard lock(mutex_);
                if (error_) return;
            }
            const std::size_t end = piece.find('\n');
            Result<void> added;
            try {
                added = replay.add(piece.substr(0, end));
            } catch (const std::exception&) {
                added = Error{ErrorCode::internal, "", "out of memory", {}};
            }
            if (!added) {
                const std::lock_guard lock(mutex_);
                if (!error_) {
                    error_ = added.error();
                    if (error_->where.empty()) error_->where = "the journal";
                }
                return;
            }
            piece.remove_prefix(end + 1);
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> pieces_;
    bool ended_ = false;
    std::optional<Error> error_;
    std::vector<policy::Replay> replays_;
    std::vector<std::thread> threads_;
};

Result<policy::ReplayReport> replay(const std::filesystem::path& journal,
                                    const std::shared_ptr<const policy::Policy>& policy,
                                    std::optional<Date> since) {
    const double total = std::max(1.0, static_cast<double>(journal::kept_bytes(journal)));
    ProgressLine progress;
    Workers workers(policy, since);
    std::string piece;
    double done = 0;
    POSTWACHT_CHECK(journal::for_each_entry(journal, [&](std::string_view line) {
        piece += line;
        piece += '\n';
        if (piece.size() < piece_size) return;
        done += static_cast<double>(piece.size());
        workers.hand_out(std::move(piece));
        piece.clear();
        progress.show("judging", std::min(done / total, 1.0));
    }));
    if (!piece.empty()) workers.hand_out(std::move(piece));
    return workers.finish();
}

std::string share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0
               ? std::string("-")
               : format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

double per_day(const policy::ReplayReport& report) {
    const auto days = report.days();
    return days == 0 ? 0.0 : static_cast<double>(report.held_now) / static_cast<double>(days);
}

std::string to_json(const policy::Policy& policy, const policy::ReplayReport& report,
                    std::uint64_t hours) {
    json::Writer out;
    out.begin_object().field("schema", "postwacht.policy-replay/1").field("policy", policy.id());
    out.field("mode", to_string(policy.mode()));
    out.field("from", report.first).field("to", report.last).field("days", report.days());
    out.field("messages", report.messages).field("unknown", report.unknown);
    out.field("held_then", report.held_then).field("held_now", report.held_now);
    out.field("newly_held", report.newly_held).field("newly_passed", report.newly_passed);
    out.key("held_per_day").value(per_day(report), 1);
    out.key("held_per_reviewer_hour").value(per_day(report) / static_cast<double>(hours), 1);
    out.key("rules").begin_array();
    for (const auto& [rule, score] : report.rules)
        out.begin_object()
            .field("rule", rule)
            .field("held", score.held)
            .field("confirmed", score.confirmed)
            .field("released", score.released)
            .end_object();
    out.end_array();
    out.field("confirmed", report.confirmed).field("confirmed_and_held", report.confirmed_and_held);
    const auto list = [&out](const char* name, const std::vector<std::string>& ids) {
        out.key(name).begin_array();
        for (const std::string& id : ids) out.value(id);
        out.end_array();
    };
    list("examples_newly_held", report.examples_held);
    list("examples_newly_passed", report.examples_passed);
    return out.end_object().take() + '\n';
}

std::string to_text(const policy::Policy& policy, const policy::ReplayReport& report,
                    std::uint64_t hours) {
    std::string out =
        format("{}, on {} messages from {} to {}\n", policy.id(), report.messages,
               report.first.empty() ? "-" : report.first, report.last.empty() ? "-" : report.last);
    if (report.unknown > 0)
        out +=
            format("{} of them cannot be judged again: no facts were recorded\n", report.unknown);
    if (report.mode == policy::Mode::simulate)
        out += "mode simulate: it holds nothing, and what follows is what it would hold\n";
    out += format("held then {}, now {}; {:.1f} a day, {:.1f} for each hour of review\n",
                  report.held_then, report.held_now, per_day(report),
                  per_day(report) / static_cast<double>(hours));
    const auto examples = [&out](std::string_view what, std::uint64_t count,
                                 const std::vector<std::string>& ids) {
        out += format("{} {}", what, count);
        for (std::size_t i = 0; i < ids.size(); ++i)
            out += (i == 0 ? ": " : ", ") + text::printable(ids[i]);
        out += '\n';
    };
    examples("newly held", report.newly_held, report.examples_held);
    examples("newly passed", report.newly_passed, report.examples_passed);
    for (const auto& [rule, score] : report.rules)
        out += format("{}: {} held, reviewers confirmed {} and released {}, precision {}\n", rule,
                      score.held, score.confirmed, score.released,
                      share(score.confirmed, score.confirmed + score.released));
    out += format("of {} that reviewers confirmed, {} would be held: recall {}\n", report.confirmed,
                  report.confirmed_and_held, share(report.confirmed_and_held, report.confirmed));
    return out;
}

policy::TrialScore total(const std::map<std::string, policy::TrialScore>& days) {
    policy::TrialScore sum;
    for (const auto& [day, score] : days) {
        sum.held += score.held;
        sum.alone += score.alone;
        sum.passed += score.passed;
    }
    return sum;
}

std::string trials_json(const policy::Policy& policy, const policy::ReplayReport& report) {
    json::Writer out;
    out.begin_object().field("schema", "postwacht.policy-simulation/1");
    out.field("policy", policy.id()).field("from", report.first).field("to", report.last);
    out.field("days", report.days()).field("messages", report.messages);
    out.field("unknown", report.unknown).key("rules").begin_array();
    const auto write = [&out](const policy::TrialScore& score) {
        out.field("held", score.held).field("alone", score.alone).field("passed", score.passed);
    };
    for (const auto& [rule, days] : report.trials) {
        out.begin_object().field("rule", rule);
        write(total(days));
        out.key("days").begin_array();
        for (const auto& [day, score] : days) {
            out.begin_object().field("day", day);
            write(score);
            out.end_object();
        }
        out.end_array().end_object();
    }
    return out.end_array().end_object().take() + '\n';
}

std::string describe(const policy::TrialScore& score) {
    if (score.passed > 0 && score.held == 0) return format("would let pass {}", score.passed);
    return format("would hold {}, {} of them that nothing else holds", score.held, score.alone);
}

std::string trials_text(const policy::Policy& policy, const policy::ReplayReport& report) {
    std::string out =
        format("{}, on {} messages from {} to {}\n", policy.id(), report.messages,
               report.first.empty() ? "-" : report.first, report.last.empty() ? "-" : report.last);
    if (report.unknown > 0)
        out +=
            format("{} of them cannot be judged again: no facts were recorded\n", report.unknown);
    if (report.trials.empty()) out += "nothing that is tried out would have done anything\n";
    for (const auto& [rule, days] : report.trials) {
        out += format("{}: {}\n", text::printable(rule), describe(total(days)));
        for (const auto& [day, score] : days) out += format("  {}  {}\n", day, describe(score));
    }
    return out;
}

Result<std::uint64_t> hours_option(const std::string& text) {
    if (text.empty()) return std::uint64_t{8};
    std::uint64_t hours = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), hours);
    if (failed != std::errc() || end != text.data() + text.size() || hours == 0)
        return usage_error("--reviewer-hours is not a whole number from 1",
                           "hours of review a day, all reviewers together: --reviewer-hours 8");
    return hours;
}

struct Replayed {
    std::shared_ptr<const policy::Policy> policy;
    policy::ReplayReport report;
};

Result<Replayed> replay(const ReplayOptions& options) {
    std::optional<Date> since;
    if (!options.since.empty()) {
        since = parse_iso_date(options.since);
        if (!since)
            return usage_error(format("--since is not a date: {}", text::printable(options.since)),
                               "write it as in 2026-03-12");
    }
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(journal, config.journal.directory.locate());
    const std::filesystem::path file = options.policy;
    POSTWACHT_TRY(policy, file.empty() ? load_policy(config) : load_policy(file));
    POSTWACHT_TRY(report, replay(journal, policy, since));
    return Replayed{std::move(policy), std::move(report)};
}

Result<int> run_replay(const ReplayOptions& options) {
    POSTWACHT_TRY(hours, hours_option(options.reviewer_hours));
    POSTWACHT_TRY(done, replay(options));
    POSTWACHT_CHECK(print(options.json ? to_json(*done.policy, done.report, hours)
                                       : to_text(*done.policy, done.report, hours)));
    return exit_success;
}

Result<int> run_simulation(const ReplayOptions& options) {
    POSTWACHT_TRY(done, replay(options));
    POSTWACHT_CHECK(print(options.json ? trials_json(*done.policy, done.report)
                                       : trials_text(*done.policy, done.report)));
    return exit_success;
}

}  // namespace

void add_policy_replay(Subcommand group, Run& chosen) {
    auto options = std::make_shared<ReplayOptions>();
    const auto add_common = [&options](Subcommand command) {
        command.config(options->config);
        command.json(options->json);
        command.option("--policy", options->policy, "The policy (default: the configuration's)",
                       "FILE");
        command.option("--since", options->since, "Leave out mail before this day", "DATE");
    };
    add_common(group.command("simulation", "Tell what rules that are tried out would have done",
                             options, &run_simulation, chosen));
    const auto replay =
        group.command("replay", "Judge past mail by another policy", options, &run_replay, chosen);
    add_common(replay);
    replay.option("--reviewer-hours", options->reviewer_hours, "Hours of review a day (default: 8)",
                  "HOURS");
}

}  // namespace postwacht::programs
