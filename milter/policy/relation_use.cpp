#include "policy/relation_use.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"
#include "policy/rules.hpp"

namespace postwacht::policy {
namespace {

// As many as fit into one line of a hint.
constexpr std::size_t most_names = 8;

std::string list(const std::vector<std::string>& names) {
    std::string out;
    for (std::size_t i = 0; i < std::min(names.size(), most_names); ++i)
        out += format("{}{}", i == 0 ? "" : ", ", text::printable(names[i]));
    if (names.size() > most_names) out += format(" and {} more", names.size() - most_names);
    return out;
}

}  // namespace

std::vector<Warning> relation_use(const Policy& policy,
                                  const std::vector<std::string>& registered) {
    std::vector<Warning> out;
    if (registered.empty()) return out;
    const Rules& rules = policy.rules();
    const std::vector<std::string_view> known(registered.begin(), registered.end());
    for (const NamedRelation& named : rules.named_relations) {
        if (std::find(known.begin(), known.end(), named.name) != known.end()) continue;
        const auto near = text::nearest(named.name, known);
        const std::string also =
            named.places == 1 ? "" : format(" (named in {} places)", named.places);
        out.push_back(
            {named.where,
             format("no subject of the registry has the relation '{}'{}", named.name, also),
             near.empty() ? format("the registry has {}", list(registered))
                          : format("did you mean '{}'?", near)});
    }
    std::vector<std::string> unnamed;
    for (const std::string& name : registered)
        if (rules.relations.find(name) == 0) unnamed.push_back(name);
    if (!unnamed.empty())
        out.push_back({rules.disclosure_place,
                       format("relations of the registry that no row names: {}", list(unnamed)),
                       "what \"*\" says is for them too; name those who may have something", true});
    return out;
}

}  // namespace postwacht::policy
