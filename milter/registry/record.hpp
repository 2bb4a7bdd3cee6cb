// The records of the index: subjects, organisations and the description of the whole, as bytes.
//
// Format 5. A number is a varint (seven bits a byte, lowest first, the high bit set on all but the
// last), a text its length and its bytes, a list its length and its items, a date the number of
// days since 1970-01-01 (zigzag: 0, -1, 1, -2, ... as 0, 1, 2, 3, ...).
//
//   subject       id, BSN as a number (0: none), other ids, initials, given names, prefix, surname,
//                 partner's prefix and surname, flags (1: birth date follows), [birth date],
//                 postcode, house number, e-mail addresses, relations
//   relation      position of its name in the description, flags (1: organisation, else e-mail
//                 address; 2: valid_from follows; 4: valid_to follows), party, [from], [to]
//   organisation  id, name, domains, addresses, kvk, payroll number
//   description   format, counts of subjects, organisations and relations, built at and source
//                 as of (seconds since 1970), source digest, shapes of other ids, names of
//                 relations, filter of surname words (word_filter.hpp), domains whose host ignores
//                 dots (mailboxes.hpp), the first subject number and organisation number that are
//                 free, how many updates there were and when the last one was
//
// The description of updates speaks of the index together with them, except for the shapes, the
// names and the filter, which are those of its own records.
//
// A change of any of this is a new format number. Decoding takes any bytes and gives nothing where
// they are no record.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/index.hpp"
#include "registry/types.hpp"

namespace postwacht::registry {

constexpr std::uint32_t index_format = 5;

// What the index as a whole says about itself. Holds nothing that identifies a person.
struct Description {
    Stats stats;
    std::vector<std::string> other_id_shapes;  // sorted
    std::vector<std::string> relation_names;
    std::string surname_filter;
    std::vector<std::string> dotless_domains;  // Mailboxes::dotless_domains()
    SubjectNumber free_subject = 0;            // this number and all above are nobody's
    OrganisationNumber free_organisation = 0;
};

// `names` are those of the description, in which every relation's name must stand.
[[nodiscard]] std::string encode(const Subject& subject, const std::vector<std::string>& names);
[[nodiscard]] std::string encode(const Organisation& organisation);
[[nodiscard]] std::string encode(const Description& description);

[[nodiscard]] std::shared_ptr<const Subject> decode_subject(std::string_view bytes,
                                                            SubjectNumber number,
                                                            const std::vector<std::string>& names);
[[nodiscard]] std::shared_ptr<const Organisation> decode_organisation(std::string_view bytes,
                                                                      OrganisationNumber number);
[[nodiscard]] std::optional<Description> decode_description(std::string_view bytes);

}  // namespace postwacht::registry
