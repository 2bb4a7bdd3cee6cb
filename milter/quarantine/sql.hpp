// sql: a connection to quarantine.db, and what is done alike over each. Internal to this room.
//
// Used under its mutex: the threads of one process then queue fairly, where SQLite's own waiting
// would make them poll. Other processes are waited for, half a minute at most, and so is the mutex:
// behind a thread that waits for a process the others must not wait one after the other, while mail
// servers wait for them. Every transaction is
// on disk when it has been committed (write-ahead log, synchronous FULL). No error text of SOCI
// leaves this room: it quotes the values of a statement. SOCI's types are declared here and
// completed in the bodies that include its header.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"
#include "quarantine/store.hpp"

namespace soci {
class session;
class row;
}  // namespace soci

namespace postwacht::quarantine::sql {

struct Connection {
    explicit Connection(std::string name);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // What a mutex with a time-out would be: ThreadSanitizer of GCC 12 does not know that one.
    std::mutex mutex;
    std::condition_variable freed;
    bool taken = false;
    std::string file;
    std::unique_ptr<soci::session> session;
};

// The file must exist; an empty one gets the tables, an older one those that it lacks. Two
// processes must not do this at the same time: a store's folder is locked meanwhile. Errors:
// damaged, io; config where a newer version made it.
Result<std::unique_ptr<Connection>> connect(const std::filesystem::path& file);

// What a column of times holds: milliseconds since 1970, UTC.
[[nodiscard]] long long to_milliseconds(Instant instant);
[[nodiscard]] Instant from_milliseconds(long long count);
[[nodiscard]] std::optional<Instant> time_at(const soci::row& row, std::size_t column);
[[nodiscard]] std::uint64_t count_at(const soci::row& row, std::size_t column);

[[nodiscard]] std::optional<State> state_from(std::string_view word);
// "'held', 'reviewing'", for IN (...).
[[nodiscard]] std::string in_list(const std::vector<State>& states);

// The columns of an item, with `prefix` ("i.") before each, and the Item of a row that begins with
// them. Throws where the row is none.
[[nodiscard]] std::string item_columns(std::string_view prefix = {});
[[nodiscard]] Item to_item(const soci::row& row);

// The Error for the exception that is being handled.
[[nodiscard]] Error error_of_exception(const std::string& file);

// How long a call waits for other threads, and how long for other processes.
[[nodiscard]] std::chrono::seconds busy_timeout();
[[nodiscard]] Error busy_error(const std::string& file);

// The connection for one call at a time, if it became free in time.
class Turn {
  public:
    explicit Turn(Connection& connection) : connection_(&connection) {
        std::unique_lock lock(connection.mutex);
        mine_ = connection.freed.wait_for(lock, busy_timeout(),
                                          [&connection] { return !connection.taken; });
        if (mine_) connection.taken = true;
    }
    ~Turn() {
        if (!mine_) return;
        {
            const std::lock_guard lock(connection_->mutex);
            connection_->taken = false;
        }
        connection_->freed.notify_one();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    explicit operator bool() const noexcept { return mine_; }

  private:
    Connection* connection_;
    bool mine_ = false;
};

// Calls `work` with the connection locked, and turns what SOCI throws into an Error.
template <class Work>
auto behind_wall(Connection& connection, const Work& work) -> decltype(work()) {
    const Turn turn(connection);
    if (!turn) return busy_error(connection.file);
    try {
        return work();
    } catch (const std::exception&) {
        return error_of_exception(connection.file);
    }
}

}  // namespace postwacht::quarantine::sql
