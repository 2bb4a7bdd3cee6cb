// Automatic review as time passes: what is due, what is not, and what a clock that is set does.
#include "review/automatic.hpp"

#include <catch2/catch.hpp>

#include "policy/policy.hpp"
#include "support/catch_result.hpp"
#include "support/fake_clock.hpp"
#include "support/review_keys.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace postwacht;
using namespace std::chrono_literals;
using quarantine::State;

constexpr const char* policy_text = R"(
[policy]
name = "test"
[scope]
own_domains = ["agency.example"]
[disclosure.personal_data]
self = "accept"
"*" = "quarantine"
[review.medium]
escalate_after = "4h"
return_after = "5d"
)";

class Listener final : public review::Reinjector {
  public:
    Result<std::string> submit(const review::Submission& submission, bool& uncertain) override {
        uncertain = false;
        ++tries;
        if (slow != nullptr) slow->advance(6s);
        if (refuses) return Error{ErrorCode::delivery, "", "451 not now", {}};
        recipients.push_back(submission.recipients_raw.front());
        texts.emplace_back(submission.message);
        return std::string("250 ok");
    }
    bool refuses = false;
    FakeClock* slow = nullptr;  // that moves on with each try
    int tries = 0;
    std::vector<std::string> recipients;
    std::vector<std::string> texts;
};

struct Bureau {
    Bureau() {
        const auto key = *crypto::SecretKey::generate();
        store = std::shared_ptr<quarantine::Store>(
            quarantine::open_store(folder / "q", {ReviewKeys::shared().certificate()}, clock)
                .value());
        journal = std::shared_ptr<journal::Journal>(
            journal::Journal::open(folder / "j", key, clock).value());
        review::Office office;
        office.store = store;
        office.casebook =
            std::shared_ptr<quarantine::Casebook>(quarantine::Casebook::open(folder / "q").value());
        office.journal = journal;
        office.opener = std::make_shared<const crypto::Opener>(ReviewKeys::shared().opener());
        office.assessor =
            std::shared_ptr<const review::Assessor>(review::Assessor::create(key).value());
        office.clock = &clock;
        auto guard = std::make_shared<pipeline::Guard>();
        guard->policy = policy::Policy::parse(policy_text, "policy.toml").value();
        // There is no index: whoever a letter is about, nothing is known of them.
        guard->registry = std::make_shared<registry::Registry>(folder / "index", key);
        guard->extractor =
            std::shared_ptr<const extract::Extractor>(extract::make_in_process_extractor());
        guard->clock = &clock;
        office.guard = [guard] { return guard; };
        desk = std::make_shared<review::Desk>(office, review::People(), listener);
        review::NoticeSettings settings;
        settings.language = "en";
        settings.escalate_to = {"officer@agency.example"};
        settings.notify_senders = true;
        automatic = std::make_shared<review::Automatic>(
            desk, std::make_shared<review::Notifier>(
                      settings, listener,
                      std::shared_ptr<const review::Tokens>(review::Tokens::create(key).value())));
    }

    std::string hold(const std::string& sender = "<letters@agency.example>") {
        mail::Envelope envelope;
        envelope.sender_raw = sender;
        envelope.recipients.push_back({"<hr@jansen.example>", {}});
        quarantine::NewItem item;
        item.queue_id = "4fXyz1";
        item.envelope = &envelope;
        item.recipients = {0};
        item.message = "Subject: decision\r\n\r\nhello\r\n";
        item.verdict_json = R"({"recipients":[{"recipient":1,"action":"quarantine"}]})";
        item.rules = "disclosure";
        item.reason = "personal_data of S-1 to unrelated";
        return store->hold(item).value();
    }

    review::PassReport pass() {
        const auto report = automatic->pass();
        REQUIRE(report);
        return *report;
    }
    State state(const std::string& id) { return store->find(id)->state; }

    TemporaryDirectory folder;
    FakeClock clock;
    std::shared_ptr<Listener> listener = std::make_shared<Listener>();
    std::shared_ptr<quarantine::Store> store;
    std::shared_ptr<journal::Journal> journal;
    std::shared_ptr<review::Desk> desk;
    std::shared_ptr<review::Automatic> automatic;
};

TEST_CASE("silence releases and deletes nothing: at its time an item goes back to its sender") {
    Bureau bureau;
    const auto id = bureau.hold();
    CHECK(bureau.pass().taken_in == 1);
    bureau.clock.advance(5 * 24h - 1min);
    bureau.pass();
    CHECK(bureau.state(id) == State::held);
    bureau.listener->refuses = true;
    bureau.clock.advance(2min);
    CHECK(bureau.pass().failed > 0);
    CHECK(bureau.state(id) == State::held);
    bureau.listener->refuses = false;
    // What failed waits for its next try.
    CHECK(bureau.pass().returned == 0);
    bureau.clock.advance(61s);
    CHECK(bureau.pass().returned == 1);
    CHECK(bureau.state(id) == State::returned);
    CHECK(bureau.listener->recipients.back() == "<letters@agency.example>");
    CHECK(bureau.store->find(id)->decision_reason == "nobody decided within 120 hours");
    CHECK(bureau.pass().idle());
}

TEST_CASE("a listener that takes its time and nothing else holds up no pass") {
    Bureau bureau;
    for (int i = 0; i < 10; ++i) bureau.hold();
    bureau.pass();
    bureau.clock.advance(5 * 24h + 1min);
    bureau.listener->refuses = true;
    bureau.listener->slow = &bureau.clock;
    bureau.listener->tries = 0;
    CHECK(bureau.pass().returned == 0);
    CHECK(bureau.listener->tries == 2);  // twelve seconds, and neither notices nor the rest
    bureau.listener->refuses = false;
    bureau.listener->slow = nullptr;
    bureau.clock.advance(61s);
    CHECK(bureau.pass().returned == 10);
}

TEST_CASE("a message without a sender is kept, however long it waits") {
    Bureau bureau;
    const auto id = bureau.hold("<>");
    bureau.pass();
    bureau.clock.advance(30 * 24h);
    const auto report = bureau.pass();
    CHECK(report.returned == 0);
    CHECK(report.failed == 0);
    CHECK(bureau.state(id) == State::held);
}

TEST_CASE("what waits too long is escalated once, without personal data") {
    Bureau bureau;
    bureau.hold();
    bureau.pass();
    bureau.clock.advance(4h + 1min);
    CHECK(bureau.pass().escalated == 1);
    CHECK(bureau.pass().escalated == 0);
    REQUIRE_FALSE(bureau.listener->recipients.empty());
    const auto& to = bureau.listener->recipients;
    CHECK(std::count(to.begin(), to.end(), "<officer@agency.example>") == 1);
    for (const auto& text : bureau.listener->texts) CHECK(text.find("jansen") == std::string::npos);
}

TEST_CASE("a sender is told once the run has ended, and within a minute") {
    Bureau bureau;
    bureau.hold();
    bureau.pass();
    CHECK(bureau.listener->recipients.empty());
    // It goes on and on: nobody waits for its end.
    for (int i = 0; i < 3; ++i) {
        bureau.clock.advance(15s);
        bureau.hold();
        bureau.pass();
    }
    REQUIRE(bureau.listener->recipients.size() == 1);
    CHECK(bureau.listener->recipients.front() == "<letters@agency.example>");
    CHECK_THAT(bureau.listener->texts.front(), Catch::Contains("addressee 1 of 1"));
    bureau.clock.advance(60s);
    bureau.hold();
    bureau.pass();
    bureau.clock.advance(60s);
    CHECK(bureau.pass().notified == 0);
    // Whoever was told of a run must not believe that what came later has left: once, with all.
    bureau.clock.advance(15min);
    CHECK(bureau.pass().notified == 1);
    REQUIRE(bureau.listener->texts.size() == 2);
    CHECK_THAT(bureau.listener->texts.back(), Catch::Contains("5 messages"));
    bureau.clock.advance(1h);
    CHECK(bureau.pass().notified == 0);
    // As before, once it has ended.
    bureau.hold();
    CHECK(bureau.pass().notified == 0);
    bureau.clock.advance(21s);
    CHECK(bureau.pass().notified == 1);
    CHECK(bureau.pass().notified == 0);
}

TEST_CASE("a clock that is set back makes nothing due, and nothing is forgotten") {
    Bureau bureau;
    const auto id = bureau.hold();
    bureau.pass();
    bureau.clock.advance(-20 * 24h);
    auto report = bureau.pass();
    CHECK(report.returned + report.escalated == 0);
    CHECK(bureau.state(id) == State::held);
    bureau.clock.advance(25 * 24h + 1min);
    CHECK(bureau.pass().returned == 1);
}

TEST_CASE(
    "two letters of which nobody knows whom they are about are never the same to be sent on") {
    // Without an index nothing is known of the people in either, and they differ in nothing else.
    Bureau bureau;
    const auto first = bureau.hold();
    bureau.pass();
    REQUIRE(bureau.desk->review().release({first, "anna", "asked the employer"}));
    REQUIRE(bureau.listener->recipients.size() == 1);
    const auto second = bureau.hold();
    CHECK(bureau.pass().followed == 0);
    CHECK(bureau.state(second) == State::held);
    CHECK(bureau.listener->recipients.size() == 1);
    // That they are the same in all else shows where it does no harm: back to its own house.
    bureau.clock.advance(1s);  // the newest decision counts
    REQUIRE(bureau.desk->review().return_to_sender({second, "anna", "she left"}));
    const auto third = bureau.hold();
    CHECK(bureau.pass().followed == 1);
    CHECK(bureau.state(third) == State::returned);
}

TEST_CASE("tokens are for one incident, for a while, and cannot be made by others") {
    const auto tokens = *review::Tokens::create(*crypto::SecretKey::generate());
    const auto others = *review::Tokens::create(*crypto::SecretKey::generate());
    const Instant now = system_clock().now();
    const auto token = tokens->make("I-20261130-00112233aabbccdd", now + 1h);
    CHECK(tokens->check(token, now).value() == "I-20261130-00112233aabbccdd");
    CHECK(tokens->check(token, now + 3h).error().code == ErrorCode::forbidden);
    CHECK(others->check(token, now).error().code == ErrorCode::forbidden);
    CHECK(token.size() == review::Tokens::length);
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto changed = token;
        changed[i] = changed[i] == '0' ? '1' : '0';  // capitals are the same
        CHECK(tokens->check(changed, now).error().code == ErrorCode::forbidden);
    }
    CHECK_FALSE(tokens->check("", now));
}

}  // namespace
