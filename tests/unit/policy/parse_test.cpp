#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "policy/policy.hpp"
#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)

namespace {

bool warns(const Policy& policy, std::string_view what) {
    for (const auto& warning : policy.warnings())
        if (warning.what.find(what) != std::string::npos && !warning.hint.empty()) return true;
    return false;
}

std::string exception_table(std::string_view changed_key = {}, std::string_view line = {}) {
    std::string out = "[[exception]]\n";
    const std::pair<std::string_view, std::string_view> lines[] = {
        {"id", "id = \"exchange\""},
        {"senders", "senders = [\"exchange@agency.example\"]"},
        {"recipients", "recipients = [\"*@partner.example\"]"},
        {"categories", "categories = [\"benefit\"]"},
        {"expires", "expires = 2099-01-01"},
        {"reason", "reason = \"agreement 12\""},
        {"owner", "owner = \"privacy officer\""}};
    for (const auto& [key, text] : lines)
        out += std::string(key == changed_key ? line : text) + "\n";
    return out;
}

}  // namespace

TEST_CASE("a policy knows its name, its id and its words", "[policy]") {
    const auto text = small_policy();
    const auto policy = load(text);
    CHECK(policy->name() == "small");
    CHECK(policy->id().substr(0, 6) == "small@");
    CHECK(policy->id().size() == 6 + 12);
    CHECK(policy->id().find_first_not_of("0123456789abcdef", 6) == std::string::npos);
    CHECK(load(text + "\n")->id() != policy->id());
    CHECK(policy->mode() == policy::Mode::enforce);
    CHECK(policy->vocabulary().category_names() == std::vector<std::string>{"benefit", "medical"});
    std::vector<match::Hit> hits;
    REQUIRE(policy->vocabulary().scan("de uitkering en de diagnose", hits).has_value());
    REQUIRE(hits.size() == 2);
    CHECK(hits[0].category == benefit);
    CHECK(hits[1].category == medical);
    CHECK(policy->warnings().size() == 1);  // no registry_stale
}

TEST_CASE("defaults are safe", "[policy]") {
    const auto policy = load(small_policy());
    Letter letter;
    letter.to("<x@y.example>");
    for (const auto why : {extract::Why::encrypted, extract::Why::damaged,
                           extract::Why::unsupported, extract::Why::over_budget}) {
        letter.facts.incomplete = {{"2", "", why}};
        CHECK(policy->judge(letter.facts).action == Action::quarantine);
    }
    letter.facts.registry.available = false;
    CHECK(policy->judge(letter.facts).action == Action::tempfail);
    CHECK(policy->strongest_action() == Action::tempfail);
}

TEST_CASE("a row without \"*\" and a category without a row are quarantined", "[policy]") {
    const auto policy = load(R"([policy]
name = "p"
[scope]
own_domains = ["agency.example"]
[categories.one]
terms = ["een"]
[categories.two]
terms = ["twee"]
[disclosure]
two = { self = "accept" }
personal_data = { self = "accept" }
)");
    CHECK(warns(*policy, "category 'one' has no row"));
    Letter letter;
    letter.about("S-1", {0}).to("<me@x.example>", {{self()}}).to("<a@agency.example>");
    CHECK(policy->judge(letter.facts).recipients[0].action == Action::quarantine);
    letter.facts.subjects[0].categories = {1};
    CHECK(policy->judge(letter.facts).recipients[0].action == Action::accept);
    CHECK(policy->judge(letter.facts).recipients[1].action == Action::quarantine);
}

TEST_CASE("every mistake is named with its line and a hint", "[policy]") {
    struct Mistake {
        const char* from;
        const char* to;
        const char* where;
        const char* detail;
        const char* hint;
    };
    const Mistake mistakes[] = {
        {"[policy]", "[polcy]", "1:2", "unknown key 'polcy'", "did you mean 'policy'?"},
        {"name = \"small\"", "", "1:1", "needs a 'name'", "name ="},
        {"name = \"small\"", "name = \"a b\"", "2:1", "needs a 'name'", ""},
        {"name = \"small\"", "name = \"s\"\nmode = \"enforced\"", "3:8", "unknown mode 'enforced'",
         "enforce, simulate"},
        {"name = \"small\"", "name = \"s\"\nmin_confidence = \"hi\"", "3:18",
         "unknown min_confidence 'hi'", "low, medium, high"},
        {"name = \"small\"", "name = \"s\"\nmin_confidense = \"low\"", "3:1",
         "unknown key 'min_confidense' in [policy]", "min_confidence"},
        {"own_domains = [\"agency.example\"]", "own_domains = []", "4:1", "names no own_domains",
         "own_domains"},
        {"own_domains = [\"agency.example\"]", "", "3:1", "names no own_domains", "own_domains"},
        {"\"agency.example\"]", "\"x.example\",\n \"@agency.example\"]", "5:2",
         "'@agency.example' is not a domain", "a domain alone"},
        {"\"agency.example\"]", "\"*.example\"]", "4:16", "'*.example' is not a domain", ""},
        {"\"agency.example\"]", "\"a.example\"]\nshared_domains = [\"een kantoor\"]", "5:19",
         "'een kantoor' is not a domain", "yahoo.*"},
        {"\"agency.example\"]", "\"a.example\"]\ndotless_domains = [\"mail.*\"]", "5:20",
         "'mail.*' is not a domain", "a domain alone"},
        {"\"agency.example\"]", "\"a.example\"]\npublic_mailbox_providers = [\"*\"]", "5:29",
         "'*' is not a domain", "yahoo.*"},
        {"[categories.medical]", "[categories.Medical]", "7:13",
         "'Medical' cannot be the name of a category", "small letters"},
        {"terms = [\"diagnose\"]", "terms = [\"a\",\n\"b\", \"a\"]", "9:6",
         "'a' stands in 'terms' twice", ""},
        {"terms = [\"diagnose\"]", "terms = [\"a\", \" . \"]", "8:15", "without a letter or digit",
         ""},
        {"terms = [\"diagnose\"]", "as_of = \"now\"", "8:9",
         "'as_of' must be today, period or both", "date"},
        {"terms = [\"diagnose\"]", "as_of_for = { self = \"today\" }", "8:15",
         "'self' is not a relation", "relation"},
        {"terms = [\"diagnose\"]", "term = [\"diagnose\"]", "8:1", "unknown key 'term'",
         "did you mean 'terms'?"},
        {"terms = [\"diagnose\"]", "patterns = ['ok',\n 'a(b']", "9:2", "", ""},
        {"[disclosure]", "[matching]\nbsn_keywords = [5]\n[disclosure]", "10:17",
         "must hold strings only", ""},
        {"[disclosure]", "[matching]\nbsn_keyword = []\n[disclosure]", "10:1",
         "unknown key 'bsn_keyword' in [matching]", "bsn_keywords"},
        {"medical = { self", "medcal = { self", "11:1", "unknown category 'medcal'",
         "did you mean 'medical'?"},
        {"medical = { self", "qqqqqqqqqq = { self", "11:1", "unknown category",
         "categories: benefit, medical, personal_data"},
        {"employer = \"tag\"", "employer = \"acept\"", "12:47", "unknown action 'acept'",
         "did you mean 'accept'? one of: accept, tag, quarantine, reject, tempfail"},
        {"employer = \"tag\"", "employer = 5", "12:47", "'employer' must be an action", "one of"},
        {"employer = \"tag\"", "Employer = \"tag\"", "12:36",
         "'Employer' is nothing that an addressee can be", "former_"},
        {"employer = \"tag\"", "former_self = \"tag\"", "12:36", "'former_self' is nothing", ""},
        {"personal_data = {", "# personal_data = {", "9:1", "no row 'personal_data'", ""},
        {"employer = \"tag\", ", "self = \"tag\", ", "12:43", "", ""},
    };
    for (const Mistake& mistake : mistakes) {
        CAPTURE(mistake.to);
        const auto error = refused(replaced(small_policy(), mistake.from, mistake.to));
        CHECK(error.code == ErrorCode::policy);
        CHECK(error.where == std::string("small.toml:") + mistake.where);
        CHECK_THAT(error.detail, Catch::Contains(mistake.detail));
        CHECK_THAT(error.hint, Catch::Contains(mistake.hint));
    }
}

TEST_CASE("mistakes in the later tables are named too", "[policy]") {
    const std::pair<const char*, const char*> mistakes[] = {
        {"[limits]\nsubjects = { employer = -1 }", "14:25: 'employer' must be from 0"},
        {"[limits]\nsubjects = { employer = \"5\" }", "14:25: 'employer' must be a whole number"},
        {"[limits]\nsubjects = { \"*\" = 5 }", "14:14: '*' is nothing that"},
        {"[limits]\nsubjects = { action = \"stop\" }", "14:23: unknown action 'stop'"},
        {"[limits]\nvisible_recipients = { action = \"tag\" }",
         "14:22: visible_recipients needs a"},
        {"[limits]\nvisible_recipients = { max = 5, min = 3 }", "14:33: unknown key 'min'"},
        {"[limits]\nrecipients = 3", "14:1: unknown key 'recipients' in [limits]"},
        {"[incomplete]\nencripted = \"tag\"", "14:1: unknown key 'encripted' in [incomplete]"},
        {"[incomplete]\nencrypted = \"drop\"", "14:13: unknown action 'drop'"},
        {"[incomplete]\nregistry_stale = { older_than = \"3 days\" }", "14:33: '3 days' is not a"},
        {"[incomplete]\nregistry_stale = { action = \"tag\" }", "14:18: registry_stale needs an"},
        {"[hidden_content]\nactions = \"tag\"", "14:1: unknown key 'actions'"},
        {"[consistency]\nactions = \"tag\"", "14:1: unknown key 'actions'"},
        {"[exception]\nid = \"x\"", "13:1: 'exception' must be an array of tables"},
    };
    for (const auto& [text, message] : mistakes) {
        CAPTURE(text);
        CHECK_THAT(refused(small_policy(text)).message(),
                   Catch::StartsWith("small.toml:" + std::string(message)));
    }
}

TEST_CASE("an exception needs all of its keys", "[policy][exception]") {
    CHECK(load(small_policy(exception_table())));
    for (const char* key : {"id", "senders", "recipients", "categories", "expires", "reason"}) {
        CAPTURE(key);
        const auto error = refused(small_policy(exception_table(key, "")));
        CHECK(error.where == "small.toml:13:1");
        CHECK_THAT(error.detail, Catch::Contains(std::string("'") + key + "'"));
        CHECK_FALSE(error.hint.empty());
    }
    CHECK(refused(small_policy(exception_table("senders", "senders = [\"exchange\"]"))).where ==
          "small.toml:15:12");
    CHECK(refused(small_policy(exception_table("recipients", "recipients = [\"a@b@c\"]"))).where ==
          "small.toml:16:15");
    CHECK_THAT(
        refused(small_policy(exception_table("categories", "categories = [\"benefits\"]"))).hint,
        Catch::Contains("benefit"));
    CHECK_THAT(refused(small_policy(exception_table() + exception_table())).message(),
               Catch::StartsWith("small.toml:22:1: there are two exceptions 'exchange'"));
    CHECK(refused(small_policy(exception_table("expires", "expires = \"2099-01-01\""))).where ==
          "small.toml:18:11");
}

TEST_CASE("an exception lets its categories pass between its parties until it ends",
          "[judge][exception]") {
    const auto judged = [](const Policy& policy, std::vector<std::uint32_t> categories,
                           std::string_view sender, std::string_view recipient,
                           Date today = date(2026, 3, 12)) {
        Letter letter;
        letter.about("S-1", std::move(categories)).to(recipient);
        letter.facts.sender = mail::parse_path(sender);
        letter.facts.today = today;
        return policy.judge(letter.facts).recipients[0];
    };
    const auto policy = load(small_policy(exception_table("expires", "expires = 2026-04-01")));
    const auto accepted =
        judged(*policy, {benefit}, "<Exchange@Agency.example>", "<in.box@partner.example>");
    REQUIRE(accepted.action == Action::accept);
    CHECK(accepted.reasons[0].rule == "exception:exchange");
    CHECK(accepted.reasons[0].place == "small.toml:13");
    CHECK(accepted.reasons[0].relation == "unrelated");
    CHECK(describe(accepted.reasons[0]) == "benefit of S-1 to unrelated, by exception exchange");
    const char* sender = "<exchange@agency.example>";
    const char* recipient = "<inbox@partner.example>";
    CHECK(judged(*policy, {medical}, sender, recipient).action == Action::reject);
    CHECK(judged(*policy, {benefit, medical}, sender, recipient).action == Action::reject);
    CHECK(judged(*policy, {}, sender, recipient).action == Action::quarantine);
    CHECK(judged(*policy, {benefit}, "<other@agency.example>", recipient).action ==
          Action::quarantine);
    CHECK(judged(*policy, {benefit}, sender, "<x@sub.partner.example>").action ==
          Action::quarantine);
    CHECK(judged(*policy, {benefit}, sender, "<\"x@partner.example\"@evil.example>").action ==
          Action::quarantine);
    CHECK(judged(*policy, {benefit}, sender, recipient, date(2026, 3, 31)).action ==
          Action::accept);
    CHECK(judged(*policy, {benefit}, sender, recipient, date(2026, 4, 1)).action ==
          Action::quarantine);

    const auto all = load(small_policy(exception_table("categories", "categories = [\"*\"]")));
    CHECK(judged(*all, {benefit, medical}, sender, recipient).action == Action::accept);
    CHECK(judged(*all, {}, sender, recipient).action == Action::accept);
    // It lifts the matrix and nothing else.
    Letter letter;
    letter.about("S-1", {benefit}).to(recipient);
    letter.facts.sender = mail::parse_path(sender);
    letter.facts.incomplete = {{"2", "", extract::Why::encrypted}};
    CHECK(all->judge(letter.facts).action == Action::quarantine);
}

TEST_CASE("policy check warns of what loads but may not be meant", "[policy]") {
    CHECK(warns(*load(small_policy(exception_table("expires", "expires = 2020-01-01"))),
                "has expired"));
    CHECK(warns(*load(small_policy(exception_table("recipients", "recipients = [\"*\"]"))),
                "holds for every recipient"));
    CHECK(warns(*load(small_policy(exception_table("senders", "senders = [\"*@*\"]"))),
                "holds for every sender"));
    CHECK(warns(*load(replaced(small_policy(exception_table("senders", "senders = [\"*\"]")),
                               "recipients = [", "recipients = [\"*\", ")),
                "every sender and every recipient"));
    CHECK(warns(*load(small_policy(exception_table("owner"))), "has no owner"));
    CHECK(warns(*load(small_policy(exception_table("owner", "owner = \" \""))), "has no owner"));
    CHECK(warns(*load(replaced(small_policy(), "\"*\" = \"reject\"", "\"*\" = \"accept\"")),
                "goes to everybody"));
    CHECK(warns(*load(replaced(small_policy(), "[disclosure]",
                               "[categories.empty]\n[disclosure]\nempty = {}")),
                "is never recognised"));
    CHECK(warns(
        *load(replaced(small_policy(), "name = \"small\"", "name = \"s\"\nmode = \"simulate\"")),
        "simulate"));
    CHECK(warns(*load(small_policy("[incomplete]\nencrypted = \"accept\"")), "encrypted"));
    CHECK(warns(*load(small_policy("[incomplete]\nregistry_unavailable = \"accept\"")),
                "leaves unchecked"));
    CHECK(warns(*load(small_policy("[limits]\nsubjects = { insurer = 3 }")), "relation 'insurer'"));
    CHECK(warns(*load(replaced(replaced(small_policy(), "medical = { self",
                                        "medical = { employr = \"tag\", self"),
                               "\"tag\"", "\"tag\"")),
                "'employr' is named in no other row"));
    const auto clean = load(small_policy(
        exception_table() + "[incomplete]\nregistry_stale = { older_than = \"72h\" }\n"));
    for (const auto& warning : clean->warnings()) FAIL_CHECK(warning.where + ": " + warning.what);
}

TEST_CASE("a limit may name a relation that no row names", "[policy]") {
    const auto policy = load(small_policy("[limits]\nsubjects = { insurer = 1 }"));
    Letter letter;
    letter.about("S-1", {benefit}).about("S-2", {benefit});
    letter.to("<x@y.example>", {{related("insurer")}, {related("insurer")}});
    const auto verdict = policy->judge(letter.facts);
    CHECK(verdict.recipients[0].action == Action::quarantine);
    CHECK(verdict.rule_ids() == "disclosure,limits.subjects");
}

TEST_CASE("public mailbox providers are built in and may be replaced", "[policy]") {
    const auto policy = load(small_policy());
    for (const char* domain :
         {"gmail.com", "hotmail.com", "hotmail.nl", "hotmail.co.uk", "live.nl", "ziggo.nl",
          "kpnmail.nl", "xs4all.nl", "someone.xs4all.nl", "icloud.com", "yahoo.com", "yahoo.co.uk",
          "proton.me", "outlook.com", "outlook.com.br"}) {
        CAPTURE(domain);
        CHECK(policy->identifies_nobody(domain));
    }
    for (const char* domain : {"", "com", "jansen.example", "live.jansen.example",
                               "gmail.com.example", "notgmail.com", "hotmail", "agency.example"}) {
        CAPTURE(domain);
        CHECK_FALSE(policy->identifies_nobody(domain));
    }
    const auto own =
        load(replaced(small_policy(), "own_domains",
                      "public_mailbox_providers = [\"post.example\", \"mail.*\"]\nown_domains"));
    CHECK(own->identifies_nobody("post.example"));
    CHECK(own->identifies_nobody("mail.example"));
    CHECK_FALSE(own->identifies_nobody("gmail.com"));
}

TEST_CASE("a domain that many organisations share stands for none of them", "[policy]") {
    CHECK_FALSE(load(small_policy())->identifies_nobody("kantoor.example"));
    const auto policy =
        load(replaced(small_policy(), "own_domains",
                      "shared_domains = [\"Kantoor.example\", \"xn--caf-dma.example\"]\n"
                      "own_domains"));
    CHECK(policy->identifies_nobody("kantoor.example"));
    CHECK(policy->identifies_nobody("salaris.kantoor.example"));
    CHECK(policy->identifies_nobody("caf\xC3\xA9.example"));
    CHECK(policy->identifies_nobody("gmail.com"));
    CHECK_FALSE(policy->identifies_nobody("anderkantoor.example"));
}

TEST_CASE("hosts that ignore dots are built in and may be replaced", "[policy]") {
    CHECK(load(small_policy())->dotless_domains() ==
          std::vector<std::string>{"gmail.com", "googlemail.com"});
    const auto own = load(replaced(small_policy(), "own_domains",
                                   "dotless_domains = [\"punt.example\"]\nown_domains"));
    CHECK(own->dotless_domains() == std::vector<std::string>{"punt.example"});
    const auto none =
        load(replaced(small_policy(), "own_domains", "dotless_domains = []\nown_domains"));
    CHECK(none->dotless_domains().empty());
}

TEST_CASE("own domains are own in both forms", "[policy]") {
    const auto policy =
        load(replaced(small_policy(), "\"agency.example\"", "\"xn--caf-dma.example\""));
    CHECK(policy->in_scope(mail::parse_path("<a@caf\xC3\xA9.example>"), {}));
    CHECK(policy->in_scope(mail::parse_path("<a@post.XN--CAF-DMA.example>"), {}));
    CHECK_FALSE(policy->in_scope(mail::parse_path("<a@cafe.example>"), {}));
}

TEST_CASE("a policy file is loaded by its path", "[policy]") {
    char folder[] = "/tmp/postwacht-policy-XXXXXX";
    REQUIRE(mkdtemp(folder) != nullptr);
    const std::string path = std::string(folder) + "/own policy.toml";
    std::ofstream(path) << small_policy();
    const auto policy = Policy::load(path);
    REQUIRE(policy.has_value());
    CHECK((*policy)->id() == load(small_policy())->id());
    const auto missing = Policy::load(path + ".gone");
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().code == ErrorCode::policy);
    std::filesystem::remove_all(folder);
}
