#include "registry/build.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "base/files.hpp"
#include "support/catch_result.hpp"
#include "support/child_process.hpp"
#include "unit/registry/source_folder.hpp"

namespace postwacht::registry {
namespace {

using Texts = std::vector<std::string>;

std::string subjects(const std::string& rows) {
    return std::string(SourceFolder::subject_header) + rows;
}
std::string organisations(const std::string& rows) {
    return std::string(SourceFolder::organisation_header) + rows;
}
std::string relations(const std::string& rows) {
    return std::string(SourceFolder::relation_header) + rows;
}

// Builds with one file replaced and returns what was reported.
Texts report_of(const std::string& file, const std::string& content) {
    SourceFolder folder;
    folder.write(file, content);
    const auto built = folder.build();
    CHECK(built.has_value() == folder.bad_rows.empty());
    CHECK(std::filesystem::exists(folder.index()) == built.has_value());
    return folder.bad_rows;
}

Texts subject_report(const std::string& rows) {
    SourceFolder folder;
    folder.write("relations.csv", SourceFolder::relation_header);
    folder.write("subjects.csv", subjects(rows));
    (void)folder.build();
    return folder.bad_rows;
}

Error header_error(const std::string& file, const std::string& content) {
    SourceFolder folder;
    folder.write(file, content);
    auto built = folder.build();
    REQUIRE_FALSE(built);
    CHECK(built.error().code == ErrorCode::source);
    CHECK_FALSE(std::filesystem::exists(folder.index()));
    return std::move(built).error();
}

// The files in the folder of the index, which is all that a build may change.
std::size_t files_in(const std::filesystem::path& folder) {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
    return count;
}

}  // namespace

TEST_CASE("the 11-test") {
    for (const char* valid : {"123456782", "111222333", "010000008", "999990019"}) {
        CHECK(bsn_valid(valid));
    }
    for (const char* invalid : {"123456789", "000000000", "12345678", "1234567820", "12345678a", "",
                                "223456782", "132456782"}) {
        CHECK_FALSE(bsn_valid(invalid));
    }
}

TEST_CASE("a good source builds without reports, and says so") {
    SourceFolder folder;
    const auto built = folder.build();
    REQUIRE(built);
    CHECK(folder.bad_rows.empty());
    CHECK(built->bad_rows == 0);
    CHECK(built->stats.subjects == 2);
    CHECK(files_in(folder.folder()) == 2);  // the source and the index
}

TEST_CASE("files with headers only make an empty registry") {
    SourceFolder folder;
    folder.write("subjects.csv", SourceFolder::subject_header);
    folder.write("organisations.csv", SourceFolder::organisation_header);
    folder.write("relations.csv", SourceFolder::relation_header);
    REQUIRE(folder.build());
    const auto index = open_index(folder.index(), folder.key());
    REQUIRE(index);
    CHECK((*index)->find(Key::bsn, "123456782").value().empty());
    CHECK((*index)->stats().subjects == 0);
}

TEST_CASE(
    "columns may stand in any order, be left out where they may, and be spelled with blanks") {
    SourceFolder folder;
    folder.write("subjects.csv",
                 "emails, birth_date ,surname,bsn,subject_id\r\n"
                 " a@post.example ; ;b@post.example;A@post.example, 1990-02-03 ,\" Wit \","
                 "123456782 , S-1\r\n"
                 ",,Jansen,111222333,S-2\r\n");
    REQUIRE(folder.build());
    const auto subject = open_index(folder.index(), folder.key()).value()->subject(0).value();
    CHECK(subject->id == "S-1");
    CHECK(subject->surname == "Wit");
    CHECK(subject->emails == Texts{"a@post.example", "b@post.example"});
    CHECK(subject->given_names.empty());
}

TEST_CASE("byte-order marks and line ends of other systems are read") {
    SourceFolder folder;
    for (const char* name : {"subjects.csv", "organisations.csv", "relations.csv"}) {
        std::string bytes = "\xEF\xBB\xBF" + read_file(folder.source() / name).value();
        for (std::size_t at = 0; (at = bytes.find('\n', at)) != std::string::npos; at += 2)
            bytes.insert(at, 1, '\r');
        folder.write(name, bytes);
    }
    REQUIRE(folder.build());
    const auto index = open_index(folder.index(), folder.key()).value();
    CHECK(index->stats().relations == 3);
    CHECK(index->find(Key::email, "j.dewit@post.example").value().size() == 1);
}

TEST_CASE("what does not fit into memory is sorted on the disk, to the same registry") {
    SourceFolder folder;
    constexpr std::uint32_t count = 3000;
    std::string rows;
    std::string bonds;
    for (std::uint32_t n = 0; n < count; ++n) {
        rows += format("S-{},{},DOS-{},,,,Jansen,,,1990-02-03,1234AB,{},s{}@post.example\n", n,
                       bsn_from(10'000'000 + n), n, n % 50, n);
        // In another order than the subjects, three for each.
        for (const std::uint32_t factor : {7U, 11U, 13U})
            bonds += format("S-{},{},,v{}@recht.example,,\n", n * factor % count,
                            n % 2 == 0 ? "guardian" : "representative", n * factor);
    }
    folder.write("subjects.csv", subjects(rows + "S-7,,,,,,,,,,,,\nS-x,1,,,,,,,,,,,\nS-y," +
                                          bsn_from(10'000'000) + ",,,,,,,,,,,\n"));
    folder.write("relations.csv", relations(bonds + "S-none,guardian,,v@recht.example,,\n"
                                                    "S-x,guardian,,v@recht.example,,\n"));
    Texts reports[2];
    std::vector<std::vector<std::string>> emails[2];
    for (const bool small : {false, true}) {
        BuildOptions options;
        options.source = folder.source();
        options.index = folder.index();
        options.max_bad_rows = 4;
        if (small) options.sort_memory = 20'000;
        options.bad_row = [&](const BadRow& row) {
            reports[small].push_back(
                format("{}:{}:{}: {}", row.file, row.line, row.column, row.what));
        };
        REQUIRE(build(options, folder.key()));
        const auto index = open_index(folder.index(), folder.key()).value();
        CHECK(index->stats().relations == 3 * count);
        for (std::uint32_t n = 0; n < count; ++n) {
            if (const std::string bsn = bsn_from(10'000'000 + n); !bsn.empty())
                REQUIRE(index->find(Key::bsn, bsn).value() == std::vector{n});
            REQUIRE(index->find(Key::email, format("s{}@post.example", n)).value() ==
                    std::vector{n});
            std::vector<std::string> own;
            const auto subject = index->subject(n).value();
            for (const Relation& relation : subject->relations)
                own.push_back(relation.name + ' ' + relation.email);
            emails[small].push_back(std::move(own));
        }
        CHECK(index->find(Key::address, "1234AB 7").value().size() == count / 50);
        CHECK(files_in(folder.folder()) == 2);
    }
    CHECK(emails[0] == emails[1]);
    CHECK(reports[0] == reports[1]);
    CHECK(reports[0] == Texts{"subjects.csv:3003:5: the BSN is not nine digits",
                              "subjects.csv:3002:1: the subject_id is that of line 9 too",
                              "relations.csv:9002:1: there is no subject with this id",
                              "subjects.csv:3004:5: the BSN is that of line 2 too"});
}

TEST_CASE("a BSN that lost its zero is accepted and gets it back") {
    SourceFolder folder;
    folder.write("subjects.csv", subjects("S-1,10000008,,,,,,,,,,,\nS-2,,,,,,,,,,,,\n"));
    REQUIRE(folder.build());
    const auto index = open_index(folder.index(), folder.key()).value();
    CHECK(index->find(Key::bsn, "010000008").value().size() == 1);
    CHECK(index->subject(0).value()->bsn == "010000008");
}

TEST_CASE("each wrong value of a subject is reported with its place and never shown") {
    CHECK(subject_report("S-1,123456789,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:2:5: the BSN fails its check (11-test)"});
    CHECK(subject_report("S-1,1234567,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:2:5: the BSN is not nine digits"});
    CHECK(subject_report("S-1,1234.56.782,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:2:5: the BSN is not nine digits"});
    CHECK(subject_report("S-1,,,,,,,,,1990-02-30,,,\n") ==
          Texts{"subjects.csv:2:13: is not a date that exists, written YYYY-MM-DD"});
    CHECK(subject_report("S-1,,,,,,,,,03-02-1990,,,\n").size() == 1);
    CHECK(subject_report("S-1,,,,,,,,,,0234AB,,\n") ==
          Texts{"subjects.csv:2:14: the postcode is not four digits and two letters"});
    CHECK(subject_report("S-1,,,,,,,,,,1234,,\n").size() == 1);
    CHECK(subject_report("S-1,,,,,,,,,,12345A,,\n").size() == 1);
    CHECK(subject_report("S-1,,,,,,,,,,,,nobody\n") ==
          Texts{"subjects.csv:2:16: is not an e-mail address"});
    CHECK(subject_report("S-1,,,,,,,,,,,,a@b.example;<>\n").size() == 1);
    CHECK(subject_report(",,,,,,,,,,,,\n") == Texts{"subjects.csv:2:1: is empty"});
    CHECK(subject_report("\"S\n1\",,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:2:1: holds a control character"});
    CHECK(subject_report("N123456782,123456782,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:2:1: the subject_id holds the BSN, and would show it in logs"});
    CHECK(subject_report("S-1,,,\xE9,,,,,,,,,\n") == Texts{"subjects.csv:2:7: is not valid UTF-8"});
    CHECK(subject_report("S-1,,," + std::string(70'000, 'x') + ",,,,,,,,,\n") ==
          Texts{"subjects.csv:2:7: is longer than 64 KiB"});
}

TEST_CASE("one bad row is one report, and the rows round it are read") {
    CHECK(subject_report("S-1,123456782,,,,,,,,,,,\n"
                         "S-2,1,,,,,,,,x,y,,z\n"
                         "S-3,111222333,,,,,,,,,,,\n"
                         "S-4,,,\n"
                         "S-5,,,,,,,,,,,,,,\n"
                         "S-6,\"12\"3,,,,,,,,,,,\n"
                         "S-7,,,,,,,,,,,,\n"
                         "S-8,,\"") ==
          Texts{"subjects.csv:3:5: the BSN is not nine digits",
                "subjects.csv:5:7: has 4 fields, the header has 13",
                "subjects.csv:6:17: has 15 fields, the header has 13",
                "subjects.csv:7:9: text behind a closing quote",
                "subjects.csv:9:6: the file ends inside quotes that begin here"});
}

TEST_CASE("a file that was cut off in mid-row is noticed") {
    CHECK(subject_report("S-1,123456782,,,,,,,,,,,\nS-2,1112223") ==
          Texts{"subjects.csv:3:5: has 2 fields, the header has 13"});
}

TEST_CASE("a BSN or an id that is there twice is reported with both lines") {
    CHECK(subject_report("S-1,123456782,,,,,,,,,,,\nS-2,,,,,,,,,,,,\n"
                         "S-3,123456782,,,,,,,,,,,\nS-2,,,,,,,,,,,,\nS-4,123456782,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:5:1: the subject_id is that of line 3 too",
                "subjects.csv:4:5: the BSN is that of line 2 too",
                "subjects.csv:6:5: the BSN is that of line 2 too"});
    // A row that is left out for its id is not a reason to leave out another one.
    CHECK(subject_report("S-1,,,,,,,,,,,,\nS-1,123456782,,,,,,,,,,,\nS-2,123456782,,,,,,,,,,,\n") ==
          Texts{"subjects.csv:3:1: the subject_id is that of line 2 too"});
    CHECK(report_of("organisations.csv", organisations("O-1,,,,,\nO-2,,,,,\nO-1,,,,,\n")) ==
          Texts{"organisations.csv:4:1: the organisation_id is that of line 2 too"});
}

TEST_CASE("organisations: domains and addresses are checked") {
    const auto report = [](const std::string& row) {
        return report_of("organisations.csv", organisations(row + "\nO-1,,,,,\nO-2,,,,,\n"));
    };
    CHECK(report("O-3,X,x.example;nl,,,") ==
          Texts{"organisations.csv:2:7: the domain has no dot: it would stand for a whole "
                "top-level domain"});
    for (const char* domain : {"@x.example", "x y.example", "a@b.example", "*.x.example", ".x.nl",
                               "x..example", "https://x.example", "[192.0.2.1]"}) {
        INFO(domain);
        CHECK(report(std::string("O-3,X,") + domain + ",,,") ==
              Texts{"organisations.csv:2:7: is not a domain (as in: jansen.example)"});
    }
    CHECK(report("O-3,X,,loon,,") == Texts{"organisations.csv:2:8: is not an e-mail address"});
    CHECK(report("O-3,X,B\xC3\x9C"
                 "CHER.example;x-1.nl.,,,")
              .empty());
}

TEST_CASE("relations: names, parties and intervals are checked") {
    const auto report = [](const std::string& row) {
        return report_of("relations.csv", relations(row + "\nS-1,employer,O-1,,,\n"));
    };
    CHECK(report("S-9,employer,O-1,,,") ==
          Texts{"relations.csv:2:1: there is no subject with this id"});
    CHECK(report("S-1,employer,O-9,,,") ==
          Texts{"relations.csv:2:14: there is no organisation with this id"});
    CHECK(report("S-1,employer,,,,") ==
          Texts{"relations.csv:2:14: neither an organisation nor an e-mail address"});
    CHECK(
        report("S-1,employer,O-1,a@b.example,,") ==
        Texts{"relations.csv:2:18: both an organisation and an e-mail address: one is the party"});
    CHECK(report("S-1,employer,,nobody,,") ==
          Texts{"relations.csv:2:15: is not an e-mail address"});
    CHECK(report("S-1,employer,O-1,,2026-01-02,2026-01-01") ==
          Texts{"relations.csv:2:30: the relation ends before it begins"});
    CHECK(report("S-1,employer,O-1,,2026-01-02,2026-01-02").empty());
    CHECK(report("S-1,employer,O-1,,yesterday,") ==
          Texts{"relations.csv:2:19: is not a date that exists, written YYYY-MM-DD"});
    for (const char* name : {"Employer", "em ployer", "", "1st", "werkgever-x"}) {
        INFO(name);
        CHECK(report(std::string("S-1,") + name + ",O-1,,,") ==
              Texts{"relations.csv:2:5: the relation is not a lower_snake word (a-z, 0-9, _)"});
    }
    // A row must not be able to say what only Postwacht says.
    for (const char* name :
         {"self", "internal", "unrelated", "other_subject", "former_employer", "future_employer"}) {
        INFO(name);
        CHECK(report(std::string("S-1,") + name + ",O-1,,,") ==
              Texts{"relations.csv:2:5: the relation has a name that Postwacht gives itself"});
    }
}

TEST_CASE("rows that refer to a bad row are left out, not counted again") {
    SourceFolder folder;
    folder.write("subjects.csv", subjects("S-1,1,,,,,,,,,,,\nS-2,111222333,,,,,,,,,,,\n"));
    REQUIRE_FALSE(folder.build());
    CHECK(folder.bad_rows == Texts{"subjects.csv:2:5: the BSN is not nine digits"});
    const auto built = folder.build(1);
    REQUIRE(built);
    CHECK(built->bad_rows == 1);
    CHECK(built->stats.subjects == 1);
    CHECK(built->stats.relations == 1);
    const auto index = open_index(folder.index(), folder.key()).value();
    const auto found = index->find(Key::bsn, "111222333").value();
    REQUIRE(found.size() == 1);
    CHECK(index->subject(found[0]).value()->relations.size() == 1);
}

TEST_CASE("duplicates that are left out leave the right records behind") {
    SourceFolder folder;
    folder.write(
        "subjects.csv",
        subjects("S-1,123456782,,,,,Eerste,,,,,,\nS-2,123456782,,,,,Dubbel,,,,,,d@x.example\n"
                 "S-3,111222333,,,,,Derde,,,,,,\n"));
    folder.write("relations.csv",
                 relations("S-3,employer,O-2,,,\nS-2,employer,O-1,,,\nS-1,employer,O-1,,,\n"));
    REQUIRE(folder.build(1));
    const auto index = open_index(folder.index(), folder.key()).value();
    CHECK(index->stats().subjects == 2);
    CHECK(index->stats().relations == 2);
    CHECK(index->find(Key::email, "d@x.example").value().empty());
    const auto surname = [&](const char* bsn) {
        const auto found = index->find(Key::bsn, bsn).value();
        return found.size() == 1 ? index->subject(found[0]).value()->surname : "";
    };
    CHECK(surname("123456782") == "Eerste");
    CHECK(surname("111222333") == "Derde");
    const auto third = index->find(Key::bsn, "111222333").value().at(0);
    const auto organisation = index->subject(third).value()->relations.at(0).organisation;
    CHECK(index->organisation(organisation.value()).value()->id == "O-2");
}

TEST_CASE("too many bad rows replace nothing, and all of them are reported") {
    SourceFolder folder;
    REQUIRE(folder.build());
    const std::string before = read_file(folder.index()).value();
    folder.write("subjects.csv",
                 subjects("S-1,1,,,,,,,,,,,\nS-2,2,,,,,,,,,,,\nS-3,3,,,,,,,,,,,\n"));
    const auto built = folder.build(2);
    REQUIRE_FALSE(built);
    CHECK(built.error().code == ErrorCode::source);
    CHECK(built.error().detail.find(
              "rows that are bad: 3, that may be: 2; the first is subjects.csv:2:5") == 0);
    CHECK(folder.bad_rows.size() == 3);
    CHECK(read_file(folder.index()).value() == before);
    CHECK(files_in(folder.folder()) == 2);
}

TEST_CASE("a header that is not understood is an error with a hint") {
    const std::string good(SourceFolder::relation_header);
    Error error =
        header_error("relations.csv", "subject_id,relation,organisation_id,email,valid_from\n");
    CHECK(error.message() == "relations.csv:1:1: column 'valid_to' is missing");
    error = header_error("relations.csv",
                         "subject_id,relation,organisation_id,email,valid_form,valid_to\n");
    CHECK(error.message() == "relations.csv:1:43: unknown column 'valid_form'");
    CHECK(error.hint == "did you mean 'valid_from'?");
    error = header_error("relations.csv", "email," + good);
    CHECK(error.detail == "column 'email' is there twice");
    error = header_error("subjects.csv", "subject_id;bsn;surname\nS-1;123456782;Wit\n");
    CHECK(error.hint ==
          "fields are separated by commas; a semicolon separates values in one field");
    CHECK(error.message().find("123456782") == std::string::npos);
    error = header_error("subjects.csv", "");
    CHECK(error.detail == "there is no header row");
    error = header_error("subjects.csv", std::string("\xFF\xFEs\0u\0", 6));
    CHECK(error.detail == "the file is UTF-16");
    error = header_error("subjects.csv", "subject_id,\"bsn\n");
    CHECK(error.where == "subjects.csv:1:12");
}

TEST_CASE("a missing file is named") {
    for (const char* name : {"subjects.csv", "organisations.csv", "relations.csv"}) {
        SourceFolder folder;
        std::filesystem::remove(folder.source() / name);
        const auto built = folder.build();
        REQUIRE_FALSE(built);
        CHECK(built.error().code == ErrorCode::source);
        CHECK(built.error().where == (folder.source() / name).string());
        CHECK_FALSE(built.error().hint.empty());
        std::filesystem::create_directory(folder.source() / name);
        CHECK(folder.build().error().code == ErrorCode::source);
    }
}

TEST_CASE("progress goes from nothing to all, and never back") {
    SourceFolder folder;
    folder.write_many(5000, "Jansen");
    BuildOptions options;
    options.source = folder.source();
    options.index = folder.index();
    std::vector<double> shares;
    options.progress = [&](std::string_view what, double share) {
        CHECK_FALSE(what.empty());
        shares.push_back(share);
    };
    REQUIRE(build(options, folder.key()));
    REQUIRE(shares.size() > 20);
    CHECK(shares.size() < 500);
    CHECK(std::is_sorted(shares.begin(), shares.end()));
    CHECK(shares.front() == 0.0);
    CHECK(shares.back() <= 1.0);
    CHECK(shares.back() > 0.9);
}

TEST_CASE("the new index has the owner and mode of the old one") {
    SourceFolder folder;
    REQUIRE(folder.build());
    struct stat status {};
    REQUIRE(::stat(folder.index().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0640);
    REQUIRE(::chmod(folder.index().c_str(), 0604) == 0);
    const bool root = ::geteuid() == 0;
    if (root) REQUIRE(::chown(folder.index().c_str(), 1234, 4321) == 0);
    REQUIRE(folder.build());
    REQUIRE(::stat(folder.index().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0604);
    if (root) {
        CHECK(status.st_uid == 1234);
        CHECK(status.st_gid == 4321);
    }
}

TEST_CASE("a disk that is full is an error, and the old index stays") {
    SourceFolder folder;
    folder.write_many(30'000, "Jansen");
    const auto disk = folder.folder() / "disk";
    std::filesystem::create_directory(disk);
    ChildProcess child([&]() -> std::string {
        if (!mount_small_disk(disk, "2m")) return no_small_disk;
        BuildOptions options;
        options.source = folder.source();
        options.index = disk / "index.mdb";
        const auto built = build(options, folder.key());
        if (built) return "built";
        if (built.error().code != ErrorCode::disk_full) return built.error().message();
        return files_in(disk) == 0 ? "" : "something was left behind";
    });
    const std::string report = child.wait();
    if (report == no_small_disk) {
        WARN("no file system can be mounted here: the full disk was not tried");
        return;
    }
    CHECK(report == "");
}

TEST_CASE("a file that may not grow further is an error, and the old index stays") {
    SourceFolder folder;
    REQUIRE(folder.build());
    const std::string before = read_file(folder.index()).value();
    folder.write_many(30'000, "Jansen");
    ChildProcess child([&]() -> std::string {
        ::signal(SIGXFSZ, SIG_IGN);
        const struct rlimit limit { 2U << 20U, 2U << 20U };
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return "setrlimit failed";
        return folder.build() ? "built" : "";
    });
    CHECK(child.wait().empty());
    CHECK(read_file(folder.index()).value() == before);
    CHECK(files_in(folder.folder()) == 2);
}

}  // namespace postwacht::registry
