// IndexWriter: writes a new index, or the updates of one, beside the old file and puts it in its
// place.
//
// The file grows under the name FILE.building and is renamed over FILE by finish(), after fsync:
// whoever opens FILE finds the old or the new one, complete. A writer that ends without finish()
// removes its file; one that was killed leaves it for the next to replace. One writer at a time:
// the folder of the index is locked (flock(2)) for as long as one works.
//
// Everything is put in ascending order, so that LMDB appends to full pages. Records are sealed
// before, by any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "crypto/keys.hpp"
#include "registry/index_file.hpp"
#include "registry/lmdb_handles.hpp"
#include "registry/lookup_key.hpp"
#include "registry/record.hpp"

namespace postwacht::registry {

// Held by whoever writes to the folder of an index. Errors: conflict (somebody else does), io.
Result<UniqueFd> lock_folder_of(const std::filesystem::path& index);

class IndexWriter {
  public:
    // `file` is written, with the owner and mode of `model` if there is such a file already.
    static Result<IndexWriter> create(std::filesystem::path file, std::filesystem::path model,
                                      const crypto::SecretKey& key);
    IndexWriter(IndexWriter&&) noexcept;
    IndexWriter& operator=(IndexWriter&&) = delete;
    ~IndexWriter();

    // What to make lookup keys with.
    [[nodiscard]] const crypto::KeyedHash& hash() const { return keys_.hash; }
    [[nodiscard]] const Salt& salt() const { return keys_.salt; }
    // What to seal records with, one for each thread.
    Result<crypto::RecordCipher::Sealer> sealer() const { return keys_.cipher.sealer(); }
    // A record as it is put.
    static Result<std::string> seal_subject(crypto::RecordCipher::Sealer& sealer,
                                            SubjectNumber number, std::string_view plain);
    static Result<std::string> seal_organisation(crypto::RecordCipher::Sealer& sealer,
                                                 OrganisationNumber number, std::string_view plain);

    // Makes the file. `source_bytes` is the size of all that will be put, as CSV.
    Result<void> begin(std::uint64_t source_bytes);
    Result<void> put_subject(SubjectNumber number, std::string_view sealed);
    Result<void> put_organisation(OrganisationNumber number, std::string_view sealed);
    Result<void> put_subject_key(const LookupKey& key, const std::vector<SubjectNumber>& numbers);
    Result<void> put_organisation_key(const LookupKey& key,
                                      const std::vector<OrganisationNumber>& numbers);
    // Nothing may be put after this. `filter` is KeyFilter::Builder::bytes(). Afterwards the new
    // file is in place.
    Result<void> finish(const Description& description, std::string_view filter);

  private:
    IndexWriter(std::filesystem::path file, std::filesystem::path model, IndexKeys keys);

    Result<void> put_key(unsigned database, const LookupKey& key,
                         const std::vector<std::uint32_t>& numbers);
    Result<void> append(unsigned database, std::string_view key, std::string_view value);
    Result<void> begin_transaction();
    Result<void> commit();
    Result<std::uint64_t> page_bytes() const;

    std::filesystem::path file_;
    std::filesystem::path model_;
    std::filesystem::path building_;  // empty when there is no file to remove
    IndexKeys keys_;
    std::string packed_;  // numbers of a key, kept for its capacity
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
