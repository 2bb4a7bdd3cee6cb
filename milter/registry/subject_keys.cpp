#include "registry/subject_keys.hpp"

#include <cstring>

#include "base/text.hpp"
#include "registry/index.hpp"
#include "registry/person_keys.hpp"

namespace postwacht::registry {
namespace {

// Calls f(kind, value) for each value that a subject is found by.
template <class F>
void for_each_value(const Subject& subject, const std::vector<std::string>& surnames, F&& f) {
    if (!subject.bsn.empty()) f(Key::bsn, subject.bsn);
    for (const auto& id : subject.other_ids) f(Key::other_id, id);
    for (const auto& email : subject.emails) {
        f(Key::email, email);
        // Letters are read without diacritics.
        if (const std::string folded = text::fold(email); folded != email)
            f(Key::folded_email, folded);
    }
    for (const auto& word : surnames)
        f(Key::name_birth_date, name_birth_date_key(word, *subject.birth_date));
    if (subject.birth_date)
        for (const auto& end : surname_ends(subject))
            f(Key::name_birth_date, name_birth_date_key(end, *subject.birth_date));
    if (!subject.postcode.empty() && !subject.house_number.empty())
        f(Key::address, address_key(subject.postcode, subject.house_number));
}

}  // namespace

bool KeyEntry::operator<(const KeyEntry& other) const {
    // Keys are random: the first eight bytes nearly always tell.
    std::uint64_t here = 0;
    std::uint64_t there = 0;
    std::memcpy(&here, key.data(), sizeof here);
    std::memcpy(&there, other.key.data(), sizeof there);
    if (here != there) return __builtin_bswap64(here) < __builtin_bswap64(there);
    const int rest = std::memcmp(key.data(), other.key.data(), key.size());
    return rest != 0 ? rest < 0 : number < other.number;
}

void SubjectKeyMaker::add(const Subject& subject, SubjectKeys& keys) const {
    const auto surnames = subject.birth_date ? surname_keys(subject) : std::vector<std::string>();
    for (const auto& word : surnames) keys.surnames.push_back(sip_hash(word, surnames_));
    for (const auto& id : subject.other_ids) keys.shapes.insert(shape_of(id));
    keys.entries.push_back({lookup_key(*hash_, kind::subject_id, subject.id), subject.number});
    for_each_value(subject, surnames, [&](Key kind, std::string_view value) {
        keys.entries.push_back({lookup_key(*hash_, kind_of(kind), value), subject.number});
        keys.filter.push_back(filter_(kind, value));
    });
}

void add_organisation_keys(const crypto::KeyedHash& hash, const Organisation& organisation,
                           std::vector<KeyEntry>& entries) {
    const auto add = [&](std::string_view kind, std::string_view value) {
        entries.push_back({lookup_key(hash, kind, value), organisation.number});
    };
    add(kind::organisation_id, organisation.id);
    for (const auto& address : organisation.addresses) add(kind::organisation_address, address);
    for (const auto& domain : organisation.domains) add(kind::organisation_domain, domain);
}

Result<void> for_each_key(
    ExternalSort<KeyEntry>& sorted,
    const std::function<Result<void>(const LookupKey&, const std::vector<std::uint32_t>&)>& put) {
    LookupKey key{};
    std::vector<std::uint32_t> numbers;
    while (true) {
        POSTWACHT_TRY(entry, sorted.next());
        if (!numbers.empty() && (entry == nullptr || entry->key != key)) {
            POSTWACHT_CHECK(put(key, numbers));
            numbers.clear();
        }
        if (entry == nullptr) return {};
        key = entry->key;
        if (numbers.empty() || numbers.back() != entry->number) numbers.push_back(entry->number);
    }
}

}  // namespace postwacht::registry
