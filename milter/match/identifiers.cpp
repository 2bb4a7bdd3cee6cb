// Ids of known shapes, e-mail addresses, postcodes.
#include "match/identifiers.hpp"

#include <algorithm>
#include <bitset>

#include "match/characters.hpp"
#include "registry/index.hpp"

namespace postwacht::match {
namespace {

constexpr std::size_t longest_house_number = 5;

// ---- e-mail addresses

bool is_local_char(char c) noexcept {
    return is_ascii_word(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '\'' ||
           c == '&' || c == '~' || c == '-' || !is_ascii(c);
}

bool is_domain_char(char c) noexcept {
    return is_ascii_word(c) || c == '.' || c == '-' || !is_ascii(c);
}

constexpr std::size_t max_local = 64;    // RFC 5321 section 4.5.3.1.1
constexpr std::size_t max_domain = 255;  // section 4.5.3.1.2

// ---- ids

// One run of ASCII letters and digits (or bytes of other letters) in the text.
struct Segment {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

// How many blanks an id may hold beyond those where its letters and digits meet ("ab 123 456").
constexpr std::size_t spare_blanks = 2;

bool is_segment_char(char c) noexcept {
    return is_ascii_word(c) || !is_ascii(c);
}

char shape_char(char c) noexcept {
    if (is_digit(c)) return '9';
    return is_segment_char(c) ? 'a' : c;
}

bool is_shape_char(char c) noexcept {
    return c == '9' || c == 'a';
}

// What may stand between the letters and digits of an id, whatever the registry has there.
bool is_id_joiner(char c) noexcept {
    return c == '-' || c == '.' || c == '/' || c == '_';
}

// Behind what parts two pieces of an id, "-", " - ", a line end; `at` if something else stands
// there.
std::size_t skip_id_gap(std::string_view text, std::size_t at, const std::bitset<256>& joiners) {
    const auto here = [text](std::size_t i) { return i < text.size() ? text[i] : fragment_end; };
    std::size_t next = at;
    if (here(next) == ' ') ++next;
    if (is_id_joiner(here(next)) || joiners.test(static_cast<unsigned char>(here(next)))) {
        ++next;
        if (here(next) == ' ')
            ++next;
        else
            next = skip_wrap(text, next);
    }
    return is_segment_char(here(next)) ? next : at;
}

// The shapes, each with what it is without anything but letters and digits, and what they have in
// common, so that most words are turned away without a search.
struct ShapeSet {
    struct Entry {
        std::string bare;
        std::string_view shape;

        bool operator<(const Entry& other) const { return bare.compare(other.bare) < 0; }
    };

    explicit ShapeSet(const std::vector<std::string>& all) {
        entries.reserve(all.size());
        for (const std::string& shape : all) {
            std::string bare;
            for (const char c : shape) {
                if (is_shape_char(c))
                    bare += c;
                else
                    joiners.set(static_cast<unsigned char>(c));
            }
            if (bare.empty()) continue;
            longest = std::max(longest, bare.size());
            lengths.set(std::min<std::size_t>(bare.size(), lengths.size() - 1));
            without_digit = without_digit || bare.find('9') == std::string::npos;
            std::size_t segments = 0;
            for (std::size_t i = 0; i < shape.size(); ++i)
                if (is_shape_char(shape[i]) && (i == 0 || shape[i - 1] != shape[i])) ++segments;
            // A blank may stand wherever letters and digits meet.
            most_segments = std::max(most_segments, segments);
            const auto run = std::min(bare.find_first_not_of(bare[0]), bare.size());
            auto& longest_run = bare[0] == '9' ? longest_first_digits : longest_first_letters;
            longest_run = std::max(longest_run, run);
            entries.push_back({std::move(bare), shape});
        }
        std::sort(entries.begin(), entries.end());
    }

    // Whether any shape may begin as a word does that begins with this run of letters or digits.
    [[nodiscard]] bool may_begin(bool digits, std::size_t run) const noexcept {
        return run <= (digits ? longest_first_digits : longest_first_letters);
    }

    // Calls f with each shape that is this one without its other signs.
    template <class F>
    void for_each(std::string_view bare, F&& f) const {
        if (!lengths.test(std::min(bare.size(), lengths.size() - 1))) return;
        const auto less = [](const Entry& entry, std::string_view value) {
            return entry.bare.compare(value) < 0;
        };
        auto entry = std::lower_bound(entries.begin(), entries.end(), bare, less);
        for (; entry != entries.end() && entry->bare == bare; ++entry) f(entry->shape);
    }

    std::vector<Entry> entries;
    std::size_t longest = 0;
    std::size_t longest_first_letters = 0;
    std::size_t longest_first_digits = 0;
    std::size_t most_segments = 1;
    std::bitset<64> lengths;
    std::bitset<256> joiners;
    bool without_digit = false;
};

class IdFinder {
  public:
    IdFinder(std::string_view text, const ShapeSet& set, std::vector<IdSpan>& out)
        : text_(text), set_(set), out_(out) {
        shape_.reserve(set.longest + 1);
        written_.reserve(set.longest + 1);
    }

    // Tries every word that begins at this segment: it alone, and joined to those behind it.
    void try_from(const Segment& first) {
        if (!may_begin(first)) return;
        shape_.clear();
        written_.clear();
        bool digit = false;
        Segment segment = first;
        for (std::size_t count = 1;; ++count) {
            for (std::uint32_t i = segment.begin; i < segment.end; ++i) {
                digit = digit || is_digit(text_[i]);
                if (shape_.size() == set_.longest) return;
                shape_.push_back(shape_char(text_[i]));
                written_.push_back(text_[i]);
            }
            if (digit || set_.without_digit)
                set_.for_each({shape_.data(), shape_.size()},
                              [&](std::string_view shape) { emit(first, segment, shape); });
            if (count >= set_.most_segments + spare_blanks || !next_segment(segment)) return;
        }
    }

  private:
    [[nodiscard]] bool may_begin(const Segment& first) const noexcept {
        const bool digits = is_digit(text_[first.begin]);
        std::uint32_t end = first.begin;
        while (end < first.end && is_digit(text_[end]) == digits &&
               end - first.begin <= set_.longest)
            ++end;
        return set_.may_begin(digits, end - first.begin);
    }

    void emit(const Segment& first, const Segment& last, std::string_view shape) {
        const bool digits_only = shape.find('a') == std::string_view::npos;
        if (digits_only && !is_written_as(first, last, shape)) return;
        IdSpan span;
        span.begin = first.begin;
        span.end = last.end;
        // The signs between are as registered, however they are written.
        std::size_t at = 0;
        for (const char c : shape) span.normalised += is_shape_char(c) ? written_[at++] : c;
        out_.push_back(std::move(span));
    }

    // A form of digits alone is that of many other numbers: it must stand there as it is, and not
    // in a longer number.
    [[nodiscard]] bool is_written_as(const Segment& first, const Segment& last,
                                     std::string_view shape) const {
        const auto text = text_.substr(first.begin, last.end - first.begin);
        return text.size() == shape.size() &&
               std::equal(text.begin(), text.end(), shape.begin(),
                          [](char written, char c) { return shape_char(written) == c; }) &&
               !joined_to_digit(first.begin, -1) && !joined_to_digit(last.end, 0);
    }

    // "12345" in "2026-12345" or "12345.67": a dash, dot, slash or comma and then a digit.
    [[nodiscard]] bool joined_to_digit(std::uint32_t edge, int direction) const {
        const auto at = [this](std::int64_t i) {
            return i >= 0 && i < static_cast<std::int64_t>(text_.size())
                       ? text_[static_cast<std::size_t>(i)]
                       : fragment_end;
        };
        const std::int64_t near = std::int64_t{edge} + direction;
        const std::int64_t far = direction < 0 ? near - 1 : near + 1;
        const char c = at(near);
        return (c == '-' || c == '.' || c == '/' || c == ',') && is_digit(at(far));
    }

    // Moves to the segment behind this one.
    bool next_segment(Segment& segment) {
        const std::size_t begin = skip_id_gap(text_, segment.end, set_.joiners);
        if (begin == segment.end) return false;
        segment.begin = segment.end = static_cast<std::uint32_t>(begin);
        while (segment.end < text_.size() && is_segment_char(text_[segment.end]) &&
               segment.end - segment.begin <= set_.longest)
            ++segment.end;
        return true;
    }

    std::string_view text_;
    const ShapeSet& set_;
    std::vector<IdSpan>& out_;
    std::vector<char> shape_;    // without what stands between
    std::vector<char> written_;  // the same characters as they are
};

Segment segment_around(std::string_view text, std::size_t position) noexcept {
    std::size_t begin = position;
    while (begin > 0 && is_segment_char(text[begin - 1])) --begin;
    std::size_t end = position;
    while (end < text.size() && is_segment_char(text[end])) ++end;
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

// The segment before `segment`, if it holds no digit (else it was a start of its own).
bool step_back(std::string_view text, const ShapeSet& set, Segment& segment) noexcept {
    const auto is_joiner = [&set](char c) {
        return is_id_joiner(c) || set.joiners.test(static_cast<unsigned char>(c));
    };
    std::uint32_t begin = segment.begin;
    if (begin > 0 && text[begin - 1] == ' ') --begin;
    if (begin > 0 && is_joiner(text[begin - 1])) {
        --begin;
        if (begin > 0 && text[begin - 1] == ' ') --begin;
    }
    if (begin == segment.begin) return false;
    const std::uint32_t end = begin;
    while (begin > 0 && is_segment_char(text[begin - 1])) {
        if (is_digit(text[begin - 1]) || end - begin > set.longest) return false;
        --begin;
    }
    if (begin == end) return false;
    segment = {begin, end};
    return true;
}

}  // namespace

void find_email_addresses(std::string_view folded, std::vector<EmailSpan>& out) {
    std::size_t at = folded.find('@');
    for (; at != std::string_view::npos; at = folded.find('@', at + 1)) {
        std::size_t begin = at;
        while (begin > 0 && at - begin < max_local && is_local_char(folded[begin - 1])) --begin;
        // Marks around an address: quotes, a dash of a list, the dots of "e-mail....jan@".
        while (begin < at && !is_ascii_word(folded[begin]) && is_ascii(folded[begin])) ++begin;
        std::size_t end = at + 1;
        while (end < folded.size() && end - at <= max_domain && is_domain_char(folded[end])) ++end;
        while (end > at + 1 && (folded[end - 1] == '.' || folded[end - 1] == '-')) --end;
        const auto domain = folded.substr(at + 1, end - at - 1);
        const auto dot = domain.find('.');
        if (begin == at || dot == 0 || dot == std::string_view::npos) continue;
        EmailSpan span;
        span.begin = static_cast<std::uint32_t>(begin);
        span.end = static_cast<std::uint32_t>(end);
        span.address = folded.substr(begin, end - begin);
        out.push_back(span);
    }
}

void find_ids(std::string_view folded, const std::vector<std::string>& shapes,
              std::vector<IdSpan>& out) {
    if (shapes.empty()) return;
    const ShapeSet set(shapes);
    IdFinder finder(folded, set, out);
    const auto first_out = static_cast<long>(out.size());
    std::size_t position = 0;
    const auto advance = [&] {
        if (!set.without_digit) {
            position = next_digit(folded, position);
        } else {
            while (position < folded.size() && !is_segment_char(folded[position])) ++position;
        }
        return position < folded.size();
    };
    while (advance()) {
        const Segment segment = segment_around(folded, position);
        Segment start = segment;
        finder.try_from(start);
        if (!set.without_digit) {
            for (std::size_t back = 1; back < set.most_segments && step_back(folded, set, start);
                 ++back)
                finder.try_from(start);
        }
        position = segment.end;
    }
    std::sort(out.begin() + first_out, out.end(),
              [](const IdSpan& a, const IdSpan& b) { return a.begin < b.begin; });
}

void find_postcodes(std::string_view folded, std::vector<PostcodeSpan>& out) {
    const auto at = [folded](std::size_t i) {
        return i < folded.size() ? folded[i] : fragment_end;
    };
    std::size_t position = next_digit(folded, 0);
    while (position < folded.size()) {
        std::size_t end = position;
        while (end < folded.size() && is_digit(folded[end])) ++end;
        if (end - position == 4 && folded[position] != '0' && !word_ends_at(folded, position)) {
            // "1234ab", "1234 ab", "1234.ab", "1234 a b", and what a line end parts.
            std::size_t first = skip_wrap(folded, end);
            if (first == end && (at(end) == ' ' || at(end) == '.' || at(end) == '-')) ++first;
            std::size_t second = first + 1;
            if (first > end && at(second) == ' ') ++second;
            // "1234ab56": postcode and house number as exports have them for a key.
            std::size_t behind = second + 1;
            if (second == end + 1) {
                while (behind - second <= longest_house_number && is_digit(at(behind))) ++behind;
                if (behind > second + 1 && is_ascii_letter(at(behind))) ++behind;
            }
            if (is_ascii_letter(at(first)) && is_ascii_letter(at(second)) &&
                !word_begins_at(folded, behind)) {
                PostcodeSpan span;
                span.begin = static_cast<std::uint32_t>(position);
                span.end = static_cast<std::uint32_t>(second + 1);
                std::copy_n(folded.begin() + static_cast<long>(position), 4, span.postcode.begin());
                span.postcode[4] = static_cast<char>(at(first) - 'a' + 'A');
                span.postcode[5] = static_cast<char>(at(second) - 'a' + 'A');
                out.push_back(span);
            }
        }
        position = next_digit(folded, end);
    }
}

}  // namespace postwacht::match
