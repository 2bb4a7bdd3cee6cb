#include "base/json.hpp"

#include <catch2/catch.hpp>

using postwacht::json::Writer;

TEST_CASE("a document comes out in the order it was written") {
    Writer out;
    out.begin_object().field("b", 1).field("a", "x");
    out.key("list")
        .begin_array()
        .value(true)
        .value(-2)
        .null()
        .begin_object()
        .end_object()
        .end_array();
    out.key("ms").value(3.14159, 1).key("raw").raw("[1]").end_object();
    CHECK(out.text() == R"({"b":1,"a":"x","list":[true,-2,null,{}],"ms":3.1,"raw":[1]})");
}

TEST_CASE("any bytes make a valid string") {
    CHECK(postwacht::json::quoted("a\"\\\n\x01\x7F") == "\"a\\\"\\\\\\n\\u0001\\u007f\"");
    CHECK(postwacht::json::quoted("\xFFé") == "\"\uFFFDé\"");
}
