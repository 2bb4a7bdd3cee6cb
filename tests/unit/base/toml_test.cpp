#include "base/toml.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace toml = postwacht::toml;
using postwacht::Error;
using postwacht::ErrorCode;
using std::chrono::day;
using std::chrono::month;
using std::chrono::year;

namespace {

toml::Document parsed(std::string_view text) {
    auto document = toml::Document::parse(text, "f.toml", ErrorCode::config);
    if (!document) FAIL(document.error().message());
    return std::move(*document);
}

Error refused(std::string_view text) {
    auto document = toml::Document::parse(text, "f.toml", ErrorCode::policy);
    REQUIRE_FALSE(document.has_value());
    return document.error();
}

}  // namespace

TEST_CASE("every kind of value is read", "[toml]") {
    const auto document = parsed(R"(
text = "één"
count = 12
share = 1.5
on = true
day = 2027-01-31
list = ["a", "b"]
wait = "72h"
[table.inner]
x = 1
[[row]]
id = "first"
[[row]]
id = "second"
)");
    auto root = document.root();
    CHECK(root.string("text")->value() == "één");
    CHECK(root.integer("count", 0, 100)->value() == 12);
    CHECK(root.boolean("on")->value());
    CHECK(root.date("day")->value() == postwacht::Date(year(2027), month(1), day(31)));
    CHECK(root.strings("list")->value() == std::vector<std::string>{"a", "b"});
    CHECK(root.duration("wait")->value() == std::chrono::hours(72));
    CHECK(std::get<double>(root.value("share")->data) == 1.5);
    auto table = root.table("table")->value();
    auto inner = table.table("inner")->value();
    CHECK(inner.path() == "table.inner");
    CHECK(inner.integer("x", 1, 1)->value() == 1);
    const auto rows = root.tables("row");
    REQUIRE(rows->size() == 2);
    auto second = (*rows)[1];
    CHECK(second.string("id")->value() == "second");
    CHECK(root.finish().has_value());
}

TEST_CASE("what is absent is nothing and no error", "[toml]") {
    const auto document = parsed("");
    auto root = document.root();
    CHECK_FALSE(root.string("a")->has_value());
    CHECK_FALSE(root.integer("a", 0, 1)->has_value());
    CHECK_FALSE(root.boolean("a")->has_value());
    CHECK_FALSE(root.date("a")->has_value());
    CHECK_FALSE(root.strings("a")->has_value());
    CHECK_FALSE(root.duration("a")->has_value());
    CHECK_FALSE(root.table("a")->has_value());
    CHECK(root.tables("a")->empty());
    CHECK(root.value("a") == nullptr);
}

TEST_CASE("entries keep the order and the places of the file", "[toml]") {
    const auto document = parsed("zebra = 1\napple = 2\n\n[middle]\n  b = [ \"x\",\n \"y\" ]\n");
    auto root = document.root();
    REQUIRE(root.entries().size() == 3);
    CHECK(root.entries()[0].key == "zebra");
    CHECK(root.entries()[1].key == "apple");
    CHECK(root.entries()[1].at.line == 2);
    CHECK(root.entries()[1].value.at.column == 9);
    auto middle = root.table("middle")->value();
    CHECK(middle.position("b").line == 5);
    CHECK(middle.position("b").column == 3);
    CHECK(middle.position("absent").line == 4);
    const auto& items = std::get<toml::Array>(middle.value("b")->data);
    CHECK(items[1].at.line == 6);
    CHECK(items[1].at.column == 2);
}

TEST_CASE("a value of another type names its place and both types", "[toml]") {
    const auto document =
        parsed("a = 5\nb = \"x\"\nc = [1]\nd = \"2027-01-01\"\ne = [{}]\nf = {}\n");
    auto root = document.root();
    CHECK(root.string("a").error().message() ==
          "f.toml:1:5: 'a' must be a string, not a whole number");
    CHECK(root.integer("b", 0, 1).error().where == "f.toml:2:5");
    CHECK(root.boolean("b").error().detail == "'b' must be true or false, not a string");
    CHECK(root.strings("c").error().message() ==
          "f.toml:3:6: 'c' must hold strings only, not a whole number");
    CHECK(root.strings("b").error().detail == "'b' must be an array of strings, not a string");
    CHECK_FALSE(root.date("d").error().hint.empty());
    CHECK(root.table("a").error().detail == "'a' must be a table, not a whole number");
    CHECK(root.tables("c").error().where == "f.toml:3:6");
    CHECK(root.tables("f").error().hint.find("[[f]]") != std::string::npos);
    CHECK(root.duration("b").error().where == "f.toml:2:5");
    CHECK(root.duration("a").error().detail ==
          "'a' must be a duration in quotes, not a whole number");
    CHECK(root.integer("a", 6, 9).error().detail == "'a' must be from 6 to 9");
    CHECK(root.integer("a", 5, 5)->value() == 5);
}

TEST_CASE("an unknown key is an error with the nearest known one", "[toml]") {
    const auto document =
        parsed("[policy]\nname = \"x\"\nmin_confidense = \"low\"\nqqqqqqqq = 1\n");
    auto root = document.root();
    auto policy = root.table("policy")->value();
    REQUIRE(policy.string("name").has_value());
    REQUIRE(policy.string("min_confidence").has_value());
    const auto error = policy.finish().error();
    CHECK(error.message() == "f.toml:3:1: unknown key 'min_confidense' in [policy]");
    CHECK(error.hint == "did you mean 'min_confidence'?");
    REQUIRE(policy.string("min_confidense").has_value());
    CHECK(policy.finish().error().hint == "known here: name, min_confidence, min_confidense");
    policy.all_known();
    CHECK(policy.finish().has_value());
    auto fresh = document.root();
    CHECK(fresh.finish().error().detail == "unknown key 'policy'");
}

TEST_CASE("what is no TOML is an error with its line and the caller's code", "[toml]") {
    CHECK(refused("a = 1\nb = \n").where.substr(0, 9) == "f.toml:2:");
    CHECK(refused("a = 1\na = 2\n").where.substr(0, 9) == "f.toml:2:");
    CHECK(refused("a = \"open\n").code == ErrorCode::policy);
    CHECK(refused("a = 2026-02-30\n").where.substr(0, 9) == "f.toml:1:");
    CHECK(refused(std::string("a = \"\xff\xfe\"\n")).where.substr(0, 9) == "f.toml:1:");
    CHECK(refused(std::string("a = 1\n\0", 7)).where.substr(0, 9) == "f.toml:2:");
}

TEST_CASE("times of day are refused with a hint", "[toml]") {
    for (const char* text : {"\na = 12:30:00", "\na = 2026-03-12T12:30:00",
                             "\na = 2026-03-12T12:30:00Z", "\na = [2026-03-12 01:02:03]"}) {
        CAPTURE(text);
        const auto error = refused(text);
        CHECK(error.where.substr(0, 9) == "f.toml:2:");
        CHECK(error.detail == "a time of day is not used here");
        CHECK_FALSE(error.hint.empty());
    }
}

TEST_CASE("nesting has a limit that spares the stack", "[toml]") {
    const auto repeated = [](std::string_view piece, std::size_t count) {
        std::string out;
        for (std::size_t i = 0; i < count; ++i) out += piece;
        return out;
    };
    const std::string deep_key = repeated("a.", 300'000) + "a = 1";
    CHECK(refused(deep_key).detail == "nested too deeply");
    CHECK(refused("x = 1\n[" + repeated("a . ", 300'000) + "a]").where.substr(0, 9) == "f.toml:2:");
    CHECK(refused("a = " + repeated("[", 300'000)).detail == "nested too deeply");
    CHECK(refused("a = " + repeated("{b=", 300'000)).detail == "nested too deeply");
    CHECK(refused(repeated("\"a\".", 300'000) + "a = 1").detail == "nested too deeply");
    CHECK(refused("s = \"\"\"x\\\"\"\"\"\"\n" + deep_key).where == "f.toml:2:66");
    // What only looks like nesting is none.
    parsed("a = \"" + repeated("[{.", 1000) + "\" # " + repeated("[{.", 1000));
    parsed("a = '''" + repeated("[{.\n", 1000) + "'''\nb = 1");
    parsed("a = \"\"\"" + repeated("[{.\n", 1000) + "\\\"\"\"\"\nb = 1");
    parsed("a = [" + repeated("{ b.c = \"x.y\", d = 1.5 },\n", 1000) + "]");
}
