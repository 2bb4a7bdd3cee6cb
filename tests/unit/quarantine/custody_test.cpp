// What hold() promised is kept: through kills at any moment, full disks and several processes.
#include "quarantine/store.hpp"

#include <sys/resource.h>
#include <catch2/catch.hpp>

#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "base/files.hpp"
#include "support/catch_result.hpp"
#include "support/child_process.hpp"
#include "support/review_keys.hpp"
#include "support/temporary_directory.hpp"

namespace {

using postwacht::ChildProcess;
using postwacht::ErrorCode;
using postwacht::Result;
using postwacht::ReviewKeys;
using postwacht::TemporaryDirectory;
using postwacht::mail::Envelope;
using postwacht::quarantine::NewItem;
using postwacht::quarantine::open_store;
using postwacht::quarantine::State;
using postwacht::quarantine::Store;

Result<std::string> hold(Store& store, std::string_view message) {
    Envelope envelope;
    envelope.sender_raw = "<besluit@uwv.example>";
    envelope.recipients.emplace_back();
    envelope.recipients.back().raw = "<hr@jansen.example>";
    NewItem item;
    item.envelope = &envelope;
    item.recipients = {0};
    item.message = message;
    item.verdict_json = "{}";
    item.rules = "disclosure";
    return store.hold(item);
}

// A message that can be told from every other and checked against its number.
std::string numbered_message(unsigned number) {
    std::mt19937 random(number);
    std::string message = "Number: " + std::to_string(number) + "\r\n\r\n";
    const std::size_t size = random() % 20'000;
    for (std::size_t i = 0; i < size; ++i) message += static_cast<char>(random());
    return message;
}

unsigned number_of(std::string_view message) {
    return static_cast<unsigned>(std::stoul(std::string(message.substr(8, 10))));
}

// Holds numbered messages, noting each that hold() answered for, until killed.
std::string hold_until_killed(const std::filesystem::path& directory,
                              const std::filesystem::path& answered, unsigned first) {
    auto store = open_store(directory, {ReviewKeys::shared().certificate()});
    if (!store) return store.error().message();
    std::ofstream notes(answered, std::ios::app);
    for (unsigned number = first;; ++number) {
        const auto id = hold(**store, numbered_message(number));
        if (!id) return id.error().message();
        notes << *id << ' ' << number << std::endl;
    }
}

TEST_CASE("after a kill at any moment every answered hold() is there, whole") {
    const TemporaryDirectory folder;
    const auto directory = folder / "quarantine";
    const auto answered = folder / "answered";
    (void)ReviewKeys::shared();
    std::mt19937 random(1);
    std::uint64_t adopted = 0;
    constexpr unsigned rounds = 20;
    for (unsigned round = 0; round < rounds; ++round) {
        ChildProcess child(
            [&]() { return hold_until_killed(directory, answered, round * 100'000); });
        std::error_code none;
        const auto done_before = std::filesystem::file_size(answered, none);
        // The kill falls a random time after the first answer of this round: anywhere in a hold().
        while (std::filesystem::file_size(answered, none) == done_before || none) none.clear();
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 8000));
        child.kill();
        CHECK(child.wait() == "killed");
        auto store = open_store(directory, {});
        REQUIRE(store);
        const auto recovered = (*store)->recover();
        REQUIRE(recovered);
        adopted += *recovered;
        CHECK(*recovered <= 1);
    }
    auto store = open_store(directory, {});
    REQUIRE(store);
    const auto opener = ReviewKeys::shared().opener();
    std::ifstream notes(answered);
    std::string id;
    unsigned number = 0;
    std::uint64_t count = 0;
    while (notes >> id >> number) {
        ++count;
        const auto content = (*store)->open(id, opener);
        REQUIRE(content);
        CHECK(content->message == numbered_message(number));
        CHECK((*store)->find(id)->rules == "disclosure");
    }
    CHECK(count >= rounds);
    // Whatever else is listed is an unanswered one of a killed round: at most one each, and whole.
    const auto items = (*store)->list(State::held);
    REQUIRE(items);
    CHECK(items->size() >= count + adopted);
    CHECK(items->size() <= count + rounds);
    for (const auto& item : *items) {
        const auto content = (*store)->open(item.id, opener);
        REQUIRE(content);
        CHECK(content->message == numbered_message(number_of(content->message)));
    }
}

TEST_CASE("a file without a row is adopted once, as held, and can be opened") {
    const TemporaryDirectory folder;
    auto store = open_store(folder.path(), {ReviewKeys::shared().certificate()});
    REQUIRE(store);
    const auto id = hold(**store, "orphan");
    REQUIRE(id);
    const std::string command = "sqlite3 '" + (folder / "quarantine.db").string() +
                                "' \"DELETE FROM item WHERE id = '" + *id + "'\"";
    REQUIRE(std::system(command.c_str()) == 0);
    REQUIRE((*store)->find(*id).has_error());

    CHECK(*(*store)->recover() == 1);
    CHECK(*(*store)->recover() == 0);
    const auto item = (*store)->find(*id);
    REQUIRE(item);
    CHECK(item->state == State::held);
    CHECK(item->rules == "recovered");
    CHECK_FALSE(item->reason.empty());
    CHECK((*store)->open(*id, ReviewKeys::shared().opener())->message == "orphan");
}

TEST_CASE("recover() leaves alone what is not an orphan, and tidies up what a crash left") {
    const TemporaryDirectory folder;
    auto store = open_store(folder.path(), {ReviewKeys::shared().certificate()});
    REQUIRE(store);
    const auto deleted = hold(**store, "deleted");
    const auto released = hold(**store, "released");
    for (const auto& [id, state] :
         {std::pair(*deleted, State::deleted), std::pair(*released, State::released)}) {
        Store::Change change;
        change.from = {State::held};
        change.to = state;
        REQUIRE((*store)->change(id, change));
    }
    const auto items = folder / "items";
    const auto touch = [&](const std::string& name) {
        std::ofstream(items / name) << "x";
        return items / name;
    };
    const auto stranger = touch("notes.txt");
    const auto almost = touch("Q-20261123-7F3A9C12E5B0D846.cms");
    const auto fresh = touch("Q-20261123-7f3a9c12e5b0d846.cms.AbCdEf");
    const auto old = touch("Q-20261123-7f3a9c12e5b0d847.cms.AbCdEf");
    std::filesystem::last_write_time(
        old, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));

    CHECK(*(*store)->recover() == 0);
    CHECK((*store)->list({})->size() == 2);
    CHECK(std::filesystem::exists(stranger));
    CHECK(std::filesystem::exists(almost));
    CHECK(std::filesystem::exists(fresh));
    CHECK_FALSE(std::filesystem::exists(old));
    CHECK_FALSE(std::filesystem::exists(items / (*deleted + ".cms")));
    CHECK(std::filesystem::exists(items / (*released + ".cms")));
}

TEST_CASE("recover() beside those who hold makes no row twice and loses nothing") {
    const TemporaryDirectory folder;
    (void)ReviewKeys::shared();
    std::vector<std::unique_ptr<ChildProcess>> holders;
    for (unsigned h = 0; h < 3; ++h)
        holders.push_back(std::make_unique<ChildProcess>([&, h]() -> std::string {
            auto store = open_store(folder / "quarantine", {ReviewKeys::shared().certificate()});
            if (!store) return store.error().message();
            for (unsigned i = 0; i < 40; ++i)
                if (const auto id = hold(**store, numbered_message(h * 1000 + i)); !id)
                    return id.error().message();
            return {};
        }));
    ChildProcess tidier([&]() -> std::string {
        auto store = open_store(folder / "quarantine", {});
        if (!store) return store.error().message();
        for (int i = 0; i < 60; ++i)
            if (const auto adopted = (*store)->recover(); !adopted)
                return adopted.error().message();
        return {};
    });
    for (auto& holder : holders) CHECK(holder->wait() == "");
    CHECK(tidier.wait() == "");

    auto store = open_store(folder / "quarantine", {});
    REQUIRE(store);
    const auto items = (*store)->list({});
    REQUIRE(items);
    CHECK(items->size() == 120);
    std::map<unsigned, int> seen;
    for (const auto& item : *items) {
        CHECK(item.rules == "disclosure");  // an adopted row was completed by its holder
        const auto content = (*store)->open(item.id, ReviewKeys::shared().opener());
        REQUIRE(content);
        ++seen[number_of(content->message)];
    }
    CHECK(seen.size() == 120);
}

TEST_CASE("sixteen threads hold at once") {
    const TemporaryDirectory folder;
    auto store = open_store(folder.path(), {ReviewKeys::shared().certificate()});
    REQUIRE(store);
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 16; ++t)
        threads.emplace_back([&, t] {
            for (unsigned i = 0; i < 5; ++i)
                if (!hold(**store, numbered_message(t * 100 + i))) ++failures;
        });
    for (auto& thread : threads) thread.join();
    CHECK(failures == 0);
    CHECK((*store)->list({})->size() == 80);
    CHECK(*(*store)->recover() == 0);
}

// Holds until there is no room, makes some, and goes on. Runs in a child.
std::string fill_and_recover(const std::filesystem::path& directory, std::size_t message_size,
                             const std::function<void()>& make_room) {
    auto store = open_store(directory, {ReviewKeys::shared().certificate()});
    if (!store) return store.error().message();
    const std::string message(message_size, 'm');
    std::vector<std::string> ids;
    for (;;) {
        const auto id = hold(**store, message);
        if (id) {
            ids.push_back(*id);
            continue;
        }
        if (id.error().code != ErrorCode::disk_full)
            return "not disk_full: " + id.error().message();
        break;
    }
    if (ids.size() < 3) return "nothing could be held at all";
    // A failed hold() leaves nothing behind, or a full disk would only become fuller.
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory / "items")) {
        (void)entry;
        ++files;
    }
    if (files != ids.size())
        return std::to_string(files) + " files for " + std::to_string(ids.size()) + " items";
    make_room();
    const auto id = hold(**store, message);
    if (!id) return "not usable afterwards: " + id.error().message();
    ids.push_back(*id);
    const auto items = (*store)->list({});
    if (!items || items->size() != ids.size()) return "wrong list";
    const auto opener = ReviewKeys::shared().opener();
    for (const auto& held : ids)
        if (const auto content = (*store)->open(held, opener);
            !content || content->message != message)
            return "content lost";
    return {};
}

TEST_CASE("a full disk is disk_full, loses nothing, and passes") {
    // Large messages fill the disk with content, small ones with rows as much.
    const std::size_t message_size = GENERATE(40'000U, 900U);
    const TemporaryDirectory folder;
    (void)ReviewKeys::shared();
    ChildProcess child([&]() -> std::string {
        if (!postwacht::mount_small_disk(folder.path(), "2m")) return postwacht::no_small_disk;
        std::ofstream(folder / "ballast") << std::string(500'000, 'b');
        return fill_and_recover(folder / "quarantine", message_size,
                                [&] { std::filesystem::remove(folder / "ballast"); });
    });
    const std::string report = child.wait();
    if (report == postwacht::no_small_disk)
        WARN("no right to mount a small disk; not tested");
    else
        CHECK(report == "");
}

}  // namespace
