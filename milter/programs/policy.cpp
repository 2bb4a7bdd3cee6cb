// postwacht policy: check a policy, run its own tests, show its disclosure matrix.
#include "policy/policy.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "policy/cases.hpp"
#include "policy/diff.hpp"
#include "policy/matrix.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/subcommand.hpp"

namespace postwacht::programs {
namespace {

constexpr std::size_t largest_policy = 16U << 20U;

struct PolicyOptions {
    std::string config;
    std::string file;
    std::string cases;
    std::string other;  // of diff: the second file
    bool json = false;
};

// The policy named on the command line, or else that of the configuration.
Result<std::filesystem::path> policy_file(const PolicyOptions& options) {
    if (!options.file.empty()) return std::filesystem::path(options.file);
    POSTWACHT_TRY(config, load_config(options.config));
    return config.policy.locate();
}

const char* to_string(policy::Mode mode) noexcept {
    return mode == policy::Mode::simulate ? "simulate" : "enforce";
}

Result<int> run_check(const PolicyOptions& options) {
    POSTWACHT_TRY(file, policy_file(options));
    POSTWACHT_TRY(policy, load_policy(file));
    if (options.json) {
        json::Writer writer;
        writer.begin_object().field("schema", "postwacht.policy-check/1");
        writer.field("policy", policy->id()).field("mode", to_string(policy->mode()));
        writer.key("warnings").begin_array();
        for (const policy::Warning& warning : policy->warnings())
            writer.begin_object()
                .field("where", warning.where)
                .field("what", warning.what)
                .field("hint", warning.hint)
                .end_object();
        writer.end_array().end_object();
        POSTWACHT_CHECK(print(writer.take() + '\n'));
        return exit_success;
    }
    for (const policy::Warning& warning : policy->warnings()) {
        print_warning(program_name, format("{}: {}", warning.where, warning.what));
        if (!warning.hint.empty()) print_diagnostic("hint: " + warning.hint);
    }
    POSTWACHT_CHECK(print(format(
        "{}: ok, mode {}, {} categories, {} warnings\n", policy->id(), to_string(policy->mode()),
        policy->vocabulary().category_names().size(), policy->warnings().size())));
    return exit_success;
}

// The cases beside a policy: NAME.cases for NAME.toml.
Result<std::string> cases_file(const PolicyOptions& options, const std::filesystem::path& policy) {
    if (!options.cases.empty()) return options.cases;
    std::filesystem::path beside = policy;
    beside.replace_extension(".cases");
    std::error_code ignored;
    if (std::filesystem::exists(beside, ignored)) return beside.string();
    return usage_error(format("there are no cases beside the policy ({})", beside.string()),
                       "write some, or name a file with --cases FILE");
}

Result<std::vector<policy::CaseResult>> load_and_run_cases(const policy::Policy& policy,
                                                           const std::string& file,
                                                           policy::Coverage& coverage) {
    auto text = read_file(file, largest_policy);
    if (!text) {
        Error error = std::move(text).error();
        error.code = ErrorCode::usage;
        error.hint = "name a file of cases with --cases FILE";
        return error;
    }
    return policy::run_cases(policy, *text, file, &coverage);
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
    POSTWACHT_TRY(file, policy_file(options));
    POSTWACHT_TRY(policy, load_policy(file));
    POSTWACHT_TRY(cases, cases_file(options, file));
    policy::Coverage coverage(*policy);
    POSTWACHT_TRY(results, load_and_run_cases(*policy, cases, coverage));
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

// The disclosure matrix as it is written: one row for each category, one column for each relation
// that some row names. A cell without a word of its own has that of "*".
struct Matrix {
    std::vector<std::string> relations;  // "*" last
    std::vector<std::pair<std::string, std::vector<std::string>>> rows;
};

constexpr std::string_view any_relation = "*";

std::string cell_of(const policy::MatrixRow& row, std::string_view relation) {
    const auto own = std::find_if(row.cells.begin(), row.cells.end() - 1,
                                  [relation](const auto& cell) { return cell.word == relation; });
    return std::string(policy::to_string(own->action)) + (own->simulated ? " (simulated)" : "");
}

Matrix read_matrix(const policy::Policy& policy) {
    Matrix matrix;
    const auto rows = policy::written_matrix(policy);
    for (const policy::MatrixRow& row : rows)
        for (const policy::MatrixCell& cell : row.cells)
            if (cell.word != any_relation &&
                std::find(matrix.relations.begin(), matrix.relations.end(), cell.word) ==
                    matrix.relations.end())
                matrix.relations.push_back(cell.word);
    matrix.relations.emplace_back(any_relation);
    for (const policy::MatrixRow& row : rows) {
        std::vector<std::string> cells;
        for (const std::string& relation : matrix.relations)
            cells.push_back(cell_of(row, relation));
        matrix.rows.emplace_back(row.category, std::move(cells));
    }
    return matrix;
}

// Cells in columns of these widths; the last one is not padded.
std::string table_line(std::string_view first, const std::vector<std::string>& cells,
                       const std::vector<std::size_t>& widths) {
    std::string out = format("{:<{}}", text::printable(first), widths.front());
    for (std::size_t i = 0; i < cells.size(); ++i)
        out += format("  {:<{}}", text::printable(cells[i]),
                      i + 1 == cells.size() ? 0 : widths[i + 1]);
    return out + '\n';
}

std::string to_text(const Matrix& matrix) {
    std::vector<std::size_t> widths{8};
    for (const auto& [category, cells] : matrix.rows)
        widths.front() = std::max(widths.front(), category.size());
    for (std::size_t i = 0; i < matrix.relations.size(); ++i) {
        std::size_t width = std::max<std::size_t>(matrix.relations[i].size(), 10);
        for (const auto& [category, cells] : matrix.rows) width = std::max(width, cells[i].size());
        widths.push_back(width);
    }
    std::string out = table_line("category", matrix.relations, widths);
    for (const auto& [category, cells] : matrix.rows) out += table_line(category, cells, widths);
    return out;
}

std::string to_json(const policy::Policy& policy, const Matrix& matrix) {
    json::Writer writer;
    writer.begin_object().field("schema", "postwacht.policy-show/1").field("policy", policy.id());
    writer.field("mode", to_string(policy.mode())).key("disclosure").begin_object();
    for (const auto& [category, cells] : matrix.rows) {
        writer.key(category).begin_object();
        for (std::size_t i = 0; i < cells.size(); ++i) writer.field(matrix.relations[i], cells[i]);
        writer.end_object();
    }
    writer.end_object().end_object();
    return writer.take() + '\n';
}

Result<int> run_show(const PolicyOptions& options) {
    POSTWACHT_TRY(file, policy_file(options));
    POSTWACHT_TRY(policy, load_policy(file));
    const Matrix matrix = read_matrix(*policy);
    POSTWACHT_CHECK(print(options.json ? to_json(*policy, matrix)
                                       : format("{}, mode {}\n\n{}", policy->id(),
                                                to_string(policy->mode()), to_text(matrix))));
    return exit_success;
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
    return out + format("{} changes: {} stricter, {} looser, {} other\n", changes.size(),
                        count(policy::Effect::stricter), count(policy::Effect::looser),
                        count(policy::Effect::other));
}

// OLD NEW, or NEW alone beside the policy of the configuration.
Result<int> run_diff(const PolicyOptions& options) {
    if (options.file.empty())
        return missing_option("NEW", "name the policy to compare with: policy diff [OLD] NEW");
    PolicyOptions old = options;
    if (options.other.empty()) old.file.clear();
    POSTWACHT_TRY(old_file, policy_file(old));
    POSTWACHT_TRY(before, load_policy(old_file));
    POSTWACHT_TRY(after, load_policy(options.other.empty() ? options.file : options.other));
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
    add_common(group.command("show", "Print the disclosure matrix", options, &run_show, chosen));
    const auto diff = group.command("diff", "Tell what another policy would mean, cell by cell",
                                    options, &run_diff, chosen);
    diff.config(options->config);
    diff.json(options->json);
    diff.option("OLD", options->file,
                "A policy file; alone, it is NEW, and OLD the configuration's");
    diff.option("NEW", options->other, "The policy to compare it with");
    add_policy_explain(group, chosen);
    add_policy_replay(group, chosen);
}

}  // namespace postwacht::programs
