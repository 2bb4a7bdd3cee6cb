#include "match/line_ends.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "match/characters.hpp"
#include "registry/person_keys.hpp"

namespace postwacht::match {
namespace {

constexpr std::string_view soft_hyphen = "\u00AD";
// Longer ones are no words; the search stays short.
constexpr std::size_t longest_half = 40;

constexpr bool is_capital(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_letter_byte(char c) noexcept {
    return is_ascii_letter(c) || is_capital(c) || !is_ascii(c);
}

// The hyphen that ends a text; empty if none does.
std::string_view hyphen_at_end(std::string_view line) noexcept {
    if (line.ends_with('-')) return line.substr(line.size() - 1);
    for (const std::string_view hyphen : {soft_hyphen, std::string_view("\u2010")})
        if (line.ends_with(hyphen)) return line.substr(line.size() - hyphen.size());
    return {};
}

std::string_view word_at_end(std::string_view text) noexcept {
    std::size_t begin = text.size();
    while (begin > 0 && text.size() - begin < longest_half && is_letter_byte(text[begin - 1]))
        --begin;
    return text.substr(begin);
}

std::string_view word_at_begin(std::string_view text) noexcept {
    std::size_t end = 0;
    while (end < text.size() && end < longest_half && is_letter_byte(text[end])) ++end;
    return text.substr(0, end);
}

class Joiner {
  public:
    Joiner(std::string_view text, const registry::Index& index, std::string& out)
        : text_(text), index_(index), out_(out) {}

    void join() {
        std::size_t copied = 0;
        for (std::size_t at = text_.find('\n'); at != std::string_view::npos;
             at = text_.find('\n', at + 1)) {
            const bool carriage_return = at > copied && text_[at - 1] == '\r';
            const std::size_t line_end = at - (carriage_return ? 1 : 0);
            const auto line = text_.substr(copied, line_end - copied);
            const auto hyphen = hyphen_at_end(line);
            if (hyphen.empty()) continue;
            const auto before = line.substr(0, line.size() - hyphen.size());
            const std::size_t next = skip_wrap(text_, at);
            if (!is_one_word(word_at_end(before), word_at_begin(text_.substr(next)))) continue;
            // What is left of the word and the signs behind it.
            std::size_t rest = next;
            while (rest < text_.size() &&
                   rest - next<longest_half&& static_cast<unsigned char>(text_[rest])> ' ')
                ++rest;
            out_ += before;
            out_ += text_.substr(next, rest - next);
            out_ += text_.substr(at, next - at);
            copied = rest;
            at = rest - 1;
        }
        out_ += text_.substr(copied);
    }

  private:
    bool is_one_word(std::string_view first, std::string_view second) {
        if (first.empty() || second.empty()) return false;
        const bool capital_before = is_capital(first.back());
        const bool capital_behind = is_capital(second.front());
        if (capital_before != capital_behind) return false;
        first_ = text::fold(first);
        second_ = text::fold(second);
        if (registry::is_particle(second_) || second_ == "en" || second_ == "of" ||
            second_ == "and" || second_ == "or")
            return false;
        if (is_surname(first_ + second_)) return true;
        const bool halves = is_surname(first_) && is_surname(second_);
        return capital_before ? !is_surname(first_) && !is_surname(second_) : !halves;
    }

    [[nodiscard]] bool is_surname(std::string_view word) const {
        std::string key;
        registry::append_name_key(word, key);
        return index_.may_be_surname(key);
    }

    std::string_view text_;
    const registry::Index& index_;
    std::string& out_;
    std::string first_;
    std::string second_;
};

}  // namespace

bool may_have_broken_words(std::string_view text) noexcept {
    for (std::size_t at = text.find('\n'); at != std::string_view::npos;
         at = text.find('\n', at + 1)) {
        std::size_t end = at;
        if (end > 0 && text[end - 1] == '\r') --end;
        const auto hyphen = hyphen_at_end(text.substr(0, end));
        if (!hyphen.empty() && end > hyphen.size() && is_letter_byte(text[end - hyphen.size() - 1]))
            return true;
    }
    return false;
}

void join_broken_words(std::string_view text, const registry::Index& index, std::string& out) {
    Joiner(text, index, out).join();
}

}  // namespace postwacht::match
