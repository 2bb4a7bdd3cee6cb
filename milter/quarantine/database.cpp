#include "quarantine/database.hpp"

#include <soci.h>
#include <sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <mutex>

#include "base/format.hpp"

namespace postwacht::quarantine {
namespace {

constexpr long long schema_version = 1;
constexpr int busy_timeout_seconds = 30;

// held_at and decided_at are milliseconds since 1970, UTC. open_attempts counts the attempts whose
// end is unknown.
constexpr const char* create_items =
    "CREATE TABLE item ("
    "id text NOT NULL PRIMARY KEY, state text NOT NULL, held_at bigint NOT NULL, "
    "queue_id text NOT NULL, rules text NOT NULL, reason text NOT NULL, "
    "subject_count bigint NOT NULL, recipient_count bigint NOT NULL, bytes bigint NOT NULL, "
    "verdict_json text NOT NULL, attempts bigint NOT NULL DEFAULT 0, "
    "open_attempts bigint NOT NULL DEFAULT 0, decided_by text NOT NULL DEFAULT '', "
    "decision_reason text NOT NULL DEFAULT '', decided_at bigint, "
    "outcome text NOT NULL DEFAULT '')";

constexpr const char* columns =
    "id, state, held_at, queue_id, rules, reason, subject_count, recipient_count, bytes, "
    "verdict_json, attempts, open_attempts, decided_by, decision_reason, decided_at, outcome";

constexpr const char* insert_columns =
    "INSERT INTO item (id, state, held_at, queue_id, rules, reason, subject_count, "
    "recipient_count, bytes, verdict_json) VALUES (:id, 'held', :held_at, :queue_id, :rules, "
    ":reason, :subject_count, :recipient_count, :bytes, :verdict_json) ";

constexpr State all_states[] = {State::held,      State::releasing, State::released,
                                State::returning, State::returned,  State::deleted};

std::optional<State> state_from(std::string_view word) {
    for (const State state : all_states)
        if (word == to_string(state)) return state;
    return std::nullopt;
}

long long to_milliseconds(Instant instant) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(instant.time_since_epoch())
        .count();
}

Instant from_milliseconds(long long count) {
    return Instant(std::chrono::duration_cast<Instant::duration>(std::chrono::milliseconds(count)));
}

std::uint64_t count_at(const soci::row& row, std::size_t column) {
    return static_cast<std::uint64_t>(std::max(0LL, row.get<long long>(column)));
}

// In the order of `columns`.
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
    if (row.get_indicator(14) == soci::i_ok)
        item.decided_at = from_milliseconds(row.get<long long>(14));
    item.outcome = row.get<std::string>(15);
    return item;
}

Error error_for(int sqlite_result, const std::string& file) {
    switch (sqlite_result & 0xff) {
        case SQLITE_FULL:
            return Error{
                ErrorCode::disk_full, file, "no room left for the quarantine database", {}};
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
        case SQLITE_ERROR:  // a table or column that should be there is not
            return Error{ErrorCode::damaged, file, "the quarantine database is damaged",
                         "restore it, or move quarantine.db* aside: at the next start every sealed "
                         "item is adopted again, as held"};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Error{
                ErrorCode::io, file, "another process kept the quarantine database busy", {}};
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

// Calls `work` and turns what SOCI throws into an Error.
template <class Work>
auto behind_wall(const std::string& file, const Work& work) -> decltype(work()) {
    try {
        return work();
    } catch (const soci::sqlite3_soci_error& error) {
        return error_for(error.result(), file);
    } catch (const std::exception&) {
        // A missing table or column, or a value of another type than it should have.
        return error_for(SQLITE_CORRUPT, file);
    }
}

std::string in_list(const std::vector<State>& states) {
    std::string list;
    for (const State state : states)
        list += format("{}'{}'", list.empty() ? "" : ", ", to_string(state));
    return list;
}

Error not_found(std::string_view id) {
    return Error{ErrorCode::not_found, std::string(id), "no such item in the quarantine",
                 "'postwacht quarantine list' shows the items"};
}

}  // namespace

struct Database::Connection {
    std::mutex mutex;
    std::string file;
    soci::session session;

    Result<void> prepare_schema();
    std::optional<Item> find_exactly(const std::string& id);
    bool insert(const Item& item, const char* on_conflict);
    bool apply(const std::string& id, const Store::Change& change, Instant now);
};

Database::Database() = default;
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file) {
    const std::string name = file.string();
    if (name.find('"') != std::string::npos)
        return Error{
            ErrorCode::config, name, "the quarantine's path may not hold a double quote", {}};
    return behind_wall(name, [&]() -> Result<std::unique_ptr<Database>> {
        auto database = std::unique_ptr<Database>(new Database);
        database->connection_ = std::make_unique<Connection>();
        Connection& connection = *database->connection_;
        connection.file = name;
        connection.session.open(soci::sqlite3,
                                format("timeout={} db=\"{}\"", busy_timeout_seconds, name));
        // Not in the connection string: SOCI would set it before the time-out, and fail at once
        // where another process is busy.
        connection.session << "PRAGMA synchronous = FULL";
        connection.session << "PRAGMA journal_mode = WAL";
        POSTWACHT_CHECK(connection.prepare_schema());
        return database;
    });
}

Result<void> Database::Connection::prepare_schema() {
    int tables = 0;
    session << "SELECT COUNT(*) FROM sqlite_master", soci::into(tables);
    if (tables == 0) {
        soci::transaction transaction(session);
        session << "CREATE TABLE schema (version bigint NOT NULL)";
        session << "INSERT INTO schema (version) VALUES (:version)", soci::use(schema_version);
        session << create_items;
        session << "CREATE INDEX item_by_age ON item (held_at, id)";
        transaction.commit();
        return {};
    }
    long long version = 0;
    session << "SELECT version FROM schema", soci::into(version);
    if (version == schema_version) return {};
    return Error{ErrorCode::config, file,
                 format("the quarantine was made by a newer version of Postwacht (its schema is "
                        "{}, this version knows {})",
                        version, schema_version),
                 "upgrade this program, or use the one that made it"};
}

bool Database::Connection::insert(const Item& item, const char* on_conflict) {
    const long long held_at = to_milliseconds(item.held_at);
    const auto subject_count = static_cast<long long>(item.subject_count);
    const auto recipient_count = static_cast<long long>(item.recipient_count);
    const auto bytes = static_cast<long long>(item.bytes);
    soci::statement statement =
        (session.prepare << insert_columns << on_conflict, soci::use(item.id), soci::use(held_at),
         soci::use(item.queue_id), soci::use(item.rules), soci::use(item.reason),
         soci::use(subject_count), soci::use(recipient_count), soci::use(bytes),
         soci::use(item.verdict_json));
    statement.execute(true);
    return statement.get_affected_rows() > 0;
}

Result<void> Database::insert(const Item& item) {
    const std::lock_guard guard(connection_->mutex);
    return behind_wall(connection_->file, [&]() -> Result<void> {
        // Should a reviewer already have decided on the adopted row, it stays as it is: the item is
        // in custody either way.
        connection_->insert(
            item,
            "ON CONFLICT (id) DO UPDATE SET held_at = excluded.held_at, "
            "queue_id = excluded.queue_id, rules = excluded.rules, reason = excluded.reason, "
            "subject_count = excluded.subject_count, recipient_count = excluded.recipient_count, "
            "bytes = excluded.bytes, verdict_json = excluded.verdict_json "
            "WHERE item.rules = 'recovered' AND item.state = 'held'");
        return {};
    });
}

Result<bool> Database::adopt(const Item& item) {
    const std::lock_guard guard(connection_->mutex);
    return behind_wall(connection_->file, [&]() -> Result<bool> {
        return connection_->insert(item, "ON CONFLICT (id) DO NOTHING");
    });
}

Result<std::vector<Item>> Database::list(std::optional<State> state) {
    const std::lock_guard guard(connection_->mutex);
    return behind_wall(connection_->file, [&]() -> Result<std::vector<Item>> {
        const std::string where = state ? format(" WHERE state = '{}'", to_string(*state)) : "";
        const soci::rowset<soci::row> rows =
            (connection_->session.prepare << "SELECT " << columns << " FROM item" << where
                                          << " ORDER BY held_at, id");
        std::vector<Item> items;
        for (const auto& row : rows) items.push_back(to_item(row));
        return items;
    });
}

Result<std::vector<Database::IdAndState>> Database::ids() {
    const std::lock_guard guard(connection_->mutex);
    return behind_wall(connection_->file, [&]() -> Result<std::vector<IdAndState>> {
        const soci::rowset<soci::row> rows =
            (connection_->session.prepare << "SELECT id, state FROM item");
        std::vector<IdAndState> found;
        for (const auto& row : rows) {
            const auto state = state_from(row.get<std::string>(1));
            if (state) found.push_back({row.get<std::string>(0), *state});
        }
        return found;
    });
}

std::optional<Item> Database::Connection::find_exactly(const std::string& id) {
    const soci::rowset<soci::row> rows =
        (session.prepare << "SELECT " << columns << " FROM item WHERE id = :id", soci::use(id));
    for (const auto& row : rows) return to_item(row);
    return std::nullopt;
}

Result<Item> Database::find(std::string_view id_or_beginning) {
    if (id_or_beginning.empty()) return not_found(id_or_beginning);
    const std::lock_guard guard(connection_->mutex);
    return behind_wall(connection_->file, [&]() -> Result<Item> {
        const std::string first(id_or_beginning);
        const std::string beyond = first + '\x7f';  // ids are ASCII
        const soci::rowset<soci::row> rows =
            (connection_->session.prepare << "SELECT " << columns
                                          << " FROM item WHERE id >= :first AND id < :beyond "
                                             "ORDER BY id LIMIT 2",
             soci::use(first), soci::use(beyond));
        std::vector<Item> found;
        for (const auto& row : rows) found.push_back(to_item(row));
        if (found.empty()) return not_found(id_or_beginning);
        if (found.size() > 1 && found.front().id != first)
            return Error{ErrorCode::not_found, first, "more than one item begins like this",
                         "give more of the id"};
        return std::move(found.front());
    });
}

// One UPDATE that tests and sets. False where the item is in none of the states it may come from.
bool Database::Connection::apply(const std::string& id, const Store::Change& change, Instant now) {
    const bool undecided = change.to == State::held;
    const std::string decided =
        undecided ? "decided_by = '', decision_reason = '', decided_at = NULL"
                  : "decided_by = CASE WHEN :by = '' THEN decided_by ELSE :by END, "
                    "decided_at = CASE WHEN :by = '' THEN decided_at ELSE :now END, "
                    "decision_reason = CASE WHEN :reason = '' THEN decision_reason "
                    "ELSE :reason END";
    const std::string update = format(
        "UPDATE item SET state = '{}', {}, "
        "outcome = CASE WHEN :outcome = '' THEN outcome ELSE :outcome END, "
        "attempts = attempts + :begun, "
        "open_attempts = MAX(0, open_attempts + :begun - :ended) "
        "WHERE id = :id AND state IN ({})",
        to_string(change.to), decided, in_list(change.from));
    const long long milliseconds = to_milliseconds(now);
    const int begun = change.begins_attempt ? 1 : 0;
    const int ended = change.ends_attempt ? 1 : 0;
    soci::statement statement(session);
    if (!undecided) {
        statement.exchange(soci::use(change.by, "by"));
        statement.exchange(soci::use(milliseconds, "now"));
        statement.exchange(soci::use(change.reason, "reason"));
    }
    statement.exchange(soci::use(change.outcome, "outcome"));
    statement.exchange(soci::use(begun, "begun"));
    statement.exchange(soci::use(ended, "ended"));
    statement.exchange(soci::use(id, "id"));
    statement.alloc();
    statement.prepare(update);
    statement.define_and_bind();
    statement.execute(true);
    return statement.get_affected_rows() > 0;
}

Result<Item> Database::change(const std::string& id, const Store::Change& change, Instant now) {
    const std::lock_guard guard(connection_->mutex);
    return behind_wall(connection_->file, [&]() -> Result<Item> {
        soci::transaction transaction(connection_->session);
        const bool applied = connection_->apply(id, change, now);
        auto item = connection_->find_exactly(id);
        if (!item) return not_found(id);
        if (!applied)
            return Error{
                ErrorCode::conflict,
                id,
                format("the item is {}, which does not allow this", to_string(item->state)),
                {}};
        transaction.commit();
        return std::move(*item);
    });
}

}  // namespace postwacht::quarantine
