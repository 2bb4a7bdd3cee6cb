// Secret: whether bytes can be read only with a key that this gateway does not have, as far as
// their beginning tells: OpenPGP messages (RFC 4880), `openssl enc`, age.
#pragma once

#include <string_view>

namespace postwacht::extract {

[[nodiscard]] bool is_secret(std::string_view bytes) noexcept;

}  // namespace postwacht::extract
