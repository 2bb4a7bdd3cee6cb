// What is concluded from the MTA's queue, state by state, with a queue that a test writes.
#include "review/reconcile.hpp"

#include <catch2/catch.hpp>

#include <functional>

#include "quarantine/casebook.hpp"
#include "review/review.hpp"
#include "support/catch_result.hpp"
#include "support/fake_clock.hpp"
#include "support/review_keys.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace postwacht;
using namespace postwacht::quarantine;
using namespace postwacht::review;
using namespace std::chrono_literals;

class FakeQueue final : public MtaQueue {
  public:
    MtaKind kind() const noexcept override { return MtaKind::postfix; }
    Result<std::vector<MtaEntry>> entries() override {
        if (unreadable) return Error{ErrorCode::io, "queue", "cannot be read", {}};
        auto listed = queue;
        if (after_listing) after_listing();
        return listed;
    }
    Result<std::string> release(std::string_view id, const Lease&, bool& uncertain) override {
        return act("release", id, uncertain);
    }
    Result<std::string> remove(std::string_view id, const Lease&, bool& uncertain) override {
        return act("remove", id, uncertain);
    }
    Result<std::string> act(const char* what, std::string_view id, bool& uncertain) {
        uncertain = leaves_in_doubt;
        commands.push_back(std::string(what) + " " + std::string(id));
        if (fails) return Error{ErrorCode::delivery, "", "no permission", "ask"};
        std::erase_if(queue, [&](const MtaEntry& entry) { return entry.queue_id == id; });
        return std::string("done");
    }

    std::vector<MtaEntry> queue;
    std::vector<std::string> commands;
    std::function<void()> after_listing;
    bool unreadable = false;
    bool fails = false;
    bool leaves_in_doubt = false;
};

class NoReinjector final : public Reinjector {
  public:
    Result<std::string> submit(const Submission&, bool& uncertain) override {
        uncertain = false;
        ++submitted;
        return std::string("250 queued");
    }
    int submitted = 0;
};

const std::string queue_id = "4fXk2T1bZxz9vQ";

struct Office {
    Office() {
        store = *open_store(folder / "q", {ReviewKeys::shared().certificate()}, clock);
        journal = *journal::Journal::open(folder / "j", key);
        reconciler = std::make_unique<Reconciler>(store, journal, queue, 15min, clock);
        mail::Envelope envelope;
        envelope.sender_raw = "<besluit@uwv.example>";
        envelope.recipients.emplace_back();
        envelope.recipients.back().raw = "<hr@jansen.example>";
        NewItem item;
        item.queue_id = queue_id;
        item.envelope = &envelope;
        item.recipients = {0};
        item.message = "Subject: x\r\n\r\nx\r\n";
        item.verdict_json = "{}";
        item.rules = "disclosure";
        item.mta = MtaKind::postfix;
        id = *store->hold(item);
    }
    Review review() const {
        Review made(store, journal,
                    std::make_shared<const crypto::Opener>(ReviewKeys::shared().opener()),
                    reinjector, clock);
        made.reach_mta(queue);
        return made;
    }
    Item item() const { return *store->find(id); }
    void set(State state, MtaCopy copy) const {
        Store::Change change;
        change.from = {item().state};
        change.to = state;
        change.mta_copy = copy;
        REQUIRE(store->change(id, change));
    }
    void on_hold() const { queue->queue = {{queue_id, true, clock.now()}}; }
    void in_queue() const { queue->queue = {{queue_id, false, clock.now()}}; }
    // The words of all findings.
    std::string found() const {
        const auto report = reconciler->run();
        REQUIRE(report);
        std::string words;
        for (const Finding& finding : report->findings)
            words += (words.empty() ? "" : " ") + finding.found;
        return words;
    }
    std::vector<std::string> journal_lines() const {
        std::vector<std::string> lines;
        REQUIRE(journal::for_each_entry(folder / "j",
                                        [&](std::string_view line) { lines.emplace_back(line); }));
        return lines;
    }

    TemporaryDirectory folder;
    FakeClock clock;
    crypto::SecretKey key = *crypto::SecretKey::generate();
    std::shared_ptr<Store> store;
    std::shared_ptr<journal::Journal> journal;
    std::shared_ptr<FakeQueue> queue = std::make_shared<FakeQueue>();
    std::shared_ptr<NoReinjector> reinjector = std::make_shared<NoReinjector>();
    std::unique_ptr<Reconciler> reconciler;
    std::string id;
};

TEST_CASE("a message that is seen on hold is held there") {
    const Office office;
    CHECK(office.item().mta == MtaKind::postfix);
    CHECK(office.item().mta_copy == MtaCopy::pending);
    office.on_hold();
    CHECK(office.found().empty());
    CHECK(office.item().mta_copy == MtaCopy::held);
    CHECK(office.journal_lines().empty());
}

TEST_CASE("one that never comes was not accepted, after a time") {
    Office office;
    CHECK(office.found() == "waiting");
    office.clock.advance(14min);
    CHECK(office.found() == "waiting");
    office.clock.advance(1min);
    CHECK(office.found() == "not_accepted");
    CHECK(office.item().state == State::not_accepted);
    CHECK(office.store->open(office.id, ReviewKeys::shared().opener()));
    CHECK(office.journal_lines().size() == 1);
    CHECK(office.found().empty());
    CHECK(office.review().release({office.id, "x", "x"}).error().code == ErrorCode::conflict);
    // It comes after all: it can be decided on again.
    office.on_hold();
    CHECK(office.found() == "found_again");
    CHECK(office.item().state == State::held);
    CHECK(office.item().mta_copy == MtaCopy::held);
}

TEST_CASE("one that was held and is not any more is gone") {
    const Office office;
    office.on_hold();
    CHECK(office.found().empty());
    SECTION("from every queue") {
        office.queue->queue.clear();
        CHECK(office.found() == "gone");
    }
    SECTION("into another one") {
        office.in_queue();
        CHECK(office.found() == "released_outside");
    }
    SECTION("though somebody reviews it") {
        office.set(State::reviewing, MtaCopy::held);
        office.queue->queue.clear();
        CHECK(office.found() == "gone");
    }
    SECTION("for one of the same id that came much later") {
        office.queue->queue.front().arrived = office.clock.now() + 72h;
        CHECK(office.found() == "gone unknown");
    }
    CHECK(office.item().state == State::gone);
    CHECK(office.item().decided_by.empty());
    CHECK(office.store->open(office.id, ReviewKeys::shared().opener()));
    CHECK(office.journal_lines().size() == 1);
    CHECK_THAT(office.journal_lines().front(), Catch::Contains(R"("kind":"mta")"));
}

TEST_CASE("a queue that cannot be read concludes nothing") {
    const Office office;
    office.on_hold();
    CHECK(office.found().empty());
    office.queue->unreadable = true;
    CHECK_FALSE(office.reconciler->run());
    CHECK(office.item().state == State::held);
    CHECK(office.review().return_to_sender({office.id, "x", "x"}).error().code == ErrorCode::io);
    CHECK(office.reinjector->submitted == 0);
}

TEST_CASE("a release that was cut off is what the queue says it is") {
    const Office office;
    office.set(State::releasing, MtaCopy::held);
    SECTION("not done") {
        office.on_hold();
        CHECK(office.found() == "held");
        CHECK(office.item().state == State::held);
        CHECK_THAT(office.journal_lines().back(), Catch::Contains(R"("result":"failed")"));
    }
    SECTION("done") {
        CHECK(office.found() == "released");
        CHECK(office.item().state == State::released);
        CHECK_THAT(office.journal_lines().back(), Catch::Contains(R"("result":"done")"));
    }
    SECTION("done, and still on its way") {
        office.in_queue();
        CHECK(office.found() == "released");
        CHECK(office.item().state == State::released);
    }
    CHECK(office.found().empty());
    CHECK(office.queue->commands.empty());
}

TEST_CASE("a deletion that was cut off is what the queue says it is") {
    const Office office;
    office.set(State::held, MtaCopy::removing);
    SECTION("not done") {
        office.on_hold();
        CHECK(office.found() == "held");
        CHECK(office.item().state == State::held);
        CHECK(office.item().mta_copy == MtaCopy::held);
    }
    SECTION("done") {
        CHECK(office.found() == "deleted");
        CHECK(office.item().state == State::deleted);
        CHECK_FALSE(office.store->open(office.id, ReviewKeys::shared().opener()));
    }
    SECTION("overtaken") {
        office.in_queue();
        CHECK(office.found() == "released_outside");
        CHECK(office.store->open(office.id, ReviewKeys::shared().opener()));
    }
}

TEST_CASE("what a decision left on hold is removed, once it may be") {
    const Office office;
    office.on_hold();
    office.queue->fails = true;
    const auto returned = office.review().return_to_sender({office.id, "x", "x"});
    REQUIRE_FALSE(returned);
    CHECK_THAT(returned.error().detail, Catch::Contains("the item is returned, but"));
    CHECK(office.item().state == State::returned);
    CHECK(office.found() == "failed");
    CHECK(office.reconciler->run()->failed == 1);
    office.queue->fails = false;
    CHECK(office.found() == "removed");
    CHECK(office.item().mta_copy == MtaCopy::gone);
    CHECK(office.reinjector->submitted == 1);
    CHECK(office.found().empty());
    // An administrator put one of that id on hold again: it is said, and never removed.
    office.on_hold();
    const auto commands = office.queue->commands.size();
    CHECK(office.found() == "unexpected");
    CHECK(office.queue->commands.size() == commands);
}

TEST_CASE("the notice goes before the message is removed") {
    const Office office;
    office.on_hold();
    const auto returned = office.review().return_to_sender({office.id, "x", "x"});
    REQUIRE(returned);
    CHECK(returned->state == State::returned);
    CHECK(returned->mta_copy == MtaCopy::gone);
    CHECK(office.reinjector->submitted == 1);
    CHECK(office.queue->commands == std::vector<std::string>{"remove " + queue_id});
}

TEST_CASE("a correction goes to others, and the MTA's own is removed") {
    const Office office;
    office.on_hold();
    CHECK(office.review().correct({office.id, "x", "x"}, {"<a@b.example>"})->mta_copy ==
          MtaCopy::gone);
    CHECK(office.queue->commands == std::vector<std::string>{"remove " + queue_id});
}

TEST_CASE("a release is told to the MTA once, and nothing is handed over") {
    const Office office;
    office.on_hold();
    SECTION("done") {
        const auto item = office.review().release({office.id, "x", "x"});
        REQUIRE(item);
        CHECK(item->state == State::released);
        CHECK(item->mta_copy == MtaCopy::gone);
        CHECK_FALSE(item->possibly_delivered);
        CHECK_FALSE(office.review().release({office.id, "x", "x"}));
    }
    SECTION("failed") {
        office.queue->fails = true;
        CHECK(office.review().release({office.id, "x", "x"}).error().detail == "no permission");
        CHECK(office.item().state == State::held);
        CHECK_FALSE(office.item().possibly_delivered);
    }
    SECTION("in doubt") {
        office.queue->fails = true;
        office.queue->leaves_in_doubt = true;
        CHECK_FALSE(office.review().release({office.id, "x", "x"}));
        CHECK(office.item().state == State::releasing);
        CHECK(office.item().possibly_delivered);
        CHECK(office.found() == "held");
        CHECK_FALSE(office.item().possibly_delivered);
    }
    CHECK(office.queue->commands == std::vector<std::string>{"release " + queue_id});
    CHECK(office.reinjector->submitted == 0);
}

TEST_CASE("without the MTA's queue nothing is done about what it holds") {
    const Office office;
    office.on_hold();
    Review review = office.review();
    review.reach_mta(nullptr);
    const Decision decision{office.id, "x", "x"};
    CHECK(review.release(decision).error().code == ErrorCode::config);
    CHECK(review.return_to_sender(decision).error().code == ErrorCode::config);
    CHECK(review.remove(decision).error().code == ErrorCode::config);
    CHECK(office.item().state == State::held);
    CHECK(office.journal_lines().empty());
}

TEST_CASE("what is acted on, or was since the queue was read, is left") {
    const Office office;
    office.on_hold();
    CHECK(office.found().empty());
    office.queue->queue.clear();
    SECTION("right now") {
        const auto lease = office.store->lease(office.id);
        REQUIRE(lease);
        CHECK(office.found().empty());
        CHECK(office.item().state == State::held);
    }
    SECTION("since") {
        // Somebody's attempt to release it began and was cut off after the listing.
        office.queue->after_listing = [&] { office.set(State::releasing, MtaCopy::held); };
        CHECK(office.found().empty());
        CHECK(office.item().state == State::releasing);
    }
}

TEST_CASE("an incident waits for what is found again, and not for what is gone") {
    const Office office;
    const auto casebook = *Casebook::open(office.folder / "q");
    Incident incident;
    incident.id = "I-20261130-0000000000000001";
    REQUIRE(casebook->add_incident(incident));
    Assessment assessment;
    assessment.item = office.id;
    assessment.incident = incident.id;
    REQUIRE(casebook->assess(assessment));
    const auto undecided = [&] { return casebook->incident(incident.id)->undecided; };
    office.on_hold();
    CHECK(office.found().empty());
    CHECK(undecided() == 1);
    office.queue->queue.clear();
    CHECK(office.found() == "gone");
    CHECK(undecided() == 0);
    office.on_hold();
    CHECK(office.found() == "found_again");
    CHECK(undecided() == 1);
}

}  // namespace
