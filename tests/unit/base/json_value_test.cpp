#include "base/json_value.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "base/json.hpp"
#include "support/catch_result.hpp"

using namespace postwacht;  // NOLINT(google-build-using-namespace)
using json::Document;

TEST_CASE("what the writer wrote is read", "[json]") {
    json::Writer out;
    out.begin_object().field("text", "a\"b\xc3\xa9").field("count", std::uint64_t{7});
    out.field("yes", true).key("list").begin_array().value("x").null().value(-3).end_array();
    out.end_object();
    const auto document = Document::parse(out.text());
    REQUIRE(document);
    const auto root = document->root();
    CHECK(root["text"].string() == "a\"b\xc3\xa9");
    CHECK(root["count"].number() == 7);
    CHECK(root["count"].is_number());
    CHECK(root["yes"].boolean());
    CHECK(root["list"].size() == 3);
    CHECK(root["list"].at(0).string() == "x");
    CHECK(root["list"].at(2).number() == 0);
}

TEST_CASE("what is not there is nothing", "[json]") {
    const auto document = Document::parse(R"({"a":{"b":[1]},"text":"t"})");
    REQUIRE(document);
    const auto root = document->root();
    CHECK(root["x"]["y"].at(3).string().empty());
    CHECK(root["x"].size() == 0);
    CHECK_FALSE(root["x"].boolean());
    CHECK(root["text"].number() == 0);
    CHECK(root["text"]["a"].string().empty());
    CHECK(root["a"]["b"].at(1).number() == 0);
    CHECK(root.at(0).string().empty());
}

TEST_CASE("what is no JSON is an error", "[json]") {
    for (const std::string& text :
         {std::string(), std::string("{"), std::string("{}x"), std::string("{'a':1}"),
          std::string("\"\xff\""), std::string(100, '[') + std::string(100, ']')}) {
        INFO(text);
        const auto document = Document::parse(text);
        REQUIRE_FALSE(document);
        CHECK(document.error().code == ErrorCode::damaged);
    }
}
