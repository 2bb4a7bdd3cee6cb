#include "match/pattern_gaps.hpp"

#include <algorithm>
#include <vector>

namespace postwacht::match {
namespace {

// Quote marks as many as skip_wrap() takes. With a bound libhs looks at a gap only where a word of
// the pattern was found; without one it follows the pattern through the whole text.
constexpr std::string_view gap = "(?:[ \\t]|[ \\t]?\\n[ \\t>|]{0,16})";

class Rewriter {
  public:
    explicit Rewriter(std::string_view regex) : regex_(regex) {}

    std::string run() {
        while (at_ < regex_.size()) {
            const char c = regex_[at_];
            if (c == '\\') {
                escape();
            } else if (c == '[') {
                copy_to(end_of_class());
            } else if (c == '(') {
                open();
            } else if (c == ')') {
                if (ignores_blanks_.size() > 1) ignores_blanks_.pop_back();
                copy(1);
            } else if (c == '#' && ignores_blanks_.back()) {
                copy_to(behind("\n", at_));
            } else if (c == ' ' && !ignores_blanks_.back()) {
                out_ += gap;
                ++at_;
            } else {
                copy(1);
            }
        }
        return std::move(out_);
    }

  private:
    void copy_to(std::size_t end) {
        end = std::min(end, regex_.size());
        out_ += regex_.substr(at_, end - at_);
        at_ = end;
    }
    void copy(std::size_t size) { copy_to(at_ + size); }

    [[nodiscard]] std::size_t behind(std::string_view what, std::size_t from) const {
        const std::size_t found = regex_.find(what, from);
        return found == std::string_view::npos ? regex_.size() : found + what.size();
    }

    void escape() {
        const bool quote = regex_.substr(at_).starts_with("\\Q");
        copy(2);
        if (!quote) return;
        const std::size_t end = behind("\\E", at_);
        for (; at_ < end; ++at_) {
            if (regex_[at_] == ' ')
                out_.append("\\E").append(gap).append("\\Q");
            else
                out_ += regex_[at_];
        }
    }

    // Behind the class that begins here. A ']' at its begin stands for itself, and "[:alpha:]" is
    // one of its members.
    [[nodiscard]] std::size_t end_of_class() const {
        std::size_t at = at_ + 1;
        if (at < regex_.size() && regex_[at] == '^') ++at;
        for (bool first = true; at < regex_.size(); first = false) {
            const auto rest = regex_.substr(at);
            if (rest[0] == ']' && !first) return at + 1;
            if (rest.starts_with("[:") && rest.find(":]") != std::string_view::npos)
                at = behind(":]", at);
            else
                at += rest[0] == '\\' ? 2 : 1;
        }
        return regex_.size();
    }

    // A group, a comment "(?# )", flags for a group "(?x: )" or for the rest of this one "(?x)".
    void open() {
        const auto rest = regex_.substr(at_);
        if (rest.starts_with("(?#")) {
            copy_to(behind(")", at_));
            return;
        }
        bool ignores = ignores_blanks_.back();
        std::size_t end = 1;
        if (rest.starts_with("(?")) {
            bool on = true;
            for (end = 2; end < rest.size() && is_flag(rest[end]); ++end) {
                if (rest[end] == '-') on = false;
                if (rest[end] == 'x') ignores = on;
            }
            if (end < rest.size() && rest[end] == ')') {
                ignores_blanks_.back() = ignores;
                copy(end + 1);
                return;
            }
        }
        ignores_blanks_.push_back(ignores);
        copy(end);
    }

    static constexpr bool is_flag(char c) noexcept {
        return c == '-' || c == 'i' || c == 'm' || c == 's' || c == 'x';
    }

    std::string_view regex_;
    std::size_t at_ = 0;
    std::vector<bool> ignores_blanks_{false};  // by the groups that are open
    std::string out_;
};

}  // namespace

std::string with_gaps(std::string_view regex) {
    return Rewriter(regex).run();
}

}  // namespace postwacht::match
