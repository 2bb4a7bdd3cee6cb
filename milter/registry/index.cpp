#include "registry/index.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "registry/index_file.hpp"
#include "registry/lmdb_handles.hpp"
#include "registry/lookup_key.hpp"
#include "registry/record.hpp"

namespace postwacht::registry {
namespace {

constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n';
}
constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool continues_character(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}
constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80U;
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

class LmdbIndex final : public Index {
  public:
    LmdbIndex(lmdb::Environment environment, Databases databases, IndexKeys keys,
              Description description)
        : environment_(std::move(environment)),
          pool_(environment_.get()),
          databases_(databases),
          keys_(std::move(keys)),
          description_(std::move(description)),
          surnames_(std::exchange(description_.surname_filter, {}), word_filter_key(keys_.hash)),
          mailboxes_(description_.dotless_domains) {}

    Result<std::vector<SubjectNumber>> find(Key key, std::string_view value) const override {
        return numbers_of(databases_.subject_keys, kind_of(key), value);
    }

    Result<std::shared_ptr<const Subject>> subject(SubjectNumber number) const override {
        POSTWACHT_TRY(plain, record(databases_.subjects, database::subjects, number));
        auto decoded = decode_subject(plain, number, description_.relation_names);
        if (!decoded) return damaged();
        return decoded;
    }

    Result<std::shared_ptr<const Organisation>> organisation(
        OrganisationNumber number) const override {
        POSTWACHT_TRY(plain, record(databases_.organisations, database::organisations, number));
        auto decoded = decode_organisation(plain, number);
        if (!decoded) return damaged();
        return decoded;
    }

    Result<std::vector<OrganisationNumber>> organisations_at(std::string_view address_key,
                                                             bool by_address_only) const override {
        POSTWACHT_TRY(found, numbers_of(databases_.organisation_keys, kind::organisation_address,
                                        address_key));
        const auto at = address_key.rfind('@');
        if (by_address_only || at == std::string_view::npos) return found;
        // A registered domain has at least one dot, so a last label alone is not looked up.
        for (std::string_view domain = address_key.substr(at + 1);
             domain.find('.') != std::string_view::npos;
             domain.remove_prefix(domain.find('.') + 1)) {
            POSTWACHT_TRY(
                more, numbers_of(databases_.organisation_keys, kind::organisation_domain, domain));
            found.insert(found.end(), more.begin(), more.end());
        }
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
        return found;
    }

    [[nodiscard]] bool may_be_surname(std::string_view key) const override {
        return surnames_.may_hold(key);
    }
    [[nodiscard]] const std::vector<std::string>& other_id_shapes() const override {
        return description_.other_id_shapes;
    }
    [[nodiscard]] const Mailboxes& mailboxes() const override { return mailboxes_; }
    [[nodiscard]] const Stats& stats() const override { return description_.stats; }

  private:
    static Error damaged() {
        return {ErrorCode::registry_unavailable, "registry index", "a record is damaged",
                "make a new one with: postwacht registry build"};
    }

    Result<std::vector<std::uint32_t>> numbers_of(unsigned database, std::string_view kind,
                                                  std::string_view value) const {
        const LookupKey key = lookup_key(keys_.hash, kind, value);
        const Lookup lookup(pool_);
        POSTWACHT_TRY(
            packed, lookup.get(database, {reinterpret_cast<const char*>(key.data()), key.size()}));
        if (!packed) return std::vector<std::uint32_t>();
        return unpack_numbers(*packed);
    }

    Result<std::string> record(unsigned database, const char* database_name,
                               std::uint32_t number) const {
        const Lookup lookup(pool_);
        POSTWACHT_TRY(
            sealed, lookup.get(database, {reinterpret_cast<const char*>(&number), sizeof number}));
        if (!sealed) return damaged();
        auto plain = keys_.cipher.open(*sealed, record_context(database_name, number));
        if (!plain) return damaged();
        return plain;
    }

    lmdb::Environment environment_;
    mutable TransactionPool pool_;  // destroyed before its environment
    Databases databases_;
    IndexKeys keys_;
    Description description_;
    WordFilter surnames_;
    Mailboxes mailboxes_;
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

// Opens the databases and reads the description.
Result<std::shared_ptr<const Index>> open_databases(const std::filesystem::path& file,
                                                    lmdb::Environment environment, IndexKeys keys) {
    MDB_txn* transaction = nullptr;
    int code = mdb_txn_begin(environment.get(), nullptr, MDB_RDONLY, &transaction);
    if (code != 0) return unusable(file, code);
    lmdb::Transaction owner(transaction);
    unsigned description_database = 0;
    Databases databases;
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
    auto description = decode_description({static_cast<const char*>(value.mv_data), value.mv_size});
    if (!description) {
        return Error{ErrorCode::registry_unavailable, file.string(),
                     "its description cannot be read",
                     "make a new one with: postwacht registry build"};
    }
    // Committing is what keeps the databases open for later transactions.
    code = mdb_txn_commit(owner.release());
    if (code != 0) return unusable(file, code);
    return std::shared_ptr<const Index>(std::make_shared<LmdbIndex>(
        std::move(environment), databases, std::move(keys), std::move(*description)));
}

}  // namespace

const Mailboxes& Index::mailboxes() const {
    static const Mailboxes plain;
    return plain;
}

std::string normalise_other_id(std::string_view value) {
    // The folded form, since that is what a matcher reads.
    std::string normalised = text::fold(value);
    std::erase_if(normalised, is_blank);
    return normalised;
}

std::string shape_of(std::string_view normalised) {
    std::string shape;
    shape.reserve(normalised.size());
    for (const char c : normalised) {
        if (continues_character(c)) continue;
        shape.push_back(is_digit(c) ? '9' : is_letter(c) ? 'a' : c);
    }
    return shape;
}

Result<Addressee> resolve(const Index& index, std::string_view address_key, bool by_address_only) {
    Addressee addressee;
    if (address_key.empty()) return addressee;
    addressee.address = index.mailboxes().key(address_key);
    POSTWACHT_TRY(organisations, index.organisations_at(addressee.address, by_address_only));
    POSTWACHT_TRY(owners, index.find(Key::email, addressee.address));
    addressee.organisations = std::move(organisations);
    addressee.own_address_of = std::move(owners);
    return addressee;
}

Result<std::shared_ptr<const Index>> open_index(const std::filesystem::path& file,
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
        if (mdb_env_get_fd(environment.get(), &opened) == 0 && same_file(fd.get(), opened)) {
            return open_databases(file, std::move(environment), std::move(verified.keys));
        }
    }
    return Error{ErrorCode::registry_unavailable,
                 file.string(),
                 "is replaced faster than it can be opened",
                 {}};
}

}  // namespace postwacht::registry
