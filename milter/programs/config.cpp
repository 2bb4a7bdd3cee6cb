#include "programs/config.hpp"

#include <sys/un.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"
#include "mail/address.hpp"
#include "programs/config_mta.hpp"

namespace postwacht::programs {
namespace {

constexpr std::string_view credential_prefix = "credential:";
constexpr std::size_t longest_local_part = 64;  // RFC 5321 section 4.5.3.1.1
// A day: longer would keep a stopping service, or a dead connection, for no one's good.
constexpr std::chrono::seconds longest_timeout{86'400};

// One table of the file, absent or not. Every key is read before finish() looks for unknown ones,
// and only then are missing keys complained of: a misspelt key is both, and the spelling is the
// better message.
class Table {
  public:
    Table(toml::Reader reader, std::filesystem::path folder)
        : reader_(std::move(reader)), folder_(std::move(folder)) {}

    toml::Reader& reader() { return reader_; }

    Result<std::optional<Place>> place(std::string_view key) {
        POSTWACHT_TRY(text, reader_.string(key));
        if (!text) return std::optional<Place>{};
        POSTWACHT_TRY(made, make_place(key, *text, reader_.value(key)->at));
        return std::optional<Place>(std::move(made));
    }

    Result<std::optional<std::vector<Place>>> places(std::string_view key) {
        POSTWACHT_TRY(texts, reader_.strings(key));
        if (!texts) return std::optional<std::vector<Place>>{};
        const auto& items = std::get<toml::Array>(reader_.value(key)->data);
        std::vector<Place> out;
        for (std::size_t i = 0; i < texts->size(); ++i) {
            POSTWACHT_TRY(made, make_place(key, (*texts)[i], items[i].at));
            out.push_back(std::move(made));
        }
        return std::optional(std::move(out));
    }

    Result<void> duration(std::string_view key, std::chrono::seconds min,
                          std::chrono::milliseconds& out) {
        std::chrono::seconds value = std::chrono::duration_cast<std::chrono::seconds>(out);
        POSTWACHT_TRY(given, duration(key, min, longest_timeout, value));
        if (given) out = value;
        return {};
    }

    // True where it is there.
    Result<bool> duration(std::string_view key, std::chrono::seconds min, std::chrono::seconds max,
                          std::chrono::seconds& out) {
        POSTWACHT_TRY(given, reader_.duration(key));
        if (!given) return false;
        if (*given < min || *given > max) {
            constexpr std::int64_t day = 86'400;
            const bool days = min.count() % day == 0 && min.count() > 0;
            const auto words = [&](std::int64_t seconds) {
                return days ? format("{}d", seconds / day) : format("{}s", seconds);
            };
            return reader_.error(
                ErrorCode::config, reader_.value(key)->at,
                format("'{}' must be from {} to {}", key, words(min.count()), words(max.count())));
        }
        out = *given;
        return true;
    }

    Result<void> duration(std::string_view key, std::chrono::seconds min,
                          std::chrono::seconds& out) {
        std::chrono::milliseconds value(out);
        POSTWACHT_CHECK(duration(key, min, value));
        out = std::chrono::duration_cast<std::chrono::seconds>(value);
        return {};
    }

    template <class Number>
    Result<void> integer(std::string_view key, std::int64_t min, std::int64_t max, Number& out) {
        POSTWACHT_TRY(given, reader_.integer(key, min, max));
        if (given) out = static_cast<Number>(*given);
        return {};
    }

    // One of a few words.
    template <class Choice, std::size_t count>
    Result<void> choice(std::string_view key,
                        const std::array<std::pair<std::string_view, Choice>, count>& choices,
                        Choice& out) {
        POSTWACHT_TRY(given, reader_.string(key));
        if (!given) return {};
        std::string words;
        for (const auto& [word, value] : choices) {
            if (*given == word) {
                out = value;
                return {};
            }
            words += format("{}\"{}\"", words.empty() ? "" : ", ", word);
        }
        return error(key,
                     format("'{}' is not one of the values of '{}'", text::printable(*given), key),
                     "use one of " + words);
    }

    // The value, or the Error that the key is missing.
    template <class T>
    Result<T> required(std::string_view key, std::optional<T> value, std::string_view example) {
        if (value) return *std::move(value);
        return reader_.error(ErrorCode::config, reader_.at(),
                             format("'{}' is missing in [{}]", key, reader_.path()),
                             format("add {} = {} under [{}]", key, example, reader_.path()));
    }

    Error error(std::string_view key, std::string detail, std::string hint) {
        const toml::Value* value = reader_.value(key);
        return reader_.error(ErrorCode::config, value == nullptr ? reader_.at() : value->at,
                             std::move(detail), std::move(hint));
    }

  private:
    Result<Place> make_place(std::string_view key, const std::string& text,
                             toml::Position at) const {
        Place place;
        place.where = format("{}:{}:{}", reader_.file(), at.line, at.column);
        if (text.empty() || text.find('\0') != std::string::npos)
            return reader_.error(ErrorCode::config, at, format("'{}' is not a file name", key));
        if (!text.starts_with(credential_prefix)) {
            place.path = (folder_ / text).lexically_normal();
            return place;
        }
        place.credential = text.substr(credential_prefix.size());
        if (place.credential.empty() || place.credential == "." || place.credential == ".." ||
            place.credential.find('/') != std::string::npos)
            return reader_.error(
                ErrorCode::config, at, format("'{}' does not name a credential", key),
                "write \"credential:NAME\" with the NAME of LoadCredential= in the "
                "unit, which has no slash");
        return place;
    }

    toml::Reader reader_;
    std::filesystem::path folder_;
};

const toml::Entries no_entries;

// The table of that name; an empty one, at the top of the file, where it is absent.
Result<Table> open_table(toml::Reader& root, std::string_view name,
                         const std::filesystem::path& folder) {
    POSTWACHT_TRY(reader, root.table(name));
    if (reader) return Table(*std::move(reader), folder);
    return Table(toml::Reader(no_entries, root.at(), root.file(), std::string(name)), folder);
}

Result<void> read_log(Table table, log::Settings& out) {
    using Target = log::Settings::Target;
    static constexpr std::array<std::pair<std::string_view, Target>, 2> targets{
        {{"stderr", Target::standard_error}, {"syslog", Target::syslog}}};
    static constexpr std::array<std::pair<std::string_view, log::Level>, 4> levels{
        {{"debug", log::Level::debug},
         {"info", log::Level::info},
         {"warning", log::Level::warning},
         {"error", log::Level::error}}};
    POSTWACHT_CHECK(table.choice("target", targets, out.target));
    POSTWACHT_CHECK(table.choice("level", levels, out.level));
    return table.reader().finish();
}

Result<void> read_milter(Table table, const std::filesystem::path& folder, session::Settings& out,
                         std::filesystem::path& metrics_file) {
    POSTWACHT_TRY(socket, table.reader().string("socket"));
    POSTWACHT_TRY(spool, table.place("spool_directory"));
    POSTWACHT_TRY(metrics, table.place("metrics_file"));
    POSTWACHT_CHECK(table.duration("drain_timeout", std::chrono::seconds(0), out.drain_timeout));
    POSTWACHT_CHECK(table.duration("mta_timeout", std::chrono::seconds(1), out.mta_timeout));
    POSTWACHT_CHECK(table.integer("socket_mode_mask", 0, 0777, out.socket_mode_mask));
    POSTWACHT_CHECK(table.integer("backlog", 1, 65'535, out.backlog));
    POSTWACHT_CHECK(table.reader().finish());
    POSTWACHT_TRY(
        given, table.required("socket", std::move(socket), "\"unix:/run/postwacht/milter.sock\""));
    auto resolved = resolve_socket(given, folder);
    if (!resolved) return table.error("socket", resolved.error().detail, resolved.error().hint);
    out.socket = *std::move(resolved);
    out.spool_directory = "/var/tmp";
    if (spool) {
        POSTWACHT_TRY(path, spool->locate());
        out.spool_directory = std::move(path);
    }
    if (metrics) {
        if (!metrics->credential.empty())
            return table.error("metrics_file", "'metrics_file' cannot be a credential",
                               "write \"/run/postwacht-metrics/milter.prom\"");
        metrics_file = std::move(metrics->path);
    }
    return {};
}

Result<void> read_registry(Table table, RegistrySettings& out) {
    POSTWACHT_TRY(index, table.place("index"));
    POSTWACHT_TRY(key, table.place("key"));
    POSTWACHT_CHECK(table.reader().finish());
    POSTWACHT_TRY(found, table.required("index", std::move(index), "\"registry/index.mdb\""));
    out.index = std::move(found);
    POSTWACHT_TRY(found_key, table.required("key", std::move(key), "\"keys/registry.key\""));
    out.key = std::move(found_key);
    return {};
}

Result<void> read_policy(Table table, PolicySettings& out) {
    POSTWACHT_TRY(file, table.place("file"));
    POSTWACHT_TRY(signed_by, table.places("signed_by"));
    POSTWACHT_CHECK(table.reader().finish());
    POSTWACHT_TRY(found, table.required("file", std::move(file), "\"policy.toml\""));
    out.file = std::move(found);
    // Whoever empties the list may think that nobody can sign any more.
    if (signed_by && signed_by->empty())
        return table.error("signed_by", "'signed_by' is empty",
                           "name the public key of each person who may sign the policy, or leave "
                           "the key out: then it need not be signed");
    if (signed_by) out.signed_by = *std::move(signed_by);
    return {};
}

Result<void> read_quarantine(Table table, const std::filesystem::path& folder,
                             QuarantineSettings& out) {
    static constexpr std::array<std::pair<std::string_view, bool>, 2> backends{
        {{"store", false}, {"mta", true}}};
    POSTWACHT_TRY(directory, table.place("directory"));
    POSTWACHT_TRY(certificates, table.places("certificates"));
    POSTWACHT_CHECK(table.choice("backend", backends, out.mta_holds));
    POSTWACHT_TRY(mta, table.reader().table("mta"));
    if (mta) {
        POSTWACHT_TRY(settings, read_mta(*std::move(mta), folder));
        out.mta = std::move(settings);
    }
    POSTWACHT_CHECK(table.reader().finish());
    POSTWACHT_TRY(found, table.required("directory", std::move(directory), "\"quarantine\""));
    out.directory = std::move(found);
    POSTWACHT_TRY(found_certificates,
                  table.required("certificates", std::move(certificates), "[\"keys/review.crt\"]"));
    if (found_certificates.empty())
        return table.error(
            "certificates", "'certificates' is empty",
            "name the certificate of each reviewer, so that held mail can be opened");
    out.certificates = std::move(found_certificates);
    if (out.mta_holds && !out.mta)
        return table.error("backend", "nothing says which MTA holds the messages, and how",
                           "add a table [quarantine.mta] with kind = \"postfix\" or \"sendmail\"");
    return {};
}

Result<void> read_journal(Table table, JournalSettings& out) {
    POSTWACHT_TRY(directory, table.place("directory"));
    POSTWACHT_TRY(key, table.place("key"));
    constexpr std::chrono::hours day(24);
    constexpr std::chrono::hours longest_kept(365 * 100 * day);
    std::chrono::seconds keep(0);
    POSTWACHT_TRY(limited, table.duration("keep", day, longest_kept, keep));
    if (limited) out.kept.keep = keep;
    POSTWACHT_CHECK(
        table.duration("segment_age", std::chrono::hours(1), longest_kept, out.kept.segment_age));
    POSTWACHT_CHECK(
        table.integer("segment_bytes", 1 << 20U, std::int64_t{1} << 40U, out.kept.segment_bytes));
    POSTWACHT_CHECK(table.reader().finish());
    POSTWACHT_TRY(found, table.required("directory", std::move(directory), "\"journal\""));
    out.directory = std::move(found);
    POSTWACHT_TRY(found_key, table.required("key", std::move(key), "\"keys/journal.key\""));
    out.key = std::move(found_key);
    return {};
}

Result<void> read_extract(Table table, ExtractSettings& out) {
    constexpr std::int64_t no_more = std::int64_t{1} << 40U;
    Limits& limits = out.limits;
    POSTWACHT_CHECK(table.duration("wall_time", std::chrono::seconds(1), limits.wall_time));
    POSTWACHT_CHECK(table.duration("cpu_time", std::chrono::seconds(1), limits.cpu_time));
    POSTWACHT_CHECK(table.integer("memory", 128 << 20U, no_more, limits.memory));
    POSTWACHT_CHECK(table.integer("ratio", 1, 1'000'000, limits.ratio));
    POSTWACHT_CHECK(table.integer("text_bytes", 1 << 16U, no_more, limits.text_bytes));
    POSTWACHT_CHECK(table.integer("pages", 1, 10'000'000, limits.pages));
    POSTWACHT_CHECK(table.integer("unpacked_bytes", 1 << 16U, no_more, limits.unpacked_bytes));
    POSTWACHT_CHECK(table.integer("parts", 1, 1'000'000, limits.parts));
    POSTWACHT_CHECK(table.integer("depth", 1, 200, limits.depth));
    POSTWACHT_CHECK(table.integer("fragments", 1, 100'000'000, limits.fragments));
    POSTWACHT_CHECK(table.integer("scan_pages", 0, 100'000, limits.scan_pages));
    POSTWACHT_CHECK(table.duration("scan_time", std::chrono::seconds(0), limits.scan_time));
    POSTWACHT_CHECK(table.integer("workers", 1, 256, out.workers));
    POSTWACHT_CHECK(table.integer("scan_workers", 0, 256, out.scan_workers));
    POSTWACHT_TRY(worker, table.place("worker"));
    out.worker = std::move(worker);
    return table.reader().finish();
}

bool is_address(std::string_view text) {
    const mail::Address address = mail::parse_path(text);
    return !address.invalid && !address.null && !address.domain.empty();
}

Error no_address(const toml::Reader& reader, toml::Position at) {
    return reader.error(ErrorCode::config, at, "this is not an e-mail address",
                        "write it as in user@domain.example");
}

Result<void> read_address(toml::Reader& reader, std::string_view key, std::string& out) {
    POSTWACHT_TRY(given, reader.string(key));
    if (!given) return {};
    if (!is_address(*given)) return no_address(reader, reader.value(key)->at);
    out = *std::move(given);
    return {};
}

Result<void> read_addresses(toml::Reader& reader, std::string_view key,
                            std::vector<std::string>& out) {
    POSTWACHT_TRY(given, reader.strings(key));
    if (!given) return {};
    const auto& items = std::get<toml::Array>(reader.value(key)->data);
    for (std::size_t i = 0; i < given->size(); ++i)
        if (!is_address((*given)[i])) return no_address(reader, items[i].at);
    out = *std::move(given);
    return {};
}

Result<review::Person> read_person(toml::Reader& reader) {
    review::Person person;
    POSTWACHT_TRY(name, reader.string("name"));
    // What is decided without people carries a name of its own.
    if (!name || name->empty() || name->starts_with("automatic") || *name == "sender" ||
        text::printable(*name, 100) != *name)
        return reader.error(ErrorCode::config, reader.position("name"),
                            "a person needs a 'name', that of the user on this system",
                            "[[review.person]] name = \"m.devries\", roles = [\"reviewer\"]");
    person.name = *std::move(name);
    POSTWACHT_TRY(roles, reader.strings("roles"));
    if (!roles || roles->empty())
        return reader.error(ErrorCode::config, reader.position("roles"), "a person needs 'roles'",
                            "roles = [\"reviewer\"]");
    const auto& items = std::get<toml::Array>(reader.value("roles")->data);
    for (std::size_t i = 0; i < roles->size(); ++i) {
        const auto role = policy::role_from((*roles)[i]);
        if (!role)
            return reader.error(ErrorCode::config, items[i].at,
                                format("'{}' is not a role", text::printable((*roles)[i])),
                                "reviewer, privacy_officer or auditor");
        person.roles.add(*role);
    }
    POSTWACHT_CHECK(read_addresses(reader, "addresses", person.addresses));
    for (std::string& address : person.addresses) address = mail::parse_path(address).key();
    POSTWACHT_CHECK(reader.finish());
    return person;
}

Result<void> read_people(toml::Reader& review, std::vector<review::Person>& out) {
    POSTWACHT_TRY(tables, review.tables("person"));
    for (toml::Reader& each : tables) {
        POSTWACHT_TRY(person, read_person(each));
        for (const review::Person& other : out)
            if (other.name == person.name)
                return each.error(ErrorCode::config, each.position("name"),
                                  "there are two people of this name", "give one all the roles");
        out.push_back(std::move(person));
    }
    return {};
}

// Journals know senders by pseudonyms of whole addresses, so that only those can be named.
Result<void> read_departments(toml::Reader& table, ReviewSettings& out) {
    table.all_known();
    for (const toml::Entry& entry : table.entries()) {
        std::vector<std::string> addresses;
        POSTWACHT_CHECK(read_addresses(table, entry.key, addresses));
        out.departments.emplace_back(entry.key, std::move(addresses));
    }
    return {};
}

Result<void> read_notices(Table& table, review::NoticeSettings& out) {
    toml::Reader& reader = table.reader();
    POSTWACHT_TRY(language, reader.string("language"));
    if (language && *language != "nl" && *language != "en")
        return table.error("language", "'language' is neither Dutch nor English",
                           "\"nl\" or \"en\"");
    if (language) out.language = *std::move(language);
    POSTWACHT_TRY(templates, table.place("templates"));
    if (templates) {
        POSTWACHT_TRY(path, templates->locate());
        out.templates = std::move(path);
    }
    POSTWACHT_CHECK(read_address(reader, "notice_from", out.from));
    POSTWACHT_CHECK(read_address(reader, "reply_to", out.reply_to));
    // With '+' and the token behind it, it must still be the local part of an address.
    if (const auto at = out.reply_to.rfind('@');
        at != std::string::npos && at + 1 + review::Tokens::length > longest_local_part)
        return table.error("reply_to", "the part before the '@' is too long for a token behind it",
                           "reply_to = \"postwacht@agency.example\", at most 17 characters");
    POSTWACHT_CHECK(read_addresses(reader, "escalate_to", out.escalate_to));
    POSTWACHT_TRY(notify, reader.boolean("notify_senders"));
    out.notify_senders = notify.value_or(false);
    POSTWACHT_CHECK(table.duration("notice_after", std::chrono::seconds(1), out.notice_after));
    return {};
}

Result<void> read_review(Table table, const std::filesystem::path& folder, ReviewSettings& out) {
    POSTWACHT_TRY(certificate, table.place("certificate"));
    POSTWACHT_TRY(private_key, table.place("private_key"));
    POSTWACHT_TRY(socket, table.reader().string("socket"));
    POSTWACHT_CHECK(table.integer("socket_mode_mask", 0, 0777, out.socket_mode_mask));
    POSTWACHT_CHECK(table.duration("interval", std::chrono::seconds(1), out.interval));
    POSTWACHT_TRY(contact, table.reader().string("contact"));
    POSTWACHT_TRY(departments, table.reader().table("departments"));
    if (contact) out.contact = *std::move(contact);
    if (departments) POSTWACHT_CHECK(read_departments(*departments, out));
    POSTWACHT_CHECK(read_notices(table, out.notices));
    POSTWACHT_CHECK(read_people(table.reader(), out.people));
    POSTWACHT_CHECK(table.reader().finish());
    if (socket) {
        constexpr std::string_view unix_kind = "unix:";
        // Who asks is told by the system, which it can of a local socket alone.
        if (!socket->starts_with(unix_kind) || socket->size() == unix_kind.size())
            return table.error("socket", "the review daemon listens on a unix socket",
                               "socket = \"unix:/run/postwacht-review/review.sock\"");
        out.socket = (folder / socket->substr(unix_kind.size())).lexically_normal();
        if (out.socket.string().size() >= sizeof(sockaddr_un::sun_path))
            return table.error("socket", "the path of this socket is too long",
                               "at most 107 bytes");
    }
    if (certificate.has_value() != private_key.has_value()) {
        POSTWACHT_CHECK(table.required("certificate", certificate, "\"keys/review.crt\""));
        POSTWACHT_CHECK(table.required("private_key", private_key, "\"keys/review.key\""));
    }
    out.certificate = std::move(certificate);
    out.private_key = std::move(private_key);
    return {};
}

Result<void> read_reinject(Table table, review::SmtpSettings& out) {
    static constexpr std::array<std::pair<std::string_view, bool>, 2> tls{
        {{"none", false}, {"required", true}}};
    out.url = "smtp://127.0.0.1:10025";
    out.helo = "localhost";
    POSTWACHT_TRY(url, table.reader().string("url"));
    POSTWACHT_TRY(helo, table.reader().string("helo"));
    POSTWACHT_CHECK(table.duration("timeout", std::chrono::seconds(1), out.timeout));
    POSTWACHT_CHECK(table.choice("tls", tls, out.tls));
    POSTWACHT_TRY(ca_file, table.place("ca_file"));
    POSTWACHT_CHECK(table.reader().finish());
    if (ca_file && !out.tls)
        return table.error("ca_file", "'ca_file' is for a hand-over with TLS",
                           "tls = \"required\"");
    if (ca_file) {
        POSTWACHT_TRY(path, ca_file->locate());
        out.ca_file = std::move(path);
    }
    if (url) {
        constexpr std::string_view scheme = "smtp://";
        if (!url->starts_with(scheme) || url->size() == scheme.size() ||
            url->find_first_of(" \t\r\n@?#") != std::string::npos ||
            url->find('/', scheme.size()) != std::string::npos)
            return table.error(
                "url", "'url' does not name an SMTP listener",
                "write \"smtp://HOST:PORT\", a listener of the MTA without a milter");
        out.url = *std::move(url);
    }
    if (helo) {
        if (helo->empty() || text::printable(*helo, 255) != *helo ||
            helo->find(' ') != std::string::npos)
            return table.error("helo", "'helo' is not a host name", "write the name of this host");
        out.helo = *std::move(helo);
    }
    return {};
}

Error bad_socket(std::string detail) {
    return {ErrorCode::config, "", std::move(detail),
            "write \"unix:/path/to.sock\", \"inet:PORT@HOST\", \"inet6:PORT@HOST\" or \"fd:3\""};
}

bool is_number_up_to(std::string_view text, unsigned max) noexcept {
    unsigned number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failed == std::errc() && end == text.data() + text.size() && number <= max;
}

}  // namespace

Result<std::filesystem::path> Place::locate() const {
    if (credential.empty()) return path;
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr || *folder == '\0')
        return Error{ErrorCode::config, where,
                     format("the credential '{}' is given by systemd only, and "
                            "$CREDENTIALS_DIRECTORY is not set",
                            text::printable(credential)),
                     "start the program from its unit, or set CREDENTIALS_DIRECTORY to the folder "
                     "that holds the file"};
    return std::filesystem::path(folder) / credential;
}

Result<std::string> resolve_socket(std::string_view socket, const std::filesystem::path& folder) {
    const std::size_t colon = socket.find(':');
    if (colon == std::string_view::npos) return bad_socket("the socket has no kind in front");
    const std::string_view kind = socket.substr(0, colon);
    const std::string_view rest = socket.substr(colon + 1);
    if (kind == "unix" || kind == "local") {
        if (rest.empty()) return bad_socket("the socket has no path");
        const std::string path = (folder / rest).lexically_normal().string();
        if (path.size() >= sizeof(sockaddr_un::sun_path) || path.find('\0') != std::string::npos)
            return Error{ErrorCode::config, "",
                         format("the path of the socket is longer than {} bytes",
                                sizeof(sockaddr_un::sun_path) - 1),
                         "choose a shorter path, such as unix:/run/postwacht/milter.sock"};
        return "unix:" + path;
    }
    if (kind == "inet" || kind == "inet6") {
        const std::string_view port = rest.substr(0, rest.find('@'));
        const bool host_empty = rest.size() == port.size() + 1;
        if (!is_number_up_to(port, 65'535) || port == "0" || host_empty)
            return bad_socket("the socket has no port, or no host behind its '@'");
        return std::string(socket);
    }
    if (kind == "fd") {
        if (!is_number_up_to(rest, 1023)) return bad_socket("the socket is no file descriptor");
        return std::string(socket);
    }
    return bad_socket(format("'{}' is not a kind of socket", text::printable(kind)));
}

Result<Config> parse_config(std::string_view toml_text, const std::string& file) {
    POSTWACHT_TRY(document, toml::Document::parse(toml_text, file, ErrorCode::config));
    toml::Reader root = document.root();
    std::error_code ignored;
    // Absolute, since a daemon's working directory is not that of whoever wrote the file.
    const auto absolute = std::filesystem::absolute(file, ignored);
    const std::filesystem::path folder = absolute.parent_path();

    POSTWACHT_TRY(log_table, open_table(root, "log", folder));
    POSTWACHT_TRY(milter_table, open_table(root, "milter", folder));
    POSTWACHT_TRY(registry_table, open_table(root, "registry", folder));
    POSTWACHT_TRY(policy_table, open_table(root, "policy", folder));
    POSTWACHT_TRY(quarantine_table, open_table(root, "quarantine", folder));
    POSTWACHT_TRY(journal_table, open_table(root, "journal", folder));
    POSTWACHT_TRY(extract_table, open_table(root, "extract", folder));
    POSTWACHT_TRY(review_table, open_table(root, "review", folder));
    POSTWACHT_TRY(reinject_table, open_table(root, "reinject", folder));
    POSTWACHT_CHECK(root.finish());

    Config config;
    config.file = file;
    POSTWACHT_CHECK(read_log(std::move(log_table), config.log));
    POSTWACHT_CHECK(
        read_milter(std::move(milter_table), folder, config.milter, config.metrics_file));
    POSTWACHT_CHECK(read_registry(std::move(registry_table), config.registry));
    POSTWACHT_CHECK(read_policy(std::move(policy_table), config.policy));
    POSTWACHT_CHECK(read_quarantine(std::move(quarantine_table), folder, config.quarantine));
    POSTWACHT_CHECK(read_journal(std::move(journal_table), config.journal));
    POSTWACHT_CHECK(read_extract(std::move(extract_table), config.extract));
    POSTWACHT_CHECK(read_review(std::move(review_table), folder, config.review));
    POSTWACHT_CHECK(read_reinject(std::move(reinject_table), config.reinject));
    return config;
}

Result<Config> load_config(const std::string& file) {
    auto text = read_file(file, largest_config);
    if (!text) {
        Error error = std::move(text).error();
        error.code = ErrorCode::config;
        error.hint = "name the configuration with --config FILE; 'postwacht init' makes one";
        return error;
    }
    return parse_config(*text, file);
}

}  // namespace postwacht::programs
