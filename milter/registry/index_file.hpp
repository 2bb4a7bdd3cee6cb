// The file of an index: what stands in it, and how its integrity is known. Documented for others in
// ARCHITECTURE.md.
//
//   pages    an LMDB environment (MDB_NOSUBDIR) with the databases
//              description        "description" -> the Description (record.hpp), in clear
//              subjects           number (4 bytes, native order) -> sealed Subject
//              organisations      number -> sealed Organisation
//              subject_keys       LookupKey -> numbers, 4 bytes each, little-endian, ascending;
//                                 those of ids too, for updates
//              organisation_keys  LookupKey -> numbers; those of ids too
//   filter   a KeyFilter of all subject keys (key_filter.hpp)
//   trailer  80 bytes behind it:
//               0  8  "PWINDEX\n"
//               8  4  format, little-endian
//              12  8  how many bytes of pages there are, little-endian; the filter is the rest
//              20 16  salt
//              36 16  key check
//              52 28  seal: AES-256-GCM nonce and tag over the bytes of the whole file before it
//
// INDEX.updates-SALT, with the salt of INDEX in hexadecimal, is a file of the same form. It holds
// what came after the build: subjects and organisations that were changed or added, under their
// numbers and with all their keys; an empty record stands for a subject that was deleted. What it
// has stands instead of what INDEX has (layered_index.hpp).
//
// The keys for hashing, for the records and for the seal are derived from the registry key and the
// salt, so every build has its own: two indexes cannot be compared value by value, and the random
// nonces of all builds together never come near the limit of one key. The key check tells a wrong
// key from damage.
//
// LMDB trusts its pages: a damaged one can crash it or, worse, hide a subject so that a letter
// passes; so can a bit of the filter. So the seal over the whole file is checked when an index is
// opened (about two seconds for 6 GB in the page cache) and LMDB only ever sees what its builder
// wrote. What remains to the operator: an index is replaced by rename, never written in place,
// since a page that is cut off under a mapping raises SIGBUS.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.hpp"
#include "crypto/keys.hpp"
#include "crypto/record_cipher.hpp"

namespace postwacht::registry {

using Salt = std::array<std::uint8_t, 16>;

// Names of the databases.
namespace database {
constexpr const char* description = "description";
constexpr const char* subjects = "subjects";
constexpr const char* organisations = "organisations";
constexpr const char* subject_keys = "subject_keys";
constexpr const char* organisation_keys = "organisation_keys";
constexpr unsigned count = 5;
}  // namespace database

// What one index is hashed and sealed with.
struct IndexKeys {
    Salt salt{};
    std::array<std::uint8_t, 16> check{};
    crypto::KeyedHash hash;
    crypto::RecordCipher cipher;

    static Result<IndexKeys> derive(const crypto::SecretKey& key, const Salt& salt);
    // With a new random salt.
    static Result<IndexKeys> create(const crypto::SecretKey& key);
};

// What a record is bound to: its database and its number.
[[nodiscard]] std::string record_context(std::string_view database_name, std::uint32_t number);

// Appends filter and trailer to a file that holds `pages` bytes of pages, and syncs it.
Result<void> seal_index_file(int fd, const std::filesystem::path& path, std::uint64_t pages,
                             std::string_view filter, const IndexKeys& keys);

struct VerifiedFile {
    IndexKeys keys;
    std::uint64_t pages = 0;   // bytes
    std::uint64_t filter = 0;  // bytes, behind the pages
};

// Reads the whole file. Errors (registry_unavailable): no index, another format, another key, cut
// short, damaged.
Result<VerifiedFile> verify_index_file(int fd, const std::filesystem::path& path,
                                       const crypto::SecretKey& key);

// The folder of an index, "." where its path names none.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& index);
// INDEX.updates-SALT. `salt` is that of the index.
[[nodiscard]] std::filesystem::path updates_file(const std::filesystem::path& index,
                                                 const Salt& salt);
// INDEX.changed-SALT: that there are updates, so that they are missed where they are gone.
[[nodiscard]] std::filesystem::path changed_mark(const std::filesystem::path& index,
                                                 const Salt& salt);
// Error (registry_unavailable): the index has a mark and no updates. For when there are none.
Result<void> check_never_changed(const std::filesystem::path& index, const Salt& salt);
// Removes the updates and marks of every index that had this name, but those of `salt`.
Result<void> remove_other_updates(const std::filesystem::path& index, const Salt& salt);

}  // namespace postwacht::registry
