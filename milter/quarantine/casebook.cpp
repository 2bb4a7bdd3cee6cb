#include "quarantine/casebook.hpp"

#include <soci.h>

#include <utility>

#include "base/format.hpp"
#include "quarantine/sql.hpp"

namespace postwacht::quarantine {
namespace {

using sql::to_milliseconds;

const std::vector<State> undecided_states{State::held, State::reviewing, State::releasing,
                                          State::returning};

constexpr const char* incident_columns =
    "id, opened_at, last_at, sender, rule, likeness, run, why, severity, undecided, escalated_at, "
    "notified_at";

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
    return text;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        words.emplace_back(text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return words;
}

// In the order of `incident_columns`.
Incident to_incident(const soci::row& row) {
    Incident incident;
    incident.id = row.get<std::string>(0);
    incident.opened_at = sql::from_milliseconds(row.get<long long>(1));
    incident.last_at = sql::from_milliseconds(row.get<long long>(2));
    incident.sender = row.get<std::string>(3);
    incident.rule = row.get<std::string>(4);
    incident.likeness = row.get<std::string>(5);
    incident.run = row.get<std::string>(6);
    incident.why = row.get<std::string>(7);
    incident.severity = static_cast<std::uint8_t>(sql::count_at(row, 8));
    incident.undecided = sql::count_at(row, 9);
    incident.escalated_at = sql::time_at(row, 10);
    incident.notified_at = sql::time_at(row, 11);
    return incident;
}

std::vector<Incident> to_incidents(const soci::rowset<soci::row>& rows) {
    std::vector<Incident> incidents;
    for (const auto& row : rows) incidents.push_back(to_incident(row));
    return incidents;
}

// Behind the fingerprint of a person who counted.
constexpr char counted_mark = '+';

std::string written(const SubjectMark& mark) {
    return mark.counted ? mark.fingerprint + counted_mark : mark.fingerprint;
}

// Out of the mark what is written in the place of its fingerprint.
void read_written(SubjectMark& mark) {
    mark.counted = mark.fingerprint.ends_with(counted_mark);
    if (mark.counted) mark.fingerprint.pop_back();
}

std::vector<Item> to_items(const soci::rowset<soci::row>& rows) {
    std::vector<Item> items;
    for (const auto& row : rows) items.push_back(sql::to_item(row));
    return items;
}

}  // namespace

Casebook::Casebook() = default;
Casebook::~Casebook() = default;

Result<std::unique_ptr<Casebook>> Casebook::open(const std::filesystem::path& directory) {
    POSTWACHT_TRY(connection, sql::connect(directory / "quarantine.db"));
    auto casebook = std::unique_ptr<Casebook>(new Casebook);
    casebook->connection_ = std::move(connection);
    return casebook;
}

Result<std::vector<Item>> Casebook::unassessed(std::uint64_t limit) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::vector<Item>> {
        return to_items((connection_->session->prepare
                         << "SELECT " << sql::item_columns("i.") << " FROM item i "
                         << "LEFT JOIN assessment a ON a.item = i.id WHERE i.state IN ("
                         << sql::in_list(undecided_states)
                         << ") AND a.item IS NULL ORDER BY i.held_at, i.id LIMIT " << limit));
    });
}

Result<void> Casebook::assess(std::span<const Assessment> assessments) {
    return sql::behind_wall(*connection_, [&]() -> Result<void> {
        soci::transaction transaction(*connection_->session);
        for (const Assessment& assessment : assessments) write(assessment);
        transaction.commit();
        return {};
    });
}

void Casebook::write(const Assessment& assessment) {
    soci::session& session = *connection_->session;
    // First a write, so that nobody else can write between what is read and what follows.
    session << "DELETE FROM assessed_subject WHERE item = :item", soci::use(assessment.item);
    std::string incident = assessment.incident;
    const soci::rowset<std::string> known =
        (session.prepare << "SELECT incident FROM assessment WHERE item = :item",
         soci::use(assessment.item));
    int added = 1;
    for (const auto& older : known) {
        incident = older;
        added = 0;
    }
    const std::string categories = joined(assessment.categories);
    const int severity = assessment.severity;
    const long long at = to_milliseconds(assessment.assessed_at);
    session << "INSERT OR REPLACE INTO assessment (item, incident, sender, recipients, digest, "
               "categories, severity, policy, registry, would, would_reason, assessed_at) "
               "VALUES (:item, :incident, :sender, :recipients, :digest, :categories, "
               ":severity, :policy, :registry, :would, :would_reason, :at)",
        soci::use(assessment.item), soci::use(incident), soci::use(assessment.sender),
        soci::use(assessment.recipients), soci::use(assessment.digest), soci::use(categories),
        soci::use(severity), soci::use(assessment.policy), soci::use(assessment.registry),
        soci::use(assessment.would), soci::use(assessment.would_reason), soci::use(at);
    std::string subject;
    std::string fingerprint;
    soci::statement insert =
        (session.prepare << "INSERT OR IGNORE INTO assessed_subject (subject, item, "
                            "fingerprint) VALUES (:subject, :item, :fingerprint)",
         soci::use(subject), soci::use(assessment.item), soci::use(fingerprint));
    for (const SubjectMark& mark : assessment.subjects) {
        subject = mark.subject;
        fingerprint = written(mark);
        insert.execute(true);
    }
    count(incident, assessment.item, severity, added);
}

// What an assessment changes about its incident. What was decided as a whole and grows again waits
// anew; so does what becomes more severe than when it was escalated. What was held before its
// sender was told and is counted after it is new all the same, so that last_at is later than
// notified_at wherever there is something to tell.
void Casebook::count(const std::string& incident, const std::string& item, int severity,
                     int added) {
    *connection_->session
        << "UPDATE incident SET "
           "opened_at = CASE WHEN :added = 1 AND undecided = 0 AND opened_at < i.held_at "
           "THEN i.held_at ELSE opened_at END, "
           "escalated_at = CASE WHEN (:added = 1 AND undecided = 0) OR :severity > severity "
           "THEN NULL ELSE escalated_at END, "
           "severity = MAX(severity, :severity), last_at = MAX(last_at, i.held_at, "
           "CASE WHEN :added = 1 THEN COALESCE(notified_at, 0) + 1 ELSE 0 END), "
           "undecided = undecided + CASE WHEN i.state IN ("
        << sql::in_list(undecided_states)
        << ") THEN :added ELSE 0 END "
           "FROM (SELECT held_at, state FROM item WHERE id = :item) AS i WHERE incident.id = :id",
        soci::use(added, "added"), soci::use(severity, "severity"), soci::use(item, "item"),
        soci::use(incident, "id");
}

Result<std::vector<SubjectMark>> Casebook::marks_of(std::string_view item) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::vector<SubjectMark>> {
        const std::string id(item);
        const soci::rowset<soci::row> rows =
            (connection_->session->prepare << "SELECT subject, fingerprint FROM assessed_subject "
                                              "WHERE item = :item ORDER BY subject",
             soci::use(id));
        std::vector<SubjectMark> found;
        for (const auto& row : rows) {
            found.push_back({row.get<std::string>(0), row.get<std::string>(1)});
            read_written(found.back());
        }
        return found;
    });
}

Result<std::optional<Assessment>> Casebook::assessment(std::string_view item) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::optional<Assessment>> {
        const std::string id(item);
        const soci::rowset<soci::row> rows =
            (connection_->session->prepare
                 << "SELECT item, incident, sender, recipients, digest, categories, severity, "
                    "policy, registry, would, would_reason, assessed_at FROM assessment "
                    "WHERE item = :item",
             soci::use(id));
        for (const auto& row : rows) {
            Assessment found;
            found.item = row.get<std::string>(0);
            found.incident = row.get<std::string>(1);
            found.sender = row.get<std::string>(2);
            found.recipients = row.get<std::string>(3);
            found.digest = row.get<std::string>(4);
            found.categories = split(row.get<std::string>(5));
            found.severity = static_cast<std::uint8_t>(sql::count_at(row, 6));
            found.policy = row.get<std::string>(7);
            found.registry = row.get<std::string>(8);
            found.would = row.get<std::string>(9);
            found.would_reason = row.get<std::string>(10);
            found.assessed_at = sql::from_milliseconds(row.get<long long>(11));
            return std::optional(std::move(found));
        }
        return std::optional<Assessment>();
    });
}

Result<void> Casebook::marks(
    const std::function<void(const std::string& item, const SubjectMark& mark)>& mark) {
    return sql::behind_wall(*connection_, [&]() -> Result<void> {
        std::string item;
        SubjectMark found;
        // Bound once: a row at a time through soci::row would cost as much again.
        soci::statement statement =
            (connection_->session->prepare
                 << "SELECT s.item, s.subject, s.fingerprint FROM assessed_subject s JOIN item i "
                    "ON i.id = s.item WHERE i.state IN ("
                 << sql::in_list(undecided_states) << ")",
             soci::into(item), soci::into(found.subject), soci::into(found.fingerprint));
        statement.execute();
        while (statement.fetch()) {
            read_written(found);
            mark(item, found);
        }
        return {};
    });
}

Result<std::vector<std::string>> Casebook::judged_otherwise(std::string_view policy,
                                                            std::uint64_t limit) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::vector<std::string>> {
        const std::string name(policy);
        const soci::rowset<std::string> rows =
            (connection_->session->prepare
                 << "SELECT a.item FROM assessment a JOIN item i ON i.id = a.item WHERE a.policy "
                    "<> :policy AND i.state IN ("
                 << sql::in_list(undecided_states) << ") LIMIT " << limit,
             soci::use(name));
        return std::vector<std::string>(rows.begin(), rows.end());
    });
}

Result<std::optional<Item>> Casebook::decided_twin(const Assessment& assessment) {
    if (assessment.digest.empty()) return std::optional<Item>();
    return sql::behind_wall(*connection_, [&]() -> Result<std::optional<Item>> {
        // Deleted ones count, whose content nobody needs. Those that were decided by this program
        // itself do not: one mistake would carry itself on.
        const soci::rowset<soci::row> rows =
            (connection_->session->prepare
                 << "SELECT " << sql::item_columns("i.")
                 << " FROM assessment a JOIN item i ON i.id = a.item WHERE a.digest = :digest AND "
                    "a.sender = :sender AND a.recipients = :recipients AND a.item <> :item AND "
                    "i.state IN ("
                 << sql::in_list({State::released, State::returned, State::deleted})
                 << ") AND i.decided_by NOT LIKE 'automatic%' ORDER BY i.decided_at DESC LIMIT 1",
             soci::use(assessment.digest), soci::use(assessment.sender),
             soci::use(assessment.recipients), soci::use(assessment.item));
        for (const auto& row : rows) return std::optional(sql::to_item(row));
        return std::optional<Item>();
    });
}

Result<std::vector<Item>> Casebook::overdue(std::uint8_t severity, Instant held_before,
                                            std::string_view except_sender, std::uint64_t limit,
                                            std::uint64_t offset) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::vector<Item>> {
        const int wanted = severity;
        const std::string except(except_sender);
        const long long before = to_milliseconds(held_before);
        return to_items((connection_->session->prepare
                             << "SELECT " << sql::item_columns("i.")
                             << " FROM item i JOIN assessment a ON a.item = i.id WHERE i.state IN ("
                             << sql::in_list({State::held, State::reviewing})
                             << ") AND a.severity = :severity AND i.held_at < :before "
                                "AND a.sender <> :except ORDER BY i.held_at LIMIT "
                             << limit << " OFFSET " << offset,
                         soci::use(wanted), soci::use(before), soci::use(except)));
    });
}

Result<std::optional<Incident>> Casebook::find_alike(std::string_view sender, std::string_view rule,
                                                     std::string_view likeness,
                                                     std::string_view run, Instant not_before) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::optional<Incident>> {
        const std::string run_id(run);
        const std::string from(sender);
        const std::string by(rule);
        const std::string like(likeness);
        const long long since = to_milliseconds(not_before);
        soci::session& session = *connection_->session;
        if (run.empty() && likeness.empty()) return std::optional<Incident>();
        const soci::rowset<soci::row> rows =
            run.empty()
                ? (session.prepare << "SELECT " << incident_columns
                                   << " FROM incident WHERE sender = :sender AND rule = :rule AND "
                                      "likeness = :likeness AND run = '' AND last_at >= :since "
                                      "ORDER BY last_at DESC LIMIT 1",
                   soci::use(from), soci::use(by), soci::use(like), soci::use(since))
                : (session.prepare << "SELECT " << incident_columns
                                   << " FROM incident WHERE run = :run LIMIT 1",
                   soci::use(run_id));
        for (const auto& row : rows) return std::optional(to_incident(row));
        return std::optional<Incident>();
    });
}

Result<void> Casebook::add_incident(const Incident& incident) {
    return sql::behind_wall(*connection_, [&]() -> Result<void> {
        const long long opened = to_milliseconds(incident.opened_at);
        const long long last = to_milliseconds(incident.last_at);
        const int severity = incident.severity;
        *connection_->session
            << "INSERT INTO incident (id, opened_at, last_at, sender, rule, likeness, run, why, "
               "severity, undecided) VALUES (:id, :opened, :last, :sender, :rule, :likeness, :run, "
               ":why, :severity, 0)",
            soci::use(incident.id), soci::use(opened), soci::use(last), soci::use(incident.sender),
            soci::use(incident.rule), soci::use(incident.likeness), soci::use(incident.run),
            soci::use(incident.why), soci::use(severity);
        return {};
    });
}

Result<Incident> Casebook::incident(std::string_view id) {
    return sql::behind_wall(*connection_, [&]() -> Result<Incident> {
        const std::string first(id);
        const std::string beyond = first + '\x7f';  // ids are ASCII
        const auto found = to_incidents((connection_->session->prepare
                                             << "SELECT " << incident_columns
                                             << " FROM incident WHERE id >= :first AND id < "
                                                ":beyond ORDER BY id LIMIT 2",
                                         soci::use(first), soci::use(beyond)));
        if (id.empty() || found.empty())
            return Error{ErrorCode::not_found, first, "no such incident",
                         "'postwacht review queue' shows the incidents"};
        if (found.size() > 1 && found.front().id != first)
            return Error{ErrorCode::not_found, first, "more than one incident begins like this",
                         "give more of the id"};
        return found.front();
    });
}

Result<std::string> Casebook::named(std::string_view digits) {
    constexpr std::size_t fewest = 4;
    const bool possible = digits.size() >= fewest &&
                          digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    const Error unknown{ErrorCode::not_found, std::string(digits), "no such incident or item",
                        "'postwacht review queue' shows the incidents"};
    if (!possible) return unknown;
    return sql::behind_wall(*connection_, [&]() -> Result<std::string> {
        const std::string first(digits);
        const std::string beyond = first + '\x7f';
        // Behind "I-20261130-".
        const soci::rowset<std::string> rows =
            (connection_->session->prepare
                 << "SELECT id FROM incident WHERE substr(id, 12) >= :first AND substr(id, 12) < "
                    ":beyond UNION ALL SELECT id FROM item WHERE substr(id, 12) >= :first AND "
                    "substr(id, 12) < :beyond LIMIT 2",
             soci::use(first, "first"), soci::use(beyond, "beyond"));
        const std::vector<std::string> found(rows.begin(), rows.end());
        if (found.empty()) return unknown;
        if (found.size() > 1)
            return Error{ErrorCode::not_found, first, "more than one id has these digits",
                         "give more of it"};
        return found.front();
    });
}

Result<std::vector<Item>> Casebook::items_of(std::string_view incident) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::vector<Item>> {
        const std::string id(incident);
        return to_items((connection_->session->prepare
                             << "SELECT " << sql::item_columns("i.")
                             << " FROM assessment a JOIN item i ON i.id = a.item WHERE a.incident "
                                "= :id ORDER BY i.held_at, i.id",
                         soci::use(id)));
    });
}

Result<std::vector<Incident>> Casebook::queue(const QueueFilter& filter) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::vector<Incident>> {
        const int least = filter.least_severity.value_or(0);
        return to_incidents(
            (connection_->session->prepare
                 << "SELECT " << incident_columns
                 << " FROM incident WHERE undecided > 0 AND severity >= :least AND (:rule = '' OR "
                    "rule = :rule) ORDER BY severity DESC, opened_at, id LIMIT "
                 << filter.limit << " OFFSET " << filter.offset,
             soci::use(least, "least"), soci::use(filter.rule, "rule")));
    });
}

Result<QueueCounts> Casebook::counts() {
    return sql::behind_wall(*connection_, [&]() -> Result<QueueCounts> {
        soci::session& session = *connection_->session;
        long long incidents = 0;
        long long assessed = 0;
        long long items = 0;
        session << "SELECT COUNT(*), COALESCE(SUM(undecided), 0) FROM incident WHERE undecided > 0",
            soci::into(incidents), soci::into(assessed);
        session << "SELECT COUNT(*) FROM item WHERE state IN (" << sql::in_list(undecided_states)
                << ")",
            soci::into(items);
        const auto whole = [](long long number) {
            return static_cast<std::uint64_t>(std::max(0LL, number));
        };
        return QueueCounts{whole(incidents), whole(items), whole(items - assessed)};
    });
}

Result<std::vector<Incident>> Casebook::to_escalate(std::uint8_t severity, Instant opened_before) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::vector<Incident>> {
        const int wanted = severity;
        const long long before = to_milliseconds(opened_before);
        return to_incidents((connection_->session->prepare
                                 << "SELECT " << incident_columns
                                 << " FROM incident WHERE undecided > 0 AND severity = :severity "
                                    "AND opened_at < :before AND escalated_at IS NULL "
                                    "ORDER BY opened_at LIMIT 1000",
                             soci::use(wanted), soci::use(before)));
    });
}

Result<std::vector<Incident>> Casebook::to_notify(Instant quiet_since, Instant opened_before,
                                                  Instant told_before, std::uint64_t limit,
                                                  std::uint64_t offset) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::vector<Incident>> {
        const long long since = to_milliseconds(quiet_since);
        const long long told = to_milliseconds(told_before);
        // One that goes on and on is not waited for.
        const long long long_ago = 2 * told - since;
        const long long opened = to_milliseconds(opened_before);
        return to_incidents((connection_->session->prepare
                                 << "SELECT " << incident_columns
                                 << " FROM incident WHERE undecided > 0 AND (notified_at IS NULL "
                                    "OR (notified_at < :told AND last_at > notified_at)) "
                                    "AND (last_at < :since OR notified_at < :long_ago "
                                    "OR (notified_at IS NULL AND opened_at < :opened)) "
                                    "ORDER BY opened_at LIMIT "
                                 << limit << " OFFSET " << offset,
                             soci::use(told), soci::use(since), soci::use(long_ago),
                             soci::use(opened)));
    });
}

Result<void> Casebook::set_escalated(std::string_view incident, Instant at) {
    return sql::behind_wall(*connection_, [&]() -> Result<void> {
        const std::string id(incident);
        const long long when = to_milliseconds(at);
        *connection_->session << "UPDATE incident SET escalated_at = :at WHERE id = :id",
            soci::use(when), soci::use(id);
        return {};
    });
}

Result<void> Casebook::set_notified(std::string_view incident, Instant at) {
    return sql::behind_wall(*connection_, [&]() -> Result<void> {
        const std::string id(incident);
        const long long when = to_milliseconds(at);
        *connection_->session << "UPDATE incident SET notified_at = :at WHERE id = :id",
            soci::use(when), soci::use(id);
        return {};
    });
}

Result<void> Casebook::approve(std::string_view item, const Approval& approval) {
    return sql::behind_wall(*connection_, [&]() -> Result<void> {
        const std::string id(item);
        const long long at = to_milliseconds(approval.at);
        *connection_->session << "INSERT OR REPLACE INTO approval (item, who, action, reason, "
                                 "detail, at) VALUES (:item, :who, :action, :reason, :detail, :at)",
            soci::use(id), soci::use(approval.who), soci::use(approval.action),
            soci::use(approval.reason), soci::use(approval.detail), soci::use(at);
        return {};
    });
}

Result<std::vector<Approval>> Casebook::approvals(std::string_view item) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::vector<Approval>> {
        const std::string id(item);
        const soci::rowset<soci::row> rows =
            (connection_->session->prepare
                 << "SELECT who, action, reason, detail, at FROM approval "
                    "WHERE item = :item ORDER BY at, who",
             soci::use(id));
        std::vector<Approval> found;
        for (const auto& row : rows)
            found.push_back({row.get<std::string>(0), row.get<std::string>(1),
                             row.get<std::string>(2), row.get<std::string>(3),
                             sql::from_milliseconds(row.get<long long>(4))});
        return found;
    });
}

Result<void> Casebook::clear_approvals(std::string_view item) {
    return sql::behind_wall(*connection_, [&]() -> Result<void> {
        const std::string id(item);
        *connection_->session << "DELETE FROM approval WHERE item = :item", soci::use(id);
        return {};
    });
}

Result<bool> Casebook::was_used(std::string_view token) {
    return sql::behind_wall(*connection_, [&]() -> Result<bool> {
        const std::string text(token);
        int found = 0;
        *connection_->session << "SELECT COUNT(*) FROM used_token WHERE token = :token",
            soci::into(found), soci::use(text);
        return found > 0;
    });
}

Result<bool> Casebook::use_token(std::string_view token, Instant now) {
    return sql::behind_wall(*connection_, [&]() -> Result<bool> {
        const std::string text(token);
        const long long at = to_milliseconds(now);
        soci::statement statement =
            (connection_->session->prepare
                 << "INSERT OR IGNORE INTO used_token (token, at) VALUES (:token, :at)",
             soci::use(text), soci::use(at));
        statement.execute(true);
        return statement.get_affected_rows() > 0;
    });
}

Result<std::string> Casebook::progress(std::string_view name) {
    return sql::behind_wall(*connection_, [&]() -> Result<std::string> {
        const std::string key(name);
        const soci::rowset<std::string> rows =
            (connection_->session->prepare << "SELECT value FROM progress WHERE name = :name",
             soci::use(key));
        for (const auto& value : rows) return value;
        return std::string();
    });
}

Result<void> Casebook::set_progress(std::string_view name, std::string_view value) {
    return sql::behind_wall(*connection_, [&]() -> Result<void> {
        const std::string key(name);
        const std::string text(value);
        *connection_->session
            << "INSERT OR REPLACE INTO progress (name, value) VALUES (:name, :value)",
            soci::use(key), soci::use(text);
        return {};
    });
}

}  // namespace postwacht::quarantine
