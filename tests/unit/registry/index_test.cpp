#include "registry/index.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/files.hpp"
#include "support/catch_result.hpp"
#include "unit/registry/source_folder.hpp"

namespace postwacht::registry {
namespace {

using Numbers = std::vector<std::uint32_t>;

std::string why_not(const std::filesystem::path& file, const crypto::SecretKey& key) {
    const auto opened = open_index(file, key);
    if (opened) return "opened";
    CHECK(opened.error().code == ErrorCode::registry_unavailable);
    return opened.error().detail;
}

void overwrite(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace

TEST_CASE("other ids are compared without case, accents and blanks") {
    CHECK(normalise_other_id(" DOS-77 / A.b ") == "dos-77/a.b");
    CHECK(normalise_other_id("\xEF\xBC\xA1\xEF\xBC\x91\xC2\xA0"
                             "2") == "a12");  // full-width A and 1, no-break space
    CHECK(normalise_other_id("\xC3\x89T\xC3\x89") == "ete");
    CHECK(normalise_other_id("") == "");
    for (const char* text : {"Ab 12", "\xC3\x98-3", "\xCE\xA9 9"}) {
        const std::string once = normalise_other_id(text);
        CHECK(normalise_other_id(once) == once);
    }
}

TEST_CASE("a shape has a for letters and 9 for digits") {
    CHECK(shape_of("dos-77/a.b") == "aaa-99/a.a");
    CHECK(shape_of("\xCF\x89"
                   "1") == "a9");  // one letter of two bytes
    CHECK(shape_of("").empty());
}

TEST_CASE("what was built is found, by every kind of key") {
    SourceFolder folder;
    REQUIRE(folder.build());
    const auto index = open_index(folder.index(), folder.key()).value();
    CHECK(index->find(Key::bsn, "123456782").value() == Numbers{0});
    CHECK(index->find(Key::bsn, "111222333").value() == Numbers{1});
    CHECK(index->find(Key::other_id, "dos-77").value() == Numbers{0});
    CHECK(index->find(Key::other_id, "ab12").value() == Numbers{0});
    CHECK(index->find(Key::email, "j.dewit@post.example").value() == Numbers{0});
    CHECK(index->find(Key::email, "jo@thuis.example").value() == Numbers{0, 1});
    CHECK(index->find(Key::email, "123456782").value().empty());
    CHECK(index->find(Key::bsn, "999990019").value().empty());
    CHECK(index->find(Key::bsn, "").value().empty());
    CHECK(index->other_id_shapes() == std::vector<std::string>{"aa99", "aaa-99"});
}

TEST_CASE("a subject is as the source says, normalised") {
    SourceFolder folder;
    REQUIRE(folder.build());
    const auto index = open_index(folder.index(), folder.key()).value();
    const auto subject = index->subject(0).value();
    CHECK(subject->number == 0);
    CHECK(subject->id == "S-1");
    CHECK(subject->bsn == "123456782");
    CHECK(subject->initials == "J.M.");
    CHECK(subject->given_names == "Johanna Maria");
    CHECK(subject->prefix == "de");
    CHECK(subject->surname == "Wit");
    CHECK(subject->partner_prefix == "van der");
    CHECK(subject->partner_surname == "Meer");
    CHECK(subject->birth_date == parse_iso_date("1990-02-03"));
    CHECK(subject->postcode == "1234AB");
    CHECK(subject->house_number == "12a");
    CHECK(subject->emails == std::vector<std::string>{"j.dewit@post.example", "jo@thuis.example"});
    REQUIRE(subject->relations.size() == 2);
    CHECK(subject->relations[0].name == "employer");
    CHECK(subject->relations[0].organisation == 0U);
    CHECK(subject->relations[0].valid_to == parse_iso_date("2025-12-31"));
    CHECK(subject->relations[1].name == "representative");
    CHECK(subject->relations[1].email == "advocaat@recht.example");
    CHECK(index->organisation(0).value()->name == "Bakkerij Jansen, Zwolle");
    CHECK(index->organisation(1).value()->domains ==
          std::vector<std::string>{"zorg.jansen.example"});
    CHECK(index->subject(2).error().code == ErrorCode::registry_unavailable);
    CHECK(index->organisation(2).error().code == ErrorCode::registry_unavailable);
}

TEST_CASE("an index keeps how its addresses are normalised") {
    SourceFolder folder;
    folder.write("subjects.csv",
                 std::string(SourceFolder::subject_header) +
                     "S-1,,,,,,Wit,,,,,,J.de.Wit+oud@Punt.example;jo+x@xn--caf-dma.example\n"
                     "S-2,,,,,,Wit,,,,,,j.dewit@thuis.example;zo\xC3\xAB@thuis.example\n"
                     "S-3,,,,,,Smit,,,,,,zoe@thuis.example\n");
    folder.write("relations.csv", std::string(SourceFolder::relation_header) +
                                      "S-1,representative,,voog.d+w@punt.example,,\n");
    folder.dotless_domains = {"PUNT.example"};
    REQUIRE(folder.build());
    const auto index = open_index(folder.index(), folder.key()).value();
    CHECK(index->mailboxes().dotless_domains() == std::vector<std::string>{"punt.example"});
    CHECK(index->subject(0).value()->emails ==
          std::vector<std::string>{"jdewit@punt.example", "jo@caf\xC3\xA9.example"});
    CHECK(index->subject(0).value()->relations[0].email == "voogd@punt.example");
    const auto owners = [&](std::string_view address) {
        return resolve(*index, address, false).value().own_address_of;
    };
    CHECK(owners("j.d.e.wit@punt.example") == Numbers{0});
    CHECK(owners("jdewit+nieuw@punt.example") == Numbers{0});
    CHECK(owners("jo@caf\xC3\xA9.example") == Numbers{0});
    CHECK(owners("jo@xn--caf-dma.example") == Numbers{0});
    CHECK(owners("jdewit@thuis.example").empty());
    CHECK(owners("j.dewit+x@thuis.example") == Numbers{1});
    // In a text diacritics are gone; in an address they count.
    CHECK(index->find(Key::folded_email, "zoe@thuis.example").value() == Numbers{1});
    CHECK(index->find(Key::folded_email, "jo@cafe.example").value() == Numbers{0});
    CHECK(index->find(Key::folded_email, "j.dewit@thuis.example").value().empty());
    CHECK(owners("zoe@thuis.example") == Numbers{2});
    CHECK(owners("zo\xC3\xAB@thuis.example") == Numbers{1});
}

TEST_CASE("organisations are found by address, domain and parent domains") {
    SourceFolder folder;
    REQUIRE(folder.build());
    const auto index = open_index(folder.index(), folder.key()).value();
    const auto at = [&](std::string_view address, bool by_address_only = false) {
        return index->organisations_at(address, by_address_only).value();
    };
    CHECK(at("hr@jansen.example") == Numbers{0});
    CHECK(at("hr@a.b.brood.example") == Numbers{0});
    CHECK(at("x@zorg.jansen.example") == Numbers{0, 1});
    CHECK(at("loon@kantoor.example") == Numbers{0});
    CHECK(at("loon@kantoor.example", true) == Numbers{0});
    CHECK(at("ander@kantoor.example").empty());
    CHECK(at("hr@jansen.example", true).empty());
    CHECK(at("hr@xjansen.example").empty());
    CHECK(at("hr@example").empty());
    CHECK(at("no address").empty());
    CHECK(at("").empty());
    CHECK(at("@" + std::string(5000, '.')).empty());
}

TEST_CASE("the description counts and dates what was built") {
    SourceFolder folder;
    const auto report = folder.build();
    REQUIRE(report);
    const auto index = open_index(folder.index(), folder.key()).value();
    const Stats& stats = index->stats();
    CHECK(stats.subjects == 2);
    CHECK(stats.organisations == 2);
    CHECK(stats.relations == 3);
    CHECK(stats.format == 5);
    CHECK(stats.source_digest.size() == 64);
    CHECK(stats.source_digest == report->stats.source_digest);
    CHECK(stats.built_at >= stats.source_as_of - std::chrono::seconds(1));

    const std::string before = stats.source_digest;
    folder.write("relations.csv", SourceFolder::relation_header);
    CHECK(folder.build().value().stats.source_digest != before);
}

TEST_CASE("the index shows nothing that identifies anybody") {
    SourceFolder folder;
    REQUIRE(folder.build());
    const std::string bytes = read_file(folder.index()).value();
    for (const char* secret : {"123456782", "Johanna", "Wit", "post.example", "jansen", "Jansen",
                               "S-1", "DOS-77", "dos-77", "1234AB"}) {
        CHECK(bytes.find(secret) == std::string::npos);
    }
}

TEST_CASE("two builds of one source share no key and no record") {
    SourceFolder folder;
    folder.write_many(200, "Jansen");
    REQUIRE(folder.build());
    const std::string first = read_file(folder.index()).value();
    REQUIRE(folder.build());
    const std::string second = read_file(folder.index()).value();
    std::set<std::string> windows;
    for (std::size_t i = 0; i + 16 <= first.size(); ++i) windows.insert(first.substr(i, 16));
    // Page headers and node headers are alike; a key or a record of 16 random bytes is not.
    std::size_t random_windows = 0;
    for (std::size_t i = 0; i + 16 <= second.size(); ++i) {
        const std::string window = second.substr(i, 16);
        const std::set<char> different(window.begin(), window.end());
        if (different.size() > 12 && windows.contains(window)) ++random_windows;
    }
    CHECK(random_windows < 400);  // names of databases and the like
}

TEST_CASE("the wrong key is told apart from damage") {
    SourceFolder folder;
    REQUIRE(folder.build());
    const auto other = open_index(folder.index(), crypto::SecretKey::generate().value());
    REQUIRE_FALSE(other);
    CHECK(other.error().code == ErrorCode::registry_unavailable);
    CHECK(other.error().detail == "was built with another key");
    CHECK_FALSE(other.error().hint.empty());
}

TEST_CASE("a missing file, a folder, and what is no index are errors") {
    SourceFolder folder;
    CHECK_FALSE(open_index(folder.index(), folder.key()));
    CHECK_FALSE(open_index(folder.folder(), folder.key()));
    for (const std::string& bytes :
         {std::string(), std::string("x"), std::string(4096, 'x'), std::string(100'000, '\0')}) {
        overwrite(folder.index(), bytes);
        CHECK(why_not(folder.index(), folder.key()) != "opened");
    }
}

TEST_CASE("an index that is cut short anywhere does not open") {
    SourceFolder folder;
    REQUIRE(folder.build());
    const std::string whole = read_file(folder.index()).value();
    for (std::size_t size = 0; size < whole.size(); size += 509) {
        overwrite(folder.index(), whole.substr(0, size));
        CHECK(why_not(folder.index(), folder.key()) != "opened");
    }
    overwrite(folder.index(), whole + "x");
    CHECK(why_not(folder.index(), folder.key()) != "opened");
    // Pages are missing, the trailer is there.
    overwrite(folder.index(), whole.substr(4096));
    CHECK(why_not(folder.index(), folder.key()) == "is not as long as it says");
}

TEST_CASE("an index with one bit changed anywhere does not open") {
    SourceFolder folder;
    REQUIRE(folder.build());
    const std::string whole = read_file(folder.index()).value();
    std::mt19937 random(11);
    for (int round = 0; round < 400; ++round) {
        // The last rounds hit the trailer.
        const std::size_t at = round < 300
                                   ? random() % whole.size()
                                   : whole.size() - 1 - static_cast<std::size_t>(round % 80);
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ (1 << (random() % 8)));
        overwrite(folder.index(), changed);
        INFO("byte " << at);
        CHECK(why_not(folder.index(), folder.key()) != "opened");
    }
    overwrite(folder.index(), whole);
    CHECK(why_not(folder.index(), folder.key()) == "opened");
}

TEST_CASE("another format is named") {
    SourceFolder folder;
    REQUIRE(folder.build());
    std::string bytes = read_file(folder.index()).value();
    bytes[bytes.size() - 80 + 8] = 9;
    overwrite(folder.index(), bytes);
    CHECK(why_not(folder.index(), folder.key()) == "has format 9, this version reads 5");
}

TEST_CASE("many threads look up in one index") {
    SourceFolder folder;
    folder.write_many(3000, "Jansen");
    REQUIRE(folder.build());
    const auto index = open_index(folder.index(), folder.key()).value();
    std::vector<int> wrong(24, 0);  // more threads than idle transactions are kept
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t) {
        threads.emplace_back([&, t] {
            for (std::uint32_t n = static_cast<std::uint32_t>(t); n < 3000; n += 7) {
                const auto found = index->find(Key::email, format("s{}@post.example", n));
                if (!found || *found != Numbers{n}) ++wrong[t];
                const auto subject = index->subject(n);
                if (!subject || (*subject)->id != format("S-{}", n)) ++wrong[t];
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == std::vector<int>(24, 0));
}

TEST_CASE("an index that was replaced lives on for those who hold it") {
    SourceFolder folder;
    folder.write_many(500, "Jansen");
    REQUIRE(folder.build());
    const auto old = open_index(folder.index(), folder.key()).value();
    folder.write_many(10, "Visser");
    REQUIRE(folder.build());
    for (std::uint32_t n = 0; n < 500; ++n) CHECK(old->subject(n).value()->surname == "Jansen");
    CHECK(open_index(folder.index(), folder.key()).value()->stats().subjects == 10);
}

}  // namespace postwacht::registry
