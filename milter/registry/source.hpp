// The registry source: its three CSV files, and each of their rows checked and normalised.
//
// A row is good or reported once, with the place of the first thing that is wrong with it and never
// with a value. Values leave here in the form in which they are looked up: addresses as
// Address::key(), other ids by normalise_other_id(), a BSN as nine digits, a postcode as "1234AB".
// Reading a file twice gives the same rows with the same numbers.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"
#include "registry/build.hpp"
#include "registry/csv.hpp"
#include "registry/mapped_file.hpp"
#include "registry/types.hpp"

namespace postwacht::registry {

// Counts bad rows and hands each on.
class BadRows {
  public:
    explicit BadRows(std::function<void(const BadRow&)> listener)
        : listener_(std::move(listener)) {}

    void add(BadRow row);
    [[nodiscard]] std::uint64_t count() const { return count_; }
    // "subjects.csv:12:8", of the first one.
    [[nodiscard]] const std::string& first_place() const { return first_place_; }

  private:
    std::function<void(const BadRow&)> listener_;
    std::uint64_t count_ = 0;
    std::string first_place_;
};

struct Column {
    std::string_view name;
    bool required = false;  // an optional one may be left out of the file
};

// One mapped file whose header row was understood.
class SourceFile {
  public:
    // Errors (source): missing, unreadable, not UTF-8, no header, a column that is unknown, missing
    // or there twice.
    static Result<SourceFile> open(const std::filesystem::path& folder, std::string_view name,
                                   std::span<const Column> columns);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::string_view bytes() const { return mapping_.bytes(); }
    [[nodiscard]] Instant modified() const;
    // Whether the file that has this name now is the one that was opened, unchanged.
    [[nodiscard]] bool unchanged() const;

    // Positions in a record for each of the columns, in the order of open(); nothing for one that
    // was left out.
    [[nodiscard]] const std::vector<std::optional<std::size_t>>& positions() const {
        return positions_;
    }
    // How many fields a record must have.
    [[nodiscard]] std::size_t width() const { return width_; }

  private:
    SourceFile(MappedFile mapping, std::filesystem::path path, std::string name,
               const struct stat& status);
    Result<void> read_header(std::span<const Column> columns);
    [[nodiscard]] Error header_error(const csv::Field& field, std::string detail,
                                     std::string hint) const;

    MappedFile mapping_;
    std::filesystem::path path_;
    std::string name_;
    struct stat status_ {};
    std::vector<std::optional<std::size_t>> positions_;
    std::size_t width_ = 0;
};

// Walks over the records of a file. Those that are not well formed are reported and passed over.
class Rows {
  public:
    // Both must outlive it; `bad_rows` may be null, when the file was checked before.
    Rows(const SourceFile& file, BadRows* bad_rows);

    bool next();
    // The value of a column without blanks around it; empty where the column was left out.
    [[nodiscard]] std::string_view text(std::size_t column) const;
    [[nodiscard]] std::uint32_t line() const { return record_.front().line; }
    // Where a value stands; the start of the row for a column that was left out.
    [[nodiscard]] std::uint32_t line_of(std::size_t column) const { return field(column).line; }
    [[nodiscard]] std::uint32_t column_of(std::size_t column) const { return field(column).column; }
    // Calls the row bad.
    void reject(std::size_t column, std::string what);
    // Bytes read so far.
    [[nodiscard]] std::size_t offset() const { return reader_.offset(); }

  private:
    [[nodiscard]] const csv::Field& field(std::size_t column) const;
    void report(std::uint32_t line, std::uint32_t column, std::string what);
    bool well_formed();

    const SourceFile* file_;
    BadRows* bad_rows_;
    csv::Reader reader_;
    std::vector<csv::Field> record_;
};

namespace subject_column {
enum : std::size_t {
    subject_id,
    bsn,
    other_ids,
    initials,
    given_names,
    prefix,
    surname,
    partner_prefix,
    partner_surname,
    birth_date,
    postcode,
    house_number,
    emails,
};
}

namespace organisation_column {
enum : std::size_t { organisation_id, name, domains, addresses, kvk, payroll_number };
}

namespace relation_column {
enum : std::size_t { subject_id, relation, organisation_id, email, valid_from, valid_to };
}

// A row of relations.csv, before its ids are looked up.
struct RelationRow {
    std::string subject_id;
    std::string organisation_id;  // empty: the party is relation.email
    Relation relation;
};

// The row that `rows` stands on; nothing, and a report, if it is bad.
[[nodiscard]] std::optional<Subject> read_subject(Rows& rows);
[[nodiscard]] std::optional<Organisation> read_organisation(Rows& rows);
[[nodiscard]] std::optional<RelationRow> read_relation(Rows& rows);

// The whole source.
struct Source {
    SourceFile subjects;
    SourceFile organisations;
    SourceFile relations;

    static Result<Source> open(const std::filesystem::path& folder);
    [[nodiscard]] std::uint64_t bytes() const;
    // The newest modification time.
    [[nodiscard]] Instant as_of() const;
    // SHA-256, in hexadecimal, over the SHA-256 of subjects.csv, organisations.csv, relations.csv.
    [[nodiscard]] std::string digest() const;
    [[nodiscard]] bool unchanged() const;
};

}  // namespace postwacht::registry
