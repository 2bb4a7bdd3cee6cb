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
    unsigned method = 0;  // stored
};

// A zip file of members as they stand.
std::string zip_of(const std::vector<Member>& members, const std::string& comment = {}) {
    std::string out;
    std::string index;
    for (const auto& member : members) {
        const std::string common = u16le(20) + u16le(member.flags) + u16le(member.method) +
                                   u32le(0) + u32le(crc32_of(member.bytes)) +
                                   u32le(member.bytes.size()) + u32le(member.bytes.size()) +
                                   u16le(member.name.size()) + u16le(0);
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

TEST_CASE("a member that is packed in an unknown way is unsupported, and not damaged") {
    constexpr unsigned deflate64 = 9;
    const auto reading = reading_of(
        zip_of({{"groot.csv", "0123456789abcdef", 0, deflate64}, {"open.txt", "leesbaar"}}));
    CHECK(has_part(reading, "groot.csv"));
    CHECK(is_incomplete(reading, Why::unsupported));
    CHECK_FALSE(is_incomplete(reading, Why::damaged));
    CHECK(has_text(reading, "text", "leesbaar"));
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

TEST_CASE("names in archives are read in the charset their letters suggest") {
    const auto [raw, name] = GENERATE(table<std::string, std::string>({
        {"Be\x89indiging.txt", "Be\u00EBindiging.txt"},              // code pages 437 and 850
        {"Gro\xE1_\x9D_\xF1.txt", "Gro\u00DF_\u00D8_\u00B1.txt"},    // 850
        {"Be\xEBindiging_\x80.txt", "Be\u00EBindiging_\u20AC.txt"},  // Windows-1252
        {"\x8F\x5A\x8F\x8A\x98\x5E.txt", "\u4F4F\u6240\u9332.txt"},  // Shift-JIS
        {"Be\xC3\xABindiging.txt", "Be\u00EBindiging.txt"},          // UTF-8 without the flag
    }));
    const auto reading = reading_of(zip_of({{raw, "inhoud"}}));
    CHECK(has_part(reading, name));
    CHECK(reading.incomplete.empty());
}

TEST_CASE("a compressed archive is a file inside a file") {
    const auto reading = reading_of(
        gzip_of(tar_of("a.txt", "eerste") + tar_of("b.txt", "tweede") + tar_end), "x.tgz");
    REQUIRE(reading.parts.size() == 4);
    CHECK(reading.parts[1].name == "x.tar");
    CHECK(reading.parts[3].path == "1.2");
    CHECK(has_text(reading, "text", "tweede"));
    CHECK(reading.incomplete.empty());
}

TEST_CASE("a gzip file is read to its end, and checked") {
    const auto two = gzip_of("eerste lid, ") + gzip_of("tweede lid");
    CHECK(has_text(reading_of(two), "text", "eerste lid, tweede lid"));
    CHECK(reading_of(two + std::string(512, '\0')).incomplete.empty());
    CHECK(is_incomplete(reading_of(two + "rommel"), Why::damaged));
    auto wrong = gzip_of("burgerservicenummer 123456782");
    wrong[wrong.size() - 6] = static_cast<char>(wrong[wrong.size() - 6] ^ 1);  // of its checksum
    CHECK(is_incomplete(reading_of(wrong), Why::damaged));
}

TEST_CASE("a tar file that lost a member says so") {
    auto bytes = tar_of("a.txt", "eerste") + tar_of("b.txt", "tweede") + tar_end;
    bytes[1024 + 2] = 'x';  // in the name of the second member: its header's sum is wrong now
    const auto reading = reading_of(bytes);
    CHECK(has_text(reading, "text", "eerste"));
    CHECK(is_incomplete(reading, Why::damaged));
}

TEST_CASE("what stands behind an archive is read as well") {
    const auto tar = tar_of("a.txt", "eerste") + tar_end;
    CHECK(has_text(reading_of(tar + "achter het archief"), "text", "achter het archief"));
    CHECK(has_text(reading_of(tar + tar_of("b.txt", "tweede") + tar_end), "text", "tweede"));
    const auto zip = zip_of({{"a.txt", "eerste"}});
    CHECK(has_text(reading_of(zip + "achter het archief"), "text", "achter het archief"));
    CHECK(reading_of(zip + "\r\n").parts.size() == 2);
}

TEST_CASE("a zip file behind another file is read as well") {
    const auto zip = zip_of({{"a.txt", "in het achterste"}});
    const auto host = GENERATE(as<std::string>(),
                               "\x7F"
                               "ELF\x02\x01\x01",
                               "MZ\0\0 stub"s, "\x89PNG\r\n\x1A\n....");
    const auto reading = reading_of(host + zip);
    CHECK(has_part(reading, "behind the file.zip"));
    CHECK(has_text(reading, "text", "in het achterste"));
    CHECK_FALSE(has_part(reading_of(host), "behind the file.zip"));
}
