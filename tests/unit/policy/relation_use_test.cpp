#include "policy/relation_use.hpp"

#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)
using postwacht::policy::relation_use;

namespace {

// "warning where: what; hint" of each.
std::vector<std::string> said_of(const std::string& policy,
                                 const std::vector<std::string>& registered) {
    std::vector<std::string> out;
    for (const auto& warning : relation_use(*load(policy), registered))
        out.push_back((warning.note ? "note " : "warning ") + warning.where + ": " + warning.what +
                      "; " + warning.hint);
    return out;
}

const std::string named = "no subject of the registry has the relation ";

}  // namespace

TEST_CASE("relations that both have are nothing to speak of") {
    CHECK(said_of(small_policy(), {"employer"}).empty());
    // What was or will be counts as what it was or will be.
    const auto policy = replaced(small_policy(), "employer = \"accept\"",
                                 "former_employer = \"accept\", future_employer = \"tag\"");
    CHECK(said_of(policy, {"employer"}).empty());
}

TEST_CASE("a registry without relations says nothing about a policy") {
    CHECK(said_of(small_policy(), {}).empty());
}

TEST_CASE("a relation that the registry has not is a warning at its first place") {
    CHECK(
        said_of(small_policy(), {"employers"}) ==
        std::vector<std::string>{
            "warning dir/small.toml:10:30: " + named +
                "'employer' (named in 2 places); did you mean 'employers'?",
            "note dir/small.toml:9:2: relations of the registry that no row names: employers; what "
            "\"*\" says is for them too; name those who may have something"});
    const auto policy = replaced(small_policy(), "benefit = { self = \"accept\", employer",
                                 "benefit = { self = \"accept\", former_landlord");
    CHECK(said_of(policy, {"employer"}) ==
          std::vector<std::string>{"warning dir/small.toml:10:30: " + named +
                                   "'landlord'; the registry has employer"});
}

TEST_CASE("limits and dates name relations too") {
    CHECK(said_of(small_policy("[limits]\nsubjects = { authority = 3, action = \"quarantine\" }\n"),
                  {"employer"}) ==
          std::vector<std::string>{"warning dir/small.toml:14:14: " + named +
                                   "'authority'; the registry has employer"});
    const auto policy = replaced(small_policy(), "terms = [\"uitkering\"]",
                                 "terms = [\"uitkering\"]\nas_of_for = { landlord = \"both\" }");
    CHECK(said_of(policy, {"employer"}) ==
          std::vector<std::string>{"warning dir/small.toml:7:15: " + named +
                                   "'landlord'; the registry has employer"});
}

TEST_CASE("relations that no row names are one note, and not all of many are listed") {
    std::vector<std::string> many{"employer"};
    for (char c = 'a'; c <= 'j'; ++c) many.push_back(std::string("relation_") + c);
    const auto said = said_of(small_policy(), many);
    REQUIRE(said.size() == 1);
    CHECK_THAT(said[0],
               Catch::StartsWith("note dir/small.toml:9:2: relations of the registry that no "
                                 "row names: relation_a, relation_b,"));
    CHECK_THAT(said[0], Catch::Contains("relation_h and 2 more;"));
}

TEST_CASE("what an extended policy names is not this one's to correct") {
    const std::string policy = R"([policy]
name = "house"
extends = "nl-social-security"
[scope]
own_domains = ["agency.example"]
[disclosure]
medical = { landlord = "quarantine" }
)";
    CHECK(said_of(policy, {"employer"}) ==
          std::vector<std::string>{"warning dir/small.toml:7:13: " + named +
                                   "'landlord'; the registry has employer"});
}
