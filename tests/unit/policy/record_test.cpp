#include "policy/record.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "support/catch_result.hpp"
#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)

namespace {

std::string recorded(const Policy& policy, const Facts& facts) {
    return policy::record(policy, facts, policy.judge(facts));
}

Facts recalled(const Policy& policy, const std::string& record) {
    const auto document = json::Document::parse(record);
    REQUIRE(document);
    auto facts = policy::recall(document->root(), policy);
    if (!facts) FAIL(facts.error().message());
    return *std::move(facts);
}

// The actions and rules of a verdict, recipient by recipient.
std::string told(const policy::Verdict& verdict) {
    std::string out;
    for (const auto& recipient : verdict.recipients) {
        out += policy::to_string(recipient.action);
        for (const auto& reason : recipient.reasons)
            out += " " + reason.rule + ":" + reason.category + ":" + reason.relation + ":" +
                   std::to_string(reason.count.value_or(0));
        out += "\n";
    }
    return out;
}

// The verdict on the facts, and on what the journal keeps of them.
void check_same(const Policy& policy, const Facts& facts) {
    const auto record = recorded(policy, facts);
    INFO(record);
    CHECK(told(policy.judge(recalled(policy, record))) == told(policy.judge(facts)));
}

}  // namespace

TEST_CASE("recorded facts give the verdict again", "[policy][record]") {
    const auto policy = load(
        small_policy("[limits]\nsubjects = { self = 1, employer = 2, action = \"quarantine\" }\n"
                     "visible_recipients = { max = 2, action = \"quarantine\" }\n"
                     "[incomplete]\nencrypted = \"reject\"\n"
                     "registry_stale = { older_than = \"72h\", action = \"tempfail\" }\n"
                     "[consistency]\naction = \"reject\"\n"));
    Letter letter;
    letter.about("S-1", {benefit, medical}, date(2025, 6, 1))
        .to("<hr@jansen.example>", {{related("employer", date(2020, 1, 1), date(2025, 12, 31))}})
        .to("<x@post.example>", {{self()}})
        .to("<y@post.example>", {{other_subject()}})
        .to("<colleague@agency.example>", {{}})
        .to("<stranger@elders.example>", {{}})
        .to("<>", {{}})
        .to("<broken", {{}});
    SECTION("one person and many addressees") {
        check_same(*policy, letter.facts);
    }
    SECTION("what could not be read, and hidden content") {
        letter.facts.incomplete = {{"2", "secret.zip", extract::Why::encrypted},
                                   {"3", "x.bin", extract::Why::unsupported}};
        letter.facts.subjects.front().evidence.push_back(
            {0, "sheet", match::EvidenceKind::bsn, true, false});
        check_same(*policy, letter.facts);
    }
    SECTION("a letter that names somebody else") {
        letter.facts.subjects.front().contradictions = {{match::NamedAt::salutation, 0, "line 1"}};
        check_same(*policy, letter.facts);
        letter.facts.subjects.front().contradictions = {{match::NamedAt::file_number, 1, "file"}};
        check_same(*policy, letter.facts);
    }
    SECTION("a client list in the header") {
        for (const char* address : {"<a@b.example>", "<c@d.example>", "<e@f.example>",
                                    "<a@b.example>", "<x@agency.example>"})
            letter.facts.visible.push_back(mail::parse_path(address));
        check_same(*policy, letter.facts);
    }
    SECTION("an old registry, and none") {
        letter.facts.registry.age = std::chrono::hours(100);
        check_same(*policy, letter.facts);
        letter.facts.registry.available = false;
        check_same(*policy, letter.facts);
    }
    SECTION("someone who is not sure enough") {
        letter.facts.subjects.front().confidence = match::Confidence::low;
        check_same(*policy, letter.facts);
    }
    SECTION("a sender of another domain, for whom a colleague signs") {
        letter.facts.sender = mail::parse_path("<list@elders.example>");
        letter.facts.header_from = {mail::parse_path("<a@agency.example>")};
        check_same(*policy, letter.facts);
    }
}

TEST_CASE("people of whom the same is known are recorded once, with their number",
          "[policy][record]") {
    const auto policy = load(small_policy("[limits]\nsubjects = { employer = 2 }\n"));
    Letter letter;
    std::vector<std::vector<registry::Tie>> ties;
    for (int i = 0; i < 500; ++i) {
        letter.about("S-" + std::to_string(i), {i == 7 ? medical : benefit});
        ties.push_back({related("employer")});
    }
    letter.to("<hr@jansen.example>", ties);
    const auto record = recorded(*policy, letter.facts);
    CHECK(record.size() < 400);
    CHECK(record.find("\"count\":499") != std::string::npos);
    check_same(*policy, letter.facts);
}

namespace {

// What a test can read again.
policy::Pseudonyms readable() {
    return {[](std::string_view id) { return "s-" + std::string(id); },
            [](std::string_view address) { return "p-" + std::string(address); },
            [](std::string_view domain) { return "d-" + std::string(domain); }};
}

}  // namespace

TEST_CASE("a record says by pseudonyms whom it is about and who the recipients are",
          "[policy][record]") {
    const auto policy = load(replaced(small_policy(), "[scope]\n",
                                      "[scope]\npublic_mailbox_providers = [\"post.example\"]\n"));
    Letter letter;
    for (const char* id : {"S-1", "S-2", "S-3"})
        letter.about(id, {std::string_view(id) == "S-2" ? medical : benefit});
    letter.to("<hr@a.jansen.example>", {{related("employer", date(2020, 1, 1))}, {}, {}})
        .to("<x@post.example>", {{self()}, {}, {}});
    letter.facts.recipients[0].key = "hr@a.jansen.example";
    letter.facts.recipients[1].key = "x@post.example";
    const auto text =
        policy::record(*policy, letter.facts, policy->judge(letter.facts), readable());
    INFO(text);
    const auto document = json::Document::parse(text);
    REQUIRE(document);
    const auto read = policy::recall_groups(document->root(), *policy);
    REQUIRE(read);
    REQUIRE(read->groups.size() == 3);
    CHECK(read->groups[0].who == std::vector<std::string>{"s-S-1"});
    CHECK(read->groups[0].categories == std::vector<std::string>{"benefit"});
    CHECK(read->groups[0].ties[0] == letter.facts.recipients[0].ties[0]);
    CHECK(read->groups[1].who == std::vector<std::string>{"s-S-2"});
    CHECK(read->groups[2].who == std::vector<std::string>{"s-S-3"});
    REQUIRE(read->to.size() == 2);
    CHECK(read->to[0] == std::vector<std::string>{"p-hr@a.jansen.example", "d-a.jansen.example",
                                                  "d-jansen.example"});
    // A domain of mailboxes is nobody's in particular.
    CHECK(read->to[1] == std::vector<std::string>{"p-x@post.example"});
    CHECK(read->frame.recipients.size() == 2);
    CHECK(told(policy->judge(recalled(*policy, text))) == told(policy->judge(letter.facts)));
}

TEST_CASE("people of whom the same is known stay one entry that lists them", "[policy][record]") {
    const auto policy = load(small_policy());
    Letter letter;
    for (int i = 0; i < 4; ++i) letter.about("S-" + std::to_string(i), {benefit});
    letter.to("<hr@jansen.example>", {{}, {}, {}, {}});
    const auto text =
        policy::record(*policy, letter.facts, policy->judge(letter.facts), readable());
    const auto document = json::Document::parse(text);
    REQUIRE(document);
    const auto read = policy::recall_groups(document->root(), *policy);
    REQUIRE(read);
    REQUIRE(read->groups.size() == 1);
    CHECK(read->groups[0].count == 4);
    CHECK(read->groups[0].who == std::vector<std::string>{"s-S-0", "s-S-1", "s-S-2", "s-S-3"});
}

TEST_CASE("a record of before there were pseudonyms is read without them", "[policy][record]") {
    const auto policy = load(small_policy());
    Letter letter;
    letter.about("S-1", {benefit}).to("<hr@jansen.example>", {{related("employer")}});
    const auto document = json::Document::parse(recorded(*policy, letter.facts));
    REQUIRE(document);
    const auto read = policy::recall_groups(document->root(), *policy);
    REQUIRE(read);
    CHECK(read->groups[0].who.empty());
    CHECK(read->to == std::vector<std::vector<std::string>>{{}});
}

TEST_CASE("an exception that let a letter pass is known again by its id", "[policy][record]") {
    const std::string exception =
        "[[exception]]\nid = \"x\"\nsenders = [\"letters@agency.example\"]\n"
        "recipients = [\"*@b.example\"]\ncategories = [\"medical\"]\nexpires = 2099-01-01\n"
        "reason = \"agreed\"\n";
    const auto policy = load(small_policy(exception));
    Letter letter;
    letter.about("S-1", {medical}).to("<a@b.example>", {{}});
    const auto record = recorded(*policy, letter.facts);
    CHECK(policy->judge(recalled(*policy, record)).action == Action::accept);
    // A policy without it, and one in which it has ended.
    const auto without = load(small_policy());
    CHECK(without->judge(recalled(*without, record)).action == Action::reject);
    const auto ended = load(small_policy(replaced(exception, "2099", "2020")));
    CHECK(ended->judge(recalled(*ended, record)).action == Action::reject);
}

TEST_CASE("an exception for one recipient is none for another", "[policy][record]") {
    const auto policy = load(small_policy(
        "[[exception]]\nid = \"x\"\nsenders = [\"letters@agency.example\"]\n"
        "recipients = [\"*@b.example\"]\ncategories = [\"medical\"]\nexpires = 2099-01-01\n"
        "reason = \"agreed\"\n"));
    Letter letter;
    letter.about("S-1", {medical}).to("<a@b.example>", {{}}).to("<c@d.example>", {{}});
    const auto verdict = policy->judge(recalled(*policy, recorded(*policy, letter.facts)));
    CHECK(verdict.recipients[0].action == Action::accept);
    CHECK(verdict.recipients[1].action == Action::reject);
}

TEST_CASE("a record names nobody", "[policy][record]") {
    const auto policy = load(small_policy());
    Letter letter;
    letter.about("S-1042", {medical}).to("<hr@jansen.example>", {{related("employer")}});
    letter.facts.visible = {mail::parse_path("<hr@jansen.example>")};
    letter.facts.incomplete = {{"2", "Berkelaar.zip", extract::Why::encrypted}};
    const auto record = recorded(*policy, letter.facts);
    for (const char* word : {"S-1042", "jansen", "hr@", "letters", "Berkelaar", "agency"})
        CHECK(record.find(word) == std::string::npos);
}

TEST_CASE("more than can be recorded is told as such", "[policy][record]") {
    const auto policy = load(small_policy());
    Letter letter;
    for (int i = 0; i < 400; ++i) letter.about("S", {benefit});
    for (int i = 0; i < 400; ++i) letter.to("<hr@jansen.example>");
    const auto record = recorded(*policy, letter.facts);
    CHECK(record == "{\"too_many\":true}");
    const auto document = json::Document::parse(record);
    const auto facts = policy::recall(document->root(), *policy);
    REQUIRE_FALSE(facts);
    CHECK(facts.error().code == ErrorCode::not_found);
}

TEST_CASE("what is no record of facts is refused", "[policy][record]") {
    const auto policy = load(small_policy());
    for (const char* text :
         {"{}", "[]", "7", "{\"today\":\"2026-02-30\",\"recipients\":[\"outside\"]}",
          "{\"today\":\"2026-02-03\",\"recipients\":[]}",
          "{\"today\":\"2026-02-03\",\"recipients\":[\"outside\"],\"subjects\":[{}]}",
          "{\"today\":\"2026-02-03\",\"recipients\":[\"outside\"],\"subjects\":[{\"confidence\":"
          "\"high\",\"ties\":[]}]}",
          "{\"today\":\"2026-02-03\",\"recipients\":[\"outside\"],\"subjects\":[{\"confidence\":"
          "\"high\",\"ties\":[[7]]}]}",
          "{\"today\":\"2026-02-03\",\"recipients\":[\"outside\"],\"subjects\":[{\"confidence\":"
          "\"high\",\"count\":99999999999,\"ties\":[[]]}]}"}) {
        INFO(text);
        const auto document = json::Document::parse(text);
        REQUIRE(document);
        const auto facts = policy::recall(document->root(), *policy);
        REQUIRE_FALSE(facts);
        CHECK(facts.error().code == ErrorCode::damaged);
    }
}
