// CMS (RFC 5652) as far as a gateway without keys can see: which kind of content a file holds.
//
// Reads only the tags and lengths at the beginning, in DER or in BER with indefinite lengths (as
// streaming senders write it). Any bytes give an answer; when in doubt it is not a detached
// signature, since only that one may be passed over unread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postwacht::extract {

enum class CmsKind {
    none,                // not CMS
    encrypted,           // EnvelopedData, AuthEnvelopedData or EncryptedData
    detached_signature,  // SignedData without content: signs something that stands elsewhere
    other,               // SignedData with its content inside, CompressedData, ...
};

[[nodiscard]] CmsKind cms_kind(std::string_view bytes) noexcept;

// The content that SignedData carries, its pieces joined. `whole` is false where some of it is
// missing; nothing where there is none to be found.
struct CmsContent {
    std::string bytes;
    bool whole = true;
};
[[nodiscard]] std::optional<CmsContent> cms_signed_content(std::string_view bytes);
// The same of CompressedData (RFC 3274): the content still compressed, in the format of zlib.
[[nodiscard]] std::optional<CmsContent> cms_compressed_content(std::string_view bytes);

}  // namespace postwacht::extract
