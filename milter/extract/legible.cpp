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

// Dark on light in one bit, by a threshold of its own for each region.
Picture in_black_and_white(const Picture& picture) {
    PIX* bits = nullptr;
    constexpr l_int32 tile = 200;
    constexpr l_float32 score = 0.1F;
    if (pixOtsuAdaptiveThreshold(picture.pix(), tile, tile, 1, 1, score, nullptr, &bits) != 0)
        bits = pixThresholdToBinary(picture.pix(), 128);
    return checked(bits);
}

struct Letters {
    int count = 0;
    int specks = 0;
    double height = 0;  // of most of them: that of small letters
};

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
        else if (height <= tallest && width <= 4 * height && height <= 6 * width)
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
    if (height > best * 0.7 && height < best * 3) return 1;
    const double pixels =
        static_cast<double>(pixGetWidth(picture.pix())) * pixGetHeight(picture.pix());
    const double possible = std::sqrt(most_pixels / pixels);
    return std::clamp(best / height, 0.3, std::max(1.0, std::min(largest, possible)));
}

}  // namespace

Legible make_legible(const Picture& picture) {
    Legible out;
    // Where light is uneven the ground is made white all over.
    PIX* even = pixBackgroundNormSimple(picture.pix(), nullptr, nullptr);
    Picture level = even == nullptr ? checked(pixClone(picture.pix())) : Picture(even);
    Picture bits = in_black_and_white(level);
    const Letters letters = letters_of(bits);
    constexpr int most = 60'000;
    out.letters = letters.count;
    out.is_texture = letters.count + letters.specks > 4 * most;
    if (letters.count == 0 || out.is_texture) return out;

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
    out.picture = std::move(level);
    return out;
}

Picture turned(const Picture& picture, int quarters) {
    return checked(pixRotateOrth(picture.pix(), quarters & 3));
}

}  // namespace postwacht::extract
