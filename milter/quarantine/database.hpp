// Database: the rows of the quarantine, in SQLite through SOCI, which stays behind this wall.
//
// Every change is one transaction, on disk when the call returns (quarantine/sql.hpp).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"
#include "quarantine/store.hpp"

namespace postwacht::quarantine {

namespace sql {
struct Connection;
}

class Database {
  public:
    // The file must exist; an empty one gets the tables. Two processes must not do this at the same
    // time. Errors: damaged, io; config where a newer version made it.
    static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file);
    ~Database();

    // A row for a new item. Where recover() of another process was faster, its row is completed.
    Result<void> insert(const Item& item);
    // A row for a file that has none. False where it has one after all.
    Result<bool> adopt(const Item& item);

    Result<std::vector<Item>> list(std::optional<State> state);
    Result<Item> find(std::string_view id_or_beginning);
    Result<Item> change(const std::string& id, const Store::Change& change, Instant now);

    Result<std::vector<Item>> with_mta();
    Result<Item> find_in_mta(std::string_view queue_id);

    struct IdAndState {
        std::string id;
        State state = State::held;
    };
    Result<std::vector<IdAndState>> ids();

  private:
    Database();
    std::unique_ptr<sql::Connection> connection_;
};

}  // namespace postwacht::quarantine
