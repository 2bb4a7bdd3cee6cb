#include "match/composites.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "match/characters.hpp"
#include "match/evidence.hpp"
#include "registry/person_keys.hpp"

namespace postwacht::match {
namespace {

// Distances in bytes of folded text.
constexpr std::uint32_t row_reach = 600;
constexpr std::uint32_t wide_reach = 1500;
constexpr std::uint32_t near_reach = 400;
constexpr std::uint32_t lines_around = 3;
constexpr std::uint32_t beside_reach = 60;
constexpr std::size_t few_dates = 8;
constexpr std::uint32_t number_before_reach = 80;
constexpr std::uint32_t number_behind_reach = 40;
constexpr std::size_t longest_house_number = 5;
constexpr std::uint32_t longest_addition = 4;
// A date without a cue that is younger than this is rather that of a letter than of a birth.
constexpr std::chrono::years childhood{10};

constexpr bool is_name_byte(char c) noexcept {
    return is_ascii_letter(c) || !is_ascii(c);
}

Span around(Span span, std::uint32_t before, std::uint32_t behind, Span within) noexcept {
    return {std::max(within.begin, span.begin > before ? span.begin - before : 0U),
            std::max(within.begin, std::min(within.end, span.end + behind))};
}

// What the names of towns are written with.
bool is_town_char(char c) noexcept {
    return is_name_byte(c) || c == ' ' || c == '-' || c == '.' || c == '\'';
}

// Whether a word of more than four letters, longer than what is added to house numbers, stands
// here.
bool holds_word(std::string_view text) noexcept {
    std::size_t length = 0;
    for (const char c : text) {
        length = is_name_byte(c) ? length + 1 : 0;
        if (length > 4) return true;
    }
    return false;
}

// Whether a number behind this text, which follows a postcode, is the house's: nothing stands
// between, or a word that says so.
bool leads_to_house_number(std::string_view between) noexcept {
    static constexpr std::array<std::string_view, 5> labels = {"huisnummer", "huisnr", "huisno",
                                                               "hnr", "house number"};
    static constexpr std::array<std::string_view, 4> short_labels = {"nummer", "nr", "no",
                                                                     "number"};
    const auto first = std::find_if(between.begin(), between.end(), is_name_byte);
    if (first == between.end()) return true;
    while (!is_name_byte(between.back())) between.remove_suffix(1);
    const auto ends = [between](std::string_view label) { return between.ends_with(label); };
    if (std::any_of(labels.begin(), labels.end(), ends)) return true;
    const auto words = between.substr(static_cast<std::size_t>(first - between.begin()));
    return std::find(short_labels.begin(), short_labels.end(), words) != short_labels.end();
}

bool overlap(Span a, Span b) noexcept {
    return a.begin < b.end && b.begin < a.end;
}

constexpr std::uint32_t length(Span span) noexcept {
    return span.end - span.begin;
}

// A misspelled surname alone might be any word: a title, initials or the like must stand by it.
bool vouched_for(const NameReading& reading) noexcept {
    return reading.agreement != Agreement::contrary && reading.companion;
}

// What a surname may be looked up by that is written so, with an error.
std::vector<std::string> keys_of_misspelled(const std::string& written) {
    const auto ends = registry::name_ends(written);
    std::vector<std::string> keys(ends.begin(), ends.end());
    for (std::string& rest : registry::short_name_remnants(written))
        keys.push_back(std::move(rest));
    if (written.size() != registry::shortest_misspellable) return keys;
    // Two letters exchanged here leave no end as it was.
    for (const std::size_t first : {1U, 2U}) {
        keys.push_back(written);
        std::swap(keys.back()[first], keys.back()[first + 1]);
    }
    // A letter too many in one of four.
    for (std::size_t i = 0; i < written.size(); ++i) {
        keys.push_back(written);
        keys.back().erase(i, 1);
    }
    return keys;
}

// Calls f with each date that may be meant: of a year in two digits, that of both centuries.
template <class F>
Result<void> for_each_date(const BirthDate& birth, F&& f) {
    POSTWACHT_CHECK(f(birth.date));
    if (!birth.short_year) return {};
    const int year = static_cast<int>(birth.date.year());
    const Date other{std::chrono::year(year < 2000 ? year + 100 : year - 100), birth.date.month(),
                     birth.date.day()};
    return other.ok() ? f(other) : Result<void>();
}

// Of two people who are both named by the words at one place, which one they name rather.
int rank(const NameReading& reading) noexcept {
    return 3 * reading.fit + (reading.both ? 2 : 0) - (reading.joined || reading.partial ? 1 : 0);
}

}  // namespace

void CompositeFinder::begin(const Unit& unit, const std::vector<BirthDate>& births,
                            const std::vector<DateSpan>& dates) {
    unit_ = &unit;
    labels_.begin(unit);
    text_ = unit.text();
    dates_ = &dates;
    cued_ = static_cast<std::size_t>(std::count_if(
        births.begin(), births.end(), [](const BirthDate& b) { return b.sign == BirthSign::cue; }));
}

// ---- name and birth date

Result<void> CompositeFinder::find_named(const BirthDate& birth, std::vector<Composite>& found) {
    // Most dates in letters are of the letter, or of what it is about.
    if (birth.sign == BirthSign::none && !birth.short_year && is_too_young(birth.date)) return {};
    candidates_.clear();
    contrary_.clear();
    POSTWACHT_CHECK(search_around(birth, Spelling::right));
    // Whoever is named as registered is meant, and not somebody of a similar name.
    if (candidates_.empty() && contrary_.empty())
        POSTWACHT_CHECK(search_around(birth, Spelling::wrong));
    Composite composite;
    composite.begin = birth.begin;
    composite.end = birth.end;
    composite.kind = EvidenceKind::name_birth_date;
    keep_best(composite, found);
    return {};
}

Result<void> CompositeFinder::search_around(const BirthDate& birth, Spelling spelling) {
    looked_up_.clear();
    const auto& lines = unit_->lines();
    const std::uint32_t number = unit_->line_at(birth.begin);
    const Line& line = lines[number];
    Span own_line{line.begin, line.end};
    const bool beside = birth.sign == BirthSign::none && !line.row;
    if (beside) own_line = with_lines_beside(number);
    const std::uint32_t reach = beside ? 2 * beside_reach : row_reach;
    POSTWACHT_CHECK(search_names(birth, around(birth, reach, reach, own_line), spelling));
    // A cue in running text, or in a table of labels and values, speaks of a person who may be
    // named some lines away.
    if (!candidates_.empty() || birth.sign != BirthSign::cue) return {};
    const std::uint32_t first = number > lines_around ? number - lines_around : 0;
    const std::size_t last = std::min<std::size_t>(number + lines_around, lines.size() - 1);
    // Names rather stand before.
    POSTWACHT_CHECK(search_names(
        birth, around(birth, near_reach, 0, {lines[first].begin, line.begin}), spelling));
    if (candidates_.empty())
        POSTWACHT_CHECK(search_names(
            birth, around(birth, 0, near_reach, {line.end, lines[last].end}), spelling));
    if (candidates_.empty() && cued_ <= few_dates)
        POSTWACHT_CHECK(search_names(
            birth,
            around(birth, wide_reach, wide_reach, {0, static_cast<std::uint32_t>(text_.size())}),
            spelling));
    return {};
}

// A line of text with the one above and the one below, as far as they are text too: a name and its
// date may be wrapped apart.
Span CompositeFinder::with_lines_beside(std::uint32_t number) const {
    const auto& lines = unit_->lines();
    Span span{lines[number].begin, lines[number].end};
    const auto is_text = [&](std::size_t other) {
        const Line& line = lines[other];
        return !line.row && !line.blank() && line.piece == lines[number].piece;
    };
    if (number > 0 && is_text(number - 1U)) span.begin = lines[number - 1U].begin;
    if (number + 1U < lines.size() && is_text(number + 1U)) span.end = lines[number + 1U].end;
    return span;
}

Result<void> CompositeFinder::search_names(const BirthDate& birth, Span window, Spelling spelling) {
    std::uint32_t at = window.begin;
    // Not in the middle of a word.
    while (at < window.end && at > 0 && is_name_byte(text_[at - 1]) && is_name_byte(text_[at]))
        ++at;
    while (at < window.end) {
        if (!is_name_byte(text_[at])) {
            ++at;
            continue;
        }
        const std::uint32_t begin = at;
        while (at < window.end && is_name_byte(text_[at])) ++at;
        const auto word = text_.substr(begin, at - begin);
        if (word.size() < 2 || (begin > 0 && is_digit(text_[begin - 1])) ||
            (at < text_.size() && is_digit(text_[at])))
            continue;
        if (spelling == Spelling::wrong) {
            if (word.size() >= registry::shortest_misspelled && !registry::is_particle(word))
                POSTWACHT_CHECK(look_up_misspelled(birth, word, begin));
            continue;
        }
        if (word.find("ij") == std::string_view::npos) {
            if (!index_.may_be_surname(word)) continue;
            key_ = word;
        } else {
            key_.clear();
            registry::append_name_key(word, key_);
            if (!index_.may_be_surname(key_)) continue;
        }
        if (!registry::is_particle(word)) POSTWACHT_CHECK(look_up_name(birth, begin));
    }
    return {};
}

// Whether the name there is, with initials or given name, that of somebody who is known already and
// born on that day. Namesakes who were born then too would lose against that one, so they need not
// be looked for; of a common name there are dozens in a nation.
bool CompositeFinder::names_known(const BirthDate& birth, std::uint32_t at) {
    // In a text about many people those of the same line, which is a row of a list.
    constexpr std::size_t few_people = 8;
    auto begin = known_->begin();
    auto end = known_->end();
    if (known_->size() > few_people) {
        const std::uint32_t line = unit_->line_at(birth.begin);
        begin = std::lower_bound(begin, end, KnownPerson{line, 0});
        end = std::find_if(begin, end, [line](const KnownPerson& k) { return k.line != line; });
    }
    for (; begin != end; ++begin) {
        if (people_[begin->person].subject->birth_date != birth.date) continue;
        const auto reading = read_name_at(text_, at, people_[begin->person].names);
        if (!reading || !reading->closest || reading->joined ||
            !accepts(birth, birth.date, *reading))
            continue;
        add_candidate(begin->person, *reading);
        return true;
    }
    return false;
}

// Looks up the word of which the key is in key_.
Result<void> CompositeFinder::look_up_name(const BirthDate& birth, std::uint32_t at) {
    const auto try_date = [&](Date date) -> Result<void> {
        POSTWACHT_TRY(numbers, index_.find(registry::Key::name_birth_date,
                                           registry::name_birth_date_key(key_, date)));
        for (const registry::SubjectNumber number : numbers) {
            POSTWACHT_TRY(person, people_.number_of(number));
            auto reading = read_name_at(text_, at, people_[person].names);
            if (!reading) continue;
            labels_.complete(*reading, people_[person].names);
            if (reading->agreement == Agreement::contrary)
                contrary_.push_back(person);
            else if (accepts(birth, date, *reading))
                add_candidate(person, *reading);
        }
        return {};
    };
    if (names_known(birth, at)) return {};
    // A word that nobody of this birth date has is not looked up again.
    if (std::find(looked_up_.begin(), looked_up_.end(), key_) != looked_up_.end()) return {};
    const std::size_t before = candidates_.size() + contrary_.size();
    POSTWACHT_CHECK(for_each_date(birth, try_date));
    if (candidates_.size() + contrary_.size() == before) looked_up_.push_back(key_);
    return {};
}

Result<void> CompositeFinder::look_up_misspelled(const BirthDate& birth, std::string_view word,
                                                 std::uint32_t at) {
    key_.clear();
    registry::append_name_key(word, key_);
    if (key_.size() < registry::shortest_misspelled ||
        std::find(looked_up_.begin(), looked_up_.end(), key_) != looked_up_.end())
        return {};
    const std::size_t before = candidates_.size();
    const auto keys = keys_of_misspelled(key_);
    const auto try_date = [&](Date date) -> Result<void> {
        for (const std::string& end : keys) {
            if (end.empty()) continue;
            POSTWACHT_TRY(numbers, index_.find(registry::Key::name_birth_date,
                                               registry::name_birth_date_key(end, date)));
            for (const registry::SubjectNumber number : numbers) {
                POSTWACHT_TRY(person, people_.number_of(number));
                const auto forms = misspelled(people_[person].names, word);
                if (!forms) continue;
                const auto reading = read_name_at(text_, at, *forms);
                if (reading && vouched_for(*reading) && accepts(birth, date, *reading))
                    add_candidate(person, *reading);
            }
        }
        return {};
    };
    POSTWACHT_CHECK(for_each_date(birth, try_date));
    if (candidates_.size() == before) looked_up_.push_back(key_);
    return {};
}

void CompositeFinder::add_candidate(std::uint32_t person, const NameReading& reading) {
    for (Candidate& candidate : candidates_) {
        if (candidate.person != person) continue;
        const auto& kept = candidate.reading;
        if (reading.agreement > kept.agreement ||
            (reading.agreement == kept.agreement && rank(reading) > rank(kept)))
            candidate.reading = reading;
        return;
    }
    candidates_.push_back({person, reading});
}

bool CompositeFinder::is_too_young(Date date) const {
    const auto as_of = std::chrono::floor<std::chrono::days>(index_.stats().source_as_of);
    return as_of != std::chrono::sys_days{} && std::chrono::sys_days(date) > as_of - childhood;
}

// Whether the date, by the sign it has, may be the birth date of who is named there.
bool CompositeFinder::accepts(const BirthDate& birth, Date date, const NameReading& reading) const {
    if (birth.sign != BirthSign::none) return true;
    if (!tells(reading, text_) || is_too_young(date)) return false;
    const Line& line = unit_->lines()[unit_->line_at(birth.begin)];
    if (line.row) return true;
    // In running text it stands beside the name, with nothing but initials and the like between.
    const bool before = reading.span.end <= birth.begin;
    const Span between =
        before ? Span{reading.span.end, birth.begin} : Span{birth.end, reading.span.begin};
    if (between.begin > between.end || between.end - between.begin > beside_reach) return false;
    const auto gap = text_.substr(between.begin, between.end - between.begin);
    for (std::size_t i = 0; i < gap.size();) {
        if (!is_name_byte(gap[i])) {
            ++i;
            continue;
        }
        std::size_t end = i;
        while (end < gap.size() && is_name_byte(gap[end])) ++end;
        const auto word = gap.substr(i, end - i);
        if (word.size() > 1 && !registry::is_particle(word) &&
            reading.agreement != Agreement::agrees)
            return false;
        if (word == "in" || word == "op" || word == "van") {
            // "de vries op 3 maart 1991": something that happened on that day.
            if (end + 1 >= gap.size()) return false;
        }
        i = end;
    }
    return true;
}

// Leaves those whom the text rather names: who is named with initials or a given name, and not all
// of that surname; of two for the same words, the one whom they fit better.
void CompositeFinder::keep_best(Composite composite, std::vector<Composite>& found) {
    // A bare surname is that of whom the initials near by name: of somebody else, where they are
    // contrary, or of another of these people, where they agree.
    const bool agreed =
        std::any_of(candidates_.begin(), candidates_.end(), [](const Candidate& candidate) {
            return candidate.reading.agreement == Agreement::agrees;
        });
    std::erase_if(candidates_, [&](const Candidate& candidate) {
        if (candidate.reading.agreement == Agreement::agrees) return false;
        return (agreed && !candidate.reading.family) ||
               std::find(contrary_.begin(), contrary_.end(), candidate.person) != contrary_.end();
    });
    const auto beaten = [&](const Candidate& one) {
        // "familie bakker-hendriks" are all who have one of the names.
        if (one.reading.family) return false;
        return std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& other) {
            if (other.person == one.person) return false;
            // How these words name the other one, who may be named elsewhere as well.
            const auto there =
                overlap(one.reading.span, other.reading.span)
                    ? std::optional(other.reading)
                    : weigh_names(text_, one.reading.span, people_[other.person].names);
            if (!there || there->agreement < one.reading.agreement) return false;
            const int lead = rank(*there) - rank(one.reading);
            // "mevrouw de wit" is the wife, not her husband of the same name.
            if (one.reading.opposed != there->opposed) return one.reading.opposed && lead >= 0;
            // Who has more of the words for a surname: "ben ali" and not "ali".
            return lead > 0 || (lead == 0 && length(there->span) > length(one.reading.span));
        });
    };
    for (const Candidate& candidate : candidates_) {
        if (beaten(candidate)) continue;
        composite.person = candidate.person;
        composite.named = true;
        composite.name_at = candidate.reading.span.begin;
        // At an address a family are all who live there.
        const bool all_meant = candidate.reading.family && composite.kind == EvidenceKind::address;
        composite.shared =
            !all_meant &&
            std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& other) {
                return other.person != candidate.person &&
                       overlap(other.reading.span, candidate.reading.span) && !beaten(other);
            });
        found.push_back(composite);
    }
}

// ---- address

void CompositeFinder::add_house_number(std::uint32_t begin, std::uint32_t end) {
    const auto digits = text_.substr(begin, end - begin);
    if (digits.size() > longest_house_number || digits[0] == '0') return;
    if (std::find(house_numbers_.begin(), house_numbers_.end(), digits) == house_numbers_.end())
        house_numbers_.emplace_back(digits);
}

// The numbers that may be the house's: the last two in the street line before the postcode, the
// first behind it.
void CompositeFinder::find_house_numbers(const PostcodeSpan& postcode) {
    house_numbers_.clear();
    const std::uint32_t number = unit_->line_at(postcode.begin);
    const auto& lines = unit_->lines();
    const Line& line = lines[number];
    const auto holds_digit = [&](const Line& one) {
        return std::any_of(text_.begin() + one.begin, text_.begin() + one.end, is_digit);
    };
    std::uint32_t first = line.begin;
    if (!line.row) {
        // The line above, or the one above a blank one.
        std::uint32_t above = number;
        while (above > 0 && number - above < 2 && lines[above - 1].piece == line.piece) {
            --above;
            if (lines[above].blank()) continue;
            first = lines[above].begin;
            // "kade 12", "leiden", "1234 ab": a town between them.
            if (above > 0 && lines[above - 1].piece == line.piece && !lines[above - 1].blank() &&
                !holds_digit(lines[above]))
                first = lines[above - 1].begin;
            // "kade 12", "b", "1234 ab": what is added may have a line of its own.
            const bool addition = lines[above].end - lines[above].begin <= longest_addition;
            if (addition && above > 0 && lines[above - 1].piece == line.piece)
                first = lines[above - 1].begin;
            break;
        }
    } else if (line.filled_cells < 3 && number > 0 && lines[number - 1].piece == line.piece) {
        first = lines[number - 1].begin;  // labels and values, a row each
        if (number > 1 && lines[number - 2].piece == line.piece && !holds_digit(lines[number - 1]))
            first = lines[number - 2].begin;
    }
    if (postcode.begin - first > number_before_reach) first = postcode.begin - number_before_reach;
    std::uint32_t at = postcode.begin;
    std::uint32_t last = at;
    street_ = {at, at};
    for (int kept = 0; at > first && kept < 2;) {
        --at;
        if (!is_digit(text_[at])) continue;
        const std::uint32_t end = at + 1;
        while (at > first && is_digit(text_[at - 1])) --at;
        if (word_ends_at(text_, at)) continue;
        // A number before that goes with it only as "12 bis 2"; that of "2e kruisstraat 5" does
        // not.
        if (kept > 0 && holds_word(text_.substr(end, last - end))) break;
        if (kept == 0) street_.end = at;
        add_house_number(at, end);
        last = at;
        ++kept;
    }
    street_.begin = street_.end;
    // The last word of the street.
    while (street_.begin > first && text_[street_.begin - 1] == ' ') --street_.begin;
    while (street_.begin > first && is_name_byte(text_[street_.begin - 1])) --street_.begin;
    town_ = {postcode.end, postcode.end};
    while (town_.end < text_.size() && is_town_char(text_[town_.end])) ++town_.end;
    find_number_behind(postcode, line);
}

// "1234 ab 12", "1234 ab, huisnummer 12"; in a row of a list what stands in a cell behind.
void CompositeFinder::find_number_behind(const PostcodeSpan& postcode, const Line& line) {
    const std::uint32_t limit =
        std::min(static_cast<std::uint32_t>(text_.size()), postcode.end + number_behind_reach);
    std::uint32_t at = postcode.end;
    while (at < limit && !is_digit(text_[at]) && text_[at] != fragment_end) ++at;
    if (at >= limit || !is_digit(text_[at])) return;
    const bool list_row = line.row && line.filled_cells >= 3;
    if (list_row && at >= line.end) return;
    if (!list_row && !leads_to_house_number(text_.substr(postcode.end, at - postcode.end))) return;
    std::uint32_t end = at;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    // "1.234,56", "12 mei 2026"
    const bool decimal = end + 1 < text_.size() && (text_[end] == '.' || text_[end] == ',') &&
                         is_digit(text_[end + 1]);
    const auto date = std::lower_bound(
        dates_->begin(), dates_->end(), at,
        [](const DateSpan& d, std::uint32_t position) { return d.begin < position; });
    if (decimal || (date != dates_->end() && date->begin == at)) return;
    add_house_number(at, end);
}

void CompositeFinder::find_misspelled_residents(Span window) {
    std::uint32_t at = window.begin;
    while (at < window.end) {
        const std::uint32_t begin = at;
        while (at < window.end && is_name_byte(text_[at])) ++at;
        const auto word = text_.substr(begin, at - begin);
        if (at == begin) ++at;
        if (word.size() < registry::shortest_misspelled) continue;
        for (const std::uint32_t person : residents_) {
            const auto forms = misspelled(people_[person].names, word);
            if (!forms) continue;
            const auto reading = read_name_at(text_, begin, *forms);
            if (reading && vouched_for(*reading)) add_candidate(person, *reading);
        }
    }
}

Result<void> CompositeFinder::find_residents(const PostcodeSpan& postcode,
                                             std::vector<Composite>& found) {
    find_house_numbers(postcode);
    if (house_numbers_.empty()) return {};
    candidates_.clear();
    contrary_.clear();
    residents_.clear();
    std::vector<std::uint32_t> by_birth_date;
    const std::uint32_t line_number = unit_->line_at(postcode.begin);
    const Line& line = unit_->lines()[line_number];
    const bool list_row = line.row && line.filled_cells >= 3;
    const Span window = list_row ? around(postcode, row_reach, row_reach, {line.begin, line.end})
                                 : around(postcode, wide_reach, wide_reach,
                                          {0, static_cast<std::uint32_t>(text_.size())});
    const std::string_view code(postcode.postcode.data(), postcode.postcode.size());
    for (const std::string& house_number : house_numbers_) {
        POSTWACHT_TRY(numbers, index_.find(registry::Key::address,
                                           registry::address_key(code, house_number)));
        for (const registry::SubjectNumber number : numbers) {
            POSTWACHT_TRY(person, people_.number_of(number));
            const Person& resident = people_[person];
            const auto reading =
                weigh_names(text_, window, resident.names, {street_, town_}, &labels_);
            if (reading && reading->agreement == Agreement::contrary) continue;
            if (!reading) residents_.push_back(person);
            if (reading)
                add_candidate(person, *reading);
            else if (resident.subject->birth_date &&
                     find_date(*dates_, window, *resident.subject->birth_date))
                by_birth_date.push_back(person);
        }
    }
    if (candidates_.empty()) find_misspelled_residents(window);
    Composite composite;
    composite.begin = postcode.begin;
    composite.end = postcode.end;
    composite.kind = EvidenceKind::address;
    keep_best(composite, found);
    // Where somebody of the house is named, the birth date is that one's.
    if (!candidates_.empty()) return {};
    composite.named = false;
    composite.shared = by_birth_date.size() > 1;
    for (const std::uint32_t person : by_birth_date) {
        composite.person = person;
        found.push_back(composite);
    }
    return {};
}

}  // namespace postwacht::match
