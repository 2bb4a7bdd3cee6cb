// verify() and for_each_entry(): reading a journal from its first line to its last.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/unique_fd.hpp"
#include "journal/chain.hpp"
#include "journal/journal.hpp"

namespace postwacht::journal {
namespace {

// A journal as it stood at one moment. Later appends are not looked at: they are beyond `size`.
struct Snapshot {
    UniqueFd file;
    std::uint64_t size = 0;
    std::string path;
};

Result<Snapshot> take_snapshot(const std::filesystem::path& directory) {
    Snapshot snapshot;
    snapshot.path = (directory / journal_file).string();
    snapshot.file.reset(::open(snapshot.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!snapshot.file && errno == ENOENT)
        return Error{ErrorCode::not_found, snapshot.path, "there is no journal here", {}};
    if (!snapshot.file) return system_error(snapshot.path, errno);
    // Under the lock no line is half written by somebody who is still at it.
    while (::flock(snapshot.file.get(), LOCK_SH) != 0)
        if (errno != EINTR) return system_error(snapshot.path, errno);
    struct stat status {};
    const bool known = ::fstat(snapshot.file.get(), &status) == 0;
    ::flock(snapshot.file.get(), LOCK_UN);
    if (!known) return system_error(snapshot.path, errno);
    snapshot.size = static_cast<std::uint64_t>(status.st_size);
    return snapshot;
}

// Nothing where there is none, or it was not made under this key. Locked, since another process may
// be overwriting it in place.
std::optional<Link> load_head(const std::filesystem::path& directory, const Chain& chain) {
    const UniqueFd file(::open((directory / head_file).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file || ::flock(file.get(), LOCK_SH) != 0) return std::nullopt;
    const auto bytes = read_all(file.get(), 4096);
    return bytes ? chain.read_head(*bytes) : std::nullopt;
}

// Hands each whole line to `take` until it answers false. Gives the bytes of a torn last line.
template <class Take>
Result<std::uint64_t> read_lines(const Snapshot& snapshot, const Take& take) {
    std::string pending;
    std::string block(1U << 20U, '\0');
    for (std::uint64_t at = 0; at < snapshot.size;) {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), snapshot.size - at));
        const ssize_t count =
            ::pread(snapshot.file.get(), block.data(), wanted, static_cast<off_t>(at));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error(snapshot.path, errno);
        if (count == 0) break;
        at += static_cast<std::uint64_t>(count);
        std::string_view rest(block.data(), static_cast<std::size_t>(count));
        for (std::size_t end = rest.find('\n'); end != std::string_view::npos;
             end = rest.find('\n')) {
            pending.append(rest.substr(0, end));
            if (!take(std::string_view(pending))) return std::uint64_t{0};
            pending.clear();
            rest.remove_prefix(end + 1);
        }
        pending.append(rest);
        if (pending.size() > longest_line)
            return Error{
                ErrorCode::damaged, snapshot.path, "a line is longer than any line can be", {}};
    }
    return static_cast<std::uint64_t>(pending.size());
}

// What is wrong with a line that does not follow the one before it.
std::string explain(std::uint64_t position, std::uint64_t expected, const LineParts& line) {
    if (line.n == expected)
        return format("line {} was changed, or the key is another one", position);
    if (line.n < expected)
        return format("line {} bears the number {}: it was copied, moved or inserted", position,
                      line.n);
    if (expected == 1)
        return format("lines are missing at the beginning: line 1 bears the number {}", line.n);
    return format("lines are missing before line {}, which bears the number {}", position, line.n);
}

// Walks the chain and remembers what `head` will be compared with.
class Walk {
  public:
    Walk(const Chain& chain, std::optional<Link> head) : chain_(chain), head_(std::move(head)) {}

    bool take(std::string_view line) {
        const std::uint64_t position = report_.entries + 1;
        const auto parts = take_apart(line);
        if (!parts) return stop(position, format("line {} is not a journal line", position));
        if (parts->n != last_.n + 1 || !chain_.follows(last_, *parts))
            return stop(position, explain(position, last_.n + 1, *parts));
        // A chain may be whole and yet not the one that the head was written for.
        if (head_ && head_->n == parts->n && head_->chain != parts->chain)
            return stop(position,
                        format("line {} is not the one that the head vouches for", position));
        last_ = Link{parts->n, std::string(parts->chain)};
        ++report_.entries;
        return true;
    }

    VerifyReport finish(std::uint64_t torn_bytes) {
        if (report_.first_bad_line != 0) return report_;
        const std::uint64_t next = report_.entries + 1;
        if (!head_) {
            stop(next,
                 "the head is missing or was changed, or the key is another one: lines may "
                 "be missing at the end");
            return report_;
        }
        if (head_->n > report_.entries) {
            stop(next, format("lines {} to {} are missing at the end", next, head_->n));
            return report_;
        }
        report_.intact = true;
        report_.vouched = head_->n;
        if (torn_bytes > 0)
            report_.what = format(
                "{} bytes of an unfinished line follow line {}; the next entry "
                "removes them",
                torn_bytes, report_.entries);
        return report_;
    }

  private:
    bool stop(std::uint64_t line, std::string what) {
        report_.first_bad_line = line;
        report_.what = std::move(what);
        return false;
    }

    const Chain& chain_;
    std::optional<Link> head_;
    Link last_;
    VerifyReport report_;
};

}  // namespace

Result<VerifyReport> verify(const std::filesystem::path& directory, const crypto::SecretKey& key) {
    POSTWACHT_TRY(chain, Chain::create(key));
    // The head first: whatever it knows of is in the file by then.
    std::optional<Link> head = load_head(directory, chain);
    POSTWACHT_TRY(snapshot, take_snapshot(directory));
    Walk walk(chain, std::move(head));
    POSTWACHT_TRY(torn,
                  read_lines(snapshot, [&](std::string_view line) { return walk.take(line); }));
    return walk.finish(torn);
}

Result<void> for_each_entry(const std::filesystem::path& directory,
                            const std::function<void(std::string_view line)>& line) {
    POSTWACHT_TRY(snapshot, take_snapshot(directory));
    POSTWACHT_TRY(torn, read_lines(snapshot, [&](std::string_view text) {
                      line(text);
                      return true;
                  }));
    (void)torn;
    return {};
}

}  // namespace postwacht::journal
