// Delta: changes of the registry, in tables like those of a source with one more column, `op`: CSV
// files, or what changed in a database (postgresql.hpp).
//
// "upsert" puts a row in place of the one that it names, or adds it; "delete" takes it away. A
// subject and an organisation are named by their id, a relation by its subject, its name, its party
// and valid_from. To delete something that is not there is nothing, so that a delta may be applied
// twice. A table names each row once.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "registry/source.hpp"

namespace postwacht::registry {

// Where in its file something stands that may turn out to be wrong later.
struct Place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

struct SubjectChange {
    std::string id;
    std::optional<Subject> subject;  // without relations; nothing: deleted
    Place id_place;
    Place bsn_place;
};

struct OrganisationChange {
    std::string id;
    std::optional<Organisation> organisation;  // nothing: deleted
    Place id_place;
};

struct RelationChange {
    RelationRow row;
    bool deleted = false;
    Place subject_place;
    Place organisation_place;
};

// The good rows of a delta, and the ids of those that are not.
struct Changes {
    std::vector<SubjectChange> subjects;
    std::vector<OrganisationChange> organisations;
    std::vector<RelationChange> relations;
    std::vector<std::string> bad_subjects;
    std::vector<std::string> bad_organisations;
};

// The columns of each table of a delta: those of a source, and behind them `op`.
[[nodiscard]] std::span<const Column> delta_columns_of_subjects();
[[nodiscard]] std::span<const Column> delta_columns_of_organisations();
[[nodiscard]] std::span<const Column> delta_columns_of_relations();

class Delta {
  public:
    // A folder with one or more of subjects.csv, organisations.csv and relations.csv, or one file,
    // which is known by its columns. Errors (source): see open_csv_file(); no such file.
    static Result<Delta> open(const std::filesystem::path& path);
    // Of tables with the columns of a delta.
    Delta(Table subjects, Table organisations, Table relations)
        : subjects_(std::move(subjects)),
          organisations_(std::move(organisations)),
          relations_(std::move(relations)) {}

    // Reads all of it, addresses in the form that `mailboxes` gives them. Bad rows are reported, a
    // row that names what another one names among them. Errors (source): too many rows, see
    // TableReader::intact().
    Result<Changes> read(const Mailboxes& mailboxes, BadRows& bad_rows);

    // What a report about one of its rows looks like.
    [[nodiscard]] BadRow bad_subject(const Place& place, std::size_t column,
                                     std::string what) const;
    [[nodiscard]] BadRow bad_relation(const Place& place, std::size_t column,
                                      std::string what) const;

    // That of the newest file.
    [[nodiscard]] Instant as_of() const;
    // SHA-256 of its files one after the other, in hexadecimal.
    [[nodiscard]] Result<std::string> digest() const;

  private:
    Delta() = default;
    [[nodiscard]] std::vector<const Table*> tables() const;

    std::optional<Table> subjects_;
    std::optional<Table> organisations_;
    std::optional<Table> relations_;
};

}  // namespace postwacht::registry
