// Re-injection over SMTP: exact bytes, exact envelope, and which failures are sure.
#include "review/review.hpp"

#include <sys/wait.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <random>

#include "base/files.hpp"
#include "support/catch_result.hpp"
#include "support/smtp_server.hpp"
#include "support/temporary_directory.hpp"

namespace {

using postwacht::ErrorCode;
using postwacht::Result;
using postwacht::SmtpScript;
using postwacht::SmtpServer;
using postwacht::review::make_smtp_reinjector;
using postwacht::review::SmtpSettings;
using postwacht::review::Submission;
using Strings = std::vector<std::string>;

struct Outcome {
    Result<std::string> reply;
    bool uncertain;
};

Outcome submit(const std::string& url, const Submission& submission,
               std::chrono::seconds timeout = std::chrono::seconds(20)) {
    const auto reinjector = make_smtp_reinjector(SmtpSettings{url, timeout, "gateway.example"});
    bool uncertain = true;
    auto reply = reinjector->submit(submission, uncertain);
    return {std::move(reply), uncertain};
}

Submission letter(std::string_view message = "Subject: x\r\n\r\nhello\r\n") {
    return {"<besluit@uwv.example>", {"<hr@jansen.example>"}, message};
}

TEST_CASE("a message arrives byte for byte, with its envelope") {
    const SmtpServer server;
    const std::string message =
        std::string("Subject: caf\xc3\xa9\r\n\r\n8-bit \xff\xfe and ") + '\0' + " NUL\r\n\tend\r\n";
    const Strings recipients{"<hr@jansen.example>", "<klant@bakker.example>", "<a@b.example>"};
    const auto outcome = submit(server.url(), {"<besluit@uwv.example>", recipients, message});
    REQUIRE(outcome.reply);
    CHECK(*outcome.reply == "250 2.0.0 queued as 4fTest1");
    CHECK_FALSE(outcome.uncertain);
    const auto mails = server.mails();
    REQUIRE(mails.size() == 1);
    CHECK_THAT(mails[0].from, Catch::StartsWith("<besluit@uwv.example>"));
    CHECK(mails[0].recipients == recipients);
    CHECK(mails[0].message == message);
    CHECK(server.commands()[0] == "EHLO gateway.example");
}

TEST_CASE("lines that begin with a dot arrive as they were") {
    const SmtpServer server;
    const std::string messages[] = {
        ".\r\n",
        "..\r\n",
        ".first line\r\nlast\r\n",
        "x\r\n.\r\ny\r\n",
        "x\r\n.\r\n.\r\n..\r\n...\r\n",
        "x\r\n.",
        "x\r\n\r\n.\r\nRCPT TO:<evil@example.example>\r\n",
        "x\r.\r\ny\r\r\n.\r\n\r\r\r\n",
        "no end of line",
        "\r\n",
        "\r",
    };
    for (const auto& message : messages) {
        INFO(message);
        REQUIRE(submit(server.url(), letter(message)).reply);
        const bool ended = message.ends_with("\r\n");
        CHECK(server.mails().back().message == (ended ? message : message + "\r\n"));
    }
}

TEST_CASE("a line feed without a carriage return gets one, wherever it stands") {
    const SmtpServer server;
    const std::pair<std::string, std::string> pairs[] = {
        {"a\nb\n", "a\r\nb\r\n"},
        {"\n.\nb\r\nc\n", "\r\n.\r\nb\r\nc\r\n"},
        {"x\n.\r\nMAIL FROM:<smuggled@example.example>\r\n",
         "x\r\n.\r\nMAIL FROM:<smuggled@example.example>\r\n"},
        {"\n", "\r\n"},
    };
    for (const auto& [sent, arrives] : pairs) {
        REQUIRE(submit(server.url(), letter(sent)).reply);
        CHECK(server.mails().back().message == arrives);
    }
}

TEST_CASE("random messages of dots and line ends arrive as they were, across every buffer's edge") {
    const SmtpServer server;
    std::mt19937 random(20261123);
    for (int round = 0; round < 60; ++round) {
        // Mostly what the escaping looks at; sizes around and beyond libcurl's 64 KiB buffer.
        std::string message;
        const std::size_t size = round % 3 == 0 ? 65'530 + random() % 12 : random() % 200'000;
        constexpr std::string_view pieces[] = {"\r\n", "\r\n.",     ".",   "\r",
                                               "ab",   "\r\n.\r\n", "\x80"};
        while (message.size() < size) message += pieces[random() % std::size(pieces)];
        while (message.ends_with('\r')) message.pop_back();
        message += "\r\n";
        REQUIRE(submit(server.url(), letter(message)).reply);
        // Not CHECK(a == b): nobody wants to read that.
        REQUIRE((server.mails().back().message == message));
    }
}

TEST_CASE("addresses go as the MTA gave them") {
    const SmtpServer server;
    SECTION("the null sender") {
        REQUIRE(submit(server.url(), {"<>", {"<besluit@uwv.example>"}, "x\r\n"}).reply);
        CHECK_THAT(server.mails()[0].from, Catch::StartsWith("<>"));
    }
    SECTION("forms that are seldom seen") {
        const Strings recipients{"<\"a b\"@c.example>", "<@relay.example:a@b.example>",
                                 "<user%other.example@c.example>", "<MixedCase@C.Example>",
                                 "<\"at@sign\"@c.example>"};
        REQUIRE(submit(server.url(), {"<a@b.example>", recipients, "x\r\n"}).reply);
        CHECK(server.mails()[0].recipients == recipients);
    }
    SECTION("without brackets, as sendmail(1) hands them in") {
        REQUIRE(submit(server.url(), {"a@b.example", {"c@d.example"}, "x\r\n"}).reply);
        CHECK_THAT(server.mails()[0].from, Catch::StartsWith("<a@b.example>"));
        CHECK(server.mails()[0].recipients == Strings{"<c@d.example>"});
    }
    SECTION("beyond ASCII") {
        REQUIRE(submit(server.url(),
                       {"<j\xc3\xb8rgen@uwv.example>", {"<ren\xc3\xa9@jansen.example>"}, "x\r\n"})
                    .reply);
        CHECK_THAT(server.mails()[0].from, Catch::StartsWith("<j\xc3\xb8rgen@uwv.example>"));
        CHECK_THAT(server.mails()[0].from, Catch::Contains("SMTPUTF8"));
        CHECK(server.mails()[0].recipients == Strings{"<ren\xc3\xa9@jansen.example>"});
    }
}

TEST_CASE("an envelope that cannot be sent is refused without a connection") {
    const SmtpServer server;
    const Submission bad[] = {
        {"<a@b.example>\r\nRCPT TO:<evil@example.example>", {"<c@d.example>"}, "x\r\n"},
        {"<a@b.example>", {"<c@d.example>\nDATA"}, "x\r\n"},
        {"<a@b.example>", {std::string("<c@d.example\0>", 14)}, "x\r\n"},
        {"<a@b.example>", {}, "x\r\n"},
        {"<a@b.example>", {"<c@d.example>"}, ""},
    };
    for (const auto& submission : bad) {
        const auto outcome = submit(server.url(), submission);
        REQUIRE(outcome.reply.has_error());
        CHECK(outcome.reply.error().code == ErrorCode::delivery);
        CHECK_FALSE(outcome.uncertain);
    }
    CHECK(server.commands().empty());
}

TEST_CASE("a refusal before or after the message is sure, and its addresses are not kept") {
    const std::string quoting = " <hr@jansen.example>: no such user hr@jansen.example";
    const std::pair<std::string, std::string> cases[] = {
        {"CONNECT", "554 5.3.2"}, {"MAIL", "451 4.3.0"}, {"RCPT", "451 4.3.0"},
        {"RCPT", "550 5.1.1"},    {"DATA", "452 4.3.1"}, {".", "451 4.3.0"},
        {".", "550 5.7.1"},       {".", "421 4.4.2"},
    };
    for (const auto& [verb, reply] : cases) {
        INFO(verb << ' ' << reply);
        SmtpScript script;
        script.instead[verb] = reply + quoting;
        const SmtpServer server(script);
        const auto outcome = submit(server.url(), letter());
        REQUIRE(outcome.reply.has_error());
        const auto& error = outcome.reply.error();
        CHECK(error.code == ErrorCode::delivery);
        CHECK_FALSE(outcome.uncertain);
        CHECK(error.message().find("jansen") == std::string::npos);
        CHECK_THAT(error.detail, Catch::EndsWith(reply));
    }
}

TEST_CASE("one recipient refused is all refused") {
    SmtpScript script;
    script.instead["RCPT"] = "550 5.1.1 unknown";
    script.nth_recipient = 2;
    const SmtpServer server(script);
    const auto outcome =
        submit(server.url(),
               {"<a@b.example>", {"<c@d.example>", "<e@f.example>", "<g@h.example>"}, "x\r\n"});
    REQUIRE(outcome.reply.has_error());
    CHECK(outcome.reply.error().detail == "the MTA answered RCPT with 550 5.1.1");
    CHECK_FALSE(outcome.uncertain);
    CHECK(server.mails().empty());
}

TEST_CASE("a connection that breaks before the final dot is a sure failure") {
    SmtpScript script;
    std::string message = "short\r\n";
    SECTION("at the greeting") {
        script.instead["CONNECT"] = SmtpScript::drop;
    }
    SECTION("at MAIL") {
        script.instead["MAIL"] = SmtpScript::drop;
    }
    SECTION("at RCPT") {
        script.instead["RCPT"] = SmtpScript::drop;
    }
    SECTION("at DATA") {
        script.instead["DATA"] = SmtpScript::drop;
    }
    SECTION("in the message") {
        // Far more than the sockets' buffers take, so that libcurl cannot have reached its end.
        message = std::string(64U << 20U, 'x') + "\r\n";
        script.drop_after_bytes = 100'000;
    }
    const SmtpServer server(script);
    const auto outcome = submit(server.url(), letter(message));
    CHECK(outcome.reply.has_error());
    CHECK_FALSE(outcome.uncertain);
    CHECK(server.mails().empty());
}

TEST_CASE("no answer after the final dot is uncertain") {
    SmtpScript script;
    SECTION("the connection breaks") {
        script.instead["."] = SmtpScript::drop;
    }
    SECTION("silence") {
        script.instead["."] = SmtpScript::silent;
    }
    SECTION("an answer that is none") {
        script.instead["."] = "hello there";
    }
    SECTION("an answer out of place") {
        script.instead["."] = "354 go ahead";
    }
    const SmtpServer server(script);
    const auto outcome = submit(server.url(), letter(), std::chrono::seconds(1));
    REQUIRE(outcome.reply.has_error());
    CHECK(outcome.reply.error().code == ErrorCode::delivery);
    CHECK(outcome.uncertain);
    CHECK(server.mails().size() == 1);
}

TEST_CASE("a server that falls silent does not hold us up") {
    SmtpScript script;
    script.instead[GENERATE("CONNECT", "EHLO", "MAIL", "DATA")] = SmtpScript::silent;
    const SmtpServer server(script);
    const auto outcome = submit(server.url(), letter(), std::chrono::seconds(1));
    CHECK(outcome.reply.has_error());
    CHECK_FALSE(outcome.uncertain);
}

TEST_CASE("nobody listening is a sure failure") {
    std::string url;
    { url = SmtpServer().url(); }
    const auto outcome = submit(url, letter());
    REQUIRE(outcome.reply.has_error());
    CHECK(outcome.reply.error().code == ErrorCode::delivery);
    CHECK_THAT(outcome.reply.error().detail, Catch::Contains("connect"));
    CHECK_FALSE(outcome.uncertain);
}

TEST_CASE("a reply keeps its code, status and queue id, of each MTA, and nothing else") {
    const std::pair<std::string, std::string> replies[] = {
        {"250 2.0.0 Ok: queued as 4fXyz12AbcZ", "250 2.0.0 queued as 4fXyz12AbcZ"},
        {"250 2.0.0 5ANLd1x8 Message accepted for delivery", "250 2.0.0 queued as 5ANLd1x8"},
        {"250 OK id=1rXyZ1-000abC-Df", "250 queued as 1rXyZ1-000abC-Df"},
        {"250 2.0.0 Ok for hr@jansen.example", "250 2.0.0"},
        {"250 2.0.0 Ok: queued as hr@jansen.example", "250 2.0.0"},
        {"250 Ok", "250"},
        {"250-2.0.0 first line\r\n250 2.0.0 Ok: queued as 4fTwoLines1",
         "250 2.0.0 queued as 4fTwoLines1"},
        {"250", "250"},
    };
    for (const auto& [reply, kept] : replies) {
        SmtpScript script;
        script.instead["."] = reply;
        const SmtpServer server(script);
        const auto outcome = submit(server.url(), letter());
        INFO(reply);
        REQUIRE(outcome.reply);
        CHECK(*outcome.reply == kept);
    }
}

TEST_CASE("a refusal has no queue id") {
    SmtpScript script;
    script.instead["."] = "550 5.7.1 refused, id=123456782, queued as 123456782";
    const SmtpServer server(script);
    const auto outcome = submit(server.url(), letter());
    REQUIRE(outcome.reply.has_error());
    CHECK_THAT(outcome.reply.error().detail,
               Catch::Contains("550 5.7.1") && !Catch::Contains("123456782"));
}

TEST_CASE("proxies and .netrc of the environment are ignored") {
    const postwacht::TemporaryDirectory home;
    std::ofstream(home / ".netrc") << "default login someone password secret\n";
    ::setenv("HOME", home.path().c_str(), 1);
    for (const char* name : {"ALL_PROXY", "all_proxy", "smtp_proxy", "http_proxy"})
        ::setenv(name, "http://127.0.0.1:1", 1);
    SmtpScript script;
    script.extensions.emplace_back("AUTH PLAIN LOGIN");
    const SmtpServer server(script);
    CHECK(submit(server.url(), letter()).reply);
    for (const auto& command : server.commands()) CHECK_FALSE(command.starts_with("AUTH"));
    for (const char* name : {"ALL_PROXY", "all_proxy", "smtp_proxy", "http_proxy"})
        ::unsetenv(name);
}

TEST_CASE("only SMTP is spoken, and a wrong URL is an error") {
    for (const char* url : {"", "ftp://127.0.0.1:21", "file:///etc/passwd", "http://127.0.0.1:80",
                            "smtp://", "smtp://127.0.0.1:99999", "smtp://host name:25"}) {
        const auto outcome = submit(url, letter());
        INFO(url);
        CHECK(outcome.reply.has_error());
        CHECK_FALSE(outcome.uncertain);
    }
}

TEST_CASE("Postfix's smtp-sink takes a message as it is") {
    if (std::system("command -v smtp-sink >/dev/null 2>&1") != 0) {
        WARN("smtp-sink is not installed; not tested");
        return;
    }
    const postwacht::TemporaryDirectory folder;
    // A free port: taken from a server of ours that is gone.
    const std::string url = SmtpServer().url();
    const std::string address = url.substr(std::string_view("smtp://").size());
    const std::string dump = (folder / "mail.%M").string();
    const pid_t sink = ::fork();
    REQUIRE(sink >= 0);
    if (sink == 0) {
        // As root it wants to be told to stay root; otherwise it must not be told.
        if (::getuid() == 0)
            ::execlp("smtp-sink", "smtp-sink", "-u", "root", "-d", dump.c_str(), address.c_str(),
                     "10", nullptr);
        else
            ::execlp("smtp-sink", "smtp-sink", "-d", dump.c_str(), address.c_str(), "10", nullptr);
        ::_exit(127);
    }
    const std::string message = "Subject: x\r\n\r\n.\r\n..dots\r\n8-bit \xe9\r\n";
    Outcome outcome{postwacht::Error{}, false};
    for (int attempt = 0; attempt < 500 && !outcome.reply; ++attempt) {
        outcome = submit("smtp://" + address, letter(message));
        if (!outcome.reply) ::usleep(10'000);  // until it listens
    }
    ::kill(sink, SIGTERM);
    ::waitpid(sink, nullptr, 0);
    REQUIRE(outcome.reply);
    std::string received;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        received += *postwacht::read_file(entry.path());
    CHECK_THAT(received, Catch::Contains("8-bit \xe9"));
    CHECK_THAT(received, Catch::Contains("\n.\n..dots\n"));
}

}  // namespace
