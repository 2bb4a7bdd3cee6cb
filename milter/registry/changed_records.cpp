#include "registry/changed_records.hpp"

#include <algorithm>
#include <utility>

#include "registry/lookup_key.hpp"

namespace postwacht::registry {
namespace {

bool is_same(const Relation& a, const Relation& b) {
    return a.name == b.name && a.organisation == b.organisation && a.email == b.email &&
           a.valid_from == b.valid_from;
}

}  // namespace

Result<ChangedRecords> ChangedRecords::load(const std::shared_ptr<const StoredIndex>& base,
                                            const std::shared_ptr<const StoredIndex>& updates) {
    ChangedRecords changed(base, (updates ? updates : base)->description());
    if (!updates) return changed;
    POSTWACHT_TRY(organisations, updates->all_organisations());
    for (const OrganisationNumber number : organisations) {
        POSTWACHT_TRY(organisation, updates->organisation(number));
        // What nothing leads to was deleted.
        POSTWACHT_TRY(found, updates->organisations_with(kind::organisation_id, organisation->id));
        changed.organisation_numbers_[organisation->id] = number;
        changed.organisations_[number] = {*organisation, found.empty()};
    }
    POSTWACHT_TRY(subjects, updates->all_subjects());
    for (const SubjectNumber number : subjects) {
        POSTWACHT_TRY(subject, updates->subject(number));
        changed.set(number, subject ? std::optional(*subject) : std::nullopt);
    }
    return changed;
}

// Only what is here: counts are the caller's.
void ChangedRecords::set(SubjectNumber number, std::optional<Subject> subject) {
    std::optional<Subject>& place = subjects_[number];
    if (place) {
        subject_numbers_.erase(place->id);
        const auto [begin, end] = bsns_.equal_range(place->bsn);
        const auto own = std::find_if(
            begin, end, [number](const auto& entry) { return entry.second == number; });
        if (own != end) bsns_.erase(own);
    }
    if (subject) {
        subject_numbers_[subject->id] = number;
        if (!subject->bsn.empty()) bsns_.emplace(subject->bsn, number);
    }
    place = std::move(subject);
}

Result<std::optional<SubjectNumber>> ChangedRecords::built_subject(const std::string& id) const {
    POSTWACHT_TRY(found, base_->subjects_with_id(id));
    return found.empty() ? std::nullopt : std::optional(found.front());
}

Result<std::optional<SubjectNumber>> ChangedRecords::subject_with_id(const std::string& id) const {
    const auto changed = subject_numbers_.find(id);
    if (changed != subject_numbers_.end()) return std::optional(changed->second);
    POSTWACHT_TRY(built, built_subject(id));
    return built && !subjects_.contains(*built) ? built : std::nullopt;
}

Result<std::optional<OrganisationNumber>> ChangedRecords::organisation_with_id(
    const std::string& id) const {
    const auto changed = organisation_numbers_.find(id);
    if (changed != organisation_numbers_.end()) {
        const bool deleted = organisations_.at(changed->second).deleted;
        return deleted ? std::nullopt : std::optional(changed->second);
    }
    POSTWACHT_TRY(found, base_->organisations_with(kind::organisation_id, id));
    return found.empty() ? std::nullopt : std::optional(found.front());
}

Result<std::vector<SubjectNumber>> ChangedRecords::subjects_with_bsn(const std::string& bsn) const {
    POSTWACHT_TRY(numbers, base_->find(Key::bsn, bsn));
    std::erase_if(numbers, [this](SubjectNumber number) { return subjects_.contains(number); });
    const auto [begin, end] = bsns_.equal_range(bsn);
    for (auto entry = begin; entry != end; ++entry) numbers.push_back(entry->second);
    return numbers;
}

Result<Subject> ChangedRecords::subject(SubjectNumber number) const {
    const auto changed = subjects_.find(number);
    if (changed != subjects_.end() && changed->second) return *changed->second;
    POSTWACHT_TRY(built, base_->subject(number));
    if (changed != subjects_.end() || !built)
        return Error{ErrorCode::internal, "registry update", "a subject that is gone", {}};
    return *built;
}

Result<void> ChangedRecords::put(Subject subject) {
    POSTWACHT_TRY(existing, subject_with_id(subject.id));
    if (existing) {
        POSTWACHT_TRY(before, this->subject(*existing));
        subject.number = *existing;
        subject.relations = std::move(before.relations);
    } else {
        // Whoever comes back has the old number.
        POSTWACHT_TRY(built, built_subject(subject.id));
        subject.number = built ? *built : description_.free_subject++;
        subject.relations.clear();
        ++description_.stats.subjects;
    }
    const SubjectNumber number = subject.number;
    set(number, std::move(subject));
    return {};
}

Result<void> ChangedRecords::put(Organisation organisation) {
    POSTWACHT_TRY(existing, organisation_with_id(organisation.id));
    if (!existing) ++description_.stats.organisations;
    const auto changed = organisation_numbers_.find(organisation.id);
    // Relations to one that comes back lead to it again.
    organisation.number = changed != organisation_numbers_.end() ? changed->second
                          : existing                             ? *existing
                                                                 : description_.free_organisation++;
    const OrganisationNumber number = organisation.number;
    organisation_numbers_[organisation.id] = number;
    organisations_[number] = {std::move(organisation), false};
    return {};
}

Result<void> ChangedRecords::delete_subject(const std::string& id) {
    POSTWACHT_TRY(existing, subject_with_id(id));
    if (!existing) return {};
    POSTWACHT_TRY(before, subject(*existing));
    --description_.stats.subjects;
    description_.stats.relations -= before.relations.size();
    set(*existing, std::nullopt);
    return {};
}

Result<void> ChangedRecords::delete_organisation(const std::string& id) {
    POSTWACHT_TRY(existing, organisation_with_id(id));
    if (!existing) return {};
    ChangedOrganisation& place = organisations_[*existing];
    if (place.organisation.id.empty()) {
        POSTWACHT_TRY(built, base_->organisation(*existing));
        place.organisation = *built;
    }
    place.deleted = true;
    organisation_numbers_[id] = *existing;
    --description_.stats.organisations;
    return {};
}

Result<Subject*> ChangedRecords::editable(SubjectNumber number) {
    if (!subjects_.contains(number)) {
        POSTWACHT_TRY(built, subject(number));
        set(number, std::move(built));
    }
    return &*subjects_.at(number);
}

Result<void> ChangedRecords::put_relation(SubjectNumber number, Relation relation) {
    POSTWACHT_TRY(subject, editable(number));
    auto& all = subject->relations;
    const auto same = std::find_if(all.begin(), all.end(),
                                   [&](const Relation& other) { return is_same(other, relation); });
    if (same != all.end()) {
        same->valid_to = relation.valid_to;
        return {};
    }
    all.push_back(std::move(relation));
    ++description_.stats.relations;
    return {};
}

Result<void> ChangedRecords::delete_relation(SubjectNumber number, const Relation& relation) {
    POSTWACHT_TRY(subject, editable(number));
    const auto gone = std::erase_if(
        subject->relations, [&](const Relation& other) { return is_same(other, relation); });
    description_.stats.relations -= gone;
    return {};
}

}  // namespace postwacht::registry
