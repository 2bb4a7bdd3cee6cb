// People: who may review, and as what.
//
// They come from the configuration; names are those of the system's users, so that nobody can
// claim to be somebody else. Where the configuration names nobody, whoever has the review key may
// do everything, alone: an instance of one administrator.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "policy/review_rules.hpp"

namespace postwacht::review {

struct Person {
    std::string name;
    policy::Roles roles;
    std::vector<std::string> addresses;  // Address::key() form: what they send themselves
};

class People {
  public:
    People() = default;
    explicit People(std::vector<Person> people) : people_(std::move(people)) {}

    [[nodiscard]] bool restricted() const { return !people_.empty(); }
    // Error (forbidden): the configuration names others, and not this one.
    Result<Person> find(std::string_view name) const;

  private:
    std::vector<Person> people_;
};

// Error (forbidden) where somebody has none of the roles; `what` ends "may not ...".
Result<void> require(const Person& person, policy::Roles roles, std::string_view what);

}  // namespace postwacht::review
