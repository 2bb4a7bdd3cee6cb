// A CSV file as a table: mapped, its header row understood, its rows read as often as asked.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "registry/table.hpp"

namespace postwacht::registry {

// Errors (source): missing, unreadable (with `hint`), not UTF-8, no header, or see find_columns().
// `columns` must outlive the table, which has the name of the file without its folder.
Result<Table> open_csv_file(const std::filesystem::path& path, std::span<const Column> columns,
                            const char* hint);
// What the columns of a file are called, whatever they are. Errors as above.
Result<std::vector<std::string>> read_csv_header(const std::filesystem::path& path,
                                                 const char* hint);

}  // namespace postwacht::registry
