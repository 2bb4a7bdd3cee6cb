#include "policy/verdict.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)
using match::Confidence;
using match::EvidenceKind;
using policy::Reason;
using policy::Verdict;

namespace {

Verdict held_letter() {
    Verdict verdict;
    verdict.action = Action::quarantine;
    verdict.policy = "nl-social-security@0123456789ab";
    verdict.registry = policy::RegistryFacts{true, Instant(std::chrono::seconds(1'795'485'600)),
                                             std::chrono::seconds(3600), "0123456789abcdef"};
    verdict.parts = {{"1", "", "text/plain", 100, false, ""},
                     {"2", "besluit Jansen 123456782.docx", "application/zip", 100, false, ""}};
    const match::Evidence in_sheet{1, "sheet 'Jansen' (very hidden), C17", EvidenceKind::bsn, true,
                                   false};
    const match::Evidence in_text{0, "text, line 3", EvidenceKind::email, false, true};
    Reason reason;
    reason.rule = "disclosure";
    reason.action = Action::quarantine;
    reason.category = "maternity_benefit";
    reason.subject = "S-1042";
    reason.confidence = Confidence::high;
    reason.relation = "former_employer";
    reason.ended = date(2025, 12, 31);
    reason.as_of = date(2026, 3, 12);
    reason.evidence = {in_sheet};
    reason.place = "p.toml:41";
    Reason unread;
    unread.rule = "incomplete";
    unread.action = Action::quarantine;
    unread.part = "3";
    unread.name = "123456782.zip";
    unread.why = "encrypted";
    verdict.recipients = {{"hr@jansen.example", Action::quarantine, {reason, unread}},
                          {"me@post.example", Action::accept, {}}};
    verdict.subjects = {{"S-1042", Confidence::high, {"maternity_benefit"}, {in_sheet, in_text}}};
    verdict.subject_count = 1;
    verdict.incomplete = {{"3", "123456782.zip", extract::Why::encrypted}};
    verdict.coverage = {3, 2, 18234};
    verdict.elapsed_ms = 3.14;
    return verdict;
}

}  // namespace

TEST_CASE("an ambiguous subject is called so", "[verdict]") {
    auto verdict = held_letter();
    verdict.recipients[0].reasons[0].ambiguous = true;
    verdict.subjects[0].ambiguous = true;
    const auto json = verdict.to_json(false);
    CHECK_THAT(json, Catch::Contains(R"("confidence":"high","ambiguous":true,"relation")"));
    CHECK_THAT(json, Catch::Contains(R"("confidence":"high","ambiguous":true,"categories")"));
    CHECK_THAT(policy::describe(verdict.recipients[0].reasons[0]),
               Catch::Contains("S-1042 (or of another who fits as well) to"));
}

TEST_CASE("a verdict is written to the letter of its schema", "[verdict]") {
    const std::string expected =
        R"({"schema":"postwacht.verdict/1","action":"quarantine","mode":"enforce",)"
        R"("policy":"nl-social-security@0123456789ab",)"
        R"("registry":{"as_of":"2026-11-24T02:00:00Z","age_s":3600,"source":"0123456789ab"},)"
        R"("recipients":[{"address":"hr@jansen.example","action":"quarantine","reasons":[)"
        R"({"rule":"disclosure","category":"maternity_benefit","subject":"S-1042",)"
        R"("confidence":"high","relation":"former_employer","ended":"2025-12-31",)"
        R"("as_of":"2026-03-12","evidence":[{"part":"2","name":"besluit Jansen 123456782.docx",)"
        R"("where":"sheet 'Jansen' (very hidden), C17","kind":"bsn","hidden":true}],)"
        R"("action":"quarantine","place":"p.toml:41"},)"
        R"({"rule":"incomplete","part":"3","name":"123456782.zip","why":"encrypted",)"
        R"("action":"quarantine"}]},)"
        R"({"address":"me@post.example","action":"accept","reasons":[]}],)"
        R"("subjects":[{"subject":"S-1042","confidence":"high",)"
        R"("categories":["maternity_benefit"],"evidence":[)"
        R"({"part":"2","name":"besluit Jansen 123456782.docx",)"
        R"("where":"sheet 'Jansen' (very hidden), C17","kind":"bsn","hidden":true},)"
        R"({"part":"1","name":"","where":"text, line 3","kind":"email","hidden":false,)"
        R"("ocr":true}]}],"subject_count":1,)"
        R"("incomplete":[{"part":"3","name":"123456782.zip","why":"encrypted"}],)"
        R"("coverage":{"parts":3,"read":2,"bytes":18234},"elapsed_ms":3.1})";
    CHECK(held_letter().to_json(true) == expected);
}

TEST_CASE("without addresses nothing is written that the author of a mail chose", "[verdict]") {
    const std::string json = held_letter().to_json(false);
    for (const char* secret : {"hr@", "jansen", "Jansen", "123456782", "post.example"}) {
        CAPTURE(secret, json);
        CHECK(json.find(secret) == std::string::npos);
    }
    CHECK_THAT(json, Catch::Contains(R"("recipients":[{"recipient":1,"action":"quarantine")"));
    CHECK_THAT(json, Catch::Contains(R"({"recipient":2,"action":"accept","reasons":[]})"));
    CHECK_THAT(json, Catch::Contains(R"("name":"*.docx")"));
    CHECK_THAT(json, Catch::Contains(R"("where":"sheet '...' (very hidden), C17")"));
    auto odd = held_letter();
    for (const char* name : {"jansen", "a.123456782", "a.jansen-de-boer", ".", "x.12345"}) {
        odd.parts[1].name = name;
        CHECK_THAT(odd.to_json(false), Catch::Contains(R"("name":"*",)"));
    }
}

TEST_CASE("a verdict without a registry, and with parts that are gone, is still written",
          "[verdict]") {
    auto verdict = held_letter();
    verdict.registry.reset();
    verdict.parts.clear();
    verdict.mode = policy::Mode::simulate;
    const auto json = verdict.to_json(true);
    CHECK_THAT(json, Catch::Contains(R"("registry":null)"));
    CHECK_THAT(json, Catch::Contains(R"("mode":"simulate")"));
    CHECK_THAT(json, Catch::Contains(R"({"part":"","name":"","where":"text, line 3")"));
}

TEST_CASE("long lists are cut and the counts stay exact", "[verdict]") {
    Verdict verdict;
    verdict.subjects.assign(250, {"S-1", Confidence::high, {}, {}});
    verdict.subject_count = 250;
    verdict.incomplete.assign(300, {"1", "", extract::Why::damaged});
    const auto json = verdict.to_json(true);
    const auto count = [&json](std::string_view piece) {
        std::size_t n = 0;
        for (auto at = json.find(piece); at != std::string::npos; at = json.find(piece, at + 1))
            ++n;
        return n;
    };
    CHECK(count("\"subject\":") == 100);
    CHECK(count("\"why\":") == 100);
    CHECK(count("\"subject_count\":250") == 1);
    CHECK(count("\"incomplete_count\":300") == 1);
}

TEST_CASE("the rules that decided are named once, sorted", "[verdict]") {
    Verdict verdict;
    const auto reason = [](const char* rule, Action action) {
        Reason r;
        r.rule = rule;
        r.action = action;
        return r;
    };
    CHECK(verdict.rule_ids().empty());
    verdict.recipients = {{"a", Action::accept, {reason("exception:x", Action::accept)}}};
    CHECK(verdict.rule_ids() == "exception:x");
    verdict.action = Action::reject;
    verdict.recipients.push_back(
        {"b",
         Action::reject,
         {reason("incomplete", Action::reject), reason("disclosure", Action::reject),
          reason("hidden_content", Action::quarantine)}});
    verdict.recipients.push_back(
        {"c", Action::quarantine, {reason("disclosure", Action::quarantine)}});
    CHECK(verdict.rule_ids() == "disclosure,incomplete");
}

TEST_CASE("actions have words", "[verdict]") {
    for (const auto action :
         {Action::accept, Action::tag, Action::quarantine, Action::reject, Action::tempfail})
        CHECK(policy::action_from(to_string(action)) == action);
    CHECK_FALSE(policy::action_from("Accept").has_value());
    CHECK_FALSE(policy::action_from("").has_value());
}

TEST_CASE("what may explain a mistake is noted, without an address", "[verdict]") {
    auto verdict = held_letter();
    Reason& reason = verdict.recipients[0].reasons[0];
    reason.one_character_off = true;
    CHECK_THAT(verdict.to_json(false),
               Catch::Contains(R"("relation":"former_employer","notes":)"
                               R"(["registered address differs in one character"],"ended")"));
    reason.name_disagrees = true;
    CHECK_THAT(verdict.to_json(false),
               Catch::Contains(R"("notes":["registered address differs in one character",)"
                               R"("display name is not that of who is registered there"])"));
    CHECK(describe(reason) ==
          "maternity_benefit of S-1042 to former_employer (ended 2025-12-31); registered address "
          "differs in one character; display name is not that of who is registered there");
}

TEST_CASE("a reason in one sentence", "[verdict]") {
    Reason reason;
    reason.rule = "disclosure";
    reason.category = "debts";
    reason.subject = "S-9";
    reason.relation = "future_employer";
    reason.begins = date(2026, 4, 1);
    CHECK(describe(reason) == "debts of S-9 to future_employer (begins 2026-04-01)");
    reason.rule = "hidden_content";
    CHECK(describe(reason) == "S-9 in hidden content");
    reason.rule = "registry_unavailable";
    CHECK(describe(reason) == "the registry is unavailable");
    reason.rule = "scope";
    CHECK(describe(reason) == "not from an own domain");
    reason.rule = "limits.visible_recipients";
    reason.count = 14;
    reason.limit = 10;
    CHECK(describe(reason) == "14 visible addresses, more than 10");
}
