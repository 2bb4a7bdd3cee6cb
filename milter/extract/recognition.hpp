// Recognition: the words that a picture shows. Tesseract stays behind this wall.
//
// Pictures are read in Dutch and English. The engine is made when the first picture comes and kept
// as long as the process lives, since loading its models takes longer than reading a short letter.
//
// Guarantees: takes one page, and the time it takes, from the budget's allowance for scans; only
// the time where nothing in the picture has the size of a letter, or where it is a logo that was
// seen before (familiar_pictures.hpp). Never starts a thread where
// OMP_THREAD_LIMIT is 1. What it is not sure of at all is left away rather than guessed.
//
// Fails: over_budget where the allowance is spent, with the words that were read until then;
// unsupported where the models are not installed.
//
// Known limits: handwriting; letters smaller than some eight pixels; white letters on a dark ground
// are read where they stand in a block. Finding the lines of a page cannot be stopped half-way, so
// the time may be overstepped by as long as that takes.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/budget.hpp"
#include "extract/picture.hpp"
#include "extract/reading.hpp"

namespace postwacht::extract {

struct Words {
    std::string text;  // a line each, '\t' where a column begins; empty where there are none
    std::optional<Why> missing;
};

[[nodiscard]] Words recognise(const Picture& picture, Budget& budget);
// The same of a picture that is made only where there is something left for it; making it is paid
// from the same allowance. `damaged` where it cannot be made.
[[nodiscard]] Words recognise(const std::function<Picture()>& make, Budget& budget);

// The folder of the models, for the sandbox to leave open.
[[nodiscard]] std::string models_of_recognition();

}  // namespace postwacht::extract
