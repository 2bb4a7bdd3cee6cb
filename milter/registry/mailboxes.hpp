// Mailboxes: which of the ways to write an address reach the same mailbox, and so are one address.
//
// Builder and lookups go by this one function, each index by the list that it was built with, so
// that both agree whatever has become of the policy since.
//   - Letters are compared without case, domains of other scripts in one form (mail/address.hpp).
//   - A tag behind a plus is left away ("jan+uwv@post.example" is jan@post.example): hosts that
//     know tags deliver to the same mailbox, others do not have such addresses. Not so a tag of
//     seven or more digits and nothing else, as gateways to telephones and fax machines have it
//     ("fax+31201234567@..."): there the number says who reads it.
//   - Dots in the local part are left away at hosts that ignore them, which are listed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postwacht::registry {

class Mailboxes {
  public:
    Mailboxes() = default;
    // The domains whose host ignores dots; not their subdomains. In any form.
    explicit Mailboxes(const std::vector<std::string>& dotless_domains);

    // `address` as Address::key() has it, or as it stands in a text. The same for its own result;
    // what is no address comes back as it is.
    [[nodiscard]] std::string key(std::string_view address) const;

    // Sorted, each once, as domains are compared.
    [[nodiscard]] const std::vector<std::string>& dotless_domains() const { return dotless_; }

  private:
    std::vector<std::string> dotless_;
};

// Whether one typing error makes one address of the other: one character inserted, left out,
// replaced, or two neighbours swapped. Characters, not bytes. False for equal addresses.
[[nodiscard]] bool differ_in_one_character(std::string_view a, std::string_view b);

}  // namespace postwacht::registry
