// Progress: tells how far a build is, a few hundred times in all.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string_view>

namespace postwacht::registry {

class Progress {
  public:
    using Report = std::function<void(std::string_view what, double share)>;

    // `total` is the bytes of all steps together, as well as that is known.
    Progress(const Report& report, std::uint64_t total)
        : report_(&report), total_(std::max<std::uint64_t>(total, 1)) {}

    void begin(const char* what) {
        what_ = what;
        done_before_ += done_;
        done_ = 0;
        tell();
    }
    // Bytes of the current step that are done.
    void at(std::uint64_t done) {
        done_ = done;
        if (done_before_ + done_ >= next_) tell();
    }

  private:
    void tell() {
        const std::uint64_t done = done_before_ + done_;
        next_ = done + total_ / 200 + 1;
        if (*report_)
            (*report_)(what_,
                       std::min(1.0, static_cast<double>(done) / static_cast<double>(total_)));
    }

    const Report* report_;
    std::uint64_t total_;
    const char* what_ = "";
    std::uint64_t done_before_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t next_ = 0;
};

}  // namespace postwacht::registry
