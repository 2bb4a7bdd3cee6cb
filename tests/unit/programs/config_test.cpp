#include "programs/config.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

using namespace postwacht;
using namespace postwacht::programs;

namespace {

const std::string smallest = R"(
[milter]
socket = "unix:run/milter.sock"
[registry]
index = "registry/index.mdb"
key = "credential:registry.key"
[policy]
file = "/etc/other/policy.toml"
[quarantine]
directory = "../held"
certificates = ["keys/a.crt", "credential:b.crt"]
[journal]
directory = "journal"
key = "keys/journal.key"
)";

Error error_of(const std::string& text) {
    const auto config = parse_config(text, "/srv/pw/postwacht.toml");
    REQUIRE_FALSE(config.has_value());
    return config.error();
}

// Sets CREDENTIALS_DIRECTORY for the length of a test.
class Credentials {
  public:
    explicit Credentials(const char* folder) {
        if (folder == nullptr)
            ::unsetenv("CREDENTIALS_DIRECTORY");
        else
            ::setenv("CREDENTIALS_DIRECTORY", folder, 1);
    }
    ~Credentials() { ::unsetenv("CREDENTIALS_DIRECTORY"); }
    Credentials(const Credentials&) = delete;
    Credentials& operator=(const Credentials&) = delete;
};

}  // namespace

TEST_CASE("relative paths are taken from the folder of the file") {
    const auto config = parse_config(smallest, "/srv/pw/postwacht.toml");
    REQUIRE(config.has_value());
    CHECK(config->milter.socket == "unix:/srv/pw/run/milter.sock");
    CHECK(config->registry.index.path == "/srv/pw/registry/index.mdb");
    CHECK(config->policy.file.path == "/etc/other/policy.toml");
    CHECK(config->quarantine.directory.path == "/srv/held");
    CHECK(config->quarantine.certificates.at(0).path == "/srv/pw/keys/a.crt");
    CHECK(config->journal.key.where == "/srv/pw/postwacht.toml:14:7");
}

TEST_CASE("what is left out has the documented default") {
    const auto config = parse_config(smallest, "/srv/pw/postwacht.toml");
    REQUIRE(config.has_value());
    CHECK(config->milter.spool_directory == "/var/tmp");
    CHECK(config->milter.drain_timeout == std::chrono::seconds(60));
    CHECK(config->milter.mta_timeout == std::chrono::seconds(7210));
    CHECK(config->milter.socket_mode_mask == 0007);
    CHECK(config->extract.limits.wall_time == std::chrono::seconds(30));
    CHECK(config->extract.limits.cpu_time == std::chrono::seconds(20));
    CHECK(config->extract.limits.memory == 1'073'741'824);
    CHECK(config->extract.limits.unpacked_bytes == 1'073'741'824);
    CHECK(config->extract.limits.ratio == 250);
    CHECK(config->extract.limits.text_bytes == 268'435'456);
    CHECK(config->extract.limits.pages == 10'000);
    CHECK(config->extract.limits.parts == 10'000);
    CHECK(config->extract.limits.depth == 50);
    CHECK(config->extract.limits.fragments == 2'000'000);
    CHECK(config->reinject.url == "smtp://127.0.0.1:10025");
    CHECK(config->reinject.timeout == std::chrono::seconds(60));
    CHECK(config->reinject.helo == "localhost");
    CHECK_FALSE(config->review.certificate.has_value());
}

TEST_CASE("what is given replaces the default") {
    const auto config = parse_config(smallest + R"(
[log]
target = "syslog"
level = "debug"
[extract]
wall_time = "3m"
parts = 7
depth = 1
fragments = 12
unpacked_bytes = 1_000_000
cpu_time = "40s"
memory = 300_000_000
ratio = 33
text_bytes = 2_000_000
pages = 5
[review]
certificate = "r.crt"
private_key = "r.key"
contact = "privacy@agency.example"
departments = { letters = ["brieven@agency.example"], "family benefits" = [] }
[reinject]
url = "smtp://relay.agency.example:2525"
timeout = "5s"
helo = "gateway.agency.example"
)",
                                     "/srv/pw/postwacht.toml");
    REQUIRE(config.has_value());
    CHECK(config->log.target == log::Settings::Target::syslog);
    CHECK(config->log.level == log::Level::debug);
    CHECK(config->extract.limits.wall_time == std::chrono::minutes(3));
    CHECK(config->extract.limits.parts == 7);
    CHECK(config->extract.limits.depth == 1);
    CHECK(config->extract.limits.fragments == 12);
    CHECK(config->extract.limits.unpacked_bytes == 1'000'000);
    CHECK(config->extract.limits.cpu_time == std::chrono::seconds(40));
    CHECK(config->extract.limits.memory == 300'000'000);
    CHECK(config->extract.limits.ratio == 33);
    CHECK(config->extract.limits.text_bytes == 2'000'000);
    CHECK(config->extract.limits.pages == 5);
    CHECK(config->review.private_key.value().path == "/srv/pw/r.key");
    CHECK(config->review.contact == "privacy@agency.example");
    REQUIRE(config->review.departments.size() == 2);
    CHECK(config->review.departments[0].first == "letters");
    CHECK(config->review.departments[0].second ==
          std::vector<std::string>{"brieven@agency.example"});
    CHECK(config->reinject.url == "smtp://relay.agency.example:2525");
    CHECK(config->reinject.timeout == std::chrono::seconds(5));
    CHECK(config->reinject.helo == "gateway.agency.example");
}

TEST_CASE("a credential is a file in the folder that systemd gives") {
    const auto config = parse_config(smallest, "/srv/pw/postwacht.toml");
    REQUIRE(config.has_value());
    SECTION("when there is one") {
        const Credentials credentials("/run/credentials/x");
        const auto located = config->registry.key.locate();
        REQUIRE(located.has_value());
        CHECK(*located == "/run/credentials/x/registry.key");
    }
    SECTION("and an error with its place when there is none") {
        const Credentials credentials(nullptr);
        const auto located = config->quarantine.certificates.at(1).locate();
        REQUIRE_FALSE(located.has_value());
        CHECK(located.error().code == ErrorCode::config);
        CHECK(located.error().where == "/srv/pw/postwacht.toml:11:31");
        CHECK_FALSE(located.error().hint.empty());
    }
}

TEST_CASE("a misspelt key is named before the one that is missing for it") {
    const Error error = error_of("[registry]\nkeyy = \"k\"\n[milter]\nsocket = \"fd:3\"\n");
    CHECK(error.code == ErrorCode::config);
    CHECK(error.message() == "/srv/pw/postwacht.toml:2:1: unknown key 'keyy' in [registry]");
    CHECK(error.hint == "did you mean 'key'?");
}

TEST_CASE("values out of range name the value's place") {
    const std::string milter = "[milter]\nsocket = \"fd:3\"\n";
    CHECK(error_of(milter + "socket_mode_mask = 0o1000").where == "/srv/pw/postwacht.toml:3:20");
    CHECK(error_of(milter + "backlog = 0").where == "/srv/pw/postwacht.toml:3:11");
    CHECK(error_of(milter + "mta_timeout = \"0s\"").where == "/srv/pw/postwacht.toml:3:15");
    CHECK(error_of(milter + "drain_timeout = \"2d\"").where == "/srv/pw/postwacht.toml:3:17");
    CHECK(error_of(smallest + "[extract]\nwall_time = \"0s\"").where ==
          "/srv/pw/postwacht.toml:16:13");
    CHECK(error_of(smallest + "[review.departments]\nletters = [\"*@a.example\", \"<\"]").where ==
          "/srv/pw/postwacht.toml:16:27");
    CHECK(error_of(smallest + "[reinject]\nhelo = \"two words\"").where ==
          "/srv/pw/postwacht.toml:16:8");
}

TEST_CASE("the forms of a socket") {
    const std::filesystem::path folder = "/srv/pw";
    for (const char* good : {"inet:8895@127.0.0.1", "inet6:8895@::1", "inet:1", "fd:3"}) {
        INFO(good);
        const auto socket = resolve_socket(good, folder);
        REQUIRE(socket.has_value());
        CHECK(*socket == good);
    }
    CHECK(resolve_socket("local:a.sock", folder).value() == "unix:/srv/pw/a.sock");
    CHECK(resolve_socket("unix:/run/a.sock", folder).value() == "unix:/run/a.sock");
    for (const char* bad :
         {"", "8895", "/run/a.sock", "unix:", "inet:", "inet:@localhost", "inet:0",
          "inet:65536@localhost", "inet:80@", "inet:8x@h", "fd:", "fd:-1", "fd:x", "tcp:80@h"}) {
        INFO(bad);
        const auto socket = resolve_socket(bad, folder);
        REQUIRE_FALSE(socket.has_value());
        CHECK(socket.error().code == ErrorCode::config);
        CHECK_FALSE(socket.error().hint.empty());
    }
}

TEST_CASE("a Unix socket's path fits the kernel's structure") {
    const std::string fits = "unix:/" + std::string(106, 'x');
    CHECK(resolve_socket(fits, "/").has_value());
    CHECK_FALSE(resolve_socket(fits + "x", "/").has_value());
}

TEST_CASE("people who review have a name, roles and addresses") {
    const auto config = *postwacht::programs::parse_config(
        smallest +
            "[review]\nsocket = \"unix:r.sock\"\nlanguage = \"en\"\n"
            "reply_to = \"pw@a.example\"\nnotify_senders = true\n"
            "[[review.person]]\nname = \"anna\"\n"
            "roles = [\"reviewer\", \"auditor\"]\n"
            "addresses = [\"Anna@A.example\"]\n",
        "/srv/pw/postwacht.toml");
    CHECK(config.review.socket == "/srv/pw/r.sock");
    CHECK(config.review.notices.language == "en");
    CHECK(config.review.notices.notify_senders);
    REQUIRE(config.review.people.size() == 1);
    const auto& anna = config.review.people[0];
    CHECK(anna.roles.has(postwacht::policy::Role::auditor));
    CHECK_FALSE(anna.roles.has(postwacht::policy::Role::privacy_officer));
    CHECK(anna.addresses == std::vector<std::string>{"anna@a.example"});
}

TEST_CASE("what the review table may not hold is refused at its place") {
    const auto refuses = [](const std::string& lines, const std::string& what) {
        const auto error = error_of(smallest + "[review]\n" + lines);
        INFO(error.message());
        CHECK(error.where.starts_with("/srv/pw/postwacht.toml:"));
        CHECK(error.detail.find(what) != std::string::npos);
        CHECK_FALSE(error.hint.empty());
    };
    refuses("socket = \"inet:25@localhost\"", "unix socket");
    refuses("language = \"fr\"", "neither Dutch nor English");
    refuses("reply_to = \"nobody\"", "not an e-mail address");
    refuses("reply_to = \"postwacht-answers-here@a.example\"", "too long for a token");
    refuses("escalate_to = [\"x\"]", "not an e-mail address");
    refuses("[[review.person]]\nroles = [\"reviewer\"]", "needs a 'name'");
    refuses("[[review.person]]\nname = \"automatic\"\nroles = [\"reviewer\"]", "needs a 'name'");
    refuses("[[review.person]]\nname = \"sender\"\nroles = [\"reviewer\"]", "needs a 'name'");
    refuses("[[review.person]]\nname = \"anna\"", "needs 'roles'");
    refuses("[[review.person]]\nname = \"anna\"\nroles = [\"boss\"]", "not a role");
    refuses(
        "[[review.person]]\nname = \"a\"\nroles = [\"auditor\"]\n"
        "[[review.person]]\nname = \"a\"\nroles = [\"reviewer\"]",
        "two people");
}

TEST_CASE("every table and key is complained of when it is unknown") {
    for (const char* table : {"log", "milter", "registry", "policy", "quarantine", "journal",
                              "extract", "review", "reinject"}) {
        INFO(table);
        const std::string text = std::string("[") + table + "]\nnonsense_of_ours = 1\n";
        // Tables before this one in the file's order of reading have to be right.
        std::string before = smallest;
        const std::string head = std::string("[") + table + "]\n";
        const auto at = before.find(head);
        if (at == std::string::npos)
            before += text;
        else
            before.insert(at + head.size(), "nonsense_of_ours = 1\n");
        CHECK(error_of(before).detail ==
              std::string("unknown key 'nonsense_of_ours' in [") + table + "]");
    }
}

TEST_CASE("the MTA's own hold needs to know which MTA, and how it is told") {
    const auto with = [](const std::string& more) {
        std::string text = smallest;
        const std::string table = "[quarantine]\n";
        return text.replace(text.find(table), table.size(), table + "backend = \"mta\"\n") + more;
    };
    CHECK_FALSE(parse_config(smallest, "/srv/pw/postwacht.toml")->quarantine.mta_holds);
    CHECK(error_of(with("")).where == "/srv/pw/postwacht.toml:10:11");
    SECTION("Postfix") {
        const auto config =
            parse_config(with("[quarantine.mta]\nkind = \"postfix\"\n"), "/srv/pw/postwacht.toml");
        REQUIRE(config.has_value());
        CHECK(config->quarantine.mta_holds);
        CHECK(config->quarantine.mta->release ==
              std::vector<std::string>{"/usr/sbin/postsuper", "-H", "{id}"});
        CHECK(config->quarantine.mta->remove ==
              std::vector<std::string>{"/usr/sbin/postsuper", "-d", "{id}", "hold"});
        CHECK(config->quarantine.mta->accept_within == std::chrono::minutes(15));
    }
    SECTION("another instance of it") {
        const auto config = parse_config(
            with("[quarantine.mta]\nkind = \"postfix\"\nconfig_directory = \"/etc/postfix-out\"\n"
                 "accept_within = \"2m\"\nsocket = \"unix:hold.sock\"\n"),
            "/srv/pw/postwacht.toml");
        REQUIRE(config.has_value());
        CHECK(config->quarantine.mta->list ==
              std::vector<std::string>{"/usr/sbin/postqueue", "-c", "/etc/postfix-out", "-j"});
        CHECK(config->quarantine.mta->release == std::vector<std::string>{"/usr/sbin/postsuper",
                                                                          "-c", "/etc/postfix-out",
                                                                          "-H", "{id}"});
        CHECK(config->quarantine.mta->socket == "/srv/pw/hold.sock");
    }
    SECTION("Sendmail") {
        const auto config = parse_config(
            with("[quarantine.mta]\nkind = \"sendmail\"\nqueue_directories = [\"/a\", \"b\"]\n"),
            "/srv/pw/postwacht.toml");
        REQUIRE(config.has_value());
        CHECK(config->quarantine.mta->queue_directories ==
              std::vector<std::filesystem::path>{"/a", "/srv/pw/b"});
        CHECK(config->quarantine.mta->release ==
              std::vector<std::string>{"/usr/sbin/sendmail", "-qQ", "-qI{id}", "-Q"});
    }
    SECTION("mistakes") {
        const std::string postfix = "[quarantine.mta]\nkind = \"postfix\"\n";
        const std::string sendmail = "[quarantine.mta]\nkind = \"sendmail\"\n";
        for (const std::string& text :
             {std::string("[quarantine.mta]\n"), std::string("[quarantine.mta]\nkind = \"exim\"\n"),
              postfix + "release = [\"postsuper\", \"-H\", \"{id}\"]\n",
              postfix + "release = [\"/usr/sbin/postsuper\", \"-H\", \"ALL\"]\n",
              postfix + "release = []\n", postfix + "list = [\"/usr/sbin/postqueue\", \"{id}\"]\n",
              postfix + "release = \"/usr/sbin/postsuper -H {id}\"\n",
              postfix + "queue_directories = [\"/a\"]\n", postfix + "timeout = \"0s\"\n",
              postfix + "socket = \"inet:1@localhost\"\n", postfix + "config_directory = \"\"\n",
              sendmail + "remove = [\"/bin/rm\", \"{id}\"]\n",
              sendmail + "queue_directories = []\n", sendmail + "config_directory = \"/etc\"\n"})
            CHECK(error_of(with(text)).code == ErrorCode::config);
    }
}
