#include "mail/raw_message.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <utility>

using namespace postwacht;
using postwacht::mail::RawMessage;

namespace {

std::filesystem::path spool() {
    return std::filesystem::temp_directory_path();
}

std::string bytes_of(const RawMessage& message) {
    const auto bytes = message.bytes();
    REQUIRE(bytes.has_value());
    return std::string(*bytes);
}

}  // namespace

TEST_CASE("a message is put together as it goes over the wire") {
    RawMessage message(spool());
    REQUIRE(message.add_header("From", " post@uwv.example").has_value());
    REQUIRE(message.add_header("Subject", " Besluit\n over uw uitkering").has_value());
    REQUIRE(message.add_header("X-None", "").has_value());
    REQUIRE(message.end_headers().has_value());
    REQUIRE(message.add_body("Geachte\r").has_value());
    REQUIRE(message.add_body("\nmevrouw\r\n").has_value());
    CHECK(bytes_of(message) ==
          "From: post@uwv.example\r\nSubject: Besluit\r\n over uw uitkering\r\nX-None:\r\n\r\n"
          "Geachte\r\nmevrouw\r\n");
    CHECK(message.size() == bytes_of(message).size());
    CHECK_FALSE(message.spooled());
}

TEST_CASE("a large message leaves the heap and reads the same") {
    RawMessage message(spool(), 100);
    std::string expected = "Subject: x\r\n\r\n";
    REQUIRE(message.add_header("Subject", " x").has_value());
    REQUIRE(message.end_headers().has_value());
    for (int i = 0; i < 50; ++i) {
        const std::string chunk = "regel " + std::to_string(i) + "\r\n";
        REQUIRE(message.add_body(chunk).has_value());
        expected += chunk;
        // Reading in between must not disturb what is written after it.
        if (i % 10 == 0) CHECK(bytes_of(message) == expected);
    }
    CHECK(message.spooled());
    CHECK(bytes_of(message) == expected);
}

TEST_CASE("exactly the limit stays on the heap") {
    RawMessage message(spool(), 10);
    REQUIRE(message.add_body("0123456789").has_value());
    CHECK_FALSE(message.spooled());
    REQUIRE(message.add_body("x").has_value());
    CHECK(message.spooled());
    CHECK(bytes_of(message) == "0123456789x");
}

TEST_CASE("a spooled message can be moved") {
    RawMessage message(spool(), 4);
    REQUIRE(message.add_body("0123456789").has_value());
    CHECK(bytes_of(message) == "0123456789");
    RawMessage moved = std::move(message);
    CHECK(bytes_of(moved) == "0123456789");
    moved = RawMessage::from_bytes("From: a\n\nb\n");
    CHECK(bytes_of(moved) == "From: a\n\nb\n");
}

TEST_CASE("a spool that cannot be written is an error, not a loss") {
    RawMessage message("/nonexistent/postwacht", 4);
    REQUIRE(message.add_body("0123").has_value());
    const auto result = message.add_body("4");
    REQUIRE(result.has_error());
    CHECK(result.error().code == ErrorCode::io);
    // What was there still is.
    CHECK(bytes_of(message) == "0123");
}
