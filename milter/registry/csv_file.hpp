// A CSV file as a table: mapped, its header row understood, its rows read as often as asked.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "registry/table.hpp"

namespace postwacht::registry {

// Errors (source): missing, unreadable, not UTF-8, no header, or see find_columns(). `columns` must
// outlive the table.
Result<Table> open_csv_file(const std::filesystem::path& folder, std::string_view name,
                            std::span<const Column> columns);

}  // namespace postwacht::registry
