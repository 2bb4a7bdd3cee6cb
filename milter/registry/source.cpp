#include "registry/source.hpp"

#include <algorithm>
#include <array>

#include "base/format.hpp"
#include "base/text.hpp"
#include "crypto/keys.hpp"
#include "registry/csv_file.hpp"

namespace postwacht::registry {
namespace {

// The order is that of the enumerations in the header. What tells persons and parties apart, and
// the dates that end a relation, must be there; the rest only sharpens a match.
constexpr std::array all_subject_columns{
    Column{"subject_id", true}, Column{"bsn", true},      Column{"other_ids"},
    Column{"initials"},         Column{"given_names"},    Column{"prefix"},
    Column{"surname", true},    Column{"partner_prefix"}, Column{"partner_surname"},
    Column{"birth_date", true}, Column{"postcode"},       Column{"house_number"},
    Column{"emails", true},
};
constexpr std::array all_organisation_columns{
    Column{"organisation_id", true}, Column{"name", true}, Column{"domains", true},
    Column{"addresses", true},       Column{"kvk"},        Column{"payroll_number"},
};
constexpr std::array all_relation_columns{
    Column{"subject_id", true}, Column{"relation", true},   Column{"organisation_id", true},
    Column{"email", true},      Column{"valid_from", true}, Column{"valid_to", true},
};

}  // namespace

std::span<const Column> subject_columns() {
    return all_subject_columns;
}
std::span<const Column> organisation_columns() {
    return all_organisation_columns;
}
std::span<const Column> relation_columns() {
    return all_relation_columns;
}

void BadRows::add(BadRow row) {
    if (count_++ == 0) first_place_ = format("{}:{}:{}", row.file, row.line, row.column);
    if (listener_) listener_(row);
}

Result<void> judge_bad_rows(const BadRows& bad_rows, std::uint64_t allowed,
                            const std::filesystem::path& source) {
    if (bad_rows.count() <= allowed) return {};
    return Error{
        ErrorCode::source, source.string(),
        format("rows that are bad: {}, that may be: {}; the first is {}; nothing was replaced",
               bad_rows.count(), allowed, bad_rows.first_place()),
        "correct the source, or leave bad rows out with --max-bad-rows"};
}

Row::Row(const Table& table, const std::vector<csv::Field>& fields)
    : table_(&table), fields_(&fields) {
    if (!well_formed()) fields_ = nullptr;
}

Row::Row(const Table& table, const csv::Problem& problem) : table_(&table) {
    report(problem.line, problem.column, problem.what);
}

bool Row::well_formed() {
    constexpr std::size_t longest_field = 64U << 10U;
    const std::vector<csv::Field>& record = *fields_;
    if (record.size() != table_->width()) {
        // The first field too many, or the last one there is.
        const csv::Field& place = record[std::min(record.size() - 1, table_->width())];
        report(place.line, place.column,
               format("has {} fields, the header has {}", record.size(), table_->width()));
        return false;
    }
    for (const csv::Field& each : record) {
        const char* const wrong = each.text.size() > longest_field  ? "is longer than 64 KiB"
                                  : !text::is_valid_utf8(each.text) ? "is not valid UTF-8"
                                                                    : nullptr;
        if (wrong == nullptr) continue;
        report(each.line, each.column, wrong);
        return false;
    }
    return true;
}

const csv::Field& Row::field(std::size_t column) const {
    return (*fields_)[table_->positions()[column].value_or(0)];
}

std::string_view Row::text(std::size_t column) const {
    const auto& position = table_->positions()[column];
    return position ? text::trim((*fields_)[*position].text) : std::string_view();
}

void Row::reject(std::size_t column, std::string what) {
    if (!bad_)
        bad_ = bad_value(*table_, line_of(column), column_of(column), column, std::move(what));
}

void Row::report(std::uint32_t line, std::uint32_t column, std::string what) {
    bad_ = BadRow{table_->name(), line, column, std::move(what)};
}

BadRow bad_value(const Table& table, std::uint32_t line, std::uint32_t place, std::size_t column,
                 std::string what) {
    // A number says little to whoever looks at a view.
    if (!table.reader().has_lines()) what = format("{}: {}", table.column_name(column), what);
    return {table.name(), line, place, std::move(what)};
}

Result<Source> Source::open(const std::filesystem::path& folder) {
    constexpr const char* hint =
        "a source is a folder with subjects.csv, organisations.csv and relations.csv";
    POSTWACHT_TRY(subjects, open_csv_file(folder / "subjects.csv", subject_columns(), hint));
    POSTWACHT_TRY(organisations,
                  open_csv_file(folder / "organisations.csv", organisation_columns(), hint));
    POSTWACHT_TRY(relations, open_csv_file(folder / "relations.csv", relation_columns(), hint));
    return Source{std::move(subjects), std::move(organisations), std::move(relations)};
}

void Source::use(const Mailboxes& mailboxes) {
    for (Table* table : {&subjects, &organisations, &relations}) table->use(mailboxes);
}

std::uint64_t Source::bytes() const {
    return subjects.reader().bytes() + organisations.reader().bytes() + relations.reader().bytes();
}

Instant Source::as_of() const {
    return std::max(
        {subjects.reader().as_of(), organisations.reader().as_of(), relations.reader().as_of()});
}

Result<std::string> Source::digest() const {
    std::string digests;
    for (const Table* table : {&subjects, &organisations, &relations}) {
        POSTWACHT_TRY(digest, table->reader().digest());
        digests.append(digest.begin(), digest.end());
    }
    return crypto::to_hex(crypto::sha256(digests));
}

Result<void> Source::intact() const {
    for (const Table* table : {&subjects, &organisations, &relations})
        POSTWACHT_CHECK(table->reader().intact());
    return {};
}

}  // namespace postwacht::registry
