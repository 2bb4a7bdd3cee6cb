// build(): a directory of CSV files, or another source, to a new index, put in place of the old one
// in one step.
//
// The new index is written beside the old one and renamed over it after fsync: a reader sees the
// old or the new one, a crash leaves the old one. Rows are checked first: with more bad rows than
// allowed nothing is replaced. What does not fit into memory goes to temporary files beside the
// index (spill_file.hpp). Updates of the old index are removed. Contract of the source:
// ARCHITECTURE.md, "Registry source".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "crypto/keys.hpp"
#include "registry/index.hpp"

namespace postwacht::registry {

struct Source;

// "subjects.csv:12:8: the BSN fails its check (11-test)": a place and a sentence, never a value.
struct BadRow {
    std::string file;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string what;
};

struct BuildOptions {
    std::filesystem::path source;  // a folder with subjects.csv, organisations.csv, relations.csv
    // Where it is set, the source is what this opens, and `source` is only its name in messages.
    std::function<Result<Source>()> open;
    std::filesystem::path index;  // the file to replace
    // Domains whose host ignores dots in a mailbox's name; see Mailboxes.
    std::vector<std::string> dotless_domains;
    std::uint64_t max_bad_rows = 0;
    // About how much memory sorting takes. With less there are more and shorter runs on the disk.
    std::size_t sort_memory = std::size_t{768} << 20U;
    // Called now and then with what is being done and its share from 0 to 1.
    std::function<void(std::string_view what, double share)> progress;
    // Called for each bad row, as it is found.
    std::function<void(const BadRow&)> bad_row;
};

struct BuildReport {
    Stats stats;
    std::uint64_t bad_rows = 0;
};

// Errors: source (a file is missing or its header is wrong, too many bad rows, the files changed
// meanwhile), conflict (another build writes to the folder of the index), io, disk_full.
Result<BuildReport> build(const BuildOptions& options, const crypto::SecretKey& key);

// Whether nine digits pass the 11-test of a BSN (and are not all zero).
[[nodiscard]] bool bsn_valid(std::string_view nine_digits) noexcept;

}  // namespace postwacht::registry
