// item_text: a held item for a reader.
#pragma once

#include <string>

#include "base/json.hpp"
#include "quarantine/store.hpp"

namespace postwacht::programs {

// `content` may be null: sender and recipients are shown where it is not.
void write_item(json::Writer& writer, const quarantine::Item& item,
                const quarantine::Content* content);
[[nodiscard]] std::string item_text(const quarantine::Item& item,
                                    const quarantine::Content* content);

}  // namespace postwacht::programs
