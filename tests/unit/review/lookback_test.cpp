// Looking back: what a corrected registry finds in a journal, and what an index of it is worth.
#include "review/lookback.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "base/format.hpp"
#include "base/json_value.hpp"
#include "journal/chain.hpp"
#include "policy/record.hpp"
#include "review/journal_index.hpp"
#include "support/catch_result.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_index.hpp"
#include "support/temporary_directory.hpp"

using namespace postwacht;  // NOLINT(google-build-using-namespace): tests read better so
using registry::Tie;
using review::Breach;
using review::Cause;
using review::JournalIndex;
using review::LookbackReport;
using Strings = std::vector<std::string>;

namespace {

constexpr const char* policy_text = R"(
[policy]
name = "test"
[scope]
own_domains = ["agency.example"]
public_mailbox_providers = ["post.example"]
[categories.benefit]
terms = ["uitkering"]
[disclosure]
benefit = { self = "accept", employer = "accept", representative = "accept", "*" = "quarantine" }
personal_data = { self = "accept", employer = "accept", "*" = "quarantine" }
)";

Date day(const char* iso) {
    const auto date = parse_iso_date(iso);
    REQUIRE(date);
    return *date;
}

Tie self() {
    return {Tie::Kind::self, {}, {}, {}};
}
Tie related(const char* relation, const char* from = "", const char* to = "") {
    return {Tie::Kind::relation, relation, parse_iso_date(from), parse_iso_date(to)};
}

struct Recipient {
    std::string address;
    std::vector<Tie> ties;  // to everybody in the letter
};

// A journal as the milter writes it, and a registry that can be corrected afterwards.
class Office {
  public:
    Office() {
        auto generated = crypto::SecretKey::generate();
        REQUIRE(generated);
        key = std::make_unique<crypto::SecretKey>(*generated);
        auto opened = journal::Journal::open(folder / "journal", *key, clock);
        REQUIRE(opened);
        journal = std::move(*opened);
        auto parsed = policy::Policy::parse(policy_text, "test.toml");
        if (!parsed) FAIL(parsed.error().message());
        policy = *parsed;
    }

    void send(const Strings& subjects, const std::vector<Recipient>& recipients,
              const std::string& queue_id, const char* today = "2026-03-12",
              match::Confidence confidence = match::Confidence::high,
              const char* answer = nullptr) {
        policy::Facts facts;
        facts.today = day(today);
        facts.sender = mail::parse_path("<post@agency.example>");
        facts.registry.available = true;
        for (const std::string& id : subjects) {
            auto subject = std::make_shared<registry::Subject>();
            subject->id = id;
            match::SubjectFinding finding;
            finding.subject = std::move(subject);
            finding.confidence = confidence;
            finding.categories = {0};
            facts.subjects.push_back(std::move(finding));
        }
        for (const Recipient& recipient : recipients) {
            policy::RecipientFacts& out = facts.recipients.emplace_back();
            out.address = mail::parse_path("<" + recipient.address + ">");
            out.key = recipient.address;
            out.ties.assign(subjects.size(), recipient.ties);
        }
        const auto verdict = policy->judge(facts);
        const bool all_held =
            std::all_of(verdict.recipients.begin(), verdict.recipients.end(),
                        [](const auto& r) { return r.action >= policy::Action::quarantine; });
        const bool held = verdict.action >= policy::Action::quarantine;
        const policy::Pseudonyms names{
            [this](std::string_view id) { return journal->subject_pseudonym(id); },
            [this](std::string_view address) { return journal->pseudonym(address); },
            [this](std::string_view domain) { return journal->domain_pseudonym(domain); }};
        if (answer == nullptr) answer = all_held ? "discard" : "deliver";
        REQUIRE(journal->append(
            "message",
            format(R"({{"queue_id":"{}","answer":"{}",{}"facts":{},"verdict":{}}})", queue_id,
                   answer, held ? R"("held":"Q-20260312-0123456789abcdef",)" : "",
                   policy::record(*policy, facts, verdict, names), verdict.to_json(false))));
    }

    LookbackReport look_back(const FakeIndex& corrected,
                             std::optional<Strings> subjects = Strings{"S-1"},
                             const char* since = "") const {
        review::LookbackOptions options;
        options.journal = folder / "journal";
        options.journal_key = key.get();
        options.policy = policy;
        options.registry =
            std::shared_ptr<const registry::Index>(std::shared_ptr<void>(), &corrected);
        options.subjects = std::move(subjects);
        options.since = parse_iso_date(since);
        options.now = clock.now();
        auto report = review::look_back(options);
        if (!report) FAIL(report.error().message());
        return *std::move(report);
    }

    TemporaryDirectory folder;
    FakeClock clock;
    std::unique_ptr<crypto::SecretKey> key;
    std::unique_ptr<journal::Journal> journal;
    std::shared_ptr<const policy::Policy> policy;
};

const Recipient employer{"hr@jansen.example", {related("employer", "2020-01-01")}};

// S-1 with an employer until some day.
void with_employer_until(FakeIndex& index, const char* last_day) {
    index.add_organisation("O-1").domain("jansen.example");
    index.add_subject("S-1")
        .email("anna@post.example")
        .relation("employer", "O-1", "2020-01-01", last_day);
}

}  // namespace

TEST_CASE("a letter to an employer whose employment had ended is found", "[lookback]") {
    Office office;
    office.send({"S-1"}, {employer}, "4BEFORE", "2025-12-31");
    office.send({"S-1"}, {employer}, "4AFTER", "2026-01-01");
    office.send({"S-1"}, {employer}, "4LATER", "2026-02-03", match::Confidence::medium);
    office.send({"S-2"}, {employer}, "4OTHER", "2026-02-03");
    FakeIndex corrected;
    with_employer_until(corrected, "2025-12-31");
    const auto report = office.look_back(corrected);
    CHECK(report.subjects == 1);
    CHECK(report.messages == 3);
    REQUIRE(report.breaches.size() == 1);
    const Breach& breach = report.breaches[0];
    CHECK(breach.cause == Cause::relation_ended);
    CHECK(breach.relation == "employer");
    CHECK(breach.queue_ids == Strings{"4AFTER", "4LATER"});
    CHECK(breach.first == day("2026-01-01"));
    CHECK(breach.last == day("2026-02-03"));
    CHECK(breach.messages == 2);
    CHECK(breach.persons_min == 1);
    CHECK(breach.persons_max == 1);
    CHECK(breach.categories == Strings{"benefit"});
    CHECK(breach.recipient == office.journal->domain_pseudonym("jansen.example"));
    CHECK(breach.discovered == office.clock.now());
    CHECK(breach.deadline() == office.clock.now() + std::chrono::hours(72));
    CHECK_FALSE(breach.recorded);
    // Only from a day on.
    CHECK(office.look_back(corrected, Strings{"S-1"}, "2026-02-01").breaches[0].messages == 1);
    // Nothing where nothing was wrong.
    FakeIndex right;
    with_employer_until(right, "");
    CHECK(office.look_back(right).breaches.empty());
}

TEST_CASE("without a list, all whom letters were about are looked for", "[lookback]") {
    Office office;
    office.send({"S-1"}, {employer}, "4ONE");
    office.send({"S-2"}, {employer}, "4TWO");
    FakeIndex corrected;
    with_employer_until(corrected, "2025-12-31");
    const auto report = office.look_back(corrected, std::nullopt);
    CHECK(report.subjects == 2);
    CHECK(report.unknown == 1);  // S-2 is in no registry any more, and that proves nothing
    REQUIRE(report.breaches.size() == 1);
    CHECK(report.breaches[0].queue_ids == Strings{"4ONE"});
}

TEST_CASE("letters of which nobody can tell whom they were about are counted", "[lookback]") {
    Office office;
    office.send({"S-1"}, {employer}, "4NAMED");
    office.send({}, {employer}, "4NOBODY");
    for (
        const char* facts :
        {R"({"too_many":true})",
         R"({"today":"2026-03-12","recipients":["outside"],"subjects":[{"confidence":"high","ties":[[]]}]})"})
        REQUIRE(office.journal->append(
            "message",
            format(R"({{"queue_id":"4OLD","answer":"deliver","facts":{},"verdict":{{}}}})",
                   facts)));
    FakeIndex corrected;
    with_employer_until(corrected, "2025-12-31");
    const auto report = office.look_back(corrected);
    CHECK(report.nameless == 2);
    CHECK(report.messages == 1);
}

TEST_CASE("every way in which a party can turn out to be wrong is told apart", "[lookback]") {
    Office office;
    office.send({"S-1"},
                {employer,
                 {"anna@old.example", {self()}},
                 {"voogd@recht.example", {related("representative")}}},
                "4ALL");
    FakeIndex index;
    index.add_organisation("O-1").domain("jansen.example");
    index.add_organisation("O-2").domain("other.example").address("hr@jansen.example");
    auto subject = index.add_subject("S-1");
    const auto causes = [&] {
        std::vector<std::pair<Cause, std::string>> found;
        for (const Breach& breach : office.look_back(index).breaches)
            found.emplace_back(breach.cause, breach.relation);
        std::sort(found.begin(), found.end());
        return found;
    };
    using Causes = std::vector<std::pair<Cause, std::string>>;
    CHECK(causes() == Causes{{Cause::relation_never_was, "employer"},
                             {Cause::relation_never_was, "representative"},
                             {Cause::address_not_theirs, ""}});
    subject.email("anna@old.example");
    subject.relation_by_email("representative", "voogd@recht.example", "2026-06-01");
    subject.relation("employer", "O-1", "2026-06-01");
    CHECK(causes() == Causes{{Cause::relation_not_begun, "employer"},
                             {Cause::relation_not_begun, "representative"}});
    // Whose address it is may be known by another organisation, and a parent's domain.
    subject.relation("employer", "O-2");
    subject.relation_by_email("representative", "voogd@recht.example");
    CHECK(causes().empty());
}

TEST_CASE("a policy that became stricter finds nothing by itself", "[lookback]") {
    Office office;
    std::string lenient = policy_text;
    for (const char* row : {"benefit = {", "personal_data = {"})
        lenient.replace(lenient.find("\"*\" = \"quarantine\"", lenient.find(row)), 18,
                        "\"*\" = \"accept\"");
    const auto parsed = policy::Policy::parse(lenient, "lenient.toml");
    REQUIRE(parsed);
    const auto strict = std::exchange(office.policy, *parsed);
    office.send({"S-1"}, {{"hr@jansen.example", {}}}, "4THEN");
    office.policy = strict;
    // What it was to her is known better now, and would have been held as well.
    FakeIndex corrected;
    with_employer_until(corrected, "2025-12-31");
    const auto report = office.look_back(corrected);
    CHECK(report.messages == 1);
    CHECK(report.breaches.empty());
}

TEST_CASE("what was not delivered is no breach", "[lookback]") {
    Office office;
    const Recipient stranger{"x@elders.example", {}};
    office.send({"S-1"}, {stranger}, "4HELD");
    office.send({"S-1"}, {employer}, "4LATER", "2026-03-12", match::Confidence::high, "tempfail");
    office.send({"S-1"}, {employer, stranger}, "4SPLIT");
    FakeIndex corrected;
    with_employer_until(corrected, "2025-12-31");
    const auto report = office.look_back(corrected);
    REQUIRE(report.breaches.size() == 1);
    CHECK(report.breaches[0].queue_ids == Strings{"4SPLIT"});
    CHECK(report.breaches[0].findings.size() == 1);
}

TEST_CASE("people of one breach are counted once, with those who are less sure", "[lookback]") {
    Office office;
    office.send({"S-1", "S-2", "S-3"}, {employer}, "4LIST");
    office.send({"S-1"}, {employer}, "4ONE", "2026-03-13");
    office.send({"S-3"}, {employer}, "4THREE", "2026-03-13", match::Confidence::medium);
    office.send({"S-4"}, {employer}, "4FOUR", "2026-03-13", match::Confidence::medium);
    FakeIndex corrected;
    with_employer_until(corrected, "2025-12-31");
    for (const char* id : {"S-3", "S-4"})
        corrected.add_subject(id).relation("employer", "O-1", "", "2025-12-31");
    corrected.add_subject("S-2").relation("employer", "O-1");
    const auto report = office.look_back(corrected, Strings{"S-1", "S-2", "S-3", "S-4", "S-4"});
    REQUIRE(report.breaches.size() == 1);
    CHECK(report.subjects == 4);
    CHECK(report.breaches[0].messages == 4);
    CHECK(report.breaches[0].persons_min == 2);
    CHECK(report.breaches[0].persons_max == 3);
}

TEST_CASE("a recorded breach keeps its moment of discovery, and new letters are a new one",
          "[lookback]") {
    Office office;
    office.send({"S-1"}, {employer}, "4ONE");
    FakeIndex corrected;
    with_employer_until(corrected, "2025-12-31");
    const auto first = office.look_back(corrected);
    REQUIRE(first.breaches.size() == 1);
    const std::string entry = review::breach_entry(first.breaches[0], "reviewer");
    REQUIRE(office.journal->append("breach", entry));
    office.clock.advance(std::chrono::hours(100));
    const auto again = office.look_back(corrected);
    REQUIRE(again.breaches.size() == 1);
    CHECK(again.breaches[0].recorded);
    CHECK(again.breaches[0].id == first.breaches[0].id);
    CHECK(to_iso(again.breaches[0].discovered) == to_iso(first.breaches[0].discovered));
    CHECK(again.breaches[0].messages == 1);
    office.send({"S-1"}, {employer}, "4TWO");
    const auto more = office.look_back(corrected);
    REQUIRE(more.breaches.size() == 2);
    CHECK(more.breaches[0].recorded);  // the more urgent one
    CHECK(more.breaches[0].queue_ids == Strings{"4ONE"});
    CHECK_FALSE(more.breaches[1].recorded);
    CHECK(more.breaches[1].queue_ids == Strings{"4TWO"});
    CHECK(more.breaches[1].id != more.breaches[0].id);
    for (const char* word : {"S-1", "jansen", "hr@"}) CHECK(entry.find(word) == std::string::npos);
}

namespace {

std::size_t count_runs(const Office& office) {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(office.folder / "journal/lookback"))
        count += file.path().extension() == ".run" ? 1 : 0;
    return count;
}

JournalIndex open(const Office& office, std::uint64_t run_bytes) {
    review::JournalIndexOptions options;
    options.run_bytes = run_bytes;
    auto index = JournalIndex::open(office.folder / "journal", *office.key, options);
    if (!index) FAIL(index.error().message());
    return *std::move(index);
}

// The queue ids of the entries about a subject, in the order of the journal.
Strings found(const Office& office, const JournalIndex& index, const char* subject) {
    Strings ids;
    for (const auto& entry :
         index.find({review::index_key(office.journal->subject_pseudonym(subject))})) {
        const auto line = index.read(entry);
        REQUIRE(line);
        const auto document = json::Document::parse(*line);
        REQUIRE(document);
        ids.emplace_back(document->root()["data"]["queue_id"].string());
    }
    return ids;
}

}  // namespace

TEST_CASE("an index reads only what was added, and goes on where a run is not full", "[lookback]") {
    Office office;
    Strings all;
    for (int i = 0; i < 20; ++i) {
        all.push_back("4Q" + std::to_string(i));
        office.send({i % 2 == 0 ? "S-1" : "S-2", "S-3"}, {employer}, all.back());
    }
    constexpr std::uint64_t run_bytes = 4000;  // a few letters
    {
        const auto index = open(office, run_bytes);
        CHECK(index.bytes_added() == index.bytes());
        CHECK(index.records() == 40);
        CHECK(found(office, index, "S-3") == all);
        CHECK(found(office, index, "S-1").size() == 10);
        CHECK(found(office, index, "S-9").empty());
        CHECK(count_runs(office) > 3);
    }
    CHECK(open(office, run_bytes).bytes_added() == 0);
    all.emplace_back("4NEW");
    office.send({"S-3"}, {employer}, "4NEW");
    const auto index = open(office, run_bytes);
    CHECK(index.bytes_added() > 0);
    CHECK(index.bytes_added() < 2 * run_bytes);
    CHECK(found(office, index, "S-3") == all);
}

TEST_CASE("an index that is not of this journal is made anew", "[lookback]") {
    Office office;
    for (int i = 0; i < 10; ++i) office.send({"S-1"}, {employer}, "4Q" + std::to_string(i));
    constexpr std::uint64_t run_bytes = 1U << 20U;
    REQUIRE(found(office, open(office, run_bytes), "S-1").size() == 10);
    const auto folder = office.folder / "journal" / "lookback";
    const auto run = std::filesystem::directory_iterator(folder)->path();
    const auto size = std::filesystem::file_size(run);
    SECTION("changed in any byte") {
        for (std::uintmax_t at = 0; at < size; at += 7) {
            std::fstream file(run, std::ios::in | std::ios::out | std::ios::binary);
            file.seekg(static_cast<std::streamoff>(at));
            const int old = file.get();
            file.seekp(static_cast<std::streamoff>(at));
            file.put(static_cast<char>(old ^ 1));
            file.close();
            const auto index = open(office, run_bytes);
            CHECK(index.bytes_added() == index.bytes());
            CHECK(found(office, index, "S-1").size() == 10);
        }
    }
    SECTION("cut short") {
        for (const std::uintmax_t left :
             {size - 1, size - 16, std::uintmax_t{100}, std::uintmax_t{0}}) {
            std::filesystem::resize_file(run, left);
            CHECK(found(office, open(office, run_bytes), "S-1").size() == 10);
        }
    }
    SECTION("of another journal") {
        Office other;
        for (int i = 0; i < 10; ++i) other.send({"S-2"}, {employer}, "4Q" + std::to_string(i));
        REQUIRE(open(other, run_bytes).records() == 10);
        std::filesystem::copy(run, other.folder / "journal" / "lookback" / run.filename(),
                              std::filesystem::copy_options::overwrite_existing);
        CHECK(found(other, open(other, run_bytes), "S-2").size() == 10);
        CHECK(found(other, open(other, run_bytes), "S-1").empty());
    }
    SECTION("gone") {
        std::filesystem::remove_all(folder);
        CHECK(found(office, open(office, run_bytes), "S-1").size() == 10);
    }
}

TEST_CASE("a file of the journal that was closed and renamed keeps its runs", "[lookback]") {
    Office office;
    for (int i = 0; i < 10; ++i) office.send({"S-1"}, {employer}, "4Q" + std::to_string(i));
    constexpr std::uint64_t run_bytes = 1U << 20U;
    const auto whole = open(office, run_bytes).bytes();
    const auto journal = office.folder / "journal";
    std::filesystem::rename(journal / "journal.jsonl",
                            journal / "journal-00000000000000000001.jsonl");
    {
        auto chain = journal::Chain::create(*office.key);
        REQUIRE(chain);
        journal::Link link{10, std::string(64, '0')};
        std::ofstream(journal / "journal.jsonl") << chain->extend(
            link, office.clock.now(), "message",
            format(
                R"({{"queue_id":"4NEXT","answer":"deliver","facts":{{"subjects":[{{"who":["{}"]}}]}}}})",
                office.journal->subject_pseudonym("S-1")));
    }
    const auto index = open(office, run_bytes);
    CHECK(index.bytes() > whole);
    CHECK(index.bytes_added() == index.bytes() - whole);
    const auto ids = found(office, index, "S-1");
    REQUIRE(ids.size() == 11);
    CHECK(ids.back() == "4NEXT");
    // And once the older one has expired, nothing of it is left.
    std::filesystem::remove(journal / "journal-00000000000000000001.jsonl");
    CHECK(found(office, open(office, run_bytes), "S-1") == Strings{"4NEXT"});
    CHECK(count_runs(office) == 1);
}

TEST_CASE("a line that is still being written is of the next time", "[lookback]") {
    Office office;
    office.send({"S-1"}, {employer}, "4ONE");
    std::ofstream(office.folder / "journal/journal.jsonl", std::ios::app) << R"({"n":2,"at":)";
    CHECK(found(office, open(office, 1U << 20U), "S-1") == Strings{"4ONE"});
}

TEST_CASE("where there is no journal there is nothing to look back at", "[lookback]") {
    Office office;
    const auto index = JournalIndex::open(office.folder / "nowhere", *office.key);
    REQUIRE_FALSE(index);
    CHECK(index.error().code == ErrorCode::not_found);
}
