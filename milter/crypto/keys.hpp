// Secret keys and what is derived from them. OpenSSL's crypto stays behind this room's wall.
//
// A key file holds 32 random bytes as 64 hexadecimal digits and a newline, mode 0600 or 0640, or
// is a systemd credential. Everything derived carries a purpose, so that no two uses share a key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postwacht::crypto {

using Digest = std::array<std::uint8_t, 32>;

class SecretKey {
  public:
    static constexpr std::size_t size = 32;

    // Errors (crypto): missing, unreadable, not 64 hexadecimal digits, readable by others. They
    // never show the content.
    static Result<SecretKey> load(const std::filesystem::path& path);
    static Result<SecretKey> generate();
    // Writes the file with mode 0600; an Error if it exists.
    Result<void> save_new(const std::filesystem::path& path) const;
    // HKDF-SHA-256 with `purpose` as info.
    Result<SecretKey> derive(std::string_view purpose) const;

    SecretKey(const SecretKey&) = default;
    SecretKey& operator=(const SecretKey&) = default;
    ~SecretKey();  // wipes

    [[nodiscard]] std::span<const std::uint8_t, size> bytes() const { return bytes_; }

  private:
    SecretKey() = default;
    std::array<std::uint8_t, size> bytes_{};
};

// HMAC-SHA-256 under one key, many times: both padded states are computed once. Thread-safe for
// concurrent calls on one object.
class KeyedHash {
  public:
    static Result<KeyedHash> create(const SecretKey& key);
    KeyedHash(KeyedHash&&) noexcept;
    KeyedHash& operator=(KeyedHash&&) noexcept;
    ~KeyedHash();

    // The digest of `domain` NUL `value`: `domain` separates kinds of values ("bsn", "email").
    // About 0.15 us. Throws std::bad_alloc, and nothing else: a wrong digest would look like "not
    // found".
    [[nodiscard]] Digest hash(std::string_view domain, std::string_view value) const;

  private:
    KeyedHash();
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] Digest sha256(std::string_view bytes);
// For files too large for memory.
Result<Digest> sha256_file(const std::filesystem::path& path);
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);
Result<void> random_bytes(std::span<std::uint8_t> out);

}  // namespace postwacht::crypto
