#include "match/pattern_cost.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "match/vocabulary.hpp"
#include "support/catch_result.hpp"

using namespace postwacht;

TEST_CASE("characters of more than a byte are counted as often as a repeat writes them out",
          "[match]") {
    using match::wide_characters;
    CHECK(wide_characters("besluit") == 0);
    CHECK(wide_characters(R"(\d{1,500}[a-z ]{0,2000}\w+\.{9})") == 0);
    CHECK(wide_characters("foo.*bar.+") == 2);
    CHECK(wide_characters("foo.{0,300}bar") == 300);
    CHECK(wide_characters("foo.{40,}") == 40);
    CHECK(wide_characters("foo.{7}[^;]{2,3}") == 10);
    CHECK(wide_characters("(foo.{0,30}){10}") == 300);
    CHECK(wide_characters("(?:a(.|b){2,5}){3}") == 15);
    CHECK(wide_characters(R"(\p{Lu}{0,100}\P{L}\X)") == 306);
    CHECK(wide_characters(R"([\p{L} ]{4}[]^.]{5}[^]]{6}\S{7})") == 12 + 6 + 7);
    CHECK(wide_characters("[\xC4\x80-\xC4\xBF]{8}") == 8);
    CHECK(wide_characters("x{a}.{b}.{,}{") == 2);
    // Nothing overflows, and what is not well formed is read to its end.
    const std::string nested = std::string(200, '(') + "." + [] {
        std::string closing;
        for (int i = 0; i < 200; ++i) closing += "){9999}";
        return closing;
    }();
    CHECK(wide_characters(nested) > match::most_wide_characters);
    for (const char* broken : {"(", ")", "[", "[^", "\\", R"(\p{)", ".{", ".{9", "((.{3})"})
        CHECK(wide_characters(broken) <= 3);
}

TEST_CASE("a pattern that would take minutes to compile is refused at once", "[match]") {
    const auto compiled = [](const std::string& pattern) {
        match::Words words;
        words.categories = {{"one", {}, {"plain"}}, {"two", {}, {"x+y", pattern}}};
        match::WordError error;
        const auto vocabulary = match::Vocabulary::compile(words, &error);
        if (vocabulary) return std::string();
        return std::to_string(error.category) + "/" + std::to_string(error.item) + " " + error.what;
    };
    for (const char* costly : {"foo.{0,500}bar", "(foo.{0,100}){5}", R"(foo\p{L}{0,100}bar)",
                               "foo[^;]{0,300}bar", "foo.{0,150}bar.{0,150}baz"}) {
        INFO(costly);
        CHECK(compiled(costly).starts_with("1/1 the pattern repeats"));
    }
    // What only looks like it is not.
    for (const char* cheap :
         {"foo[a-z ]{0,2000}bar", R"(\w{1,500}foo)", "foo.{0,60}bar", "foo.*bar", R"(\.{300})"}) {
        INFO(cheap);
        CHECK(compiled(cheap).empty());
    }
}
