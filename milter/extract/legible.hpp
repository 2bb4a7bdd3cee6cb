// Legible: makes of a picture what character recognition reads best. Internal to the room.
//
// Uneven light is evened out, noise is averaged away, letters that are too small or too large are
// brought to the size that the models were trained on, lines that lean are set straight, and pages
// that lie on a side or their head are turned, where letters tell that.
#pragma once

#include "extract/picture.hpp"

namespace postwacht::extract {

struct Legible {
    Picture picture;
    // How many things in it have the size of letters. Without any there is nothing to read.
    int letters = 0;
};

[[nodiscard]] Legible make_legible(const Picture& picture);
// The same turned by so many quarters, clockwise.
[[nodiscard]] Picture turned(const Picture& picture, int quarters);

}  // namespace postwacht::extract
