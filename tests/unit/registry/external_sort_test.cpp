#include "registry/external_sort.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

namespace postwacht::registry {
namespace {

// As large as the entries that builds sort.
struct Item {
    std::uint64_t value = 0;
    std::uint64_t other[2] = {};

    bool operator<(const Item& b) const { return value < b.value; }
};

}  // namespace

TEST_CASE("more than fits into memory comes back sorted and whole") {
    const TemporaryDirectory folder;
    for (const std::size_t count : {0U, 1U, 99U, 100U, 101U, 1000U, 25'001U}) {
        INFO(count << " items");
        ExternalSort<Item> sorter(folder.path(), 200 * sizeof(Item));  // runs of a hundred
        std::mt19937_64 random(count);
        std::vector<std::uint64_t> expected;
        for (std::size_t i = 0; i < count; ++i) {
            expected.push_back(random() % (count + 1));
            REQUIRE(sorter.add({expected.back(), {}}));
        }
        std::sort(expected.begin(), expected.end());
        CHECK(sorter.count() == count);
        REQUIRE(sorter.sort());
        std::vector<std::uint64_t> sorted;
        while (const Item* item = sorter.next().value()) sorted.push_back(item->value);
        CHECK(sorted == expected);
        CHECK(sorter.next().value() == nullptr);
        // What it wrote has no name.
        CHECK(std::filesystem::is_empty(folder.path()));
    }
}

TEST_CASE("a sort that has nowhere to write says so") {
    ExternalSort<Item> sorter("/nonexistent/folder", 200 * sizeof(Item));
    Result<void> added;
    for (std::uint64_t i = 0; added && i < 1000; ++i) added = sorter.add({i, {}});
    REQUIRE_FALSE(added);
    CHECK(added.error().code == ErrorCode::io);
}

}  // namespace postwacht::registry
