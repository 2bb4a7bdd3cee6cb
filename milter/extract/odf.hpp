// Odf: OpenDocument texts, sheets and slides, in a package or as one flat file.
//
// Guarantees: any bytes may come in; everything is taken from the budget. Fails: members that the
// manifest calls encrypted are told as Why::encrypted, damage as Why::damaged, and the rest is
// read. Standards: OpenDocument 1.3 parts 2 and 3. Limits: as OdfText; a preview in StarView's own
// format is taken to show what its object says.
#pragma once

#include "extract/collector.hpp"
#include "extract/zip_package.hpp"

namespace postwacht::extract {

[[nodiscard]] bool is_odf(const ZipPackage& package);
void read_odf_package(const ZipPackage& package, Collector& out);
// One XML file: flat OpenDocument, a flat package of Office Open XML, or WordprocessingML of 2003.
void read_flat_office(const Document& document, Collector& out);

}  // namespace postwacht::extract
