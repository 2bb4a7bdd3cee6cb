// Owners of LMDB objects, and LMDB's errors as ours. For this room's bodies only: LMDB's types are
// declared here and completed in the bodies that include its header.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.hpp"

struct MDB_env;
struct MDB_txn;

namespace postwacht::registry::lmdb {

struct Close {
    void operator()(MDB_env* environment) const noexcept;
    void operator()(MDB_txn* transaction) const noexcept;  // aborts it
};

using Environment = std::unique_ptr<MDB_env, Close>;
using Transaction = std::unique_ptr<MDB_txn, Close>;

// The Error for a return code of LMDB: `io` or `disk_full` for one of the system, else `internal`.
[[nodiscard]] Error error(const std::filesystem::path& file, int code);

}  // namespace postwacht::registry::lmdb
