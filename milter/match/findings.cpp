#include "match/findings.hpp"

namespace postwacht::match {

const char* to_string(Confidence confidence) noexcept {
    switch (confidence) {
        case Confidence::low:
            return "low";
        case Confidence::medium:
            return "medium";
        case Confidence::high:
            return "high";
    }
    return "low";
}

const char* to_string(EvidenceKind kind) noexcept {
    switch (kind) {
        case EvidenceKind::bsn:
            return "bsn";
        case EvidenceKind::other_id:
            return "other_id";
        case EvidenceKind::email:
            return "email";
        case EvidenceKind::name_birth_date:
            return "name_birth_date";
        case EvidenceKind::address:
            return "address";
        case EvidenceKind::keyword:
            return "keyword";
        case EvidenceKind::name:
            return "name";
        case EvidenceKind::birth_date:
            return "birth_date";
        case EvidenceKind::postcode:
            return "postcode";
    }
    return "bsn";
}

const char* to_string(NamedAt at) noexcept {
    switch (at) {
        case NamedAt::salutation:
            return "salutation";
        case NamedAt::address_block:
            return "address_block";
        case NamedAt::file_name:
            return "file_name";
        case NamedAt::file_number:
            return "file_number";
    }
    return "salutation";
}

std::optional<NamedAt> named_at_from(std::string_view word) noexcept {
    for (std::size_t i = 0; i < named_places; ++i)
        if (word == to_string(static_cast<NamedAt>(i))) return static_cast<NamedAt>(i);
    return std::nullopt;
}

}  // namespace postwacht::match
