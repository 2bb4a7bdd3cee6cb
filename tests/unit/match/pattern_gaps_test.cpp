#include "match/pattern_gaps.hpp"

#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "match/vocabulary.hpp"
#include "support/catch_result.hpp"

using namespace postwacht;

namespace {

bool finds(const std::string& pattern, const std::string& text) {
    match::Words words;
    words.categories.push_back({"c", {}, {pattern}});
    const auto vocabulary = match::Vocabulary::compile(words);
    REQUIRE(vocabulary);
    std::vector<match::Hit> hits;
    REQUIRE((*vocabulary)->scan(text::fold(text), hits));
    return !hits.empty();
}

}  // namespace

TEST_CASE("a blank in a pattern is found where a mail program breaks the line", "[match]") {
    const std::string pattern = GENERATE(
        as<std::string>(), "medische beoordeling", "\\bmedische (?:beoordeling|keuring)\\b",
        "medische +beoordeling", "medische ?beoordeling", "medische {1}beoordeling",
        "(?i)medische (?x: beoor deling )", "(?x)medische(?-x) beoordeling",
        "(?x: medische )(?: )beoordeling", "\\Qmedische beoordeling\\E",
        "(?# een blank)medische beoordeling", "[[:alpha:] ]edische beoordeling",
        "[]a-z]e[^] ]+ be");
    const std::string text =
        GENERATE(as<std::string>(), "uw medische beoordeling", "uw Medische\nbeoordeling",
                 "uw medische\r\nbeoordeling", "medische \n  beoordeling", "medische\tbeoordeling",
                 "> uw medische\n> beoordeling", "> > uw medische\r\n> > beoordeling",
                 "| medische\n| beoordeling", "medische\xC2\xA0\nbeoordeling");
    INFO(pattern << " in " << text);
    CHECK(finds(pattern, text));
}

TEST_CASE("a blank in a pattern is not just anything", "[match]") {
    const std::string text = GENERATE(
        as<std::string>(), "medische, beoordeling", "medische.\nbeoordeling", "medischebeoordeling",
        "medische > beoordeling", "medische-beoordeling", "medische\nen beoordeling");
    INFO(text);
    CHECK_FALSE(finds("medische beoordeling", text));
}

TEST_CASE("a blank that is spelled out stays one blank", "[match]") {
    const std::string pattern =
        GENERATE(as<std::string>(), "medische[ ]beoordeling", "medische\\x20beoordeling",
                 "medische\\ beoordeling", "medische[^a-z\\n]beoordeling",
                 "(?x) medische [ ] beoordeling # a comment (\n", "medische[] ]beoordeling",
                 "medische[[:blank:] ]beoordeling");
    INFO(pattern);
    CHECK(finds(pattern, "medische beoordeling"));
    CHECK_FALSE(finds(pattern, "medische\nbeoordeling"));
    CHECK_FALSE(finds(pattern, "medische\n> beoordeling"));
    CHECK(match::with_gaps(pattern) == pattern);
}

TEST_CASE("blanks under the flag x are none, to the end of their group", "[match]") {
    CHECK(finds("(?x)medische beoordeling", "medischebeoordeling"));
    CHECK_FALSE(finds("(?x)medische beoordeling", "medische beoordeling"));
    CHECK(finds("((?x)medische be)oordeling van", "medischebeoordeling\nvan"));
    CHECK(finds("(?x:medische be(?-x: )(?:oor deling)) van", "medischebe\noordeling\nvan"));
    CHECK(finds("(?-i)medische beoordeling", "medische\nbeoordeling"));
}

TEST_CASE("a pattern that is broken off is left for libhs to refuse", "[match]") {
    const std::string pattern = GENERATE(as<std::string>(), "[", "[^", "[[:", "[[:alpha:", "(?",
                                         "(?#", "\\", "\\Q", "(?x", "[\\", ")", "(?x)#", "(");
    INFO(pattern);
    CHECK(match::with_gaps(pattern) == pattern);
}

TEST_CASE("many blanks that a repeat writes out still compile", "[match]") {
    CHECK(
        finds("dossier(?: [a-z]{1,20}){1,100} afgesloten", "dossier van\n> de heer is afgesloten"));
}
