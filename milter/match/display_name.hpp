// The name that a sender's address book shows beside an address, held against the registry.
#pragma once

#include <string_view>

#include "registry/types.hpp"

namespace postwacht::match {

// Whether a display name may be that of this person: a surname of theirs without the initials of
// somebody else, or a given name. What holds no name (nothing, digits, an address) contradicts
// nobody.
[[nodiscard]] bool may_be_called(const registry::Subject& subject, std::string_view display_name);

}  // namespace postwacht::match
