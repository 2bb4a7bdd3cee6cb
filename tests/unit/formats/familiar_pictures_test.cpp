#include "extract/familiar_pictures.hpp"

#include <catch2/catch.hpp>

#include "unit/formats/drawn_letter.hpp"

using namespace postwacht::extract;

namespace {

Picture picture_with(int dot, int width = 60) {
    Drawing drawing(width, 20);
    pixSetPixel(drawing.pix(), dot, 3, 0);
    return Picture(pixCopy(nullptr, drawing.pix()));
}

}  // namespace

TEST_CASE("a picture that was seen is known again, and no other") {
    FamiliarPictures familiar;
    familiar.remember(picture_with(1), "Uitkeringsbureau");
    familiar.remember(picture_with(2), "");
    CHECK(familiar.words_of(picture_with(1)) == "Uitkeringsbureau");
    CHECK(familiar.words_of(picture_with(2)) == "");
    CHECK_FALSE(familiar.words_of(picture_with(3)));
    CHECK_FALSE(familiar.words_of(picture_with(1, 61)));
}

TEST_CASE("what a letter says does not stay behind, nor does what is large") {
    FamiliarPictures familiar;
    familiar.remember(picture_with(1), "BSN 123456782");
    familiar.remember(picture_with(2), std::string(300, 'x'));
    familiar.remember(picture_with(3, 60'000), "logo");
    CHECK_FALSE(familiar.words_of(picture_with(1)));
    CHECK_FALSE(familiar.words_of(picture_with(2)));
    CHECK_FALSE(familiar.words_of(picture_with(3, 60'000)));
}

TEST_CASE("the picture that was not seen for longest makes room") {
    FamiliarPictures familiar;
    for (int dot = 0; dot < static_cast<int>(FamiliarPictures::most); ++dot)
        familiar.remember(picture_with(dot), "logo");
    CHECK(familiar.words_of(picture_with(0)));
    familiar.remember(picture_with(50), "logo");
    CHECK(familiar.words_of(picture_with(0)));
    CHECK_FALSE(familiar.words_of(picture_with(1)));
    CHECK(familiar.words_of(picture_with(50)));
}
