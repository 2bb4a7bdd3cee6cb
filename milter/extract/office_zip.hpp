// read_zip: a zip file, whatever it is called: an Office Open XML package, an OpenDocument package,
// or files inside.
//
// Decides by content: a relationship to an office document, a member "mimetype". The name of the
// file says nothing. Guarantees and failures: as ZipPackage, OoxmlReader and read_odf_package().
// Standards: ECMA-376 part 2, OpenDocument 1.3 part 2. Limits: methods of packing other than stored
// and deflated are unsupported.
#pragma once

#include "extract/collector.hpp"

namespace postwacht::extract {

void read_zip(const Document& document, Collector& out);

}  // namespace postwacht::extract
