// Whose mail a policy judges, and who is one of us.
#include <algorithm>

#include "policy/rules.hpp"

namespace postwacht::policy {

bool is_internal(const Rules& rules, const mail::Address& address) noexcept {
    if (address.null || address.invalid) return false;
    return std::any_of(rules.own_domains.begin(), rules.own_domains.end(),
                       [&address](const std::string& domain) {
                           return mail::domain_within(address.domain, domain);
                       });
}

bool in_scope(const Rules& rules, const mail::Address& sender,
              const std::vector<mail::Address>& header_from) noexcept {
    // A sender without a domain is a local one, and one that cannot be read might be: both are
    // judged, since the other choice would let mail out unread.
    if (sender.null || sender.invalid || sender.domain.empty()) return true;
    if (is_internal(rules, sender)) return true;
    return std::any_of(header_from.begin(), header_from.end(),
                       [&rules](const mail::Address& from) { return is_internal(rules, from); });
}

}  // namespace postwacht::policy
