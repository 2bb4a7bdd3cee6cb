// Golden mails: tests/golden/mail/NNN-name.eml, and beside each what must be read of it as
// NNN-name.json. Each mail is read with LF and with CRLF line ends, and must give the same. What
// was read instead is written as NNN-name.failed in the directory the test runs in, in the same
// layout, so that a right change is one `cp` away and a wrong one shows in `diff`.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <regex>

#include "base/files.hpp"
#include "extract/extractor.hpp"

using namespace postwacht;

namespace {

std::filesystem::path golden_directory() {
    return std::filesystem::path(POSTWACHT_SOURCE_DIR) / "tests/golden/mail";
}

std::string with_lf(std::string bytes) {
    bytes.erase(std::remove(bytes.begin(), bytes.end(), '\r'), bytes.end());
    return bytes;
}

std::string with_crlf(const std::string& bytes) {
    std::string out;
    for (const char c : with_lf(bytes)) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
}

// One line for each part, fragment and incomplete entry. Sizes differ with the line ends and are
// left out.
std::string layout(const std::string& json) {
    static const std::regex size(",\"bytes\":[0-9]+");
    static const std::regex entry("(\\[|\\},)\\{\"part\"");
    static const std::regex section(",\"(parts|fragments|incomplete|coverage)\":");
    std::string out = std::regex_replace(json, size, "");
    out = std::regex_replace(out, section, ",\n\"$1\":");
    return std::regex_replace(out, entry, "$1\n {\"part\"") + "\n";
}

std::string read(const std::string& bytes) {
    Budget budget{Limits{}};
    const auto extractor = extract::make_in_process_extractor();
    const auto parsed = mail::parse(bytes, budget);
    return layout(extract::read_message(parsed, *extractor, budget).to_json());
}

void compare(const std::filesystem::path& mail, const std::string& expected,
             const std::string& got) {
    if (got == expected) return;
    const std::string failed = mail.stem().string() + ".failed";
    std::ofstream(failed, std::ios::binary) << got;
    FAIL_CHECK(mail.filename().string() << ": see " << std::filesystem::absolute(failed).string());
}

}  // namespace

TEST_CASE("golden mails are read as they should be") {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(golden_directory())) {
        if (entry.path().extension() != ".eml") continue;
        ++count;
        INFO(entry.path().filename().string());
        const auto bytes = read_file(entry.path());
        REQUIRE(bytes.has_value());
        auto json_path = entry.path();
        const auto expected = read_file(json_path.replace_extension(".json"));
        const std::string wanted = expected ? *expected : std::string();
        compare(entry.path(), wanted, read(with_lf(*bytes)));
        compare(entry.path(), wanted, read(with_crlf(*bytes)));
    }
    CHECK(count > 0);
}
