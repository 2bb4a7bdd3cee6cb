// Addresses of the envelope and of header fields.
//
// parse_path() reads what MTAs really hand a milter: "<a@b>", "a@b" without brackets (sendmail(1)
// through Postfix), source routes "<@relay,@r2:a@b>", quoted local parts, mixed case, UTF-8
// (RFC 6531), "<>". It takes any bytes and never fails: what is no address is `invalid`, and the
// caller treats an invalid recipient as unrelated to everyone. So is an address whose local part
// names another host ("a%b@c", "b!a@c", "\"a@b\"@c"): hosts differ in whether they pass it on, so
// the letter may end with the one or the other. A domain in another script is one domain in both
// its forms (mail/idn.hpp). Standards: RFC 5321 section 4.1.2, RFC 6531. Limit: comments are not
// read in a path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postwacht::mail {

struct Address {
    std::string local;     // unquoted, as written
    std::string domain;    // lower case, labels as U-labels, without a final dot
    std::string name;      // the display name of a header field; empty in a path
    bool null = false;     // "<>"
    bool invalid = false;  // not an address, or one of several

    // "local@domain" in lower case, the form in which addresses are compared and looked up; empty
    // for null and invalid ones. (RFC 5321 lets a host distinguish case in a local part; no
    // provider in use does, and a misaddressed letter must not pass for a capital.)
    [[nodiscard]] std::string key() const;
    // As a person writes it, the local part quoted again where it must be; "<>" when null.
    [[nodiscard]] std::string to_string() const;
};

// One reverse-path or forward-path, raw as in MAIL or RCPT, without ESMTP parameters.
[[nodiscard]] Address parse_path(std::string_view raw);

// The path as an MTA keeps it once it has dropped a source route: "<a@b>" of "<@relay:a@b>". Else
// as written, in brackets.
[[nodiscard]] std::string without_route(std::string_view raw);

// The addresses in the value of a From, To, Cc or similar field (groups flattened). RFC 5322 by
// GMime. What holds no address gives none.
[[nodiscard]] std::vector<Address> parse_address_list(std::string_view header_value);

// Whether `domain` is `suffix` or a subdomain of it; both lower case.
[[nodiscard]] bool domain_within(std::string_view domain, std::string_view suffix) noexcept;

}  // namespace postwacht::mail
