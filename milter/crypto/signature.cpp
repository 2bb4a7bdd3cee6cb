#include "crypto/signature.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <utility>

#include "base/files.hpp"
#include "crypto/openssl_handles.hpp"

namespace postwacht::crypto {
namespace {

constexpr std::size_t largest_key_file = 64U << 10U;

Result<void> check_kind(const EVP_PKEY* key, const std::filesystem::path& path) {
    if (EVP_PKEY_is_a(key, "ED25519") == 1) return {};
    return openssl_error(path.string(), "is a key of another kind than Ed25519",
                         "openssl genpkey -algorithm ed25519 makes one");
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

struct SignatureVerifier::State {
    std::vector<Handle<EVP_PKEY>> keys;
};

SignatureVerifier::SignatureVerifier() : state_(std::make_unique<State>()) {}
SignatureVerifier::SignatureVerifier(SignatureVerifier&&) noexcept = default;
SignatureVerifier& SignatureVerifier::operator=(SignatureVerifier&&) noexcept = default;
SignatureVerifier::~SignatureVerifier() = default;

Result<SignatureVerifier> SignatureVerifier::load(
    const std::vector<std::filesystem::path>& key_files) {
    if (key_files.empty())
        return Error{ErrorCode::crypto, "", "there is no key to check signatures with", {}};
    SignatureVerifier verifier;
    for (const std::filesystem::path& path : key_files) {
        auto pem = read_file(path, largest_key_file);
        if (!pem) {
            Error error = std::move(pem).error();
            error.code = ErrorCode::crypto;
            return error;
        }
        const Handle<BIO> bio = reading_bio(*pem);
        Handle<EVP_PKEY> key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr)
                                 : nullptr);
        if (!key)
            return openssl_error(path.string(), "holds no PEM public key",
                                 "openssl pkey -in KEY -pubout -out " + path.string());
        POSTWACHT_CHECK(check_kind(key.get(), path));
        verifier.state_->keys.push_back(std::move(key));
    }
    return verifier;
}

bool SignatureVerifier::verify(std::string_view bytes, std::string_view signatures) const {
    if (signatures.size() % signature_size != 0 ||
        signatures.size() > most_signatures * signature_size)
        return false;
    bool valid = false;
    for (; !signatures.empty() && !valid; signatures.remove_prefix(signature_size))
        for (const Handle<EVP_PKEY>& key : state_->keys) {
            const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
            valid = valid || (context &&
                              EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                                                   key.get()) == 1 &&
                              EVP_DigestVerify(context.get(), bytes_of(signatures), signature_size,
                                               bytes_of(bytes), bytes.size()) == 1);
        }
    ERR_clear_error();  // each key that it is not of has left some
    return valid;
}

Result<std::string> sign(const std::filesystem::path& private_key, std::string_view bytes) {
    POSTWACHT_TRY(key, read_private_key(private_key));
    POSTWACHT_CHECK(check_kind(key.get(), private_key));
    std::string signature(signature_size, '\0');
    std::size_t size = signature.size();
    const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       bytes_of(bytes), bytes.size()) != 1 ||
        size != signature_size)
        return openssl_error(private_key.string(), "the key could not sign");
    return signature;
}

}  // namespace postwacht::crypto
