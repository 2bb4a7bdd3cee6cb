// Archives and compressed files: every file inside is read as a member. libarchive stays behind
// this wall.
//
// Reads zip, 7z, tar, rar, cab, cpio, ar, lzh and iso9660; and what is compressed by gzip, bzip2,
// xz, lzma, lzip, compress, zstd or lz4 as one member, named after the file, which may be an
// archive. Members are read in the order of the archive and named with their folders; names that
// are not UTF-8 are taken for the code page of DOS or Windows that their bytes suggest. Folders are
// passed over; of a link its name and its target are text.
//
// A member under a password is named and marked encrypted, and the others are read; where the list
// of names is encrypted, the archive is. Of a damaged member what came out is read and the archive
// is marked damaged; so is a volume whose other volumes are elsewhere. A bomb ends as over_budget:
// by the budget, or by its ratio of what comes out to what goes in.
//
// What stands behind a zip or tar file is a member of its own. Known limits: an archive that
// continues in other files is read as far as this one goes; data between the members is not looked
// at.
#pragma once

#include "extract/collector.hpp"

namespace postwacht::extract {

void read_archive(const Document& document, Collector& out);
void read_gzip(const Document& document, Collector& out);

}  // namespace postwacht::extract
