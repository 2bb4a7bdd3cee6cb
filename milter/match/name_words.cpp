#include "match/name_words.hpp"

#include <algorithm>
#include <array>

namespace postwacht::match {
namespace {

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& words, std::string_view word) noexcept {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

bool is_title(std::string_view word) noexcept {
    static constexpr std::array<std::string_view, 25> titles = {
        "mevrouw", "mevr",    "mvr",  "mw",  "meneer", "mijnheer", "heer",  "heren", "dhr",
        "hr",      "familie", "mr",   "mrs", "ms",     "miss",     "dr",    "drs",   "ir",
        "fam",     "ing",     "prof", "mej", "wed",    "erven",    "weduwe"};
    return holds(titles, word);
}

bool is_name_label(std::string_view word) noexcept {
    // Not "straatnaam", "bedrijfsnaam" and "bestandsnaam".
    static constexpr std::array<std::string_view, 16> labels = {
        "naam",       "achternaam",   "familienaam", "geslachtsnaam", "meisjesnaam", "geboortenaam",
        "clientnaam", "name",         "surname",     "client",        "cliente",     "werknemer",
        "patient",    "werkneemster", "verzekerde",  "betrokkene"};
    return holds(labels, word);
}

bool is_abbreviation(std::string_view letters) noexcept {
    static constexpr std::array<std::string_view, 16> abbreviations = {
        "tav", "tnv", "dd", "ivm", "ovv", "mbt", "nav", "inz",
        "cq",  "pa",  "ev", "bv",  "nv",  "co",  "nb",  "ps"};
    return holds(abbreviations, letters);
}

bool is_long_initial(std::string_view word) noexcept {
    static constexpr std::array<std::string_view, 11> initials = {
        "th", "chr", "ph", "joh", "fr", "wm", "ij", "ed", "jac", "ch", "st"};
    return holds(initials, word);
}

bool is_behind_name(std::string_view word) noexcept {
    static constexpr std::array<std::string_view, 16> words = {
        "geb", "geboren", "geboortedatum", "born", "dob", "bsn",      "wonende", "woonachtig",
        "te",  "is",      "heeft",         "uit",  "met", "ontvangt", "wonend",  "adres"};
    return holds(words, word);
}

}  // namespace postwacht::match
