#include "registry/types.hpp"

#include <algorithm>
#include <utility>

#include "registry/mailboxes.hpp"

namespace postwacht::registry {
namespace {

bool party_is(const Relation& relation, const Addressee& addressee) {
    if (relation.organisation) {
        return std::find(addressee.organisations.begin(), addressee.organisations.end(),
                         *relation.organisation) != addressee.organisations.end();
    }
    return !relation.email.empty() && relation.email == addressee.address;
}

}  // namespace

std::vector<Tie> ties(const Subject& subject, const Addressee& addressee) {
    std::vector<Tie> found;
    bool self = false;
    bool other = false;
    for (const SubjectNumber owner : addressee.own_address_of) {
        (owner == subject.number ? self : other) = true;
    }
    if (self) found.push_back({Tie::Kind::self, {}, {}, {}});
    for (const Relation& relation : subject.relations) {
        if (!party_is(relation, addressee)) continue;
        found.push_back(
            {Tie::Kind::relation, relation.name, relation.valid_from, relation.valid_to});
    }
    if (other) found.push_back({Tie::Kind::other_subject, {}, {}, {}});
    return found;
}

bool nearly_registered(const Subject& subject, std::string_view address_key) {
    if (address_key.empty()) return false;
    const auto near = [address_key](const std::string& registered) {
        return !registered.empty() && differ_in_one_character(registered, address_key);
    };
    return std::any_of(subject.emails.begin(), subject.emails.end(), near) ||
           std::any_of(subject.relations.begin(), subject.relations.end(),
                       [&near](const Relation& relation) { return near(relation.email); });
}

}  // namespace postwacht::registry
