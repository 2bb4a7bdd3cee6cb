// postwacht-milter: the daemon that the MTA asks. See postwacht-milter(8).
//
// Runs in the foreground and tells systemd (Type=notify) when it is ready, reloading and stopping.
// A wrong configuration or policy ends it before the socket is open, with exit code 2. A registry
// that is missing does not: mail is then answered as the policy says.
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/date.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/log.hpp"
#include "programs/command_line.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/rollout_metrics.hpp"
#include "session/session.hpp"

namespace postwacht::programs {
namespace {

constexpr const char* milter_name = "postwacht-milter";

struct MilterOptions {
    std::string config = default_config_file;
    bool check = false;
};

void log_policy(const policy::Policy& policy) {
    log::info("PW_POLICY_LOADED",
              format("policy={} mode={} warnings={}", policy.id(),
                     policy.mode() == policy::Mode::simulate ? "simulate" : "enforce",
                     policy.warnings().size()));
    for (const policy::Warning& warning : policy.warnings())
        log::warning("PW_POLICY_WARNING", format("{}: {}", warning.where, warning.what));
}

// An index that cannot be opened is said at once, not with the first letter.
void log_registry(registry::Registry& registry) {
    const auto index = registry.current();
    if (!index) {
        log::error("PW_REGISTRY_UNAVAILABLE", index.error());
        return;
    }
    const registry::Stats& stats = (*index)->stats();
    log::info("PW_REGISTRY_OPENED",
              format("subjects={} organisations={} relations={} as_of={}", stats.subjects,
                     stats.organisations, stats.relations, to_iso(stats.source_as_of)));
}

// Before the socket is open no letter is being held, so a sealed file without a row is left over
// from a crash and can be adopted without mistaking one that is just being written.
Result<void> recover_quarantine(quarantine::Store& store) {
    POSTWACHT_TRY(adopted, store.recover());
    if (adopted > 0) log::warning("PW_QUARANTINE_RECOVERED", format("items={}", adopted));
    return {};
}

void notify_reloading() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const auto microseconds = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000U +
                              static_cast<std::uint64_t>(now.tv_nsec) / 1'000U;
    sd_notify(0, format("RELOADING=1\nMONOTONIC_USEC={}", microseconds).c_str());
}

// What session::serve() calls at the start and on SIGUSR1. The first call uses the configuration
// that has been read already; a later one reads it again. [milter] and [log] are those of the
// start.
class GuardLoader {
  public:
    explicit GuardLoader(Config config) : config_(std::move(config)) {}

    Result<session::GuardPtr> load() {
        if (first_) {
            first_ = false;
            return start();
        }
        notify_reloading();
        auto guard = reload();
        ++metrics_.reloads;
        metrics_.last_reload_failed = !guard;
        if (guard)
            in_force(**guard);
        else
            ++metrics_.failed_reloads;
        write_metrics();
        // What `systemctl status` shows: a reload has no exit status of its own.
        const std::string failure =
            guard ? "" : format("reload failed at {}, ", to_iso(system_clock().now()));
        sd_notify(0, format("READY=1\nSTATUS={}{}", failure, status()).c_str());
        return guard;
    }

    // "policy small@0123456789ab in force since 2026-11-30T08:00:00Z, 1 failed reloads".
    [[nodiscard]] std::string status() const {
        return format("policy {} in force since {}, {} failed reloads", metrics_.policy,
                      to_iso(metrics_.since), metrics_.failed_reloads);
    }

    // What is not running has no policy in force.
    void remove_metrics() const {
        if (!config_.metrics_file.empty()) ::unlink(config_.metrics_file.c_str());
    }

  private:
    Result<session::GuardPtr> start() {
        POSTWACHT_TRY(guard, load_guard(config_, GuardUse::serve));
        run_guard_ = guard->run_guard;
        POSTWACHT_CHECK(recover_quarantine(*guard->store));
        log_policy(*guard->policy);
        log_registry(*guard->registry);
        in_force(*guard);
        metrics_.started = metrics_.since;
        write_metrics();
        return guard;
    }

    void in_force(const pipeline::Guard& guard) {
        metrics_.policy = guard.policy->id();
        metrics_.since = system_clock().now();
    }

    // Mail does not wait for a monitoring system: where it cannot be written the log says so.
    void write_metrics() const {
        if (config_.metrics_file.empty()) return;
        const auto written =
            write_file_durably(config_.metrics_file, to_prometheus(metrics_), 0644);
        if (!written) log::warning("PW_METRICS_FAILED", written.error().message());
    }

    Result<session::GuardPtr> reload() {
        POSTWACHT_TRY(config, load_config(config_.file));
        POSTWACHT_TRY(guard, load_guard(config, GuardUse::serve, run_guard_));
        log_policy(*guard->policy);
        log_registry(*guard->registry);
        return guard;
    }

    Config config_;
    std::shared_ptr<pipeline::RunGuard> run_guard_;
    bool first_ = true;
    RolloutMetrics metrics_;
};

Result<int> check(const Config& config) {
    POSTWACHT_TRY(guard, validate(config));
    for (const policy::Warning& warning : guard->policy->warnings())
        print_warning(milter_name, format("{}: {}", warning.where, warning.what));
    POSTWACHT_CHECK(print(format("{}: ok, policy {}\n", config.file, guard->policy->id())));
    return exit_success;
}

Result<int> run(int argc, const char* const* argv) {
    MilterOptions options;
    CLI::App app("Judges outbound mail for an MTA, in the foreground.", milter_name);
    app.allow_extras();
    app.set_version_flag("--version", std::string("postwacht-milter ") + POSTWACHT_VERSION,
                         "Print the version");
    app.add_option("--config", options.config,
                   std::string("The configuration (default ") + default_config_file + ")")
        ->type_name("FILE");
    app.add_flag("--check", options.check, "Check the configuration and all it names, and exit");
    POSTWACHT_TRY(answered, parse_command_line(app, argc, argv));
    if (answered) return *answered;

    POSTWACHT_TRY(config, load_config(options.config));
    if (options.check) return check(config);
    config.log.ident = milter_name;
    log::configure(config.log);
    const bool to_syslog = config.log.target == log::Settings::Target::syslog;
    const session::Settings settings = config.milter;
    GuardLoader loader(std::move(config));
    const auto served = session::serve(
        settings, [&loader] { return loader.load(); },
        [&loader] { sd_notify(0, ("READY=1\nSTATUS=" + loader.status()).c_str()); });
    sd_notify(0, "STOPPING=1");
    loader.remove_metrics();
    if (served) return exit_success;
    if (to_syslog) log::error("PW_START_FAILED", served.error());
    return served.error();
}

}  // namespace
}  // namespace postwacht::programs

int main(int argc, char** argv) {
    using namespace postwacht;
    return programs::run_program(programs::milter_name,
                                 "the letters stay in the MTA's queue; start it again",
                                 [&] { return programs::run(argc, argv); });
}
