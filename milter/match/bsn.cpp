// find_bsn_candidates(): from groups of digits to the nine-digit numbers that they may spell.
//
// The text is cut into runs: groups of digits with at most one separator between two of them. In a
// run every start is tried, and the groups from there on are added up until there are nine digits
// (or eight, for a zero that was dropped). Which of these readings are plausible depends on how the
// groups are shaped, on whether the separators agree, and on what stands before and behind.
#include <algorithm>

#include "match/characters.hpp"
#include "match/identifiers.hpp"
#include "registry/build.hpp"

namespace postwacht::match {
namespace {

enum class Joint : std::uint8_t {
    none,
    blank,
    dot,
    ornament,
    box,
    dash,
    slash,
    underscore,
    line_break,
    tab
};

struct Group {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    Joint after = Joint::none;  // what joins it to the next group of the run

    [[nodiscard]] std::uint32_t size() const noexcept { return end - begin; }
};

using Run = std::vector<Group>;

// How far around a candidate its token (a URL, an address, a hexadecimal string) is looked at.
constexpr std::size_t token_reach = 200;

Joint joint_of(char c) noexcept {
    switch (c) {
        case '.':
            return Joint::dot;
        case '-':
            return Joint::dash;
        case '/':
            return Joint::slash;
        case '_':
            return Joint::underscore;
        case '*':  // a middle dot, once folded
            return Joint::ornament;
        case '|':
            return Joint::box;
        default:
            return Joint::none;
    }
}

// Skips what a mail program puts at the start of a wrapped line: blanks and quote marks.
std::size_t skip_quote_prefix(std::string_view text, std::size_t position) noexcept {
    const std::size_t limit = std::min(text.size(), position + 20);
    while (position < limit &&
           (text[position] == ' ' || text[position] == '>' || text[position] == '|'))
        ++position;
    return position;
}

// Reads what stands between two groups. `position` is behind the first; if a digit follows a known
// separator it moves there, else the answer is Joint::none.
Joint read_joint(std::string_view text, std::size_t& position) noexcept {
    const auto at = [&](std::size_t i) { return i < text.size() ? text[i] : fragment_end; };
    std::size_t next = position;
    Joint joint = Joint::none;
    if (at(next) == ' ') {
        joint = Joint::blank;
        ++next;
    }
    // "[1][8][6]"
    const bool bracketed = at(next) == ']' && at(next + 1) == '[';
    if (const Joint symbol = bracketed ? Joint::box : joint_of(at(next)); symbol != Joint::none) {
        joint = symbol;
        next += bracketed ? 2 : 1;
        if (at(next) == ' ') ++next;
    }
    if (at(next) == '\n') {
        joint = Joint::line_break;
        next = skip_quote_prefix(text, next + 1);
    } else if (joint == Joint::none && at(next) == '\t') {
        joint = Joint::tab;
        ++next;
    }
    if (joint == Joint::none || !is_digit(at(next))) return Joint::none;
    position = next;
    return joint;
}

// Reads the run that begins at the digit at `position`; returns where it ends.
std::size_t read_run(std::string_view text, std::size_t position, Run& run) {
    run.clear();
    for (;;) {
        Group group;
        group.begin = static_cast<std::uint32_t>(position);
        while (position < text.size() && is_digit(text[position])) ++position;
        group.end = static_cast<std::uint32_t>(position);
        group.after = read_joint(text, position);
        run.push_back(group);
        if (group.after == Joint::none) return group.end;
    }
}

// One reading of a run: the groups first..last.
struct Slice {
    const Run& run;
    std::size_t first;
    std::size_t last;

    [[nodiscard]] std::size_t count() const noexcept { return last - first + 1; }
    [[nodiscard]] std::uint32_t size(std::size_t i) const noexcept { return run[first + i].size(); }
    [[nodiscard]] std::uint32_t begin() const noexcept { return run[first].begin; }
    [[nodiscard]] std::uint32_t end() const noexcept { return run[last].end; }
    [[nodiscard]] Joint before() const noexcept {
        return first == 0 ? Joint::none : run[first - 1].after;
    }
    [[nodiscard]] Joint after() const noexcept { return run[last].after; }
    [[nodiscard]] bool has_sizes(std::initializer_list<std::uint32_t> sizes) const noexcept {
        return count() == sizes.size() &&
               std::equal(
                   sizes.begin(), sizes.end(), run.begin() + static_cast<long>(first),
                   [](std::uint32_t size, const Group& group) { return size == group.size(); });
    }
};

struct Joints {
    Joint kind = Joint::none;  // of all but a line break
    std::size_t line_breaks = 0;
    bool mixed = false;
};

Joints joints_of(const Slice& slice) noexcept {
    Joints joints;
    for (std::size_t i = slice.first; i < slice.last; ++i) {
        const Joint joint = slice.run[i].after;
        if (joint == Joint::line_break) {
            ++joints.line_breaks;
        } else if (joints.kind == Joint::none) {
            joints.kind = joint;
        } else if (joint != joints.kind) {
            joints.mixed = true;
        }
    }
    return joints;
}

unsigned number_of(std::string_view text, const Group& group) noexcept {
    unsigned value = 0;
    for (std::uint32_t i = group.begin; i < group.end && i < group.begin + 4; ++i)
        value = value * 10 + static_cast<unsigned>(text[i] - '0');
    return value;
}

bool is_ip_address(std::string_view text, const Slice& slice, const Joints& joints) noexcept {
    if (slice.count() != 4 || joints.kind != Joint::dot || joints.line_breaks != 0) return false;
    return std::all_of(slice.run.begin() + static_cast<long>(slice.first),
                       slice.run.begin() + static_cast<long>(slice.last) + 1,
                       [&](const Group& g) { return g.size() <= 3 && number_of(text, g) <= 255; });
}

// Whether three of the groups read as a date, as in "12-03-2026 1".
bool holds_date(std::string_view text, const Slice& slice) noexcept {
    for (std::size_t i = slice.first; i + 2 <= slice.last; ++i) {
        const Group& a = slice.run[i];
        const Group& b = slice.run[i + 1];
        const Group& c = slice.run[i + 2];
        const bool year_last = c.size() == 4 && a.size() <= 2;
        const bool year_first = a.size() == 4 && c.size() <= 2;
        if ((!year_last && !year_first) || b.size() > 2) continue;
        const unsigned year = number_of(text, year_last ? c : a);
        const unsigned day = number_of(text, year_last ? a : c);
        const unsigned month = number_of(text, b);
        if (year >= 1900 && year < 2100 && day >= 1 && day <= 31 && month >= 1 && month <= 12)
            return true;
    }
    return false;
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) noexcept {
    return std::any_of(ends.begin(), ends.end(),
                       [&](std::string_view end) { return text.ends_with(end); });
}

// The text of at most `reach` bytes before, or behind, a position.
std::string_view before(std::string_view text, std::size_t position, std::size_t reach) noexcept {
    const std::size_t from = position > reach ? position - reach : 0;
    return text.substr(from, position - from);
}
std::string_view behind(std::string_view text, std::size_t position, std::size_t reach) noexcept {
    return text.substr(std::min(position, text.size()), reach);
}

// Two decimals behind a comma. In comma-separated values the same characters are cells: then a
// comma stands before the number or behind the two digits as well.
bool has_decimals(std::string_view text, const Slice& slice) noexcept {
    const std::string_view tail = behind(text, slice.end(), 4);
    if (tail.size() < 3 || tail[0] != ',' || !is_digit(tail[1]) || !is_digit(tail[2])) return false;
    if (tail.size() == 4 && (is_digit(tail[3]) || tail[3] == ',')) return false;
    return !before(text, slice.begin(), 1).ends_with(',');
}

bool is_amount(std::string_view text, const Slice& slice) noexcept {
    std::string_view head = before(text, slice.begin(), 5);
    if (head.ends_with(' ')) head.remove_suffix(1);
    if (ends_with_any(head, {"€", "$", "£", "eur", "euro"})) return true;
    if (head.ends_with("0,") && !word_ends_at(head, head.size() - 2)) return true;
    if (has_decimals(text, slice)) return true;
    std::string_view tail = behind(text, slice.end(), 6);
    if (tail.starts_with(",-")) return true;
    if (tail.starts_with(' ')) tail.remove_prefix(1);
    return tail.starts_with("€") || tail.starts_with("euro") || tail.starts_with("eur ") ||
           tail.starts_with('%');
}

// A national number with its trunk zero or country code before it, or an international one.
bool is_telephone(std::string_view text, const Slice& slice) noexcept {
    if (before(text, slice.begin(), 4).ends_with("(0)") ||
        before(text, slice.begin(), 4).ends_with("(0) "))
        return true;
    if (slice.first > 0) {
        const Group& group = slice.run[slice.first - 1];
        const auto digits = text.substr(group.begin, group.size());
        const bool joined = group.after == Joint::blank || group.after == Joint::dash;
        if (joined && (digits == "0" || digits == "31" || digits == "0031")) return true;
    }
    // Behind a plus sign the first eleven digits are the number (longer ones are rare).
    const Group& start = slice.run.front();
    if (start.begin == 0 || text[start.begin - 1] != '+') return false;
    std::uint32_t digits_before = 0;
    for (std::size_t i = 0; i < slice.first && digits_before < 11; ++i)
        digits_before += slice.run[i].size();
    return digits_before < 11;
}

// "nl91 abna 0417..." or "be68 5390...": two letters, two digits, perhaps the bank's four letters.
bool follows_iban_start(std::string_view text, const Slice& slice) noexcept {
    std::string_view head = before(text, slice.run.front().begin, 12);
    const auto trim_blank = [&head] {
        if (head.ends_with(' ')) head.remove_suffix(1);
    };
    const auto ends_with_country = [](std::string_view s) {
        return s.size() >= 4 && is_digit(s[s.size() - 1]) && is_digit(s[s.size() - 2]) &&
               is_ascii_letter(s[s.size() - 3]) && is_ascii_letter(s[s.size() - 4]) &&
               (s.size() == 4 || !is_ascii_word(s[s.size() - 5]));
    };
    trim_blank();
    if (ends_with_country(head)) return true;
    if (head.size() < 8 || !std::all_of(head.end() - 4, head.end(), is_ascii_letter)) return false;
    head.remove_suffix(4);
    trim_blank();
    return ends_with_country(head);
}

bool is_hexadecimal_letter(char c) noexcept {
    return c >= 'a' && c <= 'f';
}

// The letters and digits that stand directly before and behind the number.
struct Attached {
    std::string_view head;
    std::string_view tail;
};

Attached attached_to(std::string_view text, const Slice& slice) noexcept {
    std::size_t from = slice.begin();
    while (from > 0 && slice.begin() - from < token_reach && is_ascii_word(text[from - 1])) --from;
    std::size_t to = slice.end();
    while (to < text.size() && to - slice.end() < token_reach && is_ascii_word(text[to])) ++to;
    return {text.substr(from, slice.begin() - from), text.substr(slice.end(), to - slice.end())};
}

// "a3f123456782bc" rather than "bsn123456782" or "123456782l01" (a wage tax number).
bool is_part_of_code(std::string_view text, const Slice& slice) noexcept {
    const auto [head, tail] = attached_to(text, slice);
    if (head.empty() && tail.empty()) return false;
    if (slice.count() > 1 && !tail.empty()) return true;
    if (std::any_of(head.begin(), head.end(), is_digit)) return true;
    const bool tax_number =
        tail.size() == 3 && is_ascii_letter(tail[0]) && is_digit(tail[1]) && is_digit(tail[2]);
    if (!tax_number && std::any_of(tail.begin(), tail.end(), is_digit)) return true;
    const bool hexadecimal = std::all_of(head.begin(), head.end(), is_hexadecimal_letter) &&
                             std::all_of(tail.begin(), tail.end(), is_hexadecimal_letter);
    if (!hexadecimal) return false;
    const std::size_t start = slice.begin() - head.size();
    const bool in_uuid = start > 1 && text[start - 1] == '-' && is_ascii_word(text[start - 2]);
    return in_uuid || head.size() + tail.size() >= 7;
}

bool is_token_end(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\t' || c == fragment_end || c == '<' || c == '"';
}

bool is_in_url_or_address(std::string_view text, const Slice& slice) noexcept {
    std::size_t from = slice.begin();
    while (from > 0 && slice.begin() - from < token_reach && !is_token_end(text[from - 1])) --from;
    const auto head = text.substr(from, slice.begin() - from);
    if (head.find("://") != std::string_view::npos || head.find("www.") != std::string_view::npos)
        return true;
    std::size_t to = slice.end();
    while (to < text.size() && to - slice.end() < 64 &&
           (is_ascii_word(text[to]) || text[to] == '.' || text[to] == '_' || text[to] == '-' ||
            text[to] == '+'))
        ++to;
    return (to < text.size() && text[to] == '@') || head.ends_with('@');
}

// A break inside the number is taken for a wrapped line only where the line has text before it;
// numbers that stand on lines of their own are a column.
bool is_wrapped_line(std::string_view text, const Slice& slice) noexcept {
    std::size_t i = slice.begin();
    while (i > 0 && slice.begin() - i < token_reach && text[i - 1] != '\n' &&
           text[i - 1] != fragment_end)
        --i;
    const auto head = text.substr(i, slice.begin() - i);
    return std::any_of(head.begin(), head.end(),
                       [](char c) { return is_ascii_letter(c) || !is_ascii(c); });
}

enum class Plausible : std::uint8_t { no, doubtful, yes };

// Whether the groups, by their sizes and separators alone, spell one number.
Plausible shape_of_nine(std::string_view text, const Slice& slice) noexcept {
    const auto digits_follow_dot = [](Joint joint) { return joint == Joint::dot; };
    if (slice.count() == 1) {
        const bool fraction = digits_follow_dot(slice.before()) || digits_follow_dot(slice.after());
        return fraction ? Plausible::doubtful : Plausible::yes;
    }
    const Joints joints = joints_of(slice);
    if (joints.line_breaks > 1 || is_ip_address(text, slice, joints)) return Plausible::no;
    if (joints.mixed) {
        // "1234.56-782": only a number in its own groups.
        const bool grouped = slice.has_sizes({3, 3, 3}) || slice.has_sizes({4, 2, 3});
        const bool part = slice.before() != Joint::none || slice.after() != Joint::none;
        return grouped && !part && !holds_date(text, slice) ? Plausible::doubtful : Plausible::no;
    }
    const bool singles = slice.count() == 9;
    // A separator of the same kind goes on before or behind: these are some of many groups.
    const auto goes_on = [&](Joint outer) {
        return outer != Joint::none && (outer == joints.kind || joints.kind == Joint::none);
    };
    const bool bounded = !goes_on(slice.before()) && !goes_on(slice.after());
    if (joints.kind == Joint::tab || joints.kind == Joint::box)
        return singles && bounded ? Plausible::doubtful : Plausible::no;  // boxes of a form
    if (singles) return bounded ? Plausible::yes : Plausible::no;
    if (slice.count() > 5) return Plausible::no;
    if (holds_date(text, slice)) return Plausible::doubtful;
    if (joints.line_breaks != 0)
        return bounded && is_wrapped_line(text, slice) ? Plausible::yes : Plausible::doubtful;
    if (slice.has_sizes({3, 3, 3}) || slice.has_sizes({4, 2, 3})) return Plausible::yes;
    return bounded ? Plausible::yes : Plausible::doubtful;
}

// Eight digits, in one group or grouped as if the zero were there.
bool shape_of_eight(const Slice& slice) noexcept {
    if (slice.count() == 1) return slice.before() != Joint::dot && slice.after() != Joint::dot;
    const Joints joints = joints_of(slice);
    return !joints.mixed && joints.line_breaks == 0 && joints.kind != Joint::tab &&
           joints.kind != Joint::box && (slice.has_sizes({2, 3, 3}) || slice.has_sizes({3, 2, 3}));
}

void consider(std::string_view text, const Slice& slice, bool zero_dropped,
              std::vector<BsnCandidate>& out) {
    BsnCandidate candidate;
    std::size_t n = 0;
    if (zero_dropped) candidate.digits[n++] = '0';
    for (std::size_t i = slice.first; i <= slice.last; ++i)
        for (std::uint32_t at = slice.run[i].begin; at < slice.run[i].end; ++at)
            candidate.digits[n++] = text[at];
    // The check first: it turns away ten of eleven, and the looks around the number cost more.
    if (!registry::bsn_valid({candidate.digits.data(), candidate.digits.size()})) return;
    Plausible plausible = Plausible::yes;
    if (zero_dropped) {
        if (!shape_of_eight(slice)) return;
    } else {
        plausible = shape_of_nine(text, slice);
        if (plausible == Plausible::no) return;
    }
    candidate.begin = slice.begin();
    candidate.end = slice.end();
    candidate.zero_dropped = zero_dropped;
    candidate.grouped = slice.count() > 1;
    candidate.doubtful = plausible == Plausible::doubtful || is_part_of_code(text, slice) ||
                         is_amount(text, slice) || is_telephone(text, slice) ||
                         follows_iban_start(text, slice) || is_in_url_or_address(text, slice);
    out.push_back(candidate);
}

void read_candidates(std::string_view text, const Run& run, std::vector<BsnCandidate>& out) {
    for (std::size_t first = 0; first < run.size(); ++first) {
        std::uint32_t digits = 0;
        for (std::size_t last = first; last < run.size() && digits < 9; ++last) {
            digits += std::min<std::uint32_t>(run[last].size(), 10);
            if (digits == 8 || digits == 9)
                consider(text, Slice{run, first, last}, digits == 8, out);
        }
    }
}

}  // namespace

void find_bsn_candidates(std::string_view folded, std::vector<BsnCandidate>& out) {
    Run run;
    std::size_t position = next_digit(folded, 0);
    while (position < folded.size()) {
        const std::size_t end = read_run(folded, position, run);
        read_candidates(folded, run, out);
        position = next_digit(folded, end);
    }
}

}  // namespace postwacht::match
