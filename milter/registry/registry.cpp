// The registry as a daemon sees it: two stat(2) for each question, a new index when a file changed.
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "base/lock_guarded.hpp"
#include "registry/index.hpp"
#include "registry/index_file.hpp"
#include "registry/layered_index.hpp"
#include "registry/stored_index.hpp"

namespace postwacht::registry {
namespace {

// After a failure with an unchanged file (no descriptors left, say) it is tried again this much
// later, not for every letter: to open a large index means to read it.
constexpr std::chrono::seconds retry_after{10};

// What stat(2) tells of a file. The change time also moves when the owner or mode changes, or when
// the modification time was set back.
struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    timespec modified{};
    timespec changed{};

    static Identity of(const struct stat& status) {
        return {status.st_dev, status.st_ino, status.st_size, status.st_mtim, status.st_ctim};
    }
    bool operator==(const Identity& other) const {
        const auto same = [](const timespec& a, const timespec& b) {
            return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
        };
        return device == other.device && inode == other.inode && size == other.size &&
               same(modified, other.modified) && same(changed, other.changed);
    }
};

using OpenResult = Result<std::shared_ptr<const Index>>;
using File = std::shared_ptr<const StoredIndex>;

// What was opened last, and what came of it.
struct Opened {
    Identity identity;  // of the index
    File base;          // null where it could not be opened
    std::optional<Identity> updates;
    OpenResult result;
    std::chrono::steady_clock::time_point at;

    // Whether it need not be tried again.
    [[nodiscard]] bool settled() const {
        return result.has_value() || std::chrono::steady_clock::now() - at < retry_after;
    }
};

Error cannot_look(const std::filesystem::path& file, int error_number) {
    Error error = system_error(file.string(), error_number);
    error.code = ErrorCode::registry_unavailable;
    return error;
}

}  // namespace

struct Registry::State {
    State(std::filesystem::path index_file, const crypto::SecretKey& index_key)
        : file(std::move(index_file)), key(index_key) {}

    const std::filesystem::path file;
    const crypto::SecretKey key;
    // Held while a new index is opened: all others need that one too and wait for it.
    LockGuarded<std::optional<Opened>> opened;
};

Registry::Registry(std::filesystem::path file, const crypto::SecretKey& key)
    : state_(std::make_unique<State>(std::move(file), key)) {}

Registry::~Registry() = default;

namespace {

// Nothing where there is no such file.
Result<std::optional<Identity>> look_at(const std::filesystem::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0) return std::optional(Identity::of(status));
    if (errno == ENOENT) return std::optional<Identity>();
    return cannot_look(file, errno);
}

// Opens what is there, on top of what is open already.
OpenResult renew(const std::filesystem::path& file, const crypto::SecretKey& key,
                 std::optional<Opened>& opened) {
    // A build renames the new index and then removes the updates of the old one. So when updates
    // have come or gone, the index is looked at once more before they are believed.
    constexpr int attempts = 5;
    for (int i = 0; i < attempts; ++i) {
        POSTWACHT_TRY(now, look_at(file));
        if (!now) {
            opened.reset();
            Error error = cannot_look(file, ENOENT);
            error.hint = "make one with: postwacht registry build";
            return error;
        }
        if (!opened || opened->identity != *now || (!opened->base && !opened->settled())) {
            // The old index goes first, so that two are mapped only while a reader holds it.
            opened.reset();
            auto base = StoredIndex::open(file, key);
            // Replaced between stat and open: the identity is then of the one before, and the next
            // call opens once more.
            opened = Opened{*now, nullptr, {}, Error{}, std::chrono::steady_clock::now()};
            if (!base) {
                opened->result = std::move(base).error();
                return opened->result;
            }
            opened->base = std::move(*base);
        } else if (!opened->base) {
            return opened->result;
        }
        const auto updates_name = updates_file(file, opened->base->salt());
        POSTWACHT_TRY(updates_now, look_at(updates_name));
        if (opened->result && opened->updates == updates_now) return opened->result;
        if (!opened->result && opened->updates == updates_now && updates_now && opened->settled())
            return opened->result;
        POSTWACHT_TRY(still, look_at(file));
        if (still != now) continue;
        // A running daemon knows what it had; one that begins goes by the mark.
        if (opened->updates && !updates_now)
            return Error{ErrorCode::registry_unavailable, updates_name.string(),
                         "was removed, and with it what came after the build",
                         "put it back, or make a new index with: postwacht registry build"};
        if (!updates_now) POSTWACHT_CHECK(check_never_changed(file, opened->base->salt()));
        opened->updates = updates_now;
        opened->at = std::chrono::steady_clock::now();
        File updates;
        if (updates_now) {
            auto open = StoredIndex::open(updates_name, key);
            if (!open) {
                opened->result = std::move(open).error();
                return opened->result;
            }
            updates = std::move(*open);
        }
        opened->result = make_layered(opened->base, std::move(updates));
        return opened->result;
    }
    return Error{ErrorCode::registry_unavailable,
                 file.string(),
                 "is replaced faster than it can be opened",
                 {}};
}

}  // namespace

Result<std::shared_ptr<const Index>> Registry::current() {
    return state_->opened.with(
        [&](std::optional<Opened>& opened) { return renew(state_->file, state_->key, opened); });
}

}  // namespace postwacht::registry
