// Holding, listing, opening and changing items.
#include "quarantine/store.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <catch2/catch.hpp>

#include <cerrno>
#include <cstddef>
#include <fstream>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.hpp"
#include "support/catch_result.hpp"
#include "support/child_process.hpp"
#include "support/fake_clock.hpp"
#include "support/review_keys.hpp"
#include "support/temporary_directory.hpp"

namespace {

using postwacht::ChildProcess;
using postwacht::ErrorCode;
using postwacht::FakeClock;
using postwacht::ReviewKeys;
using postwacht::TemporaryDirectory;
using postwacht::mail::Envelope;
using postwacht::quarantine::NewItem;
using postwacht::quarantine::open_store;
using postwacht::quarantine::State;
using postwacht::quarantine::Store;
using namespace std::string_literals;

Envelope three_recipients() {
    Envelope envelope;
    envelope.sender_raw = "<besluit@uwv.example>";
    for (const char* raw : {"<hr@jansen.example>", "<klant@bakker.example>", "info@oud.example"}) {
        envelope.recipients.emplace_back();
        envelope.recipients.back().raw = raw;
    }
    return envelope;
}

NewItem new_item(const Envelope& envelope, std::string_view message) {
    NewItem item;
    item.queue_id = "4fXyz1";
    item.envelope = &envelope;
    item.recipients = {0, 2};
    item.message = message;
    item.verdict_json = R"({"action":"quarantine"})";
    item.rules = "disclosure";
    item.reason = "maternity_benefit of S-1042 to former_employer (ended 2025-12-31)";
    item.subject_count = 1;
    return item;
}

std::unique_ptr<Store> new_store(const std::filesystem::path& directory,
                                 const postwacht::Clock& clock = postwacht::system_clock()) {
    auto store = open_store(directory, {ReviewKeys::shared().certificate()}, clock);
    if (!store) FAIL(store.error().message());
    return std::move(*store);
}

std::string hold(Store& store, std::string_view message) {
    const Envelope envelope = three_recipients();
    auto id = store.hold(new_item(envelope, message));
    if (!id) FAIL(id.error().message());
    return *id;
}

Store::Change to(State state, std::vector<State> from = {State::held}) {
    Store::Change change;
    change.from = std::move(from);
    change.to = state;
    change.by = "m.devries";
    change.reason = "address checked by telephone";
    return change;
}

mode_t mode_of(const std::filesystem::path& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

TEST_CASE("a held item has its row and opens to the exact bytes") {
    const TemporaryDirectory folder;
    FakeClock clock;
    const auto store = new_store(folder / "quarantine", clock);
    const std::string message = "Subject: besluit\r\n\r\n.\r\n\0\xff\n"s;
    const std::string id = hold(*store, message);
    CHECK_THAT(id, Catch::Matches("Q-20261123-[0-9a-f]{16}"));

    const auto item = store->find(id);
    REQUIRE(item);
    CHECK(item->state == State::held);
    CHECK(item->held_at == clock.now());
    CHECK(item->queue_id == "4fXyz1");
    CHECK(item->rules == "disclosure");
    CHECK(item->reason == "maternity_benefit of S-1042 to former_employer (ended 2025-12-31)");
    CHECK(item->subject_count == 1);
    CHECK(item->recipient_count == 2);
    CHECK(item->bytes == message.size());
    CHECK(item->verdict_json == R"({"action":"quarantine"})");
    CHECK(item->attempts == 0);
    CHECK_FALSE(item->possibly_delivered);
    CHECK(item->decided_by.empty());
    CHECK_FALSE(item->decided_at);

    const auto content = store->open(id, ReviewKeys::shared().opener());
    REQUIRE(content);
    CHECK(content->sender_raw == "<besluit@uwv.example>");
    CHECK(content->recipients_raw ==
          std::vector<std::string>{"<hr@jansen.example>", "info@oud.example"});
    CHECK(content->message == message);
}

TEST_CASE("neither the database nor the files hold an address or the text in clear") {
    const TemporaryDirectory folder;
    const auto store = new_store(folder.path());
    hold(*store, "Subject: zwangerschap\r\n\r\nBSN 123456782\r\n");
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
        if (!entry.is_regular_file()) continue;
        ++files;
        const auto bytes = postwacht::read_file(entry.path());
        REQUIRE(bytes);
        for (const char* secret :
             {"jansen", "bakker", "oud.example", "uwv", "123456782", "zwanger"})
            CHECK(bytes->find(secret) == std::string::npos);
    }
    CHECK(files >= 3);
}

TEST_CASE("an item is found by an unambiguous beginning of its id only") {
    const TemporaryDirectory folder;
    const auto store = new_store(folder.path());
    const std::string one = hold(*store, "1");
    CHECK(store->find(one.substr(0, 15))->id == one);
    CHECK(store->find("Q-")->id == one);
    const std::string two = hold(*store, "2");
    CHECK(store->find(two)->id == two);
    for (const char* id : {"Q-", "", "Q-19990101-0000000000000000", "%", "Q-'; DROP TABLE item; --",
                           "\xff\xfe", "../../etc/passwd"}) {
        const auto item = store->find(id);
        REQUIRE(item.has_error());
        CHECK(item.error().code == ErrorCode::not_found);
    }
}

TEST_CASE("items are listed oldest first, all or those in one state") {
    const TemporaryDirectory folder;
    FakeClock clock;
    const auto store = new_store(folder.path(), clock);
    std::vector<std::string> ids;
    for (int i = 0; i < 4; ++i) {
        ids.push_back(hold(*store, "x"));
        clock.advance(std::chrono::seconds(1));
    }
    REQUIRE(store->change(ids[2], to(State::deleted)));
    const auto names = [](const auto& items) {
        std::vector<std::string> result;
        for (const auto& item : *items) result.push_back(item.id);
        return result;
    };
    CHECK(names(store->list({})) == ids);
    CHECK(names(store->list(State::held)) == std::vector<std::string>{ids[0], ids[1], ids[3]});
    CHECK(names(store->list(State::deleted)) == std::vector<std::string>{ids[2]});
    CHECK(names(store->list(State::released)).empty());
}

TEST_CASE("a change is made from the states it names, and from no other") {
    const TemporaryDirectory folder;
    FakeClock clock;
    const auto store = new_store(folder.path(), clock);
    const std::string id = hold(*store, "x");
    clock.advance(std::chrono::minutes(5));

    const auto releasing = store->change(id, to(State::releasing));
    REQUIRE(releasing);
    CHECK(releasing->state == State::releasing);
    CHECK(releasing->decided_by == "m.devries");
    CHECK(releasing->decision_reason == "address checked by telephone");
    CHECK(releasing->decided_at == clock.now());

    const auto again = store->change(id, to(State::releasing));
    REQUIRE(again.has_error());
    CHECK(again.error().code == ErrorCode::conflict);
    CHECK_THAT(again.error().detail, Catch::Contains("releasing"));

    auto finish = to(State::released, {State::releasing, State::returning});
    finish.by.clear();
    finish.reason.clear();
    finish.outcome = "250 2.0.0 queued as 4fAbc";
    const auto released = store->change(id.substr(0, 20), finish);
    REQUIRE(released);
    CHECK(released->state == State::released);
    CHECK(released->outcome == "250 2.0.0 queued as 4fAbc");
    CHECK(released->decided_by == "m.devries");
    CHECK(store->find(id)->state == State::released);
    CHECK(store->change("Q-19990101-0000000000000000", finish).error().code ==
          ErrorCode::not_found);
}

TEST_CASE("the mark of a possible delivery goes away only when every attempt's end is known") {
    const TemporaryDirectory folder;
    const auto store = new_store(folder.path());
    const std::string id = hold(*store, "x");
    auto begin = to(State::releasing, {State::held, State::releasing});
    begin.begins_attempt = true;
    auto fail = to(State::held, {State::releasing});
    fail.ends_attempt = true;
    fail.outcome = "451 4.3.0";

    CHECK(store->change(id, begin)->possibly_delivered);
    const auto failed = store->change(id, fail);
    CHECK_FALSE(failed->possibly_delivered);
    CHECK(failed->attempts == 1);
    CHECK(failed->outcome == "451 4.3.0");
    CHECK(failed->decided_by.empty());
    CHECK_FALSE(failed->decided_at);

    store->change(id, begin).value();  // one that crashes
    store->change(id, begin).value();  // and one that surely fails
    CHECK(store->change(id, fail)->possibly_delivered);
    CHECK(store->find(id)->attempts == 3);
}

TEST_CASE("of many who change an item at once, one does") {
    const TemporaryDirectory folder;
    const auto store = new_store(folder.path());
    const auto other = new_store(folder.path());
    for (int round = 0; round < 10; ++round) {
        const std::string id = hold(*store, "x");
        std::atomic<int> done = 0;
        std::atomic<int> conflicts = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < 6; ++t)
            threads.emplace_back([&, t] {
                const auto changed = (t % 2 == 0 ? store : other)->change(id, to(State::releasing));
                if (changed)
                    ++done;
                else if (changed.error().code == ErrorCode::conflict)
                    ++conflicts;
            });
        for (auto& thread : threads) thread.join();
        CHECK(done == 1);
        CHECK(conflicts == 5);
    }
}

TEST_CASE("one at a time has the lease of an item, and a crash gives it up") {
    const TemporaryDirectory folder;
    const auto store = new_store(folder.path());
    const auto other = new_store(folder.path());
    const std::string id = hold(*store, "x");
    const std::string second = hold(*store, "y");
    {
        const auto lease = store->lease(id);
        REQUIRE(lease);
        CHECK(store->lease(id).error().code == ErrorCode::conflict);
        CHECK(other->lease(id).error().code == ErrorCode::conflict);
        CHECK(other->lease(second));
    }
    CHECK(other->lease(id));
    CHECK(store->lease("Q-19990101-0000000000000000").error().code == ErrorCode::not_found);

    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    ChildProcess child([&]() -> std::string {
        const auto own = open_store(folder.path(), {});
        const auto lease = (*own)->lease(id);
        if (::write(ready[1], lease ? "+" : "-", 1) != 1) return "pipe";
        for (;;) ::pause();
    });
    char answer = 0;
    REQUIRE(::read(ready[0], &answer, 1) == 1);
    CHECK(answer == '+');
    CHECK(store->lease(id).error().code == ErrorCode::conflict);
    child.kill();
    CHECK(child.wait() == "killed");
    CHECK(store->lease(id));
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("content is discarded only when nobody needs it") {
    const TemporaryDirectory folder;
    const auto store = new_store(folder.path());
    const std::string id = hold(*store, "x");
    for (const State state : {State::held, State::releasing, State::returning}) {
        if (state != State::held)
            REQUIRE(store->change(id, to(state, {State::held, State::releasing})));
        CHECK(store->discard_content(id).error().code == ErrorCode::conflict);
    }
    const State last = GENERATE(State::released, State::returned, State::deleted);
    REQUIRE(store->change(id, to(last, {State::returning})));
    CHECK(store->open(id, ReviewKeys::shared().opener()));
    CHECK(store->discard_content(id));
    CHECK(store->discard_content(id));
    CHECK(store->open(id, ReviewKeys::shared().opener()).error().code == ErrorCode::not_found);
    CHECK(store->find(id));
    CHECK(std::filesystem::is_empty(folder / "items"));
}

TEST_CASE("sealed content that was changed, swapped or meant for another key does not open") {
    const TemporaryDirectory folder;
    const auto store = new_store(folder.path());
    const std::string one = hold(*store, "first");
    const std::string two = hold(*store, "second");
    const auto file = [&](const std::string& id) { return folder / ("items/" + id + ".cms"); };
    SECTION("swapped") {
        std::filesystem::rename(file(one), file(two));
        CHECK(store->open(two, ReviewKeys::shared().opener()).error().code == ErrorCode::damaged);
    }
    SECTION("changed") {
        auto bytes = *postwacht::read_file(file(one));
        bytes[bytes.size() - 20] = static_cast<char>(bytes[bytes.size() - 20] ^ 1);
        std::ofstream(file(one), std::ios::binary) << bytes;
        CHECK(store->open(one, ReviewKeys::shared().opener()).has_error());
    }
    SECTION("another key") {
        const ReviewKeys other;
        CHECK(store->open(one, other.opener()).has_error());
    }
}

TEST_CASE("what is made is shared with the group, whatever the umask") {
    const TemporaryDirectory folder;
    const mode_t before = ::umask(077);
    const auto directory = folder / "quarantine";
    const auto store = new_store(directory);
    const std::string id = hold(*store, "x");
    ::umask(before);
    CHECK(mode_of(directory) == 02770);
    CHECK(mode_of(directory / "items") == 02770);
    CHECK(mode_of(directory / "items" / (id + ".cms")) == 0660);
    for (const char* name : {"quarantine.db", "quarantine.db-wal", "quarantine.db-shm", "locks"})
        CHECK(mode_of(directory / name) == 0660);
}

// What RestrictSUIDSGID= of a systemd unit does to this process: a mode with the set-group-id bit
// is refused, whatever the mode was before. False where the system takes no filter.
bool refuse_set_group_id() {
    std::vector<sock_filter> filter{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    // Each system call that sets a mode, and where among its arguments the mode is.
    const std::pair<unsigned, unsigned> calls[] = {
#ifdef SYS_chmod
        {SYS_chmod, 1},
#endif
        {SYS_fchmod, 1},
        {SYS_fchmodat, 2}};
    for (const auto& [number, argument] : calls) {
        const auto mode = static_cast<unsigned>(offsetof(seccomp_data, args)) + argument * 8;
        filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4));
        filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, mode));
        filter.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, S_ISGID, 0, 1));
        filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
        filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    }
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST_CASE(
    "under the unit's rules a store is made in a shared folder, and nothing is left elsewhere") {
    const TemporaryDirectory folder;
    (void)ReviewKeys::shared();
    const auto shared = folder / "shared";
    const auto plain = folder / "plain";
    std::filesystem::create_directory(shared);
    std::filesystem::create_directory(plain);
    REQUIRE(::chmod(shared.c_str(), 02770) == 0);
    ChildProcess child([&]() -> std::string {
        ::umask(0007);
        if (!refuse_set_group_id()) return "no filter";
        const auto store = open_store(shared, {ReviewKeys::shared().certificate()});
        if (!store) return store.error().message();
        // Again: what failed once must not pass for whole the next time.
        for (int i = 0; i < 2; ++i)
            if (open_store(plain, {ReviewKeys::shared().certificate()})) return "opened unshared";
        return {};
    });
    const std::string report = child.wait();
    if (report == "no filter") {
        WARN("no right to filter system calls; not tested");
        return;
    }
    CHECK(report == "");
    CHECK(mode_of(shared / "items") == 02770);
    CHECK(std::filesystem::is_empty(plain));
}

TEST_CASE("a store without certificates lists and opens, but holds nothing") {
    const TemporaryDirectory folder;
    const std::string id = hold(*new_store(folder.path()), "x");
    const auto reader = open_store(folder.path(), {});
    REQUIRE(reader);
    CHECK((*reader)->list({})->size() == 1);
    CHECK((*reader)->open(id, ReviewKeys::shared().opener())->message == "x");
    const Envelope envelope = three_recipients();
    CHECK((*reader)->hold(new_item(envelope, "y")).error().code == ErrorCode::config);
    CHECK((*reader)->list({})->size() == 1);
}

TEST_CASE("an item for nobody, or for somebody not in the envelope, is refused") {
    const TemporaryDirectory folder;
    const auto store = new_store(folder.path());
    const Envelope envelope = three_recipients();
    auto item = new_item(envelope, "x");
    item.recipients = GENERATE(std::vector<std::size_t>{}, std::vector<std::size_t>{0, 3});
    CHECK(store->hold(item).error().code == ErrorCode::internal);
    CHECK(store->list({})->empty());
}

TEST_CASE("a damaged database is named as such, and its items can be recovered") {
    const TemporaryDirectory folder;
    const auto database = folder / "quarantine.db";
    const std::string id = hold(*new_store(folder.path()), "precious");
    SECTION("not a database") {
        std::ofstream(database, std::ios::binary) << std::string(8192, 'x');
    }
    SECTION("pages overwritten") {
        auto bytes = *postwacht::read_file(database);
        REQUIRE(bytes.size() > 8192);
        std::fill(bytes.begin() + 4096, bytes.end(), '\x55');
        std::ofstream(database, std::ios::binary) << bytes;
    }
    SECTION("another program's database") {
        std::filesystem::remove(database);
        const std::string command = "sqlite3 '" + database.string() + "' 'CREATE TABLE t (x)'";
        REQUIRE(std::system(command.c_str()) == 0);
    }
    const auto opened = open_store(folder.path(), {});
    const auto error = opened ? (*opened)->list({}).error() : opened.error();
    CHECK(error.code == ErrorCode::damaged);
    CHECK_THAT(error.message(),
               Catch::Contains("quarantine.db: the quarantine database is damaged"));
    CHECK_THAT(error.hint, Catch::Contains("aside"));

    for (const char* name : {"quarantine.db", "quarantine.db-wal", "quarantine.db-shm"})
        std::filesystem::remove(folder / name);
    const auto store = new_store(folder.path());
    CHECK(*store->recover() == 1);
    CHECK(store->open(id, ReviewKeys::shared().opener())->message == "precious");
}

TEST_CASE("a store that a newer version made is refused and left alone") {
    const TemporaryDirectory folder;
    new_store(folder.path());
    const auto database = folder / "quarantine.db";
    const std::string command =
        "sqlite3 '" + database.string() + "' 'UPDATE schema SET version = 7'";
    REQUIRE(std::system(command.c_str()) == 0);
    const auto opened = open_store(folder.path(), {});
    REQUIRE(opened.has_error());
    CHECK(opened.error().code == ErrorCode::config);
    CHECK_THAT(opened.error().detail, Catch::Contains("newer version"));
}

TEST_CASE("a folder that cannot be made, or a name that SOCI cannot take, is an error") {
    const TemporaryDirectory folder;
    CHECK(open_store(folder / "no/such", {}).error().code == ErrorCode::io);
    CHECK(open_store(folder / "with \" quote", {}).error().code == ErrorCode::config);
    CHECK(open_store(folder / "with  two blanks and = sign", {}));
}

TEST_CASE("ten thousand items are listed in a moment") {
    const TemporaryDirectory folder;
    new_store(folder.path());
    const std::string sql =
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<10000) "
        "INSERT INTO item (id,state,held_at,queue_id,rules,reason,subject_count,recipient_count,"
        "bytes,verdict_json) SELECT printf('Q-20261123-%016x',i),'held',1763888400000-i,'4fX',"
        "'disclosure','r',1,1,9000,hex(zeroblob(1000)) FROM c";
    const std::string command =
        "sqlite3 '" + (folder / "quarantine.db").string() + "' \"" + sql + "\"";
    REQUIRE(std::system(command.c_str()) == 0);
    const auto store = new_store(folder.path());
    const auto began = std::chrono::steady_clock::now();
    const auto items = store->list(State::held);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    REQUIRE(items);
    CHECK(items->size() == 10'000);
    CHECK(items->front().id == "Q-20261123-0000000000002710");
    INFO("listing took " << took.count() << " s");
    CHECK(took.count() < 5.0);  // tens of milliseconds; the bound is for sanitizers
}

}  // namespace
