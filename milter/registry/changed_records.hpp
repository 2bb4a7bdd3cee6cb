// ChangedRecords: all that was changed since an index was built, in memory, while a delta is
// brought in.
//
// A record that is not here is the index's own. About a kilobyte for each subject.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "registry/stored_index.hpp"

namespace postwacht::registry {

struct ChangedOrganisation {
    Organisation organisation;
    // Its record stays, since relations may still be to it, and is found by nothing.
    bool deleted = false;
};

class ChangedRecords {
  public:
    // Reads what `updates`, which may be null, has. Errors: registry_unavailable.
    static Result<ChangedRecords> load(const std::shared_ptr<const StoredIndex>& base,
                                       const std::shared_ptr<const StoredIndex>& updates);

    // The subject of an id; nothing where there is none, or none any more.
    Result<std::optional<SubjectNumber>> subject_with_id(const std::string& id) const;
    Result<std::optional<OrganisationNumber>> organisation_with_id(const std::string& id) const;
    Result<std::vector<SubjectNumber>> subjects_with_bsn(const std::string& bsn) const;
    // Of a number that one of these gave.
    Result<Subject> subject(SubjectNumber number) const;

    // Puts a subject in the place of the one with its id, whose relations it keeps, or adds it.
    Result<void> put(Subject subject);
    Result<void> put(Organisation organisation);
    // Nothing happens where there is none.
    Result<void> delete_subject(const std::string& id);
    Result<void> delete_organisation(const std::string& id);
    // In the place of the relation with the same name, party and beginning, or behind the others.
    Result<void> put_relation(SubjectNumber number, Relation relation);
    Result<void> delete_relation(SubjectNumber number, const Relation& relation);

    // By number. A subject that is nothing was deleted.
    [[nodiscard]] const std::map<SubjectNumber, std::optional<Subject>>& subjects() const {
        return subjects_;
    }
    [[nodiscard]] const std::map<OrganisationNumber, ChangedOrganisation>& organisations() const {
        return organisations_;
    }
    // Counts and free numbers are those of the whole; the rest is the caller's to fill.
    [[nodiscard]] const Description& description() const { return description_; }

  private:
    ChangedRecords(std::shared_ptr<const StoredIndex> base, Description description)
        : base_(std::move(base)), description_(std::move(description)) {}

    void set(SubjectNumber number, std::optional<Subject> subject);
    Result<Subject*> editable(SubjectNumber number);
    // The number that an id has in the index, whatever became of it since.
    Result<std::optional<SubjectNumber>> built_subject(const std::string& id) const;

    std::shared_ptr<const StoredIndex> base_;
    Description description_;
    std::map<SubjectNumber, std::optional<Subject>> subjects_;
    std::map<OrganisationNumber, ChangedOrganisation> organisations_;
    // Of those that are here and not deleted; of organisations, deleted ones too.
    std::unordered_map<std::string, SubjectNumber> subject_numbers_;
    std::unordered_map<std::string, OrganisationNumber> organisation_numbers_;
    std::unordered_multimap<std::string, SubjectNumber> bsns_;
};

}  // namespace postwacht::registry
