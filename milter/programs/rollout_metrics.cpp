#include "programs/rollout_metrics.hpp"

#include <chrono>
#include <string_view>

#include "base/format.hpp"

namespace postwacht::programs {
namespace {

std::int64_t to_seconds(Instant instant) {
    return std::chrono::duration_cast<std::chrono::seconds>(instant.time_since_epoch()).count();
}

std::string metric(std::string_view name, std::string_view type, std::string_view help,
                   std::int64_t value, std::string_view labels = "") {
    return format("# HELP {} {}\n# TYPE {} {}\n{}{} {}\n", name, help, name, type, name, labels,
                  value);
}

}  // namespace

std::string to_prometheus(const RolloutMetrics& metrics) {
    // The name of a policy is made of letters, digits, '.', '_' and '-': nothing to escape.
    return metric("postwacht_policy_info", "gauge", "The policy in force, by name and digest.", 1,
                  format("{{policy=\"{}\"}}", metrics.policy)) +
           metric("postwacht_policy_loaded_timestamp_seconds", "gauge",
                  "When the policy in force was loaded.", to_seconds(metrics.since)) +
           metric("postwacht_last_reload_successful", "gauge",
                  "0 where the last reload failed and the policy before it stays in force.",
                  metrics.last_reload_failed ? 0 : 1) +
           metric("postwacht_reloads_total", "counter",
                  "Reloads since the start, with those that failed.",
                  static_cast<std::int64_t>(metrics.reloads)) +
           metric("postwacht_reloads_failed_total", "counter",
                  "Reloads that failed since the start.",
                  static_cast<std::int64_t>(metrics.failed_reloads)) +
           metric("postwacht_start_time_seconds", "gauge", "When the milter started.",
                  to_seconds(metrics.started));
}

}  // namespace postwacht::programs
