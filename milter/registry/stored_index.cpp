#include "registry/stored_index.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/unique_fd.hpp"
#include "registry/key_filter.hpp"
#include "registry/lmdb_handles.hpp"
#include "registry/lookup_key.hpp"
#include "registry/mapped_file.hpp"
#include "registry/word_filter.hpp"

namespace postwacht::registry {
namespace {

Error damaged() {
    return {ErrorCode::registry_unavailable, "registry index", "a record is damaged",
            "make a new one with: postwacht registry build"};
}

// Read transactions that are open and idle. The file never changes, so a transaction may stay open
// for as long as the environment, and to reuse one costs two atomic operations instead of an
// allocation. A transaction is used by one thread at a time, which is all that MDB_NOTLS asks.
class TransactionPool {
  public:
    explicit TransactionPool(MDB_env* environment) : environment_(environment) {}
    TransactionPool(const TransactionPool&) = delete;
    TransactionPool& operator=(const TransactionPool&) = delete;
    ~TransactionPool() {
        for (auto& slot : idle_) lmdb::Transaction(slot.load(std::memory_order_acquire));
    }

    // Null when LMDB has no memory for another one.
    lmdb::Transaction take() noexcept {
        for (auto& slot : idle_) {
            if (slot.load(std::memory_order_relaxed) == nullptr) continue;
            MDB_txn* const transaction = slot.exchange(nullptr, std::memory_order_acquire);
            if (transaction != nullptr) return lmdb::Transaction(transaction);
        }
        MDB_txn* transaction = nullptr;
        if (mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &transaction) != 0) return nullptr;
        return lmdb::Transaction(transaction);
    }

    // Keeps it, or ends it where there is no room.
    void give_back(lmdb::Transaction transaction) noexcept {
        for (auto& slot : idle_) {
            MDB_txn* expected = nullptr;
            if (slot.load(std::memory_order_relaxed) == nullptr &&
                slot.compare_exchange_strong(expected, transaction.get(), std::memory_order_release,
                                             std::memory_order_relaxed)) {
                (void)transaction.release();
                return;
            }
        }
    }

  private:
    MDB_env* environment_;
    std::array<std::atomic<MDB_txn*>, 16> idle_{};
};

// One transaction of the pool, for as long as this lives.
class Lookup {
  public:
    explicit Lookup(TransactionPool& pool) : pool_(&pool), transaction_(pool.take()) {}
    Lookup(const Lookup&) = delete;
    Lookup& operator=(const Lookup&) = delete;
    ~Lookup() {
        if (transaction_) pool_->give_back(std::move(transaction_));
    }

    // The value of a key, in the mapped file; nothing where there is none.
    Result<std::optional<std::string_view>> get(unsigned database, std::string_view key) const {
        int code = MDB_PANIC;
        MDB_val mdb_key{key.size(), const_cast<char*>(key.data())};  // only read
        MDB_val value{};
        if (transaction_) code = mdb_get(transaction_.get(), database, &mdb_key, &value);
        if (code == MDB_NOTFOUND) return std::optional<std::string_view>();
        if (code != 0) {
            return Error{ErrorCode::registry_unavailable,
                         "registry index",
                         std::string("LMDB: ") + mdb_strerror(code),
                         {}};
        }
        return std::optional(
            std::string_view(static_cast<const char*>(value.mv_data), value.mv_size));
    }

    // The keys of a database whose keys are numbers, ascending.
    Result<std::vector<std::uint32_t>> all_numbers(unsigned database) const {
        std::vector<std::uint32_t> numbers;
        MDB_cursor* cursor = nullptr;
        int code = MDB_PANIC;
        if (transaction_) code = mdb_cursor_open(transaction_.get(), database, &cursor);
        MDB_val key{};
        MDB_val value{};
        while (code == 0 && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
            std::uint32_t number = 0;
            if (key.mv_size != sizeof number) break;
            std::memcpy(&number, key.mv_data, sizeof number);
            numbers.push_back(number);
        }
        if (cursor != nullptr) mdb_cursor_close(cursor);
        if (code != MDB_NOTFOUND) return damaged();
        return numbers;
    }

  private:
    TransactionPool* pool_;
    lmdb::Transaction transaction_;
};

std::vector<std::uint32_t> unpack_numbers(std::string_view packed) {
    std::vector<std::uint32_t> numbers(packed.size() / 4);
    for (std::size_t i = 0; i < 4 * numbers.size(); ++i) {
        numbers[i / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(packed[i]))
                          << (8 * (i % 4));
    }
    return numbers;
}

struct Databases {
    unsigned subjects = 0;
    unsigned organisations = 0;
    unsigned subject_keys = 0;
    unsigned organisation_keys = 0;
};

Error unusable(const std::filesystem::path& file, int code) {
    Error error = lmdb::error(file, code);
    error.code = ErrorCode::registry_unavailable;
    return error;
}

Result<lmdb::Environment> open_environment(const std::filesystem::path& file,
                                           std::uint64_t page_bytes) {
    MDB_env* environment = nullptr;
    int code = mdb_env_create(&environment);
    lmdb::Environment owner(environment);
    if (code == 0) code = mdb_env_set_maxdbs(environment, database::count);
    // Exactly the pages, so that nothing behind them is ever mapped for LMDB.
    if (code == 0) code = mdb_env_set_mapsize(environment, static_cast<std::size_t>(page_bytes));
    if (code == 0) {
        code = mdb_env_open(environment, file.c_str(),
                            MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS | MDB_NORDAHEAD, 0);
    }
    if (code != 0) return unusable(file, code);
    return owner;
}

// Whether two descriptors are of one file.
bool same_file(int a, int b) {
    struct stat first {};
    struct stat second {};
    return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

}  // namespace

struct StoredIndex::State {
    State(lmdb::Environment opened, IndexKeys its_keys)
        : environment(std::move(opened)),
          pool(environment.get()),
          keys(std::move(its_keys)),
          filter_hash(keys.hash) {}

    // Opens the databases and reads the description.
    Result<void> open_databases(const std::filesystem::path& file);

    Result<std::vector<std::uint32_t>> numbers_of(unsigned database, std::string_view kind,
                                                  std::string_view value) const;
    Result<std::string> record(unsigned database, const char* database_name,
                               std::uint32_t number) const;
    Result<std::vector<std::uint32_t>> all_numbers(unsigned database) const;

    lmdb::Environment environment;
    mutable TransactionPool pool;  // destroyed before its environment
    Databases databases;
    IndexKeys keys;
    KeyFilterHasher filter_hash;
    std::optional<MappedFile> mapping;  // where the filter lies
    KeyFilter filter{{}};
    Description description;
    std::optional<WordFilter> surnames;
    Mailboxes mailboxes;
};

Result<void> StoredIndex::State::open_databases(const std::filesystem::path& file) {
    MDB_txn* transaction = nullptr;
    int code = mdb_txn_begin(environment.get(), nullptr, MDB_RDONLY, &transaction);
    if (code != 0) return unusable(file, code);
    lmdb::Transaction owner(transaction);
    unsigned description_database = 0;
    const auto open = [&](const char* name, unsigned flags, unsigned& number) {
        if (code == 0) code = mdb_dbi_open(transaction, name, flags, &number);
    };
    open(database::description, 0, description_database);
    open(database::subjects, MDB_INTEGERKEY, databases.subjects);
    open(database::organisations, MDB_INTEGERKEY, databases.organisations);
    open(database::subject_keys, 0, databases.subject_keys);
    open(database::organisation_keys, 0, databases.organisation_keys);
    std::string name = database::description;
    MDB_val key{name.size(), name.data()};
    MDB_val value{};
    if (code == 0) code = mdb_get(transaction, description_database, &key, &value);
    if (code != 0) return unusable(file, code);
    auto decoded = decode_description({static_cast<const char*>(value.mv_data), value.mv_size});
    if (!decoded) {
        return Error{ErrorCode::registry_unavailable, file.string(),
                     "its description cannot be read",
                     "make a new one with: postwacht registry build"};
    }
    description = std::move(*decoded);
    surnames.emplace(std::exchange(description.surname_filter, {}), word_filter_key(keys.hash));
    mailboxes = Mailboxes(description.dotless_domains);
    // Committing is what keeps the databases open for later transactions.
    code = mdb_txn_commit(owner.release());
    if (code != 0) return unusable(file, code);
    return {};
}

Result<std::vector<std::uint32_t>> StoredIndex::State::numbers_of(unsigned database,
                                                                  std::string_view kind,
                                                                  std::string_view value) const {
    const LookupKey key = lookup_key(keys.hash, kind, value);
    const Lookup lookup(pool);
    POSTWACHT_TRY(packed,
                  lookup.get(database, {reinterpret_cast<const char*>(key.data()), key.size()}));
    if (!packed) return std::vector<std::uint32_t>();
    return unpack_numbers(*packed);
}

Result<std::string> StoredIndex::State::record(unsigned database, const char* database_name,
                                               std::uint32_t number) const {
    const Lookup lookup(pool);
    POSTWACHT_TRY(sealed,
                  lookup.get(database, {reinterpret_cast<const char*>(&number), sizeof number}));
    if (!sealed) return damaged();
    auto plain = keys.cipher.open(*sealed, record_context(database_name, number));
    if (!plain) return damaged();
    return plain;
}

Result<std::vector<std::uint32_t>> StoredIndex::State::all_numbers(unsigned database) const {
    const Lookup lookup(pool);
    return lookup.all_numbers(database);
}

StoredIndex::StoredIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
StoredIndex::~StoredIndex() = default;

Result<std::shared_ptr<const StoredIndex>> StoredIndex::open(const std::filesystem::path& file,
                                                             const crypto::SecretKey& key) {
    // LMDB opens the file by its name once more. Where it was replaced in between, the one that
    // LMDB got is not the one that was checked: begin again.
    constexpr int attempts = 5;
    for (int i = 0; i < attempts; ++i) {
        const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd) {
            Error error = system_error(file.string(), errno);
            error.code = ErrorCode::registry_unavailable;
            error.hint = "make one with: postwacht registry build";
            return error;
        }
        POSTWACHT_TRY(verified, verify_index_file(fd.get(), file, key));
        POSTWACHT_TRY(environment, open_environment(file, verified.pages));
        int opened = -1;
        if (mdb_env_get_fd(environment.get(), &opened) != 0 || !same_file(fd.get(), opened))
            continue;
        auto state = std::make_unique<State>(std::move(environment), std::move(verified.keys));
        auto mapping = MappedFile::map(fd.get(), file);
        if (!mapping)
            return Error{ErrorCode::registry_unavailable,
                         file.string(),
                         "cannot be mapped: " + mapping.error().detail,
                         {}};
        state->mapping.emplace(std::move(*mapping));
        state->filter = KeyFilter(state->mapping->bytes().substr(
            static_cast<std::size_t>(verified.pages), static_cast<std::size_t>(verified.filter)));
        state->mapping->read_anywhere();
        POSTWACHT_CHECK(state->open_databases(file));
        return std::shared_ptr<const StoredIndex>(new StoredIndex(std::move(state)));
    }
    return Error{ErrorCode::registry_unavailable,
                 file.string(),
                 "is replaced faster than it can be opened",
                 {}};
}

const Salt& StoredIndex::salt() const {
    return state_->keys.salt;
}
const Description& StoredIndex::description() const {
    return state_->description;
}
const Mailboxes& StoredIndex::mailboxes() const {
    return state_->mailboxes;
}
bool StoredIndex::may_be_surname(std::string_view key) const {
    return state_->surnames->may_hold(key);
}

Result<std::vector<SubjectNumber>> StoredIndex::find(Key key, std::string_view value) const {
    if (!state_->filter.may_hold(state_->filter_hash(key, value)))
        return std::vector<SubjectNumber>();
    return state_->numbers_of(state_->databases.subject_keys, kind_of(key), value);
}
Result<std::vector<SubjectNumber>> StoredIndex::subjects_with_id(std::string_view id) const {
    return state_->numbers_of(state_->databases.subject_keys, kind::subject_id, id);
}
Result<std::vector<OrganisationNumber>> StoredIndex::organisations_with(
    std::string_view kind, std::string_view value) const {
    return state_->numbers_of(state_->databases.organisation_keys, kind, value);
}

Result<std::shared_ptr<const Subject>> StoredIndex::subject(SubjectNumber number) const {
    POSTWACHT_TRY(plain, state_->record(state_->databases.subjects, database::subjects, number));
    if (plain.empty()) return std::shared_ptr<const Subject>();
    auto decoded = decode_subject(plain, number, state_->description.relation_names);
    if (!decoded) return damaged();
    return decoded;
}

Result<std::shared_ptr<const Organisation>> StoredIndex::organisation(
    OrganisationNumber number) const {
    POSTWACHT_TRY(plain,
                  state_->record(state_->databases.organisations, database::organisations, number));
    auto decoded = decode_organisation(plain, number);
    if (!decoded) return damaged();
    return decoded;
}

Result<std::vector<SubjectNumber>> StoredIndex::all_subjects() const {
    return state_->all_numbers(state_->databases.subjects);
}
Result<std::vector<OrganisationNumber>> StoredIndex::all_organisations() const {
    return state_->all_numbers(state_->databases.organisations);
}

}  // namespace postwacht::registry
