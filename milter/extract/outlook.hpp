// Outlook messages (MS-OXMSG): a compound file of MAPI properties.
//
// Reads the message, its recipients and its attachments; an attached message is read in its place
// ("attached message, Subject"), and what it carries becomes members too. Fails as ole.hpp says.
#pragma once

#include <string>

#include "extract/collector.hpp"
#include "extract/compound.hpp"

namespace postwacht::extract {

void read_outlook(const Compound& file, std::size_t storage, const std::string& prefix, int depth,
                  Collector& out);

}  // namespace postwacht::extract
