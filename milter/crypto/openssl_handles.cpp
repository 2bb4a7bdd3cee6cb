#include "crypto/openssl_handles.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <limits>
#include <new>
#include <utility>

#include "base/files.hpp"

namespace postwacht::crypto {

void Free::operator()(bio_st* object) const noexcept {
    BIO_free_all(object);
}
void Free::operator()(CMS_ContentInfo_st* object) const noexcept {
    CMS_ContentInfo_free(object);
}
void Free::operator()(evp_cipher_ctx_st* object) const noexcept {
    EVP_CIPHER_CTX_free(object);
}
void Free::operator()(evp_cipher_st* object) const noexcept {
    EVP_CIPHER_free(object);
}
void Free::operator()(evp_kdf_ctx_st* object) const noexcept {
    EVP_KDF_CTX_free(object);
}
void Free::operator()(evp_kdf_st* object) const noexcept {
    EVP_KDF_free(object);
}
void Free::operator()(evp_md_ctx_st* object) const noexcept {
    EVP_MD_CTX_free(object);
}
void Free::operator()(evp_pkey_st* object) const noexcept {
    EVP_PKEY_free(object);
}
void Free::operator()(x509_st* object) const noexcept {
    X509_free(object);
}

Error openssl_error(std::string where, std::string detail, std::string hint) {
    ERR_clear_error();
    return {ErrorCode::crypto, std::move(where), std::move(detail), std::move(hint)};
}

const EVP_MD* sha256_digest() {
    // Never freed: it is used until the last thread ends.
    static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (digest == nullptr) throw std::bad_alloc();
    return digest;
}

Result<std::string> read_secret_file(const std::filesystem::path& path) {
    constexpr std::size_t limit = 64U << 10U;
    // Not blocking, so that a FIFO by mistake is an error and not a hang.
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) {
        Error error = system_error(path.string(), errno);
        error.code = ErrorCode::crypto;
        return error;
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return system_error(path.string(), errno);
    if (!S_ISREG(status.st_mode)) {
        return Error{ErrorCode::crypto, path.string(), "is not a regular file", {}};
    }
    if ((status.st_mode & 0007U) != 0) {
        return Error{ErrorCode::crypto, path.string(),
                     "holds a secret and may be used by others than its owner and group",
                     "chmod o= " + path.string()};
    }
    // Read straight into the string that is wiped, so that no copy of the secret is left behind.
    std::string content(limit + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t count = ::read(fd.get(), content.data() + size, content.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error(path.string(), errno);
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    if (size > limit) {
        wipe(content);
        return Error{ErrorCode::crypto, path.string(), "is too long to be a key", {}};
    }
    content.resize(size);
    return content;
}

Result<void> create_file(const std::filesystem::path& path, std::string_view bytes, mode_t mode) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!fd) {
        if (errno == EEXIST) {
            return Error{ErrorCode::conflict, path.string(), "exists already", {}};
        }
        return system_error(path.string(), errno);
    }
    auto written = write_all(fd.get(), bytes);
    if (written && ::fsync(fd.get()) != 0) written = system_error(path.string(), errno);
    if (!written) {
        ::unlink(path.c_str());
        return written;
    }
    return sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

Handle<BIO> reading_bio(std::string_view bytes) {
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
    return Handle<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return -1;
}

Result<Handle<EVP_PKEY>> read_private_key(const std::filesystem::path& path) {
    POSTWACHT_TRY(pem, read_secret_file(path));
    Handle<EVP_PKEY> key;
    {
        const Handle<BIO> bio = reading_bio(pem);
        key.reset(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)
                      : nullptr);
    }
    wipe(pem);
    if (!key) return openssl_error(path.string(), "is not a PEM private key without passphrase");
    return key;
}

void wipe(std::string& secret) noexcept {
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

}  // namespace postwacht::crypto
