#include "registry/postgresql.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/format.hpp"
#include "base/text.hpp"

namespace postwacht::registry {
namespace {

struct Free {
    void operator()(PGconn* object) const noexcept { PQfinish(object); }
    void operator()(PGresult* object) const noexcept { PQclear(object); }
    void operator()(PQconninfoOption* object) const noexcept { PQconninfoFree(object); }
    void operator()(char* object) const noexcept { PQfreemem(object); }
};
template <class T>
using Handle = std::unique_ptr<T, Free>;

// Columns beside those of a table: when a row changed, and whether it is no more.
constexpr std::string_view change_stamp = "changed_at";
constexpr std::string_view deletion_mark = "deleted";

const char* meaning_of(std::string_view sqlstate) {
    constexpr std::array<std::pair<std::string_view, const char*>, 6> known{{
        {"42P01", "there is no such view"},
        {"42501", "this user may not read it"},
        {"42703", "a column is gone"},
        {"57014", "the query was cancelled"},
        {"57P01", "the server is being shut down"},
        {"22P02", "a value cannot be converted"},
    }};
    const auto* const found = std::find_if(
        known.begin(), known.end(), [sqlstate](const auto& k) { return k.first == sqlstate; });
    return found == known.end() ? "the query failed" : found->second;
}

// What the server says itself may quote a row.
Error query_error(std::string where, const PGresult* result) {
    const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (state == nullptr)
        return {ErrorCode::source, std::move(where), "the connection to the database was lost",
                "the server's log says more"};
    return {ErrorCode::source, std::move(where),
            format("{} (SQLSTATE {})", meaning_of(state), state), "the server's log says more"};
}

// One connection in one transaction. Once something failed nothing is read from it any more.
class Connection {
  public:
    explicit Connection(Handle<PGconn> connection) : connection_(std::move(connection)) {}

    [[nodiscard]] PGconn* get() const { return connection_.get(); }
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
    void fail(Error error) {
        if (!failure_) failure_ = std::move(error);
    }
    // Whether a pass is being read: there can be one at a time.
    bool busy = false;

    Result<Handle<PGresult>> query(const std::string& where, const std::string& sql) {
        Handle<PGresult> result(PQexec(get(), sql.c_str()));
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_COPY_OUT)
            return query_error(where, result.get());
        return result;
    }

  private:
    Handle<PGconn> connection_;
    std::optional<Error> failure_;
};

// Of a stream, in blocks.
class RunningDigest {
  public:
    void add(std::string_view bytes) {
        block_.append(bytes);
        if (block_.size() >= block_size) close_block();
    }
    crypto::Digest finish() {
        close_block();
        return digest_;
    }

  private:
    static constexpr std::size_t block_size = 64U << 10U;

    void close_block() {
        block_.append(digest_.begin(), digest_.end());
        digest_ = crypto::sha256(block_);
        block_.clear();
    }

    std::string block_;
    crypto::Digest digest_{};
};

// What is known of a view, shared by the passes over it.
struct View {
    std::string name;
    std::string copy;            // the statement that streams it
    std::uint64_t estimate = 0;  // bytes
    std::uint64_t read = 0;      // bytes of the longest pass
    std::optional<crypto::Digest> digest;
};

class ViewRecords final : public Records {
  public:
    ViewRecords(std::shared_ptr<Connection> connection, std::shared_ptr<View> view)
        : connection_(std::move(connection)), view_(std::move(view)) {
        if (connection_->failure()) return;
        if (connection_->busy) {
            connection_->fail({ErrorCode::internal, view_->name, "two passes at a time", {}});
            return;
        }
        auto started = connection_->query(view_->name, view_->copy);
        if (!started) {
            connection_->fail(started.error());
            return;
        }
        reading_ = connection_->busy = true;
    }
    ViewRecords(const ViewRecords&) = delete;
    ViewRecords& operator=(const ViewRecords&) = delete;
    ~ViewRecords() override {
        if (!reading_) return;
        connection_->busy = false;
        connection_->fail({ErrorCode::internal, view_->name, "a pass was broken off", {}});
    }

    csv::Reader::Next next(std::vector<csv::Field>& record, csv::Problem& problem) override {
        using Next = csv::Reader::Next;
        if (!reading_) return Next::end;
        char* bytes = nullptr;
        const int length = PQgetCopyData(connection_->get(), &bytes, /*async=*/0);
        const Handle<char> owner(bytes);
        if (length <= 0) {
            finish();
            return Next::end;
        }
        const std::string_view row(bytes, static_cast<std::size_t>(length));
        digest_.add(row);
        offset_ += row.size();
        ++number_;
        csv::Reader reader(row);
        const Next next = reader.next(record, problem);
        if (next != Next::record) {
            problem.line = number_;
            problem.column = 1;
            if (next == Next::end) problem.what = "the row is empty";
            return Next::problem;
        }
        std::uint32_t column = 0;
        for (csv::Field& field : record) {
            field.line = number_;
            field.column = ++column;
        }
        return next;
    }
    [[nodiscard]] std::uint64_t offset() const override { return offset_; }

  private:
    // The stream ended: well, or not.
    void finish() {
        reading_ = connection_->busy = false;
        const std::string place = format("{}:{}", view_->name, number_ + 1);
        bool complete = false;
        while (Handle<PGresult> result{PQgetResult(connection_->get())}) {
            complete = PQresultStatus(result.get()) == PGRES_COMMAND_OK;
            if (!complete) connection_->fail(query_error(place, result.get()));
        }
        if (!complete) {
            connection_->fail(query_error(place, nullptr));
            return;
        }
        view_->read = std::max(view_->read, offset_);
        const crypto::Digest digest = digest_.finish();
        if (view_->digest && *view_->digest != digest)
            connection_->fail({ErrorCode::source, view_->name,
                               "the rows changed while they were read",
                               "a view must give the same rows in the same order when it is read "
                               "twice in one transaction"});
        // Once only: somebody may be reading it in another thread by the second pass.
        if (!view_->digest) view_->digest = digest;
    }

    std::shared_ptr<Connection> connection_;
    std::shared_ptr<View> view_;
    RunningDigest digest_;
    std::uint64_t offset_ = 0;
    std::uint32_t number_ = 0;
    bool reading_ = false;
};

class ViewReader final : public TableReader {
  public:
    ViewReader(std::shared_ptr<Connection> connection, std::shared_ptr<View> view, Instant as_of)
        : connection_(std::move(connection)), view_(std::move(view)), as_of_(as_of) {}

    [[nodiscard]] const std::string& name() const override { return view_->name; }
    [[nodiscard]] std::unique_ptr<Records> records() const override {
        return std::make_unique<ViewRecords>(connection_, view_);
    }
    [[nodiscard]] std::uint64_t bytes() const override {
        return view_->digest ? view_->read : view_->estimate;
    }
    [[nodiscard]] Instant as_of() const override { return as_of_; }
    [[nodiscard]] Result<crypto::Digest> digest() const override {
        return view_->digest.value_or(crypto::Digest{});
    }
    [[nodiscard]] Result<void> intact() const override {
        if (connection_->failure()) return *connection_->failure();
        return {};
    }
    [[nodiscard]] bool has_lines() const override { return false; }

  private:
    std::shared_ptr<Connection> connection_;
    std::shared_ptr<View> view_;
    Instant as_of_;
};

// The first number behind a word in the text of a plan.
std::uint64_t number_behind(std::string_view plan, std::string_view word) {
    const std::size_t at = plan.find(word);
    if (at == std::string_view::npos) return 0;
    const std::string_view rest = plan.substr(at + word.size());
    std::uint64_t number = 0;
    (void)std::from_chars(rest.data(), rest.data() + rest.size(), number);
    return number;
}

// About how many bytes a view has, as the planner guesses; for progress only.
std::uint64_t estimated_bytes(Connection& connection, const std::string& name) {
    const auto plan = connection.query(name, "EXPLAIN SELECT * FROM " + name);
    if (!plan || PQntuples(plan->get()) < 1) return 0;
    const std::string_view line = PQgetvalue(plan->get(), 0, 0);
    return number_behind(line, "rows=") * std::max<std::uint64_t>(number_behind(line, "width="), 1);
}

constexpr const char* columns_hint =
    "postwacht.registry(5) says which views and columns there must be";

// The columns of a view, and which of them are there.
struct ViewColumns {
    std::vector<csv::Field> header;
    std::string selected;  // for a statement, once the header was found to be of known names
    bool stamped = false;
    bool marked = false;
};

Result<ViewColumns> columns_of(Connection& connection, const char* name) {
    auto described = connection.query(name, format("SELECT * FROM {} LIMIT 0", name));
    if (!described) {
        Error error = described.error();
        error.hint = columns_hint;
        return error;
    }
    ViewColumns columns;
    for (int i = 0; i < PQnfields(described->get()); ++i) {
        const std::string_view column = PQfname(described->get(), i);
        if (column == change_stamp || column == deletion_mark) {
            (column == change_stamp ? columns.stamped : columns.marked) = true;
            continue;
        }
        columns.header.push_back({std::string(column), 1, static_cast<std::uint32_t>(i + 1)});
        columns.selected += format("{}{}::text", columns.selected.empty() ? "" : ",", column);
    }
    return columns;
}

// What makes a view one of changes: the condition, as text of SQL. Errors (source): the view has no
// stamps, or `since` is none.
Result<std::string> changed_since(Connection& connection, const char* name, bool stamped,
                                  const std::string& since) {
    if (!stamped)
        return Error{ErrorCode::source, name, "there is no column changed_at to update by",
                     columns_hint};
    const Handle<char> literal(PQescapeLiteral(connection.get(), since.data(), since.size()));
    if (!literal) return Error{ErrorCode::source, "--since", "is not UTF-8", {}};
    std::string condition = format("changed_at >= {}", literal.get());
    // The server finds out whether it is one before it reads any row.
    const Handle<PGresult> tried(PQexec(
        connection.get(), format("SELECT FROM {} WHERE {} LIMIT 0", name, condition).c_str()));
    if (PQresultStatus(tried.get()) != PGRES_TUPLES_OK)
        return Error{
            ErrorCode::source, "--since",
            format("is nothing that the column changed_at of {} can be compared with", name),
            "write it as the column has it: 2026-11-30T02:00:00Z"};
    return condition;
}

// `since`: only what changed, as rows of a delta.
Result<Table> open_view(const std::shared_ptr<Connection>& connection, const char* name,
                        std::span<const Column> wanted, Instant as_of,
                        const std::optional<std::string>& since) {
    auto view = std::make_shared<View>();
    view->name = name;
    POSTWACHT_TRY(columns, columns_of(*connection, name));
    std::string condition = columns.marked ? "deleted IS NOT TRUE" : "TRUE";
    if (since) {
        POSTWACHT_TRY(changed, changed_since(*connection, name, columns.stamped, *since));
        condition = std::move(changed);
        const auto behind = static_cast<std::uint32_t>(columns.header.size() + 1);
        columns.header.push_back({"op", 1, behind});
        columns.selected += columns.marked
                                ? ",CASE WHEN deleted IS TRUE THEN 'delete' ELSE 'upsert' END"
                                : ",'upsert'";
    }
    // Only names that are known are made part of a statement.
    POSTWACHT_TRY(places, find_columns(name, columns.header, wanted));
    view->copy = format("COPY (SELECT {} FROM {} WHERE {}) TO STDOUT (FORMAT csv)",
                        columns.selected, name, condition);
    view->estimate = estimated_bytes(*connection, view->name);
    return Table(std::make_shared<ViewReader>(connection, std::move(view), as_of), wanted,
                 std::move(places));
}

Result<void> check_uri(const std::string& uri) {
    char* complaint = nullptr;
    const Handle<PQconninfoOption> options(PQconninfoParse(uri.c_str(), &complaint));
    const Handle<char> owner(complaint);
    // libpq's complaint quotes the URI, and with it what may be a password.
    if (!options)
        return Error{ErrorCode::source, "postgresql://", "is not a connection URI",
                     "write it as in postgresql://user@host:5432/database"};
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        const std::string_view keyword = option->keyword;
        if ((keyword == "password" || keyword == "sslpassword") && option->val != nullptr)
            return Error{ErrorCode::source, "postgresql://",
                         "holds a password, which every user of this machine could read",
                         "put it into a file that PGPASSFILE names, or a connection service file"};
    }
    return {};
}

Result<std::shared_ptr<Connection>> connect(const std::string& uri) {
    const std::array<const char*, 4> keywords{"fallback_application_name", "dbname",
                                              "client_encoding", nullptr};
    const std::array<const char*, 4> values{"postwacht", uri.c_str(), "UTF8", nullptr};
    Handle<PGconn> connection(PQconnectdbParams(keywords.data(), values.data(), /*expand=*/1));
    if (!connection) throw std::bad_alloc();
    if (PQstatus(connection.get()) != CONNECTION_OK) {
        // About hosts and users; the URI itself has no password.
        const std::string_view said = text::trim(PQerrorMessage(connection.get()));
        return Error{ErrorCode::source, "PostgreSQL",
                     text::printable(said.substr(0, said.find('\n')), 300),
                     "'psql' with the same URI helps to find out"};
    }
    // What a server has to remark about rows is not for our standard error.
    PQsetNoticeProcessor(
        connection.get(), [](void*, const char*) {}, nullptr);
    return std::make_shared<Connection>(std::move(connection));
}

struct Snapshot {
    std::shared_ptr<Connection> connection;
    Instant as_of;
};

// One state of the database for all passes. Between them a build may be busy for long.
Result<Snapshot> open_snapshot(const std::string& uri) {
    POSTWACHT_CHECK(check_uri(uri));
    POSTWACHT_TRY(connection, connect(uri));
    POSTWACHT_CHECK(connection->query("PostgreSQL",
                                      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                                      "SET LOCAL datestyle TO 'ISO, YMD';"
                                      "SET LOCAL idle_in_transaction_session_timeout TO 0;"
                                      // Two passes must see rows in one order.
                                      "SET LOCAL synchronize_seqscans TO off;"
                                      "SET LOCAL max_parallel_workers_per_gather TO 0"));
    POSTWACHT_TRY(clock,
                  connection->query("PostgreSQL", "SELECT extract(epoch FROM now())::bigint"));
    const std::string_view seconds = PQgetvalue(clock.get(), 0, 0);
    std::int64_t since_epoch = 0;
    (void)std::from_chars(seconds.data(), seconds.data() + seconds.size(), since_epoch);
    return Snapshot{std::move(connection), Instant{std::chrono::seconds(since_epoch)}};
}

// Source or Delta, of the three views.
template <class Tables>
Result<Tables> open_views(const std::string& uri, std::span<const Column> subject,
                          std::span<const Column> organisation, std::span<const Column> relation,
                          const std::optional<std::string>& since) {
    POSTWACHT_TRY(snapshot, open_snapshot(uri));
    const auto open = [&](const char* name, std::span<const Column> columns) {
        return open_view(snapshot.connection, name, columns, snapshot.as_of, since);
    };
    POSTWACHT_TRY(subjects, open("postwacht_subjects", subject));
    POSTWACHT_TRY(organisations, open("postwacht_organisations", organisation));
    POSTWACHT_TRY(relations, open("postwacht_relations", relation));
    return Tables{std::move(subjects), std::move(organisations), std::move(relations)};
}

}  // namespace

bool is_postgresql(std::string_view source) noexcept {
    return source.starts_with("postgresql://") || source.starts_with("postgres://");
}

Result<Source> open_postgresql(const std::string& uri) {
    return open_views<Source>(uri, subject_columns(), organisation_columns(), relation_columns(),
                              std::nullopt);
}

Result<Delta> open_postgresql_changes(const std::string& uri, const std::string& since) {
    return open_views<Delta>(uri, delta_columns_of_subjects(), delta_columns_of_organisations(),
                             delta_columns_of_relations(), since);
}

}  // namespace postwacht::registry
