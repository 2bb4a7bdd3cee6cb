// Owners of OpenSSL objects, and OpenSSL's errors as ours. For this room's bodies only.
//
// The types are declared here and completed in openssl_handles.cpp, so that no header of ours
// includes one of OpenSSL's.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

struct bio_st;
struct CMS_ContentInfo_st;
struct evp_cipher_ctx_st;
struct evp_cipher_st;
struct evp_kdf_ctx_st;
struct evp_kdf_st;
struct evp_md_ctx_st;
struct evp_md_st;
struct evp_pkey_st;
struct x509_st;

namespace postwacht::crypto {

struct Free {
    void operator()(bio_st* object) const noexcept;
    void operator()(CMS_ContentInfo_st* object) const noexcept;
    void operator()(evp_cipher_ctx_st* object) const noexcept;
    void operator()(evp_cipher_st* object) const noexcept;
    void operator()(evp_kdf_ctx_st* object) const noexcept;
    void operator()(evp_kdf_st* object) const noexcept;
    void operator()(evp_md_ctx_st* object) const noexcept;
    void operator()(evp_pkey_st* object) const noexcept;
    void operator()(x509_st* object) const noexcept;
};

template <class T>
using Handle = std::unique_ptr<T, Free>;

// Empties this thread's queue of OpenSSL errors and returns one Error of code `crypto`. OpenSSL's
// own texts are left out: they name its source files and help nobody.
[[nodiscard]] Error openssl_error(std::string where, std::string detail, std::string hint = {});

// SHA-256, fetched from its provider once: a fetch costs more than a hash.
[[nodiscard]] const evp_md_st* sha256_digest();

// The content of a file that nobody but its owner and group may read. Errors (crypto): missing,
// unreadable, not a regular file, readable by others, over 64 KiB. The caller wipes the bytes.
Result<std::string> read_secret_file(const std::filesystem::path& path);
// Makes a file that does not exist yet, durably. An Error (conflict) if it does.
Result<void> create_file(const std::filesystem::path& path, std::string_view bytes, mode_t mode);

// A BIO that reads `bytes`, which must outlive it; null where there is no memory.
[[nodiscard]] Handle<bio_st> reading_bio(std::string_view bytes);
// OpenSSL would ask for a passphrase on the terminal; a daemon has none.
int no_passphrase(char* buffer, int size, int writing, void* data);
// A PEM private key without passphrase. Errors (crypto): it is none, or those of read_secret_file.
Result<Handle<evp_pkey_st>> read_private_key(const std::filesystem::path& path);

// Wipes a string's bytes, then empties it.
void wipe(std::string& secret) noexcept;

}  // namespace postwacht::crypto
