// StoredIndex: one file of an index, opened for lookups. What INDEX holds, or what its updates
// hold; layered_index.hpp puts the two together.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/keys.hpp"
#include "registry/index.hpp"
#include "registry/index_file.hpp"
#include "registry/record.hpp"

namespace postwacht::registry {

// Thread-safe, without locks. Errors of lookups: registry_unavailable.
class StoredIndex {
  public:
    // Reads the whole file. Errors (registry_unavailable): see verify_index_file().
    static Result<std::shared_ptr<const StoredIndex>> open(const std::filesystem::path& file,
                                                           const crypto::SecretKey& key);
    ~StoredIndex();
    StoredIndex(const StoredIndex&) = delete;
    StoredIndex& operator=(const StoredIndex&) = delete;

    [[nodiscard]] const Salt& salt() const;
    [[nodiscard]] const Description& description() const;
    [[nodiscard]] const Mailboxes& mailboxes() const;
    [[nodiscard]] bool may_be_surname(std::string_view key) const;

    // Numbers ascend. Most values that are nobody's cost no more than a look at the filter.
    Result<std::vector<SubjectNumber>> find(Key key, std::string_view value) const;
    Result<std::vector<SubjectNumber>> subjects_with_id(std::string_view id) const;
    // `kind` is one of those of organisations (lookup_key.hpp).
    Result<std::vector<OrganisationNumber>> organisations_with(std::string_view kind,
                                                               std::string_view value) const;
    // Null where the record says that the subject was deleted.
    Result<std::shared_ptr<const Subject>> subject(SubjectNumber number) const;
    Result<std::shared_ptr<const Organisation>> organisation(OrganisationNumber number) const;
    // All that have a record, ascending.
    Result<std::vector<SubjectNumber>> all_subjects() const;
    Result<std::vector<OrganisationNumber>> all_organisations() const;

  private:
    struct State;
    explicit StoredIndex(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace postwacht::registry
