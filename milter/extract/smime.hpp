// S/MIME that wraps a mail part whole (RFC 8551): signed data with its content inside, and
// compressed data. The content is read as the mail part that it is.
//
// What is encrypted stays encrypted; content that is cut off is read as far as it goes and told as
// damaged. The signature itself is not verified.
#pragma once

#include "extract/collector.hpp"

namespace postwacht::extract {

void read_smime(const Document& document, Collector& out);

}  // namespace postwacht::extract
