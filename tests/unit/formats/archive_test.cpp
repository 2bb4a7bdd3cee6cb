#include "extract/archive.hpp"

#include <catch2/catch.hpp>

#include "unit/formats/reading_of.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace std::string_literals;

namespace {

std::uint32_t crc32_of(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int i = 0; i < 8; ++i) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0);
    }
    return ~crc;
}

struct Member {
    std::string name;
    std::string bytes;
    unsigned flags = 0;
};

// A zip file of stored members.
std::string zip_of(const std::vector<Member>& members, const std::string& comment = {}) {
    std::string out;
    std::string index;
    for (const auto& member : members) {
        const std::string common = u16le(20) + u16le(member.flags) + u16le(0) + u32le(0) +
                                   u32le(crc32_of(member.bytes)) + u32le(member.bytes.size()) +
                                   u32le(member.bytes.size()) + u16le(member.name.size()) +
                                   u16le(0);
        index += "PK\x01\x02" + u16le(20) + common + u16le(0) + u16le(0) + u16le(0) + u32le(0) +
                 u32le(out.size()) + member.name;
        out += "PK\x03\x04" + common + member.name + member.bytes;
    }
    return out + index + "PK\x05\x06" + u32le(0) + u16le(members.size()) + u16le(members.size()) +
           u32le(index.size()) + u32le(out.size()) + u16le(comment.size()) + comment;
}

// A gzip file of one stored block.
std::string gzip_of(const std::string& bytes) {
    return "\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03\x01"s + u16le(bytes.size()) +
           u16le(~bytes.size()) + bytes + u32le(crc32_of(bytes)) + u32le(bytes.size());
}

std::string octal(std::size_t value, std::size_t digits) {
    std::string out(digits, '0');
    for (std::size_t i = digits; i-- > 0; value /= 8) out[i] = static_cast<char>('0' + value % 8);
    return out;
}

std::string tar_of(const std::string& name, const std::string& bytes, char kind = '0',
                   const std::string& target = {}, const std::string& marker = "ustar\00000"s) {
    std::string head = name;
    head.resize(100);
    head += octal(0644, 7) + '\0' + octal(0, 7) + '\0' + octal(0, 7) + '\0' +
            octal(bytes.size(), 11) + '\0' + octal(0, 11) + '\0' + "        " + kind + target;
    head.resize(257);
    head += marker;
    head.resize(512);
    std::size_t sum = 0;
    for (const char c : head) sum += static_cast<unsigned char>(c);
    head.replace(148, 8, octal(sum, 6) + "\0 "s);
    std::string body = bytes;
    body.resize((bytes.size() + 511) / 512 * 512);
    return head + body;
}

const std::string tar_end(1024, '\0');

}  // namespace

TEST_CASE("every member of a zip file is read, whatever its name is written in") {
    const auto reading = reading_of(zip_of({{"map/brief.txt", "Beste heer Janssen"},
                                            {"caf\x82.txt", "van DOS"},
                                            {"caf\xE9.txt", "van Windows"},
                                            {"caf\xC3\xA9s.txt", "met vlag", 0x800}},
                                           "burgerservicenummer 123456782"));
    CHECK(has_part(reading, "map/brief.txt"));
    CHECK(has_part(reading, "caf\xC3\xA9.txt"));
    CHECK(has_part(reading, "caf\xC3\xA9s.txt"));
    CHECK(has_text(reading, "text", "heer Janssen"));
    CHECK(has_text(reading, "text", "van DOS"));
    CHECK(has_text(reading, "text", "van Windows"));
    CHECK(has_text(reading, "text", "met vlag"));
    CHECK(has_hidden_text(reading, "comment of the archive", "123456782"));
    CHECK(reading.incomplete.empty());
}

TEST_CASE("a member under a password is named, and the others are read") {
    const auto reading =
        reading_of(zip_of({{"geheim.txt", "0123456789abcdef", 1}, {"open.txt", "leesbaar"}}));
    CHECK(has_part(reading, "geheim.txt"));
    CHECK(is_incomplete(reading, Why::encrypted));
    CHECK(has_text(reading, "text", "leesbaar"));
    CHECK_FALSE(has_text_anywhere(reading, "0123456789"));
}

TEST_CASE("archives inside archives are read") {
    const auto inner = zip_of({{"diep.txt", "111222333"}});
    const auto reading = reading_of(gzip_of(tar_of("midden.zip", inner) + tar_end), "alles.tgz");
    CHECK(has_part(reading, "midden.zip"));
    CHECK(has_part(reading, "diep.txt"));
    CHECK(has_text(reading, "text", "111222333"));
    CHECK(reading.incomplete.empty());
}

TEST_CASE("a compressed file is one member, named after it") {
    const auto reading = reading_of(gzip_of("een enkel bestand"), "nota.txt.gz");
    CHECK(has_part(reading, "nota.txt"));
    CHECK(has_text(reading, "text", "een enkel bestand"));
    CHECK(reading.incomplete.empty());
}

TEST_CASE("a tar file names its links, and needs no marker") {
    const auto reading = reading_of(tar_of("verwijzing", "", '2', "/etc/doel") +
                                    tar_of("map/", "", '5') + tar_of("a.txt", "inhoud") + tar_end);
    CHECK(has_hidden_text(reading, "link in the archive", "verwijzing -> /etc/doel"));
    CHECK(has_text(reading, "text", "inhoud"));
    CHECK(reading.incomplete.empty());
    const auto old = reading_of(tar_of("a.txt", "oude inhoud", '0', {}, {}) + tar_end);
    CHECK(has_text(old, "text", "oude inhoud"));
}

TEST_CASE("an archive that is cut off anywhere is never silent about it") {
    const auto whole = zip_of({{"een.txt", "eerste stuk"}, {"twee.txt", "tweede stuk"}});
    for (std::size_t size = 8; size < whole.size(); size += 3) {
        const auto reading = reading_of(whole.substr(0, size));
        const bool all =
            has_text_anywhere(reading, "eerste stuk") && has_text_anywhere(reading, "tweede stuk");
        CHECK((all || !reading.incomplete.empty()));
    }
    const auto packed = gzip_of("een regel van enige lengte");
    for (std::size_t size = 3; size + 8 < packed.size(); ++size)
        CHECK_FALSE(reading_of(packed.substr(0, size)).incomplete.empty());
}

TEST_CASE("a broken index does not keep the members unread") {
    auto bytes = zip_of({{"een.txt", "eerste stuk"}});
    bytes[bytes.size() - 6] = '\x7F';
    const auto reading = reading_of(bytes);
    CHECK(has_text(reading, "text", "eerste stuk"));
}

TEST_CASE("what unpacks to more than the budget allows ends as over budget") {
    Limits limits;
    limits.unpacked_bytes = 1000;
    const auto reading = reading_of(gzip_of(std::string(5000, 'x')), "groot.gz", limits);
    CHECK(is_incomplete(reading, Why::over_budget));
}
