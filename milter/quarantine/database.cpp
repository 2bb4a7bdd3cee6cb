#include "quarantine/database.hpp"

#include <soci.h>

#include "base/format.hpp"
#include "quarantine/sql.hpp"

namespace postwacht::quarantine {
namespace {

constexpr const char* insert_columns =
    "INSERT INTO item (id, state, held_at, queue_id, rules, reason, subject_count, "
    "recipient_count, bytes, verdict_json, mta, mta_copy) VALUES (:id, 'held', :held_at, "
    ":queue_id, :rules, :reason, :subject_count, :recipient_count, :bytes, :verdict_json, :mta, "
    ":mta_copy) ";

Error not_found(std::string_view id) {
    return Error{ErrorCode::not_found, std::string(id), "no such item in the quarantine",
                 "'postwacht quarantine list' shows the items"};
}

bool insert_row(soci::session& session, const Item& item, const char* on_conflict) {
    const long long held_at = sql::to_milliseconds(item.held_at);
    const auto subject_count = static_cast<long long>(item.subject_count);
    const auto recipient_count = static_cast<long long>(item.recipient_count);
    const auto bytes = static_cast<long long>(item.bytes);
    const std::string mta = item.mta ? to_string(*item.mta) : "";
    const std::string mta_copy = to_string(item.mta_copy);
    soci::statement statement =
        (session.prepare << insert_columns << on_conflict, soci::use(item.id), soci::use(held_at),
         soci::use(item.queue_id), soci::use(item.rules), soci::use(item.reason),
         soci::use(subject_count), soci::use(recipient_count), soci::use(bytes),
         soci::use(item.verdict_json), soci::use(mta), soci::use(mta_copy));
    statement.execute(true);
    return statement.get_affected_rows() > 0;
}

std::optional<Item> find_exactly(soci::session& session, const std::string& id) {
    const soci::rowset<soci::row> rows =
        (session.prepare << "SELECT " << sql::item_columns() << " FROM item WHERE id = :id",
         soci::use(id));
    for (const auto& row : rows) return sql::to_item(row);
    return std::nullopt;
}

// One UPDATE that tests and sets. False where the item is in none of the states it may come from.
bool apply(soci::session& session, const std::string& id, const Store::Change& change,
           Instant now) {
    const bool undecided = change.to == State::held || change.to == State::reviewing;
    const std::string decided =
        undecided ? "decided_by = '', decision_reason = '', decided_at = NULL"
                  : "decided_by = CASE WHEN :by = '' THEN decided_by ELSE :by END, "
                    "decided_at = CASE WHEN :by = '' THEN decided_at ELSE :now END, "
                    "decision_reason = CASE WHEN :reason = '' THEN decision_reason "
                    "ELSE :reason END";
    const std::string update = format(
        "UPDATE item SET state = '{}', {}, "
        "outcome = CASE WHEN :outcome = '' THEN outcome ELSE :outcome END, "
        "mta_copy = CASE WHEN :mta_copy = '' THEN mta_copy ELSE :mta_copy END, "
        "attempts = attempts + :begun, "
        "open_attempts = MAX(0, open_attempts + :begun - :ended) "
        "WHERE id = :id AND state IN ({})",
        to_string(change.to), decided, sql::in_list(change.from));
    const long long milliseconds = sql::to_milliseconds(now);
    const int begun = change.begins_attempt ? 1 : 0;
    const int ended = change.ends_attempt ? 1 : 0;
    const std::string mta_copy = change.mta_copy ? to_string(*change.mta_copy) : "";
    soci::statement statement(session);
    if (!undecided) {
        statement.exchange(soci::use(change.by, "by"));
        statement.exchange(soci::use(milliseconds, "now"));
        statement.exchange(soci::use(change.reason, "reason"));
    }
    statement.exchange(soci::use(change.outcome, "outcome"));
    statement.exchange(soci::use(mta_copy, "mta_copy"));
    statement.exchange(soci::use(begun, "begun"));
    statement.exchange(soci::use(ended, "ended"));
    statement.exchange(soci::use(id, "id"));
    statement.alloc();
    statement.prepare(update);
    statement.define_and_bind();
    statement.execute(true);
    return statement.get_affected_rows() > 0;
}

}  // namespace

Database::Database() = default;
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file) {
    POSTWACHT_TRY(connection, sql::connect(file));
    auto database = std::unique_ptr<Database>(new Database);
    database->connection_ = std::move(connection);
    return database;
}

Result<void> Database::insert(const Item& item) {
    return sql::behind_wall(*connection_, [&]() -> Result<void> {
        // Should a reviewer already have decided on the adopted row, it stays as it is: the item is
        // in custody either way.
        insert_row(
            *connection_->session, item,
            "ON CONFLICT (id) DO UPDATE SET held_at = excluded.held_at, "
            "queue_id = excluded.queue_id, rules = excluded.rules, reason = excluded.reason, "
            "subject_count = excluded.subject_count, recipient_count = excluded.recipient_count, "
            "bytes = excluded.bytes, verdict_json = excluded.verdict_json, mta = excluded.mta, "
            "mta_copy = excluded.mta_copy "
            "WHERE item.rules = 'recovered' AND item.state = 'held'");
        return {};
    });
}

Result<bool> Database::adopt(const Item& item) {
    return sql::behind_wall(*connection_, [&]() -> Result<bool> {
        return insert_row(*connection_->session, item, "ON CONFLICT (id) DO NOTHING");
    });
}

Result<std::vector<Item>> Database::list(std::optional<State> state) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::vector<Item>> {
        const std::string where = state ? format(" WHERE state = '{}'", to_string(*state)) : "";
        const soci::rowset<soci::row> rows =
            (connection_->session->prepare << "SELECT " << sql::item_columns() << " FROM item"
                                           << where << " ORDER BY held_at, id");
        std::vector<Item> items;
        for (const auto& row : rows) items.push_back(sql::to_item(row));
        return items;
    });
}

Result<std::vector<Item>> Database::with_mta() {
    return sql::behind_wall(*connection_, [&]() -> Result<std::vector<Item>> {
        // Verdicts are long, and nobody asks for them here.
        std::string columns = sql::item_columns();
        constexpr std::string_view verdict = "verdict_json";
        columns.replace(columns.find(verdict), verdict.size(), "''");
        const soci::rowset<soci::row> rows =
            (connection_->session->prepare
             << "SELECT " << columns
             << " FROM item WHERE mta_copy IN ('pending', 'held', 'removing') AND mta_copy <> '' "
                "ORDER BY held_at, id");
        std::vector<Item> items;
        for (const auto& row : rows) items.push_back(sql::to_item(row));
        return items;
    });
}

Result<Item> Database::find_in_mta(std::string_view queue_id) {
    return sql::behind_wall(*connection_, [&]() -> Result<Item> {
        const std::string wanted(queue_id);
        const soci::rowset<soci::row> rows =
            (connection_->session->prepare << "SELECT " << sql::item_columns()
                                           << " FROM item WHERE queue_id = :wanted AND "
                                              "mta_copy <> '' ORDER BY held_at DESC LIMIT 1",
             soci::use(wanted));
        for (const auto& row : rows) return sql::to_item(row);
        return Error{ErrorCode::not_found, wanted, "no item of this queue id", {}};
    });
}

Result<std::vector<Database::IdAndState>> Database::ids() {
    return sql::behind_wall(*connection_, [&]() -> Result<std::vector<IdAndState>> {
        const soci::rowset<soci::row> rows =
            (connection_->session->prepare << "SELECT id, state FROM item");
        std::vector<IdAndState> found;
        for (const auto& row : rows) {
            const auto state = sql::state_from(row.get<std::string>(1));
            if (state) found.push_back({row.get<std::string>(0), *state});
        }
        return found;
    });
}

Result<Item> Database::find(std::string_view id_or_beginning) {
    if (id_or_beginning.empty()) return not_found(id_or_beginning);
    return sql::behind_wall(*connection_, [&]() -> Result<Item> {
        const std::string first(id_or_beginning);
        const std::string beyond = first + '\x7f';  // ids are ASCII
        const soci::rowset<soci::row> rows =
            (connection_->session->prepare << "SELECT " << sql::item_columns()
                                           << " FROM item WHERE id >= :first AND id < :beyond "
                                              "ORDER BY id LIMIT 2",
             soci::use(first), soci::use(beyond));
        std::vector<Item> found;
        for (const auto& row : rows) found.push_back(sql::to_item(row));
        if (found.empty()) return not_found(id_or_beginning);
        if (found.size() > 1 && found.front().id != first)
            return Error{ErrorCode::not_found, first, "more than one item begins like this",
                         "give more of the id"};
        return std::move(found.front());
    });
}

Result<Item> Database::change(const std::string& id, const Store::Change& change, Instant now) {
    return sql::behind_wall(
        *connection_, [&]() -> Result<Item> {
            soci::transaction transaction(*connection_->session);
            const bool applied = apply(*connection_->session, id, change, now);
            auto item = find_exactly(*connection_->session, id);
            if (!item) return not_found(id);
            if (!applied)
                return Error{
                    ErrorCode::conflict,
                    id,
                    format("the item is {}, which does not allow this", to_string(item->state)),
                    {}};
            // What was undecided and is decided now is one less for its incident to wait for; what
            // is found again, one more.
            const bool waited = !change.from.empty() && is_undecided(change.from.front());
            if (is_undecided(change.to) != waited) {
                const int more = waited ? -1 : 1;
                *connection_->session
                    << "UPDATE incident SET undecided = MAX(0, undecided + :more) "
                       "WHERE id = (SELECT incident FROM assessment WHERE item = :id)",
                    soci::use(more), soci::use(id);
            }
            transaction.commit();
            return std::move(*item);
        });
}

}  // namespace postwacht::quarantine
