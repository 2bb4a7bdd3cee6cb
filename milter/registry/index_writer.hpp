// IndexWriter: writes a new index beside the old one and puts it in its place.
//
// The file grows under the name INDEX.building and is renamed over INDEX by finish(), after fsync:
// whoever opens INDEX finds the old or the new one, complete. A writer that ends without finish()
// removes its file; one that was killed leaves it for the next to replace. One writer at a time:
// the folder of the index is locked (flock(2)) for as long as it lives.
//
// Everything is put in ascending order, so that LMDB appends to full pages.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "crypto/keys.hpp"
#include "registry/index_file.hpp"
#include "registry/lmdb_handles.hpp"
#include "registry/lookup_key.hpp"
#include "registry/record.hpp"

namespace postwacht::registry {

class IndexWriter {
  public:
    // Locks the folder. Errors: conflict (another build is at it), io.
    static Result<IndexWriter> create(std::filesystem::path index, const crypto::SecretKey& key);
    IndexWriter(IndexWriter&&) noexcept;
    IndexWriter& operator=(IndexWriter&&) = delete;
    ~IndexWriter();

    // What to make lookup keys with.
    [[nodiscard]] const crypto::KeyedHash& hash() const { return keys_.hash; }

    // Makes the file. `source_bytes` is the size of all that will be put, as CSV.
    Result<void> begin(std::uint64_t source_bytes);
    // `relation_names` are those the description will have.
    Result<void> put(const Subject& subject, const std::vector<std::string>& relation_names);
    Result<void> put(const Organisation& organisation);
    Result<void> put_subject_keys(const KeyTable& keys);
    Result<void> put_organisation_keys(const KeyTable& keys);
    // Nothing may be put after this. Afterwards the new index is in place.
    Result<void> finish(const Description& description);

  private:
    IndexWriter(std::filesystem::path index, UniqueFd lock, IndexKeys keys);

    Result<void> put_record(unsigned database, const char* database_name, std::uint32_t number,
                            std::string_view plain);
    Result<void> put_keys(unsigned database, const KeyTable& keys);
    Result<void> append(unsigned database, std::string_view key, std::string_view value);
    Result<void> begin_transaction();
    Result<void> commit();
    Result<std::uint64_t> page_bytes() const;

    std::filesystem::path index_;
    std::filesystem::path building_;  // empty when there is no file to remove
    UniqueFd lock_;
    IndexKeys keys_;
    lmdb::Environment environment_;
    lmdb::Transaction transaction_;  // before environment_ is closed, this must be gone
    std::uint32_t pending_ = 0;      // puts since the last commit
    unsigned description_ = 0;       // the databases
    unsigned subjects_ = 0;
    unsigned organisations_ = 0;
    unsigned subject_keys_ = 0;
    unsigned organisation_keys_ = 0;
};

}  // namespace postwacht::registry
