#include "extract/image.hpp"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "unit/formats/drawn_letter.hpp"
#include "unit/formats/read_with.hpp"
#include "unit/formats/reading_of.hpp"

using namespace postwacht;
using namespace postwacht::extract;
using namespace std::string_literals;

namespace {

const std::vector<std::string> letter = {"Geachte mevrouw De Vries,",
                                         "Burgerservicenummer 123456782", "Geboren op 12-03-1985"};

std::string big16(std::size_t value) {
    return {static_cast<char>(value >> 8U), static_cast<char>(value)};
}
std::string big32(std::size_t value) {
    return big16(value >> 16U) + big16(value & 0xFFFFU);
}

// A blank picture, with a chunk behind the first one.
std::string png_with(const std::string& kind, const std::string& content) {
    constexpr std::size_t behind_head = 8 + 25;
    return Drawing(1, 1).png().insert(behind_head, big32(content.size()) + kind + content + "sum!");
}

std::string jpeg_with(unsigned char kind, const std::string& content) {
    return Drawing(8, 8)
        .as(IFF_JFIF_JPEG)
        .insert(
            2, std::string("\xFF") + static_cast<char>(kind) + big16(content.size() + 2) + content);
}

std::string packed(const std::string& text) {
    uLongf size = compressBound(text.size());
    std::string out(size, '\0');
    compress(reinterpret_cast<Bytef*>(out.data()), &size,
             reinterpret_cast<const Bytef*>(text.data()), text.size());
    out.resize(size);
    return out;
}

// A directory of one field, whose value stands behind it; of `then` the number of a directory.
std::string exif_with(std::uint16_t tag, std::uint16_t type, const std::string& value) {
    return "II*\0"s + u32le(8) + u16le(1) + u16le(tag) + u16le(type) +
           u32le(type == 3 ? value.size() / 2 : value.size()) + u32le(26) + u32le(0) + value;
}

// A TIFF whose picture is kept in squares, from left to right and down.
std::string tiled_tiff(const Drawing& drawing) {
    constexpr std::size_t side = 128;
    constexpr std::size_t head = 8;
    const auto width = static_cast<std::size_t>(pixGetWidth(drawing.pix()));
    const auto height = static_cast<std::size_t>(pixGetHeight(drawing.pix()));
    std::string tiles;
    std::string offsets;
    std::string sizes;
    for (std::size_t top = 0; top < height; top += side) {
        for (std::size_t left = 0; left < width; left += side) {
            offsets += u32le(head + tiles.size());
            sizes += u32le(side * side);
            for (std::size_t i = 0; i < side * side; ++i) {
                l_uint32 grey = 255;  // behind the edge too
                pixGetPixel(drawing.pix(), static_cast<int>(left + i % side),
                            static_cast<int>(top + i / side), &grey);
                tiles += static_cast<char>(grey);
            }
        }
    }
    const std::size_t count = offsets.size() / 4;
    const std::size_t lists = head + tiles.size();
    const auto field = [](unsigned tag, std::size_t n, std::size_t value) {
        constexpr unsigned number32 = 4;
        return u16le(tag) + u16le(number32) + u32le(n) + u32le(value);
    };
    return "II*\0"s + u32le(lists + offsets.size() + sizes.size()) + tiles + offsets + sizes +
           u16le(10) + field(256, 1, width) + field(257, 1, height) + field(258, 1, 8) +
           field(259, 1, 1) + field(262, 1, 1) + field(277, 1, 1) + field(322, 1, side) +
           field(323, 1, side) + field(324, count, lists) +
           field(325, count, lists + offsets.size()) + u32le(0);
}

const std::string xmp =
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><rdf:Description><dc:subject><rdf:Bag><rdf:li>"
    "dossier 123456782</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>";

}  // namespace

TEST_CASE("the words of a picture are read in every format") {
    const auto drawing = drawn_letter(letter);
    const auto [format, type] = GENERATE(table<int, std::string>({{IFF_PNG, "image/png"},
                                                                  {IFF_JFIF_JPEG, "image/jpeg"},
                                                                  {IFF_TIFF_G4, "image/tiff"},
                                                                  {IFF_TIFF_LZW, "image/tiff"},
                                                                  {IFF_BMP, "image/bmp"},
                                                                  {IFF_GIF, "image/gif"},
                                                                  {IFF_WEBP, "image/webp"}}));
    const bool bits = format == IFF_TIFF_G4;
    const auto bytes =
        bits ? Drawing(pixThresholdToBinary(drawing.pix(), 128)).as(format) : drawing.as(format);
    const auto read = read_with_all_formats(bytes);
    INFO(type << '\n' << read.reading.to_json());
    CHECK(read.whole());
    CHECK(read.reading.parts.at(0).type == type);
    REQUIRE(read.find("picture") != nullptr);
    CHECK(read.find("picture")->ocr);
    CHECK_FALSE(read.find("picture")->hidden);
    CHECK(read.text("picture") == letter[0] + "\n" + letter[1] + "\n" + letter[2]);
    CHECK(read.reading.coverage.read == 1);
}

TEST_CASE("every page of a TIFF is read, up to the allowance") {
    const auto bytes = tiff_of({drawn_letter({"Eerste bladzijde 123456782"}),
                                drawn_letter({"Tweede bladzijde 111222333"}),
                                drawn_letter({"Derde bladzijde 987654329"})});
    const auto all = read_with_all_formats(bytes);
    CHECK(all.whole());
    CHECK(all.text("page 1") == "Eerste bladzijde 123456782");
    CHECK(all.text("page 3") == "Derde bladzijde 987654329");
    Limits limits;
    limits.scan_pages = 2;
    const auto two = read_with_all_formats(bytes, {}, limits);
    CHECK(two.incomplete(Why::over_budget));
    CHECK(two.text("page 2") == "Tweede bladzijde 111222333");
    CHECK(two.find("page 3") == nullptr);
}

TEST_CASE("a TIFF in tiles is read, and what is lost of it is told") {
    const auto bytes = tiled_tiff(drawn_letter(letter));
    const auto read = read_with_all_formats(bytes);
    CHECK(read.whole());
    CHECK(read.text("picture") == letter[0] + "\n" + letter[1] + "\n" + letter[2]);
    // The last of the offsets of tiles points behind the end.
    auto broken = bytes;
    const std::size_t behind_offsets = bytes.size() - 4 - 10 * 12 - 2;
    const std::size_t count = (behind_offsets - 8) / (128 * 128 + 8);
    broken.replace(behind_offsets - 4 * count - 4, 4, u32le(bytes.size()));
    CHECK(read_with_all_formats(broken).incomplete(Why::damaged));
}

TEST_CASE("every picture of a GIF that moves is read") {
    const auto first = drawn_letter({"Eerste beeld 123456782"}).as(IFF_GIF);
    const auto second = drawn_letter({"Tweede beeld 111222333"}).as(IFF_GIF);
    // Both have the same table of colours; each picture ends before the last byte.
    const std::size_t head =
        13 + (std::size_t{3} << ((static_cast<unsigned char>(first[10]) & 7U) + 1));
    const auto moving = first.substr(0, first.size() - 1) + second.substr(head);
    const auto read = read_with_all_formats(moving);
    INFO(read.reading.to_json());
    CHECK(read.whole());
    CHECK(read.text("frame 1") == "Eerste beeld 123456782");
    CHECK(read.text("frame 2") == "Tweede beeld 111222333");
    const auto cut = read_with_all_formats(moving.substr(0, moving.size() - 1));
    CHECK(cut.incomplete(Why::damaged));
}

TEST_CASE("a PNG that moves is not clean") {
    const auto still = drawn_letter(letter).png();
    const auto moving =
        std::string(still).insert(still.size() - 12, big32(4) + "fdAT" + big32(1) + "sum!");
    CHECK(read_with_all_formats(moving).incomplete(Why::unsupported));
}

TEST_CASE("no memory is taken for what a picture only promises") {
    auto promised = png_with("iTXt", "Comment");
    promised.replace(8 + 25, 4, big32(0x70000000));
    CHECK(read_with_all_formats(promised).incomplete(Why::damaged));
    auto vast = Drawing(8, 8).as(IFF_GIF);
    const auto picture = vast.find('\x2C', 13 + 768);
    vast.replace(picture + 5, 4, "\xFF\xFF\xFF\xFF");
    CHECK(read_with_all_formats(vast).incomplete(Why::over_budget));
}

TEST_CASE("a picture without words is read, whatever it shows") {
    Drawing stripes(300, 200);
    for (int y = 40; y < 160; ++y)
        for (int x = 0; x < 300; ++x) pixSetPixel(stripes.pix(), x, y, y / 20 % 2 == 0 ? 0 : 255);
    Drawing icon(16, 16);
    pixSetPixel(icon.pix(), 3, 3, 0);
    const auto bytes = GENERATE_COPY(Drawing(1, 1).png(), Drawing(800, 600).png(), icon.png(),
                                     stripes.png(), Drawing(1, 1).as(IFF_GIF));
    const auto read = read_with_all_formats(bytes);
    INFO(read.reading.to_json());
    CHECK(read.whole());
    CHECK(read.reading.fragments.empty());
    CHECK(read.reading.coverage.read == 1);
}

TEST_CASE("what costs nothing takes nothing of the allowance for scans") {
    Limits none;
    none.scan_pages = 0;
    CHECK(read_with_all_formats(Drawing(1, 1).png(), {}, none).whole());
    CHECK(read_with_all_formats(Drawing(800, 600).png(), {}, none).whole());
    CHECK(read_with_all_formats(drawn_letter(letter).png(), {}, none).incomplete(Why::over_budget));
}

TEST_CASE("a letter is read however it lies") {
    std::vector<std::string> longer = letter;
    longer.insert(longer.end(), {"Uw uitkering gaat in op 1 mei 2026 en bedraagt 1.234,56 euro.",
                                 "Neem bij vragen contact op met de afdeling Uitkeringen.",
                                 "Met vriendelijke groet, namens de afdeling"});
    const int quarters = GENERATE(1, 2, 3);
    const auto read = read_with_all_formats(drawn_letter(longer).turned(quarters).png());
    INFO(read.reading.to_json());
    CHECK(read.has("Burgerservicenummer 123456782"));
    CHECK(read.has("12-03-1985"));
}

TEST_CASE("light words on a dark ground are read") {
    const auto drawing = drawn_letter(letter);
    pixInvert(drawing.pix(), drawing.pix());
    CHECK(read_with_all_formats(drawing.png()).has("Burgerservicenummer 123456782"));
}

TEST_CASE("a picture that is cut off is damaged") {
    const auto drawing = drawn_letter(letter);
    const int format =
        GENERATE(values<int>({IFF_PNG, IFF_JFIF_JPEG, IFF_TIFF_LZW, IFF_GIF, IFF_BMP, IFF_WEBP}));
    const auto bytes = drawing.as(format);
    for (const std::size_t size : {bytes.size() / 2, bytes.size() * 9 / 10, std::size_t{40}}) {
        const auto read = read_with_all_formats(bytes.substr(0, size));
        INFO(format << ' ' << size << ' ' << read.reading.to_json());
        CHECK(read.incomplete(Why::damaged));
    }
}

TEST_CASE("the size that a picture claims is looked at before it is unpacked") {
    auto bytes = Drawing(100, 100).png();
    // Width and height are the first fields of the first chunk; its checksum is not looked at.
    bytes.replace(16, 8, std::string("\x00\x00\xC3\x50\x00\x00\xC3\x50", 8));
    const auto read = read_with_all_formats(bytes);
    CHECK(read.incomplete(Why::over_budget));
    CHECK_FALSE(read.incomplete(Why::damaged));
}

TEST_CASE("the time for scans ends a recognition, and the next is not begun") {
    Limits limits;
    limits.scan_time = std::chrono::milliseconds(1);
    const auto read =
        read_with_all_formats(tiff_of({drawn_letter(letter), drawn_letter(letter)}), {}, limits);
    CHECK(read.incomplete(Why::over_budget));
    CHECK(read.find("page 2") == nullptr);
}

TEST_CASE("what is written beside the pixels is read, and hidden") {
    const auto exif = exif_with(0x010E, 2, "BSN 123456782 van Anna\0"s);
    const auto comment = exif_with(0x9286, 7, "UNICODE\0"s + utf16le("BSN 123456782 van Anna"));
    const auto title = exif_with(0x9C9B, 1, utf16le("BSN 123456782 van Anna"));
    const auto iptc = "\x1C\x02\x78"s + big16(22) + "BSN 123456782 van Anna";
    const auto photoshop =
        "Photoshop 3.0\0"s + "8BIM" + big16(0x0404) + "\0\0"s + big32(iptc.size()) + iptc;
    const auto bytes = GENERATE_COPY(values<std::string>({
        png_with("tEXt", "Comment\0BSN 123456782 van Anna"s),
        png_with("zTXt", "Comment\0\0"s + packed("BSN 123456782 van Anna")),
        png_with("iTXt", "Comment\0\1\0nl\0Toelichting\0"s + packed("BSN 123456782 van Anna")),
        png_with("iTXt", "Comment\0\0\0\0\0BSN 123456782 van Anna"s),
        png_with("eXIf", exif),
        jpeg_with(0xFE, "BSN 123456782 van Anna"),
        jpeg_with(0xE1, "Exif\0\0"s + exif),
        jpeg_with(0xE1, "Exif\0\0"s + comment),
        jpeg_with(0xE1, "Exif\0\0"s + title),
        jpeg_with(0xED, photoshop),
        Drawing(1, 1).as(IFF_GIF).insert(13 + 768,
                                         "\x21\xFE\x16"
                                         "BSN 123456782 van Anna\0"s),
    }));
    const auto read = read_with_all_formats(bytes);
    INFO(read.reading.to_json());
    CHECK(read.whole());
    CHECK(read.hidden("image description"));
    CHECK(read.text("image description").find("BSN 123456782 van Anna") != std::string::npos);
}

TEST_CASE("XMP is read in every format that carries it") {
    const auto bytes = GENERATE_COPY(values<std::string>({
        png_with("iTXt", "XML:com.adobe.xmp\0\0\0\0\0"s + xmp),
        jpeg_with(0xE1, "http://ns.adobe.com/xap/1.0/\0"s + xmp),
        jpeg_with(0xE1, "Exif\0\0"s + exif_with(0x02BC, 1, xmp)),
        Drawing(1, 1).as(IFF_GIF).insert(13 + 768,
                                         "\x21\xFF\x0BXMP DataXMP"s + xmp + "\x01\xFF\xFE\0"s),
        Drawing(8, 8).as(IFF_WEBP) + "XMP " + u32le(xmp.size()) + xmp,
    }));
    const auto read = read_with_all_formats(bytes);
    INFO(read.reading.to_json());
    CHECK(read.hidden("image description (XMP)"));
    CHECK(read.text("image description (XMP)").find("dossier 123456782") != std::string::npos);
}

TEST_CASE("directories that lead in circles or nowhere end") {
    auto circle = exif_with(0x8769, 4, "");
    circle.replace(18, 4, u32le(8));
    for (const auto& exif : {circle, exif_with(0x010E, 2, "Anna").substr(0, 20),
                             "II*\0"s + u32le(0xFFFFFFFF), "MM\0*"s}) {
        const auto read = read_with_all_formats(jpeg_with(0xE1, "Exif\0\0"s + exif));
        CHECK(read.whole());
    }
}

TEST_CASE("a logo that was seen before costs nothing of the allowance") {
    const auto logo = drawn_letter({"Uitkeringsbureau Voorbeeld"}).png();
    CHECK(read_with_all_formats(logo).text("picture") == "Uitkeringsbureau Voorbeeld");
    Budget budget{Limits{}};
    Collector collector(all_formats(), budget);
    collector.read({logo, {}, {}, {}});
    CHECK(collector.take().fragments.size() == 1);
    CHECK(budget.spent().scan_pages == 0);
}
