#include "extract/worker/protocol.hpp"

#include <catch2/catch.hpp>

using namespace postwacht;
using namespace postwacht::extract;

namespace {

Reading example() {
    Reading reading;
    reading.parts = {{"", "brief.zip", "application/zip", 12, false, ""},
                     {"1", "blad.xlsm", "application/x", 7, true, "image/png"}};
    reading.fragments = {{1, "sheet 'Een', C7", true, false, "tekst"},
                         {0, "text", false, true, ""}};
    reading.incomplete = {{"1", "blad.xlsm", Why::encrypted}, {"", "", Why::over_budget}};
    reading.coverage = {2, 1, 19};
    return reading;
}

}  // namespace

TEST_CASE("a reading comes over whole") {
    const auto reading = worker::decode_reading(worker::encode(example()));
    REQUIRE(reading);
    CHECK(reading->to_json() == example().to_json());
}

TEST_CASE("a request and an answer come over whole") {
    worker::Request request;
    request.bytes = 77;
    request.limits.wall_time = std::chrono::milliseconds(123);
    request.limits.parts = 9;
    request.limits.cpu_time = std::chrono::milliseconds(321);
    request.limits.ratio = 17;
    request.limits.text_bytes = 18;
    request.limits.pages = 19;
    request.limits.scan_pages = 3;
    request.limits.scan_time = std::chrono::milliseconds(456);
    request.declared_type = "application/pdf";
    request.name = "besluit.pdf";
    const auto other = worker::decode_request(worker::encode(request));
    REQUIRE(other);
    CHECK(other->bytes == 77);
    CHECK(other->limits.wall_time == request.limits.wall_time);
    CHECK(other->limits.parts == 9);
    CHECK(other->limits.cpu_time == request.limits.cpu_time);
    CHECK(other->limits.ratio == 17);
    CHECK(other->limits.text_bytes == 18);
    CHECK(other->limits.pages == 19);
    CHECK(other->limits.scan_pages == 3);
    CHECK(other->limits.scan_time == request.limits.scan_time);
    CHECK(other->declared_type == "application/pdf");
    CHECK(other->name == "besluit.pdf");

    const auto answer = worker::decode_answer(worker::encode(worker::Answer{
        5, {std::chrono::milliseconds(3), 4, 5, 6, 7, 8, 9, std::chrono::milliseconds(10)}}));
    REQUIRE(answer);
    CHECK(answer->bytes == 5);
    CHECK(answer->spent.cpu_time == std::chrono::milliseconds(3));
    CHECK(answer->spent.text_bytes == 5);
    CHECK(answer->spent.fragments == 7);
    CHECK(answer->spent.pages == 8);
    CHECK(answer->spent.scan_pages == 9);
    CHECK(answer->spent.scan_time == std::chrono::milliseconds(10));

    const auto greeting = worker::decode_greeting(worker::encode(worker::Greeting{true}));
    REQUIRE(greeting);
    CHECK(greeting->files_guarded);
    CHECK_FALSE(worker::decode_greeting(worker::encode(worker::Answer{})));
    CHECK_FALSE(worker::decode_answer(worker::encode(worker::Greeting{})));
}

TEST_CASE("what a broken worker sends is refused, whatever it is") {
    const std::string good = worker::encode(example());
    for (std::size_t length = 0; length < good.size(); ++length)
        CHECK_FALSE(worker::decode_reading(std::string_view(good).substr(0, length)));
    CHECK_FALSE(worker::decode_reading(good + 'x'));
    // Any one byte changed gives a reading or nothing, and reads nothing outside.
    for (std::size_t at = 0; at < good.size(); ++at)
        for (const char value : {'\x00', '\x7F', '\xFF'}) {
            std::string changed = good;
            changed[at] = value;
            if (const auto reading = worker::decode_reading(changed))
                for (const auto& fragment : reading->fragments)
                    CHECK(fragment.part < reading->parts.size());
        }
    CHECK_FALSE(worker::decode_answer("kort"));
    CHECK_FALSE(worker::decode_request(good));
}
