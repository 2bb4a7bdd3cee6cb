#include "extract/familiar_pictures.hpp"

#include <leptonica/allheaders.h>

#include <algorithm>
#include <utility>

namespace postwacht::extract {
namespace {

std::int64_t dots_of(const Picture& picture) {
    return std::int64_t{pixGetWidth(picture.pix())} * pixGetHeight(picture.pix());
}

bool are_equal(const Picture& a, const Picture& b) {
    if (pixGetWidth(a.pix()) != pixGetWidth(b.pix()) ||
        pixGetHeight(a.pix()) != pixGetHeight(b.pix()))
        return false;
    l_int32 same = 0;
    return pixEqual(a.pix(), b.pix(), &same) == 0 && same != 0;
}

}  // namespace

std::optional<std::string> FamiliarPictures::words_of(const Picture& picture) {
    const auto found = std::find_if(known_.begin(), known_.end(), [&](const Known& known) {
        return are_equal(known.picture, picture);
    });
    if (found == known_.end()) return std::nullopt;
    std::rotate(known_.begin(), found, found + 1);
    return known_.front().words;
}

void FamiliarPictures::remember(const Picture& picture, const std::string& words) {
    constexpr std::size_t few_words = 200;
    const bool has_digit =
        std::any_of(words.begin(), words.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (dots_of(picture) > most_dots || words.size() > few_words || has_digit) return;
    known_.push_front({picture.clone(), words});
    if (known_.size() > most) known_.pop_back();
}

}  // namespace postwacht::extract
