#include "quarantine/store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <unordered_map>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "crypto/keys.hpp"
#include "quarantine/content.hpp"
#include "quarantine/database.hpp"

namespace postwacht::quarantine {
namespace {

namespace fs = std::filesystem;

constexpr mode_t shared_file = 0660;
constexpr mode_t shared_folder = 02770;
constexpr std::string_view content_suffix = ".cms";
constexpr auto temporary_file_age = std::chrono::hours(1);

// "Q-YYYYMMDD-" and 16 hexadecimal digits.
constexpr std::string_view id_form = "Q-dddddddd-xxxxxxxxxxxxxxxx";
bool is_id(std::string_view text) {
    return text.size() == id_form.size() &&
           std::equal(text.begin(), text.end(), id_form.begin(), [](char c, char form) {
               const bool digit = c >= '0' && c <= '9';
               if (form == 'd') return digit;
               if (form == 'x') return digit || (c >= 'a' && c <= 'f');
               return c == form;
           });
}

Result<std::string> new_id(Instant now) {
    std::array<std::uint8_t, 8> random{};
    POSTWACHT_CHECK(crypto::random_bytes(random));
    std::string day = to_iso(now).substr(0, 10);
    std::erase(day, '-');
    return format("Q-{}-{}", day, crypto::to_hex(random));
}

// Makes the folder, shared with its group; one that exists keeps its mode.
Result<void> make_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), 0770) != 0)
        return errno == EEXIST ? Result<void>{} : system_error(folder.string(), errno);
    // mkdir() heeds the umask and cannot set the set-group-id bit, but a folder inherits that.
    // Where the mode is right chmod() is not called: the unit (RestrictSUIDSGID) forbids it with
    // this bit.
    struct stat status {};
    const bool right =
        ::stat(folder.c_str(), &status) == 0 && (status.st_mode & 07777U) == shared_folder;
    if (!right && ::chmod(folder.c_str(), shared_folder) != 0) {
        Error error = system_error(folder.string(), errno);
        ::rmdir(folder.c_str());  // the next start must not take it for one with the right mode
        return error;
    }
    return sync_directory(folder.has_parent_path() ? folder.parent_path() : ".");
}

// Makes an empty file that is shared with its group, where there is none. One that is there is not
// opened, not even for a moment: to close a descriptor drops every lock that this process has on
// the file (fcntl(2)), those of SQLite's connections among them, and another process that closes
// the database then takes the write-ahead log away from under them.
Result<void> make_shared_file(const fs::path& file) {
    const UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, shared_file));
    if (fd)
        return ::fchmod(fd.get(), shared_file) == 0 ? Result<void>{}
                                                    : system_error(file.string(), errno);
    return errno == EEXIST ? Result<void>{} : system_error(file.string(), errno);
}

// Opens the file for writing, or makes an empty one that is shared with its group.
Result<UniqueFd> open_shared(const fs::path& file) {
    UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, shared_file));
    if (fd) {
        if (::fchmod(fd.get(), shared_file) != 0) return system_error(file.string(), errno);
        return fd;
    }
    if (errno == EEXIST) fd.reset(::open(file.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd) return system_error(file.string(), errno);
    return fd;
}

class FileStore final : public Store {
  public:
    static Result<std::unique_ptr<Store>> open_at(const fs::path& directory,
                                                  const std::vector<fs::path>& certificates,
                                                  const Clock& clock);

    Result<std::string> hold(const NewItem& item) override;
    Result<std::vector<Item>> list(std::optional<State> state) override {
        return database_->list(state);
    }
    Result<Item> find(std::string_view id) override { return database_->find(id); }
    Result<Content> open(std::string_view id, const crypto::Opener& opener) override;
    Result<Lease> lease(std::string_view id) override;
    Result<Item> change(std::string_view id, const Change& change) override;
    Result<std::vector<Item>> with_mta() override { return database_->with_mta(); }
    Result<Item> find_in_mta(std::string_view queue_id) override {
        return database_->find_in_mta(queue_id);
    }
    Result<void> discard_content(std::string_view id) override;
    Result<std::uint64_t> recover() override;

  private:
    FileStore(const fs::path& directory, const Clock& clock)
        : items_(directory / "items"), locks_(directory / "locks"), clock_(&clock) {}

    fs::path content_file(std::string_view id) const {
        return items_ / (std::string(id) + std::string(content_suffix));
    }
    Result<void> remove_content(std::string_view id);
    Result<bool> adopt(std::string_view id);
    Result<std::vector<std::string>> sealed_ids();

    const fs::path items_;
    const fs::path locks_;
    const Clock* const clock_;
    std::optional<crypto::Sealer> sealer_;  // none for a process that only lists and opens
    std::unique_ptr<Database> database_;
};

Result<std::unique_ptr<Store>> FileStore::open_at(const fs::path& directory,
                                                  const std::vector<fs::path>& certificates,
                                                  const Clock& clock) {
    auto store = std::unique_ptr<FileStore>(new FileStore(directory, clock));
    if (!certificates.empty()) {
        POSTWACHT_TRY(sealer, crypto::Sealer::load(certificates));
        store->sealer_.emplace(std::move(sealer));
    }
    POSTWACHT_CHECK(make_folder(directory));
    POSTWACHT_CHECK(make_folder(store->items_));
    // One process at a time makes the tables or switches on the write-ahead log.
    POSTWACHT_TRY(lock, open_shared(store->locks_));
    while (::flock(lock.get(), LOCK_EX) != 0)
        if (errno != EINTR) return system_error(store->locks_.string(), errno);
    const fs::path file = directory / "quarantine.db";
    // SQLite gives its -wal and -shm files the mode of the database.
    POSTWACHT_CHECK(make_shared_file(file));
    POSTWACHT_TRY(database, Database::open(file));
    store->database_ = std::move(database);
    POSTWACHT_CHECK(sync_directory(directory));
    return std::unique_ptr<Store>(std::move(store));
}

Result<std::string> FileStore::hold(const NewItem& item) {
    if (!sealer_)
        return Error{ErrorCode::config, "", "no review certificate to seal to",
                     "set [quarantine] certificates"};
    Item row;
    row.held_at = clock_->now();
    POSTWACHT_TRY(id, new_id(row.held_at));
    row.id = id;
    row.queue_id = text::printable(item.queue_id);
    row.rules = item.rules;
    row.reason = text::printable(item.reason, 1000);
    row.subject_count = item.subject_count;
    row.recipient_count = item.recipients.size();
    row.bytes = item.message.size();
    row.verdict_json = item.verdict_json;
    row.mta = item.mta;
    row.mta_copy = item.mta ? MtaCopy::pending : MtaCopy::none;

    ContentHead head{id, item.queue_id,      row.held_at, item.envelope->sender_raw,
                     {}, item.message.size()};
    for (const std::size_t position : item.recipients) {
        if (position >= item.envelope->recipients.size())
            return Error{ErrorCode::internal, "", "a held recipient is not in the envelope", {}};
        head.recipients_raw.push_back(item.envelope->recipients[position].raw);
    }
    if (head.recipients_raw.empty())
        return Error{ErrorCode::internal, "", "nobody to hold a message for", {}};
    POSTWACHT_TRY(sealed, sealer_->seal({write_content_head(head), item.message}));

    // The content first: a file without a row can be adopted, a row without a file is a loss.
    const auto discard = [&](Error error) {
        // The MTA keeps the message and will try again; a copy left here with each try would fill
        // a full disk further.
        if (const auto removed = remove_content(id); !removed)
            log::warning("PW_QUARANTINE_LEFTOVER", removed.error().message());
        return error;
    };
    if (auto written = write_file_durably(content_file(id), sealed, shared_file); !written)
        return discard(std::move(written).error());
    if (auto inserted = database_->insert(row); !inserted)
        return discard(std::move(inserted).error());
    return id;
}

Result<Content> FileStore::open(std::string_view id, const crypto::Opener& opener) {
    POSTWACHT_TRY(item, database_->find(id));
    const fs::path file = content_file(item.id);
    if (::access(file.c_str(), F_OK) != 0 && errno == ENOENT)
        return Error{ErrorCode::not_found, item.id, "the content of this item is not there",
                     "it is removed when the item is deleted"};
    POSTWACHT_TRY(sealed, read_file(file));
    POSTWACHT_TRY(plain, opener.open(sealed));
    return parse_content(plain, item.id);
}

// A lock on one byte of the file `locks`, at a place made from the random part of the id. The lock
// belongs to the open file, so it also parts threads, and ends with it, however that comes about.
Result<Lease> FileStore::lease(std::string_view id) {
    POSTWACHT_TRY(item, database_->find(id));
    POSTWACHT_TRY(fd, open_shared(locks_));
    std::uint64_t place = 0;
    const std::string_view digits = std::string_view(item.id).substr(item.id.rfind('-') + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), place, 16);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(place >> 2U);  // within what an off_t can hold
    lock.l_len = 1;
    if (::fcntl(fd.get(), F_OFD_SETLK, &lock) == 0) return Lease{std::move(fd)};
    if (errno == EAGAIN || errno == EACCES)
        return Error{ErrorCode::conflict, item.id, "another process is acting on this item", {}};
    return system_error(locks_.string(), errno);
}

Result<Item> FileStore::change(std::string_view id, const Change& change) {
    POSTWACHT_TRY(item, database_->find(id));
    return database_->change(item.id, change, clock_->now());
}

Result<void> FileStore::discard_content(std::string_view id) {
    POSTWACHT_TRY(item, database_->find(id));
    if (is_undecided(item.state))
        return Error{ErrorCode::conflict,
                     item.id,
                     format("the item is {}, its content is still needed", to_string(item.state)),
                     {}};
    return remove_content(item.id);
}

Result<void> FileStore::remove_content(std::string_view id) {
    const fs::path file = content_file(id);
    if (::unlink(file.c_str()) != 0)
        return errno == ENOENT ? Result<void>{} : system_error(file.string(), errno);
    return sync_directory(items_);
}

// The ids of all sealed files. Temporary files whose writer is long gone are removed on the way.
Result<std::vector<std::string>> FileStore::sealed_ids() {
    std::vector<std::string> ids;
    std::error_code failed;
    for (fs::directory_iterator entry(items_, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        const std::string name = entry->path().filename().string();
        const std::string_view id = std::string_view(name).substr(0, id_form.size());
        const std::string_view suffix = std::string_view(name).substr(id.size());
        if (!is_id(id) || !suffix.starts_with(content_suffix)) continue;
        if (suffix == content_suffix) {
            ids.emplace_back(id);
            continue;
        }
        std::error_code gone;
        const auto written = fs::last_write_time(entry->path(), gone);
        if (!gone && fs::file_time_type::clock::now() - written > temporary_file_age)
            fs::remove(entry->path(), gone);
    }
    if (failed) return system_error(items_.string(), failed.value());
    return ids;
}

Result<bool> FileStore::adopt(std::string_view id) {
    struct stat status {};
    if (::stat(content_file(id).c_str(), &status) != 0)
        return errno == ENOENT ? Result<bool>(false) : system_error(items_.string(), errno);
    Item row;
    row.id = id;
    row.held_at = std::chrono::system_clock::from_time_t(status.st_mtime);
    row.rules = "recovered";
    row.reason = "found without a record after a crash; it may also have been sent by the MTA";
    row.verdict_json = "{}";
    return database_->adopt(row);
}

Result<std::uint64_t> FileStore::recover() {
    // Files before rows: a message that is being held meanwhile then mostly has its row already.
    // Where not, hold() completes the row that is made here.
    POSTWACHT_TRY(files, sealed_ids());
    POSTWACHT_TRY(rows, database_->ids());
    std::unordered_map<std::string, State> states;
    for (auto& row : rows) states.emplace(std::move(row.id), row.state);

    std::uint64_t adopted = 0;
    for (const auto& id : files) {
        const auto known = states.find(id);
        if (known == states.end()) {
            POSTWACHT_TRY(added, adopt(id));
            if (!added) continue;
            ++adopted;
            log::warning("PW_QUARANTINE_ADOPTED", format("item={}", id));
        } else {
            // A crash between the decision to delete and the removal.
            if (known->second == State::deleted) {
                POSTWACHT_CHECK(remove_content(id));
            }
            states.erase(known);
        }
    }
    for (const auto& [id, state] : states) {
        // Looked at again: it may have come after the files were listed.
        if (is_undecided(state) && ::access(content_file(id).c_str(), F_OK) != 0)
            log::error("PW_QUARANTINE_CONTENT_MISSING", format("item={}", id));
    }
    return adopted;
}

}  // namespace

bool is_undecided(State state) noexcept {
    return state == State::held || state == State::reviewing || state == State::releasing ||
           state == State::returning;
}

const char* to_string(State state) noexcept {
    switch (state) {
        case State::held:
            return "held";
        case State::reviewing:
            return "reviewing";
        case State::releasing:
            return "releasing";
        case State::released:
            return "released";
        case State::returning:
            return "returning";
        case State::returned:
            return "returned";
        case State::corrected:
            return "corrected";
        case State::deleted:
            return "deleted";
        case State::gone:
            return "gone";
        case State::not_accepted:
            return "not_accepted";
    }
    return "held";
}

const char* to_string(MtaKind kind) noexcept {
    return kind == MtaKind::postfix ? "postfix" : "sendmail";
}

const char* to_string(MtaCopy copy) noexcept {
    switch (copy) {
        case MtaCopy::none:
            return "";
        case MtaCopy::pending:
            return "pending";
        case MtaCopy::held:
            return "held";
        case MtaCopy::removing:
            return "removing";
        case MtaCopy::gone:
            return "gone";
    }
    return "";
}

Result<std::unique_ptr<Store>> open_store(const fs::path& directory,
                                          const std::vector<fs::path>& certificates,
                                          const Clock& clock) {
    return FileStore::open_at(directory, certificates, clock);
}

}  // namespace postwacht::quarantine
