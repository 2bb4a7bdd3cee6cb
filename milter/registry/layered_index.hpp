// LayeredIndex: an index with what came after its build.
//
// A subject or an organisation that the updates have a record of is theirs alone: no key of the
// base leads to it any more. All others are the base's. Numbers are those of the base; what was
// added has numbers above. Costs what a lookup in the base costs, and a look at the filter of the
// updates.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "registry/index.hpp"
#include "registry/stored_index.hpp"

namespace postwacht::registry {

// `updates` may be null. Error: registry_unavailable.
Result<std::shared_ptr<const Index>> make_layered(std::shared_ptr<const StoredIndex> base,
                                                  std::shared_ptr<const StoredIndex> updates);

}  // namespace postwacht::registry
