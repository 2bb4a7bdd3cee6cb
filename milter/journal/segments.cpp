#include "journal/segments.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "base/files.hpp"
#include "base/format.hpp"

namespace postwacht::journal {
namespace {

constexpr std::string_view name_start = "journal-";
constexpr std::string_view name_end = ".jsonl";
constexpr std::size_t name_digits = 20;

std::optional<std::uint64_t> number_in(std::string_view name) {
    if (name.size() != name_start.size() + name_digits + name_end.size() ||
        !name.starts_with(name_start) || !name.ends_with(name_end))
        return std::nullopt;
    std::uint64_t number = 0;
    const char* const begin = name.data() + name_start.size();
    const auto parsed = std::from_chars(begin, begin + name_digits, number);
    if (parsed.ec != std::errc() || parsed.ptr != begin + name_digits) return std::nullopt;
    return number;
}

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

// A journal may have grown to gigabytes, so the window begins small.
struct End {
    std::string bytes;
    LastLines lines;  // views into `bytes`
};
Result<std::unique_ptr<End>> read_end(int fd, std::uint64_t size, const std::string& where) {
    auto end = std::make_unique<End>();
    for (std::uint64_t window = 64U << 10U;; window *= 4) {
        const std::uint64_t from = size > window ? size - window : 0;
        POSTWACHT_TRY(bytes, read_range(fd, from, size, where));
        end->bytes = std::move(bytes);
        const auto lines = last_lines(end->bytes, from == 0);
        if (!lines && window < 3 * longest_line) continue;
        if (!lines) return damaged(where, "the last line is longer than any line can be");
        end->lines = *lines;
        return end;
    }
}

struct OpenSegment {
    UniqueFd file;
    std::uint64_t size = 0;
};
Result<OpenSegment> open_segment(const Segment& segment) {
    OpenSegment open;
    open.file.reset(::open(segment.path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!open.file || ::fstat(open.file.get(), &status) != 0)
        return system_error(segment.path.string(), errno);
    open.size = static_cast<std::uint64_t>(status.st_size);
    return open;
}

}  // namespace

Error damaged(std::string where, std::string detail) {
    return Error{ErrorCode::damaged, std::move(where), std::move(detail),
                 "'postwacht journal verify' says more; to begin a new journal, move the folder's "
                 "files aside and keep them"};
}

std::filesystem::path segment_path(const std::filesystem::path& directory, std::uint64_t first) {
    return directory / format("{}{:020}{}", name_start, first, name_end);
}

Result<Kept> list_kept(const std::filesystem::path& directory, const Chain* chain) {
    Kept kept;
    const auto start_path = directory / start_file;
    if (::access(start_path.c_str(), F_OK) == 0) {
        POSTWACHT_TRY(bytes, read_file(start_path, 4096));
        std::optional<Link> start;
        if (chain != nullptr)
            start = chain->read_start(bytes);
        else if (const auto number = vouched_number(bytes))
            start = Link{*number, {}};
        if (!start)
            return Error{ErrorCode::crypto, start_path.string(),
                         "the start was changed, or written under another journal key",
                         "check [journal] key, then run 'postwacht journal verify'"};
        kept.start = *std::move(start);
        kept.started = true;
    }
    std::error_code error;
    std::filesystem::directory_iterator files(directory, error);
    for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
        const auto number = number_in(files->path().filename().string());
        if (!number) continue;
        auto& list = *number > kept.start.n ? kept.closed : kept.expired;
        list.push_back(Segment{*number, files->path()});
    }
    if (error) return system_error(directory.string(), error.value());
    const auto earlier = [](const Segment& a, const Segment& b) { return a.first < b.first; };
    std::sort(kept.closed.begin(), kept.closed.end(), earlier);
    std::sort(kept.expired.begin(), kept.expired.end(), earlier);
    return kept;
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

Result<Tail> read_tail(int fd, std::uint64_t size, const Chain& chain, const std::string& where,
                       const std::function<Result<Link>()>& before_first) {
    Tail tail;
    POSTWACHT_TRY(end, read_end(fd, size, where));
    const LastLines& lines = end->lines;
    tail.whole_size = size - lines.torn;
    Link before;
    if (lines.before.empty()) {
        POSTWACHT_TRY(link, before_first());
        before = std::move(link);
    } else {
        const auto parts = take_apart(lines.before);
        if (!parts) return damaged(where, "the last line but one is not a journal line");
        before = Link{parts->n, std::string(parts->chain)};
    }
    if (tail.whole_size == 0) {
        tail.last = std::move(before);
        return tail;
    }
    const auto parts = take_apart(lines.last);
    const auto start = read_line_start(lines.last);
    if (!parts || !start) return damaged(where, "the last line is not a journal line");
    if (!chain.follows(before, *parts))
        return Error{ErrorCode::crypto, where,
                     "the last line was changed, or written under another journal key",
                     "check [journal] key, then run 'postwacht journal verify'"};
    tail.last = Link{parts->n, std::string(parts->chain)};
    tail.at = start->at;
    return tail;
}

Result<Link> link_before(const Kept& kept, std::size_t index) {
    if (index == 0) return kept.start;
    const Segment& segment = kept.closed[index - 1];
    const std::string where = segment.path.string();
    POSTWACHT_TRY(open, open_segment(segment));
    POSTWACHT_TRY(end, read_end(open.file.get(), open.size, where));
    const auto parts = take_apart(end->lines.last);
    if (!parts) return damaged(where, "the last line is not a journal line");
    return Link{parts->n, std::string(parts->chain)};
}

Result<Tail> tail_of(const Kept& kept, std::size_t index, const Chain& chain) {
    const Segment& segment = kept.closed[index];
    const std::string where = segment.path.string();
    POSTWACHT_TRY(open, open_segment(segment));
    POSTWACHT_TRY(tail, read_tail(open.file.get(), open.size, chain, where,
                                  [&] { return link_before(kept, index); }));
    if (tail.whole_size == 0 || tail.whole_size != open.size)
        return damaged(where, "a closed part of the journal does not end in a whole line");
    return tail;
}

Result<std::optional<LineStart>> first_line(int fd, const std::string& where) {
    char bytes[line_start_bytes];
    ssize_t count = 0;
    do {
        count = ::pread(fd, bytes, sizeof bytes, 0);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return system_error(where, errno);
    return read_line_start(std::string_view(bytes, static_cast<std::size_t>(count)));
}

}  // namespace postwacht::journal
