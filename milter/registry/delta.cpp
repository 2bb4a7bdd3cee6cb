#include "registry/delta.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "base/format.hpp"
#include "registry/csv_file.hpp"
#include "registry/row_batches.hpp"

namespace postwacht::registry {
namespace {

// All are kept in memory.
constexpr std::size_t most_rows = 2'000'000;

// The columns of a table, and `op` behind them.
template <std::size_t size>
std::array<Column, size + 1> with_op(std::span<const Column> columns) {
    std::array<Column, size + 1> all{};
    std::copy_n(columns.begin(), size, all.begin());
    all[size] = {"op", true};
    return all;
}

constexpr std::size_t subject_op = subject_column::emails + 1;
constexpr std::size_t organisation_op = organisation_column::payroll_number + 1;
constexpr std::size_t relation_op = relation_column::valid_to + 1;

enum class Op { upsert, remove };

std::optional<Op> read_op(Row& row, std::size_t column) {
    if (!row.good()) return std::nullopt;
    const std::string_view word = row.text(column);
    if (word == "upsert") return Op::upsert;
    if (word == "delete") return Op::remove;
    row.reject(column, "the op is neither 'upsert' nor 'delete'");
    return std::nullopt;
}

Place place_of(const Row& row, std::size_t column) {
    return {row.line_of(column), row.column_of(column)};
}

// Which line named something first.
class Named {
  public:
    // Calls the row bad where another one named it.
    void name(std::string what, Row& row, std::size_t column, const char* noun) {
        if (!row.good()) return;
        const auto [known, added] = lines_.try_emplace(std::move(what), row.line_of(column));
        if (!added)
            row.reject(column, format("the {} is that of line {} too", noun, known->second));
    }

  private:
    std::unordered_map<std::string, std::uint32_t> lines_;
};

// Everything that tells one relation from another.
std::string name_of(const RelationRow& row) {
    const auto& from = row.relation.valid_from;
    return format("{}\n{}\n{}\n{}\n{}", row.subject_id, row.relation.name, row.organisation_id,
                  row.relation.email, from ? to_iso(*from) : "");
}

// Calls f(row) for each row of a table; f makes it bad or keeps it.
template <class F>
Result<void> read_rows(const std::optional<Table>& table, BadRows& bad_rows,
                       std::vector<std::string>* bad_ids, F&& f) {
    if (!table) return {};
    std::size_t count = 0;
    for_each_row(*table, [&](Row& row, std::uint32_t) {
        if (++count > most_rows) return;
        f(row);
        if (row.good()) return;
        bad_rows.add(*row.bad());
        // The id stands first in each enumeration of columns.
        if (bad_ids != nullptr && row.has_values()) bad_ids->emplace_back(row.text(0));
    });
    POSTWACHT_CHECK(table->reader().intact());
    if (count > most_rows)
        return Error{ErrorCode::source, table->name(),
                     format("has more than {} rows, too many for an update", most_rows),
                     "build the index anew with: postwacht registry build"};
    return {};
}

void read_subjects(Row& row, Named& named, std::vector<SubjectChange>& changes) {
    const auto op = read_op(row, subject_op);
    if (!op) return;
    SubjectChange change;
    if (*op == Op::upsert) {
        change.subject = read_subject(row);
        if (change.subject) change.id = change.subject->id;
    } else {
        change.id = read_id(row, subject_column::subject_id);
    }
    named.name(change.id, row, subject_column::subject_id, "subject_id");
    change.id_place = place_of(row, subject_column::subject_id);
    change.bsn_place = place_of(row, subject_column::bsn);
    if (row.good()) changes.push_back(std::move(change));
}

void read_organisations(Row& row, Named& named, std::vector<OrganisationChange>& changes) {
    const auto op = read_op(row, organisation_op);
    if (!op) return;
    OrganisationChange change;
    if (*op == Op::upsert) {
        change.organisation = read_organisation(row);
        if (change.organisation) change.id = change.organisation->id;
    } else {
        change.id = read_id(row, organisation_column::organisation_id);
    }
    named.name(change.id, row, organisation_column::organisation_id, "organisation_id");
    change.id_place = place_of(row, organisation_column::organisation_id);
    if (row.good()) changes.push_back(std::move(change));
}

void read_relations(Row& row, Named& named, std::vector<RelationChange>& changes) {
    const auto op = read_op(row, relation_op);
    if (!op) return;
    auto read = read_relation(row);
    if (!read) return;
    named.name(name_of(*read), row, relation_column::subject_id, "relation");
    if (!row.good()) return;
    changes.push_back({std::move(*read), *op == Op::remove,
                       place_of(row, relation_column::subject_id),
                       place_of(row, relation_column::organisation_id)});
}

}  // namespace

std::span<const Column> delta_columns_of_subjects() {
    static const auto columns = with_op<subject_op>(subject_columns());
    return columns;
}
std::span<const Column> delta_columns_of_organisations() {
    static const auto columns = with_op<organisation_op>(organisation_columns());
    return columns;
}
std::span<const Column> delta_columns_of_relations() {
    static const auto columns = with_op<relation_op>(relation_columns());
    return columns;
}

Result<Delta> Delta::open(const std::filesystem::path& path) {
    constexpr const char* hint =
        "a delta is a file of subjects, organisations or relations with a column 'op', or a folder "
        "with subjects.csv, organisations.csv or relations.csv";
    Delta delta;
    const auto open_as = [&](const std::filesystem::path& file, std::optional<Table>& table,
                             std::span<const Column> columns) -> Result<void> {
        POSTWACHT_TRY(opened, open_csv_file(file, columns, hint));
        table = std::move(opened);
        return {};
    };
    std::error_code ignored;
    if (!std::filesystem::is_directory(path, ignored)) {
        POSTWACHT_TRY(names, read_csv_header(path, hint));
        const auto has = [&names](std::string_view name) {
            return std::find(names.begin(), names.end(), name) != names.end();
        };
        if (has("relation"))
            POSTWACHT_CHECK(open_as(path, delta.relations_, delta_columns_of_relations()));
        else if (has("organisation_id"))
            POSTWACHT_CHECK(open_as(path, delta.organisations_, delta_columns_of_organisations()));
        else
            POSTWACHT_CHECK(open_as(path, delta.subjects_, delta_columns_of_subjects()));
        return delta;
    }
    const auto open_if_there = [&](const char* name, std::optional<Table>& table,
                                   std::span<const Column> columns) -> Result<void> {
        const auto file = path / name;
        if (!std::filesystem::exists(std::filesystem::symlink_status(file))) return {};
        return open_as(file, table, columns);
    };
    POSTWACHT_CHECK(open_if_there("subjects.csv", delta.subjects_, delta_columns_of_subjects()));
    POSTWACHT_CHECK(
        open_if_there("organisations.csv", delta.organisations_, delta_columns_of_organisations()));
    POSTWACHT_CHECK(open_if_there("relations.csv", delta.relations_, delta_columns_of_relations()));
    if (delta.tables().empty())
        return Error{ErrorCode::source, path.string(), "there is no delta in this folder", hint};
    return delta;
}

std::vector<const Table*> Delta::tables() const {
    std::vector<const Table*> all;
    for (const auto* table : {&subjects_, &organisations_, &relations_})
        if (*table) all.push_back(&**table);
    return all;
}

Result<Changes> Delta::read(const Mailboxes& mailboxes, BadRows& bad_rows) {
    for (auto* table : {&subjects_, &organisations_, &relations_})
        if (*table) (*table)->use(mailboxes);
    Changes changes;
    Named organisations;
    Named subjects;
    Named relations;
    POSTWACHT_CHECK(read_rows(organisations_, bad_rows, &changes.bad_organisations, [&](Row& row) {
        read_organisations(row, organisations, changes.organisations);
    }));
    POSTWACHT_CHECK(read_rows(subjects_, bad_rows, &changes.bad_subjects,
                              [&](Row& row) { read_subjects(row, subjects, changes.subjects); }));
    POSTWACHT_CHECK(read_rows(relations_, bad_rows, nullptr, [&](Row& row) {
        read_relations(row, relations, changes.relations);
    }));
    return changes;
}

BadRow Delta::bad_subject(const Place& place, std::size_t column, std::string what) const {
    return bad_value(*subjects_, place.line, place.column, column, std::move(what));
}
BadRow Delta::bad_relation(const Place& place, std::size_t column, std::string what) const {
    return bad_value(*relations_, place.line, place.column, column, std::move(what));
}

Instant Delta::as_of() const {
    Instant newest{};
    for (const Table* table : tables()) newest = std::max(newest, table->reader().as_of());
    return newest;
}

Result<std::string> Delta::digest() const {
    std::string digests;
    for (const Table* table : tables()) {
        POSTWACHT_TRY(digest, table->reader().digest());
        digests.append(digest.begin(), digest.end());
    }
    return crypto::to_hex(crypto::sha256(digests));
}

}  // namespace postwacht::registry
