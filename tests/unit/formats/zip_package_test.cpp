#include "extract/zip_package.hpp"

#include <catch2/catch.hpp>

#include "unit/formats/office_reading.hpp"
#include "unit/formats/zip_builder.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace postwacht::tests;

TEST_CASE("the members of a plain zip are read") {
    const auto reading = reading_of(ZipBuilder()
                                        .add("folder/", "")
                                        .add("folder/a.txt", "alpha text")
                                        .add("b\xC3\xA9.txt", "beta text", true)
                                        .bytes());
    CHECK(reading.parts.at(0).type == "application/zip");
    REQUIRE(reading.parts.size() == 3);
    CHECK(reading.parts.at(1).name == "folder/a.txt");
    CHECK(reading.parts.at(2).name == "b\xC3\xA9.txt");
    CHECK(holds(reading, "alpha text"));
    CHECK(holds(reading, "beta text"));
    CHECK(reading.incomplete.empty());
}

TEST_CASE("a zip behind something else is found, and a zip in a zip is read") {
    const auto inner = ZipBuilder().add("deep.txt", "deep text").bytes();
    CHECK(holds(reading_of(ZipBuilder().add("inner.zip", inner, true).bytes()), "deep text"));
    const auto film = "OggS" + std::string(100, '\0') + inner;
    CHECK(holds(reading_of(film), "deep text"));
}

TEST_CASE("names of old programs are in code page 437") {
    const auto reading = reading_of(ZipBuilder().add("caf\x82.txt", "text").bytes());
    CHECK(reading.parts.at(1).name == "caf\xC3\xA9.txt");
}

TEST_CASE("an encrypted member is told by name, the others are read") {
    const auto reading = reading_of(
        ZipBuilder().add("secret.txt", "x", false, 1).add("open.txt", "open text").bytes());
    CHECK(is_incomplete(reading, Why::encrypted));
    CHECK(reading.parts.at(1).name == "secret.txt");
    CHECK(holds(reading, "open text"));
}

TEST_CASE("a truncated zip gives what is there and is damaged") {
    const auto whole = ZipBuilder().add("a.txt", "first text", true).add("b.txt", "second").bytes();
    for (std::size_t size = 4; size < whole.size(); ++size) {
        INFO(size);
        const auto reading = reading_of(whole.substr(0, size));
        CHECK_FALSE(reading.incomplete.empty());
    }
    CHECK(holds(reading_of(whole.substr(0, whole.size() - 30)), "first text"));
}

TEST_CASE("lies in the directory are damage") {
    const auto honest = ZipBuilder().add("a.txt", "text").bytes();
    SECTION("a wrong checksum") {
        auto bytes = honest;
        bytes[bytes.find("text")] = 'n';
        CHECK(is_incomplete(reading_of(bytes), Why::damaged));
    }
    SECTION("a member that is not listed") {
        const auto one = ZipBuilder().add("hidden.txt", "hidden text of some length").bytes();
        auto listed = ZipBuilder().add("a.txt", "text");
        const auto hidden = one.substr(0, one.find("PK\x01\x02"));
        CHECK(is_incomplete(reading_of(hidden + listed.bytes()), Why::damaged));
    }
    SECTION("a name given twice") {
        const auto twice = ZipBuilder().add("a.txt", "one").add("A.txt", "two").bytes();
        const auto reading = reading_of(twice);
        CHECK(is_incomplete(reading, Why::damaged));
        CHECK(holds(reading, "one"));
        CHECK(holds(reading, "two"));
    }
}

TEST_CASE("unpacking ends where the budget does") {
    Limits limits;
    limits.unpacked_bytes = 1000;
    const auto bytes = ZipBuilder().add("a.txt", std::string(5000, 'a'), true).bytes();
    CHECK(is_incomplete(reading_of(bytes, {}, limits), Why::over_budget));
}
