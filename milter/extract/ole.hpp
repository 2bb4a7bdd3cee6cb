// OLE2 compound files: what they are is decided by the streams inside, whatever the file is called.
//
// Hands Outlook messages, Word, Excel and PowerPoint files to their readers, tells the document
// properties, notes macros, and reads what is embedded: packages become members, embedded documents
// are read in their place ("embedded object, sheet 'Data'"). A file under a password or under
// rights management is encrypted; one of which nothing is known (Visio, Publisher, an installer) is
// unsupported, after what can be read of it. Standards: MS-CFB, MS-OLEDS, MS-OFFCRYPTO.
//
// Known limits: the source text of macros is not read, only told.
#pragma once

#include <string>
#include <string_view>

#include "extract/collector.hpp"
#include "extract/compound.hpp"

namespace postwacht::extract {

void read_ole(const Document& document, Collector& out);

// One storage of a compound file. `prefix` begins every place that is told; `depth` counts the
// storages around it.
void read_storage(const Compound& file, std::size_t storage, const std::string& prefix, int depth,
                  Collector& out);

}  // namespace postwacht::extract
