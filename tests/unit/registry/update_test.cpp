#include "registry/update.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/files.hpp"
#include "support/catch_result.hpp"
#include "support/child_process.hpp"
#include "unit/registry/source_folder.hpp"

namespace postwacht::registry {
namespace {

using Numbers = std::vector<std::uint32_t>;
using Texts = std::vector<std::string>;

// A registry of write_... in SourceFolder, with deltas.
class Updated : public SourceFolder {
  public:
    Updated() {
        std::filesystem::create_directory(delta());
        REQUIRE(build());
    }

    [[nodiscard]] std::filesystem::path delta() const { return folder() / "delta"; }
    // Replaces the delta by rows behind the columns of a source and `op`.
    void delta_of(std::string_view file, std::string_view rows) const {
        std::filesystem::remove_all(delta());
        std::filesystem::create_directory(delta());
        add_to_delta(file, rows);
    }
    void add_to_delta(std::string_view file, std::string_view rows) const {
        const std::string_view header = file == "subjects.csv"        ? subject_header
                                        : file == "organisations.csv" ? organisation_header
                                                                      : relation_header;
        std::ofstream(delta() / file, std::ios::binary) << "op," << header << rows;
    }

    Result<UpdateReport> update(std::uint64_t max_bad_rows = 0) {
        bad_rows.clear();
        UpdateOptions options;
        options.index = index();
        options.delta = delta();
        options.max_bad_rows = max_bad_rows;
        options.bad_row = [this](const BadRow& row) {
            bad_rows.push_back(format("{}:{}:{}: {}", row.file, row.line, row.column, row.what));
        };
        return registry::update(options, key());
    }
    // What is reported of rows that may not be; nothing may have changed then.
    Texts report_of(std::string_view file, std::string_view rows) {
        delta_of(file, rows);
        const auto before = files();
        const auto done = update();
        CHECK(done.has_value() == bad_rows.empty());
        CHECK((files() == before) == !done.has_value());
        return bad_rows;
    }

    [[nodiscard]] std::shared_ptr<const Index> open() const {
        return open_index(index(), key()).value();
    }
    [[nodiscard]] Numbers find(Key kind, std::string_view value) const {
        return open()->find(kind, value).value();
    }
    // The only subject with a value.
    [[nodiscard]] std::shared_ptr<const Subject> subject(Key kind, std::string_view value) const {
        const auto opened = open();
        const Numbers found = opened->find(kind, value).value();
        REQUIRE(found.size() == 1);
        return opened->subject(found[0]).value();
    }

    // Names and contents of all files beside the index.
    [[nodiscard]] std::map<std::string, std::string> files() const {
        std::map<std::string, std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator(folder()))
            if (entry.is_regular_file())
                all[entry.path().filename().string()] = read_file(entry.path()).value();
        return all;
    }
};

}  // namespace

TEST_CASE("an update changes, adds and deletes subjects") {
    Updated registry;
    const Stats before = registry.open()->stats();
    registry.delta_of(
        "subjects.csv",
        "upsert,S-1,123456782,N 1,J.,Johanna,,Zwart,,,1990-02-03,,,nieuw@post.example\n"
        "delete,S-2,,,,,,,,,,,,\n"
        "upsert,S-3,999990019,Q_7,,,,Derde,,,2001-02-03,4321zz,9,drie@post.example\n");
    const auto report = registry.update();
    REQUIRE(report);
    CHECK(report->subjects == 3);
    CHECK(report->stats.subjects == 2);
    CHECK(report->stats.relations == before.relations - 1);  // that of the subject who is gone

    // The changed one: found by what is new, not by what is gone, with the relations it had.
    const auto changed = registry.subject(Key::bsn, "123456782");
    CHECK(changed->surname == "Zwart");
    CHECK(changed->relations.size() == 2);
    CHECK(changed->number == 0);
    CHECK(registry.find(Key::email, "nieuw@post.example") == Numbers{0});
    CHECK(registry.find(Key::other_id, "n1") == Numbers{0});
    CHECK(registry.find(Key::name_birth_date, "zwart 19900203") == Numbers{0});
    for (const char* gone : {"j.dewit@post.example", "jo@thuis.example"})
        CHECK(registry.find(Key::email, gone).empty());
    CHECK(registry.find(Key::other_id, "dos-77").empty());
    CHECK(registry.find(Key::address, "1234AB 12").empty());
    // The deleted one.
    CHECK(registry.find(Key::bsn, "111222333").empty());
    CHECK_FALSE(registry.open()->subject(1));
    // All by their id.
    CHECK(registry.open()->subjects_with_id("S-1").value() == Numbers{0});
    CHECK(registry.open()->subjects_with_id("S-2").value().empty());
    CHECK(registry.open()->subjects_with_id("S-3").value() == Numbers{2});
    CHECK(registry.open()->subjects_with_id("S-9").value().empty());
    // The new one.
    CHECK(registry.subject(Key::bsn, "999990019")->id == "S-3");
    CHECK(registry.find(Key::address, "4321ZZ 9") == Numbers{2});
    const auto index = registry.open();
    CHECK(index->may_be_surname("derde"));
    CHECK(index->may_be_surname("meer"));
    CHECK_FALSE(index->may_be_surname("niemand"));
    CHECK(index->other_id_shapes() == Texts{"a9", "a_9", "aa99", "aaa-99"});
    CHECK(index->stats().updates == 1);
    // By id, whichever file they are in.
    CHECK(index->subjects_with_id("S-1").value() == Numbers{0});
    CHECK(index->subjects_with_id("S-2").value() == Numbers{});
    CHECK(index->subjects_with_id("S-3").value() == Numbers{2});
}

TEST_CASE("an update changes, adds and deletes relations") {
    Updated registry;
    CHECK(registry.open()->relation_names() ==
          Texts{"care_provider", "employer", "representative"});
    CHECK(registry.open()->subjects_with_id("S-2").value() == Numbers{1});
    CHECK(registry.open()->subjects_with_id("S-9").value() == Numbers{});
    registry.delta_of("relations.csv",
                      // Ends another day; is new; is gone; is new since it begins another day.
                      "upsert,S-1,employer,O-1,,2020-01-01,2024-06-30\n"
                      "upsert,S-1,employer,O-2,,2024-07-01,\n"
                      "delete,S-1,representative,,advocaat@recht.example,2024-05-06,\n"
                      "upsert,S-2,care_provider,O-2,,2026-01-01,\n"
                      "upsert,S-2,guardian,,Voogd+x@recht.example,,\n");
    REQUIRE(registry.update());
    const auto first = registry.subject(Key::bsn, "123456782");
    REQUIRE(first->relations.size() == 2);
    CHECK(first->relations[0].organisation == 0U);
    CHECK(first->relations[0].valid_to == parse_iso_date("2024-06-30"));
    CHECK(first->relations[1].organisation == 1U);
    CHECK_FALSE(first->relations[1].valid_to);
    const auto second = registry.subject(Key::bsn, "111222333");
    REQUIRE(second->relations.size() == 3);
    CHECK_FALSE(second->relations[0].valid_from);
    CHECK(second->relations[1].valid_from == parse_iso_date("2026-01-01"));
    CHECK(second->relations[2].name == "guardian");
    CHECK(second->relations[2].email == "voogd@recht.example");
    CHECK(registry.open()->stats().relations == 5);
    CHECK(registry.open()->relation_names() ==
          Texts{"care_provider", "employer", "guardian", "representative"});
}

TEST_CASE("an update changes, adds and deletes organisations") {
    Updated registry;
    registry.delta_of("organisations.csv",
                      "upsert,O-1,Bakkerij,bakker.example,,,\n"
                      "delete,O-2,,,,,\n"
                      "upsert,O-3,Nieuw,nieuw.example,loon@nieuw2.example,,\n");
    registry.add_to_delta("relations.csv", "upsert,S-2,employer,O-3,,,\n");
    REQUIRE(registry.update());
    const auto index = registry.open();
    const auto at = [&](const char* address) {
        return index->organisations_at(address, false).value();
    };
    CHECK(at("hr@bakker.example") == Numbers{0});
    CHECK(at("hr@jansen.example").empty());
    CHECK(at("loon@kantoor.example").empty());
    CHECK(at("x@zorg.jansen.example").empty());
    CHECK(at("hr@sub.nieuw.example") == Numbers{2});
    CHECK(at("loon@nieuw2.example") == Numbers{2});
    CHECK(index->stats().organisations == 2);
    // The relation to the one that is gone is still told, and leads to nobody.
    const auto second = registry.subject(Key::bsn, "111222333");
    REQUIRE(second->relations.size() == 2);
    CHECK(index->organisation(second->relations[0].organisation.value()).value()->id == "O-2");
    CHECK(second->relations[1].organisation == 2U);

    // It comes back, and so does what leads to it.
    registry.delta_of("organisations.csv", "upsert,O-2,Zorg,zorg.example,,,\n");
    REQUIRE(registry.update());
    CHECK(registry.open()->organisations_at("x@zorg.example", false).value() == Numbers{1});
    CHECK(registry.open()->stats().organisations == 3);
}

TEST_CASE("updates add up, and a delta may come twice") {
    Updated registry;
    registry.delta_of("subjects.csv",
                      "upsert,S-3,999990019,,,,,Derde,,,,,,drie@post.example\n"
                      "upsert,S-2,111222333,,,,,Jansma,,,,,,\n");
    REQUIRE(registry.update());
    REQUIRE(registry.update());
    CHECK(registry.open()->stats().subjects == 3);
    const std::string digest = registry.open()->stats().source_digest;
    registry.delta_of("subjects.csv",
                      "delete,S-3,,,,,,,,,,,,\ndelete,S-9,,,,,,,,,,,,\n"
                      "upsert,S-4,,,,,,Vierde,,,,,,vier@post.example\n");
    registry.add_to_delta("relations.csv",
                          "delete,S-3,employer,O-1,,,\n"
                          "upsert,S-4,employer,O-1,,,\n");
    REQUIRE(registry.update());
    REQUIRE(registry.update());
    CHECK(registry.find(Key::email, "drie@post.example").empty());
    CHECK(registry.subject(Key::email, "vier@post.example")->relations.size() == 1);
    CHECK(registry.subject(Key::bsn, "111222333")->surname == "Jansma");
    CHECK(registry.subject(Key::bsn, "123456782")->surname == "Wit");
    const Stats stats = registry.open()->stats();
    CHECK(stats.subjects == 3);
    CHECK(stats.relations == 4);
    CHECK(stats.updates == 4);
    CHECK(stats.source_digest.size() == 64);
    CHECK(stats.source_digest != digest);
    CHECK(stats.updated_at >= stats.built_at);
    // Who was deleted may come back, without the relations.
    registry.delta_of("subjects.csv", "delete,S-1,,,,,,,,,,,,\n");
    REQUIRE(registry.update());
    registry.delta_of("subjects.csv", "upsert,S-1,123456782,,,,,Wit,,,,,,\n");
    REQUIRE(registry.update());
    CHECK(registry.subject(Key::bsn, "123456782")->relations.empty());
    CHECK(registry.subject(Key::bsn, "123456782")->number == 0);
}

TEST_CASE("a delta may be one file, known by its columns") {
    Updated registry;
    const std::pair<const char*, const char*> files[] = {
        {"subjects.csv", "upsert,S-3,,,,,,Derde,,,,,,drie@post.example\n"},
        {"organisations.csv", "upsert,O-3,Nieuw,nieuw.example,,,\n"},
        {"relations.csv", "upsert,S-3,employer,O-3,,,\n"}};
    for (const auto& [name, rows] : files) {
        registry.delta_of(name, rows);
        UpdateOptions options;
        options.index = registry.index();
        options.delta = registry.folder() / "monday.csv";
        std::filesystem::rename(registry.delta() / name, options.delta);
        REQUIRE(update(options, registry.key()));
    }
    const auto third = registry.subject(Key::email, "drie@post.example");
    REQUIRE(third->relations.size() == 1);
    CHECK(registry.open()->organisation(third->relations[0].organisation.value()).value()->id ==
          "O-3");
}

TEST_CASE("each bad row of a delta is reported with its place, and nothing is replaced") {
    Updated registry;
    const auto subjects = [&](std::string_view rows) {
        return registry.report_of("subjects.csv", rows);
    };
    CHECK(subjects("put,S-3,,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:2:1: the op is neither 'upsert' nor 'delete'"});
    CHECK(subjects("upsert,S-3,123456789,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:2:12: the BSN fails its check (11-test)"});
    CHECK(subjects("upsert,S-3,123456782,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:2:12: the BSN is that of another subject of the registry"});
    CHECK(subjects("upsert,S-3,999990019,,,,,,,,,,,\nupsert,S-4,999990019,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:3:12: the BSN is that of line 2 too"});
    CHECK(subjects("upsert,S-3,,,,,,,,,,,,\ndelete,S-3,,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:3:8: the subject_id is that of line 2 too"});
    CHECK(subjects("delete,,,,,,,,,,,,,\n") == Texts{"subjects.csv:2:8: is empty"});
    CHECK(subjects("upsert,S-3,,,\xE9,,,,,,,,,\n") ==
          Texts{"subjects.csv:2:14: is not valid UTF-8"});
    CHECK(subjects("upsert,S-3,\"1\"2,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:2:15: text behind a closing quote"});
    CHECK(subjects("upsert,S-3,,,,,,,,,,,,\nupsert,S-4,11122") ==
          Texts{"subjects.csv:3:12: has 3 fields, the header has 14"});
    CHECK(subjects("upsert,S-3,,\"") ==
          Texts{"subjects.csv:2:13: the file ends inside quotes that begin here"});

    CHECK(registry.report_of("organisations.csv", "upsert,O-3,X,nl,,,\n") ==
          Texts{"organisations.csv:2:14: the domain has no dot: it would stand for a whole "
                "top-level domain"});

    const auto relations = [&](std::string_view rows) {
        return registry.report_of("relations.csv", rows);
    };
    CHECK(relations("upsert,S-9,employer,O-1,,,\n") ==
          Texts{"relations.csv:2:8: there is no subject with this id"});
    CHECK(relations("upsert,S-1,employer,O-9,,,\n") ==
          Texts{"relations.csv:2:21: there is no organisation with this id"});
    CHECK(relations("upsert,S-1,employer,O-1,,2026-01-02,2026-01-01\n") ==
          Texts{"relations.csv:2:37: the relation ends before it begins"});
    CHECK(relations("upsert,S-1,employer,O-1,,2026-01-02,\n"
                    "delete,S-1,employer,O-1,,2026-01-02,\n") ==
          Texts{"relations.csv:3:8: the relation is that of line 2 too"});
}

TEST_CASE("a delta with a byte-order mark, CRLF and columns in any order is read") {
    Updated registry;
    std::ofstream(registry.delta() / "subjects.csv", std::ios::binary)
        << "\xEF\xBB\xBF"
           "emails,birth_date,surname,bsn,op,subject_id\r\ndrie@post.example,,Derde,,upsert,S-"
           "3\r\n";
    REQUIRE(registry.update());
    CHECK(registry.subject(Key::email, "drie@post.example")->surname == "Derde");
}

TEST_CASE("what is no delta is an error with a hint") {
    Updated registry;
    const auto error = [&] {
        const auto before = registry.files();
        auto done = registry.update();
        REQUIRE_FALSE(done);
        CHECK(done.error().code == ErrorCode::source);
        CHECK_FALSE(done.error().hint.empty());
        CHECK(registry.files() == before);
        return done.error().detail;
    };
    CHECK(error() == "there is no delta in this folder");
    std::ofstream(registry.delta() / "subjects.csv") << SourceFolder::subject_header;
    CHECK(error() == "column 'op' is missing");
    std::filesystem::remove_all(registry.delta());
    CHECK(error().find("No such file") != std::string::npos);
}

TEST_CASE("two subjects may change their BSNs with one delta") {
    Updated registry;
    registry.delta_of("subjects.csv",
                      "upsert,S-1,111222333,,,,,Wit,,,,,,\n"
                      "upsert,S-2,123456782,,,,,Jansen,,,,,,\n");
    REQUIRE(registry.update());
    CHECK(registry.subject(Key::bsn, "111222333")->id == "S-1");
    CHECK(registry.subject(Key::bsn, "123456782")->id == "S-2");
    // Free again once its subject is gone.
    registry.delta_of("subjects.csv", "delete,S-1,,,,,,,,,,,,\nupsert,S-5,111222333,,,,,,,,,,,\n");
    REQUIRE(registry.update());
    CHECK(registry.subject(Key::bsn, "111222333")->id == "S-5");
}

TEST_CASE("bad rows that are allowed are left out, with what stands on them") {
    Updated registry;
    // S-1 may not have the number of S-2, and so keeps the one that S-3 wants.
    registry.delta_of("subjects.csv",
                      "upsert,S-1,111222333,,,,,Wit,,,,,,\n"
                      "upsert,S-3,123456782,,,,,Derde,,,,,,\n"
                      "upsert,S-4,,,,,,Vierde,,,,,,vier@post.example\n");
    registry.add_to_delta("relations.csv", "upsert,S-3,employer,O-1,,,\n");
    CHECK_FALSE(registry.update(1));
    REQUIRE(registry.update(2));
    CHECK(registry.bad_rows ==
          Texts{"subjects.csv:2:12: the BSN is that of another subject of the registry",
                "subjects.csv:3:12: the BSN is that of another subject of the registry"});
    CHECK(registry.subject(Key::bsn, "123456782")->id == "S-1");
    CHECK(registry.subject(Key::email, "vier@post.example")->id == "S-4");
    CHECK(registry.open()->stats().subjects == 3);
}

TEST_CASE("a running registry sees an update with the next question") {
    Updated registry;
    Registry running(registry.index(), registry.key());
    const auto before = running.current().value();
    registry.delta_of("subjects.csv", "delete,S-1,,,,,,,,,,,,\n");
    REQUIRE(registry.update());
    const auto after = running.current().value();
    CHECK(after->find(Key::bsn, "123456782").value().empty());
    CHECK(running.current().value() == after);
    // Whoever began with the old one ends with it.
    CHECK(before->find(Key::bsn, "123456782").value() == Numbers{0});
    registry.delta_of("subjects.csv", "upsert,S-1,123456782,,,,,Wit,,,,,,\n");
    REQUIRE(registry.update());
    CHECK(running.current().value()->find(Key::bsn, "123456782").value() == Numbers{0});
}

TEST_CASE("a new build leaves no updates behind, and none of another index count") {
    Updated registry;
    Registry running(registry.index(), registry.key());
    registry.delta_of("subjects.csv", "delete,S-1,,,,,,,,,,,,\n");
    REQUIRE(registry.update());
    CHECK(running.current().value()->stats().subjects == 1);
    std::string name;
    std::string bytes;
    for (const auto& [file, content] : registry.files())
        if (file.find(".updates-") != std::string::npos)
            std::tie(name, bytes) = std::tie(file, content);
    REQUIRE_FALSE(name.empty());
    REQUIRE(registry.build());
    CHECK_FALSE(std::filesystem::exists(registry.folder() / name));
    CHECK(running.current().value()->stats().subjects == 2);
    // As a crash between both steps of a build leaves it.
    std::ofstream(registry.folder() / name, std::ios::binary) << bytes;
    CHECK(running.current().value()->stats().subjects == 2);
    REQUIRE(registry.update());
    CHECK_FALSE(std::filesystem::exists(registry.folder() / name));
    CHECK(running.current().value()->stats().subjects == 1);
}

TEST_CASE("a running registry does without no updates that it had") {
    Updated registry;
    Registry running(registry.index(), registry.key());
    registry.delta_of("subjects.csv", "delete,S-1,,,,,,,,,,,,\n");
    REQUIRE(registry.update());
    REQUIRE(running.current());
    for (const auto& [file, content] : registry.files())
        if (file.find(".updates-") != std::string::npos)
            std::filesystem::remove(registry.folder() / file);
    for (int i = 0; i < 2; ++i) {
        REQUIRE_FALSE(running.current());
        CHECK(running.current().error().code == ErrorCode::registry_unavailable);
    }
    REQUIRE(registry.build());
    CHECK(running.current().value()->stats().subjects == 2);
}

TEST_CASE("a registry that begins does without no updates that there were") {
    Updated registry;
    registry.delta_of("subjects.csv", "delete,S-1,,,,,,,,,,,,\n");
    REQUIRE(registry.update());
    std::string name;
    std::string bytes;
    for (const auto& [file, content] : registry.files())
        if (file.find(".updates-") != std::string::npos)
            std::tie(name, bytes) = std::tie(file, content);
    std::filesystem::remove(registry.folder() / name);
    const auto begun = Registry(registry.index(), registry.key()).current();
    REQUIRE_FALSE(begun);
    CHECK(begun.error().code == ErrorCode::registry_unavailable);
    CHECK(begun.error().where == (registry.folder() / name).string());
    CHECK_FALSE(begun.error().hint.empty());
    CHECK(open_index(registry.index(), registry.key()).error().code ==
          ErrorCode::registry_unavailable);
    // Nor would another delta hide that the first is gone.
    registry.delta_of("subjects.csv", "upsert,S-9,,,,,,Nieuw,,,,,,\n");
    CHECK(registry.update().error().code == ErrorCode::registry_unavailable);
    // It is put back, or there is a new index.
    std::ofstream(registry.folder() / name, std::ios::binary) << bytes;
    CHECK(Registry(registry.index(), registry.key()).current());
    std::filesystem::remove(registry.folder() / name);
    REQUIRE(registry.build());
    CHECK(Registry(registry.index(), registry.key()).current().value()->stats().subjects == 2);
    for (const auto& [file, content] : registry.files())
        CHECK(file.find(".changed-") == std::string::npos);
}

TEST_CASE("damaged updates are never passed over") {
    Updated registry;
    registry.delta_of("subjects.csv", "delete,S-1,,,,,,,,,,,,\n");
    REQUIRE(registry.update());
    Registry running(registry.index(), registry.key());
    REQUIRE(running.current());
    for (const auto& [file, content] : registry.files()) {
        if (file.find(".updates-") == std::string::npos) continue;
        std::string bad = content;
        bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 1);
        REQUIRE(write_file_durably(registry.folder() / file, bad, 0640));
        CHECK(running.current().error().code == ErrorCode::registry_unavailable);
        CHECK(running.current().error().code == ErrorCode::registry_unavailable);
        CHECK(registry.update().error().code == ErrorCode::registry_unavailable);
        REQUIRE(write_file_durably(registry.folder() / file, content, 0640));
        CHECK(running.current());
    }
}

TEST_CASE("updates show nothing that identifies anybody, and have the index's mode") {
    Updated registry;
    REQUIRE(::chmod(registry.index().c_str(), 0644) == 0);
    registry.delta_of("subjects.csv",
                      "upsert,S-33,999990019,GEHEIM,,Johanna,,Onzichtbaar,,,,,,weg@post.example\n");
    REQUIRE(registry.update());
    for (const auto& [file, content] : registry.files()) {
        if (file.find(".updates-") == std::string::npos) continue;
        for (const char* secret :
             {"999990019", "Johanna", "nzichtbaar", "weg@post", "S-33", "geheim", "123456782"})
            CHECK(content.find(secret) == std::string::npos);
        struct stat status {};
        REQUIRE(::stat((registry.folder() / file).c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == 0644);
    }
}

TEST_CASE("an update that is killed leaves all of a delta or none of it") {
    Updated registry;
    constexpr std::uint32_t count = 400;
    const auto delta_with = [&](std::string_view surname) {
        std::string rows;
        for (std::uint32_t n = 0; n < count; ++n)
            rows += format("upsert,U-{},,,,,,{},,,,,,u{}@post.example\n", n, surname, n);
        registry.delta_of("subjects.csv", rows);
    };
    delta_with("Oud");
    const auto started = std::chrono::steady_clock::now();
    REQUIRE(registry.update());
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - started);
    std::mt19937 random(std::random_device{}());
    std::map<std::string, int> seen;
    for (int round = 0; round < 40; ++round) {
        delta_with(round % 2 == 0 ? "Nieuw" : "Oud");
        ChildProcess child([&]() -> std::string {
            while (registry.update()) {
            }
            return "an update failed";
        });
        std::this_thread::sleep_for(whole * (random() % 1500) / 1000);
        child.kill();
        CHECK(child.wait() == "killed");
        const auto index = registry.open();
        CHECK(index->stats().subjects == count + 2);
        std::set<std::string> surnames;
        for (std::uint32_t n = 0; n < count; n += 7) {
            const auto found = index->find(Key::email, format("u{}@post.example", n)).value();
            REQUIRE(found.size() == 1);
            surnames.insert(index->subject(found[0]).value()->surname);
        }
        REQUIRE(surnames.size() == 1);
        ++seen[*surnames.begin()];
    }
    INFO("old " << seen["Oud"] << ", new " << seen["Nieuw"]);
    CHECK(seen["Oud"] + seen["Nieuw"] == 40);
    REQUIRE(registry.update());
    for (const auto& [file, content] : registry.files())
        CHECK(file.find(".building") == std::string::npos);
}

}  // namespace postwacht::registry
