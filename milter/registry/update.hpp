// update(): brings a delta into an index that is in use.
//
// What the delta changes, with all that was changed since the build, is written to a file beside
// the index and renamed into place after fsync (index_file.hpp): a reader sees all of a delta or
// none of it, and so it is after a crash at any instant. The index itself stays as it is. A mark
// beside them says that there are updates: without them the index is not opened again. A build
// makes an index without updates; so its source must have what they brought.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "base/result.hpp"
#include "crypto/keys.hpp"
#include "registry/build.hpp"
#include "registry/delta.hpp"
#include "registry/index.hpp"

namespace postwacht::registry {

struct UpdateOptions {
    std::filesystem::path index;
    std::filesystem::path delta;  // see Delta::open()
    // Where it is set, the delta is what this opens, and `delta` is only its name in messages.
    std::function<Result<Delta>()> open;
    std::uint64_t max_bad_rows = 0;
    // As in BuildOptions.
    std::function<void(std::string_view what, double share)> progress;
    std::function<void(const BadRow&)> bad_row;
};

struct UpdateReport {
    Stats stats;  // of index and updates together
    // Rows that were brought in, those that changed nothing among them.
    std::uint64_t subjects = 0;
    std::uint64_t organisations = 0;
    std::uint64_t relations = 0;
    std::uint64_t bad_rows = 0;
};

// Errors: source (see Delta; too many bad rows; too much was changed since the build),
// registry_unavailable (no index, updates that are gone, or see open_index()), conflict (a build or
// another update is at it), io, disk_full.
Result<UpdateReport> update(const UpdateOptions& options, const crypto::SecretKey& key);

}  // namespace postwacht::registry
