// The registry as a daemon sees it: one stat(2) for each question, a new index when the file
// changed.
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "base/lock_guarded.hpp"
#include "registry/index.hpp"

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

// The file that was opened last, and what came of it.
struct Opened {
    Identity identity;
    OpenResult result;
    std::chrono::steady_clock::time_point at;

    [[nodiscard]] bool still_good(const Identity& now) const {
        return identity == now &&
               (result.has_value() || std::chrono::steady_clock::now() - at < retry_after);
    }
};

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

Result<std::shared_ptr<const Index>> Registry::current() {
    // Looked at before the lock, since every letter comes by here.
    struct stat glance {};
    const bool seen = ::stat(state_->file.c_str(), &glance) == 0;
    return state_->opened.with([&](std::optional<Opened>& opened) -> OpenResult {
        if (seen && opened && opened->still_good(Identity::of(glance))) return opened->result;
        // Somebody else may have opened a newer one meanwhile.
        struct stat status {};
        if (::stat(state_->file.c_str(), &status) != 0) {
            Error error = system_error(state_->file.string(), errno);
            error.code = ErrorCode::registry_unavailable;
            error.hint = "make one with: postwacht registry build";
            opened.reset();
            return error;
        }
        const Identity now = Identity::of(status);
        if (!opened || !opened->still_good(now)) {
            // The old index goes first, so that two are mapped only while a reader holds it.
            opened.reset();
            auto result = open_index(state_->file, state_->key);
            // Replaced between stat and open: the identity is then of the one before, and the next
            // call opens once more.
            opened = Opened{now, std::move(result), std::chrono::steady_clock::now()};
        }
        return opened->result;
    });
}

}  // namespace postwacht::registry
