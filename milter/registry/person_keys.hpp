// Person keys: under which values a person is found by name and birth date, and by address.
//
// A name is looked up by one word: the longest of a surname that is no particle ("meer" of "van der
// Meer"), folded, with "ij" as "y". Each surname, the person's own and the partner's, has a word of
// its own, and further ones for how it may be written otherwise: in one word ("vandermeer",
// "elamrani"), by one word of several ("lopez"), and with its umlauts written out ("schoenberg").
// What a text says around the word decides whether it names the person; that is the matcher's work.
// A name with a typing error in it is looked up by its ends, of which one error leaves at least one
// as it was, and one of four letters by what is left of it without one of them.
//
// Pure functions. The values they give are hashed like any other and never stored in clear.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "registry/types.hpp"

namespace postwacht::registry {

// A name as words: folded, split at everything that is no letter or digit.
[[nodiscard]] std::vector<std::string> name_words(std::string_view name);
// "van", "der", "el": words before a surname, which tell nobody from another.
[[nodiscard]] bool is_particle(std::string_view folded_word) noexcept;
// The positions of the words that tell a surname of several words apart: "garcia" and "lopez". Of
// four letters or more, and no particles.
[[nodiscard]] std::vector<std::size_t> telling_words(const std::vector<std::string>& words);
// The position of the word that a surname is looked up by. `words` is not empty.
[[nodiscard]] std::size_t main_word(const std::vector<std::string>& words) noexcept;

// The ways in which a surname and its prefix may be spelled, as words; the plain one first. Empty
// where there is no surname.
[[nodiscard]] std::vector<std::vector<std::string>> spellings(std::string_view prefix,
                                                              std::string_view surname);

// A folded word in the form in which names are looked up: "ij" becomes "y".
void append_name_key(std::string_view folded_word, std::string& out);

// The words, in that form, that a person is looked up by. Distinct.
[[nodiscard]] std::vector<std::string> surname_keys(const Subject& subject);

// A surname with a typing error may be written with no fewer letters, and is not shorter itself.
constexpr std::size_t shortest_misspelled = 4;
// A shorter one has no ends to speak of.
constexpr std::size_t shortest_misspellable = 5;
// What a name of four letters is looked up by where one of them is wrong or two are exchanged: what
// is left without each of its letters, "-mit", "-sit", "-smt" and "-smi" of "smit". Empty for other
// lengths, and for letters outside ASCII. One with a letter too many is found by leaving out each.
[[nodiscard]] std::vector<std::string> short_name_remnants(std::string_view surname_key);
// What a misspelled name is looked up by in place of a word: "jan*" and "*sen" of "jansen", which
// is given in the form in which names are looked up and has at least `shortest_misspelled` bytes.
// A word of up to seven letters also by two letters of both ends, "me*er" of "meyer", as an error
// in the third of five letters, or two exchanged in the middle of six, spoil the others; else the
// last is empty. Limit: of five letters the second and third, or the third and fourth, exchanged.
[[nodiscard]] std::array<std::string, 3> name_ends(std::string_view surname_key);
// Those of the person's surnames as they are registered, remnants of short ones among them.
// Distinct.
[[nodiscard]] std::vector<std::string> surname_ends(const Subject& subject);

// The values of Key::name_birth_date and Key::address. `house_number` may have an addition, which
// does not count: a letter and the registry seldom write it alike.
[[nodiscard]] std::string name_birth_date_key(std::string_view surname_key, Date born);
[[nodiscard]] std::string address_key(std::string_view postcode, std::string_view house_number);

}  // namespace postwacht::registry
