#include "registry/lmdb_handles.hpp"

#include <lmdb.h>

namespace postwacht::registry::lmdb {

void Close::operator()(MDB_env* environment) const noexcept {
    mdb_env_close(environment);
}
void Close::operator()(MDB_txn* transaction) const noexcept {
    mdb_txn_abort(transaction);
}

Error error(const std::filesystem::path& file, int code) {
    // LMDB's own codes are negative, errno's are positive.
    if (code > 0) return system_error(file.string(), code);
    return {ErrorCode::internal, file.string(), std::string("LMDB: ") + mdb_strerror(code), {}};
}

}  // namespace postwacht::registry::lmdb
