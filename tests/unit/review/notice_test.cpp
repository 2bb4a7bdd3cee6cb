// The return notice: its form, its exact attachment, and what it does not say.
#include "review/notice.hpp"

#include <catch2/catch.hpp>

#include "base/budget.hpp"
#include "mail/parts.hpp"

namespace {

using postwacht::review::make_return_notice;
using postwacht::review::NoticeInput;
using namespace std::string_literals;

NoticeInput input(std::string_view message) {
    NoticeInput notice;
    notice.item_id = "Q-20261123-7f3a9c12e5b0d846";
    notice.sender_raw = "<besluit@uwv.example>";
    notice.recipients_raw = {"<hr@jansen.example>", "info@bakker.example"};
    notice.message = message;
    notice.reporting_host = "gateway.uwv.example";
    notice.held_at = *postwacht::parse_iso_instant("2026-11-22T23:59:59Z");
    notice.now = *postwacht::parse_iso_instant("2026-11-23T09:05:07Z");
    return notice;
}

std::size_t count(std::string_view text, std::string_view word) {
    std::size_t found = 0;
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
        ++found;
    return found;
}

std::string_view header_of(std::string_view message) {
    return message.substr(0, message.find("\r\n\r\n"));
}

TEST_CASE("the notice is a delivery report in the usual form") {
    const std::string notice = make_return_notice(input("Subject: secret\r\n\r\nbody\r\n"));
    const auto header = header_of(notice);
    CHECK_THAT(std::string(header), Catch::StartsWith("From: Postwacht <postmaster@uwv.example>\r\n"
                                                      "To: besluit@uwv.example\r\n"));
    for (const char* field :
         {"Date: Mon, 23 Nov 2026 09:05:07 +0000\r\n", "MIME-Version: 1.0\r\n",
          "Auto-Submitted: auto-generated\r\n", "multipart/report; report-type=delivery-status",
          "Content-Transfer-Encoding: 7bit"})
        CHECK_THAT(std::string(header), Catch::Contains(field));
    CHECK_THAT(notice, Catch::Contains("Reporting-MTA: dns; gateway.uwv.example\r\n"
                                       "Arrival-Date: Sun, 22 Nov 2026 23:59:59 +0000\r\n"
                                       "\r\n"
                                       "Final-Recipient: rfc822; hr@jansen.example\r\n"
                                       "Action: failed\r\n"
                                       "Status: 5.7.1\r\n"));
    CHECK_THAT(notice, Catch::Contains("Final-Recipient: rfc822; info@bakker.example\r\n"));
    CHECK_THAT(notice, Catch::Contains("Dit bericht is niet verzonden."));
    CHECK_THAT(notice, Catch::Contains("This message was not sent."));
}

TEST_CASE("of what may have been sent it says so") {
    NoticeInput possibly = input("Subject: secret\r\n\r\nbody\r\n");
    possibly.possibly_sent = true;
    const std::string notice = make_return_notice(possibly);
    CHECK_THAT(notice, Catch::Contains("Dit bericht is mogelijk verzonden."));
    CHECK_THAT(notice, Catch::Contains("This message may have been sent."));
    CHECK_THAT(notice, Catch::Contains("Action: relayed\r\n"));
    for (const char* untrue : {"niet verzonden.", "not sent", "failed"})
        CHECK_THAT(notice, !Catch::Contains(untrue));
}

TEST_CASE("the header and the explanation hold nothing of the message or its recipients") {
    const std::string notice = make_return_notice(
        input("From: Anna de Vries <a.devries@uwv.example>\r\nSubject: zwangerschap\r\n\r\n"
              "BSN 123456782\r\n"));
    const auto before_status = notice.substr(0, notice.find("message/delivery-status"));
    for (const char* word : {"jansen", "bakker", "zwanger", "123456782", "Vries"})
        CHECK(before_status.find(word) == std::string::npos);
}

TEST_CASE("a reader of mail finds the parts and the message in them") {
    const std::string original = "Subject: besluit\r\n\r\nGeachte heer\r\n";
    postwacht::Budget budget{postwacht::Limits{}};
    const auto parsed = postwacht::mail::parse(make_return_notice(input(original)), budget);
    CHECK(parsed.defects.empty());
    bool text = false;
    bool inner_subject = false;
    bool inner_body = false;
    for (const auto& part : parsed.parts) {
        text = text || part.content.find("Dit bericht is niet verzonden") != std::string::npos;
        inner_body = inner_body || part.content == "Geachte heer\r\n";
        if (part.path != "0")
            for (const auto& field : part.headers)
                inner_subject = inner_subject || field.text == "besluit";
    }
    CHECK(text);
    CHECK(inner_subject);
    CHECK(inner_body);
}

TEST_CASE("the message is inside byte for byte, whatever it holds") {
    const std::string guess = "=_Q-20261123-7f3a9c12e5b0d846_0";
    const std::string messages[] = {
        "Subject: x\r\n\r\n",
        "no line end",
        "8-bit \xff\xfe and \0 NUL\r\n.\r\n"s,
        "Subject: x\r\n\r\n--" + guess + "\r\nContent-Type: text/html\r\n\r\ninjected\r\n--" +
            guess + "--\r\n",
        "",
    };
    for (const auto& message : messages) {
        const std::string notice = make_return_notice(input(message));
        const std::string header(header_of(notice));
        const auto start = header.find("boundary=\"") + 10;
        const std::string boundary = header.substr(start, header.find('"', start) - start);
        CHECK(message.find(boundary) == std::string::npos);
        CHECK(count(notice, "\r\n--" + boundary) == 4);
        const std::string end = "\r\n--" + boundary + "--\r\n";
        REQUIRE(notice.ends_with(message + end));
        const auto attached = notice.substr(0, notice.size() - end.size() - message.size());
        CHECK(attached.ends_with("\r\n\r\n"));
    }
}

TEST_CASE("an 8-bit message is declared as such") {
    const std::string notice = make_return_notice(input("Subject: x\r\n\r\ncaf\xc3\xa9\r\n"));
    CHECK(count(notice, "Content-Transfer-Encoding: 8bit") == 2);
    CHECK(count(notice, "Content-Transfer-Encoding: 7bit") == 0);
}

TEST_CASE("domains in other scripts are written in ASCII") {
    auto notice = input("x\r\n");
    notice.sender_raw = "<besluit@xn--caf-dma.example>";
    notice.recipients_raw = {"<hr@xn--caf-dma.example>", "<hr@b\xC3\xBC"s + "cher.example>"};
    const std::string text = make_return_notice(notice);
    CHECK_THAT(text, Catch::StartsWith("From: Postwacht <postmaster@xn--caf-dma.example>\r\n"
                                       "To: besluit@xn--caf-dma.example\r\n"));
    CHECK_THAT(text, Catch::Contains("Final-Recipient: rfc822; hr@xn--caf-dma.example\r\n"));
    CHECK_THAT(text, Catch::Contains("Final-Recipient: rfc822; hr@xn--bcher-kva.example\r\n"));
}

TEST_CASE("strange addresses neither break the fields nor leave ASCII in the status") {
    auto strange = input("x\r\n");
    strange.sender_raw = "<a@b.example>\r\nBcc: <evil@example.example>";
    strange.recipients_raw = {"<ren\xc3\xa9@jansen.example>", "<x@y.example>\r\n\r\nhello", "\xff"};
    const std::string notice = make_return_notice(strange);
    CHECK(notice.find("\nBcc:") == std::string::npos);
    CHECK(notice.find("\nhello") == std::string::npos);
    CHECK_THAT(notice, Catch::Contains("Final-Recipient: utf-8; ren\\x{E9}@jansen.example\r\n"));
    for (const char c : notice) CHECK(static_cast<unsigned char>(c) < 0x80);
}

}  // namespace
