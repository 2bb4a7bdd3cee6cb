#include "match/names.hpp"

#include <algorithm>
#include <array>

#include "match/characters.hpp"
#include "match/labelled_names.hpp"
#include "match/name_words.hpp"
#include "registry/mailboxes.hpp"
#include "registry/person_keys.hpp"

namespace postwacht::match {
namespace {

constexpr std::size_t short_surname = 3;
constexpr std::size_t longest_word = 40;
constexpr int most_words_around = 8;

constexpr bool is_name_byte(char c) noexcept {
    return is_ascii_letter(c) || !is_ascii(c);
}

bool holds(const std::vector<std::string>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// What may stand between the words of one name: "de-vries", "d' hont", "jansen - de vries", and
// "de<vries" on a passport.
constexpr bool is_name_gap(char c) noexcept {
    return c == ' ' || c == '-' || c == '\'' || c == '.' || c == '\n' || c == '<';
}
std::size_t skip_name_gap(std::string_view text, std::size_t at) noexcept {
    const std::size_t limit = std::min(text.size(), at + 4);
    while (at < limit && is_name_gap(text[at])) {
        if (text[at] == '\n') return skip_wrap(text, at);
        ++at;
    }
    return at;
}
std::size_t skip_name_gap_back(std::string_view text, std::size_t at) noexcept {
    at = skip_wrap_back(text, at);
    const std::size_t limit = at > 4 ? at - 4 : 0;
    while (at > limit && is_name_gap(text[at - 1])) --at;
    return at;
}

// The surname whose word number `pivot` stands at `at`; nothing if the other words are not there.
std::optional<Span> surname_at(std::string_view text, std::size_t at,
                               const std::vector<std::string>& words, std::size_t pivot) {
    std::size_t begin = at;
    for (std::size_t i = pivot; i-- > 0;) {
        const std::size_t end = skip_name_gap_back(text, begin);
        if (!text.substr(0, end).ends_with(words[i])) return std::nullopt;
        begin = end - words[i].size();
    }
    std::size_t end = at + words[pivot].size();
    for (std::size_t i = pivot + 1; i < words.size(); ++i) {
        const std::size_t next = skip_name_gap(text, end);
        if (!text.substr(next).starts_with(words[i])) return std::nullopt;
        end = next + words[i].size();
    }
    if (word_ends_at(text, begin) || word_begins_at(text, end)) return std::nullopt;
    return Span{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

// "jansen" in "p.jansen@post.example" or "jansen.example" names an address, not the person.
bool in_address(std::string_view text, Span name) noexcept {
    const auto at = [&](std::size_t i) { return i < text.size() ? text[i] : fragment_end; };
    if (at(name.end) == '@' || (name.begin > 0 && text[name.begin - 1] == '@')) return true;
    return at(name.end) == '.' && is_ascii_letter(at(name.end + 1)) &&
           is_ascii_letter(at(name.end + 2));
}

// One word and where it stands.
struct Word {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view text;

    [[nodiscard]] bool empty() const noexcept { return begin == end; }
};

Word word_ending_at(std::string_view text, std::size_t end) noexcept {
    std::size_t begin = end;
    while (begin > 0 && end - begin < longest_word && is_name_byte(text[begin - 1])) --begin;
    return {begin, end, text.substr(begin, end - begin)};
}
Word word_beginning_at(std::string_view text, std::size_t begin) noexcept {
    std::size_t end = begin;
    while (end < text.size() && end - begin < longest_word && is_name_byte(text[end])) ++end;
    return {begin, end, text.substr(begin, end - begin)};
}

// Reads what stands around one surname.
class Surroundings {
  public:
    Surroundings(std::string_view text, const NameForms& forms, const SurnameForm& form,
                 NameReading& reading)
        : text_(text), forms_(forms), form_(form), reading_(reading) {}

    void read() {
        read_left();
        if (reading_.agreement == Agreement::silent) read_right();
        if (reading_.agreement == Agreement::silent && reading_.both) agree(0);
    }

  private:
    // "mevr. j.m. jansen-de [vries]": from the surname to the left.
    void read_left() {
        std::size_t at = reading_.span.begin;
        const bool hyphen = at > 0 && text_[at - 1] == '-';
        std::string reversed;
        bool dotted = false;
        bool spaced = false;   // "d. d.", which is no abbreviation
        bool spelled = false;  // a prefix of more than a letter was read
        for (int i = 0; i < most_words_around; ++i) {
            const std::size_t end = gap_back(at);
            spaced = spaced || (!reversed.empty() && at > 0 && text_[at - 1] == ' ');
            const Word word = word_ending_at(text_, end);
            if (word.empty() || word.end == at) {
                reading_.companion = reading_.companion || labels_name(end);
                break;
            }
            if (text_.substr(word.end, 1) == "\t" && is_name_label(word.text)) {
                reading_.companion = true;
                break;
            }
            const bool dot = text_.substr(word.end, 1) == ".";
            at = word.begin;
            if (reversed.empty()) {
                if (const auto begin = contraction(word)) {
                    reading_.companion = spelled = true;
                    at = *begin;
                    continue;
                }
            }
            if (reversed.empty() && is_prefix(word, dot && !spelled)) {
                reading_.placed = reading_.placed || names_place(word.text);
                reading_.companion = reading_.companion || holds(forms_.prefixes, word.text);
                spelled = spelled || word.text.size() > 1;
                continue;
            }
            if (reversed.empty() && is_other_surname(word)) {
                reading_.both = true;
                reading_.span.begin = static_cast<std::uint32_t>(word.begin);
                continue;
            }
            if (is_title(word.text)) {
                reading_.companion = true;
                reading_.family =
                    word.text == "familie" || word.text == "fam" || word.text == "erven";
                read_titles(word);
                break;
            }
            if (holds(forms_.given_names, word.text)) return agree(fit_of_given(word.text));
            if (is_initial(word.text, dot)) {
                reversed += word.text[0];
                dotted = dotted || dot;
                continue;
            }
            if (reversed.empty() && is_bare_initials(word.text)) return agree();
            if (reversed.empty() && hyphen && text_.substr(word.end, 1) == "-")
                reading_.joined = true;
            break;
        }
        std::reverse(reversed.begin(), reversed.end());
        compare(reversed, dotted, spaced);
    }

    // "[vries]-jansen, mevr. j.m. de", "[vries]\tj.m.\tde": from the surname to the right.
    void read_right() {
        std::size_t at = reading_.span.end;
        at = read_hyphenated(at);
        at = skip_between(at);
        std::string initials;
        bool dotted = false;
        bool ended = false;
        for (int i = 0; i < most_words_around && !ended; ++i) {
            const Word word = word_beginning_at(text_, at);
            if (word.empty()) break;
            const bool dot = text_.substr(word.end, 1) == ".";
            if (initials.empty() && (is_title(word.text) || is_prefix(word, false))) {
                if (is_title(word.text)) read_title_behind(word);
                at = skip_between(word.end + (dot ? 1 : 0));
                continue;
            }
            if (initials.empty() && holds(forms_.given_names, word.text))
                return agree(fit_of_given(word.text));
            if (initials.empty() && is_bare_initials(word.text) && closes(word.end)) return agree();
            if (!is_initial(word.text, dot)) break;
            initials += word.text[0];
            dotted = dotted || dot;
            at = word.end + (dot ? 1 : 0);
            ended = closes(at);
            if (!ended && text_.substr(at, 1) == " ") ++at;
        }
        // Initials that another surname follows are of the next person in an enumeration.
        if (ended) compare(initials, dotted, true);
    }

    // "in bergen", "te den bosch": unless the person's own prefix is that.
    [[nodiscard]] bool names_place(std::string_view word) const {
        return (word == "te" || word == "in" || word == "uit" || word == "naar") &&
               !holds(forms_.prefixes, word) && word != forms_.initials;
    }

    // The titles up to this one: "mevrouw drs." says a woman, "de heer/mevrouw" either.
    void read_titles(Word title) {
        Sex sex = Sex::unknown;
        for (int i = 0; i < 3 && is_title(title.text); ++i) {
            const Sex one = sex_of_title(title.text);
            if (one != Sex::unknown && sex != Sex::unknown && one != sex) return;
            if (one != Sex::unknown) sex = one;
            title = word_before(title);
        }
        oppose(sex);
    }
    // "de wit, mevr. j." and "de wit, dhr./mevr."
    void read_title_behind(const Word& title) {
        const Word next = word_beginning_at(text_, skip_signs(title.end));
        const Sex sex = sex_of_title(title.text);
        const Sex other = sex_of_title(next.text);
        if (other == Sex::unknown || other == sex) oppose(sex);
    }
    // The word before, "en", "of", "and" and "or" left aside.
    [[nodiscard]] Word word_before(const Word& word) const noexcept {
        Word before = word;
        for (int i = 0; i < 2; ++i) {
            std::size_t end = before.begin;
            const std::size_t limit = end > 4 ? end - 4 : 0;
            while (end > limit && is_title_sign(text_[end - 1])) --end;
            before = word_ending_at(text_, end);
            if (before.text != "en" && before.text != "of" && before.text != "and" &&
                before.text != "or")
                break;
        }
        return before;
    }
    [[nodiscard]] std::size_t skip_signs(std::size_t at) const noexcept {
        const std::size_t limit = std::min(text_.size(), at + 4);
        while (at < limit && is_title_sign(text_[at])) ++at;
        return at;
    }
    static bool is_title_sign(char c) noexcept {
        return c == ' ' || c == '.' || c == '/' || c == ',' || c == '(' || c == ')' || c == '&' ||
               c == '-';
    }
    void oppose(Sex title) noexcept {
        reading_.opposed =
            title != Sex::unknown && forms_.sex != Sex::unknown && title != forms_.sex;
    }

    std::size_t read_hyphenated(std::size_t at) {
        std::size_t next = at;
        while (text_.substr(next, 1) == " ") ++next;
        const bool hyphen = text_.substr(next, 1) == "-";
        if (hyphen) ++next;
        while (text_.substr(next, 1) == " ") ++next;
        std::size_t end = at;
        for (int i = 0; i < 4; ++i) {
            const Word word = word_beginning_at(text_, next);
            if (word.empty()) break;
            if (is_other_surname(word)) {
                reading_.both = true;
                reading_.span.end = static_cast<std::uint32_t>(word.end);
                return word.end;
            }
            if (!is_prefix(word, false)) {
                if (hyphen) {
                    reading_.joined = true;
                    end = word.end;
                }
                break;
            }
            next = skip_name_gap(text_, word.end);
        }
        return end;
    }

    [[nodiscard]] std::size_t gap_back(std::size_t at) const noexcept {
        const std::size_t wrap = skip_wrap_back(text_, at);
        if (wrap != at && !is_row_before(wrap)) at = wrap;
        const std::size_t limit = at > 4 ? at - 4 : 0;
        while (at > limit && (is_name_gap(text_[at - 1]) || is_cell_end(at - 1))) {
            if (text_[at - 1] == '\n' && is_row_before(at - 1)) break;
            --at;
        }
        return at;
    }
    // A tab, or a separator with no blank behind it as in a file of separated values.
    [[nodiscard]] bool is_cell_end(std::size_t at) const noexcept {
        if (text_[at] == '\t') return true;
        return (text_[at] == ';' || text_[at] == ',') && at + 1 < text_.size() &&
               text_[at + 1] != ' ' && text_[at + 1] != '\n';
    }
    // Whether the line that ends at `at` is a row of a table: its last cell is of somebody else.
    [[nodiscard]] bool is_row_before(std::size_t at) const noexcept {
        const std::size_t limit = at > 200 ? at - 200 : 0;
        while (at > limit && text_[at - 1] != '\n')
            if (text_[--at] == '\t') return true;
        return false;
    }
    [[nodiscard]] std::size_t skip_between(std::size_t at) const noexcept {
        const std::size_t limit = std::min(text_.size(), at + 4);
        while (at < limit && (text_[at] == ' ' || text_[at] == ',' || text_[at] == '\t' ||
                              text_[at] == '(' || text_[at] == '\'' || text_[at] == ';'))
            ++at;
        return at;
    }
    // Whether initials that end here are not followed by a surname.
    [[nodiscard]] bool closes(std::size_t at) const {
        while (text_.substr(at, 1) == " ") ++at;
        const Word word = word_beginning_at(text_, at);
        if (word.empty() || is_prefix(word, true) || is_title(word.text)) return true;
        // "pol, g. vd" and "pol, g. v/d"
        const Word last = text_.substr(word.end, 1) == "/" && word.text.size() == 1
                              ? word_beginning_at(text_, word.end + 1)
                              : word;
        if (contraction(last)) return true;
        return is_behind_name(word.text);
    }

    // "naam: "
    [[nodiscard]] bool labels_name(std::size_t end) const {
        if (end == 0 || text_[end - 1] != ':') return false;
        while (end > 1 && (text_[end - 1] == ':' || text_[end - 1] == ' ')) --end;
        return is_name_label(word_ending_at(text_, end).text);
    }
    // "vd" or "v/d" for the person's "van der", of which this is the last word: where it begins.
    [[nodiscard]] std::optional<std::size_t> contraction(const Word& word) const {
        constexpr std::size_t longest = 4;
        if (word.text.size() > longest) return std::nullopt;
        std::string letters(word.text);
        std::size_t begin = word.begin;
        if (letters.size() == 1) {
            if (begin < 2 || text_[begin - 1] != '/') return std::nullopt;
            const Word before = word_ending_at(text_, begin - 1);
            if (before.text.size() != 1) return std::nullopt;
            letters.insert(0, before.text);
            begin = before.begin;
        }
        std::string own;
        for (const std::string& prefix : forms_.prefixes) own += prefix[0];
        return letters.size() > 1 && own.find(letters) != std::string::npos ? std::optional(begin)
                                                                            : std::nullopt;
    }
    // `shortened`: with a stop behind it a letter may be the first of a prefix ("v.d. meer").
    [[nodiscard]] bool is_prefix(const Word& word, bool shortened) const {
        // "oo'brien", by a slip of the finger.
        if (word.text == "oo" && text_.substr(word.end, 1) == "'") return true;
        if (word.text.size() > 1)
            return registry::is_particle(word.text) || holds(forms_.prefixes, word.text);
        // A letter alone is one in "'t veld" and "d'hont"; else it rather is an initial.
        const bool quoted =
            (word.begin > 0 && text_[word.begin - 1] == '\'') || text_.substr(word.end, 1) == "'";
        if (quoted) return registry::is_particle(word.text) || word.text == "o";
        return shortened && text_.substr(word.end, 1) == "." &&
               std::any_of(forms_.prefixes.begin(), forms_.prefixes.end(),
                           [&](const std::string& p) { return p[0] == word.text[0]; });
    }
    // A single letter, or "th." and "chr." for names that begin so.
    static bool is_initial(std::string_view word, bool dot) noexcept {
        if (!is_ascii_letter(word[0])) return false;
        return word.size() == 1 || (dot && is_long_initial(word));
    }
    [[nodiscard]] bool is_bare_initials(std::string_view word) const {
        return word.size() >= 2 && word == forms_.initials;
    }
    [[nodiscard]] bool is_other_surname(const Word& word) const {
        return std::any_of(
            forms_.surnames.begin(), forms_.surnames.end(), [&](const SurnameForm& form) {
                return form.partner != form_.partner && form.words[form.main] == word.text;
            });
    }

    void agree(std::uint8_t fit = 2) {
        reading_.agreement = Agreement::agrees;
        reading_.companion = true;
        reading_.fit = fit;
        reading_.closest = fit == 2;
    }
    void compare(std::string_view written, bool dotted, bool spaced) {
        if (written.empty() || forms_.initials.empty()) return;
        for (const std::size_t length : {2U, 3U}) {  // "t.a.v. j. de vries"
            if (fits(written) || written.size() <= length ||
                !is_abbreviation(written.substr(0, length)) || !fits(written.substr(length)))
                continue;
            written.remove_prefix(length);
            break;
        }
        if (fits(written)) {
            agree(fit_of(written));
            // Of a single letter no more than the letter can fit.
            if (written.size() == 1 && reading_.fit == 1) reading_.closest = true;
            return;
        }
        if (!spaced && is_abbreviation(written)) return;
        if (dotted) reading_.companion = true;
        // A lone letter may be anything.
        if (dotted) reading_.agreement = Agreement::contrary;
    }
    // "j", "j.m." and "j.m.a." for "j.m."; "m" for somebody who is called by the second name.
    [[nodiscard]] bool fits(std::string_view written) const {
        const std::string_view own = forms_.initials;
        if (own.starts_with(written) || written.starts_with(own)) return true;
        return written.size() == 1 && (own.find(written[0]) != std::string_view::npos ||
                                       forms_.more_initials.find(written[0]) != std::string::npos);
    }

    [[nodiscard]] std::uint8_t fit_of_given(std::string_view word) const {
        return word == forms_.given_names.front() ? 2 : 1;
    }
    [[nodiscard]] std::uint8_t fit_of(std::string_view written) const {
        if (written.size() > 1 && written == forms_.initials) return 2;
        return written[0] == forms_.initials[0] ? 1 : 0;
    }

    std::string_view text_;
    const NameForms& forms_;
    const SurnameForm& form_;
    NameReading& reading_;
};

// Whether the reading is none of the person after all.
bool is_void(const NameReading& reading) noexcept {
    if (reading.frail && reading.agreement != Agreement::agrees) return true;
    return reading.agreement != Agreement::agrees &&
           ((reading.partial && !reading.companion) || reading.placed);
}

NameReading read_around(std::string_view text, Span surname, const NameForms& forms,
                        const SurnameForm& form) {
    NameReading reading;
    reading.span = surname;
    reading.partial = form.partial;
    reading.frail = form.frail;
    // Two words of one surname vouch for each other.
    reading.companion = registry::telling_words(form.words).size() > 1;
    Surroundings(text, forms, form, reading).read();
    return reading;
}

void add_form(NameForms& forms, std::vector<std::string> words, bool partner) {
    for (const SurnameForm& form : forms.surnames)
        if (form.words == words) return;
    const std::size_t main = registry::main_word(words);
    forms.surnames.push_back({std::move(words), main, partner});
}

// "meijer" is also written "meyer", and the other way round.
std::vector<std::string> respelled(const std::vector<std::string>& words, std::string_view from,
                                   std::string_view to) {
    std::vector<std::string> changed = words;
    for (std::string& word : changed)
        for (auto at = word.find(from); at != std::string::npos; at = word.find(from, at + 1))
            word.replace(at, from.size(), to);
    return changed;
}

void add_surname(NameForms& forms, std::string_view prefix, std::string_view surname,
                 bool partner) {
    for (auto& words : registry::spellings(prefix, surname)) {
        const bool either = std::any_of(words.begin(), words.end(), [](const std::string& word) {
            return word.find('y') != std::string::npos || word.find("ij") != std::string::npos;
        });
        if (either) {
            auto with_y = respelled(words, "ij", "y");
            add_form(forms, respelled(with_y, "y", "ij"), partner);
            add_form(forms, std::move(with_y), partner);
        }
        add_form(forms, std::move(words), partner);
    }
    // Of several words often one is written: "mevrouw garcia" for "garcia lopez".
    for (std::size_t i = 0, end = forms.surnames.size(); i < end; ++i) {
        const std::vector<std::string> words = forms.surnames[i].words;
        const auto telling = registry::telling_words(words);
        if (forms.surnames[i].partner != partner || telling.size() < 2) continue;
        for (const std::size_t word : telling) {
            add_form(forms, {words[word]}, partner);
            if (forms.surnames.size() > end) forms.surnames.back().partial = true;
        }
    }
}

// Calls f with a reading for every place in the window where the surname stands, until it says
// false.
template <class F>
bool for_each_name(std::string_view text, Span window, const NameForms& forms, F&& f) {
    for (const SurnameForm& form : forms.surnames) {
        const std::string& main = form.words[form.main];
        const auto in_window = text.substr(0, window.end);
        for (std::size_t at = in_window.find(main, window.begin); at != std::string_view::npos;
             at = in_window.find(main, at + 1)) {
            const auto name = surname_at(in_window, at, form.words, form.main);
            // A letter right behind the window's edge would go unseen there.
            if (!name || word_begins_at(text, name->end) || in_address(text, *name)) continue;
            const NameReading reading = read_around(text, *name, forms, form);
            if (is_void(reading)) continue;
            if (!f(reading)) return false;
        }
    }
    return true;
}

}  // namespace

NameForms name_forms(const registry::Subject& subject) {
    NameForms forms;
    add_surname(forms, subject.prefix, subject.surname, false);
    add_surname(forms, subject.partner_prefix, subject.partner_surname, true);
    forms.given_names = registry::name_words(subject.given_names);
    forms.prefixes = registry::name_words(subject.prefix);
    for (auto& word : registry::name_words(subject.partner_prefix))
        forms.prefixes.push_back(std::move(word));
    for (const std::string& word : registry::name_words(subject.initials)) forms.initials += word;
    for (const std::string& word : forms.given_names)
        if (forms.initials.find(word[0]) == std::string::npos) forms.more_initials += word[0];
    if (forms.initials.empty()) forms.initials.swap(forms.more_initials);
    if (!forms.given_names.empty()) forms.sex = sex_of_given_name(forms.given_names.front());
    return forms;
}

std::optional<NameReading> read_name_at(std::string_view text, std::uint32_t at,
                                        const NameForms& forms) {
    std::optional<NameReading> best;
    for (const SurnameForm& form : forms.surnames) {
        if (!text.substr(at).starts_with(form.words[form.main])) continue;
        const auto name = surname_at(text, at, form.words, form.main);
        if (!name || in_address(text, *name)) continue;
        const NameReading reading = read_around(text, *name, forms, form);
        if (is_void(reading)) continue;
        if (!best || reading.agreement > best->agreement) best = reading;
    }
    return best;
}

bool tells(const NameReading& reading, std::string_view text) noexcept {
    if (reading.companion) return true;
    const auto name = text.substr(reading.span.begin, reading.span.end - reading.span.begin);
    return name.size() > short_surname;
}

std::optional<std::uint32_t> find_name(std::string_view text, Span window, const NameForms& forms) {
    std::optional<std::uint32_t> found;
    for_each_name(text, window, forms, [&](const NameReading& reading) {
        if (tells(reading, text)) found = reading.span.begin;
        return !found;
    });
    return found;
}

std::optional<NameReading> weigh_names(std::string_view text, Span window, const NameForms& forms,
                                       const std::array<Span, 2>& elsewhere,
                                       LabelledNames* labels) {
    std::optional<NameReading> decided;
    for_each_name(text, window, forms, [&](NameReading reading) {
        if (labels != nullptr) labels->complete(reading, forms);
        const bool is_place =
            std::any_of(elsewhere.begin(), elsewhere.end(), [&](const Span& place) {
                return reading.span.begin >= place.begin && reading.span.end <= place.end;
            });
        const bool counts =
            reading.agreement != Agreement::silent || (tells(reading, text) && !is_place);
        const bool better =
            !decided || reading.agreement == Agreement::agrees ||
            (reading.agreement == Agreement::contrary && decided->agreement == Agreement::silent);
        if (counts && better) decided = reading;
        return !decided || decided->agreement != Agreement::agrees;
    });
    return decided;
}

}  // namespace postwacht::match
