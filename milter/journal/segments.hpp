// Segments: the files that a journal is made of, and where the chain stands at the end of each.
//
// journal.jsonl takes the entries. When it is full or old it is renamed to journal-N.jsonl, N being
// the number of its first line in twenty digits, and closed for good: the names sort as the lines
// do. `start` tells, under the key, after which line the kept ones begin; a file whose lines are
// before that was left over by a crash between writing `start` and removing the file, and is not
// part of the journal any more.
//
// The link before the first line of a file is the last one of the file before it, or that of
// `start`. Reading it needs no check: a line that follows it under the key vouches for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "journal/chain.hpp"

namespace postwacht::journal {

struct Segment {
    std::uint64_t first = 0;  // the number of its first line, as its name says
    std::filesystem::path path;
};

// The closed segments of a folder.
struct Kept {
    Link start;                    // the kept lines follow it
    bool started = false;          // there is a `start`
    std::vector<Segment> closed;   // in order
    std::vector<Segment> expired;  // before `start`, left over
};

[[nodiscard]] std::filesystem::path segment_path(const std::filesystem::path& directory,
                                                 std::uint64_t first);
// Without a chain the `start` is believed. Errors: io; crypto where `start` was changed or made
// under another key.
Result<Kept> list_kept(const std::filesystem::path& directory, const Chain* chain);

// The end of a file: its last whole line, and how far whole lines reach.
struct Tail {
    Link last;
    Instant at{};  // of the last line; meaningless where there is none
    std::uint64_t whole_size = 0;
};
// `before_first` gives the link before the file's first line; asked only where the file holds less
// than two lines. Reads only as much of the end as holds two. Errors: io; damaged; crypto where the
// last line does not follow the one before it.
Result<Tail> read_tail(int fd, std::uint64_t size, const Chain& chain, const std::string& where,
                       const std::function<Result<Link>()>& before_first);
// The link before the first line of the closed segment at `index`; with the number of closed ones,
// that before the first line of journal.jsonl. Unchecked.
Result<Link> link_before(const Kept& kept, std::size_t index);
// The checked end of a closed segment. Error (damaged): it does not end in a whole line.
Result<Tail> tail_of(const Kept& kept, std::size_t index, const Chain& chain);

// What a file's first line begins with; nothing where it has none.
Result<std::optional<LineStart>> first_line(int fd, const std::string& where);

Result<std::string> read_range(int fd, std::uint64_t from, std::uint64_t to,
                               const std::string& where);
// An Error about a journal that is not as it was left.
[[nodiscard]] Error damaged(std::string where, std::string detail);

}  // namespace postwacht::journal
