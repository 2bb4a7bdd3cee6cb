#include "crypto/seal.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "base/files.hpp"
#include "crypto/keys.hpp"
#include "crypto/openssl_handles.hpp"

namespace postwacht::crypto {
namespace {

constexpr std::size_t largest_int = static_cast<std::size_t>(std::numeric_limits<int>::max());

std::string content_of(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

// Appends every certificate of a PEM file to `certificates`.
Result<void> load_certificates(const std::filesystem::path& path,
                               std::vector<Handle<X509>>& certificates) {
    constexpr std::size_t limit = 1U << 20U;
    POSTWACHT_TRY(text, read_file(path, limit));
    const Handle<BIO> bio = reading_bio(text);
    if (!bio) return openssl_error(path.string(), "cannot be read");
    const std::size_t before = certificates.size();
    while (
        Handle<X509> certificate{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)}) {
        certificates.push_back(std::move(certificate));
    }
    // The end of the file looks like one more error: "no start line".
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!at_end) {
        return Error{
            ErrorCode::crypto, path.string(), "holds a certificate that is not well formed", {}};
    }
    if (certificates.size() == before) {
        return Error{ErrorCode::crypto, path.string(), "holds no PEM certificate", {}};
    }
    return {};
}

// Whether a message can be sealed to the certificate: it is in date, and its key is RSA or EC.
Result<void> check_certificate(X509* certificate, const std::string& where) {
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0) {
        return Error{ErrorCode::crypto, where, "the certificate has expired",
                     "make a new review certificate; keep the old key for what is still held"};
    }
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0) {
        return Error{ErrorCode::crypto, where, "the certificate is not valid yet",
                     "check the clock of this machine"};
    }
    EVP_PKEY* const key = X509_get0_pubkey(certificate);
    if (key == nullptr || (EVP_PKEY_is_a(key, "RSA") == 0 && EVP_PKEY_is_a(key, "EC") == 0)) {
        return openssl_error(where, "the certificate's key is neither RSA nor EC");
    }
    // Reads the extensions now, so that threads that seal later only read them.
    X509_check_purpose(certificate, -1, 0);
    return {};
}

// Adds one recipient, with RSA-OAEP or ECDH under SHA-256; OpenSSL's own choice would be PKCS #1
// v1.5 or a derivation with SHA-1.
bool add_recipient(CMS_ContentInfo* cms, X509* certificate) {
    CMS_RecipientInfo* const recipient = CMS_add1_recipient_cert(cms, certificate, CMS_KEY_PARAM);
    if (recipient == nullptr) return false;
    EVP_PKEY_CTX* const parameters = CMS_RecipientInfo_get0_pkey_ctx(recipient);
    if (parameters == nullptr) return false;
    if (EVP_PKEY_is_a(X509_get0_pubkey(certificate), "RSA") == 1) {
        return EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_OAEP_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_oaep_md(parameters, EVP_sha256()) == 1;
    }
    return EVP_PKEY_CTX_set_ecdh_kdf_md(parameters, EVP_sha256()) == 1;
}

bool write_piece(BIO* sink, std::string_view piece) {
    constexpr std::size_t step = 1U << 20U;
    while (!piece.empty()) {
        const std::size_t wanted = std::min(piece.size(), step);
        const int written = BIO_write(sink, piece.data(), static_cast<int>(wanted));
        if (written <= 0) return false;
        piece.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

std::optional<std::string> to_der(const CMS_ContentInfo* cms) {
    const int size = i2d_CMS_ContentInfo(cms, nullptr);
    if (size <= 0) return std::nullopt;
    std::string der(static_cast<std::size_t>(size), '\0');
    auto* out = reinterpret_cast<unsigned char*>(der.data());
    if (i2d_CMS_ContentInfo(cms, &out) != size) return std::nullopt;
    return der;
}

// One element of DER at the start of `bytes`.
struct Element {
    int tag = 0;
    int tag_class = 0;
    std::string_view content;
    std::string_view rest;
};

std::optional<Element> read_element(std::string_view bytes) {
    if (bytes.empty() || bytes.size() > largest_int) return std::nullopt;
    const auto* const begin = reinterpret_cast<const unsigned char*>(bytes.data());
    const unsigned char* at = begin;
    long length = 0;
    Element element;
    const int status = ASN1_get_object(&at, &length, &element.tag, &element.tag_class,
                                       static_cast<long>(bytes.size()));
    // 0x80: malformed. 0x01: of indefinite length, which DER has not.
    if ((static_cast<unsigned>(status) & 0x81U) != 0) {
        ERR_clear_error();
        return std::nullopt;
    }
    const auto header = static_cast<std::size_t>(at - begin);
    element.content = bytes.substr(header, static_cast<std::size_t>(length));
    element.rest = bytes.substr(header + static_cast<std::size_t>(length));
    return element;
}

// Whether the authentication tag has its full sixteen bytes. GCM also works with a tag cut short,
// and OpenSSL takes one as long as the message says: somebody who may change a sealed message could
// leave one byte of the tag, and one forgery in 256 would open.
//
//   ContentInfo ::= SEQUENCE { contentType OID, [0] AuthEnvelopedData }
//   AuthEnvelopedData ::= SEQUENCE { version, recipientInfos SET, content SEQUENCE, mac, ... }
bool has_full_tag(std::string_view der) {
    const auto info = read_element(der);
    if (!info || info->tag != V_ASN1_SEQUENCE || !info->rest.empty()) return false;
    const auto type = read_element(info->content);
    if (!type) return false;
    const auto explicit_content = read_element(type->rest);
    if (!explicit_content) return false;
    const auto enveloped = read_element(explicit_content->content);
    if (!enveloped) return false;
    // The tag is the only OCTET STRING among the children, and the last one we write.
    constexpr std::size_t full = 16;
    std::string_view children = enveloped->content;
    while (!children.empty()) {
        const auto child = read_element(children);
        if (!child) return false;
        if (child->tag_class == V_ASN1_UNIVERSAL && child->tag == V_ASN1_OCTET_STRING) {
            return child->content.size() == full && child->rest.empty();
        }
        children = child->rest;
    }
    return false;
}

}  // namespace

struct Sealer::State {
    std::vector<Handle<X509>> certificates;
};

Sealer::Sealer() : state_(std::make_unique<State>()) {}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

Result<Sealer> Sealer::load(const std::vector<std::filesystem::path>& certificate_files) {
    Sealer sealer;
    auto& certificates = sealer.state_->certificates;
    for (const auto& path : certificate_files) {
        const std::size_t before = certificates.size();
        auto loaded = load_certificates(path, certificates);
        if (!loaded) {
            Error error = std::move(loaded).error();
            error.code = ErrorCode::crypto;
            return error;
        }
        for (std::size_t i = before; i < certificates.size(); ++i) {
            POSTWACHT_CHECK(check_certificate(certificates[i].get(), path.string()));
        }
    }
    if (certificates.empty()) {
        return Error{ErrorCode::crypto,
                     {},
                     "there is no certificate to seal to",
                     "name at least one in [quarantine] certificates"};
    }
    return sealer;
}

Result<std::string> Sealer::seal(const std::vector<std::string_view>& pieces) const {
    const Error failed{ErrorCode::crypto, "CMS", "the message could not be sealed", {}};
    const Handle<CMS_ContentInfo> cms(CMS_AuthEnvelopedData_create(EVP_aes_256_gcm()));
    bool ready = cms != nullptr && CMS_set_detached(cms.get(), 0) == 1;
    for (const auto& certificate : state_->certificates) {
        ready = ready && add_recipient(cms.get(), certificate.get());
    }
    // Encrypts what is written to it into a buffer that CMS_dataFinal() then takes over.
    const Handle<BIO> sink(ready ? CMS_dataInit(cms.get(), nullptr) : nullptr);
    ready = sink != nullptr && std::all_of(pieces.begin(), pieces.end(), [&](auto piece) {
                return write_piece(sink.get(), piece);
            });
    if (!ready || BIO_flush(sink.get()) != 1 || CMS_dataFinal(cms.get(), sink.get()) != 1) {
        ERR_clear_error();
        return failed;
    }
    auto der = to_der(cms.get());
    if (!der) {
        ERR_clear_error();
        return failed;
    }
    return std::move(*der);
}

struct Opener::State {
    Handle<X509> certificate;
    Handle<EVP_PKEY> key;
};

Opener::Opener() : state_(std::make_unique<State>()) {}
Opener::Opener(Opener&&) noexcept = default;
Opener& Opener::operator=(Opener&&) noexcept = default;
Opener::~Opener() = default;

Result<Opener> Opener::load(const std::filesystem::path& certificate,
                            const std::filesystem::path& private_key) {
    Opener opener;
    std::vector<Handle<X509>> certificates;
    auto loaded = load_certificates(certificate, certificates);
    if (!loaded) {
        Error error = std::move(loaded).error();
        error.code = ErrorCode::crypto;
        return error;
    }
    opener.state_->certificate = std::move(certificates.front());
    POSTWACHT_TRY(key, read_private_key(private_key));
    opener.state_->key = std::move(key);
    if (X509_check_private_key(opener.state_->certificate.get(), opener.state_->key.get()) != 1) {
        return openssl_error(private_key.string(),
                             "does not belong to the certificate " + certificate.string());
    }
    return opener;
}

Result<std::string> Opener::open(std::string_view sealed) const {
    const Error damaged{ErrorCode::damaged,
                        "CMS",
                        "the sealed message was changed, or was not sealed to this key",
                        {}};
    if (!has_full_tag(sealed)) return damaged;
    const auto* at = reinterpret_cast<const unsigned char*>(sealed.data());
    const Handle<CMS_ContentInfo> cms(
        d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(sealed.size())));
    if (!cms || OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_id_smime_ct_authEnvelopedData) {
        ERR_clear_error();
        return damaged;
    }
    // What is decrypted stays in this buffer, which OpenSSL wipes, until the tag has been checked.
    const Handle<BIO> plain(BIO_new(BIO_s_mem()));
    if (!plain || CMS_decrypt(cms.get(), state_->key.get(), state_->certificate.get(), nullptr,
                              plain.get(), CMS_BINARY) != 1) {
        ERR_clear_error();
        return damaged;
    }
    return content_of(plain.get());
}

namespace {

bool add_extension(X509* certificate, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

bool set_random_serial(X509* certificate) {
    std::array<std::uint8_t, 16> bytes{};
    if (!random_bytes(bytes)) return false;
    bytes[0] &= 0x7FU;  // RFC 5280: positive
    bytes[0] |= 0x40U;  // and not zero
    ASN1_INTEGER* const serial = X509_get_serialNumber(certificate);
    BIGNUM* const number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
    const bool set = number != nullptr && BN_to_ASN1_INTEGER(number, serial) != nullptr;
    BN_free(number);
    return set;
}

Handle<X509> self_signed(EVP_PKEY* key, std::string_view common_name) {
    constexpr long ten_years = 3652L * 24 * 60 * 60;
    constexpr long an_hour_ago = -3600;  // for a clock that is a little ahead elsewhere
    Handle<X509> certificate(X509_new());
    X509* const x = certificate.get();
    if (x == nullptr || common_name.size() > 64) return nullptr;
    X509_NAME* const name = X509_get_subject_name(x);
    const auto* const text = reinterpret_cast<const unsigned char*>(common_name.data());
    const bool made =
        X509_set_version(x, X509_VERSION_3) == 1 && set_random_serial(x) &&
        X509_gmtime_adj(X509_getm_notBefore(x), an_hour_ago) != nullptr &&
        X509_gmtime_adj(X509_getm_notAfter(x), ten_years) != nullptr &&
        X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text,
                                   static_cast<int>(common_name.size()), -1, 0) == 1 &&
        X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1 &&
        add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(x, NID_key_usage, "critical,keyAgreement") &&
        add_extension(x, NID_subject_key_identifier, "hash") && X509_sign(x, key, EVP_sha256()) > 0;
    if (!made) certificate.reset();
    return certificate;
}

}  // namespace

Result<void> make_review_certificate(const std::filesystem::path& certificate,
                                     const std::filesystem::path& private_key,
                                     std::string_view common_name) {
    const Handle<EVP_PKEY> key(EVP_EC_gen("P-256"));
    const Handle<X509> x509(key ? self_signed(key.get(), common_name) : nullptr);
    const Handle<BIO> certificate_pem(BIO_new(BIO_s_mem()));
    const Handle<BIO> key_pem(BIO_new(BIO_s_mem()));
    if (!x509 || !certificate_pem || !key_pem ||
        PEM_write_bio_X509(certificate_pem.get(), x509.get()) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) != 1) {
        return openssl_error(certificate.string(), "the review certificate could not be made",
                             "its common name may have 1 to 64 characters");
    }
    std::string secret = content_of(key_pem.get());
    auto saved = create_file(private_key, secret, 0600);
    wipe(secret);
    if (!saved) return saved;
    saved = create_file(certificate, content_of(certificate_pem.get()), 0644);
    // A key without its certificate would only block the next attempt.
    if (!saved) ::unlink(private_key.c_str());
    return saved;
}

}  // namespace postwacht::crypto
