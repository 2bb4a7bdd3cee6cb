// postwacht policy: check a policy, run its own tests, compare it with another one.
#include "policy/policy.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "policy/cases.hpp"
#include "policy/diff.hpp"
#include "policy/relation_use.hpp"
#include "programs/choose_policy.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/mail_judge.hpp"
#include "programs/rollout.hpp"
#include "programs/subcommand.hpp"

namespace postwacht::programs {
namespace {

constexpr std::size_t largest_cases = 16U << 20U;

struct PolicyOptions {
    std::string config;
    std::string file;
    std::string cases;
    std::string other;  // of diff: the second file
    bool json = false;
};

// What an editor or a pipeline reads: findings with how bad each is. `policy` is null where an
// error keeps it from loading.
std::string check_json(const policy::Policy* policy, const std::optional<Error>& error,
                       const std::vector<policy::Warning>& warnings) {
    json::Writer writer;
    writer.begin_object().field("schema", "postwacht.policy-check/1");
    if (policy != nullptr)
        writer.field("policy", policy->id()).field("mode", to_string(policy->mode()));
    const auto finding = [&writer](const char* severity, const std::string& where,
                                   const std::string& what, const std::string& hint) {
        writer.begin_object().field("severity", severity).field("where", where);
        writer.field("what", what).field("hint", hint).end_object();
    };
    if (error) {
        writer.key("errors").begin_array();
        finding("error", error->where, error->detail, hint_of(*error));
        writer.end_array();
    }
    writer.key("warnings").begin_array();
    for (const policy::Warning& warning : warnings)
        finding(warning.note ? "note" : "warning", warning.where, warning.what, warning.hint);
    return writer.end_array().end_object().take() + '\n';
}

// Those of the registry that the policy is for: the configuration's own, or one that was asked for.
// A file alone may be meant for another gateway. Where there is no registry, or this user may not
// open it, there is nothing to compare with.
std::vector<std::string> registered_relations(const PolicyOptions& options) {
    if (!options.file.empty() && options.config == default_config_file) return {};
    const auto config = load_config(options.config);
    if (!config) return {};
    const auto registry = make_registry(*config);
    if (!registry) return {};
    const auto index = (*registry)->current();
    return index ? (*index)->relation_names() : std::vector<std::string>();
}

Result<int> run_check(const PolicyOptions& options) {
    auto chosen = choose_policy(options.config, options.file);
    if (!chosen) {
        Error error = std::move(chosen).error();
        if (options.json && error.code == ErrorCode::policy)
            POSTWACHT_CHECK(print(check_json(nullptr, error, {})));
        return error;
    }
    const auto policy = std::move(chosen->policy);
    auto warnings = policy->warnings();
    for (auto& more : policy::relation_use(*policy, registered_relations(options)))
        warnings.push_back(std::move(more));
    if (options.json) {
        POSTWACHT_CHECK(print(check_json(policy.get(), std::nullopt, warnings)));
        return exit_success;
    }
    for (const policy::Warning& warning : warnings) {
        const std::string text = format("{}: {}", warning.where, warning.what);
        if (warning.note)
            print_diagnostic(format("{}: note: {}", program_name, text));
        else
            print_warning(program_name, text);
        if (!warning.hint.empty()) print_diagnostic("hint: " + warning.hint);
    }
    const auto count = std::count_if(warnings.begin(), warnings.end(),
                                     [](const policy::Warning& warning) { return !warning.note; });
    const std::size_t categories = policy->vocabulary().category_names().size();
    POSTWACHT_CHECK(print(format(
        "{}: ok, mode {}, {} {}, {} {}\n", policy->id(), to_string(policy->mode()), categories,
        categories == 1 ? "category" : "categories", count, count == 1 ? "warning" : "warnings")));
    return exit_success;
}

Result<std::string> cases_file(const PolicyOptions& options, const std::filesystem::path& policy) {
    if (!options.cases.empty()) return options.cases;
    const auto beside = cases_beside(policy);
    std::error_code ignored;
    if (std::filesystem::exists(beside, ignored)) return beside.string();
    return usage_error(format("there are no cases beside the policy ({})", beside.string()),
                       "write some, or name a file with --cases FILE");
}

Result<std::string> read_cases(const std::string& file) {
    auto text = read_file(file, largest_cases);
    if (text) return text;
    Error error = std::move(text).error();
    error.code = ErrorCode::usage;
    error.hint = "name a file of cases with --cases FILE";
    return error;
}

std::string cases_json(const policy::Policy& policy, const std::vector<policy::CaseResult>& results,
                       std::uint64_t failed, const policy::Coverage& coverage) {
    json::Writer writer;
    writer.begin_object().field("schema", "postwacht.policy-test/1").field("policy", policy.id());
    writer.field("cases", static_cast<std::uint64_t>(results.size())).field("failed", failed);
    writer.key("results").begin_array();
    for (const policy::CaseResult& result : results) {
        writer.begin_object().field("name", result.name).field("where", result.where);
        writer.field("passed", result.passed);
        if (!result.passed) writer.field("difference", result.difference);
        writer.end_object();
    }
    writer.end_array();
    writer.field("cells", static_cast<std::uint64_t>(coverage.cells()));
    writer.key("uncovered").begin_array();
    for (const std::string& cell : coverage.missing()) writer.value(cell);
    writer.end_array().end_object();
    return writer.take() + '\n';
}

Result<int> run_test(const PolicyOptions& options) {
    POSTWACHT_TRY(chosen, choose_policy(options.config, options.file));
    const auto policy = std::move(chosen.policy);
    POSTWACHT_TRY(cases, cases_file(options, chosen.file));
    policy::Coverage coverage(*policy);
    POSTWACHT_TRY(text, read_cases(cases));
    POSTWACHT_TRY(results, policy::run_cases(*policy, text, cases, &coverage,
                                             mail_judge(options.config, policy)));
    const auto failed = static_cast<std::uint64_t>(
        std::count_if(results.begin(), results.end(),
                      [](const policy::CaseResult& result) { return !result.passed; }));
    std::string out;
    if (options.json) {
        out = cases_json(*policy, results, failed, coverage);
    } else {
        for (const policy::CaseResult& result : results)
            if (!result.passed)
                out += format("{}: {}: {}\n", result.where, text::printable(result.name),
                              text::printable(result.difference, 1000));
        const auto missing = coverage.missing();
        for (const std::string& cell : missing) out += format("no case covers {}\n", cell);
        out += format("{}: {} cases, {} failed, {} of {} cells without a case\n", policy->id(),
                      results.size(), failed, missing.size(), coverage.cells());
    }
    POSTWACHT_CHECK(print(out));
    return failed == 0 ? exit_success : exit_failure;
}

std::string to_json(const policy::Policy& before, const policy::Policy& after,
                    const std::vector<policy::Change>& changes) {
    json::Writer writer;
    writer.begin_object().field("schema", "postwacht.policy-diff/1");
    writer.field("old", before.id()).field("new", after.id()).key("changes").begin_array();
    for (const policy::Change& change : changes) {
        writer.begin_object().field("effect", policy::to_string(change.effect));
        writer.field("what", change.what);
        if (!change.before.empty()) writer.field("old", change.before);
        if (!change.after.empty()) writer.field("new", change.after);
        if (!change.place.empty()) writer.field("place", change.place);
        writer.end_object();
    }
    writer.end_array().end_object();
    return writer.take() + '\n';
}

std::string to_text(const policy::Policy& before, const policy::Policy& after,
                    const std::vector<policy::Change>& changes) {
    std::string out = format("{} -> {}\n", before.id(), after.id());
    const auto shown = [](const std::string& value) {
        return value.empty() ? std::string("(nothing)") : text::printable(value);
    };
    for (const policy::Change& change : changes)
        out += format("{:<8}  {}: {} -> {}{}\n", policy::to_string(change.effect),
                      text::printable(change.what), shown(change.before), shown(change.after),
                      change.place.empty() ? "" : format("  ({})", change.place));
    const auto count = [&changes](policy::Effect effect) {
        return std::count_if(
            changes.begin(), changes.end(),
            [effect](const policy::Change& change) { return change.effect == effect; });
    };
    return out + format("{} {}: {} stricter, {} looser, {} other\n", changes.size(),
                        changes.size() == 1 ? "change" : "changes", count(policy::Effect::stricter),
                        count(policy::Effect::looser), count(policy::Effect::other));
}

// OLD NEW, or NEW alone beside the policy of the configuration.
Result<int> run_diff(const PolicyOptions& options) {
    if (options.file.empty())
        return missing_option("NEW", "name the policy to compare with: policy diff [OLD] NEW");
    POSTWACHT_TRY(old, choose_policy(options.config, options.other.empty() ? "" : options.file));
    const auto before = std::move(old.policy);
    const std::filesystem::path newer = options.other.empty() ? options.file : options.other;
    POSTWACHT_TRY(after, load_policy(newer));
    const auto changes = policy::diff(*before, *after);
    POSTWACHT_CHECK(print(options.json ? to_json(*before, *after, changes)
                                       : to_text(*before, *after, changes)));
    return exit_success;
}

}  // namespace

void add_policy(Subcommand program, Run& chosen) {
    const auto group = program.group("policy", "Check, test and show a policy");
    auto options = std::make_shared<PolicyOptions>();
    const auto add_common = [&options](Subcommand command) {
        command.config(options->config);
        command.json(options->json);
        command.option("FILE", options->file, "A policy file (default: the configuration's)");
    };
    add_common(group.command("check", "Find errors in a policy, and what is worth a warning",
                             options, &run_check, chosen));
    const auto test =
        group.command("test", "Run the cases beside a policy", options, &run_test, chosen);
    add_common(test);
    test.option("--cases", options->cases, "The cases (default: NAME.cases beside NAME.toml)",
                "FILE");
    add_policy_show(group, chosen);
    const auto diff = group.command("diff", "Tell what another policy would mean, cell by cell",
                                    options, &run_diff, chosen);
    diff.config(options->config);
    diff.json(options->json);
    diff.option("OLD", options->file,
                "A policy file; alone, it is NEW, and OLD the configuration's");
    diff.option("NEW", options->other, "The policy to compare it with");
    add_policy_explain(group, chosen);
    add_policy_replay(group, chosen);
    add_policy_rollout(group, chosen);
}

}  // namespace postwacht::programs
