#include "journal/journal.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/file.h>
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
#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "journal/chain.hpp"

namespace postwacht::journal {
namespace {

// Holds flock(2) on a descriptor of this process.
class FileLock {
  public:
    static Result<FileLock> take(int fd, const std::string& where) {
        while (::flock(fd, LOCK_EX) != 0)
            if (errno != EINTR) return system_error(where, errno);
        return FileLock(fd);
    }
    FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileLock& operator=(FileLock&&) = delete;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock() {
        if (fd_ >= 0) ::flock(fd_, LOCK_UN);
    }

  private:
    explicit FileLock(int fd) : fd_(fd) {}
    int fd_;
};

Error damaged(std::string where, std::string detail) {
    return Error{ErrorCode::damaged, std::move(where), std::move(detail),
                 "'postwacht journal verify' says more; to begin a new journal, move the folder's "
                 "files aside and keep them"};
}

Result<std::uint64_t> file_size(int fd, const std::string& where) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return system_error(where, errno);
    if (status.st_nlink == 0) return damaged(where, "the journal was removed while in use");
    return static_cast<std::uint64_t>(status.st_size);
}

Result<std::string> read_range(int fd, std::uint64_t from, std::uint64_t to,
                               const std::string& where) {
    std::string bytes(static_cast<std::size_t>(to - from), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t count =
            ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(from + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error(where, errno);
        if (count == 0) return damaged(where, "the journal was shortened while in use");
        done += static_cast<std::size_t>(count);
    }
    return bytes;
}

// The end of a journal file: its last whole line, and how far whole lines reach.
struct Tail {
    Link last;
    std::uint64_t whole_size = 0;
};

// What the last two whole lines in `bytes` say; nothing where `bytes`, which ends where the file
// ends, begins too late to hold both.
struct LastLines {
    std::string_view before;  // empty if there is none
    std::string_view last;    // empty if there is none
    std::size_t torn = 0;     // bytes after the last newline
};
std::optional<LastLines> last_lines(std::string_view bytes, bool from_start) {
    LastLines lines;
    const std::size_t end = bytes.rfind('\n');
    if (end == std::string_view::npos) {
        lines.torn = bytes.size();
        return from_start ? std::optional(lines) : std::nullopt;
    }
    lines.torn = bytes.size() - end - 1;
    const std::size_t middle = end == 0 ? std::string_view::npos : bytes.rfind('\n', end - 1);
    if (middle == std::string_view::npos) {
        lines.last = bytes.substr(0, end);
        return from_start ? std::optional(lines) : std::nullopt;
    }
    lines.last = bytes.substr(middle + 1, end - middle - 1);
    const std::size_t start = middle == 0 ? std::string_view::npos : bytes.rfind('\n', middle - 1);
    if (start == std::string_view::npos && !from_start) return std::nullopt;
    const std::size_t first = start == std::string_view::npos ? 0 : start + 1;
    lines.before = bytes.substr(first, middle - first);
    return lines;
}

// Reads only as much of the end as holds two lines: a journal may have grown to gigabytes.
Result<Tail> read_tail(int fd, std::uint64_t size, const Chain& chain, const std::string& where) {
    Tail tail;
    for (std::uint64_t window = 64U << 10U;; window *= 4) {
        const std::uint64_t from = size > window ? size - window : 0;
        POSTWACHT_TRY(bytes, read_range(fd, from, size, where));
        const auto lines = last_lines(bytes, from == 0);
        if (!lines && window < 3 * longest_line) continue;
        if (!lines) return damaged(where, "the last line is longer than any line can be");
        tail.whole_size = size - lines->torn;
        if (tail.whole_size == 0) return tail;
        Link before;
        if (!lines->before.empty()) {
            const auto parts = take_apart(lines->before);
            if (!parts) return damaged(where, "the last line but one is not a journal line");
            before = Link{parts->n, std::string(parts->chain)};
        }
        const auto parts = take_apart(lines->last);
        if (!parts) return damaged(where, "the last line is not a journal line");
        if (!chain.follows(before, *parts))
            return Error{ErrorCode::crypto, where,
                         "the last line was changed, or written under another journal key",
                         "check [journal] key, then run 'postwacht journal verify'"};
        tail.last = Link{parts->n, std::string(parts->chain)};
        return tail;
    }
}

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
    UniqueFd made(::open(path.c_str(), how | O_CREAT | O_EXCL, mode));
    if (made) {
        if (::fchmod(made.get(), mode) != 0) return system_error(path, errno);
        return made;
    }
    if (errno != EEXIST) return system_error(path, errno);
    UniqueFd present(::open(path.c_str(), how));
    if (!present) return system_error(path, errno);
    return present;
}

Result<void> make_folder(const std::filesystem::path& directory) {
    if (::mkdir(directory.c_str(), 0750) == 0)
        return sync_directory(directory.has_parent_path() ? directory.parent_path() : ".");
    if (errno == EEXIST) return {};
    return system_error(directory.string(), errno);
}

}  // namespace

namespace {

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
    State(Chain the_chain, const Clock& the_clock, const std::filesystem::path& directory)
        : chain(std::move(the_chain)),
          clock(&the_clock),
          path((directory / journal_file).string()),
          head_path((directory / head_file).string()) {}

    const Chain chain;
    const Clock* const clock;
    const std::string path;
    const std::string head_path;
    UniqueFd file;
    UniqueFd head;

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

    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State();

    Result<void> create_files(const std::filesystem::path& directory);
    Result<void> check_head();
    Result<void> catch_up();
    void lead(std::unique_lock<std::mutex>& lock, Batch& batch) noexcept;
    void write_and_answer(std::unique_lock<std::mutex>& lock, Requests requests) noexcept;
    void sync_now_and_then() noexcept;
    Result<void> write_batch(Requests requests);
    Result<void> write_lines(Requests requests);
    Result<void> sync(const Link& last);
    Result<void> write_head(const Link& link);
};

// Makes what is missing of journal and head, under the journal's lock. A head is made before the
// first line and made durable, so that from then on a missing head means that it was taken away.
Result<void> Journal::State::create_files(const std::filesystem::path& directory) {
    POSTWACHT_TRY(mode, file_mode(directory));
    POSTWACHT_TRY(opened, open_or_make(path, mode));
    file = std::move(opened);
    POSTWACHT_TRY(lock, FileLock::take(file.get(), path));
    POSTWACHT_TRY(size, file_size(file.get(), path));
    if (size == 0 && ::access(head_path.c_str(), F_OK) != 0) {
        POSTWACHT_CHECK(write_file_durably(head_path, chain.head(Link{}), mode));
    }
    head.reset(::open(head_path.c_str(), O_RDWR | O_CLOEXEC));
    if (!head && errno == ENOENT) return damaged(head_path, "the head of the journal is missing");
    if (!head) return system_error(head_path, errno);
    POSTWACHT_CHECK(catch_up());
    return check_head();
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
    POSTWACHT_TRY(size, file_size(file.get(), path));
    if (size == tail.whole_size) return {};
    if (size < tail.whole_size) return damaged(path, "the journal was shortened while in use");
    POSTWACHT_TRY(now, read_tail(file.get(), size, chain, path));
    if (now.whole_size < tail.whole_size || now.last.n < tail.last.n)
        return damaged(path, "the end of the journal was changed while in use");
    if (now.whole_size < size) {
        if (::ftruncate(file.get(), static_cast<off_t>(now.whole_size)) != 0)
            return system_error(path, errno);
        log::warning("PW_JOURNAL_TAIL_CUT",
                     format("removed {} bytes of an unfinished line after line {}",
                            size - now.whole_size, now.last.n));
    }
    tail = std::move(now);
    return {};
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
    POSTWACHT_TRY(lock, FileLock::take(file.get(), path));
    POSTWACHT_CHECK(catch_up());
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
    if (auto written = write_all(file.get(), lines); !written) {
        // Where this fails too, the size no longer fits and the next append cuts the rest off.
        if (::ftruncate(file.get(), static_cast<off_t>(tail.whole_size)) != 0)
            log::warning("PW_JOURNAL_TAIL_LEFT", system_error(path, errno).message());
        Error error = std::move(written).error();
        error.where = path;
        return error;
    }
    next.whole_size += lines.size();
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
                                               const crypto::SecretKey& key, const Clock& clock) {
    POSTWACHT_TRY(chain, Chain::create(key));
    POSTWACHT_CHECK(make_folder(directory));
    auto journal = std::unique_ptr<Journal>(new Journal);
    journal->state_ = std::make_unique<State>(std::move(chain), clock, directory);
    POSTWACHT_CHECK(journal->state_->create_files(directory));
    return journal;
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
