// The plain form of sealed content: readable, exact, and strict when read back.
#include "quarantine/content.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "support/catch_result.hpp"

namespace {

using postwacht::ErrorCode;
using postwacht::quarantine::ContentHead;
using postwacht::quarantine::parse_content;
using postwacht::quarantine::write_content_head;

const std::string id = "Q-20261123-7f3a9c12e5b0d846";

std::string sealed_form(std::string_view sender, std::vector<std::string_view> recipients,
                        std::string_view message) {
    const ContentHead head{id,
                           "4fXyz1",
                           *postwacht::parse_iso_instant("2026-11-23T09:00:00Z"),
                           sender,
                           std::move(recipients),
                           message.size()};
    return write_content_head(head) + std::string(message);
}

TEST_CASE("the form is readable text") {
    CHECK(sealed_form("<besluit@uwv.example>", {"<hr@jansen.example>", "<info@bakker.example>"},
                      "Subject: x\r\n\r\nhi\r\n") ==
          "Postwacht-Sealed: 1\n"
          "Item: Q-20261123-7f3a9c12e5b0d846\n"
          "Queue-Id: 4fXyz1\n"
          "Held-At: 2026-11-23T09:00:00Z\n"
          "Sender: <besluit@uwv.example>\n"
          "Recipient: <hr@jansen.example>\n"
          "Recipient: <info@bakker.example>\n"
          "Content-Length: 18\n"
          "\n"
          "Subject: x\r\n\r\nhi\r\n");
}

TEST_CASE("any sender, recipients and message come back byte for byte") {
    const std::string all_bytes = [] {
        std::string bytes;
        for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
        return bytes;
    }();
    const std::string addresses[] = {
        "<>",
        "",
        "plain@uwv.example",
        "<\"a b\"@c.example>",
        "<x%y@z.example>",
        "<%41@z.example>",
        "<j\xc3\xb8rgen@s\xc3\xb8.example>",
        "<a@b>\r\nRecipient: <c@d>",
        " <a@b> ",
        all_bytes,
    };
    for (const auto& sender : addresses)
        for (const auto& recipient : addresses)
            for (const auto& message : {std::string(), std::string("\n"), all_bytes,
                                        "Content-Length: 3\n\nabc" + all_bytes}) {
                const auto content =
                    parse_content(sealed_form(sender, {recipient, "<b@c.example>"}, message), id);
                REQUIRE(content);
                CHECK(content->sender_raw == sender);
                CHECK(content->recipients_raw ==
                      std::vector<std::string>{recipient, "<b@c.example>"});
                CHECK(content->message == message);
            }
}

TEST_CASE("content cut short, made longer or under another id is refused") {
    const std::string whole = sealed_form("<a@uwv.example>", {"<b@c.example>"}, "0123456789");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        CHECK(parse_content(whole.substr(0, size), id).has_error());
    }
    CHECK(parse_content(whole + "x", id).error().code == ErrorCode::damaged);
    CHECK(parse_content(whole, "Q-20261123-0000000000000000").error().code == ErrorCode::damaged);
}

TEST_CASE("content that does not have exactly the form is refused") {
    const std::string whole = sealed_form("<a@uwv.example>", {"<b@c.example>"}, "hello");
    const auto replaced = [&](std::string_view old_text, std::string_view new_text) {
        std::string text = whole;
        const auto at = text.find(old_text);
        REQUIRE(at != std::string::npos);
        text.replace(at, old_text.size(), new_text);
        return text;
    };
    const std::pair<std::string_view, std::string_view> changes[] = {
        {"Content-Length: 5", "Content-Length: 6"},
        {"Content-Length: 5", "Content-Length: 05"},
        {"Content-Length: 5", "Content-Length: +5"},
        {"Content-Length: 5", "Content-Length: "},
        {"Recipient: <b@c.example>\n", ""},
        {"Sender: <a@uwv.example>\n", ""},
        {"Sender: <a@", "Sender: <%4@"},
        {"Sender: <a@", "Sender: <%4g@"},
        {"Sender: <a@", "Sender: <%c3@"},
        {"Sender: <a@", "Sender: <\xc3\xb8@"},
        {"Sender: <a@", "Sender: <a b@"},
        {"Queue-Id: ", "Queue-Id:"},
        {"Queue-Id: ", "X-Other: 1\nQueue-Id: "},
        {"Postwacht-Sealed: 1\n", ""},
        {"Item: ", "item: "},
    };
    for (const auto& [old_text, new_text] : changes) {
        INFO(old_text << " -> " << new_text);
        CHECK(parse_content(replaced(old_text, new_text), id).error().code == ErrorCode::damaged);
    }
    CHECK(parse_content(replaced("Sealed: 1", "Sealed: 2"), id).error().code == ErrorCode::config);
}

TEST_CASE("random damage never crashes and never changes the message unnoticed") {
    const std::string message = "From: a\r\n\r\n.\r\nbody";
    const std::string whole = sealed_form("<a@uwv.example>", {"<b@c.example>"}, message);
    std::mt19937 random(20261123);
    for (int round = 0; round < 20'000; ++round) {
        std::string text = whole;
        const std::size_t head_size = whole.size() - message.size();
        text[random() % head_size] = static_cast<char>(random());
        if (const auto content = parse_content(text, id)) CHECK(content->message == message);
    }
}

}  // namespace
