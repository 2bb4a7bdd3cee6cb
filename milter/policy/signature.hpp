// Signatures of policy files: FILE.sig beside FILE holds one or several (crypto/signature.hpp).
//
// Each file of a policy has its own, so that a house policy is signed once by whoever keeps it. A
// signature does not say that a file is the newest one: whoever may replace files can put back an
// older one that was signed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/signature.hpp"

namespace postwacht::policy {

// "policy.toml.sig" of "policy.toml".
[[nodiscard]] std::filesystem::path signature_file(const std::filesystem::path& file);

// Error (policy): no signature beside `file` is that of `text` by one of the keys.
Result<void> check_signature(const crypto::SignatureVerifier& keys,
                             const std::filesystem::path& file, std::string_view text);
// The same with what was read of FILE.sig; nothing where there is none. `file` is for the Error.
Result<void> check_signature(const crypto::SignatureVerifier& keys,
                             const std::filesystem::path& file, std::string_view text,
                             const std::optional<std::string>& signatures);

}  // namespace postwacht::policy
