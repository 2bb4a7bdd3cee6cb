#include "review/people.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"

namespace postwacht::review {

using policy::Role;
using policy::Roles;

Result<Person> People::find(std::string_view name) const {
    if (!restricted())
        return Person{std::string(name), Roles{Role::reviewer, Role::privacy_officer}, {}};
    const auto found = std::find_if(people_.begin(), people_.end(),
                                    [name](const Person& each) { return each.name == name; });
    if (found == people_.end())
        return Error{ErrorCode::forbidden, "",
                     format("'{}' has no role in the review of held mail", text::printable(name)),
                     "an administrator adds people under [[review.person]] in the configuration"};
    return *found;
}

Result<void> require(const Person& person, Roles roles, std::string_view what) {
    if (person.roles.meets(roles)) return {};
    return Error{ErrorCode::forbidden, "",
                 format("'{}' may not {}", text::printable(person.name), what),
                 "it takes a " + to_string(roles)};
}

}  // namespace postwacht::review
