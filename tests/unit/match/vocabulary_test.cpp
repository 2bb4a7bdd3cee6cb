#include "match/vocabulary.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <regex>
#include <set>
#include <thread>

#include "base/text.hpp"
#include "support/catch_result.hpp"

using namespace postwacht;
using match::Hit;
using match::HitKind;
using match::Vocabulary;
using match::WordError;

namespace {

std::shared_ptr<const Vocabulary> compile(match::Words words) {
    auto vocabulary = Vocabulary::compile(words);
    REQUIRE(vocabulary);
    return *vocabulary;
}

std::shared_ptr<const Vocabulary> with_terms(std::vector<std::string> terms) {
    match::Words words;
    words.categories.push_back({"c", std::move(terms), {}});
    return compile(words);
}

std::shared_ptr<const Vocabulary> with_patterns(std::vector<std::string> patterns) {
    match::Words words;
    words.categories.push_back({"c", {}, std::move(patterns)});
    return compile(words);
}

std::vector<Hit> scan(const Vocabulary& vocabulary, const std::string& text) {
    std::vector<Hit> hits;
    REQUIRE(vocabulary.scan(text::fold(text), hits));
    return hits;
}

}  // namespace

TEST_CASE("a term matches whole words, however they are written", "[vocabulary]") {
    const auto vocabulary = with_terms({"Zwangerschaps- en bevallingsverlof", "ZIEKTEWET uitkering",
                                        "e-mail", "\xC3\xA9\xC3\xA9n maand", "art. 3:7"});
    const auto* const text =
        GENERATE("zwangerschaps- en bevallingsverlof", "ZWANGERSCHAPS- EN BEVALLINGSVERLOF.",
                 "zwangerschaps-\nen bevallingsverlof", "> zwangerschaps- en\n> bevallingsverlof",
                 "zwangerschaps\xE2\x80\x91 en\tbevallingsverlof", "(ziektewet  uitkering)",
                 "de Ziektewet-uitkering", "ziektewet_uitkering_2026.pdf",
                 "\xE2\x80\x9Cziektewet uitkering\xE2\x80\x9D", "ziekte\xC2\xADwet uitkering",
                 "e-mail", "e mail", "email", "E\xE2\x80\x91mail", "een maand",
                 "\xC3\x89\xC3\xA9n maand", "art. 3:7", "Art. 3:7,");
    INFO(text);
    CHECK(scan(*vocabulary, text).size() == 1);
}

TEST_CASE("a term does not match inside words or across something else", "[vocabulary]") {
    const auto vocabulary = with_terms({"wia", "ziektewet uitkering", "\xCE\xBB\xCF\x8C\xCE\xB3"});
    const auto* const text = GENERATE("wiamaand", "xwia", "wia2", "2wia", "wia\xC3\xB8",
                                      "\xCE\xB2wia", "ziektewetuitkering", "ziektewet en uitkering",
                                      "ziektewet, uitkering", "ziektewet uitkeringen", "");
    INFO(text);
    CHECK(scan(*vocabulary, text).empty());
}

TEST_CASE("terms of several words are found as a regular expression would", "[vocabulary]") {
    // Words that stand in several terms, twice in one, inside of others, and short ones.
    const std::vector<std::string> terms{"stap voor stap", "toeslag stap", "voor de toeslag",
                                         "toeslag-stap",   "de de",        "toeslag toeslag",
                                         "toeslagen stap"};
    const auto vocabulary = with_terms(terms);
    std::vector<std::regex> expected;
    for (const std::string& term : terms) {
        std::string regex;
        for (const char c : term)
            regex += c == ' '   ? std::string("[ \\n\\t_>|-]+")
                     : c == '-' ? std::string("[ \\n\\t_>|-]*")
                                : std::string(1, c);
        expected.emplace_back(regex + "(?![a-z0-9])");
    }
    const std::vector<std::string> pieces{"stap", "voor", "de", "toeslag", "en", "x"};
    const std::vector<std::string> gaps{" ", " ", " ", "-", "\n", "", "\n> ", ". "};
    std::mt19937 random(20261130);  // NOLINT(cert-msc51-cpp): the same texts each time
    std::size_t found = 0;
    for (int round = 0; round < 300; ++round) {
        std::string text;
        for (int i = 0; i < 30; ++i)
            text += pieces[random() % pieces.size()] + gaps[random() % gaps.size()];
        text = text::fold(text);
        using Span = std::pair<std::size_t, std::size_t>;
        std::multiset<Span> wanted;
        for (const std::regex& regex : expected)
            for (std::size_t at = 0; at < text.size(); ++at) {
                const auto letter = [&](std::size_t i) { return text[i] >= 'a' && text[i] <= 'z'; };
                if (at > 0 && letter(at) && letter(at - 1)) continue;
                std::smatch match;
                if (std::regex_search(text.cbegin() + static_cast<long>(at), text.cend(), match,
                                      regex, std::regex_constants::match_continuous))
                    wanted.emplace(at, at + static_cast<std::size_t>(match.length()));
            }
        std::multiset<Span> got;
        for (const Hit& hit : scan(*vocabulary, text)) got.emplace(hit.begin, hit.end);
        INFO(text);
        CHECK(got == wanted);
        found += got.size();
    }
    CHECK(found > 500);
}

TEST_CASE("many terms may share their longest word", "[vocabulary]") {
    std::vector<std::string> terms;
    for (char first = 'a'; first <= 'z'; ++first)
        for (char second = 'a'; second <= 'd'; ++second)
            terms.push_back(std::string{first, second} + " uitkering");
    const auto vocabulary = with_terms(terms);
    std::string text;
    for (const std::string& term : terms) text += term + ". ";
    CHECK(scan(*vocabulary, text).size() == terms.size());
    CHECK(scan(*vocabulary, "zz uitkering, uitkering ab").empty());
}

TEST_CASE("hits carry kind, category and offsets, in the order of their end", "[vocabulary]") {
    match::Words words;
    words.categories.push_back({"a", {"alfa"}, {}});
    words.categories.push_back({"b", {"beta", "alfa beta"}, {R"(gam+a\b)"}});
    words.bsn_keywords = {"bsn"};
    words.period_cues = {"met ingang van"};
    words.other_date_cues = {"geboren"};
    const auto vocabulary = compile(words);
    CHECK(vocabulary->category_names() == std::vector<std::string>{"a", "b"});
    const auto hits = scan(*vocabulary, "alfa  beta gamma bsn met ingang van geboren");
    std::vector<std::string> seen;
    for (const Hit& hit : hits)
        seen.push_back(std::to_string(static_cast<int>(hit.kind)) + ":" +
                       std::to_string(hit.category) + ":" + std::to_string(hit.begin) + "-" +
                       std::to_string(hit.end));
    REQUIRE(seen.size() == 7);
    std::sort(seen.begin() + 1, seen.begin() + 3);  // both end at 9
    CHECK(seen == std::vector<std::string>{"0:0:0-4", "0:1:0-9", "0:1:5-9", "0:1:15-15",
                                           "1:0:16-19", "2:0:20-34", "3:0:35-42"});
}

TEST_CASE("a keyword may touch digits, another term may not", "[vocabulary]") {
    match::Words words;
    words.categories.push_back({"c", {"wazo"}, {}});
    words.bsn_keywords = {"bsn", "b.s.n."};
    const auto vocabulary = compile(words);
    CHECK(scan(*vocabulary, "bsn123456782 bsn_nr B.S.N.123").size() == 3);
    CHECK(scan(*vocabulary, "bsnx absn wazo1").empty());
}

TEST_CASE("patterns are matched as users write them", "[vocabulary]") {
    CHECK(scan(*with_patterns({R"(\bWAZO\b)"}), "de wazo, de WAZO; wazoo").size() == 2);
    CHECK(scan(*with_patterns({R"(caf\S\W+cr(è|é)me)"}), "Caf\xC3\xA9 cr\xC3\xA8me").size() == 1);
    CHECK(scan(*with_patterns({R"(^ziek\s+gemeld$)"}), "a\nZiek gemeld\nb").size() == 1);
    CHECK(scan(*with_patterns({"[\xC3\xA9\xC3\xA8]\xC3\xA9n"}), "\xC3\xA9\xC3\xA9n").size() == 1);
    // A folded character is meant literally: U+FF0A folds to '*'.
    CHECK(scan(*with_patterns({"a\xEF\xBC\x8A"
                               "b"}),
               "a*b aab b")
              .size() == 1);
    CHECK(scan(*with_patterns({R"(a.c)"}),
               "a\xE2\x82\xAC"
               "c")
              .size() == 1);
    CHECK(scan(*with_patterns({R"(\\\.)"}), "x\\.y").size() == 1);
}

TEST_CASE("a pattern that matches at every character stays one hit a run", "[vocabulary]") {
    const auto vocabulary = with_patterns({R"(\d+)", "a"});
    const auto hits = scan(*vocabulary, "123456 789 a " + std::string(100'000, '5'));
    CHECK(hits.size() == 4);
}

TEST_CASE("a word that is not accepted is named with its reason", "[vocabulary]") {
    struct Case {
        const char* name;
        match::CategoryWords words;
        bool pattern;
        std::size_t item;
        const char* reason;
    };
    const std::vector<Case> cases = {
        {"open bracket", {"x", {"fine"}, {"fine", "(open"}}, true, 1, "parenthes"},
        {"look-around", {"x", {}, {R"((?<=a)b)"}}, true, 0, "not supported"},
        {"back reference", {"x", {}, {"ok", "ok", R"((a)\1)"}}, true, 2, "unsupported"},
        {"matches nothing", {"x", {}, {"a*"}}, true, 0, "nothing at all"},
        {"empty", {"x", {}, {""}}, true, 0, "empty"},
        {"NUL", {"x", {}, {std::string("a\0b", 3)}}, true, 0, "NUL"},
        {"not UTF-8", {"x", {}, {"a\xFF"}}, true, 0, "UTF-8"},
        {"term of nothing", {"x", {"fine", " - "}, {}}, false, 1, "no letter"},
    };
    for (const Case& c : cases) {
        INFO(c.name);
        match::Words words;
        words.categories.push_back({"first", {"one", "two"}, {"three"}});
        words.categories.push_back(c.words);
        WordError error;
        const auto vocabulary = Vocabulary::compile(words, &error);
        REQUIRE_FALSE(vocabulary);
        CHECK(vocabulary.error().code == ErrorCode::policy);
        CHECK(error.category == 1);
        CHECK(error.pattern == c.pattern);
        CHECK(error.item == c.item);
        CHECK_THAT(error.what, Catch::Contains(c.reason));
        CHECK(error.what.back() != '.');
    }
}

TEST_CASE("no words and no text are no error", "[vocabulary]") {
    CHECK(scan(*compile({}), "text").empty());
    CHECK(scan(*with_terms({"a"}), "").empty());
}

TEST_CASE("the default words compile and none is there twice", "[vocabulary]") {
    match::Words words;
    words.bsn_keywords = match::default_bsn_keywords();
    words.period_cues = match::default_period_cues();
    words.period_cues_behind = match::default_period_cues_behind();
    words.other_date_cues = match::default_other_date_cues();
    const auto vocabulary = compile(words);
    for (const char* keyword : {"BSN", "B.S.N.", "sofi-nummer", "sofinummer", "Burgerservicenummer",
                                "burger-servicenummer:", "BSN-nummer", "bsn nr."}) {
        INFO(keyword);
        const auto hits = scan(*vocabulary, keyword);
        CHECK(std::any_of(hits.begin(), hits.end(),
                          [](const Hit& h) { return h.kind == HitKind::bsn_keyword; }));
    }
    for (auto list :
         {words.bsn_keywords, words.period_cues, words.period_cues_behind, words.other_date_cues}) {
        std::sort(list.begin(), list.end());
        CHECK(std::adjacent_find(list.begin(), list.end()) == list.end());
    }
}

TEST_CASE("many threads may scan at once", "[vocabulary]") {
    const auto vocabulary = with_terms({"alfa", "beta gamma"});
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                std::vector<Hit> hits;
                if (!vocabulary->scan("alfa beta gamma alfa", hits) || hits.size() != 3) ++wrong;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
}
