#include "policy/cases.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "support/catch_result.hpp"
#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)

namespace {

constexpr const char* head = R"(today = 2026-03-12
sender = "letters@agency.example"
[[party]]
address = "hr@jansen.example"
ties = [{ relation = "employer", to = 2025-12-31 }]
)";

std::vector<policy::CaseResult> results(const std::string& text) {
    auto run = policy::run_cases(*load(small_policy("[consistency]\naction = \"tag\"\n")), text,
                                 "p.cases");
    if (!run) FAIL(run.error().message());
    return *run;
}

policy::CaseResult result(const std::string& lines) {
    const auto all = results(head + ("[[case]]\nname = \"n\"\n" + lines));
    REQUIRE(all.size() == 1);
    return all[0];
}

}  // namespace

TEST_CASE("a case passes or says what differs", "[cases]") {
    const auto passed = result(R"(subjects = [{ id = "S-1", categories = ["benefit"] }]
expect = { "HR@Jansen.example" = "quarantine" }
because = "disclosure"
)");
    CHECK(passed.passed);
    CHECK(passed.name == "n");
    CHECK(passed.where == "p.cases:6");
    CHECK(passed.difference.empty());

    const auto failed = result(R"(subjects = [{ id = "S-1", categories = ["benefit"] }]
expect = { "hr@jansen.example" = "accept" }
because = ["incomplete", "disclosure"]
)");
    CHECK_FALSE(failed.passed);
    CHECK(failed.difference ==
          "hr@jansen.example: expected accept, got quarantine (disclosure: benefit of S-1 to "
          "former_employer (ended 2025-12-31)); rule incomplete is not among the reasons "
          "(disclosure)");
}

TEST_CASE("a case may bring recipients, dates and a state of the registry", "[cases]") {
    CHECK(result(R"(today = 2025-12-31
subjects = [{ id = "S-1", categories = ["benefit"] }]
expect = { "hr@jansen.example" = "accept" }
)")
              .passed);
    CHECK(result(R"(subjects = [{ id = "S-1" }, { id = "S-2" }]
recipients = [{ address = "<a@x.example>", ties = [{ subject = "S-1", relation = "self" }] }]
expect = { "a@x.example" = "quarantine" }
)")
              .passed);
    CHECK(result(R"(subjects = [{ id = "S-1" }]
recipients = [{ address = "a@x.example", ties = [{ subject = "S-1", relation = "self" }] }]
expect = { "a@x.example" = "accept" }
)")
              .passed);
    CHECK(result("registry = \"unavailable\"\nexpect = { \"hr@jansen.example\" = \"tempfail\" }\n")
              .passed);
    CHECK(result("incomplete = \"damaged\"\nexpect = { \"hr@jansen.example\" = \"quarantine\" }\n")
              .passed);
    CHECK(result("sender = \"a@else.example\"\nincomplete = \"damaged\"\n"
                 "expect = { \"hr@jansen.example\" = \"accept\" }\nbecause = \"scope\"\n")
              .passed);
    CHECK(result("sender = \"a@else.example\"\nfrom = \"b@agency.example\"\n"
                 "incomplete = \"damaged\"\nexpect = { \"hr@jansen.example\" = \"quarantine\" }\n")
              .passed);
    CHECK(result("subjects = [{ id = \"S-1\", confidence = \"low\" }]\n"
                 "expect = { \"hr@jansen.example\" = \"accept\" }\n")
              .passed);
    CHECK(result("subjects = [{ id = \"S-1\", contradicted_by = [\"salutation\"] }]\n"
                 "recipients = [{ address = \"a@x.example\", ties = [{ relation = \"self\" }] }]\n"
                 "expect = { \"a@x.example\" = \"tag\" }\nbecause = \"consistency\"\n")
              .passed);
    CHECK(result("subjects = [{ id = \"S-1\", hidden = true }]\nrecipients = [{ address = "
                 "\"a@x.example\", ties = [{ relation = \"self\" }] }]\n"
                 "expect = { \"a@x.example\" = \"quarantine\" }\nbecause = \"hidden_content\"\n")
              .passed);
}

TEST_CASE("a file that does not read as cases is an error with its place", "[cases]") {
    const std::pair<std::string, const char*> mistakes[] = {
        {"", "p.cases:1:1: the file holds no [[case]]"},
        {"[[case]]\nnmae = \"x\"", "p.cases:1:1: [[case]] needs 'name'"},
        {"[[case]]\nname = \"x\"", "p.cases:1:1: [[case]] needs 'today'"},
        {"today = 2026-01-01\n[[case]]\nname = \"x\"", "p.cases:2:1: [[case]] needs 'sender'"},
        {head + std::string("[[case]]\nname = \"x\""), "p.cases:6:1: [[case]] needs 'expect'"},
        {head + std::string("[[case]]\nname = \"x\"\nexpect = {}\nbecase = \"x\""),
         "p.cases:9:1: unknown key 'becase' in [case]"},
        {head + std::string("[[case]]\nname = \"x\"\nexpect = { \"a@b.example\" = \"accept\" }"),
         "p.cases:8:12: 'a@b.example' is neither a recipient"},
        {head +
             std::string("[[case]]\nname = \"x\"\nexpect = { \"hr@jansen.example\" = \"hold\" }"),
         "p.cases:8:34: unknown action 'hold'"},
        {head + std::string("[[case]]\nname = \"x\"\nexpect = {}\nrecipients = [{ address = "
                            "\"a@b.example\" }]"),
         "p.cases:8:10: nothing is expected of 'a@b.example'"},
        {head + std::string("[[case]]\nname = \"x\"\nexpect = {}\nsubjects = [{ id = \"S\", "
                            "categories = [\"benefits\"] }]"),
         "p.cases:9:38: the policy has no category 'benefits'"},
        {head + std::string("[[case]]\nname = \"x\"\nexpect = {}\nincomplete = \"locked\""),
         "p.cases:9:14: unknown reason 'locked'"},
        {head + std::string("[[case]]\nname = \"x\"\nexpect = {}\nregistry = \"gone\""),
         "p.cases:9:12: unknown registry state 'gone'"},
        {head + std::string("[[case]]\nname = \"x\"\nexpect = {}\nsubjects = [{ id = \"S-1\" }]\n"
                            "recipients = [{ address = \"a@b.example\", ties = [{ relation = "
                            "\"emplyer\" }] }]"),
         "p.cases:10:63: unknown relation 'emplyer'"},
        {head + std::string("[[case]]\nname = \"x\"\nexpect = {}\nsubjects = [{ id = \"S-1\" }]\n"
                            "recipients = [{ address = \"a@b.example\", ties = [{ relation = "
                            "\"self\", subject = \"S-9\" }] }]"),
         "p.cases:10:81: this case has no subject 'S-9'"},
        {"today = 2026-03-12\nsender = \"a@agency.example\"\n[[party]]\naddress = "
         "\"a@b.example\"\nties = [{ relation = \"self\", subject = \"S-9\" }]\n"
         "[[case]]\nname = \"x\"\nsubjects = [{ id = \"S-1\" }]\n"
         "expect = { \"a@b.example\" = \"accept\" }",
         "p.cases:5:40: no case has a subject 'S-9'"},
        {head + std::string("[[cases]]\nname = \"x\""), "p.cases:6:3: unknown key 'cases'"},
        {"[[party]]\nties = []\n", "p.cases:1:1: [[party]] needs 'address'"},
    };
    for (const auto& [text, message] : mistakes) {
        CAPTURE(text);
        const auto run = policy::run_cases(*load(small_policy()), text, "p.cases");
        REQUIRE_FALSE(run.has_value());
        CHECK(run.error().code == ErrorCode::policy);
        CHECK_THAT(run.error().message(), Catch::StartsWith(message));
    }
}

TEST_CASE("a tie is one that the registry could have", "[cases]") {
    const auto run = [](const std::string& tie) {
        return policy::run_cases(
            *load(small_policy()),
            head + ("[[case]]\nname = \"n\"\nsubjects = [{ id = \"S-1\", count = 2 }]\n"
                    "recipients = [{ address = \"a@b.example\", ties = [{ " +
                    tie + " }] }]\nexpect = { \"a@b.example\" = \"quarantine\" }\n"),
            "p.cases");
    };
    const auto hint = [&run](const std::string& tie) {
        const auto refused = run(tie);
        REQUIRE_FALSE(refused.has_value());
        return refused.error().hint;
    };
    CHECK_THAT(hint("relation = \"emploier\""), Catch::StartsWith("did you mean 'employer'?"));
    CHECK_THAT(hint("relation = \"former_employer\""),
               Catch::StartsWith("relation = \"employer\", with the date on which it ended"));
    CHECK_THAT(hint("relation = \"future_employer\""),
               Catch::StartsWith("relation = \"employer\", with the date on which it begins"));
    for (const char* word : {"internal", "unrelated", "Employer", "", "*"})
        CHECK_THAT(hint("relation = \"" + std::string(word) + "\""),
                   Catch::StartsWith("a relation of the registry"));
    CHECK(hint("relation = \"self\", subject = \"S-11\"") == "did you mean 'S-1'?");
    // One that the policy does not name is what its "*" is for.
    CHECK(run("relation = \"insurer\"").has_value());
    CHECK(run("relation = \"self\", subject = \"S-1#2\"").has_value());
}

TEST_CASE("a case with a mail is judged as the mail, for those whom it expects", "[cases]") {
    const auto policy = load(small_policy(""));
    const std::string text = head + std::string(R"([[case]]
name = "a letter"
today = 2026-02-01
mail = "letters/wazo.eml"
expect = { "hr@jansen.example" = "quarantine", "new@elders.example" = "accept" }
)");
    policy::CaseMail asked;
    const auto judge = [&](const policy::CaseMail& mail) -> Result<policy::Verdict> {
        asked = mail;
        policy::Facts facts = Letter().about("S-1", {0}).facts;
        for (const auto& address : mail.recipients) facts.recipients.push_back({address, {{}}});
        return policy->judge(facts);
    };
    const auto run = policy::run_cases(*policy, text, "folder/p.cases", nullptr, judge);
    REQUIRE(run);
    CHECK(asked.file == "folder/letters/wazo.eml");
    CHECK(asked.sender.to_string() == "letters@agency.example");
    REQUIRE(asked.recipients.size() == 2);
    CHECK(asked.recipients[0].to_string() == "hr@jansen.example");
    CHECK(asked.recipients[1].to_string() == "new@elders.example");
    CHECK(to_iso(asked.today) == "2026-02-01");
    REQUIRE(run->size() == 1);
    CHECK(run->front().difference ==
          "new@elders.example: expected accept, got quarantine (disclosure: benefit of S-1 to "
          "unrelated)");

    // Without a registry nothing passes, and neither does a mail that nobody could judge.
    const auto alone = policy::run_cases(*policy, text, "p.cases");
    REQUIRE_FALSE(alone);
    CHECK(alone.error().where == "p.cases:9:8");
    const auto gone = policy::run_cases(
        *policy, text, "p.cases", nullptr, [](const policy::CaseMail&) -> Result<policy::Verdict> {
            return Error{ErrorCode::usage, "wazo.eml", "No such file or directory", {}};
        });
    REQUIRE_FALSE(gone);
    CHECK(gone.error().where == "p.cases:9:8");

    const auto both = policy::run_cases(*policy, text + "subjects = [{ id = \"S-1\" }]\n",
                                        "p.cases", nullptr, judge);
    REQUIRE_FALSE(both);
    CHECK(both.error().where == "p.cases:11:12");
}
