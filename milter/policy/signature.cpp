#include "policy/signature.hpp"

#include <utility>

#include "base/files.hpp"

namespace postwacht::policy {

std::filesystem::path signature_file(const std::filesystem::path& file) {
    return file.string() + ".sig";
}

Result<void> check_signature(const crypto::SignatureVerifier& keys,
                             const std::filesystem::path& file, std::string_view text,
                             const std::optional<std::string>& signatures) {
    if (signatures && keys.verify(text, *signatures)) return {};
    return Error{ErrorCode::policy, file.string(),
                 signatures ? "was changed since it was signed, or was signed with a key that the "
                              "configuration does not name"
                            : "is not signed, and the configuration asks for it",
                 "sign it: postwacht policy sign --key KEY " + file.string()};
}

Result<void> check_signature(const crypto::SignatureVerifier& keys,
                             const std::filesystem::path& file, std::string_view text) {
    std::optional<std::string> signatures;
    std::error_code ignored;
    if (const auto beside = signature_file(file); std::filesystem::exists(beside, ignored)) {
        auto read = read_file(beside, crypto::most_signatures * crypto::signature_size);
        if (!read) {
            Error error = std::move(read).error();
            error.code = ErrorCode::policy;
            return error;
        }
        signatures = *std::move(read);
    }
    return check_signature(keys, file, text, signatures);
}

}  // namespace postwacht::policy
