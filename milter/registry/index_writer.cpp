#include "registry/index_writer.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/files.hpp"

namespace postwacht::registry {
namespace {

// So many puts make one transaction: enough to spread the cost of a commit, few enough that its
// dirty pages stay within some tens of megabytes.
constexpr std::uint32_t puts_per_commit = 50'000;

MDB_val value_of(std::string_view bytes) {
    // LMDB reads through this pointer only.
    return {bytes.size(), const_cast<char*>(bytes.data())};
}

std::string_view view_of(const std::uint32_t& number) {
    return {reinterpret_cast<const char*>(&number), sizeof number};
}

}  // namespace

// The folder rather than a lock file: there is nothing to leave behind or to remove too early.
Result<UniqueFd> lock_folder_of(const std::filesystem::path& index) {
    const auto folder = folder_of(index);
    UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return system_error(folder.string(), errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return system_error(folder.string(), errno);
        return Error{ErrorCode::conflict, folder.string(),
                     "another build or update is writing to this folder",
                     "wait until it is done, or stop it"};
    }
    return fd;
}

namespace {

// The milter must be able to read what an administrator built as root: the new file gets the owner,
// group and mode of the index, the first one those of its folder and mode 0640.
Result<void> take_over_ownership(int fd, const std::filesystem::path& index) {
    struct stat model {};
    mode_t mode = 0640;
    if (::stat(index.c_str(), &model) == 0) {
        mode = model.st_mode & 0777U;
    } else if (::stat(folder_of(index).c_str(), &model) != 0) {
        return system_error(index.string(), errno);
    }
    if (::geteuid() == 0 && ::fchown(fd, model.st_uid, model.st_gid) != 0) {
        return system_error(index.string(), errno);
    }
    if (::fchmod(fd, mode) != 0) return system_error(index.string(), errno);
    return {};
}

// The Error for a code from LMDB while writing. A write that was cut short comes from LMDB as EIO;
// to learn why, the file system is asked for as much room as a commit takes. The file is of no more
// use by then, and will be removed.
Error write_error(const std::filesystem::path& file, int code) {
    if (code == EIO) {
        constexpr off_t room = 32L << 20U;
        const UniqueFd fd(::open(file.c_str(), O_RDWR | O_CLOEXEC));
        struct stat status {};
        if (fd && ::fstat(fd.get(), &status) == 0) {
            const int reason = ::posix_fallocate(fd.get(), status.st_size, room);
            if (reason != 0) code = reason;
        }
    }
    return lmdb::error(file, code);
}

// How much address space LMDB may need. The smallest row, of fourteen bytes, takes a record of some
// sixty and a key of thirty, and an e-mail address of six bytes a key of thirty, so sixteen times
// the source is always enough; it is only reserved, not written.
std::size_t map_size(std::uint64_t source_bytes) {
    constexpr std::uint64_t least = 256U << 20U;
    constexpr std::uint64_t page = 4096;
    return static_cast<std::size_t>((least + 16 * source_bytes) / page * page);
}

}  // namespace

IndexWriter::IndexWriter(std::filesystem::path file, std::filesystem::path model, IndexKeys keys)
    : file_(std::move(file)), model_(std::move(model)), keys_(std::move(keys)) {}

IndexWriter::IndexWriter(IndexWriter&&) noexcept = default;

IndexWriter::~IndexWriter() {
    transaction_.reset();
    environment_.reset();
    if (!building_.empty()) ::unlink(building_.c_str());
}

Result<IndexWriter> IndexWriter::create(std::filesystem::path file, std::filesystem::path model,
                                        const crypto::SecretKey& key) {
    POSTWACHT_TRY(keys, IndexKeys::create(key));
    return IndexWriter(std::move(file), std::move(model), std::move(keys));
}

Result<void> IndexWriter::begin(std::uint64_t source_bytes) {
    building_ = file_;
    building_ += ".building";
    // What a build that was killed left behind. Nobody else is at it: the folder is locked.
    if (::unlink(building_.c_str()) != 0 && errno != ENOENT) {
        return system_error(building_.string(), errno);
    }
    MDB_env* environment = nullptr;
    int code = mdb_env_create(&environment);
    if (code != 0) return lmdb::error(building_, code);
    environment_.reset(environment);
    code = mdb_env_set_mapsize(environment, map_size(source_bytes));
    if (code == 0) code = mdb_env_set_maxdbs(environment, database::count);
    // Not synced until the end: a file that is not finished is worth nothing.
    if (code == 0) {
        code = mdb_env_open(environment, building_.c_str(),
                            MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC | MDB_NOMETASYNC, 0600);
    }
    if (code != 0) return lmdb::error(building_, code);
    POSTWACHT_CHECK(begin_transaction());
    const struct {
        const char* name;
        unsigned* number;
        unsigned flags;
    } databases[] = {{database::description, &description_, 0},
                     {database::subjects, &subjects_, MDB_INTEGERKEY},
                     {database::organisations, &organisations_, MDB_INTEGERKEY},
                     {database::subject_keys, &subject_keys_, 0},
                     {database::organisation_keys, &organisation_keys_, 0}};
    for (const auto& each : databases) {
        code = mdb_dbi_open(transaction_.get(), each.name, each.flags | MDB_CREATE, each.number);
        if (code != 0) return lmdb::error(building_, code);
    }
    return commit();
}

Result<void> IndexWriter::begin_transaction() {
    MDB_txn* transaction = nullptr;
    const int code = mdb_txn_begin(environment_.get(), nullptr, 0, &transaction);
    if (code != 0) return lmdb::error(building_, code);
    transaction_.reset(transaction);
    return {};
}

Result<void> IndexWriter::commit() {
    pending_ = 0;
    if (!transaction_) return {};
    // LMDB frees the transaction whether or not it could be committed.
    const int code = mdb_txn_commit(transaction_.release());
    if (code != 0) return write_error(building_, code);
    return {};
}

Result<void> IndexWriter::append(unsigned database, std::string_view key, std::string_view value) {
    if (!transaction_) POSTWACHT_CHECK(begin_transaction());
    MDB_val mdb_key = value_of(key);
    MDB_val mdb_value = value_of(value);
    const int code = mdb_put(transaction_.get(), database, &mdb_key, &mdb_value, MDB_APPEND);
    if (code != 0) return write_error(building_, code);
    if (++pending_ >= puts_per_commit) return commit();
    return {};
}

Result<std::string> IndexWriter::seal_subject(crypto::RecordCipher::Sealer& sealer,
                                              SubjectNumber number, std::string_view plain) {
    return sealer.seal(plain, record_context(database::subjects, number));
}
Result<std::string> IndexWriter::seal_organisation(crypto::RecordCipher::Sealer& sealer,
                                                   OrganisationNumber number,
                                                   std::string_view plain) {
    return sealer.seal(plain, record_context(database::organisations, number));
}

Result<void> IndexWriter::put_subject(SubjectNumber number, std::string_view sealed) {
    return append(subjects_, view_of(number), sealed);
}
Result<void> IndexWriter::put_organisation(OrganisationNumber number, std::string_view sealed) {
    return append(organisations_, view_of(number), sealed);
}

Result<void> IndexWriter::put_key(unsigned database, const LookupKey& key,
                                  const std::vector<std::uint32_t>& numbers) {
    packed_.clear();
    for (const std::uint32_t number : numbers)
        for (unsigned shift = 0; shift < 32; shift += 8)
            packed_.push_back(static_cast<char>(number >> shift));
    return append(database, {reinterpret_cast<const char*>(key.data()), key.size()}, packed_);
}
Result<void> IndexWriter::put_subject_key(const LookupKey& key,
                                          const std::vector<SubjectNumber>& numbers) {
    return put_key(subject_keys_, key, numbers);
}
Result<void> IndexWriter::put_organisation_key(const LookupKey& key,
                                               const std::vector<OrganisationNumber>& numbers) {
    return put_key(organisation_keys_, key, numbers);
}

Result<std::uint64_t> IndexWriter::page_bytes() const {
    MDB_envinfo info{};
    MDB_stat stat{};
    int code = mdb_env_info(environment_.get(), &info);
    if (code == 0) code = mdb_env_stat(environment_.get(), &stat);
    if (code != 0) return lmdb::error(building_, code);
    return (static_cast<std::uint64_t>(info.me_last_pgno) + 1) * stat.ms_psize;
}

Result<void> IndexWriter::finish(const Description& description, std::string_view filter) {
    // Under its own name, since LMDB takes no empty key.
    POSTWACHT_CHECK(append(description_, database::description, encode(description)));
    POSTWACHT_CHECK(commit());
    POSTWACHT_TRY(pages, page_bytes());
    environment_.reset();
    UniqueFd fd(::open(building_.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd) return system_error(building_.string(), errno);
    POSTWACHT_CHECK(seal_index_file(fd.get(), building_, pages, filter, keys_));
    POSTWACHT_CHECK(take_over_ownership(fd.get(), model_));
    if (::rename(building_.c_str(), file_.c_str()) != 0) {
        return system_error(file_.string(), errno);
    }
    building_.clear();
    return sync_directory(folder_of(file_));
}

}  // namespace postwacht::registry
