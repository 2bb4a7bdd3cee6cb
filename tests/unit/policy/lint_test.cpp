#include "policy/lint.hpp"

#include <algorithm>

#include "policy/cases.hpp"
#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)

namespace {

// Whether a policy is warned of this, at this place.
bool warns(const std::string& text, const std::string& where, const std::string& what) {
    const auto policy = load(text);
    return std::any_of(policy->warnings().begin(), policy->warnings().end(), [&](const auto& w) {
        return w.where == "dir/small.toml:" + where && w.what.find(what) != std::string::npos &&
               !w.hint.empty();
    });
}

std::string with_words(const std::string& lines) {
    return replaced(small_policy(), "terms = [\"uitkering\"]", lines);
}

}  // namespace

TEST_CASE("lint warns of terms that stand in any letter", "[lint]") {
    CHECK(warns(with_words("terms = [\"toelage\", \"Werkgever\"]"), "6:21", "word of any letter"));
    CHECK(warns(with_words("terms = [\"atio\"]"), "6:10", "part of the common word 'information'"));
    CHECK(
        warns(with_words("terms = [\"with regards\", \"letter\"]"), "6:26", "word of any letter"));
    CHECK_FALSE(warns(with_words("terms = [{ term = \"letter\", near = [\"benefit\"] }]"), "6:10",
                      "word of any letter"));
    CHECK_FALSE(warns(with_words("terms = [\"toelage\"]"), "6:10", ""));
}

TEST_CASE("lint warns of weights that change nothing", "[lint]") {
    const auto weighed = [](const std::string& terms, int threshold) {
        return with_words("terms = [" + terms + "]\nthreshold = " + std::to_string(threshold));
    };
    const std::string two = R"({ term = "toelage", weight = 1 }, { term = "verlof", weight = 2 })";
    CHECK_FALSE(warns(weighed(two, 3), "7:1", ""));
    CHECK(warns(weighed(two, 4), "7:1", "never reached: its weights come to 3"));
    CHECK(warns(weighed("\"toelage\"", 4), "7:1", "no word of it has a weight"));
    CHECK(warns(weighed(two, 2), "6:44", "the weight of 'verlof' reaches the threshold by itself"));
    CHECK_FALSE(warns(weighed(two, 2), "6:10", ""));
    CHECK(warns(weighed(two + ", \"Toelage\"", 3), "6:10", "counts by itself too"));
    // Of a word that says little, that it weighs little is the answer.
    CHECK_FALSE(warns(weighed(two + R"(, { term = "letter", weight = 1 })", 3), "6:78", ""));
}

TEST_CASE("lint warns of patterns that cost much or fit common words", "[lint]") {
    CHECK(warns(with_words("patterns = ['aow', '.*uitkering']"), "6:20", "anything at all"));
    CHECK(warns(with_words("patterns = ['uit[a-z]{0,600}kering']"), "6:13", "repeats too often"));
    CHECK(warns(with_words("patterns = ['aow', 'ww']"), "6:20", "fits the common word 'www'"));
    CHECK_FALSE(warns(with_words("patterns = ['\\bww\\b']"), "6:13", ""));
    CHECK_FALSE(warns(with_words("patterns = ['aow.{0,50}recht']"), "6:13", ""));
    CHECK_FALSE(warns(with_words("patterns = ['a\\{9999\\}']"), "6:13", ""));
}

TEST_CASE("lint warns of what is sensitive and goes to anybody", "[lint]") {
    const auto open = replaced(small_policy(), "\"*\" = \"reject\"", "\"*\" = \"tag\"");
    CHECK(warns(open, "11:51", "'medical' is sensitive and goes to '*'"));
    CHECK_FALSE(
        warns(replaced(open, "terms = [\"diagnose\"]", "sensitive = false\nterms = [\"diagnose\"]"),
              "12:51", "is sensitive"));
    CHECK(warns(replaced(replaced(small_policy(), "[categories.benefit]",
                                  "[categories.benefit]\nsensitive = true"),
                         "benefit = { self", "benefit = { unrelated = \"accept\", self"),
                "11:13", "goes to 'unrelated'"));
    CHECK(refused(with_words("sensitive = \"yes\"")).where == "small.toml:6:13");
}

TEST_CASE("lint warns of limits that limit nothing, or contradict", "[lint]") {
    const auto with = [](const std::string& subjects) {
        return small_policy("[limits]\nsubjects = { " + subjects + " }\n");
    };
    CHECK(warns(with("employer = 3, action = \"accept\""), "14:28", "limits nothing"));
    CHECK(warns(with("unrelated = 3"), "14:14", "never reached"));
    CHECK(warns(with("employer = 0"), "14:14", "is 0, but"));
    CHECK(warns(replaced(with("former_employer = 5, employer = 3"), "employer = \"tag\"",
                         "employer = \"tag\", former_employer = \"accept\""),
                "14:14", "more people at once"));
    CHECK_FALSE(warns(with("employer = 3, self = 1"), "14:14", ""));
    CHECK(warns(small_policy("[limits]\nvisible_recipients = { max = 3, action = \"accept\" }"),
                "14:33", "limits nothing"));
}

TEST_CASE("lint warns of terms whose conditions narrow nothing", "[lint]") {
    const auto term = [](const std::string& more) {
        return with_words("terms = [\"toelage\", { " + more + " }]");
    };
    CHECK(warns(term("term = \"de\", unless = [\"nieuwsbrief\"]"), "6:21", "word of any letter"));
    CHECK_FALSE(warns(term("term = \"de\", near = [\"zwanger\"]"), "6:21", ""));
    CHECK(warns(with_words("patterns = [{ pattern = 'ww', unless = [\"nieuwsbrief\"] }]"), "6:13",
                "fits the common word"));
    CHECK(warns(term("term = \"Uitkering\", near = [\"recht\", \"uitkering\"]"), "6:21",
                "stands in its own 'near': it always counts"));
    CHECK(warns(term("term = \"uitkering\", unless = [\"Uitkering\"]"), "6:21",
                "stands in its own 'unless': it never counts"));
    CHECK_FALSE(
        warns(term("term = \"uitkering\", unless = [\"werk\"], near = [\"recht\"]"), "6:21", ""));
}

TEST_CASE("lint warns of rules that say nothing", "[lint]") {
    CHECK(
        warns(small_policy("[matching]\nbsn_keywords = []\n"), "14:1", "'bsn_keywords' is empty"));
    CHECK(warns(replaced(small_policy(), "[categories.benefit]",
                         "public_mailbox_providers = []\n[categories.benefit]"),
                "5:1", "'public_mailbox_providers' is empty"));
    CHECK(warns(small_policy("[hidden_content]\naction = \"accept\"\n"), "14:1", "does not see"));
    CHECK(warns(small_policy("[hidden_content]\naction = \"tag\"\n"), "14:1", "does not see"));
    CHECK_FALSE(
        warns(small_policy("[hidden_content]\naction = \"quarantine\"\nmode = \"simulate\"\n"),
              "14:1", ""));
    CHECK(warns(small_policy("[consistency]\naction = \"accept\"\n"), "14:1", "does nothing"));
    CHECK_FALSE(warns(small_policy("[consistency]\naction = \"tag\"\n"), "14:1", ""));
    CHECK(warns(small_policy("[incomplete]\nregistry_stale = { older_than = \"0h\" }\n"), "14:20",
                "any age is too old"));
}

TEST_CASE("lint warns of exceptions that hold for everybody, however they say it", "[lint]") {
    const auto exception = [](const std::string& senders, const std::string& recipients) {
        return small_policy("[[exception]]\nid = \"x\"\nsenders = [" + senders +
                            "]\nrecipients = [" + recipients +
                            "]\ncategories = [\"*\"]\nexpires = 2099-01-01\nreason = \"r\"\n"
                            "owner = \"o\"\n");
    };
    const std::string nothing = "holds for every sender and every recipient: the disclosure matrix";
    CHECK(warns(exception("\"*@agency.example\"", "\"*@*.*\""), "13:1", nothing));
    CHECK(warns(exception("\"*@*.example\"", "\"**@*\""), "13:1", nothing));
    CHECK(warns(exception("\"*@*.*\"", "\"*@*.*.*\""), "13:1", nothing));
    const auto two = replaced(exception("\"*@agency.example\"", "\"*@*.*\""), "\"agency.example\"",
                              "\"agency.example\", \"b.example\"");
    CHECK_FALSE(warns(two, "13:1", nothing));
    CHECK(warns(two, "16:1", "holds for every recipient"));
    CHECK(warns(replaced(two, "[\"*@agency.example\"]", "[\"*@agency.example\", \"*@b*\"]"), "13:1",
                nothing));
    CHECK(warns(exception("\"*@*.*\"", "\"a@b.example\""), "15:1", "holds for every sender"));
    CHECK(warns(exception("\"a@agency.example\"", "\"a@b.example\", \"*@*.nl\""), "16:30",
                "everybody at 'nl'"));
    CHECK(warns(exception("\"a@agency.example\"", "\"*@gmail.com\""), "16:15",
                "everybody at 'gmail.com'"));
    const auto clean = load(
        exception("\"*@agency.example\"", "\"*@b.example\", \"*@*.b.example\", \"a*@gmail.com\""));
    for (const auto& warning : clean->warnings())
        CHECK(warning.what.find("exception") == std::string::npos);
}

TEST_CASE("lint warns of own domains that are everybody's", "[lint]") {
    const auto own = [](const std::string& domains) {
        return replaced(small_policy(), "[\"agency.example\"]", "[" + domains + "]");
    };
    CHECK(warns(own("\"agency.example\", \"GMail.com\""), "4:34", "an address at 'gmail.com'"));
    CHECK(warns(own("\"hotmail.co.uk\""), "4:16", "an address at 'hotmail.co.uk'"));
    CHECK(warns(own("\"nl\""), "4:16", "a domain under 'nl'"));
    CHECK(warns(own("\"co.uk\""), "4:16", "a domain under 'co.uk'"));
    // A list of the policy's own takes the place of what is built in, and changes no provider.
    CHECK(warns(own("\"gmail.com\"]\npublic_mailbox_providers = [\"post.example\""), "4:16",
                "an address at 'gmail.com'"));
    CHECK(warns(own("\"post.example\"]\npublic_mailbox_providers = [\"post.example\""), "4:16",
                "an address at 'post.example'"));
    for (const char* domain : {"agency.example", "com.example", "agency.co.uk", "co.agency.uk"})
        CHECK_FALSE(warns(own('"' + std::string(domain) + '"'), "4:16", ""));
}

TEST_CASE("what no case asks of the matrix is told", "[coverage]") {
    const auto policy = load(small_policy());
    policy::Coverage coverage(*policy);
    CHECK(coverage.cells() == 4 + 3 + 3);
    CHECK(coverage.missing().size() == coverage.cells());
    const auto results = policy::run_cases(*policy, R"(today = 2026-03-12
sender = "letters@agency.example"
[[case]]
name = "one"
subjects = [{ id = "S-1", categories = ["medical"] }, { id = "S-2" }]
recipients = [{ address = "a@b.example", ties = [{ relation = "insurer" }] },
              { address = "c@d.example", ties = [{ relation = "self" }] }]
expect = { "a@b.example" = "reject", "c@d.example" = "accept" }
)",
                                           "x.cases", &coverage);
    REQUIRE(results.has_value());
    CHECK(results->front().passed);
    CHECK(coverage.missing() == std::vector<std::string>{"benefit to self", "benefit to employer",
                                                         "benefit to internal", "benefit to *",
                                                         "medical to internal",
                                                         "personal_data to employer"});
}
