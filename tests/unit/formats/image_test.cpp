#include "extract/image.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "unit/formats/drawn_letter.hpp"
#include "unit/formats/read_with.hpp"

using namespace postwacht;
using namespace postwacht::extract;

namespace {

const std::vector<std::string> letter = {"Geachte mevrouw De Vries,",
                                         "Burgerservicenummer 123456782", "Geboren op 12-03-1985"};

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
