#include "extract/legible.hpp"

#include <leptonica/allheaders.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>
#include <vector>

namespace postwacht::extract {
namespace {

Picture checked(PIX* pix) {
    Picture picture(pix);
    if (!picture) throw std::bad_alloc();
    return picture;
}

// How dark ink is, by the darkest dots: as many as a short word has on a page. A threshold by
// regions would find ink in the noise of empty ones.
struct Levels {
    l_uint32 ink = 0;
    l_uint32 ground = 255;
};

Levels levels_of(const Picture& picture) {
    Levels levels;
    constexpr l_float32 darkest = 0.0002F;
    constexpr l_float32 most = 0.7F;
    pixGetRankValue(picture.pix(), 1, darkest, &levels.ink);
    pixGetRankValue(picture.pix(), 1, most, &levels.ground);
    return levels;
}

Picture in_black_and_white(const Picture& picture) {
    const Levels levels = levels_of(picture);
    return checked(pixThresholdToBinary(picture.pix(),
                                        static_cast<l_int32>((levels.ink + levels.ground) / 2)));
}

// Faint ink becomes black and the ground white, with what noise there is in it. Good ink stays as
// it is: thin strokes would become thinner.
Picture in_full_contrast(const Picture& picture) {
    const auto [ink, ground] = levels_of(picture);
    constexpr l_uint32 good = 160;
    if (ground <= ink || ground - ink > good) return picture.clone();
    const auto black = static_cast<l_int32>(ink);
    const auto white = static_cast<l_int32>(ground - (ground - ink) / 4);
    return checked(pixGammaTRC(nullptr, picture.pix(), 1.0F, black, white));
}

struct Letters {
    int count = 0;
    int specks = 0;
    double height = 0;  // of most of them: that of small letters
    // So many specks that they are no dots and commas.
    [[nodiscard]] bool is_noise() const noexcept {
        constexpr int many = 2'000;
        constexpr int most = 60'000;
        return (specks > many && specks > 4 * count) || specks + count > most;
    }
};

// Light letters on a dark ground become dark ones on a light ground; where light is uneven the
// ground is made white all over.
Picture evenly_lit(const Picture& picture) {
    l_uint32 middle = 0;
    constexpr l_uint32 dark = 100;
    pixGetRankValue(picture.pix(), 1, 0.5F, &middle);
    Picture light = picture.clone();
    if (middle < dark) light = checked(pixInvert(nullptr, picture.pix()));
    PIX* even = pixBackgroundNormSimple(light.pix(), nullptr, nullptr);
    return even == nullptr ? std::move(light) : Picture(even);
}

Letters letters_of(const Picture& bits) {
    Letters letters;
    BOXA* boxes = pixConnCompBB(bits.pix(), 8);
    std::vector<int> heights;
    const l_int32 count = boxaGetCount(boxes);
    const l_int32 tallest = std::min(200, pixGetHeight(bits.pix()) * 3 / 4);
    for (l_int32 i = 0; i < count; ++i) {
        l_int32 width = 0;
        l_int32 height = 0;
        boxaGetBoxGeometry(boxes, i, nullptr, nullptr, &width, &height);
        constexpr l_int32 lowest = 5;
        if (height < lowest)
            ++letters.specks;
        else if (height <= tallest && width <= 20 * height && height <= 6 * width)
            heights.push_back(height);
    }
    boxaDestroy(&boxes);
    letters.count = static_cast<int>(heights.size());
    if (heights.empty()) return letters;
    const auto middle = heights.begin() + static_cast<std::ptrdiff_t>(heights.size() / 2);
    std::nth_element(heights.begin(), middle, heights.end());
    letters.height = *middle;
    return letters;
}

// The factor that brings letters of this height to the one that is read best.
double enlargement(double height, const Picture& picture) {
    constexpr double best = 22;
    constexpr double largest = 4;
    constexpr double most_pixels = 16e6;
    if (height > best * 0.7 && height < best * 1.8) return 1;
    const double pixels =
        static_cast<double>(pixGetWidth(picture.pix())) * pixGetHeight(picture.pix());
    const double possible = std::sqrt(most_pixels / pixels);
    return std::clamp(best / height, 0.3, std::max(1.0, std::min(largest, possible)));
}

// How often a page must be turned to stand upright, as far as the letters that reach above and
// below their lines tell; 0 where they do not.
int quarters_to_upright(const Picture& picture) {
    l_float32 up = 0;
    l_float32 left = 0;
    l_int32 lies = L_TEXT_ORIENT_UNKNOWN;
    const Picture bits = in_black_and_white(picture);
    if (pixOrientDetect(bits.pix(), &up, &left, 0, 0) != 0 ||
        makeOrientDecision(up, left, 0, 0, &lies, 0) != 0)
        return 0;
    switch (lies) {
        case L_TEXT_ORIENT_LEFT:
            return 1;
        case L_TEXT_ORIENT_DOWN:
            return 2;
        case L_TEXT_ORIENT_RIGHT:
            return 3;
        default:
            return 0;
    }
}

}  // namespace

Legible make_legible(const Picture& picture) {
    Legible out;
    Picture level = evenly_lit(picture);
    Picture bits = in_black_and_white(level);
    Letters letters = letters_of(bits);
    if (letters.is_noise()) {
        level = checked(pixBlockconvGray(level.pix(), nullptr, 1, 1));
        bits = in_black_and_white(level);
        letters = letters_of(bits);
    }
    // Noise that is left goes as neighbours become one.
    while (letters.is_noise()) {
        constexpr l_float32 half = 0.5F;
        constexpr l_int32 smallest = 400;
        if (std::min(pixGetWidth(level.pix()), pixGetHeight(level.pix())) < smallest) break;
        level = checked(pixScaleAreaMap(level.pix(), half, half));
        bits = in_black_and_white(level);
        letters = letters_of(bits);
    }
    out.letters = letters.count;
    if (letters.count == 0) return out;
    level = in_full_contrast(level);

    const double factor = enlargement(letters.height, picture);
    if (factor != 1) {
        const auto scale = static_cast<l_float32>(factor);
        level = checked(pixScale(level.pix(), scale, scale));
    }
    l_float32 angle = 0;
    l_float32 confidence = 0;
    constexpr l_float32 least_angle = 0.3F;
    constexpr l_float32 least_confidence = 3.0F;
    if (pixFindSkew(bits.pix(), &angle, &confidence) == 0 && std::abs(angle) > least_angle &&
        confidence > least_confidence) {
        constexpr l_float32 degree = 3.14159265F / 180;
        level = checked(
            pixRotate(level.pix(), angle * degree, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0));
    }
    if (const int quarters = quarters_to_upright(level); quarters != 0)
        level = turned(level, quarters);
    out.picture = std::move(level);
    return out;
}

Picture turned(const Picture& picture, int quarters) {
    return checked(pixRotateOrth(picture.pix(), quarters & 3));
}

}  // namespace postwacht::extract
