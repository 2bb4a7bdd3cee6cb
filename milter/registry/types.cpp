#include "registry/types.hpp"

#include <algorithm>
#include <utility>

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

}  // namespace postwacht::registry
