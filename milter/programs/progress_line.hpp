// ProgressLine: progress on one line of a terminal; nothing where stderr is a file.
#pragma once

#include <string>
#include <string_view>

namespace postwacht::programs {

class ProgressLine {
  public:
    ProgressLine();
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    // `share` from 0 to 1.
    void show(std::string_view what, double share);
    // Before something else is written to stderr.
    void clear();

  private:
    bool on_;
    bool drawn_ = false;
    int last_percent_ = -1;
    std::string last_what_;
};

}  // namespace postwacht::programs
