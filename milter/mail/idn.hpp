// Domains in other scripts: "xn--caf-dma.example" and "café.example" are one domain.
//
// Standards: RFC 5890 to 5893 (IDNA2008) with the mapping of UTS #46, nontransitional: "ß" is a
// letter of its own, as registries and browsers have it. Takes any bytes and never fails: what is
// no such domain (a label with a forbidden character, one that is too long) comes back as it is.
#pragma once

#include <string>
#include <string_view>

namespace postwacht::mail {

// The one form in which a domain is compared: lower case, NFKC, labels in their own letters
// (U-labels), without a change to what is plain ASCII. The same for its own result.
[[nodiscard]] std::string comparable_domain(std::string_view domain);

// The form that any mail program understands (A-labels); as it is where it has none.
[[nodiscard]] std::string ascii_domain(std::string_view domain);

}  // namespace postwacht::mail
