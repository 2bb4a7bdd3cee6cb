#include "registry/source.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iterator>

#include "base/format.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "crypto/keys.hpp"

namespace postwacht::registry {
namespace {

// The order is that of the enumerations in the header. What tells persons and parties apart, and
// the dates that end a relation, must be there; the rest only sharpens a match.
constexpr std::array subject_columns{
    Column{"subject_id", true}, Column{"bsn", true},      Column{"other_ids"},
    Column{"initials"},         Column{"given_names"},    Column{"prefix"},
    Column{"surname", true},    Column{"partner_prefix"}, Column{"partner_surname"},
    Column{"birth_date", true}, Column{"postcode"},       Column{"house_number"},
    Column{"emails", true},
};
constexpr std::array organisation_columns{
    Column{"organisation_id", true}, Column{"name", true}, Column{"domains", true},
    Column{"addresses", true},       Column{"kvk"},        Column{"payroll_number"},
};
constexpr std::array relation_columns{
    Column{"subject_id", true}, Column{"relation", true},   Column{"organisation_id", true},
    Column{"email", true},      Column{"valid_from", true}, Column{"valid_to", true},
};

constexpr std::string_view not_utf8_hint = "save the file as UTF-8";

std::string names_of(std::span<const Column> columns) {
    std::string names;
    for (const Column& column : columns) {
        if (!names.empty()) names += ",";
        names += column.name;
    }
    return names;
}

}  // namespace

void BadRows::add(BadRow row) {
    if (count_++ == 0) first_place_ = format("{}:{}:{}", row.file, row.line, row.column);
    if (listener_) listener_(row);
}

SourceFile::SourceFile(MappedFile mapping, std::filesystem::path path, std::string name,
                       const struct stat& status)
    : mapping_(std::move(mapping)),
      path_(std::move(path)),
      name_(std::move(name)),
      status_(status) {}

Result<SourceFile> SourceFile::open(const std::filesystem::path& folder, std::string_view name,
                                    std::span<const Column> columns) {
    std::filesystem::path path = folder / name;
    const auto refused = [&path](std::string detail) {
        return Error{ErrorCode::source, path.string(), std::move(detail),
                     "a source is a folder with subjects.csv, organisations.csv and relations.csv"};
    };
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) return refused(system_error({}, errno).detail);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return system_error(path.string(), errno);
    if (!S_ISREG(status.st_mode)) return refused("is not a regular file");
    POSTWACHT_TRY(mapping, MappedFile::map(fd.get(), path));
    SourceFile file(std::move(mapping), std::move(path), std::string(name), status);
    POSTWACHT_CHECK(file.read_header(columns));
    return file;
}

Error SourceFile::header_error(const csv::Field& field, std::string detail,
                               std::string hint) const {
    return {ErrorCode::source, format("{}:{}:{}", name_, field.line, field.column),
            std::move(detail), std::move(hint)};
}

Result<void> SourceFile::read_header(std::span<const Column> columns) {
    const csv::Field start{{}, 1, 1};
    if (bytes().starts_with("\xFF\xFE") || bytes().starts_with("\xFE\xFF")) {
        return header_error(start, "the file is UTF-16", std::string(not_utf8_hint));
    }
    csv::Reader reader(bytes());
    std::vector<csv::Field> header;
    csv::Problem problem;
    const auto next = reader.next(header, problem);
    if (next == csv::Reader::Next::problem) {
        return header_error({{}, problem.line, problem.column}, problem.what, {});
    }
    const std::string wanted = "the header row is: " + names_of(columns);
    if (next == csv::Reader::Next::end)
        return header_error(start, "there is no header row", wanted);
    width_ = header.size();
    positions_.assign(columns.size(), std::nullopt);
    std::vector<std::string_view> names;
    for (const Column& column : columns) names.push_back(column.name);
    for (std::size_t position = 0; position < header.size(); ++position) {
        const csv::Field& field = header[position];
        const std::string_view name = text::trim(field.text);
        const auto known = std::find(names.begin(), names.end(), name);
        if (known == names.end()) {
            const std::string_view nearest = text::nearest(name, names);
            return header_error(
                field, format("unknown column '{}'", text::printable(name, 40)),
                name.find(';') != std::string_view::npos
                    ? "fields are separated by commas; a semicolon separates values in one field"
                : nearest.empty() ? wanted
                                  : format("did you mean '{}'?", nearest));
        }
        auto& place = positions_[static_cast<std::size_t>(known - names.begin())];
        if (place) return header_error(field, format("column '{}' is there twice", name), wanted);
        place = position;
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].required && !positions_[i]) {
            return header_error(start, format("column '{}' is missing", columns[i].name), wanted);
        }
    }
    return {};
}

Instant SourceFile::modified() const {
    const auto since_epoch = std::chrono::seconds(status_.st_mtim.tv_sec) +
                             std::chrono::nanoseconds(status_.st_mtim.tv_nsec);
    return Instant(std::chrono::duration_cast<Instant::duration>(since_epoch));
}

bool SourceFile::unchanged() const {
    struct stat now {};
    return ::stat(path_.c_str(), &now) == 0 && now.st_dev == status_.st_dev &&
           now.st_ino == status_.st_ino && now.st_size == status_.st_size &&
           now.st_mtim.tv_sec == status_.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == status_.st_mtim.tv_nsec;
}

Rows::Rows(const SourceFile& file, BadRows* bad_rows)
    : file_(&file), bad_rows_(bad_rows), reader_(file.bytes()) {
    csv::Problem ignored;
    (void)reader_.next(record_, ignored);  // the header, which was read before
}

bool Rows::next() {
    csv::Problem problem;
    while (true) {
        switch (reader_.next(record_, problem)) {
            case csv::Reader::Next::end:
                return false;
            case csv::Reader::Next::problem:
                report(problem.line, problem.column, std::move(problem.what));
                break;
            case csv::Reader::Next::record:
                if (well_formed()) return true;
                break;
        }
    }
}

bool Rows::well_formed() {
    constexpr std::size_t longest_field = 64U << 10U;
    if (record_.size() != file_->width()) {
        // The first field too many, or the last one there is.
        const csv::Field& place = record_[std::min(record_.size() - 1, file_->width())];
        report(place.line, place.column,
               format("has {} fields, the header has {}", record_.size(), file_->width()));
        return false;
    }
    for (const csv::Field& each : record_) {
        const char* const wrong = each.text.size() > longest_field  ? "is longer than 64 KiB"
                                  : !text::is_valid_utf8(each.text) ? "is not valid UTF-8"
                                                                    : nullptr;
        if (wrong == nullptr) continue;
        report(each.line, each.column, wrong);
        return false;
    }
    return true;
}

const csv::Field& Rows::field(std::size_t column) const {
    return record_[file_->positions()[column].value_or(0)];
}

std::string_view Rows::text(std::size_t column) const {
    const auto& position = file_->positions()[column];
    return position ? text::trim(record_[*position].text) : std::string_view();
}

void Rows::reject(std::size_t column, std::string what) {
    report(line_of(column), column_of(column), std::move(what));
}

void Rows::report(std::uint32_t line, std::uint32_t column, std::string what) {
    if (bad_rows_ != nullptr) bad_rows_->add({file_->name(), line, column, std::move(what)});
}

Result<Source> Source::open(const std::filesystem::path& folder) {
    POSTWACHT_TRY(subjects, SourceFile::open(folder, "subjects.csv", subject_columns));
    POSTWACHT_TRY(organisations,
                  SourceFile::open(folder, "organisations.csv", organisation_columns));
    POSTWACHT_TRY(relations, SourceFile::open(folder, "relations.csv", relation_columns));
    return Source{std::move(subjects), std::move(organisations), std::move(relations)};
}

std::uint64_t Source::bytes() const {
    return subjects.bytes().size() + organisations.bytes().size() + relations.bytes().size();
}

Instant Source::as_of() const {
    return std::max({subjects.modified(), organisations.modified(), relations.modified()});
}

std::string Source::digest() const {
    std::string digests;
    for (const SourceFile* file : {&subjects, &organisations, &relations}) {
        const crypto::Digest digest = crypto::sha256(file->bytes());
        digests.append(digest.begin(), digest.end());
    }
    return crypto::to_hex(crypto::sha256(digests));
}

bool Source::unchanged() const {
    return subjects.unchanged() && organisations.unchanged() && relations.unchanged();
}

}  // namespace postwacht::registry
