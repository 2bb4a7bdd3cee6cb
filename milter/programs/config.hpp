// config: postwacht.toml made into the settings of the rooms.
//
// The file has one table per room; postwacht.conf(5) describes every key. Relative paths are taken
// from the folder of the file. An unknown key, a wrong type and a missing key are errors that name
// file, line and column. Reading the configuration opens no other file: a program opens what it
// needs, so that an admin without the journal's key can still run `postwacht check`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/budget.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "journal/journal.hpp"
#include "quarantine/mta_queue.hpp"
#include "review/notifier.hpp"
#include "review/people.hpp"
#include "review/review.hpp"
#include "session/session.hpp"

namespace postwacht::programs {

// A file or folder that the configuration names. "credential:NAME" is a file of that name in the
// folder that systemd gives to the service; outside of it there is none.
struct Place {
    std::filesystem::path path;  // empty for a credential
    std::string credential;
    std::string where;  // "postwacht.toml:8:9"

    // Error (config): a credential, and $CREDENTIALS_DIRECTORY is not set.
    [[nodiscard]] Result<std::filesystem::path> locate() const;
};

struct RegistrySettings {
    Place index;
    Place key;
};

struct PolicySettings {
    Place file;
    std::vector<Place> signed_by;  // public keys; empty: no signature is asked for
};

struct QuarantineSettings {
    Place directory;
    std::vector<Place> certificates;
    // Messages that nobody may have stay with the MTA, in its own hold.
    bool mta_holds = false;
    // Also needed for what is still held there after that was switched off.
    std::optional<postwacht::quarantine::MtaSettings> mta;
};

struct JournalSettings {
    Place directory;
    Place key;
    postwacht::journal::Settings kept;
};

// What opens held messages: absent on a machine that only holds them.
struct ReviewSettings {
    std::optional<Place> certificate;
    std::optional<Place> private_key;
    std::filesystem::path socket;      // of the daemon; empty: there is none to ask
    unsigned socket_mode_mask = 0;     // who is named decides, not who can connect
    std::chrono::seconds interval{5};  // from one pass to the next
    std::vector<postwacht::review::Person> people;
    postwacht::review::NoticeSettings notices;
    std::string contact;  // who answers for breaches, on reports and in the register
    // Departments by the addresses that they send from; for the same.
    std::vector<std::pair<std::string, std::vector<std::string>>> departments;
};

// What a letter may cost, and who reads its attachments.
struct ExtractSettings {
    Limits limits;
    std::size_t workers = 2;
    std::size_t scan_workers = 1;
    std::optional<Place> worker;  // the program; absent: the one installed with this program
};

struct Config {
    std::string file;  // as it was given
    postwacht::log::Settings log;
    postwacht::session::Settings milter;
    std::filesystem::path
        metrics_file;  // what the milter tells a monitoring system; empty: nothing
    RegistrySettings registry;
    PolicySettings policy;
    QuarantineSettings quarantine;
    JournalSettings journal;
    ExtractSettings extract;
    ReviewSettings review;
    postwacht::review::SmtpSettings reinject;
};

inline constexpr std::size_t largest_config = 1U << 20U;
inline constexpr const char* default_config_file = "/etc/postwacht/postwacht.toml";

// Errors: config.
Result<Config> load_config(const std::string& file);
// The same from text; relative paths are taken from the folder of `file`.
Result<Config> parse_config(std::string_view toml_text, const std::string& file);

// A socket in libmilter's form ("unix:/path", "inet:8895@127.0.0.1", "inet6:8895@::1", "fd:3"), a
// relative path taken from `folder`. The Error (config) says what is wrong, without a place.
Result<std::string> resolve_socket(std::string_view socket, const std::filesystem::path& folder);

}  // namespace postwacht::programs
