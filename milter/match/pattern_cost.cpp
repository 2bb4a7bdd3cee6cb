#include "match/pattern_cost.hpp"

#include <algorithm>
#include <vector>

#include "match/characters.hpp"

namespace postwacht::match {
namespace {

// More than that is too much in any case, and sums of it do not overflow.
constexpr std::uint64_t too_many = 1U << 30U;
constexpr std::uint64_t weight_of_property = 3;

class Reader {
  public:
    explicit Reader(std::string_view regex) : regex_(regex) {}

    std::uint64_t run() {
        groups_.push_back(0);
        while (at_ < regex_.size()) {
            const char c = regex_[at_];
            if (c == '(') {
                ++at_;
                groups_.push_back(0);
                continue;
            }
            if (c == ')' && groups_.size() > 1) {
                ++at_;
                const std::uint64_t inside = groups_.back();
                groups_.pop_back();
                add(inside);
                continue;
            }
            add(read_atom());
        }
        std::uint64_t sum = 0;  // groups that never end are libhs's to complain of
        for (const std::uint64_t group : groups_) sum = std::min(sum + group, too_many);
        return sum;
    }

  private:
    // The weight of one character, escape or class.
    std::uint64_t read_atom() {
        const char c = regex_[at_++];
        if (c == '.') return 1;
        if (c == '\\') return read_escape();
        if (c == '[') return read_class();
        return 0;
    }

    std::uint64_t read_escape() {
        if (at_ == regex_.size()) return 0;
        const char c = regex_[at_++];
        const bool braced = at_ < regex_.size() && regex_[at_] == '{';
        if ((c == 'p' || c == 'P' || c == 'x') && braced)
            at_ = std::min(regex_.find('}', at_), regex_.size() - 1) + 1;
        if (c == 'p' || c == 'P' || c == 'X') return weight_of_property;
        // All that is no word, digit or blank: most of Unicode.
        return c == 'W' || c == 'D' || c == 'S' ? 1 : 0;
    }

    std::uint64_t read_class() {
        std::uint64_t weight = 0;
        if (at_ < regex_.size() && regex_[at_] == '^') {
            weight = 1;
            ++at_;
        }
        for (bool first = true; at_ < regex_.size(); first = false) {
            const char c = regex_[at_++];
            if (c == ']' && !first) break;
            if (c == '\\')
                weight = std::max(weight, read_escape());
            else if (!is_ascii(c))
                weight = std::max<std::uint64_t>(weight, 1);
        }
        return weight;
    }

    // Adds what was just read, as often as what follows repeats it.
    void add(std::uint64_t weight) {
        const std::uint64_t times = read_repeat();
        groups_.back() = std::min(groups_.back() + std::min(weight * times, too_many), too_many);
    }

    // "{3}", "{3,}", "{3,7}": 3, 3, 7. "*", "+" and "?" are loops and write nothing out.
    std::uint64_t read_repeat() {
        if (at_ >= regex_.size() || regex_[at_] != '{') return 1;
        std::size_t at = at_ + 1;
        std::uint64_t number = 0;
        std::uint64_t last = 0;
        bool digits = false;
        for (; at < regex_.size() && regex_[at] != '}'; ++at) {
            if (regex_[at] == ',') {
                last = number;
                number = 0;
            } else if (is_digit(regex_[at])) {
                digits = true;
                number = std::min<std::uint64_t>(
                    number * 10 + static_cast<std::uint64_t>(regex_[at] - '0'), 1U << 15U);
            } else {
                return 1;  // a brace that stands for itself
            }
        }
        if (!digits || at == regex_.size()) return 1;
        at_ = at + 1;
        return std::max<std::uint64_t>({number, last, 1});
    }

    std::string_view regex_;
    std::size_t at_ = 0;
    std::vector<std::uint64_t> groups_;
};

}  // namespace

std::uint64_t wide_characters(std::string_view regex) {
    return Reader(regex).run();
}

}  // namespace postwacht::match
