// The registry source: its three tables, and each of their rows checked and normalised.
//
// A row is good or reported once, with the place of the first thing that is wrong with it and never
// with a value. Values leave here in the form in which they are looked up: addresses as
// Mailboxes::key(), other ids by normalise_other_id(), a BSN as nine digits, a postcode as
// "1234AB". Reading a table twice gives the same rows with the same numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
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
#include "registry/table.hpp"
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

// Walks over the records of a table. Those that are not well formed are reported and passed over.
class Rows {
  public:
    // Both must outlive it; `bad_rows` may be null, when the table was checked before.
    Rows(const Table& table, BadRows* bad_rows);

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
    [[nodiscard]] std::uint64_t offset() const { return records_->offset(); }
    [[nodiscard]] const Mailboxes& mailboxes() const { return table_->mailboxes(); }

  private:
    [[nodiscard]] const csv::Field& field(std::size_t column) const;
    void report(std::uint32_t line, std::uint32_t column, std::string what);
    bool well_formed();

    const Table* table_;
    BadRows* bad_rows_;
    std::unique_ptr<Records> records_;
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

// The columns of each table, in the order of the enumerations above.
[[nodiscard]] std::span<const Column> subject_columns();
[[nodiscard]] std::span<const Column> organisation_columns();
[[nodiscard]] std::span<const Column> relation_columns();

// The whole source.
struct Source {
    Table subjects;
    Table organisations;
    Table relations;

    // A folder of CSV files.
    static Result<Source> open(const std::filesystem::path& folder);
    // By which addresses are normalised; before the first row is read.
    void use(const Mailboxes& mailboxes);

    [[nodiscard]] std::uint64_t bytes() const;
    // That of the newest table.
    [[nodiscard]] Instant as_of() const;
    // SHA-256, in hexadecimal, over the digests of subjects, organisations and relations; of a CSV
    // file that is the SHA-256 of its bytes.
    [[nodiscard]] std::string digest() const;
    // See TableReader::intact().
    [[nodiscard]] Result<void> intact() const;
};

}  // namespace postwacht::registry
