// The file of an index: what stands in it, and how its integrity is known. Documented for others in
// ARCHITECTURE.md.
//
//   pages    an LMDB environment (MDB_NOSUBDIR) with the databases
//              description        "description" -> the Description (record.hpp), in clear
//              subjects           number (4 bytes, native order) -> sealed Subject
//              organisations      number -> sealed Organisation
//              subject_keys       LookupKey -> numbers, 4 bytes each, little-endian, ascending
//              organisation_keys  LookupKey -> numbers
//   trailer  80 bytes behind the last page:
//               0  8  "PWINDEX\n"
//               8  4  format, little-endian
//              12  8  how many bytes of pages stand before it, little-endian
//              20 16  salt
//              36 16  key check
//              52 28  seal: AES-256-GCM nonce and tag over the bytes of the whole file before it
//
// The keys for hashing, for the records and for the seal are derived from the registry key and the
// salt, so every build has its own: two indexes cannot be compared value by value, and the random
// nonces of all builds together never come near the limit of one key. The key check tells a wrong
// key from damage.
//
// LMDB trusts its pages: a damaged one can crash it or, worse, hide a subject so that a letter
// passes. So the seal over the whole file is checked when an index is opened (about a second for
// 4 GB in the page cache) and LMDB only ever sees what its builder wrote. What remains to the
// operator: an index is replaced by rename, never written in place, since a page that is cut off
// under a mapping raises SIGBUS.
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

// Appends the trailer to a file that holds `pages` bytes of pages, and syncs it.
Result<void> seal_index_file(int fd, const std::filesystem::path& path, std::uint64_t pages,
                             const IndexKeys& keys);

struct VerifiedFile {
    IndexKeys keys;
    std::uint64_t pages = 0;  // bytes
};

// Reads the whole file. Errors (registry_unavailable): no index, another format, another key, cut
// short, damaged.
Result<VerifiedFile> verify_index_file(int fd, const std::filesystem::path& path,
                                       const crypto::SecretKey& key);

}  // namespace postwacht::registry
