// postwacht review lookback: delivered letters that by a corrected registry went to the wrong
// party.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/login_name.hpp"
#include "programs/progress_line.hpp"
#include "programs/subcommand.hpp"
#include "registry/delta.hpp"
#include "review/lookback.hpp"
#include "review/people.hpp"

namespace postwacht::programs {
namespace {

using review::Breach;
using review::LookbackReport;

struct LookbackOptions {
    std::string config;
    std::string delta;
    std::string subjects;
    std::string since;
    bool record = false;
    bool json = false;
};

// The subjects that a delta speaks of, those of its bad rows included.
Result<std::vector<std::string>> subjects_of_delta(const std::string& path,
                                                   const registry::Index& index) {
    POSTWACHT_TRY(delta, registry::Delta::open(path));
    registry::BadRows bad_rows([](const registry::BadRow& row) {
        print_diagnostic(format("{}:{}:{}: {}", row.file, row.line, row.column, row.what));
    });
    POSTWACHT_TRY(changes, delta.read(index.mailboxes(), bad_rows));
    POSTWACHT_CHECK(registry::judge_bad_rows(bad_rows, 0, path));
    std::vector<std::string> ids;
    for (const auto& change : changes.subjects) ids.push_back(change.id);
    for (const auto& change : changes.relations) ids.push_back(change.row.subject_id);
    if (!changes.organisations.empty())
        print_warning(program_name,
                      format("the delta changes {} organisations: who else had letters to them is "
                             "found without --delta",
                             changes.organisations.size()));
    return ids;
}

Result<std::vector<std::string>> subjects_in_file(const std::string& path) {
    POSTWACHT_TRY(content, read_input(path));
    std::vector<std::string> ids;
    std::string_view rest = content;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        if (const auto id = text::trim(rest.substr(0, end)); !id.empty()) ids.emplace_back(id);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return ids;
}

Result<std::optional<std::vector<std::string>>> chosen_subjects(const LookbackOptions& options,
                                                                const registry::Index& index) {
    if (options.delta.empty() && options.subjects.empty())
        return std::optional<std::vector<std::string>>{};
    if (!options.delta.empty()) {
        POSTWACHT_TRY(ids, subjects_of_delta(options.delta, index));
        return std::optional(std::move(ids));
    }
    POSTWACHT_TRY(ids, subjects_in_file(options.subjects));
    return std::optional(std::move(ids));
}

std::int64_t hours_left(const Breach& breach, Instant now) {
    return std::chrono::floor<std::chrono::hours>(breach.deadline() - now).count();
}

std::string to_json(const LookbackReport& report, const policy::Policy& policy,
                    const registry::Index& registry, Instant now) {
    json::Writer out;
    out.begin_object().field("schema", "postwacht.lookback/1").field("at", to_iso(now));
    out.field("policy", policy.id());
    out.key("registry").begin_object();
    out.field("as_of", to_iso(registry.stats().source_as_of));
    out.field("source", registry.stats().source_digest.substr(0, 12)).end_object();
    out.field("subjects", report.subjects).field("unknown_subjects", report.unknown);
    out.field("messages", report.messages).field("nameless_messages", report.nameless);
    out.key("breaches").begin_array();
    const auto list = [&out](const char* name, const std::vector<std::string>& values) {
        out.key(name).begin_array();
        for (const std::string& value : values) out.value(value);
        out.end_array();
    };
    for (const Breach& breach : report.breaches) {
        out.begin_object().field("breach", breach.id).field("recorded", breach.recorded);
        out.field("cause", review::to_string(breach.cause)).field("relation", breach.relation);
        out.field("recipient", breach.recipient);
        out.field("first", to_iso(breach.first)).field("last", to_iso(breach.last));
        out.field("messages", breach.messages);
        out.key("persons").begin_object().field("min", breach.persons_min);
        out.field("max", breach.persons_max).end_object();
        list("categories", breach.categories);
        out.field("discovered_at", to_iso(breach.discovered));
        out.field("deadline", to_iso(breach.deadline()));
        out.field("remaining_hours", hours_left(breach, now));
        list("queue_ids", breach.queue_ids);
        out.end_object();
    }
    out.end_array();
    out.field("journal_bytes", report.journal_bytes).field("indexed_bytes", report.indexed_bytes);
    return out.end_object().take() + '\n';
}

std::string describe(const Breach& breach) {
    switch (breach.cause) {
        case review::Cause::relation_ended:
            return breach.relation + " had ended";
        case review::Cause::relation_not_begun:
            return breach.relation + " had not begun";
        case review::Cause::relation_never_was:
            return "was no " + (breach.relation.empty() ? "relation" : breach.relation);
        case review::Cause::address_not_theirs:
            return "address was not the subject's";
    }
    return {};
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : ", ") + text::printable(word);
    return out;
}

std::string to_text(const LookbackReport& report, Instant now) {
    std::string out = format("{} delivered letters about {} subjects\n", report.messages,
                             report.subjects - report.unknown);
    if (report.unknown > 0) out += format("{} subjects are not in the registry\n", report.unknown);
    if (report.nameless > 0)
        out += format("{} letters cannot be told: the journal does not say whom they were about\n",
                      report.nameless);
    if (report.breaches.empty()) return out + "no breach found\n";
    for (const Breach& breach : report.breaches) {
        const auto hours = hours_left(breach, now);
        out += format("{}{}\n", breach.id, breach.recorded ? "" : " (not recorded)");
        out += format("  {}  {}\n", breach.recipient, text::printable(describe(breach)));
        out += format("  {} letters from {} to {}, {} to {} persons, {}\n", breach.messages,
                      to_iso(breach.first), to_iso(breach.last), breach.persons_min,
                      breach.persons_max, joined(breach.categories));
        out += format(
            "  discovered {}, to be notified by {}: {}\n", to_iso(breach.discovered),
            to_iso(breach.deadline()),
            hours < 0 ? format("{} hours too late", -hours) : format("{} hours left", hours));
        out += format("  {}{}\n", joined(breach.queue_ids),
                      breach.messages > breach.queue_ids.size() ? ", ..." : "");
    }
    return out;
}

Result<int> run_lookback(const LookbackOptions& options) {
    if (!options.delta.empty() && !options.subjects.empty())
        return usage_error("--delta and --subjects are given together",
                           "look back for one of them and then for the other");
    review::LookbackOptions lookback;
    if (!options.since.empty()) {
        lookback.since = parse_iso_date(options.since);
        if (!lookback.since)
            return usage_error(format("--since is not a date: {}", text::printable(options.since)),
                               "write it as in 2026-03-12");
    }
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(person, review::People(config.review.people).find(login_name()));
    using policy::Role;
    // What is recorded is a decision.
    POSTWACHT_CHECK(
        options.record
            ? review::require(person, {Role::reviewer, Role::privacy_officer}, "record a breach")
            : review::require(person, {Role::reviewer, Role::privacy_officer, Role::auditor},
                              "see what was delivered"));
    POSTWACHT_TRY(directory, config.journal.directory.locate());
    POSTWACHT_TRY(key, load_journal_key(config));
    POSTWACHT_TRY(policy, load_policy(config));
    POSTWACHT_TRY(registry, make_registry(config));
    POSTWACHT_TRY(index, registry->current());
    POSTWACHT_TRY(subjects, chosen_subjects(options, *index));
    ProgressLine progress;
    lookback.journal = directory;
    lookback.journal_key = &key;
    lookback.policy = policy;
    lookback.registry = index;
    lookback.subjects = std::move(subjects);
    lookback.now = system_clock().now();
    lookback.progress = [&progress](std::string_view what, double share) {
        progress.show(what, share);
    };
    POSTWACHT_TRY(report, review::look_back(lookback));
    progress.clear();
    if (options.record) {
        POSTWACHT_TRY(journal, open_journal(config));
        for (Breach& breach : report.breaches) {
            if (breach.recorded) continue;
            POSTWACHT_CHECK(journal->append("breach", review::breach_entry(breach, person.name)));
            breach.recorded = true;
        }
    }
    POSTWACHT_CHECK(print(options.json ? to_json(report, *policy, *index, lookback.now)
                                       : to_text(report, lookback.now)));
    return exit_success;
}

}  // namespace

void add_review_lookback(Subcommand group, Run& chosen) {
    auto options = std::make_shared<LookbackOptions>();
    const auto command =
        group.command("lookback", "Find delivered letters that went to the wrong party after all",
                      options, &run_lookback, chosen);
    command.config(options->config);
    command.json(options->json);
    command.option("--delta", options->delta,
                   "The correction: what 'registry update --delta' was given", "PATH");
    command.option("--subjects", options->subjects,
                   "Who was corrected: a file with one subject_id a line", "FILE");
    command.option("--since", options->since, "Leave out letters before this day", "DATE");
    command.flag("--record", options->record,
                 "Keep what is new in the journal, with the moment of its discovery");
}

}  // namespace postwacht::programs
