#include "match/conditions.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "base/text.hpp"
#include "support/catch_result.hpp"

using namespace postwacht;
using match::Condition;
using match::Hit;
using match::Vocabulary;

namespace {

std::shared_ptr<const Vocabulary> compile(match::CategoryWords category) {
    match::Words words;
    words.categories.push_back(std::move(category));
    auto vocabulary = Vocabulary::compile(words);
    REQUIRE(vocabulary);
    return *vocabulary;
}

std::size_t hits(const Vocabulary& vocabulary, const std::string& text) {
    std::vector<Hit> found;
    REQUIRE(vocabulary.scan(text::fold(text), found));
    CHECK(std::is_sorted(found.begin(), found.end(),
                         [](const Hit& a, const Hit& b) { return a.end < b.end; }));
    return found.size();
}

const std::string far(120, '.');

}  // namespace

TEST_CASE("a term with near counts where one of the words stands near it", "[conditions]") {
    const auto words =
        compile({"c", {"uitkering"}, {}, {{false, 0, {"zwanger", "bevalling"}, {}, 100}}});
    CHECK(hits(*words, "de uitkering") == 0);
    CHECK(hits(*words, "uw uitkering nu u zwanger bent") == 1);
    CHECK(hits(*words, "Na de Bevalling: uw uitkering") == 1);
    CHECK(hits(*words, "zwanger en daarna de bevalling, de uitkering en nog een uitkering") == 2);
    CHECK(hits(*words, "uitkering " + far + " zwanger") == 0);
    CHECK(hits(*words, "zwanger " + far + " uitkering") == 0);
    CHECK(hits(*words, "uitkering " + far + " uitkering zwanger") == 1);
    // The words themselves are no hits, and are whole words.
    CHECK(hits(*words, "zwanger") == 0);
    CHECK(hits(*words, "uitkering voor zwangeren") == 0);
}

TEST_CASE("the distance is counted from the nearer ends", "[conditions]") {
    const auto words = compile({"c", {"term"}, {}, {{false, 0, {"other"}, {}, 10}}});
    CHECK(hits(*words, "term" + std::string(10, ' ') + "other") == 1);  // blanks are folded to one
    CHECK(hits(*words, "term " + std::string(8, '.') + " other") == 1);
    CHECK(hits(*words, "term " + std::string(9, '.') + " other") == 0);
    CHECK(hits(*words, "other " + std::string(8, '.') + " term") == 1);
    CHECK(hits(*words, "other " + std::string(9, '.') + " term") == 0);
}

TEST_CASE("a term with unless does not count near one of the words", "[conditions]") {
    const auto words = compile(
        {"c", {"schulden", "beslag"}, {}, {{false, 0, {}, {"nieuwsbrief", "afmelden"}, 100}}});
    CHECK(hits(*words, "uw schulden") == 1);
    CHECK(hits(*words, "schulden? lees onze nieuwsbrief") == 0);
    CHECK(hits(*words, "afmelden; tips bij schulden") == 0);
    CHECK(hits(*words, "nieuwsbrief " + far + " uw schulden") == 1);
    // The other term has no condition.
    CHECK(hits(*words, "beslag, lees onze nieuwsbrief") == 1);
}

TEST_CASE("both conditions hold together, for patterns as well", "[conditions]") {
    const auto words =
        compile({"c",
                 {"other"},
                 {R"(\bww\b)", R"(\d+)"},
                 {{true, 0, {"uitkering"}, {"www"}, 50}, {true, 1, {"euro"}, {}, 20}}});
    CHECK(hits(*words, "ww") == 0);
    CHECK(hits(*words, "uw ww uitkering") == 1);
    CHECK(hits(*words, "www: uw ww uitkering") == 0);
    CHECK(hits(*words, "123456 stuks") == 0);
    CHECK(hits(*words, "123456 euro") == 1);
    CHECK(hits(*words, "other") == 1);
}

TEST_CASE("a word far longer than the others hides none of them", "[conditions]") {
    const auto words =
        compile({"c", {"term"}, {}, {{false, 0, {"a b c d e f g h i j k l m n", "n"}, {}, 3}}});
    CHECK(hits(*words, "a b c d e f g h i j k l m n term") == 1);
    CHECK(hits(*words, "term a b c d e f g h i j k l m n") == 1);
    CHECK(hits(*words, "n x x term") == 0);
}

TEST_CASE("the word that is wrong is the term's", "[conditions]") {
    match::Words words;
    words.categories.push_back({"c", {"one", "two"}, {}, {{false, 1, {"fine", "-"}, {}, 50}}});
    match::WordError error;
    REQUIRE_FALSE(Vocabulary::compile(words, &error).has_value());
    CHECK(error.item == 1);
    CHECK_FALSE(error.pattern);
}

TEST_CASE("many hits and words take no longer than their number", "[conditions]") {
    const auto words = compile({"c", {"term"}, {}, {{false, 0, {"other"}, {"third"}, 10'000}}});
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "term other ";
    CHECK(hits(*words, text) == 100'000);
}

TEST_CASE("words with a weight count once they weigh enough together", "[conditions]") {
    match::CategoryWords category{"c",
                                  {"plain", "benefit", "leave", "birth"},
                                  {"\\bww\\b"},
                                  {{false, 1, {}, {}, 0, 1},
                                   {false, 2, {}, {"sick"}, 20, 1},
                                   {false, 3, {}, {}, 0, 2},
                                   {true, 0, {}, {}, 0, 1}}};
    category.threshold = 3;
    const auto words = compile(category);
    // One weak word alone is nothing, and as little however often it stands there.
    CHECK(hits(*words, "benefit") == 0);
    CHECK(hits(*words, "benefit benefit benefit benefit") == 0);
    CHECK(hits(*words, "birth and birth") == 0);
    CHECK(hits(*words, "benefit and leave") == 0);
    // Enough of them count all, each where it stands.
    CHECK(hits(*words, "birth leave") == 2);
    CHECK(hits(*words, "benefit " + far + " birth, birth") == 3);
    CHECK(hits(*words, "benefit and leave, ww") == 3);
    // What does not count near other words weighs nothing either.
    CHECK(hits(*words, "birth and sick leave") == 0);
    CHECK(hits(*words, "birth and sick leave, benefit") == 2);
    // Words without a weight count by themselves and add none.
    CHECK(hits(*words, "plain") == 1);
    CHECK(hits(*words, "plain benefit") == 1);
    CHECK(hits(*words, "plain birth leave") == 3);
}

TEST_CASE("categories are weighed apart", "[conditions]") {
    match::Words words;
    words.categories.push_back({"a", {"one"}, {}, {{false, 0, {}, {}, 0, 1}}, 2});
    words.categories.push_back(
        {"b", {"one", "two"}, {}, {{false, 0, {}, {}, 0, 1}, {false, 1, {}, {}, 0, 1}}, 2});
    const auto vocabulary = Vocabulary::compile(words);
    REQUIRE(vocabulary);
    std::vector<Hit> found;
    REQUIRE((*vocabulary)->scan("one two", found));
    REQUIRE(found.size() == 2);
    CHECK(found[0].category == 1);
    CHECK(found[1].category == 1);
}
