#include "match/people.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace postwacht::match {
namespace {

// The elements that are made of several values.
constexpr std::uint8_t name_birth_date_element = 30;
constexpr std::uint8_t address_element = 31;

constexpr std::uint64_t bit(std::uint8_t element) noexcept {
    return std::uint64_t{1} << element;
}
constexpr unsigned bit(EvidenceKind kind) noexcept {
    return 1U << static_cast<unsigned>(kind);
}

}  // namespace

std::uint8_t element_of(const registry::Subject& subject, EvidenceKind kind,
                        std::string_view value) noexcept {
    constexpr std::size_t addresses = 1;
    constexpr std::size_t ids = 32;
    const auto number = [](const std::vector<std::string>& values, auto found, std::size_t first,
                           std::size_t end) {
        const auto at = static_cast<std::size_t>(found - values.begin());
        return static_cast<std::uint8_t>(std::min(first + at, end - 1));
    };
    switch (kind) {
        case EvidenceKind::email: {
            const auto& emails = subject.emails;
            auto found = std::find(emails.begin(), emails.end(), value);
            // As it stands in a text, without diacritics.
            if (found == emails.end())
                found = std::find_if(emails.begin(), emails.end(), [value](const auto& email) {
                    return text::fold(email) == value;
                });
            return number(emails, found, addresses, name_birth_date_element);
        }
        case EvidenceKind::other_id:
            return number(subject.other_ids,
                          std::find(subject.other_ids.begin(), subject.other_ids.end(), value), ids,
                          64);
        case EvidenceKind::name_birth_date:
            return name_birth_date_element;
        case EvidenceKind::address:
            return address_element;
        default:
            return 0;
    }
}

Confidence confidence_of(const Person& person) noexcept {
    // Name, birth date and postcode that an element is made of do not support that element.
    constexpr std::uint64_t composite = bit(name_birth_date_element) | bit(address_element);
    const std::uint64_t all = person.strong | person.shared;
    unsigned supporting = person.supporting;
    if ((all & ~composite) == 0 && person.weak == 0) {
        if ((all & bit(name_birth_date_element)) != 0)
            supporting &= ~(bit(EvidenceKind::name) | bit(EvidenceKind::birth_date));
        if ((all & bit(address_element)) != 0) {
            // Where no name agrees the birth date did.
            if ((person.supporting & bit(EvidenceKind::name)) == 0)
                supporting &= ~bit(EvidenceKind::birth_date);
            supporting &= ~(bit(EvidenceKind::name) | bit(EvidenceKind::postcode));
        }
    }
    // Elements of lesser standing beside another element support it.
    const int groups =
        (person.strong != 0 ? 1 : 0) + (person.weak != 0 ? 1 : 0) + (person.shared != 0 ? 1 : 0);
    int pieces = std::popcount(supporting) + groups - 1;
    // Made of two values that agree, it needs one more.
    if ((person.strong & composite) != 0) ++pieces;

    Confidence confidence = Confidence::low;
    if (std::popcount(person.strong) >= 2 || (pieces >= 2 && person.unshared))
        confidence = Confidence::high;
    else if (pieces >= 1 || !person.bsn_only)
        confidence = Confidence::medium;
    if (!person.legible && confidence != Confidence::low)
        confidence = confidence == Confidence::high ? Confidence::medium : Confidence::low;
    return confidence;
}

Result<std::uint32_t> People::number_of(registry::SubjectNumber subject_number) {
    if (const auto known = numbers_.find(subject_number); known != numbers_.end())
        return known->second;
    POSTWACHT_TRY(subject, index_.subject(subject_number));
    Person person;
    person.names = name_forms(*subject);
    person.subject = std::move(subject);
    const auto added = static_cast<std::uint32_t>(all_.size());
    all_.push_back(std::move(person));
    numbers_.emplace(subject_number, added);
    return added;
}

}  // namespace postwacht::match
