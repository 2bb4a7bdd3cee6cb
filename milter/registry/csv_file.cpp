#include "registry/csv_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <utility>

#include "base/format.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "registry/mapped_file.hpp"

namespace postwacht::registry {
namespace {

class CsvRecords final : public Records {
  public:
    explicit CsvRecords(const MappedFile& file) : file_(&file), reader_(file.bytes()) {
        std::vector<csv::Field> header;  // was read before
        csv::Problem ignored;
        (void)reader_.next(header, ignored);
    }
    csv::Reader::Next next(std::vector<csv::Field>& record, csv::Problem& problem) override {
        constexpr std::size_t step = 32U << 20U;
        if (reader_.offset() - forgotten_ > step) {
            file_->forget(forgotten_, reader_.offset());
            forgotten_ = reader_.offset();
        }
        return reader_.next(record, problem);
    }
    [[nodiscard]] std::uint64_t offset() const override { return reader_.offset(); }

  private:
    const MappedFile* file_;
    csv::Reader reader_;
    std::size_t forgotten_ = 0;  // so many bytes were read and given back
};

class CsvFile final : public TableReader {
  public:
    CsvFile(MappedFile mapping, std::filesystem::path path, std::string name,
            const struct stat& status)
        : mapping_(std::move(mapping)),
          path_(std::move(path)),
          name_(std::move(name)),
          status_(status) {}

    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] std::unique_ptr<Records> records() const override {
        return std::make_unique<CsvRecords>(mapping_);
    }
    [[nodiscard]] std::uint64_t bytes() const override { return mapping_.bytes().size(); }
    [[nodiscard]] Instant as_of() const override {
        const auto since_epoch = std::chrono::seconds(status_.st_mtim.tv_sec) +
                                 std::chrono::nanoseconds(status_.st_mtim.tv_nsec);
        return Instant(std::chrono::duration_cast<Instant::duration>(since_epoch));
    }
    // By its name: whether that is still this file, intact() says.
    [[nodiscard]] Result<crypto::Digest> digest() const override {
        return crypto::sha256_file(path_);
    }
    // Whether the file that has this name now is the one that was opened, unchanged.
    [[nodiscard]] Result<void> intact() const override {
        struct stat now {};
        if (::stat(path_.c_str(), &now) == 0 && now.st_dev == status_.st_dev &&
            now.st_ino == status_.st_ino && now.st_size == status_.st_size &&
            now.st_mtim.tv_sec == status_.st_mtim.tv_sec &&
            now.st_mtim.tv_nsec == status_.st_mtim.tv_nsec)
            return {};
        return Error{ErrorCode::source, path_.parent_path().string(),
                     "the files changed while they were read",
                     "build again when they are complete"};
    }

    [[nodiscard]] Result<std::vector<csv::Field>> read_header() const {
        const auto error = [this](std::uint32_t line, std::uint32_t column, std::string detail,
                                  std::string hint) {
            return Error{ErrorCode::source, format("{}:{}:{}", name_, line, column),
                         std::move(detail), std::move(hint)};
        };
        const std::string_view bytes = mapping_.bytes();
        if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
            return error(1, 1, "the file is UTF-16", "save the file as UTF-8");
        csv::Reader reader(bytes);
        std::vector<csv::Field> header;
        csv::Problem problem;
        switch (reader.next(header, problem)) {
            case csv::Reader::Next::problem:
                return error(problem.line, problem.column, problem.what, {});
            case csv::Reader::Next::end:
                return error(1, 1, "there is no header row", "the first row names the columns");
            case csv::Reader::Next::record:
                break;
        }
        return header;
    }

  private:
    MappedFile mapping_;
    std::filesystem::path path_;
    std::string name_;
    struct stat status_ {};
};

}  // namespace

namespace {

Result<std::shared_ptr<const CsvFile>> open_file(std::filesystem::path path, const char* hint) {
    const auto refused = [&path, hint](std::string detail) {
        return Error{ErrorCode::source, path.string(), std::move(detail), hint};
    };
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) return refused(system_error({}, errno).detail);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return system_error(path.string(), errno);
    if (!S_ISREG(status.st_mode)) return refused("is not a regular file");
    POSTWACHT_TRY(mapping, MappedFile::map(fd.get(), path));
    std::string name = path.filename().string();
    return std::shared_ptr<const CsvFile>(
        std::make_shared<CsvFile>(std::move(mapping), std::move(path), std::move(name), status));
}

}  // namespace

Result<Table> open_csv_file(const std::filesystem::path& path, std::span<const Column> columns,
                            const char* hint) {
    POSTWACHT_TRY(file, open_file(path, hint));
    POSTWACHT_TRY(header, file->read_header());
    POSTWACHT_TRY(places, find_columns(file->name(), header, columns));
    return Table(std::move(file), columns, std::move(places));
}

Result<std::vector<std::string>> read_csv_header(const std::filesystem::path& path,
                                                 const char* hint) {
    POSTWACHT_TRY(file, open_file(path, hint));
    POSTWACHT_TRY(header, file->read_header());
    std::vector<std::string> names;
    for (const csv::Field& field : header) names.emplace_back(text::trim(field.text));
    return names;
}

}  // namespace postwacht::registry
