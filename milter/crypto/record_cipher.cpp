#include "crypto/record_cipher.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <utility>

#include "crypto/openssl_handles.hpp"

namespace postwacht::crypto {
namespace {

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
static_assert(RecordCipher::overhead == nonce_size + tag_size);

const unsigned char* as_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* as_bytes(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

// EVP counts in int. A record is never near that; a context may be a whole file.
bool add_context(EVP_CIPHER_CTX* cipher, std::string_view context) {
    constexpr std::size_t step = 1U << 30U;
    while (!context.empty()) {
        const std::string_view piece = context.substr(0, step);
        int ignored = 0;
        if (EVP_CipherUpdate(cipher, nullptr, &ignored, as_bytes(piece),
                             static_cast<int>(piece.size())) != 1) {
            return false;
        }
        context.remove_prefix(piece.size());
    }
    return true;
}

bool add_context(EVP_CIPHER_CTX* cipher, const RecordCipher::Pieces& pieces) {
    for (std::string_view piece = pieces(); !piece.empty(); piece = pieces())
        if (!add_context(cipher, piece)) return false;
    return true;
}

bool fits_int(std::size_t size) {
    return size <= static_cast<std::size_t>(std::numeric_limits<int>::max());
}

Error failed() {
    return openssl_error("AES-256-GCM", "failed");
}

// `c` has the key, and may have sealed other records before.
template <class Context>
Result<std::string> seal_with(EVP_CIPHER_CTX* c, std::span<const unsigned char> nonce,
                              std::string_view plain, const Context& context) {
    if (c == nullptr || !fits_int(plain.size())) return failed();
    std::string sealed(plain.size() + RecordCipher::overhead, '\0');
    std::copy(nonce.begin(), nonce.end(), as_bytes(sealed));
    unsigned char* const text = as_bytes(sealed) + nonce_size;
    unsigned char* const tag = text + plain.size();
    int length = 0;
    if (EVP_EncryptInit_ex2(c, nullptr, nullptr, nonce.data(), nullptr) != 1 ||
        !add_context(c, context) ||
        EVP_EncryptUpdate(c, text, &length, as_bytes(plain), static_cast<int>(plain.size())) != 1 ||
        EVP_EncryptFinal_ex(c, tag, &length) != 1 ||
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, tag_size, tag) != 1) {
        return failed();
    }
    return sealed;
}

Error does_not_open() {
    return {ErrorCode::damaged,
            "AES-256-GCM",
            "a record was changed, moved, or sealed under another key",
            {}};
}

}  // namespace

struct RecordCipher::State {
    explicit State(const SecretKey& secret) : key(secret) {}

    SecretKey key;
    Handle<EVP_CIPHER> algorithm;

    // Null where OpenSSL fails.
    Handle<EVP_CIPHER_CTX> with_key() const {
        Handle<EVP_CIPHER_CTX> cipher(EVP_CIPHER_CTX_new());
        if (cipher != nullptr && EVP_EncryptInit_ex2(cipher.get(), algorithm.get(),
                                                     key.bytes().data(), nullptr, nullptr) != 1)
            cipher.reset();
        return cipher;
    }
    template <class Context>
    Result<std::string> seal(std::string_view plain, const Context& context) const;
    template <class Context>
    Result<std::string> open(std::string_view sealed, const Context& context) const;
};

RecordCipher::RecordCipher() = default;
RecordCipher::RecordCipher(RecordCipher&&) noexcept = default;
RecordCipher& RecordCipher::operator=(RecordCipher&&) noexcept = default;
RecordCipher::~RecordCipher() = default;

Result<RecordCipher> RecordCipher::create(const SecretKey& key) {
    RecordCipher cipher;
    cipher.state_ = std::make_unique<State>(key);
    cipher.state_->algorithm.reset(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
    if (!cipher.state_->algorithm) return openssl_error("AES-256-GCM", "is not available");
    return cipher;
}

template <class Context>
Result<std::string> RecordCipher::State::seal(std::string_view plain,
                                              const Context& context) const {
    std::array<unsigned char, nonce_size> nonce{};
    POSTWACHT_CHECK(random_bytes(nonce));
    const Handle<EVP_CIPHER_CTX> cipher = with_key();
    return seal_with(cipher.get(), nonce, plain, context);
}

template <class Context>
Result<std::string> RecordCipher::State::open(std::string_view sealed,
                                              const Context& context) const {
    if (sealed.size() < overhead || !fits_int(sealed.size())) return does_not_open();
    const unsigned char* const nonce = as_bytes(sealed);
    const unsigned char* const text = nonce + nonce_size;
    const std::size_t text_size = sealed.size() - overhead;
    std::array<unsigned char, tag_size> tag{};
    std::copy_n(text + text_size, tag_size, tag.begin());
    std::string plain(text_size, '\0');
    const Handle<EVP_CIPHER_CTX> cipher(EVP_CIPHER_CTX_new());
    EVP_CIPHER_CTX* const c = cipher.get();
    int length = 0;
    if (c == nullptr ||
        EVP_DecryptInit_ex2(c, algorithm.get(), key.bytes().data(), nonce, nullptr) != 1) {
        return failed();
    }
    if (!add_context(c, context) ||
        EVP_DecryptUpdate(c, as_bytes(plain), &length, text, static_cast<int>(text_size)) != 1 ||
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) != 1 ||
        EVP_DecryptFinal_ex(c, as_bytes(plain) + text_size, &length) != 1) {
        wipe(plain);
        return does_not_open();
    }
    return plain;
}

struct RecordCipher::Sealer::Batch {
    Handle<EVP_CIPHER_CTX> cipher;
    std::array<unsigned char, 64 * nonce_size> nonces{};
    std::size_t next = nonces.size();
};

RecordCipher::Sealer::Sealer(std::unique_ptr<Batch> batch) : batch_(std::move(batch)) {}
RecordCipher::Sealer::Sealer(Sealer&&) noexcept = default;
RecordCipher::Sealer& RecordCipher::Sealer::operator=(Sealer&&) noexcept = default;
RecordCipher::Sealer::~Sealer() = default;

Result<RecordCipher::Sealer> RecordCipher::sealer() const {
    auto batch = std::make_unique<Sealer::Batch>();
    batch->cipher = state_->with_key();
    if (!batch->cipher) return failed();
    return Sealer(std::move(batch));
}

Result<std::string> RecordCipher::Sealer::seal(std::string_view plain, std::string_view context) {
    Batch& batch = *batch_;
    if (batch.next == batch.nonces.size()) {
        POSTWACHT_CHECK(random_bytes(batch.nonces));
        batch.next = 0;
    }
    // Taken before it is used: whatever fails, no nonce comes twice.
    const auto nonce = std::span(batch.nonces).subspan(batch.next, nonce_size);
    batch.next += nonce_size;
    return seal_with(batch.cipher.get(), nonce, plain, context);
}

Result<std::string> RecordCipher::seal(std::string_view plain, std::string_view context) const {
    return state_->seal(plain, context);
}
Result<std::string> RecordCipher::seal(std::string_view plain, const Pieces& context) const {
    return state_->seal(plain, context);
}
Result<std::string> RecordCipher::open(std::string_view sealed, std::string_view context) const {
    return state_->open(sealed, context);
}
Result<std::string> RecordCipher::open(std::string_view sealed, const Pieces& context) const {
    return state_->open(sealed, context);
}

}  // namespace postwacht::crypto
