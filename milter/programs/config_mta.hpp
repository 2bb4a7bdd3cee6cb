// config_mta: the table [quarantine.mta]: which MTA holds messages, and how it is told.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "base/toml.hpp"
#include "quarantine/mta_queue.hpp"

namespace postwacht::programs {

// Relative paths are taken from `folder`. Errors: config.
Result<quarantine::MtaSettings> read_mta(toml::Reader reader, const std::filesystem::path& folder);

}  // namespace postwacht::programs
