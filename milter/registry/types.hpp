// Subjects, organisations, relations, and what an addressee is to a subject.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"

namespace postwacht::registry {

// Numbers are positions in one index; another index gives other ones. Never shown to users.
using SubjectNumber = std::uint32_t;
using OrganisationNumber = std::uint32_t;

// One row of relations.csv as a subject carries it. The party is an organisation or an address.
struct Relation {
    std::string name;  // "employer", "representative"; a lower_snake word
    std::optional<OrganisationNumber> organisation;
    std::string email;               // Mailboxes::key() form; empty for an organisation
    std::optional<Date> valid_from;  // nothing: since ever
    std::optional<Date> valid_to;    // inclusive; nothing: still valid
};

struct Subject {
    SubjectNumber number = 0;
    std::string id;   // subject_id, the only name of a subject that output may show
    std::string bsn;  // nine digits; empty if none
    std::vector<std::string> other_ids;
    std::string initials;     // "J.M."
    std::string given_names;  // "Johanna Maria"
    std::string prefix;       // "van der"
    std::string surname;
    std::string partner_prefix;
    std::string partner_surname;
    std::optional<Date> birth_date;
    std::string postcode;             // "1234AB"
    std::string house_number;         // "12a"
    std::vector<std::string> emails;  // Mailboxes::key() form
    std::vector<Relation> relations;
};

struct Organisation {
    OrganisationNumber number = 0;
    std::string id;
    std::string name;
    std::vector<std::string> domains;    // lower case; each stands for its subdomains too
    std::vector<std::string> addresses;  // Mailboxes::key() form
    std::string kvk;
    std::string payroll_number;
};

// Who an address belongs to, by the registry alone.
struct Addressee {
    std::string address;  // Mailboxes::key() form
    std::vector<OrganisationNumber> organisations;
    std::vector<SubjectNumber> own_address_of;  // subjects who have it as their own
};

// One thing that an addressee is to a subject, with the interval in which it holds.
struct Tie {
    enum class Kind {
        self,           // the subject's own address
        relation,       // `relation` between valid_from and valid_to
        other_subject,  // another subject's own address
    };
    Kind kind = Kind::relation;
    std::string relation;
    std::optional<Date> valid_from;
    std::optional<Date> valid_to;

    bool operator==(const Tie&) const = default;
};

// All ties of an addressee to a subject; empty when they are strangers.
[[nodiscard]] std::vector<Tie> ties(const Subject& subject, const Addressee& addressee);

// Whether the addressee is one typing error away from an address that the registry has for the
// subject: an own one, or one that a relation is to.
[[nodiscard]] bool nearly_registered(const Subject& subject, std::string_view address_key);

}  // namespace postwacht::registry
