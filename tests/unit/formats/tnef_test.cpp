#include "extract/tnef.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "unit/formats/reading_of.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace std::string_literals;

namespace {

std::string item(char level, unsigned id, const std::string& value) {
    return level + u32le(id) + u32le(value.size()) + value + u16le(0);
}

std::vector<std::string> items() {
    const std::string named = u32le(0x8001001F) + std::string(16, '\0') + u32le(0) + u32le(5) +
                              u32le(1) + u32le(8) + utf16le("veld");
    return {u32le(0x223E9F78) + u16le(1),
            item(1, 0x00018004, "Onderwerp\0"s),
            item(1, 0x0002800C, "Beste heer\0"s),
            item(1, 0x00069003, u32le(1) + named),
            item(2, 0x00069002, std::string(14, '\0')),
            item(2, 0x00018010, "nota.txt\0"s),
            item(2, 0x0006800F, "inhoud 111222333")};
}

std::string letter() {
    std::string all;
    for (const auto& one : items()) all += one;
    return all;
}

}  // namespace

TEST_CASE("winmail.dat is read with its attachments") {
    const auto reading = reading_of(letter(), "winmail.dat");
    CHECK(has_text(reading, "Subject", "Onderwerp"));
    CHECK(has_text(reading, "text", "Beste heer"));
    CHECK(has_hidden_text(reading, "message properties", "veld"));
    CHECK(has_part(reading, "nota.txt"));
    CHECK(has_text(reading, "text", "inhoud 111222333"));
    CHECK(reading.incomplete.empty());
}

TEST_CASE("winmail.dat that is cut off is never silent about it") {
    // Between two attributes of the message nothing tells that more should follow.
    std::string before;
    for (const auto& one : items()) {
        const bool attached = before.size() > 6 && before.find(items()[4]) != std::string::npos;
        for (std::size_t size = attached ? 0 : 1; size < one.size(); ++size) {
            const auto bytes = before + one.substr(0, size);
            if (bytes.size() < 4) continue;
            const auto reading = reading_of(bytes, "winmail.dat");
            CHECK((has_text_anywhere(reading, "111222333") || !reading.incomplete.empty()));
        }
        before += one;
    }
}
