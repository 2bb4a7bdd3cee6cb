#include "pipeline/run_template.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

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
// Most are told apart by the first ones.
constexpr std::size_t first_bins = 24;
constexpr unsigned enough_bins = 16;

// What a character does in a word.
enum Kind : std::uint8_t {
    other = 0,
    small = 1,    // a letter that a word of the template is made of
    capital = 2,  // and what makes a word none of it
    digit = 4,
    blank = 8,
};

constexpr std::array<std::uint8_t, 256> kinds = [] {
    std::array<std::uint8_t, 256> table{};
    for (unsigned c = 0; c < table.size(); ++c) {
        if (c <= ' ') table[c] = blank;
        if (c >= '0' && c <= '9') table[c] = digit;
        if (c >= 'A' && c <= 'Z') table[c] = capital;
        if ((c >= 'a' && c <= 'z') || c >= 0x80) table[c] = small;
    }
    return table;
}();

// Takes the members of the set as they come.
class Sketch {
  public:
    explicit Sketch(std::uint64_t seed) : seed_(seed) { out_.least.fill(RunTemplate::nothing); }

    void add_kind(std::string_view type) { add(mixed(seeded_hash(type, seed_), seed_)); }

    // Looks at each character once.
    void add_text(std::string_view text) {
        std::size_t at = 0;
        while (at < text.size()) {
            std::uint64_t hash = seed_;
            unsigned letters = 0;
            unsigned seen = 0;
            unsigned ended = 0;    // letters before something that is none
            bool divided = false;  // and there were more behind that
            for (; at < text.size(); ++at) {
                const auto c = static_cast<unsigned char>(text[at]);
                const std::uint8_t kind = kinds[c];
                if (kind == small) {
                    hash = (hash ^ c) * 0x100000001B3ULL;
                    ++letters;
                    continue;
                }
                if (kind == blank) break;
                seen |= kind;
                divided = divided || (ended != 0 && letters > ended);
                if (c != '-') ended = letters;
            }
            divided = divided || (ended != 0 && letters > ended);
            ++at;
            if (seen != 0 || letters > 0) end_word(hash, letters, seen, divided);
        }
    }

    [[nodiscard]] const RunTemplate& result() const noexcept { return out_; }

  private:
    void end_word(std::uint64_t hash, unsigned letters, unsigned seen, bool divided) {
        const bool behind_number = std::exchange(behind_number_, (seen & digit) != 0);
        if (behind_number || letters < shortest_word || seen != 0 || divided) return;
        const std::uint64_t word = hash;
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
    const auto count = [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            same += a.least[i] == b.least[i] ? 1U : 0U;
            empty += (a.least[i] & b.least[i]) == RunTemplate::nothing ? 1U : 0U;
        }
    };
    // Of two letters of one template one in sixty thousand agrees in nothing so far.
    count(0, first_bins);
    if (same == empty && first_bins - empty >= enough_bins) return 0;
    count(first_bins, template_bins);
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
