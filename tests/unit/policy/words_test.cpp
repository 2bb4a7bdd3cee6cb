// Terms that ask for other words, as a policy writes them.
#include "base/text.hpp"
#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)

namespace {

std::string with_terms(const std::string& terms) {
    return replaced(small_policy(), "[\"uitkering\"]", terms);
}

std::size_t hits(const Policy& policy, std::string_view text) {
    std::vector<match::Hit> found;
    REQUIRE(policy.vocabulary().scan(text::fold(text), found).has_value());
    return found.size();
}

}  // namespace

TEST_CASE("a term may ask for words near it, and for none of others", "[policy][words]") {
    const auto policy = load(with_terms(
        R"(["toelage", { term = "uitkering", near = ["zwanger"], unless = ["nieuwsbrief"], within = 30 }])"));
    CHECK(hits(*policy, "toelage") == 1);
    CHECK(hits(*policy, "uitkering") == 0);
    CHECK(hits(*policy, "zwanger: uitkering") == 1);
    CHECK(hits(*policy, "zwanger: uitkering, nieuwsbrief") == 0);
    CHECK(hits(*policy, "zwanger .............................. uitkering") == 0);
    const auto usual = load(with_terms(R"([{ term = "uitkering", near = ["zwanger"] }])"));
    CHECK(hits(*usual, "zwanger .............................. uitkering") == 1);
    const auto pattern =
        load(replaced(small_policy(), "terms = [\"uitkering\"]",
                      R"(patterns = [{ pattern = '\bww\b', near = ["uitkering"] }, '\baow\b'])"));
    CHECK(hits(*pattern, "ww") == 0);
    CHECK(hits(*pattern, "ww uitkering") == 1);
    CHECK(hits(*pattern, "aow") == 1);
    CHECK(hits(*load(with_terms(R"([{ term = "uitkering" }])")), "uitkering") == 1);
}

TEST_CASE("words may weigh, and count from a threshold on", "[policy][words]") {
    const auto policy = load(with_terms(
        R"(["toelage", { term = "uitkering", weight = 1 }, { term = "verlof", weight = 1, near = ["zwanger"] }]
threshold = 2)"));
    CHECK(hits(*policy, "toelage") == 1);
    CHECK(hits(*policy, "uitkering en uitkering") == 0);
    CHECK(hits(*policy, "uitkering en verlof") == 0);
    CHECK(hits(*policy, "uitkering en verlof nu u zwanger bent") == 2);
    const auto where = [](const std::string& terms) { return refused(with_terms(terms)).where; };
    CHECK(where(R"([{ term = "x1", weight = 1 }])") == "small.toml:5:1");
    CHECK(where(R"([{ term = "x1", weight = 0 }])") == "small.toml:6:34");
    CHECK(where(R"([{ term = "x1", weight = -2 }])") == "small.toml:6:34");
    CHECK(where("[\"x1\"]\nthreshold = 0") == "small.toml:7:13");
    CHECK(where("[\"x1\"]\nthreshold = \"2\"") == "small.toml:7:13");
}

TEST_CASE("a term that asks for what cannot be is refused with its place", "[policy][words]") {
    const auto where = [](const std::string& terms) { return refused(with_terms(terms)).where; };
    CHECK(where(R"([{ near = ["x"] }])") == "small.toml:6:10");
    CHECK(where(R"([{ term = "x1", near = [] }])") == "small.toml:6:25");
    CHECK(where(R"([{ term = "x1", near = ["..."] }])") == "small.toml:6:33");
    CHECK(where(R"([{ term = "x1", within = 0 }])") == "small.toml:6:34");
    CHECK(where(R"([{ term = "x1", nere = ["y"] }])") == "small.toml:6:25");
    CHECK(where(R"([{ pattern = "x1", near = ["y"] }])") == "small.toml:6:12");
    CHECK(where(R"([{ term = "x1", near = ["y"] }, "x1"])") == "small.toml:6:41");
    CHECK(where("[3]") == "small.toml:6:10");
}

TEST_CASE("numbers that are nobody's have a limit", "[policy][judge]") {
    const auto policy = load(
        small_policy("[limits]\nunregistered_identifiers = { max = 20, action = \"reject\" }\n"));
    const auto judged = [&policy](std::uint64_t count, std::string_view to) {
        Letter letter;
        letter.facts.unregistered = count;
        letter.to(to);
        return policy->judge(letter.facts);
    };
    CHECK(judged(20, "<x@y.example>").action == Action::accept);
    const auto over = judged(21, "<x@y.example>");
    CHECK(over.action == Action::reject);
    CHECK(over.rule_ids() == "limits.unregistered_identifiers");
    CHECK(over.recipients[0].reasons[0].count == 21U);
    CHECK(over.recipients[0].reasons[0].limit == 20U);
    CHECK(over.recipients[0].reasons[0].place == "small.toml:14");
    CHECK_THAT(policy::describe(over.recipients[0].reasons[0]), Catch::Contains("more than 20"));
    CHECK(judged(1000, "<x@agency.example>").action == Action::accept);
    Letter letter;
    letter.facts.unregistered = 1000;
    letter.to("<x@y.example>");
    CHECK(load(small_policy())->judge(letter.facts).action == Action::accept);
    CHECK(
        refused(small_policy("[limits]\nunregistered_identifiers = { action = \"tag\" }")).where ==
        "small.toml:14:28");
    // No more than so many are counted, and such a limit would never hold anything.
    CHECK(refused(small_policy("[limits]\nunregistered_identifiers = { max = 100000 }")).where ==
          "small.toml:14:36");
    CHECK(load(small_policy("[limits]\nunregistered_identifiers = { max = 99999 }")) != nullptr);
}
