// TNEF, "winmail.dat" (MS-OXTNEF): what Outlook wraps a message in.
//
// Reads the subject, the bodies, the recipients and every other string as mapi.hpp says, and each
// attachment as a member, attached messages too. A file that is cut off is read as far as it goes
// and told as damaged. The checksums are not verified: what they do not fit is read all the same.
#pragma once

#include "extract/collector.hpp"

namespace postwacht::extract {

void read_tnef(const Document& document, Collector& out);

}  // namespace postwacht::extract
