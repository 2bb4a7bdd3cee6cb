#include "extract/data_link.hpp"

#include <catch2/catch.hpp>

#include "extract/collector.hpp"

using namespace postwacht;
using namespace postwacht::extract;

TEST_CASE("pictures in links are found however they are written") {
    const auto text = GENERATE(as<std::string>(), "<img src=\"data:image/png;base64,QW5uYQ==\">",
                               "<img src='DATA:Image/PNG;name=a.png;BASE64,QW5u\n YQ'>",
                               "background:url(data:image/png;base64,QW5uYQ%3D%3D)",
                               "data:image/png,nee data:data:image/png;base64,QW5uYQ==");
    const auto found = linked_pictures(text);
    REQUIRE(found.size() == 1);
    CHECK(found[0].type == "image/png");
    CHECK(found[0].bytes == "Anna");
}

TEST_CASE("what is no picture in a link is left") {
    const auto text =
        GENERATE(as<std::string>(), "", ":", "data:", "data:image/", "data:image/png;base64",
                 "data:text/plain;base64,QW5uYQ==", "metadata:image/png;base64;QW5uYQ==");
    CHECK(linked_pictures(text).empty());
}

TEST_CASE("a picture in HTML is never silently passed over") {
    Budget budget{Limits{}};
    const auto reading = make_in_process_extractor()->extract(
        {"<html><p>Anna</p><img src=\"data:image/png;base64,iVBORw0KGgo=\">", "text/html", {}, {}},
        budget);
    REQUIRE(reading.incomplete.size() == 1);
    CHECK(reading.incomplete[0].why == Why::unsupported);
}
