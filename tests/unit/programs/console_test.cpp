#include "programs/console.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace postwacht;
using namespace postwacht::programs;

TEST_CASE("a letter cannot send control characters to a terminal") {
    CHECK(terminal_safe("plain\ttext\nnext") == "plain\ttext\nnext");
    CHECK(terminal_safe("\x1b[2J\r\x07\x7f") == "?[2J???");
    CHECK(terminal_safe(std::string_view("a\0b", 3)) == "a?b");
    // The one-character form of ESC [ (U+009B), and a letter that shares its first byte.
    CHECK(terminal_safe("\xc2\x9b"
                        "2J \xc2\xa9") == "?2J \xc2\xa9");
    CHECK(terminal_safe("caf\xc3\xa9") == "caf\xc3\xa9");
}

TEST_CASE("ill-formed text is repaired before it is printed") {
    CHECK(terminal_safe("a\xff"
                        "b") ==
          "a\xef\xbf\xbd"
          "b");
    CHECK(terminal_safe("a\xc2") == "a\xef\xbf\xbd");
}

TEST_CASE("what the user gave wrong is told apart from what failed") {
    const auto code = [](ErrorCode error) { return exit_code_for(Error{error, "", "", ""}); };
    for (const ErrorCode wrong :
         {ErrorCode::usage, ErrorCode::config, ErrorCode::policy, ErrorCode::source,
          ErrorCode::registry_unavailable, ErrorCode::crypto})
        CHECK(code(wrong) == 2);
    for (const ErrorCode failed :
         {ErrorCode::io, ErrorCode::disk_full, ErrorCode::not_found, ErrorCode::conflict,
          ErrorCode::damaged, ErrorCode::delivery, ErrorCode::budget, ErrorCode::internal})
        CHECK(code(failed) == 1);
}
