#include "base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "base/format.hpp"
#include "base/text.hpp"

namespace postwacht::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

std::shared_ptr<spdlog::logger> make_logger(const Settings& settings) {
    std::shared_ptr<spdlog::logger> logger;
    if (settings.target == Settings::Target::syslog) {
        logger = std::make_shared<spdlog::logger>(
            settings.ident, std::make_shared<spdlog::sinks::syslog_sink_mt>(
                                settings.ident, LOG_PID, LOG_MAIL, /*enable_formatting=*/false));
    } else {
        logger = std::make_shared<spdlog::logger>(
            settings.ident, std::make_shared<spdlog::sinks::stderr_sink_mt>());
        // Under systemd the journal adds the time itself.
        logger->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr
                                ? "%n: %l: %v"
                                : format("%Y-%m-%dT%H:%M:%S.%eZ %n[{}]: %l: %v", ::getpid()),
                            spdlog::pattern_time_type::utc);
    }
    logger->set_level(to_spdlog(settings.level));
    logger->flush_on(spdlog::level::debug);
    // A log that cannot be written must not take the mail with it.
    logger->set_error_handler([](const std::string&) {});
    return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
    static std::shared_ptr<spdlog::logger> instance = make_logger(Settings{});
    return instance;
}

}  // namespace

void configure(const Settings& settings) {
    logger() = make_logger(settings);
}

void write(Level level, std::string_view id, std::string_view text) {
    auto& target = *logger();
    const auto severity = to_spdlog(level);
    if (!target.should_log(severity)) return;
    std::string line(id);
    line += ' ';
    line += text::printable(text, 2000);
    target.log(severity, spdlog::string_view_t(line));
}

void error(std::string_view id, const Error& error) {
    write(Level::error, id,
          error.hint.empty() ? error.message() : error.message() + " (" + error.hint + ")");
}

}  // namespace postwacht::log
