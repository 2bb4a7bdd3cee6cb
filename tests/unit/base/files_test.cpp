#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

using namespace postwacht;

TEST_CASE("a durable write replaces the whole file or nothing") {
    const TemporaryDirectory directory;
    const auto path = directory / "file";
    REQUIRE(write_file_durably(path, "one", 0640));
    REQUIRE(write_file_durably(path, "two", 0600));
    CHECK(*read_file(path) == "two");
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);

    const auto elsewhere = write_file_durably(directory / "none/file", "x", 0600);
    REQUIRE_FALSE(elsewhere);
    CHECK(elsewhere.error().code == ErrorCode::io);
    std::size_t entries = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory.path()))
        ++entries;
    CHECK(entries == 1);  // no temporary file is left
}

TEST_CASE("a file over the limit is an error that names it") {
    const TemporaryDirectory directory;
    const auto path = directory / "big";
    REQUIRE(write_file_durably(path, std::string(100, 'x'), 0600));
    const auto bytes = read_file(path, 99);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().where == path.string());
    CHECK(read_file(path, 100));
}

TEST_CASE("a full disk is told apart from other failures") {
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    REQUIRE(full);
    const auto written = write_all(full.get(), "x");
    REQUIRE_FALSE(written);
    CHECK(written.error().code == ErrorCode::disk_full);
}
