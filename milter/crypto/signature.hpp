// Detached Ed25519 signatures (RFC 8032) of files, with keys as openssl(1) makes them.
//
// A signature is 64 bytes over the file as it is, which `openssl pkeyutl -sign -rawin` makes too. A
// file of signatures holds one or several of them, one behind the other: several people may sign,
// and a file can be replaced while the signature of the old one still lies beside it. A signature
// says who vouched for these bytes; not that they are the newest, or what they are for.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postwacht::crypto {

inline constexpr std::size_t signature_size = 64;
// A file of signatures with more than these is something else.
inline constexpr std::size_t most_signatures = 64;

class SignatureVerifier {
  public:
    // Each file holds one PEM public key (`openssl pkey -pubout`). Errors (crypto): missing,
    // unreadable, not a PEM public key, of another kind than Ed25519; no file at all.
    static Result<SignatureVerifier> load(const std::vector<std::filesystem::path>& key_files);
    SignatureVerifier(SignatureVerifier&&) noexcept;
    SignatureVerifier& operator=(SignatureVerifier&&) noexcept;
    ~SignatureVerifier();

    // Whether one of the signatures is one of these keys' over `bytes`. Thread-safe.
    [[nodiscard]] bool verify(std::string_view bytes, std::string_view signatures) const;

  private:
    SignatureVerifier();
    struct State;
    std::unique_ptr<State> state_;
};

// The signature of `bytes` under the PEM private key in the file, which has no passphrase. Errors
// (crypto): missing, unreadable, usable by others than owner and group, not an Ed25519 key.
Result<std::string> sign(const std::filesystem::path& private_key, std::string_view bytes);

}  // namespace postwacht::crypto
