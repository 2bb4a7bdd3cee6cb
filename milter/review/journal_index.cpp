#include "review/journal_index.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <tuple>
#include <utility>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/unique_fd.hpp"
#include "journal/chain.hpp"
#include "registry/mapped_file.hpp"

namespace postwacht::review {
namespace {

namespace fs = std::filesystem;
using registry::MappedFile;

static_assert(std::endian::native == std::endian::little, "runs are read as they lie on disk");

constexpr const char* index_folder = "lookback";
constexpr std::string_view marker = "PWLOOK1\n";
constexpr std::size_t chain_digits = 64;
constexpr std::size_t seal_size = 32;
constexpr std::size_t block_size = 1U << 20U;

struct Record {
    std::uint64_t key;
    std::uint64_t at;
    bool operator==(const Record&) const = default;
    bool operator<(const Record& other) const {
        return std::tie(key, at) < std::tie(other.key, other.at);
    }
};

struct Header {
    char marker[8];
    std::uint64_t first_line;
    std::uint64_t from;
    std::uint64_t to;
    std::uint64_t count;
    char chain[chain_digits];
};
static_assert(sizeof(Header) == 104 && sizeof(Record) == 16);

// A file of the journal as it stood when it was opened.
struct JournalFile {
    UniqueFd fd;
    std::string path;
    std::uint64_t first_line = 0;
    std::uint64_t size = 0;  // of whole lines
};

struct Run {
    std::uint32_t file = 0;
    Header header{};
    MappedFile content;

    [[nodiscard]] std::span<const Record> records() const {
        // Both the mapping and the header's size are multiples of what a record is aligned to.
        const void* const begin = content.bytes().data() + sizeof(Header);
        return {static_cast<const Record*>(begin), static_cast<std::size_t>(header.count)};
    }
};

// A piece of a journal file of which a run is to be made.
struct Piece {
    std::uint32_t file = 0;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
};

Result<std::string> read_range(const JournalFile& file, std::uint64_t from, std::uint64_t to) {
    std::string bytes(static_cast<std::size_t>(to - from), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t count = ::pread(file.fd.get(), bytes.data() + done, bytes.size() - done,
                                      static_cast<off_t>(from + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error(file.path, errno);
        if (count == 0)
            return Error{
                ErrorCode::damaged, file.path, "the journal was shortened while in use", {}};
        done += static_cast<std::size_t>(count);
    }
    return bytes;
}

// The place behind the first line end at or after `at`; the end where there is none.
Result<std::uint64_t> line_after(const JournalFile& file, std::uint64_t at) {
    while (at < file.size) {
        const std::uint64_t end = std::min<std::uint64_t>(at + block_size, file.size);
        POSTWACHT_TRY(bytes, read_range(file, at, end));
        if (const auto found = bytes.find('\n'); found != std::string::npos) return at + found + 1;
        at = end;
    }
    return file.size;
}

// Leaves out what stands behind the last line end.
Result<void> cut_torn_line(JournalFile& file) {
    std::uint64_t end = file.size;
    while (end > 0) {
        const std::uint64_t begin = end > block_size ? end - block_size : 0;
        POSTWACHT_TRY(bytes, read_range(file, begin, end));
        if (const auto found = bytes.rfind('\n'); found != std::string::npos) {
            file.size = begin + found + 1;
            return {};
        }
        end = begin;
    }
    file.size = 0;
    return {};
}

std::optional<std::uint64_t> number_of(std::string_view line) {
    constexpr std::string_view begin = R"({"n":)";
    if (!line.starts_with(begin)) return std::nullopt;
    std::uint64_t number = 0;
    const char* const end = line.data() + line.size();
    const auto read = std::from_chars(line.data() + begin.size(), end, number);
    if (read.ec != std::errc() || read.ptr == end || *read.ptr != ',') return std::nullopt;
    return number;
}

// Nothing where the file has no line yet.
Result<std::optional<JournalFile>> open_file(const fs::path& path) {
    JournalFile file;
    file.path = path.string();
    file.fd.reset(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.fd && errno == ENOENT)
        return Error{ErrorCode::not_found, file.path, "there is no journal here", {}};
    if (!file.fd) return system_error(file.path, errno);
    // Under the lock no line is half written by somebody who is still at it.
    while (::flock(file.fd.get(), LOCK_SH) != 0)
        if (errno != EINTR) return system_error(file.path, errno);
    struct stat status {};
    const bool known = ::fstat(file.fd.get(), &status) == 0;
    ::flock(file.fd.get(), LOCK_UN);
    if (!known) return system_error(file.path, errno);
    file.size = static_cast<std::uint64_t>(status.st_size);
    POSTWACHT_CHECK(cut_torn_line(file));
    if (file.size == 0) return std::optional<JournalFile>{};
    POSTWACHT_TRY(start, read_range(file, 0, std::min<std::uint64_t>(file.size, 64)));
    const auto number = number_of(start);
    if (!number)
        return Error{ErrorCode::damaged, file.path, "the first line is not a journal line",
                     "'postwacht journal verify' says more"};
    file.first_line = *number;
    return std::optional<JournalFile>(std::move(file));
}

Result<std::vector<JournalFile>> open_files(const fs::path& journal) {
    std::vector<JournalFile> files;
    std::error_code failed;
    std::vector<fs::path> closed;
    for (const auto& entry : fs::directory_iterator(journal, failed)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("journal-") && name.ends_with(".jsonl")) closed.push_back(entry);
    }
    std::sort(closed.begin(), closed.end());
    closed.push_back(journal / journal::journal_file);
    for (const fs::path& path : closed) {
        auto file = open_file(path);
        // Between the listing and the opening a file may have expired or got another name.
        if (!file && file.error().code == ErrorCode::not_found && &path != &closed.back()) continue;
        if (!file) return std::move(file).error();
        const bool new_one =
            *file && std::none_of(files.begin(), files.end(), [&](const JournalFile& known) {
                return known.first_line == (*file)->first_line;
            });
        if (new_one) files.push_back(std::move(**file));
    }
    return files;
}

// memmem(3) looks at many bytes at once, which std::string_view::find() does only for the first.
std::size_t find(std::string_view text, std::string_view what, std::size_t from = 0) {
    if (from > text.size()) return std::string_view::npos;
    const void* const found =
        ::memmem(text.data() + from, text.size() - from, what.data(), what.size());
    return found == nullptr
               ? std::string_view::npos
               : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

// What a line says to the index. The marks cannot stand inside a JSON string, whose quotes are
// escaped.
void index_line(std::string_view line, std::uint64_t at, std::vector<Record>& out) {
    constexpr std::string_view kind_mark = R"(,"kind":")";
    const std::size_t kind = find(line.substr(0, 128), kind_mark);
    if (kind == std::string_view::npos) return;
    const std::string_view rest = line.substr(kind + kind_mark.size());
    if (rest.starts_with(R"(breach")")) out.push_back({breach_entries, at});
    if (!rest.starts_with(R"(message")")) return;
    const std::size_t facts = find(rest, R"(,"facts":{)");
    if (facts == std::string_view::npos ||
        find(rest.substr(0, facts), R"("answer":"deliver")") == std::string_view::npos)
        return;
    const std::size_t verdict = find(rest, R"(,"verdict":{)", facts);
    const std::string_view text = rest.substr(
        facts, verdict == std::string_view::npos ? std::string_view::npos : verdict - facts);
    if (find(text, R"("subjects":[{)") == std::string_view::npos) {
        if (find(text, R"("too_many":true)") != std::string_view::npos)
            out.push_back({nameless_entries, at});
        return;
    }
    constexpr std::string_view who = R"("who":[)";
    const std::size_t before = out.size();
    for (std::size_t list = find(text, who); list != std::string_view::npos;
         list = find(text, who, list)) {
        list += who.size();
        constexpr std::size_t quoted = 20;  // "s-0123456789abcdef"
        while (list + quoted < text.size() && text[list] == '"') {
            if (const IndexKey key = index_key(text.substr(list + 1, quoted - 2)); key != 0)
                out.push_back({key, at});
            list += quoted;
            if (text[list] != ',') break;
            ++list;
        }
    }
    if (out.size() == before) out.push_back({nameless_entries, at});
}

fs::path run_path(const fs::path& folder, std::uint64_t first_line, std::uint64_t from) {
    return folder / format("{:020}-{:020}.run", first_line, from);
}

std::string seal(const crypto::KeyedHash& hash, std::string_view content) {
    const crypto::Digest digest = hash.hash("run", content);
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

IndexKey index_key(std::string_view pseudonym) noexcept {
    constexpr std::size_t digits = 16;
    if (pseudonym.size() != digits + 2 || pseudonym[1] != '-') return 0;
    IndexKey key = 0;
    const char* const end = pseudonym.data() + pseudonym.size();
    const auto read = std::from_chars(pseudonym.data() + 2, end, key, 16);
    return read.ec == std::errc() && read.ptr == end ? key : 0;
}

struct JournalIndex::State {
    State(crypto::KeyedHash the_hash, const JournalIndexOptions& the_options)
        : hash(std::move(the_hash)), options(the_options) {}

    crypto::KeyedHash hash;
    JournalIndexOptions options;
    fs::path folder;
    std::vector<JournalFile> files;
    std::vector<Run> runs;
    std::uint64_t added = 0;

    Result<std::optional<Run>> load(std::uint32_t file, std::uint64_t from) const;
    bool still_true(const Header& header, const JournalFile& file) const;
    Result<std::vector<Piece>> take_what_is_there();
    Result<void> plan(std::uint32_t file, std::uint64_t from, std::vector<Piece>& pieces) const;
    Result<void> make(const std::vector<Piece>& pieces);
    Result<void> make_run(const Piece& piece) const;
    void remove_what_is_old() const;
};

// Whether the journal's line before the run's end is the one that the run was made of.
bool JournalIndex::State::still_true(const Header& header, const JournalFile& file) const {
    constexpr std::string_view end = "\"}\n";
    const std::size_t tail = chain_digits + end.size();
    if (header.to > file.size || header.to <= header.from || header.to < tail) return false;
    const auto bytes = read_range(file, header.to - tail, header.to);
    return bytes && bytes->ends_with(end) &&
           bytes->starts_with(std::string_view(header.chain, chain_digits));
}

// Nothing where there is no such run that can be believed.
Result<std::optional<Run>> JournalIndex::State::load(std::uint32_t file, std::uint64_t from) const {
    const JournalFile& of = files[file];
    const fs::path path = run_path(folder, of.first_line, from);
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return std::optional<Run>{};
    POSTWACHT_TRY(mapped, MappedFile::map(fd.get(), path));
    const std::string_view bytes = mapped.bytes();
    if (bytes.size() < sizeof(Header) + seal_size) return std::optional<Run>{};
    Run run{file, {}, std::move(mapped)};
    std::memcpy(&run.header, bytes.data(), sizeof(Header));
    const Header& header = run.header;
    const std::uint64_t room = (bytes.size() - sizeof(Header) - seal_size) / sizeof(Record);
    if (std::string_view(header.marker, marker.size()) != marker || header.count != room ||
        (bytes.size() - sizeof(Header) - seal_size) % sizeof(Record) != 0 ||
        header.first_line != of.first_line || header.from != from || !still_true(header, of))
        return std::optional<Run>{};
    const std::string_view sealed = bytes.substr(0, bytes.size() - seal_size);
    if (seal(hash, sealed) != bytes.substr(sealed.size())) return std::optional<Run>{};
    run.content.read_anywhere();
    return std::optional<Run>(std::move(run));
}

// Cuts what is left of a file into pieces that end where a line does.
Result<void> JournalIndex::State::plan(std::uint32_t file, std::uint64_t from,
                                       std::vector<Piece>& pieces) const {
    const JournalFile& of = files[file];
    while (from < of.size) {
        std::uint64_t to = of.size;
        if (of.size - from > options.run_bytes) {
            POSTWACHT_TRY(end, line_after(of, from + options.run_bytes - 1));
            to = end;
        }
        pieces.push_back({file, from, to});
        from = to;
    }
    return {};
}

// Gives what the runs that can be believed do not cover.
Result<std::vector<Piece>> JournalIndex::State::take_what_is_there() {
    std::vector<Piece> pieces;
    for (std::uint32_t file = 0; file < files.size(); ++file) {
        std::uint64_t from = 0;
        while (from < files[file].size) {
            POSTWACHT_TRY(run, load(file, from));
            if (!run) break;
            const std::uint64_t to = run->header.to;
            const bool full = to - from >= options.run_bytes;
            if (!full && to < files[file].size) break;  // there is more by now
            runs.push_back(std::move(*run));
            from = to;
        }
        POSTWACHT_CHECK(plan(file, from, pieces));
    }
    return pieces;
}

Result<void> JournalIndex::State::make_run(const Piece& piece) const {
    const JournalFile& file = files[piece.file];
    std::vector<Record> records;
    std::string pending;
    std::uint64_t line_at = piece.from;
    std::string last(chain_digits + 3, '\0');
    for (std::uint64_t at = piece.from; at < piece.to;) {
        const std::uint64_t end = std::min<std::uint64_t>(at + block_size, piece.to);
        POSTWACHT_TRY(block, read_range(file, at, end));
        at = end;
        std::string_view rest = block;
        for (std::size_t stop = rest.find('\n'); stop != std::string_view::npos;
             stop = rest.find('\n')) {
            std::string_view line = rest.substr(0, stop);
            if (!pending.empty()) line = pending.append(line);
            index_line(line, line_at, records);
            line_at += line.size() + 1;
            pending.clear();
            rest.remove_prefix(stop + 1);
        }
        pending.append(rest);
        if (pending.size() > journal::longest_line)
            return Error{
                ErrorCode::damaged, file.path, "a line is longer than any line can be", {}};
    }
    std::sort(records.begin(), records.end());
    records.erase(std::unique(records.begin(), records.end()), records.end());

    Header header{};
    std::memcpy(header.marker, marker.data(), marker.size());
    header.first_line = file.first_line;
    header.from = piece.from;
    header.to = piece.to;
    header.count = records.size();
    if (piece.to < last.size())
        return Error{ErrorCode::damaged, file.path, "a line is not a journal line", {}};
    POSTWACHT_TRY(tail, read_range(file, piece.to - last.size(), piece.to));
    std::memcpy(header.chain, tail.data(), chain_digits);

    std::string content(sizeof(Header) + records.size() * sizeof(Record), '\0');
    std::memcpy(content.data(), &header, sizeof(Header));
    if (!records.empty())
        std::memcpy(content.data() + sizeof(Header), records.data(),
                    records.size() * sizeof(Record));
    content += seal(hash, content);
    return write_file_durably(run_path(folder, file.first_line, piece.from), content, 0640);
}

Result<void> JournalIndex::State::make(const std::vector<Piece>& pieces) {
    if (pieces.empty()) return {};
    if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST) {
        Error error = system_error(folder.string(), errno);
        error.hint = "who looks back writes an index beside the journal";
        return error;
    }
    std::uint64_t total = 0;
    for (const Piece& piece : pieces) total += piece.to - piece.from;
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::optional<Error> failure;
    std::uint64_t done = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < pieces.size(); i = next++) {
            Result<void> made;
            try {
                made = make_run(pieces[i]);
            } catch (const std::exception&) {
                made = Error{ErrorCode::internal, "", "out of memory", {}};
            }
            const std::lock_guard lock(mutex);
            if (!made && !failure) failure = made.error();
            if (failure) return;
            done += pieces[i].to - pieces[i].from;
            if (options.progress)
                options.progress(static_cast<double>(done) / static_cast<double>(total));
        }
    };
    std::vector<std::thread> threads;
    const auto cores = std::max(1U, std::thread::hardware_concurrency());
    for (unsigned i = 1; i < std::min<std::size_t>(cores, pieces.size()); ++i)
        threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    if (failure) return *failure;
    added = total;
    for (const Piece& piece : pieces) {
        POSTWACHT_TRY(run, load(piece.file, piece.from));
        if (!run)
            return Error{ErrorCode::conflict, folder.string(),
                         "the journal or its index was changed meanwhile", "try again"};
        runs.push_back(std::move(*run));
    }
    return {};
}

// Runs of files that have expired, or of other bounds.
void JournalIndex::State::remove_what_is_old() const {
    std::vector<fs::path> ours;
    ours.reserve(runs.size());
    for (const Run& run : runs)
        ours.push_back(run_path(folder, run.header.first_line, run.header.from));
    std::error_code ignored;
    std::vector<fs::path> old;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (entry.path().extension() == ".run" &&
            std::find(ours.begin(), ours.end(), entry.path()) == ours.end())
            old.push_back(entry.path());
    for (const fs::path& path : old) fs::remove(path, ignored);
}

JournalIndex::JournalIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
JournalIndex::~JournalIndex() = default;
JournalIndex::JournalIndex(JournalIndex&&) noexcept = default;
JournalIndex& JournalIndex::operator=(JournalIndex&&) noexcept = default;

Result<JournalIndex> JournalIndex::open(const fs::path& journal,
                                        const crypto::SecretKey& journal_key,
                                        const JournalIndexOptions& options) {
    POSTWACHT_TRY(key, journal_key.derive("postwacht look-back index"));
    POSTWACHT_TRY(hash, crypto::KeyedHash::create(key));
    auto state = std::make_unique<State>(std::move(hash), options);
    state->folder = journal / index_folder;
    POSTWACHT_TRY(files, open_files(journal));
    state->files = std::move(files);
    POSTWACHT_TRY(pieces, state->take_what_is_there());
    POSTWACHT_CHECK(state->make(pieces));
    state->remove_what_is_old();
    return JournalIndex(std::move(state));
}

std::vector<IndexedEntry> JournalIndex::find(const std::vector<IndexKey>& keys) const {
    std::vector<std::pair<IndexKey, std::uint32_t>> sorted;
    sorted.reserve(keys.size());
    for (std::uint32_t i = 0; i < keys.size(); ++i) sorted.emplace_back(keys[i], i);
    std::sort(sorted.begin(), sorted.end());
    std::vector<IndexedEntry> found;
    for (const Run& run : state_->runs) {
        const auto records = run.records();
        auto at = records.begin();
        for (const auto& [key, position] : sorted) {
            at = std::lower_bound(at, records.end(), Record{key, 0});
            for (auto same = at; same != records.end() && same->key == key; ++same)
                found.push_back({run.file, position, same->at});
        }
    }
    std::sort(found.begin(), found.end(), [](const IndexedEntry& a, const IndexedEntry& b) {
        return std::tie(a.file, a.at, a.key) < std::tie(b.file, b.at, b.key);
    });
    return found;
}

Result<std::string> JournalIndex::read(const IndexedEntry& entry) const {
    constexpr std::uint64_t usual = 4096;
    const JournalFile& file = state_->files.at(entry.file);
    std::string line;
    for (std::uint64_t at = entry.at, step = usual; at < file.size; step *= 4) {
        const std::uint64_t end = std::min(at + step, file.size);
        POSTWACHT_TRY(bytes, read_range(file, at, end));
        at = end;
        const auto stop = bytes.find('\n');
        line.append(bytes, 0, stop);
        if (stop == std::string::npos) continue;
        if (!journal::take_apart(line)) break;
        return line;
    }
    return Error{ErrorCode::damaged, file.path, "there is no entry where the index has one",
                 "'postwacht journal verify' says more"};
}

std::uint64_t JournalIndex::records() const {
    std::uint64_t count = 0;
    for (const Run& run : state_->runs) count += run.header.count;
    return count;
}
std::uint64_t JournalIndex::bytes_added() const {
    return state_->added;
}
std::uint64_t JournalIndex::bytes() const {
    std::uint64_t bytes = 0;
    for (const JournalFile& file : state_->files) bytes += file.size;
    return bytes;
}

}  // namespace postwacht::review
