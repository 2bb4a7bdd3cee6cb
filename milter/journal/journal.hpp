// Journal: what was decided and why, one line per message and per decision, chained by keyed hash.
//
// A line of journal.jsonl is a JSON object that ends in "chain":"<64 hex>": the HMAC-SHA-256, under
// a key derived from the journal key, of the chain value of the line before it and of this line's
// text without the chain. Changing, dropping, inserting or reordering a line breaks the chain.
// `head` beside it holds the number of lines, the last chain value and a keyed digest of both, so
// that lines missing at the end are noticed too, and nobody without the key can make a head that
// fits a shortened journal.
//
// Guarantee: when append() returns, the line is in the file, where no crash of the process can undo
// it, and with Durable::on_return it is on disk. Those who wait at the same time share one
// fdatasync, and none is called while the file is locked, so two hundred sessions wait for the disk
// together and not in turn. Several processes may append (flock); open the journal after fork(2),
// never before. A torn last line, from a crash before append() returned, is cut off by the next
// append and logged. Holds no personal data: recipients are pseudonyms, subjects their registry id.
//
// `head` is written after the sync and not synced itself. After a crash of the process it may lag
// behind by the last group of lines, after a loss of power by what the kernel had not written yet
// (half a minute); it never leads. verify() accepts lines beyond the head and says how many lines
// the head vouches for. open() refuses a journal that is shorter than its head.
//
// Failure: no room gives disk_full, the torn line is removed, and a later append works. When
// fdatasync itself fails the kernel may have dropped the data while later calls succeed, so the
// journal then refuses every append until it is opened anew.
//
// journal.jsonl is closed and begun anew when it is full or old; closed files lie beside it
// (journal/segments.hpp) and the chain goes on through all of them. With Settings::keep, files
// whose entries are all older than that are removed, oldest first: at each new file and by
// expire(). The file `start` vouches, under the key, for the line before the first kept one, so
// that nobody else removes entries unnoticed, and an entry of kind "expiry" tells what was removed.
// A process that is killed at any instant leaves the journal as it was before or as it is after.
//
// Limits: an entry stays until the youngest of its file is old enough, so at most `keep` and
// `segment_age`, and until somebody appends or expires. Who keeps an older copy of the whole folder
// can put it back unnoticed; copying `head` elsewhere now and then prevents that. Files are made
// with mode 0640, or 0660 in a folder that its group may write.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/keys.hpp"

namespace postwacht::journal {

struct VerifyReport {
    std::uint64_t first_entry = 1;  // the number of the first entry that is kept
    std::uint64_t entries = 0;      // whole lines read, up to the first bad one
    bool intact = false;
    // The number that the entry bears or should bear; 0 if intact. One past the last where some
    // miss there.
    std::uint64_t first_bad_line = 0;
    // "line 12 was changed, or the key is another one". Of an intact journal: empty, or a remark
    // about a torn last line.
    std::string what;
    std::uint64_t vouched = 0;  // the number of the last entry that `head` vouches for
};

struct Settings {
    std::uint64_t segment_bytes = 256U << 20U;  // a file that holds as much is closed
    std::chrono::seconds segment_age =
        std::chrono::hours(7 * 24);            // or whose first entry is so old
    std::optional<std::chrono::seconds> keep;  // for how long at least; absent: without end
};

struct Expired {
    std::uint64_t entries = 0;      // how many were removed
    std::uint64_t first_entry = 1;  // the number of the first that is kept
};

// When a line must be on disk. Nothing may be answered that depends on a line before it is there: a
// letter taken from the MTA, a decision. Of a letter that goes on its way the MTA has the only copy
// and the journal only the record, which a loss of power may cost within `longest_delay`.
enum class Durable { on_return, soon };
inline constexpr std::chrono::milliseconds longest_delay{1000};

class Journal {
  public:
    // Opens or creates the folder's journal for appending. Errors: io, disk_full; crypto where the
    // last line was written under another key; damaged where lines that `head` knows are missing,
    // or `head` is.
    static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& directory,
                                                 const crypto::SecretKey& key,
                                                 const Clock& clock = system_clock(),
                                                 const Settings& settings = {});
    ~Journal();

    // `kind` is "message" or "decision"; `json_object` is a JSON object that becomes the entry's
    // "data". The line gets "n" (from 1), "at" and "kind" too. Thread-safe.
    // Errors: disk_full, io, damaged (the file was removed or shortened by somebody else).
    Result<void> append(std::string_view kind, std::string_view json_object,
                        Durable durable = Durable::on_return);

    // Removes what is older than Settings::keep, file by file; a file that takes entries is closed
    // first if all of it is. Errors: config where `keep` is absent; io; disk_full; damaged or
    // crypto where the end of a file is not as it was left, which then stays.
    Result<Expired> expire();

    // Stable keyed pseudonyms: "p-" and 16 hexadecimal digits for an address, "s-" for a
    // subject_id, "d-" for a domain.
    [[nodiscard]] std::string pseudonym(std::string_view address_key) const;
    [[nodiscard]] std::string subject_pseudonym(std::string_view subject_id) const;
    [[nodiscard]] std::string domain_pseudonym(std::string_view domain) const;

  private:
    Journal();
    struct State;
    std::unique_ptr<State> state_;
};

// Reads the whole chain. Error: it cannot be read at all. Others may append meanwhile.
Result<VerifyReport> verify(const std::filesystem::path& directory, const crypto::SecretKey& key);
// Calls `line` for each kept entry (without its newline), in order. A torn last line is left out,
// and entries that expire meanwhile may be.
Result<void> for_each_entry(const std::filesystem::path& directory,
                            const std::function<void(std::string_view line)>& line);

// How much for_each_entry() would read, in bytes; 0 where nothing can be read.
std::uint64_t kept_bytes(const std::filesystem::path& directory);

}  // namespace postwacht::journal
