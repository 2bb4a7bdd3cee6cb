// policy_cost: what loading a policy costs, and what its words cost when a letter is scanned.
//
// Loads each shipped policy, and two made ones: 10 categories with 40 terms each, and 500 with
// 20,000 terms in all. Scans the same letter with both. Times are of CPU, medians of several rounds
// that alternate, so that a busy machine disturbs both alike.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "policy/policy.hpp"

using namespace postwacht;
using policy::Policy;

namespace {

constexpr int rounds = 9;
constexpr int terms_each = 40;

double milliseconds() {
    return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

std::shared_ptr<const Policy> load(std::string_view text, const char* name) {
    auto loaded = Policy::parse(text, name);
    if (loaded) return *loaded;
    std::fprintf(stderr, "policy_cost: %s\n", loaded.error().message().c_str());
    std::exit(1);
}

double load_time(std::string_view text, const char* name, int times) {
    std::vector<double> took;
    for (int i = 0; i < times; ++i) {
        const double begin = milliseconds();
        load(text, name);
        took.push_back(milliseconds() - begin);
    }
    return median(took);
}

// Words of four syllables that look like words, each another one, as unlike each other as words
// are.
std::string word(std::uint32_t number) {
    static constexpr std::array<const char*, 32> syllables = {
        "be",   "ge",   "ver",  "aan", "uit", "ker",  "slui", "ter",  "dos",  "sier", "keu",
        "rin",  "toe",  "slag", "pre", "mie", "taal", "her",  "stel", "op",   "nam",  "lof",
        "ziek", "werk", "loo",  "vor", "der", "ing",  "bez",  "waar", "mand", "huis"};
    // A bijection (xorshift and an odd factor), so that no two numbers give the same word.
    number = (number ^ (number >> 9U)) * 0x9E3779B1U & 0xFFFFFU;
    std::string out;
    for (int i = 0; i < 4; ++i, number >>= 5U) out += syllables[number & 31U];
    return out;
}

std::string made_policy(unsigned categories) {
    std::string text = "[policy]\nname = \"made\"\n[scope]\nown_domains = [\"agency.example\"]\n";
    std::string rows =
        "[disclosure]\npersonal_data = { self = \"accept\", \"*\" = \"quarantine\" }\n";
    for (unsigned i = 0; i < categories; ++i) {
        const std::string name = "category_" + std::to_string(i);
        text += "[categories." + name + "]\nterms = [";
        for (unsigned j = 0; j < terms_each; ++j) text += "\"" + word(i * terms_each + j) + "\", ";
        text += "]\n";
        rows += name + " = { self = \"accept\", \"*\" = \"quarantine\" }\n";
    }
    return text + rows;
}

// A letter of some 8 KB in which a few of the words stand.
std::string letter() {
    std::string text;
    for (unsigned i = 0; text.size() < 8192; ++i) {
        text += "Geachte mevrouw, hierbij ontvangt u bericht over uw aanvraag van 3 maart. ";
        if (i % 10 == 0) text += word(i) + ' ';
    }
    return text::fold(text);
}

double scan_time(const Policy& policy, const std::string& folded) {
    constexpr int repeats = 400;
    std::vector<match::Hit> hits;
    const double begin = milliseconds();
    for (int i = 0; i < repeats; ++i) {
        hits.clear();
        if (!policy.vocabulary().scan(folded, hits)) std::exit(1);
    }
    return 1000.0 * (milliseconds() - begin) / repeats;
}

}  // namespace

int main() {
    for (const std::string_view name : policy::shipped_policy_names()) {
        const std::string file = std::string(name) + ".toml";
        std::printf("%-24s loads in %8.1f ms\n", file.c_str(),
                    load_time(policy::shipped_policy(name), file.c_str(), rounds));
    }
    const std::string small_text = made_policy(10);
    const std::string large_text = made_policy(500);
    std::printf("%-24s loads in %8.1f ms\n", "10 categories", load_time(small_text, "s.toml", 3));
    std::printf("%-24s loads in %8.1f ms\n", "500 categories", load_time(large_text, "l.toml", 1));
    const auto small = load(small_text, "s.toml");
    const auto large = load(large_text, "l.toml");
    const std::string text = letter();
    std::vector<double> small_took;
    std::vector<double> large_took;
    for (int i = 0; i < rounds; ++i) {
        small_took.push_back(scan_time(*small, text));
        large_took.push_back(scan_time(*large, text));
    }
    std::printf("a letter of %zu bytes is scanned in %.1f us and %.1f us, ratio %.2f\n",
                text.size(), median(small_took), median(large_took),
                median(large_took) / median(small_took));
    return 0;
}
