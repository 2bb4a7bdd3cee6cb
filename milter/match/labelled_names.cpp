#include "match/labelled_names.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "match/characters.hpp"
#include "match/name_words.hpp"

namespace postwacht::match {
namespace {

// How many lines of a form from the surname the rest of the name is looked for.
constexpr std::uint32_t form_reach = 4;
constexpr std::size_t longest_value = 60;
constexpr std::string_view part_signs = ",;\t";

constexpr std::array<std::string_view, 8> initials_labels = {
    "voorletters", "voorletter", "voorlettrs", "voorl", "vrl", "initialen", "initials", "initial"};
constexpr std::array<std::string_view, 17> given_name_labels = {
    "voornaam",   "voornamen",  "roepnaam", "doopnamen", "given name", "given names",
    "givenname",  "given_name", "forename", "forenames", "first name", "firstname",
    "first_name", "vorname",    "vornamen", "prenom",    "prenoms"};

enum class Label : std::uint8_t { none, surname, initials, given_names };

struct Labelled {
    Label label = Label::none;
    std::string_view value;
};

bool is_filler(char c) noexcept {
    return !is_ascii_letter(c) && is_ascii(c) && !is_digit(c);
}

template <std::size_t N>
std::optional<std::size_t> behind_label(std::string_view line,
                                        const std::array<std::string_view, N>& labels) noexcept {
    for (const std::string_view label : labels)
        if (line.starts_with(label) && !word_begins_at(line, label.size())) return label.size();
    return std::nullopt;
}

// What a line of a form says: "voorletters : j.h.", "\"voornaam\": \"anton\",".
Labelled read_line(std::string_view line) noexcept {
    while (!line.empty() && is_filler(line.front())) line.remove_prefix(1);
    Labelled read;
    std::size_t end = 0;
    if (const auto behind = behind_label(line, initials_labels)) {
        read.label = Label::initials;
        end = *behind;
    } else if (const auto named = behind_label(line, given_name_labels)) {
        read.label = Label::given_names;
        end = *named;
    } else {
        while (end < line.size() && is_ascii_letter(line[end])) ++end;
        if (is_name_label(line.substr(0, end))) read.label = Label::surname;
    }
    // "voornaam/voornamen", "voorletter(s)"
    auto value = line.substr(end);
    const auto colon = value.find_first_of(":=\t");
    if (colon == std::string_view::npos) return read;
    value.remove_prefix(colon);
    while (!value.empty() && is_filler(value.front())) value.remove_prefix(1);
    read.value = value.substr(0, std::min(value.find_first_of("\t;,\""), longest_value));
    return read;
}

void agree(NameReading& reading, std::uint8_t fit) noexcept {
    reading.agreement = Agreement::agrees;
    reading.companion = true;
    reading.fit = std::max(reading.fit, fit);
}

// "j.h.", "jh", "j h" against the person's.
void compare_initials(std::string_view value, const NameForms& forms, NameReading& reading) {
    std::string letters;
    for (const char c : value)
        if (is_ascii_letter(c)) letters += c;
    if (letters.empty() || forms.initials.empty()) return;
    if (letters == forms.initials) {
        agree(reading, 2);
    } else if (letters.front() != forms.initials.front()) {
        if (forms.more_initials.find(letters.front()) == std::string::npos)
            reading.agreement = Agreement::contrary;
    } else if (letters.starts_with(forms.initials) || forms.initials.starts_with(letters)) {
        agree(reading, 1);
    }
}

// The name that somebody is called by may have another initial, so this is never contrary.
void compare_given_names(std::string_view value, const NameForms& forms, NameReading& reading) {
    for (std::size_t at = 0; at < value.size();) {
        std::size_t end = at;
        while (end < value.size() && !is_filler(value[end])) ++end;
        const auto word = value.substr(at, end - at);
        if (!word.empty() && std::find(forms.given_names.begin(), forms.given_names.end(), word) !=
                                 forms.given_names.end())
            return agree(reading, 2);
        at = end + 1;
    }
    if (forms.given_names.empty() && !value.empty() && forms.initials.starts_with(value.front()))
        agree(reading, 1);
}

}  // namespace

bool LabelledNames::is_under_name_header(const NameReading& reading) {
    const auto& lines = unit_->lines();
    const std::uint32_t number = unit_->line_at(reading.span.begin);
    const Line& line = lines[number];
    if (!line.row) return false;
    if (number < table_first_ || number >= table_end_) {
        const auto belongs = [&](const Line& other) {
            return other.row && other.piece == line.piece;
        };
        table_first_ = number;
        while (table_first_ > 0 && belongs(lines[table_first_ - 1])) --table_first_;
        table_end_ = number + 1;
        while (table_end_ < lines.size() && belongs(lines[table_end_])) ++table_end_;
    }
    const auto text = std::string_view(unit_->text());
    const char separator = unit_->piece_of(line).separator;
    const auto column =
        std::count(text.begin() + line.begin, text.begin() + reading.span.begin, separator);
    const Line& head = lines[table_first_];
    auto cells = text.substr(head.begin, head.end - head.begin);
    for (std::ptrdiff_t i = 0; i < column; ++i) {
        const auto next = cells.find(separator);
        if (next == std::string_view::npos) return false;
        cells.remove_prefix(next + 1);
    }
    auto cell = cells.substr(0, cells.find(separator));
    while (!cell.empty() && is_filler(cell.front())) cell.remove_prefix(1);
    std::size_t end = 0;
    while (end < cell.size() && is_ascii_letter(cell[end])) ++end;
    return is_name_label(cell.substr(0, end));
}

void LabelledNames::complete(NameReading& reading, const NameForms& forms) {
    if (reading.agreement != Agreement::silent) return;
    if (!reading.companion && is_under_name_header(reading)) reading.companion = true;
    const auto& lines = unit_->lines();
    const std::uint32_t number = unit_->line_at(reading.span.begin);
    const auto read = [&](std::uint32_t at) {
        return read_line(std::string_view(unit_->text())
                             .substr(lines[at].begin, lines[at].end - lines[at].begin));
    };
    if (read(number).label != Label::surname) return;
    const auto take = [&](const Labelled& said) {
        if (said.label == Label::initials) compare_initials(said.value, forms, reading);
        if (said.label == Label::given_names) compare_given_names(said.value, forms, reading);
        return reading.agreement != Agreement::silent;
    };
    // "Achternaam: Bakker, voorletters: J.H."
    const auto rest = std::string_view(unit_->text())
                          .substr(reading.span.end, lines[number].end - reading.span.end);
    for (std::size_t at = rest.find_first_of(part_signs); at != std::string_view::npos;
         at = rest.find_first_of(part_signs, at + 1)) {
        const Labelled said = read_line(rest.substr(at + 1));
        if (said.label == Label::surname) return;
        if (take(said)) return;
    }
    // The nearest line that has the rest of the name, not beyond another surname.
    bool above = true;
    bool below = true;
    const auto try_line = [&](bool& open, std::uint32_t at) {
        if (!open || lines[at].piece != lines[number].piece) return open = false;
        const Labelled line = read(at);
        if (line.label == Label::surname) open = false;
        return take(line);
    };
    for (std::uint32_t distance = 1; distance <= form_reach; ++distance) {
        if (number + distance < lines.size() && try_line(below, number + distance)) return;
        if (number >= distance && try_line(above, number - distance)) return;
    }
}

}  // namespace postwacht::match
