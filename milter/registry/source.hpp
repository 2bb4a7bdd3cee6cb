// The registry source: its three tables, and each of their rows checked and normalised.
//
// A row is good or reported once, with the place of the first thing that is wrong with it and never
// with a value. Values leave here in the form in which they are looked up: addresses as
// Mailboxes::key(), other ids by normalise_other_id(), a BSN as nine digits, a postcode as
// "1234AB". Rows may be read by several threads; row_batches.hpp does that.
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

// Error (source) where more rows are bad than `allowed`.
Result<void> judge_bad_rows(const BadRows& bad_rows, std::uint64_t allowed,
                            const std::filesystem::path& source);

// One record of a table while it is read. The first thing that is found wrong with it makes it bad.
class Row {
  public:
    // Both must outlive it. A record that is not well formed is bad from the start.
    Row(const Table& table, const std::vector<csv::Field>& fields);
    // One that could not even be taken apart.
    Row(const Table& table, const csv::Problem& problem);

    [[nodiscard]] bool good() const { return !bad_; }
    [[nodiscard]] const std::optional<BadRow>& bad() const { return bad_; }
    // Whether its values can be asked for.
    [[nodiscard]] bool has_values() const { return fields_ != nullptr; }
    // The value of a column without blanks around it; empty where the column was left out.
    [[nodiscard]] std::string_view text(std::size_t column) const;
    // Where a value stands; the start of the row for a column that was left out.
    [[nodiscard]] std::uint32_t line_of(std::size_t column) const { return field(column).line; }
    [[nodiscard]] std::uint32_t column_of(std::size_t column) const { return field(column).column; }
    // Calls the row bad, unless it is already.
    void reject(std::size_t column, std::string what);
    [[nodiscard]] const Mailboxes& mailboxes() const { return table_->mailboxes(); }

  private:
    [[nodiscard]] const csv::Field& field(std::size_t column) const;
    void report(std::uint32_t line, std::uint32_t column, std::string what);
    [[nodiscard]] bool well_formed();

    const Table* table_;
    const std::vector<csv::Field>* fields_ = nullptr;
    std::optional<BadRow> bad_;
};

// What is reported of a value at this place: with the name of the column where the number of a
// column says little.
[[nodiscard]] BadRow bad_value(const Table& table, std::uint32_t line, std::uint32_t place,
                               std::size_t column, std::string what);

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

// What a row says; nothing, and then the row is bad, where it says it wrongly.
[[nodiscard]] std::optional<Subject> read_subject(Row& row);
[[nodiscard]] std::optional<Organisation> read_organisation(Row& row);
[[nodiscard]] std::optional<RelationRow> read_relation(Row& row);

// The id in a column; empty, and then the row is bad, where it is none.
[[nodiscard]] std::string read_id(Row& row, std::size_t column);

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
    // file that is the SHA-256 of its bytes. After a pass over each; in any thread.
    [[nodiscard]] Result<std::string> digest() const;
    // See TableReader::intact().
    [[nodiscard]] Result<void> intact() const;
};

}  // namespace postwacht::registry
