// Tables: where the rows of subjects, organisations and relations come from. A seam: CSV files in
// csv_file.hpp, views of a database in postgresql.hpp; a delta is a table with one more column.
//
// A table is read as often as a build needs it, from its first row, one record at a time and never
// as a whole. Every pass must give the same records. What goes wrong with a row is a Problem with
// its place; what goes wrong with the table (a connection that is lost, a file that is replaced)
// ends the pass and is told by intact(), which whoever reads must ask before believing the end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"
#include "crypto/keys.hpp"
#include "registry/csv.hpp"
#include "registry/mailboxes.hpp"

namespace postwacht::registry {

struct Column {
    std::string_view name;
    bool required = false;  // an optional one may be left out
};

// Where each wanted column stands in a record, and how many fields a record has.
struct ColumnPlaces {
    std::vector<std::optional<std::size_t>> positions;  // in the order of the wanted columns
    std::size_t width = 0;
};

// Errors (source): a column that is unknown, missing or there twice, with its place.
Result<ColumnPlaces> find_columns(std::string_view table, const std::vector<csv::Field>& header,
                                  std::span<const Column> wanted);

// One pass over a table.
class Records {
  public:
    virtual ~Records() = default;
    // As csv::Reader::next().
    virtual csv::Reader::Next next(std::vector<csv::Field>& record, csv::Problem& problem) = 0;
    // How far it has read, in bytes, for progress.
    [[nodiscard]] virtual std::uint64_t offset() const = 0;
};

class TableReader {
  public:
    virtual ~TableReader() = default;
    // What a report calls it: "subjects.csv", "postwacht_subjects".
    [[nodiscard]] virtual const std::string& name() const = 0;
    // One pass, without the header. The reader must outlive it, and only one is read at a time.
    [[nodiscard]] virtual std::unique_ptr<Records> records() const = 0;
    // How many bytes a pass reads; where it is not known before, no more than was read so far.
    [[nodiscard]] virtual std::uint64_t bytes() const = 0;
    // How old the rows are.
    [[nodiscard]] virtual Instant as_of() const = 0;
    // Of all rows, after a pass; in any thread.
    [[nodiscard]] virtual Result<crypto::Digest> digest() const = 0;
    // Error (source, io): the passes so far did not all give the same rows, or not all of them.
    [[nodiscard]] virtual Result<void> intact() const = 0;
    // Whether a place in it is a line and a byte; else it is a row and a column, which is named.
    [[nodiscard]] virtual bool has_lines() const { return true; }
};

// A table whose columns are known.
class Table {
  public:
    Table(std::shared_ptr<const TableReader> reader, std::span<const Column> wanted,
          ColumnPlaces places)
        : reader_(std::move(reader)), wanted_(wanted), places_(std::move(places)) {}

    [[nodiscard]] const TableReader& reader() const { return *reader_; }
    [[nodiscard]] const std::string& name() const { return reader_->name(); }
    [[nodiscard]] const std::vector<std::optional<std::size_t>>& positions() const {
        return places_.positions;
    }
    [[nodiscard]] std::size_t width() const { return places_.width; }
    [[nodiscard]] std::string_view column_name(std::size_t column) const {
        return wanted_[column].name;
    }
    // By which its addresses are normalised.
    [[nodiscard]] const Mailboxes& mailboxes() const { return mailboxes_; }
    void use(Mailboxes mailboxes) { mailboxes_ = std::move(mailboxes); }

  private:
    std::shared_ptr<const TableReader> reader_;
    std::span<const Column> wanted_;
    ColumnPlaces places_;
    Mailboxes mailboxes_;
};

}  // namespace postwacht::registry
