// PostgreSQL as a source: the three tables as views, read through libpq.
//
// The views are postwacht_subjects, postwacht_organisations and postwacht_relations, with the
// columns of the CSV files under the same names (postwacht.registry(5)). A column changed_at tells
// when a row changed, so that an update reads no others, and a column deleted that it is no more:
// a build leaves such rows out, and an update takes away what they name. Rows are streamed by COPY,
// so that none is kept; all of them are read in one transaction that sees one state of the
// database, and a pass that differs from the one before is an error. A place in a view is the
// number of the row and of the column.
//
// No error or log line of ours holds what a server says of a query, since that may quote a row;
// the SQLSTATE stands for it. A password is never taken from the command line, where every user of
// the machine can read it: libpq has PGPASSFILE and connection service files for that.
//
// A library of its own, so that only `postwacht` has libpq, and the milter does not.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "registry/delta.hpp"
#include "registry/source.hpp"

namespace postwacht::registry {

// "postgresql://..." and "postgres://...".
[[nodiscard]] bool is_postgresql(std::string_view source) noexcept;

// Errors (source): no such URI, a password in it, no connection, no such view, see find_columns().
Result<Source> open_postgresql(const std::string& uri);
// The rows whose changed_at is `since` or later, which is text that the type of the column
// understands. All three views must have the column. Errors: as above; `since` is no such text.
Result<Delta> open_postgresql_changes(const std::string& uri, const std::string& since);

}  // namespace postwacht::registry
