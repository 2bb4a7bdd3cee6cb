#include "programs/progress_line.hpp"

#include <unistd.h>

#include "base/files.hpp"
#include "base/format.hpp"

namespace postwacht::programs {

ProgressLine::ProgressLine() : on_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
    clear();
}

void ProgressLine::show(std::string_view what, double share) {
    if (!on_) return;
    const int percent = static_cast<int>(share * 100);
    if (percent == last_percent_ && what == last_what_) return;
    last_percent_ = percent;
    last_what_ = what;
    (void)write_all(STDERR_FILENO, format("\r\x1b[K{} {} %", what, percent));
    drawn_ = true;
}

void ProgressLine::clear() {
    if (drawn_) (void)write_all(STDERR_FILENO, "\r\x1b[K");
    drawn_ = false;
}

}  // namespace postwacht::programs
