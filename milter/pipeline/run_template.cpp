#include "pipeline/run_template.hpp"

#include <algorithm>
#include <charconv>

#include "base/format.hpp"

namespace postwacht::pipeline {
namespace {

constexpr std::size_t shortest_word = 4;
constexpr std::size_t hex_digits = 4;  // of one bin
// Letters of one template of which every other sentence depends on the case share about half.
constexpr double least_likeness = 0.5;
// Where there is little to compare, chance agrees sooner.
constexpr unsigned few_bins = 8;
constexpr double least_likeness_of_few = 0.8;

constexpr bool is_blank(unsigned char c) noexcept {
    return c <= ' ';
}
constexpr bool is_digit(unsigned char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_small_letter(unsigned char c) noexcept {
    return (c >= 'a' && c <= 'z') || c >= 0x80;
}
constexpr bool is_word_character(unsigned char c) noexcept {
    return is_small_letter(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

std::string_view without_punctuation(std::string_view token) noexcept {
    while (!token.empty() && !is_word_character(static_cast<unsigned char>(token.front())))
        token.remove_prefix(1);
    while (!token.empty() && !is_word_character(static_cast<unsigned char>(token.back())))
        token.remove_suffix(1);
    return token;
}

// Takes the members of the set as they come.
class Sketch {
  public:
    explicit Sketch(std::uint64_t seed) : seed_(seed) { out_.least.fill(RunTemplate::nothing); }

    void add_kind(std::string_view type) { add(mixed(seeded_hash(type, seed_), seed_)); }

    void add_text(std::string_view text) {
        std::size_t at = 0;
        while (at < text.size()) {
            while (at < text.size() && is_blank(static_cast<unsigned char>(text[at]))) ++at;
            std::size_t end = at;
            while (end < text.size() && !is_blank(static_cast<unsigned char>(text[end]))) ++end;
            if (end > at) add_token(without_punctuation(text.substr(at, end - at)));
            at = end;
        }
    }

    [[nodiscard]] const RunTemplate& result() const noexcept { return out_; }

  private:
    void add_token(std::string_view token) {
        const bool behind_number = behind_number_;
        behind_number_ = std::any_of(token.begin(), token.end(), [](char c) {
            return is_digit(static_cast<unsigned char>(c));
        });
        if (behind_number || token.size() < shortest_word) return;
        const bool is_word = std::all_of(token.begin(), token.end(), [](char c) {
            return is_small_letter(static_cast<unsigned char>(c)) || c == '-';
        });
        if (!is_word) return;
        const std::uint64_t word = seeded_hash(token, seed_);
        add(mixed(before_, word));
        before_ = word;
    }

    void add(std::uint64_t member) {
        const auto bin = static_cast<std::size_t>(member >> 58U);
        const auto value = static_cast<std::uint16_t>((member >> 16U) & 0xFFFFU);
        // The greatest value stands for an empty bin.
        out_.least[bin] =
            std::min<std::uint16_t>(out_.least[bin], std::min<std::uint16_t>(value, 0xFFFE));
    }

    std::uint64_t seed_;
    std::uint64_t before_ = 0;
    bool behind_number_ = false;
    RunTemplate out_;
};

// Of the header the subject line alone: the rest is about the recipient or the program.
bool is_template_text(const extract::Reading& reading, const extract::Fragment& fragment) {
    if (fragment.part >= reading.parts.size() || reading.parts[fragment.part].path != "0")
        return true;
    return fragment.where == "Subject";
}

}  // namespace

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t h = a * 0x9E3779B97F4A7C15ULL + b;
    h = (h ^ (h >> 33U)) * 0xFF51AFD7ED558CCDULL;
    h = (h ^ (h >> 33U)) * 0xC4CEB9FE1A85EC53ULL;
    return h ^ (h >> 33U);
}

std::uint64_t seeded_hash(std::string_view text, std::uint64_t seed) noexcept {
    std::uint64_t h = seed ^ 0xCBF29CE484222325ULL;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    return mixed(h, seed);
}

RunTemplate template_of(const extract::Reading& reading, std::uint64_t seed) {
    Sketch sketch(seed);
    for (const extract::PartInfo& part : reading.parts) sketch.add_kind(part.type);
    std::size_t room = most_template_text;
    for (const extract::Fragment& fragment : reading.fragments) {
        if (room == 0) break;
        if (!is_template_text(reading, fragment)) continue;
        const auto text = std::string_view(fragment.text).substr(0, room);
        sketch.add_text(text);
        room -= text.size();
    }
    return sketch.result();
}

double likeness(const RunTemplate& a, const RunTemplate& b) noexcept {
    unsigned same = 0;
    unsigned empty = 0;
    for (std::size_t i = 0; i < template_bins; ++i) {
        same += a.least[i] == b.least[i] ? 1U : 0U;
        empty += (a.least[i] & b.least[i]) == RunTemplate::nothing ? 1U : 0U;
    }
    const unsigned used = template_bins - empty;
    if (used == 0) return 1;
    const double share = static_cast<double>(same - empty) / used;
    return share >= (used < few_bins ? least_likeness_of_few : least_likeness) ? share : 0;
}

std::string RunTemplate::to_hex() const {
    std::string out;
    out.reserve(template_bins * hex_digits);
    for (const std::uint16_t value : least) out += format("{:04x}", value);
    return out;
}

bool RunTemplate::from_hex(std::string_view digits, RunTemplate& out) {
    if (digits.size() != template_bins * hex_digits) return false;
    for (std::size_t i = 0; i < template_bins; ++i) {
        const char* begin = digits.data() + i * hex_digits;
        const auto [end, error] =
            std::from_chars(begin, begin + hex_digits, out.least[i], /*base=*/16);
        if (error != std::errc() || end != begin + hex_digits) return false;
    }
    return true;
}

}  // namespace postwacht::pipeline
