#include "match/named_places.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "match/characters.hpp"
#include "registry/person_keys.hpp"

namespace postwacht::match {
namespace {

// A salutation and an address stand at the beginning; behind that come quotes and appendices.
constexpr std::size_t most_lines = 60;
constexpr std::uint32_t longest_line = 200;
constexpr std::size_t lines_of_an_address = 4;
constexpr std::size_t most_name_words = 5;
constexpr std::size_t shortest_surname = 3;
constexpr std::size_t most_text = 32U << 10U;

bool is_one_of(std::string_view word, const auto& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_title(std::string_view word) {
    static constexpr std::array<std::string_view, 24> titles = {
        "heer", "mevrouw", "mevr",  "mw",  "meneer", "mijnheer",   "dhr",      "hr",
        "mr",   "mrs",     "ms",    "mej", "miss",   "dr",         "drs",      "ir",
        "ing",  "prof",    "madam", "sir", "de",     "mejuffrouw", "juffrouw", "the"};
    return is_one_of(word, titles);
}
// Of the titles those that say that a person follows. "de" and "the" only stand before one.
bool is_telling(std::string_view word) {
    return is_title(word) && word != "de" && word != "the";
}

// Titles of a profession: in the name of a file they are before who wrote it or acts for the person
// ("verklaring dr. jansen.pdf", "brief mr. de wit.pdf").
bool is_of_a_profession(std::string_view word) {
    static constexpr std::array<std::string_view, 6> titles = {"mr", "dr",  "drs",
                                                               "ir", "ing", "prof"};
    return is_one_of(word, titles);
}

bool is_joining(std::string_view word) {
    static constexpr std::array<std::string_view, 4> words = {"en", "of", "and", "or"};
    return is_one_of(word, words);
}

// What the name of a role or a body would be, and words that follow a title without naming anybody.
bool is_no_name(std::string_view word) {
    static constexpr std::array<std::string_view, 26> words = {
        "voorzitter", "secretaris", "directeur", "wethouder", "burgemeester", "minister",
        "notaris",    "advocaat",   "dokter",    "collega",   "relatie",      "klant",
        "client",     "lezer",      "bewoner",   "ouder",     "ouders",       "verzorger",
        "verzorgers", "werkgever",  "werknemer", "familie",   "officier",     "rechter",
        "onbekend",   "naam"};
    return is_one_of(word, words);
}

constexpr bool is_name_byte(char c) noexcept {
    return is_ascii_letter(c) || !is_ascii(c);
}

// Reads a name that begins at `at`: titles, initials and particles, then the surname. Nothing where
// no title is before it, or where what follows is a sentence and no name. Nor of "heer en mevrouw":
// a couple has the name of one of them. `open`: other words may follow the name, as in a file name.
std::optional<std::string> titled_surname(std::string_view text, std::size_t at, bool open) {
    bool titled = false;
    bool joined = false;  // "heer en"; "heer/mevrouw" is one of whom it is not known which
    std::vector<std::string_view> words;
    while (at < text.size()) {
        const char c = text[at];
        const bool ends = c == ',' || c == ':' || c == ';' || c == '!' || c == '(' || c == '\t' ||
                          is_digit(c) || c == '@';
        if (ends) break;
        if (!is_name_byte(c)) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && is_name_byte(text[end])) ++end;
        const auto word = text.substr(at, end - at);
        at = end;
        if (words.empty() && (is_title(word) || is_joining(word))) {
            if (joined && is_telling(word)) return std::nullopt;
            if (is_joining(word)) joined = titled && (word == "en" || word == "and");
            titled = titled || is_telling(word);
            continue;
        }
        if (!titled) return std::nullopt;  // "geachte klant", a line of some other kind
        if (word.size() == 1 || registry::is_particle(word)) continue;
        if (is_no_name(word)) return std::nullopt;
        words.push_back(word);
        if (open) break;
        if (words.size() == most_name_words) return std::nullopt;
    }
    if (!titled || words.empty()) return std::nullopt;
    const auto longest = *std::max_element(
        words.begin(), words.end(),
        [](std::string_view a, std::string_view b) { return a.size() < b.size(); });
    if (longest.size() < shortest_surname) return std::nullopt;
    return std::string(longest);
}

std::string_view trimmed(std::string_view line) {
    const auto first = line.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view() : line.substr(first);
}

// Where the name of a salutation begins; npos where the line is none.
std::size_t behind_greeting(std::string_view line) {
    static constexpr std::array<std::string_view, 8> greetings = {
        "zeer geachte ", "geachte ", "beste ", "hooggeachte ",
        "dear ",         "hallo ",   "hello ", "weledelgeachte "};
    for (const std::string_view greeting : greetings)
        if (line.starts_with(greeting)) return greeting.size();
    return std::string_view::npos;
}

// "> ", "-----original message", "van: ...": from here on somebody else's letter follows.
bool begins_quote(std::string_view line) {
    static constexpr std::array<std::string_view, 12> starts = {
        ">",           "-----",       "_____",     "van: ",        "from: ",    "doorgestuurd",
        "begin doorg", "oorspronkel", "forwarded", "begin forwar", "original ", "verzonden: "};
    const bool told = line.ends_with("schreef:") || line.ends_with("het volgende:") ||
                      line.ends_with("geschreven:") || line.ends_with("wrote:");
    return told || std::any_of(starts.begin(), starts.end(),
                               [line](std::string_view start) { return line.starts_with(start); });
}

// From here on the letter tells whom it is from.
bool is_closing(std::string_view line) {
    static constexpr std::array<std::string_view, 9> closings = {
        "met vriendelijke gr", "met hartelijke gr", "hoogachtend",   "vriendelijke gr", "groet",
        "kind regards",        "best regards",      "yours sincere", "yours faithf"};
    return std::any_of(closings.begin(), closings.end(),
                       [line](std::string_view closing) { return line.starts_with(closing); });
}

// A firm, or somebody who gets it for another.
bool is_of_an_organisation(std::string_view line) {
    static constexpr std::array<std::string_view, 32> signs = {
        " b.v.",      " bv",        " n.v.",   " nv",      "stichting", "gemeente ",  "t.a.v",
        "tav ",       "c/o",        "p/a",     "afdeling", "postbus",   "vereniging", "attn",
        "advoca",     "kantoor",    "notaris", "praktijk", "huisarts",  "ziekenhuis", "basisschool",
        "accountant", "bewindvo",   " v.o.f.", " vof",     "maatschap", "adviseur",   "adviesbur",
        "holding",    "instelling", "kliniek", "makelaar"};
    return std::any_of(signs.begin(), signs.end(), [line](std::string_view sign) {
        return line.find(sign) != std::string_view::npos;
    });
}

// In the name of a file: a letter by or to somebody who acts for the person, or employs them.
bool speaks_of_an_adviser(std::string_view name) {
    static constexpr std::array<std::string_view, 7> signs = {
        "machtiging", "volmacht", "werkgever", "bedrijfsarts", "behandelaar", "getuig", "tolk"};
    return std::any_of(signs.begin(), signs.end(), [name](std::string_view sign) {
        return name.find(sign) != std::string_view::npos;
    });
}

class Search {
  public:
    Search(const Unit& unit, const std::vector<PostcodeSpan>& postcodes)
        : unit_(unit), postcodes_(postcodes) {}

    std::vector<NamedPlace> run() {
        const auto& lines = unit_.lines();
        for (std::size_t i = 0; i < std::min(lines.size(), most_lines); ++i) {
            const std::string& place = unit_.piece_of(lines[i]).fragment->where;
            if (place == "file name") {
                read_file_name(i);
                continue;
            }
            const auto line = trimmed(text_of(i));
            if (begins_quote(line)) break;
            if (!salutation_) read_salutation(i, line);
            closed_ = closed_ || is_closing(line);
            if (!closed_) last_of_letter_ = i;
        }
        read_address();
        return std::move(found_);
    }

  private:
    [[nodiscard]] std::string_view text_of(std::size_t number) const {
        const Line& line = unit_.lines()[number];
        const std::uint32_t size = std::min(line.end - line.begin, longest_line);
        return std::string_view(unit_.text()).substr(line.begin, size);
    }

    void add(NamedAt at, std::size_t line, std::string text, std::string surname) {
        found_.push_back({at, unit_.lines()[line].begin, std::move(text), std::move(surname)});
    }

    void read_salutation(std::size_t number, std::string_view line) {
        const std::size_t name = behind_greeting(line);
        if (name == std::string_view::npos) return;
        salutation_ = true;  // the first one counts, also where it names nobody
        auto surname = titled_surname(line, name, false);
        if (!surname) return;
        // "Geachte heer Jansen,", and in the next line "geachte mevrouw Bos,".
        std::string text(line);
        if (number + 1 < unit_.lines().size()) {
            const auto next = trimmed(text_of(number + 1));
            if (behind_greeting(next) != std::string_view::npos) text += ' ' + std::string(next);
        }
        add(NamedAt::salutation, number, std::move(text), *std::move(surname));
    }

    // "besluit_mevrouw_de_vries.pdf"
    void read_file_name(std::size_t number) {
        std::string name(text_of(number));
        if (is_of_an_organisation(name) || is_for_another(name) || speaks_of_an_adviser(name))
            return;
        name.resize(std::min(name.rfind('.'), name.size()));
        for (char& c : name)
            if (!is_name_byte(c) && !is_digit(c)) c = ' ';
        for (std::size_t at = 0; at < name.size();) {
            std::size_t end = at;
            while (end < name.size() && is_name_byte(name[end])) ++end;
            const auto word = std::string_view(name).substr(at, end - at);
            if (is_telling(word)) {
                if (is_of_a_profession(word)) return;
                if (auto surname = titled_surname(name, at, true))
                    add(NamedAt::file_name, number, name, *std::move(surname));
                return;
            }
            at = end + 1;
        }
    }

    // The lines above the first postcode, which may be that of a signature or of a quoted letter.
    void read_address() {
        if (postcodes_.empty()) return;
        const std::size_t last = unit_.line_at(postcodes_.front().begin);
        if (last >= most_lines || last > last_of_letter_) return;
        const std::size_t first = last > lines_of_an_address ? last - lines_of_an_address : 0;
        std::optional<std::pair<std::size_t, std::string>> named;
        for (std::size_t i = last; i-- > first;) {
            const Line& line = unit_.lines()[i];
            if (line.blank() || line.piece != unit_.lines()[last].piece) break;
            const auto text = trimmed(text_of(i));
            if (is_of_an_organisation(text)) return;
            const std::size_t name = text.starts_with("aan ") ? 4 : 0;
            if (auto surname = titled_surname(text, name, false)) named = {i, *std::move(surname)};
        }
        if (named)
            add(NamedAt::address_block, named->first, std::string(trimmed(text_of(named->first))),
                std::move(named->second));
    }

    const Unit& unit_;
    const std::vector<PostcodeSpan>& postcodes_;
    bool salutation_ = false;
    bool closed_ = false;
    std::size_t last_of_letter_ = 0;
    std::vector<NamedPlace> found_;
};

// "jansen" and "janssen": who writes one may mean the other. Short names are too near to others.
bool is_nearly(std::string_view a, std::string_view b) {
    if (a == b) return true;
    constexpr std::size_t shortest = 4;
    constexpr std::size_t longest = 40;  // the distance takes time in proportion to both
    const std::size_t size = std::min(a.size(), b.size());
    if (size < shortest || std::max(a.size(), b.size()) > longest) return false;
    return text::edit_distance(a, b) <= (size > 7 ? 2 : 1);
}

}  // namespace

bool begins_letter(std::string_view folded) {
    constexpr std::size_t lines_of_a_head = 20;
    static constexpr std::array<std::string_view, 9> references = {
        "betreft", "onderwerp", "ons kenmerk", "uw kenmerk", "kenmerk",
        "our ref", "your ref",  "subject",     "regarding"};
    bool address = false;
    bool reference = false;
    std::vector<PostcodeSpan> postcodes;
    for (std::size_t number = 0; number < most_lines && !folded.empty(); ++number) {
        const auto end = folded.find('\n');
        const auto line = trimmed(folded.substr(0, end));
        folded.remove_prefix(end == std::string_view::npos ? folded.size() : end + 1);
        if (behind_greeting(line) != std::string_view::npos) return true;
        if (number >= lines_of_a_head) continue;
        if (postcodes.empty()) find_postcodes(line, postcodes);
        address = !postcodes.empty();
        reference = reference || std::any_of(references.begin(), references.end(),
                                             [line](auto word) { return line.starts_with(word); });
        if (address && reference) return true;
    }
    return false;
}

std::vector<NamedPlace> find_named_places(const Unit& unit,
                                          const std::vector<PostcodeSpan>& postcodes) {
    return Search(unit, postcodes).run();
}

bool names_somebody_else(const NamedPlace& place, const NameForms& person) {
    if (person.surnames.empty()) return false;
    // With the initials of somebody else, or in a double name, it still may be the person.
    for (const std::string& word : registry::name_words(place.text)) {
        const auto is_word = [&word](const std::string& name) { return is_nearly(word, name); };
        if (std::any_of(
                person.surnames.begin(), person.surnames.end(),
                [&is_word](const SurnameForm& form) { return is_word(form.words[form.main]); }) ||
            std::any_of(person.given_names.begin(), person.given_names.end(), is_word))
            return false;
    }
    return true;
}

bool is_for_another(std::string_view folded) noexcept {
    static constexpr std::array<std::string_view, 44> signs = {
        "namens",        "gemachtigd", "bewindvoer", "curator",    "curatele",    "mentor",
        "vertegenwoord", "voogd",      "ouder",      "verzorger",  "kind",        "zoon",
        "dochter",       "partner",    "echtgeno",   "overleden",  "overlijden",  "nabestaande",
        "erven",         "weduwe",     "werkne",     "medewerker", "uw client",   "patient",
        "leerling",      "collega",    "on behalf",  "guardian",   "employee",    "your son",
        "your daughter", "your child", "spouse",     "deceased",   "vader",       "moeder",
        "mantelzorg",    "erfgenaam",  "uw man",     "uw vrouw",   "meisjesnaam", "naamswijziging",
        "achternaam",    "maiden name"};
    folded = folded.substr(0, most_text);
    return std::any_of(signs.begin(), signs.end(), [folded](std::string_view sign) {
        return folded.find(sign) != std::string_view::npos;
    });
}

}  // namespace postwacht::match
