// [review]: who may decide what about held messages, and what is decided without people.
#include <algorithm>
#include <charconv>
#include <utility>

#include "base/format.hpp"
#include "base/text.hpp"
#include "policy/parse_tables.hpp"
#include "policy/review_rules.hpp"

namespace postwacht::policy {
namespace {

using toml::Reader;

constexpr const char* everything_else = "*";

Error unknown_word(const Reader& reader, toml::Position at, const char* what, std::string_view word,
                   const char* hint) {
    return reader.error(ErrorCode::policy, at,
                        format("'{}' is not a {}", text::printable(word), what), hint);
}

Result<Severity> to_severity(const Reader& reader, const toml::Value& value) {
    static constexpr const char* hint = "low, medium, high or critical";
    const auto* word = std::get_if<std::string>(&value.data);
    const auto severity = word == nullptr ? std::nullopt : severity_from(*word);
    if (!severity)
        return unknown_word(reader, value.at, "severity",
                            word == nullptr ? value.kind() : word->c_str(), hint);
    return *severity;
}

// The key's list of roles; what is there already where the key is absent.
Result<void> read_roles(Reader& reader, std::string_view key, Roles& out) {
    POSTWACHT_TRY(words, reader.strings(key));
    if (!words) return {};
    const auto& items = std::get<toml::Array>(reader.value(key)->data);
    Roles roles;
    for (std::size_t i = 0; i < words->size(); ++i) {
        const auto role = role_from((*words)[i]);
        if (!role)
            return unknown_word(reader, items[i].at, "role", (*words)[i],
                                "reviewer, privacy_officer or auditor");
        roles.add(*role);
    }
    if (roles.empty())
        return reader.error(ErrorCode::policy, reader.position(key),
                            format("'{}' names no role, so that nobody may", key),
                            "name at least one: [\"privacy_officer\"]");
    out = roles;
    return {};
}

// Of those who decide: an auditor does not.
Result<void> read_deciders(Reader& reader, std::string_view key, Roles& out) {
    POSTWACHT_CHECK(read_roles(reader, key, out));
    if (out.has(Role::auditor))
        return reader.error(ErrorCode::policy, reader.position(key),
                            "an auditor looks on and decides nothing",
                            "reviewer or privacy_officer");
    return {};
}

Result<void> check_category(const Reader& reader, const Rules& rules, toml::Position at,
                            std::string_view name) {
    if (name == everything_else || find_row(rules, name) < rules.rows.size()) return {};
    return reader.error(ErrorCode::policy, at,
                        format("unknown category '{}'", text::printable(name)),
                        category_hint(rules, name));
}

// A list of categories, or true for all of them, or false.
Result<void> read_categories(Reader& reader, std::string_view key, const Rules& rules,
                             std::vector<std::string>& out) {
    const toml::Value* value = reader.value(key);
    if (value == nullptr) return {};
    if (const auto* all = std::get_if<bool>(&value->data)) {
        out = *all ? std::vector<std::string>{everything_else} : std::vector<std::string>{};
        return {};
    }
    POSTWACHT_TRY(names, reader.strings(key));
    const auto& items = std::get<toml::Array>(value->data);
    for (std::size_t i = 0; i < names->size(); ++i)
        POSTWACHT_CHECK(check_category(reader, rules, items[i].at, (*names)[i]));
    out = std::move(*names);
    return {};
}

Result<void> read_severities(Reader& review, const Rules& rules, ReviewRules& out) {
    POSTWACHT_TRY(table, review.table("severity"));
    if (!table) return {};
    table->all_known();
    for (const toml::Entry& entry : table->entries()) {
        POSTWACHT_CHECK(check_category(*table, rules, entry.at, entry.key));
        POSTWACHT_TRY(severity, to_severity(*table, entry.value));
        out.by_category.emplace_back(entry.key, severity);
    }
    return {};
}

Result<void> read_counts(Reader& review, ReviewRules& out) {
    POSTWACHT_TRY(table, review.table("severity_by_count"));
    if (!table) return {};
    table->all_known();
    out.by_count.clear();
    for (const toml::Entry& entry : table->entries()) {
        std::uint64_t count = 0;
        const char* end = entry.key.data() + entry.key.size();
        const auto [stopped, failed] = std::from_chars(entry.key.data(), end, count);
        if (failed != std::errc() || stopped != end || count == 0)
            return unknown_word(*table, entry.at, "number of people", entry.key,
                                "severity_by_count = { 10 = \"high\", 100 = \"critical\" }");
        POSTWACHT_TRY(severity, to_severity(*table, entry.value));
        out.by_count.emplace_back(count, severity);
    }
    std::sort(out.by_count.begin(), out.by_count.end());
    for (std::size_t i = 1; i < out.by_count.size(); ++i)
        if (out.by_count[i].second < out.by_count[i - 1].second)
            return table->error(ErrorCode::policy, table->at(),
                                "more people are less severe here than fewer",
                                "severity_by_count = { 10 = \"high\", 100 = \"critical\" }");
    return {};
}

Result<void> read_access(Reader& review, const Rules& rules, ReviewRules& out) {
    POSTWACHT_TRY(table, review.table("access"));
    if (!table) return {};
    for (const toml::Entry& entry : table->entries()) {
        if (entry.key == everything_else || find_row(rules, entry.key) == rules.rows.size())
            return table->error(ErrorCode::policy, entry.at,
                                format("unknown category '{}'", text::printable(entry.key)),
                                category_hint(rules, entry.key));
        Roles roles;
        POSTWACHT_CHECK(read_roles(*table, entry.key, roles));
        out.access.emplace_back(entry.key, roles);
    }
    return table->finish();
}

Result<void> read_return_at_once(Reader& review, const Rules& rules, ReviewRules& out) {
    POSTWACHT_TRY(tables, review.tables("return_at_once"));
    for (Reader& table : tables) {
        POSTWACHT_TRY(relation, table.string("relation"));
        const auto standing =
            relation ? standing_of(*relation, rules.relations) : std::optional<Standing>();
        if (!standing)
            return table.error(ErrorCode::policy, table.position("relation"),
                               "'return_at_once' needs a 'relation' that the matrix knows",
                               "{ relation = \"other_subject\" }");
        const bool ended = *standing >= standing::first_relation &&
                           standing::tense_of(*standing) == standing::Tense::former;
        if (*standing == standing::self || *standing == standing::internal)
            return table.error(ErrorCode::policy, table.position("relation"),
                               format("'{}' is never plainly wrong", *relation),
                               "other_subject, unrelated, or a relation that ended");
        POSTWACHT_TRY(since, table.duration("ended_for"));
        if (since && !ended)
            return table.error(ErrorCode::policy, table.position("ended_for"),
                               format("'{}' has no end", *relation),
                               "'ended_for' is for former_ relations");
        POSTWACHT_CHECK(table.finish());
        out.return_at_once.push_back({*relation, since.value_or(std::chrono::seconds(0))});
    }
    return {};
}

Result<void> read_level(Reader& review, const char* name, Severity severity, ReviewRules& out) {
    POSTWACHT_TRY(table, review.table(name));
    if (!table) return {};
    ReviewLevel& level = out.levels[static_cast<std::size_t>(severity)];
    POSTWACHT_CHECK(read_deciders(*table, "release", level.release));
    POSTWACHT_CHECK(read_deciders(*table, "return", level.give_back));
    POSTWACHT_CHECK(read_deciders(*table, "delete", level.remove));
    POSTWACHT_TRY(eyes, table->integer("eyes", 1, 9));
    POSTWACHT_TRY(escalate, table->duration("escalate_after"));
    POSTWACHT_TRY(give_back, table->duration("return_after"));
    POSTWACHT_CHECK(table->finish());
    if (eyes) level.eyes = static_cast<std::uint32_t>(*eyes);
    if (escalate) level.escalate_after = *escalate;
    if (give_back) level.return_after = *give_back;
    if (level.return_after < std::chrono::minutes(1))
        return table->error(ErrorCode::policy, table->position("return_after"),
                            "'return_after' leaves nobody the time to decide",
                            "return_after = \"5d\"");
    if (level.escalate_after > level.return_after)
        return table->error(ErrorCode::policy, table->position("escalate_after"),
                            "'escalate_after' comes behind 'return_after': nobody would hear of it",
                            "escalate_after = \"4h\", return_after = \"5d\"");
    return {};
}

}  // namespace

Result<void> parse_review(Reader& root, Rules& rules) {
    ReviewRules& out = rules.review;
    for (const Row& row : rules.rows)
        if (row.sensitive) out.sensitive.push_back(row.category);
    POSTWACHT_TRY(review, root.table("review"));
    if (!review) return {};
    POSTWACHT_CHECK(read_severities(*review, rules, out));
    POSTWACHT_CHECK(read_counts(*review, out));
    POSTWACHT_CHECK(read_access(*review, rules, out));
    POSTWACHT_CHECK(read_categories(*review, "auto_release", rules, out.auto_release));
    POSTWACHT_CHECK(read_categories(*review, "sender_override", rules, out.sender_override));
    POSTWACHT_TRY(duplicates, review->boolean("follow_duplicates"));
    POSTWACHT_TRY(changed, review->boolean("policy_change_releases"));
    out.follow_duplicates = duplicates.value_or(out.follow_duplicates);
    out.policy_change_releases = changed.value_or(false);
    POSTWACHT_CHECK(read_return_at_once(*review, rules, out));
    POSTWACHT_CHECK(read_level(*review, "low", Severity::low, out));
    POSTWACHT_CHECK(read_level(*review, "medium", Severity::medium, out));
    POSTWACHT_CHECK(read_level(*review, "high", Severity::high, out));
    POSTWACHT_CHECK(read_level(*review, "critical", Severity::critical, out));
    if (out.policy_change_releases && out.auto_release.empty())
        warn(*review, rules, review->position("policy_change_releases"),
             "nothing is released by itself, since 'auto_release' names no category",
             "auto_release = [\"personal_data\"], or leave 'policy_change_releases' out");
    return review->finish();
}

}  // namespace postwacht::policy
