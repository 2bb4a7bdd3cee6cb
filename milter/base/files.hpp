// Files: whole reads, and writes that are durable or did not happen.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace postwacht {

// The whole file; an Error above `limit` bytes. Reads "-" as a file of that name, not stdin.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = 1U << 30U);
// All that is left on a descriptor.
Result<std::string> read_all(int fd, std::size_t limit = 1U << 30U);

// write(2) until all is written.
Result<void> write_all(int fd, std::string_view bytes);

// Writes beside `path`, fsyncs, renames over it and fsyncs the folder: afterwards the file is
// there in full, or the old one still is. `mode` as for open(2).
Result<void> write_file_durably(const std::filesystem::path& path, std::string_view bytes,
                                mode_t mode);
// Makes a rename or an unlink in `directory` durable.
Result<void> sync_directory(const std::filesystem::path& directory);

}  // namespace postwacht
