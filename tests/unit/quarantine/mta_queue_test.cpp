// The MTA's queue by commands and by files, with commands that only look like an MTA's.
#include "quarantine/mta_queue.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "quarantine/mta_helper.hpp"
#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace postwacht;
using namespace postwacht::quarantine;
namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text = {}) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

TEST_CASE("only what an MTA gives is a queue id") {
    for (const char* id : {"4fXk2T1bZxz9vQ", "3F2504E04F89", "6AUCdWx1012345"}) {
        CHECK(is_queue_id(MtaKind::postfix, id));
    }
    for (const char* id : {"", "ALL", "-", "-d", "4fXk2T1 Zxz9vQ", "../../x", "4fXk2T1b\nZxz9",
                           "4fXk2T1bZxz9v*", "123456789012345678901234567890123"}) {
        CHECK_FALSE(is_queue_id(MtaKind::postfix, id));
        CHECK_FALSE(is_queue_id(MtaKind::sendmail, id));
    }
    // Sendmail takes a part of one for all that have it.
    CHECK_FALSE(is_queue_id(MtaKind::sendmail, "6AUCdWx10"));
}

TEST_CASE("what postqueue lists is read up to the first address") {
    const auto all = parse_postqueue(
        "{\"queue_name\": \"hold\", \"queue_id\": \"4fXk2T1bZxz9vQ\", \"arrival_time\": "
        "1796029200, "
        "\"message_size\": 336, \"forced_expire\": false, \"sender\": \"a\xff\\\"queue_id\\\": "
        "\\\"evil\\\"@uwv.example\", \"recipients\": []}\n"
        "{\"queue_name\": \"deferred\", \"queue_id\": \"4fXk2T1bZxz9vR\", \"arrival_time\": 1, "
        "\"sender\": \"\"}\n");
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    CHECK((*all)[0].queue_id == "4fXk2T1bZxz9vQ");
    CHECK((*all)[0].held);
    CHECK((*all)[0].arrived == std::chrono::system_clock::from_time_t(1796029200));
    CHECK_FALSE((*all)[1].held);
    CHECK(parse_postqueue("")->empty());
}

TEST_CASE("a listing that is none concludes nothing") {
    for (const char* text :
         {"Mail queue is empty\n", "{}\n", "{\"queue_name\": \"hold\", \"queue_id\": \"4fXk",
          "{\"queue_name\": \"hold\", \"queue_id\": \"../x\", \"arrival_time\": 1, ",
          "{\"queue_name\": \"hold\", \"queue_id\": \"4fXk2T1b\", \"arrival_time\": x, "}) {
        const auto all = parse_postqueue(text);
        REQUIRE_FALSE(all);
        CHECK(all.error().code == ErrorCode::damaged);
    }
}

// A folder that plays Postfix: `held` and `left` are its queues.
struct FakePostfix {
    FakePostfix() {
        settings.list = script("list",
                               R"(for id in $(cat "$1/held" 2>/dev/null); do
echo "{\"queue_name\": \"hold\", \"queue_id\": \"$id\", \"arrival_time\": 1796029200, "; done)");
        settings.list.pop_back();
        settings.release = script("release", R"(grep -qx "$2" "$1/held" || exit 0
sed -i "/^$2\$/d" "$1/held"; echo "postsuper: Released from hold: 1 message" >&2)");
        settings.remove =
            script("remove", "echo 'reserved for the superuser: hr@jansen.example' >&2; exit 1");
        write(folder / "held", "4fXk2T1bZxz9vQ\n4fXk2T1bZxz9vQ2\n");
    }
    std::vector<std::string> script(const std::string& name, const std::string& text) const {
        write(folder / name, text + "\n");
        return {"/bin/sh", (folder / name).string(), folder.path().string(), "{id}"};
    }
    TemporaryDirectory folder;
    MtaSettings settings;
};

TEST_CASE("a command is about one message, and the queue says whether it was done") {
    FakePostfix fake;
    const auto queue = make_mta_queue(fake.settings);
    bool uncertain = true;
    SECTION("done") {
        CHECK(*queue->release("4fXk2T1bZxz9vQ", {}, uncertain) == "Released from hold: 1 message");
        CHECK_FALSE(uncertain);
        REQUIRE(queue->entries()->size() == 1);
        CHECK(queue->entries()->front().queue_id == "4fXk2T1bZxz9vQ2");
    }
    SECTION("not held") {
        CHECK(queue->release("4fXk2T1bZxz9vX", {}, uncertain).error().code == ErrorCode::not_found);
    }
    SECTION("not allowed") {
        const auto removed = queue->remove("4fXk2T1bZxz9vQ", {}, uncertain);
        REQUIRE_FALSE(removed);
        CHECK(removed.error().code == ErrorCode::delivery);
        CHECK_FALSE(uncertain);
        CHECK_THAT(
            removed.error().detail,
            Catch::Contains("status 1: reserved for the superuser") && !Catch::Contains("jansen"));
    }
    SECTION("an id that is none") {
        CHECK(queue->release("ALL", {}, uncertain).error().code == ErrorCode::damaged);
    }
    SECTION("silent about it") {
        fake.settings.release = fake.script("quiet", R"(sed -i "/^$2\$/d" "$1/held"; exit 1)");
        CHECK(make_mta_queue(fake.settings)->release("4fXk2T1bZxz9vQ", {}, uncertain));
    }
    SECTION("the queue cannot be read afterwards") {
        fake.settings.release = fake.script("break", R"(echo 'x' > "$1/list")");
        const auto released =
            make_mta_queue(fake.settings)->release("4fXk2T1bZxz9vQ", {}, uncertain);
        REQUIRE_FALSE(released);
        CHECK(uncertain);
    }
    SECTION("too slow") {
        fake.settings.release = fake.script("slow", "sleep 1000");
        fake.settings.timeout = std::chrono::seconds(1);
        CHECK_THAT(
            make_mta_queue(fake.settings)->release("4fXk2T1bZxz9vQ", {}, uncertain).error().detail,
            Catch::Contains("took too long"));
        CHECK_FALSE(uncertain);
    }
}

struct FakeSendmail {
    FakeSendmail() {
        settings.kind = MtaKind::sendmail;
        settings.queue_directories = {folder / "plain", folder / "apart"};
        for (const char* file :
             {"plain/hf6AUCdWx1012345", "plain/df6AUCdWx1012345", "plain/qf6AUCdWx1012346",
              "plain/df6AUCdWx1012346", "plain/hfshort", "apart/qf/hf6AUCdWx1012347",
              "apart/df/df6AUCdWx1012347"})
            write(folder / file);
        fs::create_directories(folder / "apart" / "xf");
    }
    TemporaryDirectory folder;
    MtaSettings settings;
};

TEST_CASE("Sendmail's queue is its files") {
    const FakeSendmail fake;
    const auto queue = make_mta_queue(fake.settings);
    auto all = *queue->entries();
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.queue_id < b.queue_id; });
    REQUIRE(all.size() == 3);
    CHECK(all[0].held);
    CHECK_FALSE(all[1].held);
    CHECK(all[2].queue_id == "6AUCdWx1012347");
    CHECK(all[2].held);
}

TEST_CASE("what Sendmail holds is removed with its body, and nothing else") {
    const FakeSendmail fake;
    const auto queue = make_mta_queue(fake.settings);
    bool uncertain = true;
    CHECK(queue->remove("6AUCdWx1012345", {}, uncertain));
    CHECK_FALSE(fs::exists(fake.folder / "plain/hf6AUCdWx1012345"));
    CHECK_FALSE(fs::exists(fake.folder / "plain/df6AUCdWx1012345"));
    CHECK(queue->remove("6AUCdWx1012347", {}, uncertain));
    CHECK_FALSE(fs::exists(fake.folder / "apart/df/df6AUCdWx1012347"));
    // One that was released is not ours to remove.
    CHECK(queue->remove("6AUCdWx1012346", {}, uncertain).error().code == ErrorCode::not_found);
    CHECK(fs::exists(fake.folder / "plain/df6AUCdWx1012346"));
    CHECK(queue->remove("../plain/x", {}, uncertain).error().code == ErrorCode::not_found);
    CHECK_FALSE(uncertain);
}

TEST_CASE("what Sendmail works on is left to it") {
    const FakeSendmail fake;
    const UniqueFd file(
        ::open((fake.folder / "plain/hf6AUCdWx1012345").c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(::flock(file.get(), LOCK_EX) == 0);
    bool uncertain = true;
    CHECK(make_mta_queue(fake.settings)->remove("6AUCdWx1012345", {}, uncertain).error().code ==
          ErrorCode::conflict);
    CHECK(fs::exists(fake.folder / "plain/df6AUCdWx1012345"));
}

TEST_CASE("an id that is a part of another one is not released") {
    FakeSendmail fake;
    write(fake.folder / "plain/qf6AUCdWx10123459");
    fake.settings.release = {"/bin/false", "{id}"};
    bool uncertain = true;
    CHECK(make_mta_queue(fake.settings)->release("6AUCdWx1012345", {}, uncertain).error().code ==
          ErrorCode::conflict);
    CHECK_FALSE(uncertain);
}

TEST_CASE("a queue that is not there is an error") {
    FakeSendmail fake;
    fake.settings.queue_directories.push_back(fake.folder / "nowhere");
    CHECK_FALSE(make_mta_queue(fake.settings)->entries());
}

TEST_CASE("the helper answers what it is asked, and nothing else") {
    const FakePostfix fake;
    const auto queue = make_mta_queue(fake.settings);
    CHECK(answer_for(*queue, "entries") ==
          "{\"ok\":true,\"entries\":[{\"id\":\"4fXk2T1bZxz9vQ\",\"held\":true,\"arrived\":"
          "1796029200},{\"id\":\"4fXk2T1bZxz9vQ2\",\"held\":true,\"arrived\":1796029200}]}\n");
    for (const char* question : {"", "release", "release ALL", "delete 4fXk2T1bZxz9vQ",
                                 "release 4fXk2T1bZxz9vQ x", "release  4fXk2T1bZxz9vQ"})
        CHECK_THAT(answer_for(*queue, question), Catch::Contains("\"ok\":false"));
    CHECK(answer_for(*queue, "release 4fXk2T1bZxz9vQ") ==
          "{\"ok\":true,\"reply\":\"Released from hold: 1 message\"}\n");
    CHECK_THAT(
        answer_for(*queue, "remove 4fXk2T1bZxz9vQ2"),
        Catch::Contains("reserved for the superuser") && Catch::Contains("\"uncertain\":false"));
}

}  // namespace
