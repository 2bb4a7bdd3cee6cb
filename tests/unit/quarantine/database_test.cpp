// The meeting of hold() and recover() at one row, which two processes seldom time so well.
#include "quarantine/database.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

namespace {

using postwacht::quarantine::Database;
using postwacht::quarantine::Item;
using postwacht::quarantine::State;
using postwacht::quarantine::Store;

Item row(const char* rules, std::uint64_t bytes) {
    Item item;
    item.id = "Q-20261123-7f3a9c12e5b0d846";
    item.rules = rules;
    item.bytes = bytes;
    item.verdict_json = "{}";
    return item;
}

struct FreshDatabase {
    FreshDatabase() {
        std::ofstream(folder / "quarantine.db").flush();
        auto opened = Database::open(folder / "quarantine.db");
        REQUIRE(opened);
        database = std::move(*opened);
    }
    postwacht::TemporaryDirectory folder;
    std::unique_ptr<Database> database;
};

TEST_CASE("an adopted row is completed by the one that holds the item") {
    const FreshDatabase fresh;
    CHECK(*fresh.database->adopt(row("recovered", 0)));
    CHECK_FALSE(*fresh.database->adopt(row("recovered", 0)));
    REQUIRE(fresh.database->insert(row("disclosure", 9000)));
    const auto items = fresh.database->list({});
    REQUIRE(items);
    REQUIRE(items->size() == 1);
    CHECK(items->front().rules == "disclosure");
    CHECK(items->front().bytes == 9000);
    CHECK(items->front().state == State::held);
}

TEST_CASE("a row that is there is not adopted, and a decided one is not overwritten") {
    const FreshDatabase fresh;
    REQUIRE(fresh.database->adopt(row("recovered", 0)));
    Store::Change release;
    release.from = {State::held};
    release.to = State::released;
    REQUIRE(fresh.database->change(row("", 0).id, release, {}));
    CHECK(fresh.database->insert(row("disclosure", 9000)));
    CHECK_FALSE(*fresh.database->adopt(row("recovered", 0)));
    const auto item = fresh.database->find("Q-");
    REQUIRE(item);
    CHECK(item->state == State::released);
    CHECK(item->rules == "recovered");
}

}  // namespace
