#include "pipeline/pipeline.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "registry/build.hpp"
#include "support/catch_result.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_store.hpp"
#include "support/temporary_directory.hpp"

using namespace postwacht;
using namespace std::chrono_literals;
using pipeline::Outcome;
using policy::Action;

namespace {

constexpr const char* policy_text = R"(
[policy]
name = "test"
mode = "enforce"
min_confidence = "medium"
[scope]
own_domains = ["agency.example"]
[categories.maternity_benefit]
as_of = "both"
terms = ["zwangerschapsuitkering"]
[disclosure]
maternity_benefit = { self = "accept", employer = "accept", "*" = "quarantine" }
personal_data = { self = "accept", employer = "tag", "*" = "quarantine" }
[incomplete]
encrypted = "quarantine"
unsupported = "quarantine"
damaged = "quarantine"
over_budget = "quarantine"
registry_unavailable = "tempfail"
)";

// One subject with a current and a former employer, and another with her own address.
class World {
  public:
    World() {
        std::filesystem::create_directory(directory_ / "source");
        write("source/subjects.csv",
              "subject_id,bsn,other_ids,initials,given_names,prefix,surname,partner_prefix,"
              "partner_surname,birth_date,postcode,house_number,emails\n"
              "S-1,123456782,,A.,Anna,van der,Plas,,,1991-03-03,1234AB,5,anna@private.example\n"
              "S-2,111222333,,B.,Bea,,Smit,,,1990-01-01,2345BC,6,bea@private.example\n");
        write("source/organisations.csv",
              "organisation_id,name,domains,addresses,kvk,payroll_number\n"
              "O-1,Jansen BV,jansen.example,,,\nO-2,Old BV,old.example,,,\n");
        write("source/relations.csv",
              "subject_id,relation,organisation_id,email,valid_from,valid_to\n"
              "S-1,employer,O-1,,2026-01-01,\nS-1,employer,O-2,,2020-01-01,2025-12-31\n");
        auto key = crypto::SecretKey::generate();
        REQUIRE(key);
        registry::BuildOptions options;
        options.source = directory_ / "source";
        options.index = directory_ / "index.mdb";
        REQUIRE(registry::build(options, *key));
        guard.registry = std::make_shared<registry::Registry>(options.index, *key);
        auto opened = journal::Journal::open(directory_ / "journal", *key, clock);
        REQUIRE(opened);
        guard.journal = std::move(*opened);
        guard.store = store;
        guard.extractor = extract::make_in_process_extractor();
        guard.clock = &clock;
        use_policy(policy_text);
    }

    void use_policy(std::string text) {
        auto parsed = policy::Policy::parse(text, "test.toml");
        REQUIRE(parsed);
        guard.policy = std::move(*parsed);
    }
    // The policy with one piece of its text replaced.
    void change_policy(std::string_view from, std::string_view to) {
        std::string text(policy_text);
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        use_policy(text.replace(at, from.size(), to));
    }
    void lose_registry() { std::filesystem::remove(directory_ / "index.mdb"); }
    [[nodiscard]] std::string journal_text() const {
        std::string text;
        REQUIRE(journal::for_each_entry(directory_ / "journal", [&](std::string_view line) {
            text.append(line).push_back('\n');
        }));
        return text;
    }

    Result<Outcome> process(const std::vector<std::string>& recipients,
                            const std::string& body = maternity,
                            const std::string& sender = "<post@agency.example>") {
        mail::Envelope envelope;
        envelope.sender_raw = sender;
        envelope.sender = mail::parse_path(sender);
        for (const auto& raw : recipients)
            envelope.recipients.push_back({raw, mail::parse_path(raw)});
        envelope.queue_id = "QID";
        return pipeline::process_message(guard, envelope, mail::RawMessage::from_bytes(body));
    }

    static inline const std::string maternity =
        "From: post@agency.example\r\nTo: hr@jansen.example\r\nSubject: besluit\r\n\r\n"
        "Zwangerschapsuitkering van A. van der Plas, BSN 123456782, geboren 03-03-1991.\r\n";

    FakeClock clock;
    std::shared_ptr<FakeStore> store = std::make_shared<FakeStore>();
    pipeline::Guard guard;

  private:
    void write(const char* name, const char* text) const {
        std::ofstream(directory_ / name) << text;
    }
    TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("each recipient is decided apart, and only the wrong one's copy is held") {
    World world;
    const auto outcome =
        world.process({"<hr@jansen.example>", "<hr@old.example>", "<anna@private.example>"});
    REQUIRE(outcome);
    CHECK(outcome->answer == Outcome::Answer::deliver);
    CHECK(outcome->drop == std::vector<std::size_t>{1});
    REQUIRE(world.store->held.size() == 1);
    const auto& held = world.store->held.front();
    CHECK(outcome->held_id == "Q-1");
    CHECK(held.recipients == std::vector<std::string>{"<hr@old.example>"});
    CHECK(held.message == World::maternity);
    CHECK(held.rules == "disclosure");
    CHECK(held.reason.find("former_employer") != std::string::npos);
    CHECK(outcome->verdict.action == Action::quarantine);
    CHECK(outcome->verdict.subject_count == 1);
}

TEST_CASE("an address that is nearly a registered one is said to be") {
    World world;
    const auto notes = [&](const std::string& recipient) {
        const auto outcome = world.process({recipient});
        REQUIRE(outcome);
        REQUIRE(!outcome->verdict.recipients[0].reasons.empty());
        const std::string json = outcome->verdict.to_json(false);
        CHECK(json.find("private.example") == std::string::npos);
        return outcome->verdict.recipients[0].reasons[0].one_character_off;
    };
    CHECK(notes("<ana@private.example>"));
    CHECK(notes("<Anna+post@privat.example>"));
    CHECK_FALSE(notes("<anna@private.example>"));
    CHECK_FALSE(notes("<bea@private.example>"));
    CHECK_FALSE(notes("<be@private.example>"));  // nearly another subject's
}

TEST_CASE("a name in To that is not that of who is registered there is said to be") {
    World world;
    const auto differs = [&](const std::string& to, const std::string& recipient) {
        const auto outcome = world.process(
            {recipient},
            "From: post@agency.example\r\nTo: " + to +
                "\r\n\r\nZwangerschapsuitkering van A. van der Plas, BSN 123456782\r\n");
        REQUIRE(outcome);
        REQUIRE(!outcome->verdict.recipients[0].reasons.empty());
        return outcome->verdict.recipients[0].reasons[0].name_disagrees;
    };
    CHECK(differs("Anna van der Plas <bea@private.example>", "<bea@private.example>"));
    CHECK(differs("\"Plas, A. van der\" <Bea+x@private.example>", "<bea@private.example>"));
    CHECK_FALSE(differs("B. Smit <bea@private.example>", "<bea@private.example>"));
    CHECK_FALSE(differs("bea@private.example", "<bea@private.example>"));
    CHECK_FALSE(differs("Anna <anna@private.example>", "<anna@private.example>"));
    // Whom the registry does not know it cannot contradict.
    CHECK_FALSE(differs("Anna van der Plas <iemand@elders.example>", "<iemand@elders.example>"));
    // A recipient who does not stand in To has no name there.
    CHECK_FALSE(differs("Anna van der Plas <bea@private.example>", "<anna@private.example>"));
}

TEST_CASE("a domain that many organisations share is nobody's") {
    World world;
    const auto action = [&] {
        const auto outcome = world.process({"<hr@jansen.example>"});
        REQUIRE(outcome);
        return outcome->verdict.action;
    };
    CHECK(action() == Action::accept);
    world.change_policy("own_domains", "shared_domains = [\"jansen.example\"]\nown_domains");
    CHECK(action() == Action::quarantine);
}

TEST_CASE("when all copies are held the MTA discards its own") {
    World world;
    const auto outcome = world.process({"<hr@old.example>", "<x@elsewhere.example>"});
    REQUIRE(outcome);
    CHECK(outcome->answer == Outcome::Answer::discard);
    CHECK(outcome->drop.empty());
    REQUIRE(world.store->held.size() == 1);
    CHECK(world.store->held.front().recipients.size() == 2);
}

TEST_CASE("nothing is promised when the copy could not be kept") {
    World world;
    world.store->failure = Error{ErrorCode::disk_full, "items", "No space left on device", ""};
    const auto outcome = world.process({"<hr@old.example>"});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::disk_full);
    CHECK(world.journal_text().empty());
}

TEST_CASE("without a registry all mail waits") {
    World world;
    world.lose_registry();
    const auto outcome = world.process({"<hr@jansen.example>", "<x@elsewhere.example>"});
    REQUIRE(outcome);
    CHECK(outcome->answer == Outcome::Answer::tempfail);
    CHECK(world.store->held.empty());
    CHECK(outcome->verdict.rule_ids() == "registry_unavailable");
}

TEST_CASE("a refusal for some recipients only becomes a hold for them") {
    World world;
    world.change_policy("employer = \"accept\", \"*\" = \"quarantine\"",
                        "employer = \"accept\", \"*\" = \"reject\"");
    const auto all = world.process({"<hr@old.example>"});
    REQUIRE(all);
    CHECK(all->answer == Outcome::Answer::reject);
    CHECK(world.store->held.empty());
    const auto some = world.process({"<hr@old.example>", "<hr@jansen.example>"});
    REQUIRE(some);
    CHECK(some->answer == Outcome::Answer::deliver);
    CHECK(some->drop == std::vector<std::size_t>{0});
    CHECK(world.store->held.size() == 1);
}

TEST_CASE("a simulated policy lets all pass and journals what it would have done") {
    World world;
    world.change_policy("enforce", "simulate");
    const auto outcome = world.process({"<hr@old.example>"});
    REQUIRE(outcome);
    CHECK(outcome->answer == Outcome::Answer::deliver);
    CHECK(outcome->drop.empty());
    CHECK(world.store->held.empty());
    CHECK(outcome->verdict.action == Action::quarantine);
    const auto journal = world.journal_text();
    CHECK(journal.find("\"mode\":\"simulate\"") != std::string::npos);
    CHECK(journal.find("former_employer") != std::string::npos);
}

TEST_CASE("a tag is a header, and says only which rule asked for it") {
    World world;
    const auto outcome =
        world.process({"<hr@jansen.example>"},
                      "From: post@agency.example\r\n\r\nOver A. van der Plas, BSN 123456782.\r\n");
    REQUIRE(outcome);
    CHECK(outcome->answer == Outcome::Answer::deliver);
    REQUIRE(outcome->tag);
    CHECK(outcome->tag->find("disclosure") != std::string::npos);
    CHECK(outcome->tag->find("Plas") == std::string::npos);
}

TEST_CASE("mail of others is not judged, but mail that says it is ours is") {
    World world;
    const auto foreign =
        world.process({"<hr@old.example>"},
                      "From: x@other.example\r\n\r\nzwangerschapsuitkering BSN 123456782\r\n",
                      "<x@other.example>");
    REQUIRE(foreign);
    CHECK(foreign->answer == Outcome::Answer::deliver);
    CHECK(foreign->verdict.rule_ids() == "scope");
    // A bounce address of a mailing service, and the null sender of an automatic reply.
    for (const auto* sender : {"<bounce+1@mailer.example>", "<>"}) {
        const auto ours = world.process({"<hr@old.example>"}, World::maternity, sender);
        REQUIRE(ours);
        CHECK(ours->answer == Outcome::Answer::discard);
    }
}

TEST_CASE("what could not be read in time is incomplete, not clean") {
    World world;
    world.guard.limits.unpacked_bytes = 20;
    const auto outcome = world.process({"<x@elsewhere.example>"});
    REQUIRE(outcome);
    CHECK(outcome->answer == Outcome::Answer::discard);
    CHECK(outcome->verdict.rule_ids() == "incomplete");
}

TEST_CASE("the journal names nobody") {
    World world;
    REQUIRE(world.process({"<hr@old.example>", "<hr@jansen.example>", "<anna@private.example>"}));
    const auto journal = world.journal_text();
    CHECK(journal.find("S-1") != std::string::npos);
    for (const auto* secret : {"123456782", "Plas", "plas", "anna", "old.example", "jansen.example",
                               "agency.example", "1991", "1234AB", "besluit"})
        CHECK(journal.find(secret) == std::string::npos);
}

TEST_CASE("the registry's age counts from its source") {
    World world;
    const auto verdict = world.process({"<hr@jansen.example>"});
    REQUIRE(verdict);
    REQUIRE(verdict->verdict.registry);
    CHECK(verdict->verdict.registry->available);
}

TEST_CASE("the journal says by pseudonyms whom a letter is about, and whose address it went to") {
    World world;
    REQUIRE(world.process({"<HR@jansen.example>", "<anna@private.example>"}));
    const auto journal = world.journal_text();
    const auto& names = *world.guard.journal;
    for (const std::string& pseudonym :
         {names.subject_pseudonym("S-1"), names.pseudonym("hr@jansen.example"),
          names.domain_pseudonym("jansen.example"), names.pseudonym("anna@private.example")}) {
        INFO(pseudonym);
        CHECK(journal.find('"' + pseudonym + '"') != std::string::npos);
    }
    CHECK(journal.find("jansen") == std::string::npos);
}
