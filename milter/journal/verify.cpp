// verify() and for_each_entry(): reading a journal from its first line to its last.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/unique_fd.hpp"
#include "journal/chain.hpp"
#include "journal/journal.hpp"
#include "journal/segments.hpp"

namespace postwacht::journal {
namespace {

// A journal as it stood at one moment. Later appends are not looked at: they are beyond `size`.
struct Snapshot {
    Kept kept;
    UniqueFd current;  // none where a process closed the file and came no further
    std::uint64_t size = 0;
    std::string path;
};

// Under the lock of the file that takes entries no line is half written by somebody who is still at
// it, and no file is closed or removed.
Result<Snapshot> take_snapshot(const std::filesystem::path& directory, const Chain* chain) {
    constexpr int most_rotations = 1000;
    Snapshot snapshot;
    snapshot.path = (directory / journal_file).string();
    for (int i = 0; i < most_rotations; ++i) {
        UniqueFd locked(::open(snapshot.path.c_str(), O_RDONLY | O_CLOEXEC));
        const bool missing = !locked && errno == ENOENT;
        if (!locked && !missing) return system_error(snapshot.path, errno);
        if (missing) {
            // Between closing one file and making the next a process holds the lock of the first.
            POSTWACHT_TRY(kept, list_kept(directory, chain));
            if (kept.closed.empty())
                return Error{ErrorCode::not_found, snapshot.path, "there is no journal here", {}};
            locked.reset(::open(kept.closed.back().path.c_str(), O_RDONLY | O_CLOEXEC));
            if (!locked) continue;
        }
        while (::flock(locked.get(), LOCK_SH) != 0)
            if (errno != EINTR) return system_error(snapshot.path, errno);
        struct stat ours {};
        struct stat current {};
        if (::fstat(locked.get(), &ours) != 0) return system_error(snapshot.path, errno);
        const bool there = ::stat(snapshot.path.c_str(), &current) == 0;
        if (there && (ours.st_ino != current.st_ino || ours.st_dev != current.st_dev)) continue;
        if (!there && !missing) continue;
        POSTWACHT_TRY(kept, list_kept(directory, chain));
        // No lock kept another process from making the next file and going on: then it is there by
        // now, or has been closed.
        if (missing) {
            POSTWACHT_TRY(again, list_kept(directory, chain));
            if (::access(snapshot.path.c_str(), F_OK) == 0 || again.closed.empty() ||
                kept.closed.empty() || again.start.n != kept.start.n ||
                again.closed.back().first != kept.closed.back().first)
                continue;
        }
        snapshot.kept = std::move(kept);
        if (there) snapshot.size = static_cast<std::uint64_t>(ours.st_size);
        ::flock(locked.get(), LOCK_UN);
        if (there) snapshot.current = std::move(locked);
        return snapshot;
    }
    return damaged(snapshot.path, "the journal is replaced again and again");
}

// Nothing where there is none, or it was not made under this key. Locked, since another process may
// be overwriting it in place.
std::optional<Link> load_head(const std::filesystem::path& directory, const Chain& chain) {
    const UniqueFd file(::open((directory / head_file).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file || ::flock(file.get(), LOCK_SH) != 0) return std::nullopt;
    const auto bytes = read_all(file.get(), 4096);
    return bytes ? chain.read_head(*bytes) : std::nullopt;
}

// Hands each whole line of the file's first `size` bytes to `take` until it answers false. Gives
// the bytes of a torn last line, and nothing where `take` stopped.
template <class Take>
Result<std::optional<std::uint64_t>> read_lines(int fd, std::uint64_t size, const std::string& path,
                                                const Take& take) {
    std::string pending;
    std::string block(1U << 20U, '\0');
    for (std::uint64_t at = 0; at < size;) {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), size - at));
        const ssize_t count = ::pread(fd, block.data(), wanted, static_cast<off_t>(at));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error(path, errno);
        if (count == 0) break;
        at += static_cast<std::uint64_t>(count);
        std::string_view rest(block.data(), static_cast<std::size_t>(count));
        for (std::size_t end = rest.find('\n'); end != std::string_view::npos;
             end = rest.find('\n')) {
            std::string_view line = rest.substr(0, end);
            if (!pending.empty()) line = pending.append(line);
            if (!take(line)) return std::optional<std::uint64_t>{};
            pending.clear();
            rest.remove_prefix(end + 1);
        }
        pending.append(rest);
        if (pending.size() > longest_line)
            return Error{ErrorCode::damaged, path, "a line is longer than any line can be", {}};
    }
    return std::optional<std::uint64_t>(pending.size());
}

// Reads the closed files and then the last one. `take` as for read_lines(); `torn` hears how many
// bytes of an unfinished line follow, and whether the file is the last one, and answers likewise;
// `gone` hears that a file is no more that was there when the snapshot was taken.
template <class Take, class Torn, class Gone>
Result<void> read_snapshot(const Snapshot& snapshot, const Take& take, const Torn& torn,
                           const Gone& gone) {
    for (const Segment& segment : snapshot.kept.closed) {
        const std::string path = segment.path.string();
        const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        struct stat status {};
        if (!file && errno == ENOENT) {
            if (!gone()) return {};
            continue;
        }
        if (!file || ::fstat(file.get(), &status) != 0) return system_error(path, errno);
        POSTWACHT_TRY(
            rest, read_lines(file.get(), static_cast<std::uint64_t>(status.st_size), path, take));
        if (!rest || (*rest > 0 && !torn(*rest, false))) return {};
    }
    if (!snapshot.current) return {};
    POSTWACHT_TRY(rest, read_lines(snapshot.current.get(), snapshot.size, snapshot.path, take));
    if (rest && *rest > 0) torn(*rest, true);
    return {};
}

// What is wrong with a line that does not follow the one before it.
std::string explain(std::uint64_t first, std::uint64_t expected, const LineParts& line) {
    if (line.n == expected)
        return format("line {} was changed, or the key is another one", expected);
    if (line.n < expected)
        return format("line {} bears the number {}: it was copied, moved or inserted", expected,
                      line.n);
    if (expected == first)
        return format("lines are missing at the beginning: line {} bears the number {}", expected,
                      line.n);
    return format("lines are missing before line {}, which bears the number {}", expected, line.n);
}

// Walks the chain and remembers what `head` will be compared with. Lines are called by the number
// that they should bear.
class Walk {
  public:
    Walk(const Chain& chain, std::optional<Link> head, Link start)
        : chain_(chain), head_(std::move(head)), last_(std::move(start)) {
        report_.first_entry = last_.n + 1;
    }

    bool take(std::string_view line) {
        const std::uint64_t expected = last_.n + 1;
        const auto parts = take_apart(line);
        if (!parts) return stop(format("line {} is not a journal line", expected));
        if (parts->n != expected || !chain_.follows(last_, *parts))
            return stop(explain(report_.first_entry, expected, *parts));
        // A chain may be whole and yet not the one that the head was written for.
        if (head_ && head_->n == parts->n && head_->chain != parts->chain)
            return stop(format("line {} is not the one that the head vouches for", expected));
        last_ = Link{parts->n, std::string(parts->chain)};
        ++report_.entries;
        return true;
    }

    // A file was closed only after what was unfinished in it had been cut off.
    bool torn(std::uint64_t bytes, bool last_file) {
        if (!last_file)
            return stop(format("{} bytes that are no line follow line {}", bytes, last_.n));
        torn_ = bytes;
        return true;
    }

    VerifyReport finish() {
        if (report_.first_bad_line != 0) return report_;
        if (!head_) {
            stop(
                "the head is missing or was changed, or the key is another one: lines may "
                "be missing at the end");
            return report_;
        }
        if (head_->n > last_.n) {
            stop(format("lines {} to {} are missing at the end", last_.n + 1, head_->n));
            return report_;
        }
        report_.intact = true;
        // After a loss of power the head may know less than the start, which was synced.
        report_.vouched = std::max(head_->n, report_.first_entry - 1);
        if (torn_ > 0)
            report_.what = format(
                "{} bytes of an unfinished line follow line {}; the next entry "
                "removes them",
                torn_, last_.n);
        return report_;
    }

  private:
    bool stop(std::string what) {
        report_.first_bad_line = last_.n + 1;
        report_.what = std::move(what);
        return false;
    }

    const Chain& chain_;
    std::optional<Link> head_;
    Link last_;
    std::uint64_t torn_ = 0;
    VerifyReport report_;
};

// So often may files expire between being listed and being read.
constexpr int most_tries = 100;

}  // namespace

Result<VerifyReport> verify(const std::filesystem::path& directory, const crypto::SecretKey& key) {
    POSTWACHT_TRY(chain, Chain::create(key));
    for (int i = 0; i < most_tries; ++i) {
        // The head first: whatever it knows of is in the file by then.
        std::optional<Link> head = load_head(directory, chain);
        auto snapshot = take_snapshot(directory, &chain);
        if (!snapshot && snapshot.error().code == ErrorCode::crypto) {
            VerifyReport report;
            report.first_bad_line = 1;
            report.what =
                "the start was changed, or the key is another one: which lines are kept is unknown";
            return report;
        }
        if (!snapshot) return std::move(snapshot).error();
        Walk walk(chain, std::move(head), snapshot->kept.start);
        bool gone = false;
        POSTWACHT_CHECK(read_snapshot(
            *snapshot, [&](std::string_view line) { return walk.take(line); },
            [&](std::uint64_t bytes, bool last_file) { return walk.torn(bytes, last_file); },
            [&] {
                gone = true;
                return false;
            }));
        if (gone) {
            // Unless `start` says so, it was taken away: the walk tells where.
            POSTWACHT_TRY(now, list_kept(directory, &chain));
            if (now.start.n > snapshot->kept.start.n) continue;
            return Error{ErrorCode::damaged,
                         snapshot->path,
                         "a file of the journal was taken away meanwhile",
                         {}};
        }
        return walk.finish();
    }
    return damaged((directory / journal_file).string(), "the journal expires again and again");
}

Result<void> for_each_entry(const std::filesystem::path& directory,
                            const std::function<void(std::string_view line)>& line) {
    // The files are opened one by one; of one that expired meanwhile nothing is wanted any more.
    POSTWACHT_TRY(snapshot, take_snapshot(directory, nullptr));
    const auto take = [&](std::string_view text) {
        line(text);
        return true;
    };
    return read_snapshot(
        snapshot, take, [](std::uint64_t, bool) { return true; }, [] { return true; });
}

std::uint64_t kept_bytes(const std::filesystem::path& directory) {
    std::error_code error;
    std::uint64_t bytes = 0;
    const auto count = [&](const std::filesystem::path& file) {
        const auto size = std::filesystem::file_size(file, error);
        if (!error) bytes += size;
    };
    if (const auto kept = list_kept(directory, nullptr))
        for (const Segment& segment : kept->closed) count(segment.path);
    count(directory / journal_file);
    return bytes;
}

}  // namespace postwacht::journal
