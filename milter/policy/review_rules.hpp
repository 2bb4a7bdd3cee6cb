// ReviewRules: what a policy says about held messages: who may decide what about them, how many
// must agree, how long it may take, and what is decided without people. [review] of a policy file.
//
// Data only; review/ acts by it. A policy without [review] has the defaults of this file.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postwacht::policy {

enum class Severity : std::uint8_t { low, medium, high, critical };
inline constexpr std::size_t severities = 4;
[[nodiscard]] const char* to_string(Severity severity) noexcept;
[[nodiscard]] std::optional<Severity> severity_from(std::string_view word) noexcept;

// What somebody may be. An auditor sees everything that is recorded and decides nothing.
enum class Role : std::uint8_t { reviewer, privacy_officer, auditor };
[[nodiscard]] const char* to_string(Role role) noexcept;
[[nodiscard]] std::optional<Role> role_from(std::string_view word) noexcept;

// A few roles; empty: nobody.
class Roles {
  public:
    constexpr Roles() = default;
    constexpr Roles(std::initializer_list<Role> roles) {
        for (const Role role : roles) add(role);
    }
    constexpr void add(Role role) { bits_ |= bit(role); }
    [[nodiscard]] constexpr bool has(Role role) const { return (bits_ & bit(role)) != 0; }
    [[nodiscard]] constexpr bool meets(Roles other) const { return (bits_ & other.bits_) != 0; }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    constexpr bool operator==(const Roles&) const = default;

  private:
    static constexpr std::uint8_t bit(Role role) {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(role));
    }
    std::uint8_t bits_ = 0;
};
// "reviewer or privacy_officer".
[[nodiscard]] std::string to_string(Roles roles);

// Stands among the categories of an item of which not all is known.
inline constexpr std::string_view unknown_category = "?";

// How items of one severity are dealt with.
struct ReviewLevel {
    Roles release{Role::reviewer, Role::privacy_officer};  // to the addressee, or a right one
    Roles give_back{Role::reviewer, Role::privacy_officer};
    Roles remove{Role::privacy_officer};
    std::uint32_t eyes = 1;  // how many people must want a release or a removal
    std::chrono::seconds escalate_after{std::chrono::hours(24)};
    std::chrono::seconds return_after{std::chrono::hours(7 * 24)};
};

// What is so plainly wrong that it goes back to its sender at once.
struct ReturnAtOnce {
    std::string relation;  // as a verdict has it: "other_subject", "former_employer"
    // Of a relation that ended: at least so long ago.
    std::chrono::seconds ended_for{0};
};

struct ReviewRules {
    // By Severity.
    std::array<ReviewLevel, severities> levels = default_levels();

    // The severity of a category; "*" is every other one. What names none counts as medium, or
    // high where the category is sensitive.
    std::vector<std::pair<std::string, Severity>> by_category;
    // At least so many people in one message. Ascending.
    std::vector<std::pair<std::uint64_t, Severity>> by_count{{10, Severity::high},
                                                             {100, Severity::critical}};
    std::vector<std::string> sensitive;  // categories; filled in from [categories]

    // Who may open items with a category; who opens any item may else be a reviewer or a privacy
    // officer.
    std::vector<std::pair<std::string, Roles>> access;

    // Categories whose items are released where a changed registry makes the policy accept them.
    std::vector<std::string> auto_release;  // "*" is all
    // Whether a changed policy that accepts an item releases it by itself, under the same rule.
    bool policy_change_releases = false;
    // Whether what is the same as a decided item, for the same people, follows its decision.
    bool follow_duplicates = true;
    std::vector<ReturnAtOnce> return_at_once;
    // Categories for which a sender's confirmation may count as a request to release.
    std::vector<std::string> sender_override;  // "*" is all

    [[nodiscard]] const ReviewLevel& level(Severity severity) const {
        return levels[static_cast<std::size_t>(severity)];
    }
    [[nodiscard]] Severity severity_of(const std::vector<std::string>& categories,
                                       std::uint64_t subject_count) const;
    [[nodiscard]] Roles may_open(const std::vector<std::string>& categories) const;
    // Whether `listed` has each of the categories, of which there is at least one.
    [[nodiscard]] static bool covers(const std::vector<std::string>& listed,
                                     const std::vector<std::string>& categories);

    [[nodiscard]] static std::array<ReviewLevel, severities> default_levels();
};

}  // namespace postwacht::policy
