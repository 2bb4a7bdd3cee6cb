// Sealing held mail to the review certificates: CMS AuthEnvelopedData with AES-256-GCM (RFC 5083,
// RFC 5084), in DER. The milter holds certificates only; `openssl cms -decrypt` opens the result.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postwacht::crypto {

class Sealer {
  public:
    // Each file holds one or more PEM certificates (RSA or EC); a message can be opened with the
    // key of any of them. Errors: none, unreadable, expired.
    static Result<Sealer> load(const std::vector<std::filesystem::path>& certificate_files);
    Sealer(Sealer&&) noexcept;
    Sealer& operator=(Sealer&&) noexcept;
    ~Sealer();

    // Thread-safe. `pieces` are sealed one after the other as one content, without a copy of it.
    Result<std::string> seal(const std::vector<std::string_view>& pieces) const;

  private:
    Sealer();
    struct State;
    std::unique_ptr<State> state_;
};

class Opener {
  public:
    // PEM certificate and its private key, which has no passphrase. Errors (crypto): missing,
    // unreadable, not a pair, or a key file that others than owner and group may use.
    static Result<Opener> load(const std::filesystem::path& certificate,
                               const std::filesystem::path& private_key);
    Opener(Opener&&) noexcept;
    Opener& operator=(Opener&&) noexcept;
    ~Opener();

    // The whole content, only if its tag is right and has its full 16 bytes. Error (damaged): it
    // was changed, or not sealed to this key. Thread-safe.
    Result<std::string> open(std::string_view sealed) const;

  private:
    Opener();
    struct State;
    std::unique_ptr<State> state_;
};

// Makes a self-signed P-256 certificate (ten years) and its key, PEM, for `postwacht init`.
// The key file gets mode 0600, the certificate 0644; neither may exist.
Result<void> make_review_certificate(const std::filesystem::path& certificate,
                                     const std::filesystem::path& private_key,
                                     std::string_view common_name);

}  // namespace postwacht::crypto
