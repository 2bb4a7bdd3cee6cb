#include "journal/journal.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "journal/chain.hpp"
#include "journal/file_lock.hpp"
#include "journal/segments.hpp"

namespace postwacht::journal {
namespace {

// 0640, and 0660 where the folder is its group's to write: then the reviewer's process, which runs
// as another user of that group, appends its decisions too.
Result<mode_t> file_mode(const std::filesystem::path& directory) {
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) return system_error(directory.string(), errno);
    return (status.st_mode & S_IWGRP) != 0 ? 0660 : 0640;
}

// Opens the file, or makes it with just this mode: what its folder grants the group is not the
// umask's to take back.
Result<UniqueFd> open_or_make(const std::string& path, mode_t mode) {
    constexpr int how = O_RDWR | O_APPEND | O_CLOEXEC;
    for (;;) {
        UniqueFd present(::open(path.c_str(), how));
        if (present) return present;
        if (errno != ENOENT) return system_error(path, errno);
        UniqueFd made(::open(path.c_str(), how | O_CREAT | O_EXCL, mode));
        if (!made && errno == EEXIST) continue;  // another process was first
        if (!made || ::fchmod(made.get(), mode) != 0) return system_error(path, errno);
        return made;
    }
}

Result<void> make_folder(const std::filesystem::path& directory) {
    if (::mkdir(directory.c_str(), 0750) == 0)
        return sync_directory(directory.has_parent_path() ? directory.parent_path() : ".");
    if (errno == EEXIST) return {};
    return system_error(directory.string(), errno);
}

// What one caller of append() wants written; lives on that caller's stack until it is answered.
struct Request {
    std::string_view kind;
    std::string_view json_object;
    Durable durable;
    std::optional<Error> error;
};

using Requests = std::span<Request* const>;

// Those whose lines go to the disk together. The first of them, its leader, writes for all.
struct Batch {
    std::vector<Request*> requests;  // under the journal's mutex until the leader closes the batch
    std::atomic<std::uint32_t> done{0};  // 1 once every request has its answer

    void wait() noexcept;
    void finish() noexcept;
};

// A futex(2) as such. With a condition variable those who are woken together would queue for its
// mutex once more, and std::atomic's own wait() spins first, which a disk makes a waste.
static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
void Batch::wait() noexcept {
    while (done.load(std::memory_order_acquire) == 0)
        ::syscall(SYS_futex, &done, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
}
void Batch::finish() noexcept {
    done.store(1, std::memory_order_release);
    ::syscall(SYS_futex, &done, FUTEX_WAKE_PRIVATE, std::numeric_limits<int>::max(), nullptr,
              nullptr, 0);
}

}  // namespace

struct Journal::State {
    State(Chain the_chain, const Clock& the_clock, const std::filesystem::path& the_directory,
          const Settings& the_settings)
        : chain(std::move(the_chain)),
          clock(&the_clock),
          settings(the_settings),
          directory(the_directory),
          path((directory / journal_file).string()),
          head_path((directory / head_file).string()) {}

    const Chain chain;
    const Clock* const clock;
    const Settings settings;
    const std::filesystem::path directory;
    const std::string path;
    const std::string head_path;
    UniqueFd file;  // replaced under `syncing` by the writer, and read by it without
    UniqueFd head;
    mode_t mode = 0640;
    ino_t inode = 0;
    dev_t device = 0;
    std::uint64_t size = 0;  // of the file, when it was locked last

    std::mutex syncing;  // taken before `mutex`
    std::mutex mutex;
    std::condition_variable turn;  // no batch is being written any more
    bool writing = false;          // under `mutex`, as all below
    std::shared_ptr<Batch> open;   // takes requests; null: the next caller opens one
    std::optional<Error> sync_failure;
    bool unsynced = false;  // lines were written that nobody waits for
    bool ending = false;
    std::condition_variable wanted;  // one of the two above became true
    std::thread syncer;              // started with the first line that nobody waits for

    // What this process knows of the file; another may have gone further. The writer's alone.
    Tail tail;
    bool fresh = true;               // the file was opened just now, and `tail` is not about it
    std::optional<LineStart> first;  // of the file's first line, once it was asked for
    std::uint64_t no_rotation_below = 0;  // bytes; after a rotation that failed

    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State();

    Result<void> create_files();
    Result<void> check_head();
    Result<FileLock> lock_current();
    Result<void> catch_up();
    Result<bool> due();
    Result<bool> rotate(std::optional<FileLock>& lock);
    Result<void> rotate_if_due(std::optional<FileLock>& lock);
    Result<Expired> expire(std::optional<FileLock>& lock);
    Result<Expired> drop_before(Instant cutoff);
    void lead(std::unique_lock<std::mutex>& lock, Batch& batch) noexcept;
    void write_and_answer(std::unique_lock<std::mutex>& lock, Requests requests) noexcept;
    void sync_now_and_then() noexcept;
    Result<void> write_batch(Requests requests);
    Result<void> write_lines(Requests requests);
    Result<void> append_lines(std::string_view lines, Tail next);
    Result<void> sync(const Link& last);
    Result<void> write_head(const Link& link);
};

// Makes what is missing of journal and head, under the journal's lock. A head is made before the
// first line and made durable, so that from then on a missing head means that it was taken away.
Result<void> Journal::State::create_files() {
    POSTWACHT_TRY(wanted_mode, file_mode(directory));
    mode = wanted_mode;
    POSTWACHT_TRY(lock, lock_current());
    if (size == 0 && ::access(head_path.c_str(), F_OK) != 0) {
        POSTWACHT_TRY(kept, list_kept(directory, &chain));
        if (kept.closed.empty() && !kept.started)
            POSTWACHT_CHECK(write_file_durably(head_path, chain.head(Link{}), mode));
    }
    head.reset(::open(head_path.c_str(), O_RDWR | O_CLOEXEC));
    if (!head && errno == ENOENT) return damaged(head_path, "the head of the journal is missing");
    if (!head) return system_error(head_path, errno);
    POSTWACHT_CHECK(catch_up());
    return check_head();
}

// The lock of the file that takes entries now. Whoever waited for the lock of one that was closed
// meanwhile goes on to the next. A file that is not there was closed by a process that came no
// further, or taken away, which catch_up() tells by the chain.
Result<FileLock> Journal::State::lock_current() {
    constexpr int most_rotations = 1000;
    for (int i = 0; i < most_rotations; ++i) {
        if (file) {
            POSTWACHT_TRY(lock, FileLock::take(file.get(), path));
            struct stat current {};
            if (::stat(path.c_str(), &current) == 0) {
                size = static_cast<std::uint64_t>(current.st_size);
                if (current.st_ino == inode && current.st_dev == device) return lock;
            } else if (errno != ENOENT) {
                return system_error(path, errno);
            } else {
                // Who closes a file leaves it under another name.
                POSTWACHT_TRY(kept, list_kept(directory, &chain));
                if (kept.closed.empty())
                    return damaged(path, "the journal was removed while in use");
            }
        }
        // What this process wrote to the closed one, as far as the system knows, is on disk: the
        // one that closed it saw to that. A failure would be told to both.
        if (file && head) POSTWACHT_CHECK(sync(tail.last));
        POSTWACHT_TRY(opened, open_or_make(path, mode));
        // The name must be on disk before a line in the file is relied on.
        POSTWACHT_CHECK(sync_directory(directory));
        struct stat now {};
        if (::fstat(opened.get(), &now) != 0) return system_error(path, errno);
        inode = now.st_ino;
        device = now.st_dev;
        const std::lock_guard alone(syncing);
        file = std::move(opened);
        fresh = true;
        first.reset();
        no_rotation_below = 0;
    }
    return damaged(path, "the journal is replaced again and again");
}

Result<void> Journal::State::check_head() {
    POSTWACHT_TRY(lock, FileLock::take(head.get(), head_path));
    POSTWACHT_TRY(bytes, read_all(head.get(), 4096));
    const auto known = chain.read_head(bytes);
    if (!known)
        return Error{ErrorCode::crypto, head_path,
                     "the head was changed, or written under another journal key",
                     "check [journal] key, then run 'postwacht journal verify'"};
    if (known->n > tail.last.n)
        return damaged(path,
                       format("lines {} to {} are missing at the end", tail.last.n + 1, known->n));
    return {};
}

// Takes in what other processes appended, and cuts off what a crash left half written. Under the
// file's lock nobody is in the middle of a line, so an unfinished line has no living writer.
Result<void> Journal::State::catch_up() {
    const std::uint64_t known_size = fresh ? 0 : tail.whole_size;
    if (!fresh && size == known_size) return {};
    if (size < known_size) return damaged(path, "the journal was shortened while in use");
    POSTWACHT_TRY(now, read_tail(file.get(), size, chain, path, [this]() -> Result<Link> {
                      POSTWACHT_TRY(kept, list_kept(directory, &chain));
                      if (kept.closed.empty()) return kept.start;
                      POSTWACHT_TRY(newest, tail_of(kept, kept.closed.size() - 1, chain));
                      return std::move(newest.last);
                  }));
    if (now.last.n < tail.last.n && now.whole_size == 0)
        return damaged(path, "the journal was removed while in use");
    if (now.whole_size < known_size || now.last.n < tail.last.n)
        return damaged(path, "the end of the journal was changed while in use");
    if (now.whole_size < size) {
        if (::ftruncate(file.get(), static_cast<off_t>(now.whole_size)) != 0)
            return system_error(path, errno);
        log::warning("PW_JOURNAL_TAIL_CUT",
                     format("removed {} bytes of an unfinished line after line {}",
                            size - now.whole_size, now.last.n));
    }
    tail = std::move(now);
    fresh = false;
    return {};
}

// Whether the file holds enough, or what it began with is old enough, for another to be begun.
Result<bool> Journal::State::due() {
    if (tail.whole_size == 0 || tail.whole_size < no_rotation_below) return false;
    if (tail.whole_size >= settings.segment_bytes) return true;
    if (!first) {
        POSTWACHT_TRY(found, first_line(file.get(), path));
        if (!found) return damaged(path, "the first line is not a journal line");
        first = found;
    }
    return clock->now() - first->at >= settings.segment_age;
}

// Closes the file and begins another, which is locked when this returns. False, and a warning,
// where the file cannot be renamed: it takes entries as before, and is tried again after some more.
Result<bool> Journal::State::rotate(std::optional<FileLock>& lock) {
    constexpr std::uint64_t try_again_after = 1U << 20U;
    POSTWACHT_CHECK(sync(tail.last));
    POSTWACHT_TRY(found, first_line(file.get(), path));
    if (!found) return damaged(path, "the first line is not a journal line");
    const auto closed = segment_path(directory, found->n);
    // Nothing may be lost to a file of that name that somebody put there.
    const bool taken = ::access(closed.c_str(), F_OK) == 0;
    if (taken || ::rename(path.c_str(), closed.c_str()) != 0) {
        const Error error = system_error(closed.string(), taken ? EEXIST : errno);
        log::warning("PW_JOURNAL_ROTATE_FAILED", error.message());
        no_rotation_below = tail.whole_size + try_again_after;
        return false;
    }
    POSTWACHT_CHECK(sync_directory(directory));
    lock.reset();
    POSTWACHT_TRY(next, lock_current());
    lock.emplace(std::move(next));
    POSTWACHT_CHECK(catch_up());
    return true;
}

Result<void> Journal::State::rotate_if_due(std::optional<FileLock>& lock) {
    POSTWACHT_TRY(full_or_old, due());
    if (!full_or_old) return {};
    POSTWACHT_TRY(rotated, rotate(lock));
    if (!rotated || !settings.keep) return {};
    // Entries that stay too long are for somebody to look at, not a reason to refuse mail.
    if (const auto expired = expire(lock); !expired)
        log::warning("PW_JOURNAL_EXPIRE_FAILED", expired.error().message());
    return {};
}

// Called with the lock, after catch_up().
Result<Expired> Journal::State::expire(std::optional<FileLock>& lock) {
    const Instant cutoff = clock->now() - settings.keep.value_or(std::chrono::seconds(0));
    if (tail.whole_size > 0 && tail.at < cutoff) POSTWACHT_CHECK(rotate(lock));
    return drop_before(cutoff);
}

// An entry tells what is removed, then `start` vouches for it, then the files go: a crash in
// between leaves files that are no longer part of the journal, and the next expiry removes them.
Result<Expired> Journal::State::drop_before(Instant cutoff) {
    POSTWACHT_TRY(kept, list_kept(directory, &chain));
    Expired expired;
    Link cut = kept.start;
    std::vector<Segment> files = kept.expired;
    for (std::size_t i = 0; i < kept.closed.size(); ++i) {
        POSTWACHT_TRY(end, tail_of(kept, i, chain));
        if (end.at >= cutoff) break;
        cut = end.last;
        files.push_back(kept.closed[i]);
    }
    expired.entries = cut.n - kept.start.n;
    expired.first_entry = cut.n + 1;
    if (files.empty()) return expired;
    if (expired.entries > 0) {
        json::Writer data;
        data.begin_object().field("before", to_iso(cutoff)).field("entries", expired.entries);
        data.field("first_entry", expired.first_entry).end_object();
        Tail next = tail;
        const auto line = chain.extend(next.last, clock->now(), "expiry", data.take());
        POSTWACHT_CHECK(append_lines(line, std::move(next)));
        POSTWACHT_CHECK(sync(tail.last));
        POSTWACHT_CHECK(write_file_durably(directory / start_file, chain.start(cut), mode));
    }
    for (const Segment& segment : files)
        if (::unlink(segment.path.c_str()) != 0 && errno != ENOENT)
            return system_error(segment.path.string(), errno);
    POSTWACHT_CHECK(sync_directory(directory));
    if (expired.entries > 0)
        log::info("PW_JOURNAL_EXPIRED",
                  format("entries={} first_entry={}", expired.entries, expired.first_entry));
    return expired;
}

// Waits until the batch before has been answered, meanwhile taking in who else comes, and writes.
void Journal::State::lead(std::unique_lock<std::mutex>& lock, Batch& batch) noexcept {
    turn.wait(lock, [this] { return !writing; });
    open.reset();
    write_and_answer(lock, batch.requests);
}

// Called and left with the lock, which others may have while the disk works.
void Journal::State::write_and_answer(std::unique_lock<std::mutex>& lock,
                                      Requests requests) noexcept {
    writing = true;
    lock.unlock();

    // Whatever happens, everybody in the batch must hear of it: they wait without a limit.
    Result<void> written;
    try {
        written = write_batch(requests);
    } catch (const std::exception&) {
        written = Error{ErrorCode::internal, "journal", "out of memory", {}};
    }
    for (Request* request : requests)
        if (!written && !request->error) request->error = written.error();

    lock.lock();
    writing = false;
    turn.notify_all();
}

// Error: nothing of the batch may be relied on. What concerns one request only is its own error.
Result<void> Journal::State::write_batch(Requests requests) {
    {
        const std::lock_guard guard(mutex);
        if (sync_failure) return *sync_failure;
    }
    POSTWACHT_CHECK(write_lines(requests));
    const bool waited_for = std::any_of(requests.begin(), requests.end(), [](const Request* r) {
        return r->durable == Durable::on_return;
    });
    if (waited_for) return sync(tail.last);
    const std::lock_guard guard(mutex);
    if (unsynced) return {};  // the syncer knows, and need not be woken for every letter
    if (!syncer.joinable()) syncer = std::thread([this] { sync_now_and_then(); });
    unsynced = true;
    wanted.notify_one();
    return {};
}

// The syncer's thread. A failure is remembered by sync(), and the next append answers with it.
void Journal::State::sync_now_and_then() noexcept {
    std::unique_lock lock(mutex);
    for (;;) {
        wanted.wait(lock, [this] { return unsynced || ending; });
        if (!unsynced) return;
        // Lines gather for a while, and then cost one wait for the disk.
        wanted.wait_for(lock, longest_delay / 2, [this] { return ending; });
        turn.wait(lock, [this] { return !writing; });
        unsynced = false;
        const Link last = tail.last;
        lock.unlock();
        // Lines go on being written meanwhile: no letter on its way waits for the disk.
        (void)sync(last);
        lock.lock();
    }
}

Journal::State::~State() {
    {
        const std::lock_guard guard(mutex);
        ending = true;
    }
    wanted.notify_one();
    if (syncer.joinable()) syncer.join();
}

// Appends the lines in one go: then they are in the file, but not on disk yet.
Result<void> Journal::State::write_lines(Requests requests) {
    std::optional<FileLock> lock;
    {
        POSTWACHT_TRY(current, lock_current());
        lock.emplace(std::move(current));
    }
    POSTWACHT_CHECK(catch_up());
    POSTWACHT_CHECK(rotate_if_due(lock));
    Tail next = tail;
    std::string lines;
    for (Request* request : requests) {
        Link last = next.last;
        const auto line = chain.extend(last, clock->now(), request->kind, request->json_object);
        if (line.size() > longest_line) {
            request->error = Error{ErrorCode::internal, path, "a journal entry is too long", {}};
            continue;
        }
        lines += line;
        next.last = std::move(last);
    }
    return append_lines(lines, std::move(next));
}

// `next` is where the chain stands after the lines; its size is counted here.
Result<void> Journal::State::append_lines(std::string_view lines, Tail next) {
    if (auto written = write_all(file.get(), lines); !written) {
        // Where this fails too, the size no longer fits and the next append cuts the rest off.
        if (::ftruncate(file.get(), static_cast<off_t>(tail.whole_size)) != 0)
            log::warning("PW_JOURNAL_TAIL_LEFT", system_error(path, errno).message());
        Error error = std::move(written).error();
        error.where = path;
        return error;
    }
    next.whole_size += lines.size();
    next.at = clock->now();
    tail = std::move(next);
    return {};
}

// Makes durable what is written, up to `last` at least.
Result<void> Journal::State::sync(const Link& last) {
    // One at a time: the system tells of a lost write only once, to whoever asks first.
    const std::lock_guard alone(syncing);
    {
        const std::lock_guard guard(mutex);
        if (sync_failure) return *sync_failure;
    }
    int failed = 0;
    do {
        failed = ::fdatasync(file.get());
    } while (failed != 0 && errno == EINTR);
    if (failed != 0) {
        Error error = system_error(path, errno);
        error.hint = "the journal refuses entries until the program is started again";
        log::error("PW_JOURNAL_SYNC_FAILED", error);
        const std::lock_guard guard(mutex);
        sync_failure = error;
        return error;
    }
    // The lines are safe; a head that lags behind is less protection, not a reason to refuse mail.
    if (const auto written = write_head(last); !written)
        log::warning("PW_JOURNAL_HEAD_LATE", written.error().message());
    return {};
}

Result<void> Journal::State::write_head(const Link& link) {
    POSTWACHT_TRY(lock, FileLock::take(head.get(), head_path));
    const std::string text = chain.head(link);
    POSTWACHT_TRY(present, read_range(head.get(), 0, text.size(), head_path));
    const auto known = chain.read_head(present);
    // A head that somebody changed is evidence: it stays, for verify() to find.
    if (!known) return damaged(head_path, "the head was changed while in use");
    if (known->n >= link.n) return {};  // another process was further
    if (::pwrite(head.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        return system_error(head_path, errno);
    return {};
}

Journal::Journal() = default;
Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& directory,
                                               const crypto::SecretKey& key, const Clock& clock,
                                               const Settings& settings) {
    POSTWACHT_TRY(chain, Chain::create(key));
    POSTWACHT_CHECK(make_folder(directory));
    auto journal = std::unique_ptr<Journal>(new Journal);
    journal->state_ = std::make_unique<State>(std::move(chain), clock, directory, settings);
    POSTWACHT_CHECK(journal->state_->create_files());
    return journal;
}

Result<Expired> Journal::expire() {
    if (!state_->settings.keep)
        return Error{ErrorCode::config, state_->path, "entries are kept without end", {}};
    std::unique_lock turn(state_->mutex);
    state_->turn.wait(turn, [this] { return !state_->writing; });
    state_->writing = true;
    turn.unlock();
    const auto work = [this]() -> Result<Expired> {
        std::optional<FileLock> lock;
        POSTWACHT_TRY(current, state_->lock_current());
        lock.emplace(std::move(current));
        POSTWACHT_CHECK(state_->catch_up());
        return state_->expire(lock);
    };
    Result<Expired> expired = Error{ErrorCode::internal, "journal", "out of memory", {}};
    try {
        expired = work();
    } catch (const std::exception&) {
        // It stays the Error above: whoever waits for this one's turn must hear of its end.
    }
    turn.lock();
    state_->writing = false;
    state_->turn.notify_all();
    return expired;
}

Result<void> Journal::append(std::string_view kind, std::string_view json_object, Durable durable) {
    if (json_object.size() < 2 || json_object.front() != '{' || json_object.back() != '}')
        return Error{ErrorCode::internal, state_->path, "a journal entry is not a JSON object", {}};
    Request request{kind, json_object, durable, std::nullopt};
    std::unique_lock lock(state_->mutex);
    if (!state_->writing && state_->open == nullptr) {
        Request* const alone[] = {&request};
        state_->write_and_answer(lock, alone);
    } else if (state_->open == nullptr) {
        const auto batch = std::make_shared<Batch>();
        batch->requests.push_back(&request);
        state_->open = batch;
        state_->lead(lock, *batch);
        lock.unlock();
        batch->finish();
    } else {
        const auto batch = state_->open;
        batch->requests.push_back(&request);
        lock.unlock();
        batch->wait();
    }
    if (request.error) return *std::move(request.error);
    return {};
}

std::string Journal::pseudonym(std::string_view address_key) const {
    return state_->chain.pseudonym(address_key);
}
std::string Journal::subject_pseudonym(std::string_view subject_id) const {
    return state_->chain.subject_pseudonym(subject_id);
}
std::string Journal::domain_pseudonym(std::string_view domain) const {
    return state_->chain.domain_pseudonym(domain);
}

}  // namespace postwacht::journal
