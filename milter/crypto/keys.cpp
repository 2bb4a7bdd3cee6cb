// SHA256_Update() and its like are deprecated since OpenSSL 3.0, which keeps them. What replaces
// them allocates six times for each hash and counts references that all threads share, which takes
// twice the time, and every name in a letter is looked up by such a hash.
#define OPENSSL_API_COMPAT 0x10101000L

#include "crypto/keys.hpp"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cerrno>
#include <new>
#include <optional>
#include <utility>

#include "base/unique_fd.hpp"
#include "crypto/openssl_handles.hpp"

namespace postwacht::crypto {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

std::optional<std::uint8_t> hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
    return std::nullopt;
}

// Whether `text` was exactly the digits for `out`, with or without one line end behind them.
bool parse_hex(std::string_view text, std::span<std::uint8_t> out) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.size() != 2 * out.size()) return false;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto high = hex_value(text[2 * i]);
        const auto low = hex_value(text[2 * i + 1]);
        if (!high || !low) return false;
        out[i] = static_cast<std::uint8_t>(*high << 4U | *low);
    }
    return true;
}

}  // namespace

Result<SecretKey> SecretKey::load(const std::filesystem::path& path) {
    POSTWACHT_TRY(text, read_secret_file(path));
    SecretKey key;
    const bool parsed = parse_hex(text, key.bytes_);
    wipe(text);
    if (!parsed) {
        return Error{ErrorCode::crypto, path.string(), "is not a key of 64 hexadecimal digits",
                     "make a new one with: openssl rand -hex 32"};
    }
    return key;
}

Result<SecretKey> SecretKey::generate() {
    SecretKey key;
    POSTWACHT_CHECK(random_bytes(key.bytes_));
    return key;
}

Result<void> SecretKey::save_new(const std::filesystem::path& path) const {
    std::string text = to_hex(bytes_) + "\n";
    auto saved = create_file(path, text, 0600);
    wipe(text);
    return saved;
}

Result<SecretKey> SecretKey::derive(std::string_view purpose) const {
    const Handle<EVP_KDF> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
    const Handle<EVP_KDF_CTX> context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    if (!context) return openssl_error("HKDF", "is not available");
    // OSSL_PARAM has no const pointers, though a derivation only reads these.
    char digest[] = "SHA256";
    auto* const secret = const_cast<std::uint8_t*>(bytes_.data());
    auto* const info = const_cast<char*>(purpose.data());
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, bytes_.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, purpose.size()),
        OSSL_PARAM_construct_end(),
    };
    SecretKey derived;
    if (EVP_KDF_derive(context.get(), derived.bytes_.data(), derived.bytes_.size(), parameters) !=
        1) {
        return openssl_error("HKDF", "failed");
    }
    return derived;
}

SecretKey::~SecretKey() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

namespace {

// An unfinished SHA-256, wiped when it goes: whoever has one that absorbed a key can use it.
struct Sha256 {
    SHA256_CTX context{};

    Sha256() = default;
    Sha256(const Sha256&) = default;
    Sha256& operator=(const Sha256&) = default;
    ~Sha256() { OPENSSL_cleanse(&context, sizeof context); }

    [[nodiscard]] bool add(const void* bytes, std::size_t size) {
        return SHA256_Update(&context, bytes, size) == 1;
    }
    [[nodiscard]] bool finish(Digest& digest) { return SHA256_Final(digest.data(), &context) == 1; }
};

// Absorbs one block: the key, each byte XORed with `pad`.
bool start_hmac(const SecretKey& key, std::uint8_t pad, Sha256& hash) {
    constexpr std::size_t block_size = 64;
    std::array<std::uint8_t, block_size> block{};
    block.fill(pad);
    for (std::size_t i = 0; i < SecretKey::size; ++i) block[i] ^= key.bytes()[i];
    const bool started = SHA256_Init(&hash.context) == 1 && hash.add(block.data(), block.size());
    OPENSSL_cleanse(block.data(), block.size());
    return started;
}

}  // namespace

// After the padded key went in (RFC 2104).
struct KeyedHash::State {
    Sha256 inner;
    Sha256 outer;
};

KeyedHash::KeyedHash() : state_(std::make_unique<State>()) {}
KeyedHash::KeyedHash(KeyedHash&&) noexcept = default;
KeyedHash& KeyedHash::operator=(KeyedHash&&) noexcept = default;
KeyedHash::~KeyedHash() = default;

Result<KeyedHash> KeyedHash::create(const SecretKey& key) {
    KeyedHash hash;
    if (!start_hmac(key, 0x36, hash.state_->inner) || !start_hmac(key, 0x5c, hash.state_->outer))
        return openssl_error("HMAC", "failed");
    return hash;
}

Digest KeyedHash::hash(std::string_view domain, std::string_view value) const {
    Digest digest{};
    Sha256 inner = state_->inner;
    Sha256 outer = state_->outer;
    const bool hashed = inner.add(domain.data(), domain.size()) && inner.add("\0", 1) &&
                        inner.add(value.data(), value.size()) && inner.finish(digest) &&
                        outer.add(digest.data(), digest.size()) && outer.finish(digest);
    // A digest that is silently wrong would look like "not registered": that must not go on.
    if (!hashed) throw std::bad_alloc();
    return digest;
}

Digest sha256(std::string_view bytes) {
    Digest digest{};
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, sha256_digest(), nullptr) !=
        1) {
        throw std::bad_alloc();
    }
    return digest;
}

Result<Digest> sha256_file(const std::filesystem::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return system_error(path.string(), errno);
    const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
    if (!context || EVP_DigestInit_ex2(context.get(), sha256_digest(), nullptr) != 1) {
        return openssl_error("SHA-256", "failed");
    }
    std::string buffer(256U << 10U, '\0');
    while (true) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error(path.string(), errno);
        if (count == 0) break;
        if (EVP_DigestUpdate(context.get(), buffer.data(), static_cast<std::size_t>(count)) != 1) {
            return openssl_error("SHA-256", "failed");
        }
    }
    Digest digest{};
    if (EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
        return openssl_error("SHA-256", "failed");
    }
    return digest;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::uint8_t byte : bytes) {
        text.push_back(hex_digits[byte >> 4U]);
        text.push_back(hex_digits[byte & 0xFU]);
    }
    return text;
}

Result<void> random_bytes(std::span<std::uint8_t> out) {
    // RAND_bytes() counts in int; nobody here asks for more.
    if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) {
        return openssl_error("RAND_bytes", "the random generator failed");
    }
    return {};
}

}  // namespace postwacht::crypto
