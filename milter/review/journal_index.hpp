// JournalIndex: which entries of a journal speak of a person, without reading the journal.
//
// A folder `lookback` beside the journal's files holds runs: for some quarter of a gigabyte of one
// file each, the pseudonym of every person that a delivered letter is about with the place of its
// entry, sorted. Whoever looks back brings it up to date first, so that the milter does nothing for
// it. Only the last run, which is not full yet, is made again.
//
// It is a cache and no record. A run is believed where its seal, under a key derived from the
// journal's, is right and the journal still has the line that the run ends with; any other is made
// anew. What is found by it is read from the journal.
//
// run (little-endian numbers of eight bytes): "PWLOOK1\n"; number of the file's first line; begin
// and end of what it covers, in bytes of the file; number of records; the 64 digits of the chain
// value of the last line; records (pseudonym, place in the file), sorted; 32 bytes of seal.
//
// Finds the journal's files by their names, journal-N.jsonl and journal.jsonl; a file is told by
// the number of its first line, so that it may be renamed. Lines that are appended while the index
// is brought up to date are of the next time.
//
// Errors: io, disk_full; not_found where there is no journal; damaged where an entry is not one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/keys.hpp"

namespace postwacht::review {

// The digits of a pseudonym as a number.
using IndexKey = std::uint64_t;
// What finds the entries of kind "breach".
inline constexpr IndexKey breach_entries = 0;
// What finds delivered letters about people of whom their entries do not say who they are: older
// ones, and those with too many.
inline constexpr IndexKey nameless_entries = 1;
// "s-0123456789abcdef"; 0 where it is none.
[[nodiscard]] IndexKey index_key(std::string_view pseudonym) noexcept;

struct IndexedEntry {
    std::uint32_t file = 0;  // position among the journal's files
    std::uint32_t key = 0;   // position in the list that was asked for
    std::uint64_t at = 0;    // where the line begins
};

struct JournalIndexOptions {
    std::uint64_t run_bytes = 256U << 20U;
    // From 0 to 1, in any thread.
    std::function<void(double share)> progress;
};

class JournalIndex {
  public:
    // Brings it up to date, by as many threads as there are cores.
    static Result<JournalIndex> open(const std::filesystem::path& journal,
                                     const crypto::SecretKey& journal_key,
                                     const JournalIndexOptions& options = {});
    ~JournalIndex();
    JournalIndex(JournalIndex&&) noexcept;
    JournalIndex& operator=(JournalIndex&&) noexcept;

    // Ordered by place; a place may come with several keys.
    [[nodiscard]] std::vector<IndexedEntry> find(const std::vector<IndexKey>& keys) const;
    // The line without its end. Thread-safe.
    Result<std::string> read(const IndexedEntry& entry) const;

    [[nodiscard]] std::uint64_t records() const;
    // Of the journal: how much of it was read now, and how much there is.
    [[nodiscard]] std::uint64_t bytes_added() const;
    [[nodiscard]] std::uint64_t bytes() const;

  private:
    struct State;
    explicit JournalIndex(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace postwacht::review
