#include "policy/review_rules.hpp"

#include <algorithm>

namespace postwacht::policy {
namespace {

constexpr std::array<const char*, severities> severity_words{"low", "medium", "high", "critical"};
constexpr std::array<const char*, 3> role_words{"reviewer", "privacy_officer", "auditor"};

template <class Value, std::size_t N>
std::optional<Value> value_of(const std::array<const char*, N>& words, std::string_view word) {
    const auto* found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) return std::nullopt;
    return static_cast<Value>(found - words.begin());
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

const char* to_string(Severity severity) noexcept {
    return severity_words[static_cast<std::size_t>(severity)];
}
std::optional<Severity> severity_from(std::string_view word) noexcept {
    return value_of<Severity>(severity_words, word);
}
const char* to_string(Role role) noexcept {
    return role_words[static_cast<std::size_t>(role)];
}
std::optional<Role> role_from(std::string_view word) noexcept {
    return value_of<Role>(role_words, word);
}

std::string to_string(Roles roles) {
    std::string text;
    for (std::size_t i = 0; i < role_words.size(); ++i)
        if (roles.has(static_cast<Role>(i)))
            text += (text.empty() ? "" : " or ") + std::string(role_words[i]);
    return text.empty() ? "nobody" : text;
}

std::array<ReviewLevel, severities> ReviewRules::default_levels() {
    using std::chrono::hours;
    std::array<ReviewLevel, severities> levels;
    const auto set = [&levels](Severity severity, std::uint32_t eyes, hours escalate,
                               hours give_back) {
        ReviewLevel& level = levels[static_cast<std::size_t>(severity)];
        level.eyes = eyes;
        level.escalate_after = escalate;
        level.return_after = give_back;
    };
    set(Severity::low, 1, hours(48), hours(10 * 24));
    set(Severity::medium, 1, hours(24), hours(7 * 24));
    set(Severity::high, 2, hours(4), hours(5 * 24));
    set(Severity::critical, 2, hours(1), hours(5 * 24));
    levels[static_cast<std::size_t>(Severity::critical)].release = {Role::privacy_officer};
    return levels;
}

Severity ReviewRules::severity_of(const std::vector<std::string>& categories,
                                  std::uint64_t subject_count) const {
    const auto of_category = [this](std::string_view category) {
        const std::pair<std::string, Severity>* everything_else = nullptr;
        for (const auto& entry : by_category) {
            if (entry.first == category) return entry.second;
            if (entry.first == "*") everything_else = &entry;
        }
        if (contains(sensitive, category)) return Severity::high;
        return everything_else != nullptr ? everything_else->second : Severity::medium;
    };
    // What could not be read, or is about nobody known, has no category.
    Severity worst = categories.empty() ? of_category({}) : Severity::low;
    for (const std::string& category : categories) worst = std::max(worst, of_category(category));
    for (const auto& [least, severity] : by_count)
        if (subject_count >= least) worst = std::max(worst, severity);
    return worst;
}

Roles ReviewRules::may_open(const std::vector<std::string>& categories) const {
    Roles roles{Role::reviewer, Role::privacy_officer};
    for (const auto& [category, needed] : access) {
        if (!contains(categories, category) && !contains(categories, unknown_category)) continue;
        Roles both;
        for (const Role role : {Role::reviewer, Role::privacy_officer, Role::auditor})
            if (roles.has(role) && needed.has(role)) both.add(role);
        roles = both;
    }
    return roles;
}

bool ReviewRules::covers(const std::vector<std::string>& listed,
                         const std::vector<std::string>& categories) {
    if (categories.empty() || listed.empty() || contains(categories, unknown_category))
        return false;
    if (contains(listed, "*")) return true;
    return std::all_of(categories.begin(), categories.end(),
                       [&listed](const std::string& each) { return contains(listed, each); });
}

}  // namespace postwacht::policy
