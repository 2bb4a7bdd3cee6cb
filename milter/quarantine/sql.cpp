#include "quarantine/sql.hpp"

#include <soci.h>
#include <sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/format.hpp"

namespace postwacht::quarantine::sql {
namespace {

constexpr long long schema_version = 3;

// Of times: milliseconds since 1970, UTC. open_attempts counts the attempts whose end is unknown.
constexpr const char* first_tables[] = {
    "CREATE TABLE schema (version bigint NOT NULL)",
    "INSERT INTO schema (version) VALUES (1)",
    "CREATE TABLE item ("
    "id text NOT NULL PRIMARY KEY, state text NOT NULL, held_at bigint NOT NULL, "
    "queue_id text NOT NULL, rules text NOT NULL, reason text NOT NULL, "
    "subject_count bigint NOT NULL, recipient_count bigint NOT NULL, bytes bigint NOT NULL, "
    "verdict_json text NOT NULL, attempts bigint NOT NULL DEFAULT 0, "
    "open_attempts bigint NOT NULL DEFAULT 0, decided_by text NOT NULL DEFAULT '', "
    "decision_reason text NOT NULL DEFAULT '', decided_at bigint, "
    "outcome text NOT NULL DEFAULT '')",
    "CREATE INDEX item_by_age ON item (held_at, id)",
};

// What schema 2 has more: the casebook.
constexpr const char* casebook_tables[] = {
    "CREATE INDEX item_by_state ON item (state, held_at)",
    "CREATE TABLE assessment ("
    "item text NOT NULL PRIMARY KEY, incident text NOT NULL, sender text NOT NULL, "
    "recipients text NOT NULL, digest text NOT NULL, categories text NOT NULL, "
    "severity bigint NOT NULL, policy text NOT NULL, registry text NOT NULL, "
    "would text NOT NULL, would_reason text NOT NULL, assessed_at bigint NOT NULL)",
    "CREATE INDEX assessment_by_incident ON assessment (incident)",
    "CREATE INDEX assessment_by_digest ON assessment (digest)",
    "CREATE TABLE assessed_subject (subject text NOT NULL, item text NOT NULL, "
    "fingerprint text NOT NULL, PRIMARY KEY (item, subject))",
    "CREATE TABLE incident ("
    "id text NOT NULL PRIMARY KEY, opened_at bigint NOT NULL, last_at bigint NOT NULL, "
    "sender text NOT NULL, rule text NOT NULL, likeness text NOT NULL, run text NOT NULL, "
    "why text NOT NULL, severity bigint NOT NULL, undecided bigint NOT NULL, "
    "escalated_at bigint, notified_at bigint)",
    "CREATE INDEX incident_by_likeness ON incident (sender, rule, likeness, last_at)",
    "CREATE INDEX incident_by_run ON incident (run)",
    "CREATE TABLE approval (item text NOT NULL, who text NOT NULL, action text NOT NULL, "
    "reason text NOT NULL, detail text NOT NULL, at bigint NOT NULL, PRIMARY KEY (item, who))",
    "CREATE TABLE used_token (token text NOT NULL PRIMARY KEY, at bigint NOT NULL)",
    "CREATE TABLE progress (name text NOT NULL PRIMARY KEY, value text NOT NULL)",
    "UPDATE schema SET version = 2",
};

// What schema 3 has more: where the MTA holds the message itself, and the queue in its order.
constexpr const char* mta_columns[] = {
    "ALTER TABLE item ADD COLUMN mta text NOT NULL DEFAULT ''",
    "ALTER TABLE item ADD COLUMN mta_copy text NOT NULL DEFAULT ''",
    // Few rows have any, and those are looked at often.
    "CREATE INDEX item_by_mta ON item (mta_copy, held_at) WHERE mta_copy <> ''",
    "CREATE INDEX item_by_queue_id ON item (queue_id) WHERE mta_copy <> ''",
    // The first page of a long queue is read in the queue's own order, and counting it reads no
    // row.
    "DROP INDEX IF EXISTS incident_by_rank",
    ("CREATE INDEX incident_waiting ON incident (severity DESC, opened_at, id, undecided) "
     "WHERE undecided > 0"),
    "UPDATE schema SET version = 3",
};

constexpr std::array<const char*, 18> item_column_names{
    "id",       "state",         "held_at",         "queue_id",        "rules",
    "reason",   "subject_count", "recipient_count", "bytes",           "verdict_json",
    "attempts", "open_attempts", "decided_by",      "decision_reason", "decided_at",
    "outcome",  "mta",           "mta_copy"};

Result<void> prepare_schema(Connection& connection) {
    soci::session& session = *connection.session;
    int tables = 0;
    session << "SELECT COUNT(*) FROM sqlite_master", soci::into(tables);
    long long version = 0;
    if (tables > 0) session << "SELECT version FROM schema", soci::into(version);
    if (version == schema_version) return {};
    if (version > schema_version)
        return Error{ErrorCode::config, connection.file,
                     format("the quarantine was made by a newer version of Postwacht (its schema "
                            "is {}, this version knows {})",
                            version, schema_version),
                     "upgrade this program, or use the one that made it"};
    soci::transaction transaction(session);
    if (version < 1)
        for (const char* statement : first_tables) session << statement;
    if (version < 2)
        for (const char* statement : casebook_tables) session << statement;
    for (const char* statement : mta_columns) session << statement;
    transaction.commit();
    return {};
}

Error damaged(const std::string& file) {
    return Error{ErrorCode::damaged, file, "the quarantine database is damaged",
                 "restore it, or move quarantine.db* aside: at the next start every sealed item is "
                 "adopted again, as held, unless the journal knows that it was decided"};
}

Error error_for(int sqlite_result, const std::string& file) {
    switch (sqlite_result & 0xff) {
        case SQLITE_FULL:
            return Error{
                ErrorCode::disk_full, file, "no room left for the quarantine database", {}};
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
        case SQLITE_ERROR:  // a table or column that should be there is not
            return damaged(file);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return busy_error(file);
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_CANTOPEN:
            return Error{ErrorCode::io, file, "this user may not write the quarantine database",
                         "the user must be in the group of the quarantine's folder"};
        case SQLITE_IOERR:
            return Error{ErrorCode::io, file, "the disk refused the quarantine database", {}};
        default:
            return Error{ErrorCode::internal,
                         file,
                         format("the quarantine database failed (SQLite result {})", sqlite_result),
                         {}};
    }
}

}  // namespace

Result<std::unique_ptr<Connection>> connect(const std::filesystem::path& file) {
    auto connection = std::make_unique<Connection>(file.string());
    if (connection->file.find('"') != std::string::npos)
        return Error{ErrorCode::config,
                     connection->file,
                     "the quarantine's path may not hold a double quote",
                     {}};
    auto opened = behind_wall(*connection, [&]() -> Result<void> {
        connection->session->open(soci::sqlite3, format("timeout={} db=\"{}\"",
                                                        busy_timeout().count(), connection->file));
        // Not in the connection string: SOCI would set it before the time-out, and fail at once
        // where another process is busy.
        *connection->session << "PRAGMA synchronous = FULL";
        *connection->session << "PRAGMA journal_mode = WAL";
        // KiB. Counting a hundred thousand items reads more than the 2 MiB that are kept otherwise.
        *connection->session << "PRAGMA cache_size = -65536";
        return prepare_schema(*connection);
    });
    if (!opened) return std::move(opened).error();
    return connection;
}

std::chrono::seconds busy_timeout() {
    constexpr std::chrono::seconds usual{30};
    // For tests, which cannot wait that long for what is never given up.
    static const std::chrono::seconds timeout = [usual] {
        const char* text = std::getenv("POSTWACHT_TEST_BUSY_TIMEOUT");
        const int seconds = text == nullptr ? 0 : std::atoi(text);
        return seconds > 0 ? std::chrono::seconds(seconds) : usual;
    }();
    return timeout;
}

Error busy_error(const std::string& file) {
    return Error{ErrorCode::io, file, "another process kept the quarantine database busy", {}};
}

long long to_milliseconds(Instant instant) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(instant.time_since_epoch())
        .count();
}

Instant from_milliseconds(long long count) {
    return Instant(std::chrono::duration_cast<Instant::duration>(std::chrono::milliseconds(count)));
}

std::optional<Instant> time_at(const soci::row& row, std::size_t column) {
    if (row.get_indicator(column) != soci::i_ok) return std::nullopt;
    return from_milliseconds(row.get<long long>(column));
}

std::uint64_t count_at(const soci::row& row, std::size_t column) {
    return static_cast<std::uint64_t>(std::max(0LL, row.get<long long>(column)));
}

std::optional<State> state_from(std::string_view word) {
    for (const State state : all_states)
        if (word == to_string(state)) return state;
    return std::nullopt;
}

std::string in_list(const std::vector<State>& states) {
    std::string list;
    for (const State state : states)
        list += format("{}'{}'", list.empty() ? "" : ", ", to_string(state));
    return list;
}

std::string item_columns(std::string_view prefix) {
    std::string list;
    for (const char* name : item_column_names)
        list += format("{}{}{}", list.empty() ? "" : ", ", prefix, name);
    return list;
}

// In the order of item_column_names.
Item to_item(const soci::row& row) {
    Item item;
    item.id = row.get<std::string>(0);
    const auto state = state_from(row.get<std::string>(1));
    if (!state) throw soci::soci_error("unknown state");
    item.state = *state;
    item.held_at = from_milliseconds(row.get<long long>(2));
    item.queue_id = row.get<std::string>(3);
    item.rules = row.get<std::string>(4);
    item.reason = row.get<std::string>(5);
    item.subject_count = count_at(row, 6);
    item.recipient_count = count_at(row, 7);
    item.bytes = count_at(row, 8);
    item.verdict_json = row.get<std::string>(9);
    item.attempts = count_at(row, 10);
    item.possibly_delivered = count_at(row, 11) > 0;
    item.decided_by = row.get<std::string>(12);
    item.decision_reason = row.get<std::string>(13);
    item.decided_at = time_at(row, 14);
    item.outcome = row.get<std::string>(15);
    const auto mta = row.get<std::string>(16);
    for (const MtaKind kind : {MtaKind::postfix, MtaKind::sendmail})
        if (mta == to_string(kind)) item.mta = kind;
    const auto copy = row.get<std::string>(17);
    for (const MtaCopy known : {MtaCopy::pending, MtaCopy::held, MtaCopy::removing, MtaCopy::gone})
        if (copy == to_string(known)) item.mta_copy = known;
    // A copy at nobody's, or a word that is none.
    if (item.mta.has_value() != (item.mta_copy != MtaCopy::none) ||
        mta.empty() != !item.mta.has_value())
        throw soci::soci_error("unknown MTA");
    return item;
}

Connection::Connection(std::string name)
    : file(std::move(name)), session(std::make_unique<soci::session>()) {}
Connection::~Connection() = default;

Error error_of_exception(const std::string& file) {
    try {
        throw;
    } catch (const soci::sqlite3_soci_error& error) {
        return error_for(error.result(), file);
    } catch (const std::exception&) {
        // A missing table or column, or a value of another type than it should have.
        return damaged(file);
    }
}

}  // namespace postwacht::quarantine::sql
