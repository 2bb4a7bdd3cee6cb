// Decisions: what they do to the item, the mail and the journal, also when something breaks.
#include "review/review.hpp"

#include <unistd.h>
#include <catch2/catch.hpp>

#include <functional>

#include "support/catch_result.hpp"
#include "support/child_process.hpp"
#include "support/review_keys.hpp"
#include "support/smtp_server.hpp"
#include "support/temporary_directory.hpp"

namespace {

using postwacht::Error;
using postwacht::ErrorCode;
using postwacht::Result;
using postwacht::ReviewKeys;
using postwacht::TemporaryDirectory;
using postwacht::journal::Journal;
using postwacht::quarantine::State;
using postwacht::quarantine::Store;
using postwacht::review::Decision;
using postwacht::review::Reinjector;
using postwacht::review::Review;
using postwacht::review::Submission;
using Strings = std::vector<std::string>;

const std::string letter = "Subject: besluit\r\n\r\n.\r\nuw uitkering \xe9\r\n";

// Keeps what it is given and answers as told.
class FakeReinjector final : public Reinjector {
  public:
    Result<std::string> submit(const Submission& submission, bool& uncertain) override {
        uncertain = answer_uncertain;
        submissions.push_back(submission);
        messages.emplace_back(submission.message);
        if (during) during();
        if (fails)
            return Error{ErrorCode::delivery, "", "the MTA answered RCPT with 451 4.3.0", {}};
        return std::string("250 2.0.0 queued as 4fAbc1");
    }

    bool fails = false;
    bool answer_uncertain = false;
    std::function<void()> during;
    std::vector<Submission> submissions;
    std::vector<std::string> messages;
};

struct Desk {
    Desk() {
        auto opened_store =
            postwacht::quarantine::open_store(folder / "q", {ReviewKeys::shared().certificate()});
        auto opened_journal = Journal::open(folder / "j", key);
        REQUIRE(opened_store);
        REQUIRE(opened_journal);
        store = std::move(*opened_store);
        journal = std::move(*opened_journal);
    }

    std::string hold(const std::string& sender = "<besluit@uwv.example>") const {
        postwacht::mail::Envelope envelope;
        envelope.sender_raw = sender;
        for (const char* raw : {"<hr@jansen.example>", "<klant@bakker.example>", "<a@b.example>"}) {
            envelope.recipients.emplace_back();
            envelope.recipients.back().raw = raw;
        }
        postwacht::quarantine::NewItem item;
        item.queue_id = "4fXyz1";
        item.envelope = &envelope;
        item.recipients = {0, 2};
        item.message = letter;
        item.verdict_json = "{}";
        item.rules = "disclosure";
        const auto id = store->hold(item);
        REQUIRE(id);
        return *id;
    }

    Review review() const {
        return {store, journal,
                std::make_shared<const postwacht::crypto::Opener>(ReviewKeys::shared().opener()),
                reinjector};
    }

    // "release begun", ...
    Strings entries() const {
        Strings found;
        REQUIRE(postwacht::journal::for_each_entry(folder / "j", [&](std::string_view line) {
            const auto value = [&](std::string_view name) {
                const std::string field = "\"" + std::string(name) + "\":\"";
                const auto at = line.find(field);
                if (at == std::string_view::npos) return std::string("-");
                const auto start = at + field.size();
                return std::string(line.substr(start, line.find('"', start) - start));
            };
            CHECK(line.find("\"kind\":\"decision\"") != std::string_view::npos);
            CHECK(line.find("@") == std::string_view::npos);
            found.push_back(value("action") + " " + value("result"));
            last_entry = line;
        }));
        return found;
    }

    TemporaryDirectory folder;
    postwacht::crypto::SecretKey key = *postwacht::crypto::SecretKey::generate();
    std::shared_ptr<Store> store;
    std::shared_ptr<Journal> journal;
    std::shared_ptr<FakeReinjector> reinjector = std::make_shared<FakeReinjector>();
    mutable std::string last_entry;
};

Decision decide(const std::string& id) {
    return {id, "m.devries", "address checked by telephone"};
}

TEST_CASE("a released item goes to the recipients it was held for, and to nobody else") {
    const Desk desk;
    const std::string id = desk.hold();
    const auto item = desk.review().release(decide(id));
    REQUIRE(item);
    CHECK(item->state == State::released);
    CHECK(item->outcome == "250 2.0.0 queued as 4fAbc1");
    CHECK(item->decided_by == "m.devries");
    CHECK(item->decision_reason == "address checked by telephone");
    CHECK(item->attempts == 1);
    CHECK_FALSE(item->possibly_delivered);
    REQUIRE(desk.reinjector->submissions.size() == 1);
    CHECK(desk.reinjector->submissions[0].sender_raw == "<besluit@uwv.example>");
    CHECK(desk.reinjector->submissions[0].recipients_raw ==
          Strings{"<hr@jansen.example>", "<a@b.example>"});
    CHECK(desk.reinjector->messages[0] == letter);

    CHECK(desk.entries() == Strings{"release begun", "release done"});
    for (const auto& part :
         {"\"item\":\"" + id + "\"", std::string(R"("by":"m.devries")"),
          std::string(R"("reason":"address checked by telephone")"),
          std::string(R"("queue_id":"4fXyz1")"), std::string(R"("possibly_delivered":false)"),
          std::string(R"("reply":"250 2.0.0 queued as 4fAbc1")")})
        CHECK_THAT(desk.last_entry, Catch::Contains(part));

    CHECK(desk.review().release(decide(id)).error().code == ErrorCode::conflict);
    CHECK(desk.reinjector->submissions.size() == 1);
    CHECK(desk.store->open(id, ReviewKeys::shared().opener()));
}

TEST_CASE("a decision needs somebody who decides, and a reason") {
    const Desk desk;
    const std::string id = desk.hold();
    auto review = desk.review();
    for (const Decision& decision :
         {Decision{id, "", "reason"}, Decision{id, "  ", "reason"}, Decision{id, "m.devries", ""},
          Decision{id, "m.devries", "\t"}}) {
        CHECK(review.release(decision).error().code == ErrorCode::usage);
        CHECK(review.return_to_sender(decision).error().code == ErrorCode::usage);
        CHECK(review.remove(decision).error().code == ErrorCode::usage);
    }
    CHECK(desk.store->find(id)->state == State::held);
    CHECK(desk.entries().empty());
    CHECK(desk.reinjector->submissions.empty());
}

TEST_CASE("what the MTA surely did not take stays held, and can be released later") {
    const Desk desk;
    const std::string id = desk.hold();
    desk.reinjector->fails = true;
    const auto refused = desk.review().release(decide(id));
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == ErrorCode::delivery);
    const auto item = desk.store->find(id);
    CHECK(item->state == State::held);
    CHECK(item->outcome == "the MTA answered RCPT with 451 4.3.0");
    CHECK_FALSE(item->possibly_delivered);

    desk.reinjector->fails = false;
    const auto released = desk.review().release(decide(id));
    REQUIRE(released);
    CHECK(released->attempts == 2);
    CHECK_FALSE(released->possibly_delivered);
    CHECK(desk.entries() ==
          Strings{"release begun", "release failed", "release begun", "release done"});
}

TEST_CASE("an uncertain hand-over stays open, says so, and the doubt never goes away") {
    const Desk desk;
    const std::string id = desk.hold();
    desk.reinjector->fails = true;
    desk.reinjector->answer_uncertain = true;
    const auto uncertain = desk.review().release(decide(id));
    REQUIRE(uncertain.has_error());
    CHECK_THAT(uncertain.error().hint, Catch::Contains("twice"));
    CHECK(desk.store->find(id)->state == State::releasing);
    CHECK(desk.store->find(id)->possibly_delivered);
    CHECK(desk.entries() == Strings{"release begun", "release uncertain"});
    CHECK_THAT(desk.last_entry, Catch::Contains(R"("possibly_delivered":true)"));

    desk.reinjector->answer_uncertain = false;
    CHECK(desk.review().release(decide(id)).has_error());
    CHECK(desk.store->find(id)->state == State::held);
    CHECK(desk.store->find(id)->possibly_delivered);

    desk.reinjector->fails = false;
    const auto released = desk.review().release(decide(id));
    REQUIRE(released);
    CHECK(released->possibly_delivered);
    CHECK(desk.entries().back() == "release done");
    CHECK_THAT(desk.last_entry, Catch::Contains(R"("possibly_delivered":true)"));
}

TEST_CASE("a crash in the middle of a release leaves evidence, and a later release works") {
    const Desk desk;
    const std::string id = desk.hold();
    int told[2];
    REQUIRE(::pipe(told) == 0);
    postwacht::ChildProcess child([&]() -> std::string {
        auto store = postwacht::quarantine::open_store(desk.folder / "q", {});
        auto journal = Journal::open(desk.folder / "j", desk.key);
        auto stuck = std::make_shared<FakeReinjector>();
        stuck->during = [&] {
            if (::write(told[1], "+", 1) != 1) return;
            for (;;) ::pause();
        };
        Review review(
            std::move(*store), std::move(*journal),
            std::make_shared<const postwacht::crypto::Opener>(ReviewKeys::shared().opener()),
            stuck);
        (void)review.release(decide(id));
        return "not reached";
    });
    char byte = 0;
    REQUIRE(::read(told[0], &byte, 1) == 1);
    // While it lives, nobody else may act on the item.
    for (const auto& result : {desk.review().release(decide(id)), desk.review().remove(decide(id)),
                               desk.review().return_to_sender(decide(id))})
        CHECK(result.error().code == ErrorCode::conflict);
    CHECK(desk.reinjector->submissions.empty());

    child.kill();
    CHECK(child.wait() == "killed");
    CHECK(desk.store->find(id)->state == State::releasing);
    CHECK(desk.store->find(id)->possibly_delivered);
    CHECK(desk.entries() == Strings{"release begun"});

    const auto released = desk.review().release(decide(id));
    REQUIRE(released);
    CHECK(released->state == State::released);
    CHECK(released->attempts == 2);
    CHECK(released->possibly_delivered);
    ::close(told[0]);
    ::close(told[1]);
}

TEST_CASE("an item is returned to its sender as a notice, by the null sender") {
    const Desk desk;
    const std::string id = desk.hold();
    const auto returned = desk.review().return_to_sender(decide(id));
    REQUIRE(returned);
    CHECK(returned->state == State::returned);
    REQUIRE(desk.reinjector->submissions.size() == 1);
    CHECK(desk.reinjector->submissions[0].sender_raw == "<>");
    CHECK(desk.reinjector->submissions[0].recipients_raw == Strings{"<besluit@uwv.example>"});
    const auto& notice = desk.reinjector->messages[0];
    CHECK_THAT(notice, Catch::Contains("multipart/report"));
    CHECK_THAT(notice, Catch::Contains("\r\n\r\n" + letter));
    CHECK_THAT(notice, Catch::Contains("rfc822; a@b.example"));
    CHECK(notice.find("bakker") == std::string::npos);  // that one was not held for
    CHECK(desk.entries() == Strings{"return begun", "return done"});
}

TEST_CASE("what has no sender cannot be returned, and stays held") {
    const Desk desk;
    const std::string id = desk.hold(GENERATE("<>", ""));
    CHECK(desk.review().return_to_sender(decide(id)).error().code == ErrorCode::conflict);
    CHECK(desk.store->find(id)->state == State::held);
    CHECK(desk.entries().empty());
}

TEST_CASE("removal takes the content away and keeps the row") {
    const Desk desk;
    const std::string id = desk.hold();
    State after = State::deleted;
    auto review = desk.review();
    SECTION("of a held item") {}
    SECTION("of a released item, which stays released") {
        REQUIRE(review.release(decide(id)));
        after = State::released;
    }
    SECTION("of one that a crash left in the middle") {
        desk.reinjector->fails = desk.reinjector->answer_uncertain = true;
        CHECK(review.release(decide(id)).has_error());
    }
    const auto removed = review.remove(decide(id));
    REQUIRE(removed);
    CHECK(removed->state == after);
    CHECK(desk.store->find(id)->state == after);
    CHECK(desk.store->open(id, ReviewKeys::shared().opener()).error().code == ErrorCode::not_found);
    CHECK(desk.entries().back() == "delete done");
    CHECK(review.release(decide(id)).error().code == ErrorCode::conflict);
    CHECK(review.return_to_sender(decide(id)).error().code == ErrorCode::conflict);
}

TEST_CASE("removal needs neither the review key nor a listener; release says what it needs") {
    const Desk desk;
    const std::string id = desk.hold();
    Review review(desk.store, desk.journal, nullptr, nullptr);
    CHECK(review.release(decide(id)).error().code == ErrorCode::config);
    CHECK(review.remove(decide(id)));
    CHECK(review.remove(decide(id)).error().code == ErrorCode::conflict);
    CHECK(review.remove(decide("Q-19990101-0000000000000000")).error().code ==
          ErrorCode::not_found);
}

TEST_CASE("content that does not open changes nothing") {
    const Desk desk;
    const std::string id = desk.hold();
    const ReviewKeys other;
    Review review(desk.store, desk.journal,
                  std::make_shared<const postwacht::crypto::Opener>(other.opener()),
                  desk.reinjector);
    CHECK(review.release(decide(id)).has_error());
    CHECK(desk.store->find(id)->state == State::held);
    CHECK(desk.store->find(id)->attempts == 0);
    CHECK(desk.entries().empty());
}

TEST_CASE("nothing is sent where the journal cannot take the decision") {
    const Desk desk;
    const std::string id = desk.hold();
    std::filesystem::remove(desk.folder / "j" / "journal.jsonl");
    CHECK(desk.review().release(decide(id)).has_error());
    CHECK(desk.reinjector->submissions.empty());
    CHECK(desk.store->find(id)->state == State::held);
}

TEST_CASE("what was sent counts as released even where the journal breaks meanwhile") {
    const Desk desk;
    const std::string id = desk.hold();
    desk.reinjector->during = [&] { std::filesystem::remove(desk.folder / "j" / "journal.jsonl"); };
    const auto released = desk.review().release(decide(id));
    REQUIRE(released.has_error());
    CHECK_THAT(released.error().detail, Catch::Contains("was handed over"));
    CHECK(desk.store->find(id)->state == State::released);
}

TEST_CASE("over SMTP, from the quarantine to the listener") {
    const Desk desk;
    const std::string id = desk.hold();
    const postwacht::SmtpServer server;
    Review review(desk.store, desk.journal,
                  std::make_shared<const postwacht::crypto::Opener>(ReviewKeys::shared().opener()),
                  postwacht::review::make_smtp_reinjector(
                      {server.url(), std::chrono::seconds(20), "localhost"}));
    const auto released = review.release(decide(id.substr(0, 22)));
    REQUIRE(released);
    CHECK(released->outcome == "250 2.0.0 queued as 4fTest1");
    REQUIRE(server.mails().size() == 1);
    CHECK(server.mails()[0].recipients == Strings{"<hr@jansen.example>", "<a@b.example>"});
    CHECK(server.mails()[0].message == letter);
}

}  // namespace
