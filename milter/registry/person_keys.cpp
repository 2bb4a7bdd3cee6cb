#include "registry/person_keys.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace postwacht::registry {
namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_word_byte(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80U;
}

// Letters that are written as two where a keyboard or a form lacks them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> written_out = {
    {{"ä", "ae"},
     {"ö", "oe"},
     {"ü", "ue"},
     {"å", "aa"},
     {"ø", "oe"},
     {"Ä", "ae"},
     {"Ö", "oe"},
     {"Ü", "ue"},
     {"Å", "aa"},
     {"Ø", "oe"}}};

std::string write_out_umlauts(std::string_view name) {
    std::string out(name);
    for (const auto& [letter, plain] : written_out)
        for (auto at = out.find(letter); at != std::string::npos;
             at = out.find(letter, at + plain.size()))
            out.replace(at, letter.size(), plain);
    return out;
}

void add_once(std::vector<std::vector<std::string>>& to, std::vector<std::string> words) {
    if (words.empty() || std::find(to.begin(), to.end(), words) != to.end()) return;
    to.push_back(std::move(words));
}

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += word;
    return all;
}

}  // namespace

std::vector<std::string> name_words(std::string_view name) {
    const std::string folded = text::fold(name);
    std::vector<std::string> words;
    bool inside = false;
    for (const char c : folded) {
        const bool word = is_word_byte(c);
        if (word && !inside) words.emplace_back();
        if (word) words.back() += c;
        inside = word;
    }
    return words;
}

bool is_particle(std::string_view folded_word) noexcept {
    static constexpr std::array<std::string_view, 40> particles = {
        "van", "de",  "der", "den", "het", "t",   "s",    "in",    "op",   "aan",
        "bij", "ten", "ter", "te",  "tot", "uit", "over", "onder", "voor", "von",
        "vom", "zu",  "zum", "zur", "la",  "le",  "les",  "l",     "du",   "des",
        "d",   "da",  "di",  "do",  "dos", "del", "el",   "al",    "ben",  "v"};
    return std::find(particles.begin(), particles.end(), folded_word) != particles.end();
}

std::vector<std::size_t> telling_words(const std::vector<std::string>& words) {
    constexpr std::size_t shortest = 4;
    std::vector<std::size_t> telling;
    for (std::size_t i = 0; i < words.size(); ++i)
        if (words[i].size() >= shortest && !is_particle(words[i])) telling.push_back(i);
    return telling;
}

std::size_t main_word(const std::vector<std::string>& words) noexcept {
    std::size_t best = 0;
    std::size_t best_size = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::size_t size = is_particle(words[i]) ? 0 : words[i].size();
        if (size <= best_size) continue;
        best = i;
        best_size = size;
    }
    return best;
}

std::vector<std::vector<std::string>> spellings(std::string_view prefix, std::string_view surname) {
    std::vector<std::vector<std::string>> all;
    auto words = name_words(surname);
    if (words.empty()) return all;
    auto whole = name_words(prefix);
    whole.insert(whole.end(), words.begin(), words.end());
    const std::string without_blanks = joined(words);
    const bool several = words.size() > 1;
    const auto first_telling = std::find_if_not(
        words.begin(), words.end(), [](const std::string& word) { return is_particle(word); });
    std::vector<std::string> without_particles(first_telling, words.end());
    all.push_back(std::move(words));
    if (several) {
        add_once(all, std::move(without_particles));
        add_once(all, {without_blanks});
    }
    if (whole.size() > all.front().size()) add_once(all, {joined(whole)});
    const bool plain = std::all_of(surname.begin(), surname.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
    if (!plain) add_once(all, name_words(write_out_umlauts(surname)));
    return all;
}

void append_name_key(std::string_view folded_word, std::string& out) {
    for (std::size_t i = 0; i < folded_word.size(); ++i) {
        const bool digraph =
            folded_word[i] == 'i' && i + 1 < folded_word.size() && folded_word[i + 1] == 'j';
        out += digraph ? 'y' : folded_word[i];
        if (digraph) ++i;
    }
}

std::vector<std::string> surname_keys(const Subject& subject) {
    std::vector<std::string> keys;
    const auto add_word = [&keys](std::string_view word) {
        std::string key;
        append_name_key(word, key);
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
    };
    const auto add = [&add_word](std::string_view prefix, std::string_view surname) {
        for (const auto& words : spellings(prefix, surname)) {
            add_word(words[main_word(words)]);
            for (const std::size_t i : telling_words(words)) add_word(words[i]);
        }
    };
    add(subject.prefix, subject.surname);
    add(subject.partner_prefix, subject.partner_surname);
    return keys;
}

namespace {
constexpr std::size_t longest_short = 6;
}  // namespace

std::array<std::string, 3> name_ends(std::string_view surname_key) {
    constexpr std::size_t length = 3;
    const auto ends = [surname_key](std::size_t first, std::size_t last) {
        return std::string(surname_key.substr(0, first)) + '*' +
               std::string(surname_key.substr(surname_key.size() - last));
    };
    const bool short_name = surname_key.size() <= longest_short + 1;
    return {ends(length, 0), ends(0, length), short_name ? ends(2, 2) : std::string()};
}

std::vector<std::string> short_name_remnants(std::string_view surname_key) {
    std::vector<std::string> remnants;
    const bool ascii = std::all_of(surname_key.begin(), surname_key.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
    if (surname_key.size() != shortest_misspelled || !ascii) return remnants;
    for (std::size_t i = 0; i < surname_key.size(); ++i) {
        std::string rest = "-";
        rest += surname_key.substr(0, i);
        rest += surname_key.substr(i + 1);
        if (std::find(remnants.begin(), remnants.end(), rest) == remnants.end())
            remnants.push_back(std::move(rest));
    }
    return remnants;
}

std::vector<std::string> surname_ends(const Subject& subject) {
    std::vector<std::string> ends;
    for (const std::string& surname : {subject.surname, subject.partner_surname}) {
        const auto words = name_words(surname);
        for (const std::size_t i : telling_words(words)) {
            std::string key;
            append_name_key(words[i], key);
            if (key.size() < shortest_misspellable) {
                for (std::string& rest : short_name_remnants(key))
                    if (std::find(ends.begin(), ends.end(), rest) == ends.end())
                        ends.push_back(std::move(rest));
                continue;
            }
            auto of_word = name_ends(key);
            // Only in a name of five or six letters an error may spoil both ends.
            if (key.size() > longest_short) of_word[2].clear();
            for (std::string& end : of_word)
                if (!end.empty() && std::find(ends.begin(), ends.end(), end) == ends.end())
                    ends.push_back(std::move(end));
        }
    }
    return ends;
}

std::string name_birth_date_key(std::string_view surname_key, Date born) {
    std::string key(surname_key);
    key += ' ';
    const auto year = static_cast<unsigned>(static_cast<int>(born.year()));
    const unsigned digits = year * 10000 + static_cast<unsigned>(born.month()) * 100 +
                            static_cast<unsigned>(born.day());
    for (unsigned scale = 10'000'000; scale > 0; scale /= 10)
        key += static_cast<char>('0' + digits / scale % 10);
    return key;
}

std::string address_key(std::string_view postcode, std::string_view house_number) {
    std::string key(postcode);
    key += ' ';
    while (house_number.size() > 1 && house_number.front() == '0') house_number.remove_prefix(1);
    for (const char c : house_number) {
        if (!is_digit(c)) break;
        key += c;
    }
    return key;
}

}  // namespace postwacht::registry
