// rollout_metrics: what a monitoring system is told of the policy that the milter judges by.
//
// A file in the text format of Prometheus, which the textfile collector of its node exporter and
// other agents read: the milter opens no port for it, and systemd lets it have no network. It is
// replaced whole at the start and at every reload, and removed at a stop, so that what is there is
// of a milter that runs or was killed.
#pragma once

#include <cstdint>
#include <string>

#include "base/date.hpp"

namespace postwacht::programs {

struct RolloutMetrics {
    std::string policy;         // "small@0123456789ab"
    Instant since{};            // when it came in force
    Instant started{};          // the milter
    std::uint64_t reloads = 0;  // since the start, with those that failed
    std::uint64_t failed_reloads = 0;
    bool last_reload_failed = false;
};

// The text of the file. Times are seconds since 1970, UTC.
std::string to_prometheus(const RolloutMetrics& metrics);

}  // namespace postwacht::programs
