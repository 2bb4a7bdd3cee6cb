// postwacht policy activate, rollback, versions, sign: which policy is in place, and who put it
// there.
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
#include "crypto/signature.hpp"
#include "policy/cases.hpp"
#include "policy/policy.hpp"
#include "policy/signature.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/login_name.hpp"
#include "programs/mail_judge.hpp"
#include "programs/rollout.hpp"
#include "programs/subcommand.hpp"

namespace postwacht::programs {
namespace {

using Keys = std::shared_ptr<const crypto::SignatureVerifier>;
using policy::Policy;
using PolicyPtr = std::shared_ptr<const Policy>;

constexpr std::size_t largest_policy = 4U << 20U;
constexpr std::size_t shown_digits = 12;
constexpr const char* reload_hint =
    "hint: the milter goes on with the old one until it is reloaded: systemctl reload "
    "postwacht-milter";

struct RolloutOptions {
    std::string config;
    std::string file;     // of activate and sign
    std::string version;  // of rollback
    std::string by;
    std::string reason;
    std::string key;
    bool without_tests = false;
    bool json = false;
};

// The place that the configuration names.
Result<std::filesystem::path> place_of_policy(const Config& config) {
    if (config.policy.file.credential.empty()) return config.policy.file.locate();
    return Error{ErrorCode::config, config.policy.file.where,
                 "the policy is a credential of systemd, which only its unit can replace",
                 "name a file, or change what LoadCredential= in the unit takes it from"};
}

std::string short_digest(const std::string& digest) {
    return digest.substr(0, shown_digits);
}

// Reads `text` as it will be read in its place, and wants all that it extends to be there, and to
// be what it was beside `file`.
Result<PolicyPtr> check_in_place(const std::string& text, const std::filesystem::path& file,
                                 const std::filesystem::path& place, const Keys& keys) {
    const auto folder = [](const std::filesystem::path& of) {
        return of.has_parent_path() ? of.parent_path() : std::filesystem::path(".");
    };
    POSTWACHT_TRY(here, Policy::parse(text, file.string(), {folder(file), keys.get()}));
    POSTWACHT_TRY(there, Policy::parse(text, place.string(), {folder(place), keys.get()}));
    if (here->digest() != there->digest())
        return Error{ErrorCode::policy, file.string(),
                     format("extends a file that is another one in {}", folder(place).string()),
                     "put the file that it extends there first; then test it again"};
    return there;
}

void print_warnings(const Policy& policy) {
    for (const policy::Warning& warning : policy.warnings()) {
        print_warning(program_name, format("{}: {}", warning.where, warning.what));
        if (!warning.hint.empty()) print_diagnostic("hint: " + warning.hint);
    }
}

// Those beside the new policy, or else those beside the one in place. Gives how many were run.
Result<std::size_t> run_tests(const std::string& config_file,
                              const std::shared_ptr<const Policy>& policy,
                              const PolicyVersion& wanted, const std::filesystem::path& file,
                              const std::filesystem::path& place) {
    std::filesystem::path name = cases_beside(file);
    std::optional<std::string> cases = wanted.cases;
    std::error_code ignored;
    if (!cases && std::filesystem::exists(cases_beside(place), ignored)) {
        name = cases_beside(place);
        POSTWACHT_TRY(text, read_file(name, largest_policy));
        cases = std::move(text);
    }
    if (!cases) {
        print_warning(program_name, format("there are no cases to test it with ({})",
                                           text::printable(cases_beside(file).string(), 1000)));
        return std::size_t{0};
    }
    POSTWACHT_TRY(results, policy::run_cases(*policy, *cases, name.string(), nullptr,
                                             mail_judge(config_file, policy)));
    std::size_t failed = 0;
    for (const policy::CaseResult& result : results) {
        if (result.passed) continue;
        ++failed;
        print_diagnostic(format("{}: {}: {}", result.where, text::printable(result.name),
                                text::printable(result.difference, 1000)));
    }
    if (failed == 0) return results.size();
    return Error{ErrorCode::policy, name.string(),
                 format("{} of {} cases failed", failed, results.size()),
                 "correct the policy or the cases; --without-tests puts it in place all the same"};
}

std::string outcome_json(const Policy& policy, const std::string& digest,
                         const std::string& replaced, std::size_t cases, bool changed) {
    json::Writer out;
    out.begin_object().field("schema", "postwacht.policy-activate/1");
    out.field("policy", policy.id()).field("version", digest).field("replaced", replaced);
    out.field("changed", changed);
    out.field("cases", static_cast<std::uint64_t>(cases));
    out.field("warnings", static_cast<std::uint64_t>(policy.warnings().size()));
    return out.end_object().take() + '\n';
}

Result<int> report(const RolloutOptions& options, const Policy& policy, const std::string& digest,
                   const std::string& replaced, std::size_t cases) {
    const bool changed = digest != replaced;
    if (options.json) {
        POSTWACHT_CHECK(print(outcome_json(policy, digest, replaced, cases, changed)));
    } else {
        std::string what = !changed           ? "was in place already"
                           : replaced.empty() ? "is in place"
                                              : "takes the place of " + short_digest(replaced);
        POSTWACHT_CHECK(print(format("{} (version {}) {}, {} cases passed\n", policy.id(),
                                     short_digest(digest), what, cases)));
    }
    if (changed) print_diagnostic(reload_hint);
    return exit_success;
}

HistoryEntry entry_of(const RolloutOptions& options, const char* what, const Policy& policy) {
    HistoryEntry entry;
    entry.what = what;
    entry.policy = policy.id();
    entry.by = options.by.empty() ? login_name() : options.by;
    entry.reason = options.reason;
    return entry;
}

Result<int> run_activate(const RolloutOptions& options) {
    if (options.file.empty())
        return missing_option("FILE", "name the policy: policy activate new.toml");
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(place, place_of_policy(config));
    POSTWACHT_TRY(keys, load_policy_keys(config));
    const std::filesystem::path file = options.file;
    auto read = read_policy_version(file);
    if (!read) {
        Error error = std::move(read).error();
        error.code = ErrorCode::usage;
        return error;
    }
    const PolicyVersion wanted = *std::move(read);
    if (keys) POSTWACHT_CHECK(policy::check_signature(*keys, file, wanted.text, wanted.signature));
    POSTWACHT_TRY(policy, check_in_place(wanted.text, file, place, keys));
    if (!options.json) print_warnings(*policy);
    std::size_t cases = 0;
    if (!options.without_tests) {
        POSTWACHT_TRY(passed, run_tests(options.config, policy, wanted, file, place));
        cases = passed;
    }
    POSTWACHT_TRY(rollout, Rollout::begin(place));
    POSTWACHT_TRY(before, rollout.present());
    const std::string replaced = before ? before->digest() : std::string();
    // A signature or cases that are new count as well, though the policy is the same.
    const bool same = before && before->text == wanted.text &&
                      (!wanted.signature || before->signature == wanted.signature) &&
                      (!wanted.cases || before->cases == wanted.cases);
    if (!same) POSTWACHT_CHECK(rollout.install(wanted, entry_of(options, "activate", *policy)));
    return report(options, *policy, wanted.digest(), replaced, cases);
}

// The policy that the history says a version was, by its last entry.
std::string id_then(const std::vector<HistoryEntry>& history, const std::string& digest) {
    for (auto entry = history.rbegin(); entry != history.rend(); ++entry)
        if (entry->version == digest) return entry->policy;
    return {};
}

Result<int> run_rollback(const RolloutOptions& options) {
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(place, place_of_policy(config));
    POSTWACHT_TRY(keys, load_policy_keys(config));
    POSTWACHT_TRY(rollout, Rollout::begin(place));
    POSTWACHT_TRY(digest,
                  options.version.empty() ? rollout.previous() : rollout.find(options.version));
    POSTWACHT_TRY(wanted, rollout.version(digest));
    if (keys) POSTWACHT_CHECK(policy::check_signature(*keys, place, wanted.text, wanted.signature));
    POSTWACHT_TRY(policy, check_in_place(wanted.text, place, place, keys));
    POSTWACHT_TRY(history, rollout.history());
    if (const auto then = id_then(history, digest); !then.empty() && then != policy->id())
        print_warning(program_name,
                      format("what it extends has changed since: it was {} and is now {}",
                             text::printable(then), policy->id()));
    POSTWACHT_TRY(before, rollout.present());
    const std::string replaced = before ? before->digest() : std::string();
    if (digest != replaced)
        POSTWACHT_CHECK(rollout.install(wanted, entry_of(options, "rollback", *policy)));
    return report(options, *policy, digest, replaced, 0);
}

Result<int> run_versions(const RolloutOptions& options) {
    POSTWACHT_TRY(config, load_config(options.config));
    POSTWACHT_TRY(place, place_of_policy(config));
    const Rollout rollout(place);
    POSTWACHT_TRY(history, rollout.history());
    POSTWACHT_TRY(present, rollout.present());
    const std::string now = present ? present->digest() : std::string();
    bool known = false;
    json::Writer json;
    json.begin_object().field("schema", "postwacht.policy-versions/1");
    json.field("file", place.string()).field("present", now).key("history").begin_array();
    std::string lines;
    for (auto entry = history.rbegin(); entry != history.rend(); ++entry) {
        // The newest entry of what is in place; an older one was followed by others.
        const bool is_present = entry->version == now && !known;
        known = known || is_present;
        json.begin_object().field("at", entry->at).field("what", entry->what);
        json.field("policy", entry->policy).field("version", entry->version);
        json.field("replaced", entry->replaced).field("by", entry->by);
        json.field("reason", entry->reason).field("present", is_present).end_object();
        lines += format("{} {}  {:<8}  {}  {}  {}{}\n", is_present ? "*" : " ", entry->at,
                        entry->what, short_digest(entry->version), text::printable(entry->policy),
                        text::printable(entry->by),
                        entry->reason.empty() ? "" : "  " + text::printable(entry->reason));
    }
    json.end_array().end_object();
    if (!known && present)
        lines = format("* {} was put in place by hand\n", short_digest(now)) + lines;
    POSTWACHT_CHECK(print(options.json ? json.take() + '\n' : lines));
    return exit_success;
}

Result<int> run_sign(const RolloutOptions& options) {
    if (options.file.empty()) return missing_option("FILE", "name the policy to sign");
    if (options.key.empty())
        return missing_option("--key", "openssl genpkey -algorithm ed25519 -out KEY makes one");
    auto text = read_file(options.file, largest_policy);
    if (!text) {
        Error error = std::move(text).error();
        error.code = ErrorCode::usage;
        return error;
    }
    POSTWACHT_TRY(signature, crypto::sign(options.key, *text));
    const auto beside = policy::signature_file(options.file);
    constexpr mode_t mode = 0644;  // a signature is no secret
    POSTWACHT_CHECK(write_file_durably(beside, signature, mode));
    POSTWACHT_CHECK(print(format("{}\n", beside.string())));
    return exit_success;
}

}  // namespace

void add_policy_rollout(Subcommand group, Run& chosen) {
    auto options = std::make_shared<RolloutOptions>();
    const auto add_common = [&options](Subcommand command) {
        command.config(options->config);
        command.json(options->json);
    };
    const auto add_who = [&options](Subcommand command) {
        command.option("--by", options->by, "Who does it (default: the login name)", "NAME");
        command.option("--reason", options->reason, "Why, for the history", "TEXT");
    };
    const auto activate =
        group.command("activate", "Put a checked and tested policy in the configuration's place",
                      options, &run_activate, chosen);
    add_common(activate);
    add_who(activate);
    activate.flag("--without-tests", options->without_tests, "Do not run the cases beside it");
    activate.option("FILE", options->file, "The policy");
    const auto rollback =
        group.command("rollback", "Put the policy before it back", options, &run_rollback, chosen);
    add_common(rollback);
    add_who(rollback);
    rollback.option("VERSION", options->version, "Another version: how its digest begins");
    add_common(group.command("versions", "List what was put in place, by whom and when", options,
                             &run_versions, chosen));
    const auto sign =
        group.command("sign", "Sign a policy, beside it in FILE.sig", options, &run_sign, chosen);
    sign.option("--key", options->key, "The private key: PEM, Ed25519", "KEY");
    sign.option("FILE", options->file, "The policy");
}

}  // namespace postwacht::programs
