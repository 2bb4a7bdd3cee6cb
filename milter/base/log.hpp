// The log: one line per event, each with an id that the manual explains; never personal data.
//
// A line reads "PW_MESSAGE_JUDGED queue=4fX... verdict=quarantine ...". Ids are listed with what an
// operator should do in postwacht-milter(8). Callers pass subject ids, queue ids, counts and Error
// details, none of which hold personal data; log() strips control characters all the same.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace postwacht::log {

enum class Level { debug, info, warning, error };

struct Settings {
    enum class Target { standard_error, syslog } target = Target::standard_error;
    Level level = Level::info;
    const char* ident = "postwacht";  // must outlive the process (openlog keeps the pointer)
};

// Call once, before any thread. Syslog lines carry the facility `mail`.
void configure(const Settings& settings);

void write(Level level, std::string_view id, std::string_view text);
inline void debug(std::string_view id, std::string_view text) {
    write(Level::debug, id, text);
}
inline void info(std::string_view id, std::string_view text) {
    write(Level::info, id, text);
}
inline void warning(std::string_view id, std::string_view text) {
    write(Level::warning, id, text);
}
inline void error(std::string_view id, std::string_view text) {
    write(Level::error, id, text);
}
void error(std::string_view id, const Error& error);

}  // namespace postwacht::log
