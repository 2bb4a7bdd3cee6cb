// postwacht init: a complete instance, or nothing.
//
// Everything is made in a folder beside the new one, which then takes its name in one rename(2): a
// failure or a crash leaves no half instance. (After a crash the folder .postwacht-init-XXXXXX may
// be left; nothing uses it.)
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"
#include "crypto/keys.hpp"
#include "crypto/seal.hpp"
#include "journal/journal.hpp"
#include "policy/policy.hpp"
#include "programs/commands.hpp"
#include "programs/config.hpp"
#include "programs/console.hpp"
#include "programs/guard.hpp"
#include "programs/subcommand.hpp"
#include "quarantine/store.hpp"
#include "registry/build.hpp"

namespace postwacht::programs {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view shipped_policy_name = "nl-social-security";

struct InitOptions {
    std::string directory;
    std::vector<std::string> own_domains;
    std::string socket;
};

// A folder that is removed with all that is in it, unless it was kept.
class StagingFolder {
  public:
    static Result<StagingFolder> create_in(const fs::path& parent) {
        std::string name = (parent / ".postwacht-init-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            Error error = system_error(parent.string(), errno);
            error.hint = "choose a --directory in a folder that you may write";
            return error;
        }
        return StagingFolder(name);
    }
    StagingFolder(StagingFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    StagingFolder(const StagingFolder&) = delete;
    StagingFolder& operator=(const StagingFolder&) = delete;
    StagingFolder& operator=(StagingFolder&&) = delete;
    ~StagingFolder() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    explicit StagingFolder(fs::path path) : path_(std::move(path)) {}
    fs::path path_;
};

bool label_valid(std::string_view label) noexcept {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
        return false;
    for (const char c : label) {
        const bool ascii_ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        if (!ascii_ok && static_cast<unsigned char>(c) < 0x80) return false;
    }
    return true;
}

bool domain_valid(std::string_view domain) noexcept {
    if (domain.empty() || domain.size() > 253 || !text::is_valid_utf8(domain)) return false;
    while (true) {
        const std::size_t dot = domain.find('.');
        if (!label_valid(domain.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        domain.remove_prefix(dot + 1);
    }
}

Result<std::vector<std::string>> checked_domains(const std::vector<std::string>& given) {
    std::vector<std::string> domains;
    for (const std::string& domain : given) {
        domains.push_back(text::ascii_lower(domain));
        if (!domain_valid(domains.back()))
            return usage_error(format("--own-domain '{}' is not a domain", text::printable(domain)),
                               "write the part behind the '@' alone, such as agency.example");
    }
    return domains;
}

// The offset of a place in a text; columns count characters, as toml++ does.
std::size_t offset_of(std::string_view text, toml::Position at) {
    std::size_t offset = 0;
    for (std::uint32_t line = 1; line < at.line; ++line) offset = text.find('\n', offset) + 1;
    for (std::uint32_t column = 1; column < at.column; ++column) {
        ++offset;
        while (offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xc0U) == 0x80U)
            ++offset;
    }
    return offset;
}

// The end of the array of strings that begins at `begin`: behind its ']'.
std::size_t end_of_array(std::string_view text, std::size_t begin) {
    char quote = 0;
    for (std::size_t i = begin; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != 0) {
            if (c == '\\' && quote == '"')
                ++i;
            else if (c == quote)
                quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '#') {
            i = std::min(text.find('\n', i), text.size());
        } else if (c == ']') {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

// The built-in policy with own_domains put in its place and every comment kept.
Result<std::string> policy_for(const std::vector<std::string>& domains) {
    const std::string_view shipped = policy::shipped_policy(shipped_policy_name);
    const Error broken{ErrorCode::internal, "", "the built-in policy has no own_domains to set",
                       "report this"};
    if (shipped.empty()) return broken;
    POSTWACHT_TRY(document, toml::Document::parse(shipped, std::string(shipped_policy_name),
                                                  ErrorCode::policy));
    toml::Reader root = document.root();
    POSTWACHT_TRY(scope, root.table("scope"));
    const toml::Value* value = scope ? scope->value("own_domains") : nullptr;
    if (value == nullptr) return broken;
    const std::size_t begin = offset_of(shipped, value->at);
    const std::size_t end = end_of_array(shipped, begin);
    if (begin >= shipped.size() || shipped[begin] != '[' || end == std::string_view::npos)
        return broken;
    std::string list;
    for (const std::string& domain : domains)
        list += format("{}\"{}\"", list.empty() ? "" : ", ", domain);
    std::string text(shipped.substr(0, begin));
    text += '[' + list + ']';
    text += shipped.substr(end);
    POSTWACHT_TRY(parsed, policy::Policy::parse(text, "policy.toml"));
    return text;
}

// A TOML string. Control characters have been refused before.
std::string toml_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string config_text(std::string_view socket) {
    return format(R"(# The configuration of Postwacht, described in postwacht.conf(5).
# Relative paths are taken from the folder of this file.

[log]
target = "stderr"               # or "syslog"
level = "info"                  # debug, info, warning, error

[milter]
socket = {}
spool_directory = "/var/tmp"    # where a letter over 256 KiB is kept while it is judged
drain_timeout = "60s"           # how long a stop waits for letters in flight
mta_timeout = "7210s"
socket_mode_mask = 0o007        # the socket is for this user and its group

[registry]
index = "registry/index.mdb"    # made by 'postwacht registry build'
key = "keys/registry.key"       # or "credential:NAME" under systemd

[policy]
file = "policy.toml"

[quarantine]
directory = "quarantine"
certificates = ["keys/review.crt"]

[journal]
directory = "journal"
key = "keys/journal.key"

[extract]                       # what one letter may cost; beyond it the letter is incomplete
wall_time = "30s"
cpu_time = "20s"
memory = 1073741824
unpacked_bytes = 1073741824
ratio = 250
text_bytes = 268435456
parts = 10000
depth = 50
fragments = 2000000
pages = 10000
scan_pages = 40                 # pictures and pages without text whose words are recognised
scan_time = "30s"               # besides wall_time
workers = 2                     # processes that read attachments
scan_workers = 1                # and those that recognise words

[review]                        # opens held letters: move the key to where the reviewers work
certificate = "keys/review.crt"
private_key = "keys/review.key"

[reinject]                      # a listener of the MTA that runs no milter
url = "smtp://127.0.0.1:10025"
timeout = "60s"
helo = "localhost"
)",
                  toml_quoted(socket));
}

// An index with nobody in it, so that the instance works before the first registry comes.
Result<void> build_empty_registry(const fs::path& instance, const crypto::SecretKey& key) {
    POSTWACHT_TRY(source, StagingFolder::create_in(instance));
    const std::pair<const char*, const char*> files[] = {
        {"subjects.csv",
         "subject_id,bsn,other_ids,initials,given_names,prefix,surname,partner_prefix,"
         "partner_surname,birth_date,postcode,house_number,emails\n"},
        {"organisations.csv", "organisation_id,name,domains,addresses,kvk,payroll_number\n"},
        {"relations.csv", "subject_id,relation,organisation_id,email,valid_from,valid_to\n"}};
    for (const auto& [name, header] : files)
        POSTWACHT_CHECK(write_file_durably(source.path() / name, header, 0600));
    registry::BuildOptions options;
    options.source = source.path();
    options.index = instance / "registry" / "index.mdb";
    POSTWACHT_TRY(report, registry::build(options, key));
    return {};
}

Result<void> make_folder(const fs::path& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) != 0) return system_error(path.string(), errno);
    return {};
}

Result<void> fill(const fs::path& instance, const std::string& config, const std::string& policy) {
    for (const char* name : {"keys", "registry", "quarantine", "journal"})
        POSTWACHT_CHECK(make_folder(instance / name, 0700));
    const fs::path keys = instance / "keys";
    POSTWACHT_TRY(registry_key, crypto::SecretKey::generate());
    POSTWACHT_CHECK(registry_key.save_new(keys / "registry.key"));
    POSTWACHT_TRY(journal_key, crypto::SecretKey::generate());
    POSTWACHT_CHECK(journal_key.save_new(keys / "journal.key"));
    POSTWACHT_CHECK(crypto::make_review_certificate(keys / "review.crt", keys / "review.key",
                                                    "Postwacht review"));
    POSTWACHT_CHECK(write_file_durably(instance / "policy.toml", policy, 0640));
    POSTWACHT_CHECK(build_empty_registry(instance, registry_key));
    // Opening makes the empty stores. They are closed again before the folder gets its name.
    {
        POSTWACHT_TRY(store,
                      quarantine::open_store(instance / "quarantine", {keys / "review.crt"}));
        POSTWACHT_TRY(journal, journal::Journal::open(instance / "journal", journal_key));
    }
    const fs::path config_file = instance / "postwacht.toml";
    POSTWACHT_CHECK(write_file_durably(config_file, config, 0640));
    POSTWACHT_TRY(written, load_config(config_file.string()));
    POSTWACHT_TRY(guard, validate(written));
    return sync_directory(instance);
}

// The first folder on the way to `path` that is not there yet; `path` itself where all are.
fs::path first_missing(const fs::path& path) {
    fs::path missing = path;
    std::error_code ignored;
    while (missing.has_parent_path() && missing.parent_path() != missing &&
           !fs::exists(missing.parent_path(), ignored))
        missing = missing.parent_path();
    return missing;
}

Result<void> refuse_existing(const fs::path& directory) {
    std::error_code failed;
    const fs::file_status status = fs::symlink_status(directory, failed);
    if (!fs::exists(status)) return {};
    if (!fs::is_directory(status))
        return usage_error(format("{} exists and is no folder", directory.string()),
                           "choose another --directory");
    const bool empty = fs::is_empty(directory, failed);
    if (failed) return system_error(directory.string(), failed.value());
    if (!empty)
        return usage_error(format("{} is not empty", directory.string()),
                           "choose a new or an empty folder; nothing was changed");
    return {};
}

// An empty folder that was there keeps its owner and mode.
Result<void> take_over(const fs::path& existing, const fs::path& replacement) {
    struct stat status {};
    if (::stat(existing.c_str(), &status) != 0) return {};  // it is new
    if (::chmod(replacement.c_str(), status.st_mode & 07777U) != 0 ||
        ::chown(replacement.c_str(), status.st_uid, status.st_gid) != 0)
        return system_error(existing.string(), errno);
    return {};
}

Result<void> put_in_place(const fs::path& made, const fs::path& wanted) {
    if (::rename(made.c_str(), wanted.c_str()) == 0) return sync_directory(wanted.parent_path());
    if (errno == ENOTEMPTY || errno == EEXIST)
        return usage_error(format("{} is not empty", wanted.string()),
                           "choose a new or an empty folder; nothing was changed");
    Error error = system_error(wanted.string(), errno);
    if (errno == EBUSY || errno == EXDEV)
        error.hint = "it is a mount point: choose a folder inside it";
    return error;
}

Result<int> run_init(const InitOptions& options) {
    if (options.directory.empty())
        return missing_option("--directory", "name the folder to make: --directory /etc/postwacht");
    if (options.own_domains.empty())
        return missing_option("--own-domain",
                              "name the domain whose mail is judged: --own-domain agency.example");
    POSTWACHT_TRY(domains, checked_domains(options.own_domains));
    std::error_code failed;
    fs::path directory = fs::absolute(options.directory, failed).lexically_normal();
    if (!directory.has_filename()) directory = directory.parent_path();
    POSTWACHT_CHECK(refuse_existing(directory));
    const std::string wanted_socket =
        options.socket.empty() ? "unix:" + (directory / "milter.sock").string() : options.socket;
    auto socket = resolve_socket(wanted_socket, directory);
    if (!socket || text::printable(*socket, socket->size()) != *socket)
        return usage_error(socket ? "the socket has control characters" : socket.error().detail,
                           socket ? "choose another --socket" : "--socket: " + socket.error().hint);
    POSTWACHT_TRY(policy, policy_for(domains));

    const fs::path top = first_missing(directory);
    POSTWACHT_TRY(staging, StagingFolder::create_in(top.parent_path()));
    // Where folders above `directory` are missing too, the topmost of them is put in place at once.
    const fs::path below = directory.lexically_relative(top.parent_path());
    const fs::path instance = staging.path() / below;
    fs::create_directories(instance.parent_path(), failed);
    if (failed) return system_error(instance.parent_path().string(), failed.value());
    POSTWACHT_CHECK(make_folder(instance, 0750));
    POSTWACHT_CHECK(fill(instance, config_text(*socket), policy));
    POSTWACHT_CHECK(take_over(top, staging.path() / *below.begin()));
    POSTWACHT_CHECK(put_in_place(staging.path() / *below.begin(), top));

    const std::string config = (directory / "postwacht.toml").string();
    POSTWACHT_CHECK(
        print(format("made {0}\n"
                     "next:  postwacht registry build --config {1} --from DIR\n"
                     "       postwacht-milter --config {1}\n",
                     directory.string(), config)));
    return exit_success;
}

}  // namespace

void add_init(Subcommand program, Run& chosen) {
    auto options = std::make_shared<InitOptions>();
    const auto command = program.command(
        "init", "Make a complete instance: configuration, keys, certificate, empty stores", options,
        &run_init, chosen);
    command.option("--directory", options->directory, "The folder to make", "DIR");
    command.option("--own-domain", options->own_domains,
                   "A domain whose mail is judged; may be repeated", "DOMAIN");
    command.option("--socket", options->socket,
                   "Where the MTA reaches the milter (default unix:DIR/milter.sock)", "SOCKET");
}

}  // namespace postwacht::programs
