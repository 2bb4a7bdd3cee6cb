// A policy file to Rules, and the Policy that carries them. Format:
// policies/nl-social-security.toml explains it table by table; ARCHITECTURE.md gives the contract.
#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"
#include "mail/idn.hpp"
#include "policy/extends.hpp"
#include "policy/lint.hpp"
#include "policy/parse_tables.hpp"
#include "policy/rules.hpp"
#include "policy/signature.hpp"

namespace postwacht::policy {
namespace {

using toml::Reader;

constexpr std::size_t id_digits = 12;

constexpr std::array<std::string_view, 2> modes{"enforce", "simulate"};  // by Mode
constexpr std::array<Action, 5> all_actions{Action::accept, Action::tag, Action::quarantine,
                                            Action::reject, Action::tempfail};

// One of a few words under `key`, as its position in `words`; `fallback` where it is absent.
template <std::size_t N>
Result<std::size_t> read_choice(Reader& reader, std::string_view key,
                                const std::array<std::string_view, N>& words,
                                std::size_t fallback) {
    POSTWACHT_TRY(word, reader.string(key));
    if (!word) return fallback;
    const auto found = std::find(words.begin(), words.end(), *word);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    std::string hint = "one of: ";
    for (std::size_t i = 0; i < N; ++i) hint += (i == 0 ? "" : ", ") + std::string(words[i]);
    return reader.error(ErrorCode::policy, reader.value(key)->at,
                        format("unknown {} '{}'", key, text::printable(*word)), std::move(hint));
}

// A misspelt table is reported as that, not as a missing one.
Result<void> check_table_names(Reader& root) {
    for (const char* name :
         {"policy", "scope", "categories", "matching", "disclosure", "limits", "incomplete",
          "hidden_content", "consistency", "run_guard", "exception", "review"})
        static_cast<void>(root.value(name));
    return root.finish();
}

Result<void> parse_policy_table(Reader& root, Rules& rules) {
    static constexpr std::array<std::string_view, 3> confidences{"low", "medium", "high"};
    POSTWACHT_TRY(table, root.table("policy"));
    if (!table)
        return root.error(ErrorCode::policy, {1, 1}, "there is no [policy]",
                          "[policy] gives the policy its name");
    static_cast<void>(table->value("extends"));  // done by read_sources()
    POSTWACHT_TRY(name, table->string("name"));
    if (!name || !is_plain_name(*name))
        return table->error(ErrorCode::policy, table->position("name"),
                            "[policy] needs a 'name' of letters, digits, '.', '_' and '-'",
                            "name = \"nl-social-security\"");
    POSTWACHT_TRY(mode, read_choice(*table, "mode", modes, 0));
    POSTWACHT_TRY(confidence, read_choice(*table, "min_confidence", confidences, 1));
    POSTWACHT_CHECK(table->finish());
    rules.name = std::move(*name);
    rules.mode = static_cast<Mode>(mode);
    rules.min_confidence = static_cast<match::Confidence>(confidence);
    if (rules.mode == Mode::simulate)
        warn(*table, rules, table->position("mode"), "mode is simulate: nothing is held back",
             "set mode = \"enforce\" when the policy does what it should");
    return {};
}

// Error where one of the domains under `name` is none, or has a '*' in it.
Result<void> check_domains(Reader& scope, const char* name,
                           const std::vector<std::string>& domains) {
    const auto& items = std::get<toml::Array>(scope.value(name)->data);
    for (std::size_t i = 0; i < domains.size(); ++i) {
        if (DomainGlob::parse(domains[i]) && domains[i].find('*') == std::string::npos) continue;
        return scope.error(ErrorCode::policy, items[i].at,
                           format("'{}' is not a domain", text::printable(domains[i])),
                           name == std::string_view("own_domains")
                               ? "a domain alone, like \"agency.example\"; it stands for its "
                                 "subdomains too"
                               : "a domain alone, like \"agency.example\"");
    }
    return {};
}

Result<std::vector<std::string>> read_own_domains(Reader& scope) {
    static constexpr const char* example = "own_domains = [\"agency.example\"]";
    POSTWACHT_TRY(domains, scope.strings("own_domains"));
    if (!domains) {
        // A misspelt key is reported as that.
        for (const char* other : {"public_mailbox_providers", "shared_domains", "dotless_domains"})
            static_cast<void>(scope.value(other));
        POSTWACHT_CHECK(scope.finish());
    }
    if (!domains || domains->empty())
        return scope.error(ErrorCode::policy, scope.position("own_domains"),
                           "[scope] names no own_domains, so that no mail would be judged",
                           example);
    POSTWACHT_CHECK(check_domains(scope, "own_domains", *domains));
    std::vector<std::string> out;
    for (const std::string& domain : *domains) out.push_back(mail::comparable_domain(domain));
    return out;
}

// Domains that may have a '*' in place of a label; those built in where the policy has no list.
Result<std::vector<DomainGlob>> read_domain_globs(Reader& scope, const char* name,
                                                  const std::vector<std::string>& built_in) {
    POSTWACHT_TRY(given, scope.strings(name));
    const auto& domains = given ? *given : built_in;
    std::vector<DomainGlob> out;
    for (std::size_t i = 0; i < domains.size(); ++i) {
        auto glob = DomainGlob::parse(domains[i]);
        if (!glob) {
            const auto& items = std::get<toml::Array>(scope.value(name)->data);
            return scope.error(ErrorCode::policy, items[i].at,
                               format("'{}' is not a domain", text::printable(domains[i])),
                               "a domain, or one with a '*' in it, like \"yahoo.*\"");
        }
        out.push_back(std::move(*glob));
    }
    return out;
}

// Domains at which others are as well would make them internal.
void warn_of_wide_domains(Reader& scope, Rules& rules) {
    static constexpr const char* hint = "name the organisation's own: [\"agency.example\"]";
    const auto& items = std::get<toml::Array>(scope.value("own_domains")->data);
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string& domain = rules.own_domains[i];
        if (is_public_suffix(domain))
            warn(scope, rules, items[i].at,
                 format("anybody can have a domain under '{}', and all of them are internal",
                        text::printable(domain)),
                 hint);
        else if (is_mailbox_provider(rules, domain))
            warn(scope, rules, items[i].at,
                 format("anybody can have an address at '{}', and all of them are internal",
                        text::printable(domain)),
                 hint);
    }
}

Result<void> parse_scope(Reader& root, Rules& rules) {
    POSTWACHT_TRY(scope, root.table("scope"));
    if (!scope)
        return root.error(ErrorCode::policy, {1, 1}, "there is no [scope]",
                          "[scope] names the domains whose mail is judged");
    POSTWACHT_TRY(domains, read_own_domains(*scope));
    rules.own_domains = std::move(domains);
    POSTWACHT_TRY(providers, read_domain_globs(*scope, "public_mailbox_providers",
                                               default_public_mailbox_providers()));
    rules.public_mailbox_providers = std::move(providers);
    warn_of_wide_domains(*scope, rules);
    POSTWACHT_TRY(shared, read_domain_globs(*scope, "shared_domains", {}));
    rules.shared_domains = std::move(shared);
    POSTWACHT_TRY(dotless, scope->strings("dotless_domains"));
    rules.dotless_domains = default_dotless_domains();
    if (dotless) {
        POSTWACHT_CHECK(check_domains(*scope, "dotless_domains", *dotless));
        rules.dotless_domains = std::move(*dotless);
    }
    return scope->finish();
}

Result<void> parse_registry_stale(Reader& table, Rules& rules) {
    POSTWACHT_TRY(stale, table.table("registry_stale"));
    if (!stale) {
        warn(table, rules, table.at(), "a registry of any age will do",
             "registry_stale = { older_than = \"72h\", action = \"tempfail\" }");
        return {};
    }
    POSTWACHT_TRY(older_than, stale->duration("older_than"));
    if (!older_than)
        return stale->error(ErrorCode::policy, stale->at(), "registry_stale needs an 'older_than'",
                            "registry_stale = { older_than = \"72h\", action = \"tempfail\" }");
    POSTWACHT_TRY(cell, parse_action_or(*stale, "action", Action::tempfail, rules));
    POSTWACHT_TRY(simulated, parse_simulated(*stale));
    if (simulated) simulate(cell);
    if (older_than->count() == 0)
        warn(*stale, rules, stale->position("older_than"), "a registry of any age is too old",
             "older_than = \"72h\"");
    rules.registry_stale = StaleRule{*older_than, cell};
    return stale->finish();
}

Result<void> parse_incomplete(Reader& root, Rules& rules) {
    static const toml::Entries nothing;
    POSTWACHT_TRY(given, root.table("incomplete"));
    Reader table = given ? std::move(*given) : Reader(nothing, {1, 1}, root.file(), "incomplete");
    POSTWACHT_TRY(simulated, parse_simulated(table));
    for (const extract::Why why : {extract::Why::encrypted, extract::Why::damaged,
                                   extract::Why::unsupported, extract::Why::over_budget}) {
        const char* key = extract::to_string(why);
        POSTWACHT_TRY(cell, parse_action_or(table, key, Action::quarantine, rules));
        if (simulated) simulate(cell);
        rules.incomplete[static_cast<std::size_t>(why)] = cell;
        if (cell.action < Action::quarantine && !cell.simulated)
            warn(table, rules, table.position(key),
                 format("what is {} leaves without having been read", key), "quarantine it");
    }
    POSTWACHT_TRY(unavailable,
                  parse_action_or(table, "registry_unavailable", Action::tempfail, rules));
    if (unavailable.simulated)
        return table.error(ErrorCode::policy, table.position("registry_unavailable"),
                           "registry_unavailable cannot be simulated",
                           "without a registry nothing else could decide");
    rules.registry_unavailable = unavailable;
    if (unavailable.action < Action::quarantine)
        warn(table, rules, table.position("registry_unavailable"),
             "without a registry every letter leaves unchecked",
             "registry_unavailable = \"tempfail\" leaves it in the sender's queue");
    POSTWACHT_CHECK(parse_registry_stale(table, rules));
    return table.finish();
}

Result<void> parse_hidden_content(Reader& root, Rules& rules) {
    POSTWACHT_TRY(table, root.table("hidden_content"));
    if (!table) {
        rules.hidden_content = {Action::quarantine, {1, 0}};
        note_action(rules, Action::quarantine);
        return {};
    }
    POSTWACHT_TRY(cell, parse_action_or(*table, "action", Action::quarantine, rules));
    POSTWACHT_TRY(simulated, parse_simulated(*table));
    if (simulated) simulate(cell);
    rules.hidden_content = cell;
    if (cell.action < Action::quarantine && !cell.simulated)
        warn(*table, rules, table->position("action"),
             "what a reader does not see at once leaves as if it were not there",
             "action = \"quarantine\"");
    return table->finish();
}

// No table, no rule: names are told apart by what is usual in letters, not for certain.
Result<void> parse_consistency(Reader& root, Rules& rules) {
    POSTWACHT_TRY(table, root.table("consistency"));
    if (!table) return {};
    POSTWACHT_TRY(cell, parse_action_or(*table, "action", Action::quarantine, rules));
    POSTWACHT_TRY(simulated, parse_simulated(*table));
    if (simulated) simulate(cell);
    rules.consistency = cell;
    if (cell.action == Action::accept)
        warn(*table, rules, table->position("action"),
             "[consistency] accepts letters that contradict themselves: it does nothing",
             "action = \"quarantine\", or leave the table out");
    return table->finish();
}

}  // namespace

bool is_lower_snake(std::string_view word) noexcept {
    if (word.empty() || word.size() > 64 || word[0] < 'a' || word[0] > 'z') return false;
    return std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

bool is_plain_name(std::string_view name) noexcept {
    if (name.empty() || name.size() > 64) return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
}

void warn(const toml::Reader& reader, Rules& rules, toml::Position at, std::string what,
          std::string hint) {
    rules.warnings.push_back(
        {format("{}:{}:{}", at.file.empty() ? reader.file() : at.file, at.line, at.column),
         std::move(what), std::move(hint)});
}

std::size_t find_row(const Rules& rules, std::string_view category) noexcept {
    const auto found =
        std::find_if(rules.rows.begin(), rules.rows.end(),
                     [category](const Row& row) { return row.category == category; });
    return static_cast<std::size_t>(found - rules.rows.begin());
}

std::string category_hint(const Rules& rules, std::string_view word) {
    std::vector<std::string_view> names;
    for (const Row& row : rules.rows) names.emplace_back(row.category);
    if (const auto near = text::nearest(word, names); !near.empty())
        return format("did you mean '{}'?", near);
    std::string hint = "categories: ";
    for (std::size_t i = 0; i < names.size(); ++i)
        hint += (i == 0 ? "" : ", ") + std::string(names[i]);
    return hint;
}

void note_action(Rules& rules, Action action) noexcept {
    rules.strongest = std::max(rules.strongest, action);
    rules.uses_tag = rules.uses_tag || action == Action::tag;
}

Result<bool> parse_simulated(Reader& reader) {
    POSTWACHT_TRY(mode, read_choice(reader, "mode", modes, 0));
    return static_cast<Mode>(mode) == Mode::simulate;
}

void simulate(Cell& cell) noexcept {
    cell.simulated = cell.action != Action::accept;
}

namespace {

// { action = "quarantine", mode = "simulate" }
Result<Cell> parse_action_table(Reader table, Rules& rules) {
    table.set_error_code(ErrorCode::policy);
    const toml::Value* action = table.value("action");
    if (action == nullptr || !std::holds_alternative<std::string>(action->data))
        return table.error(ErrorCode::policy, table.position("action"),
                           format("'{}' must be an action", text::printable(table.path())),
                           "one of: accept, tag, quarantine, reject, tempfail; or a table like "
                           "{ action = \"quarantine\", mode = \"simulate\" }");
    POSTWACHT_TRY(cell, parse_action(table, "action", *action, rules));
    POSTWACHT_TRY(simulated, parse_simulated(table));
    if (simulated && cell.action == Action::accept)
        return table.error(ErrorCode::policy, table.position("mode"),
                           "what is accepted cannot be simulated",
                           "write the action that is to be tried");
    cell.simulated = simulated;
    POSTWACHT_CHECK(table.finish());
    return cell;
}

}  // namespace

Result<Cell> parse_action(const toml::Reader& reader, std::string_view key,
                          const toml::Value& value, Rules& rules) {
    if (const auto* table = std::get_if<toml::Entries>(&value.data))
        return parse_action_table(
            Reader(*table, value.at, reader.file(), reader.path() + "." + std::string(key)), rules);
    const auto* word = std::get_if<std::string>(&value.data);
    if (word == nullptr)
        return reader.error(
            ErrorCode::policy, value.at,
            format("'{}' must be an action, not {}", text::printable(key), value.kind()),
            "one of: accept, tag, quarantine, reject, tempfail");
    const auto action = action_from(*word);
    if (!action) {
        std::array<std::string_view, all_actions.size()> names;
        std::transform(all_actions.begin(), all_actions.end(), names.begin(),
                       [](Action a) { return to_string(a); });
        const auto near = text::nearest(*word, names);
        return reader.error(ErrorCode::policy, value.at,
                            format("unknown action '{}'", text::printable(*word)),
                            (near.empty() ? std::string() : format("did you mean '{}'? ", near)) +
                                "one of: accept, tag, quarantine, reject, tempfail");
    }
    note_action(rules, *action);
    return Cell{*action, line_of(rules, value.at)};
}

Result<Cell> parse_action_or(toml::Reader& reader, std::string_view key, Action fallback,
                             Rules& rules) {
    if (const toml::Value* value = reader.value(key))
        return parse_action(reader, key, *value, rules);
    note_action(rules, fallback);
    return Cell{fallback, line_of(rules, reader.at())};
}

Line line_of(const Rules& rules, toml::Position at) {
    const auto file = std::find(rules.files.begin(), rules.files.end(), at.file);
    return {at.line,
            file == rules.files.end() ? 0 : static_cast<std::uint32_t>(file - rules.files.begin())};
}

std::string place_of(const Rules& rules, Line line) {
    if (line.number == 0 || line.file >= rules.files.size()) return {};
    return format("{}:{}", std::filesystem::path(rules.files[line.file]).filename().string(),
                  line.number);
}

Result<Rules> parse_rules(std::string_view toml_text, std::string file, const Folder* folder) {
    Rules rules;
    POSTWACHT_TRY(sources, read_sources(toml_text, std::move(file), folder));
    for (const auto& name : sources.files) rules.files.push_back(*name);
    Reader root(sources.entries, {1, 1}, *sources.files.front(), "");
    root.set_error_code(ErrorCode::policy);
    POSTWACHT_CHECK(check_table_names(root));
    POSTWACHT_CHECK(parse_policy_table(root, rules));
    POSTWACHT_CHECK(parse_scope(root, rules));
    POSTWACHT_CHECK(parse_words(root, rules));
    POSTWACHT_CHECK(parse_disclosure(root, rules));
    POSTWACHT_CHECK(parse_limits(root, rules));
    POSTWACHT_CHECK(parse_incomplete(root, rules));
    POSTWACHT_CHECK(parse_hidden_content(root, rules));
    POSTWACHT_CHECK(parse_consistency(root, rules));
    POSTWACHT_CHECK(parse_run_guard(root, rules));
    POSTWACHT_CHECK(parse_exceptions(root, rules));
    POSTWACHT_CHECK(parse_review(root, rules));
    lint(sources.entries, rules);
    rules.digest = sources.digest;
    rules.id = rules.name + "@" + rules.digest.substr(0, id_digits);
    return rules;
}

Policy::Policy() = default;
Policy::~Policy() = default;

Result<std::shared_ptr<const Policy>> Policy::make(std::string_view toml_text, std::string file,
                                                   const Folder* folder) {
    POSTWACHT_TRY(rules, parse_rules(toml_text, std::move(file), folder));
    const std::shared_ptr<Policy> policy(new Policy());
    policy->state_ = std::make_unique<State>(State{std::move(rules)});
    return std::shared_ptr<const Policy>(policy);
}

Result<std::shared_ptr<const Policy>> Policy::parse(std::string_view toml_text, std::string file) {
    return make(toml_text, std::move(file), nullptr);
}

Result<std::shared_ptr<const Policy>> Policy::parse(std::string_view toml_text, std::string file,
                                                    const Folder& folder) {
    return make(toml_text, std::move(file), &folder);
}

Result<std::shared_ptr<const Policy>> Policy::load(const std::string& path,
                                                   const crypto::SignatureVerifier* signed_by) {
    auto text = read_file(path, max_policy_bytes);
    if (!text) {
        Error error = text.error();
        error.code = ErrorCode::policy;
        return error;
    }
    if (signed_by != nullptr) POSTWACHT_CHECK(check_signature(*signed_by, path, *text));
    const Folder folder{std::filesystem::path(path).parent_path(), signed_by};
    return make(*text, path, &folder);
}

Verdict Policy::judge(const Facts& facts) const {
    return policy::judge(*state_, facts);
}

bool Policy::in_scope(const mail::Address& sender,
                      const std::vector<mail::Address>& header_from) const {
    return policy::in_scope(*state_, sender, header_from);
}

bool Policy::identifies_nobody(std::string_view domain) const {
    const auto in = [domain](const std::vector<DomainGlob>& globs) {
        return std::any_of(globs.begin(), globs.end(),
                           [domain](const DomainGlob& glob) { return glob.matches(domain); });
    };
    return in(state_->public_mailbox_providers) || in(state_->shared_domains);
}

const std::vector<std::string>& Policy::dotless_domains() const {
    return state_->dotless_domains;
}

const match::Vocabulary& Policy::vocabulary() const {
    return *state_->vocabulary;
}
const std::string& Policy::name() const {
    return state_->name;
}
const std::string& Policy::id() const {
    return state_->id;
}
const std::string& Policy::digest() const {
    return state_->digest;
}
Mode Policy::mode() const {
    return state_->mode;
}
Action Policy::strongest_action() const {
    return state_->strongest;
}
bool Policy::uses_tag() const {
    return state_->uses_tag;
}
const std::vector<Warning>& Policy::warnings() const {
    return state_->warnings;
}
bool Policy::is_own(const mail::Address& address) const {
    return !address.null && !address.invalid && !address.domain.empty() &&
           is_internal(*state_, address);
}
const ReviewRules& Policy::review() const {
    return state_->review;
}
const Rules& Policy::rules() const {
    return *state_;
}

}  // namespace postwacht::policy
