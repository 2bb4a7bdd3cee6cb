// Identifiers in folded text: nine-digit numbers in every written form, ids of known shapes,
// e-mail addresses, dates, postcodes. Pure functions over text, no registry.
//
// Each find_*() appends to `out` in the order in which the spans begin, takes any bytes, and costs
// time linear in the text. Offsets are 32 bits wide: the caller keeps texts below 4 GB.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"

namespace postwacht::match {

struct Span {
    std::uint32_t begin = 0;  // offsets into the folded text
    std::uint32_t end = 0;
};

// A number that passes the 11-test and may be a BSN.
struct BsnCandidate : Span {
    std::array<char, 9> digits{};
    // Eight digits were written: the leading zero was dropped (as spreadsheets do). Weaker.
    bool zero_dropped = false;
    // Digits were grouped, or split over a line.
    bool grouped = false;
    // The number more likely is something else (an amount, part of a telephone number, of a URL, of
    // a hexadecimal string, an odd grouping): it counts only with a keyword right before it.
    bool doubtful = false;
};

// Forms: 123456782, 1234.56.782, 123 456 782, 123-456-782, 123·456·782, 1 2 3 4 5 6 7 8 2,
// bsn123456782, 123456782.pdf, split by a line break (with quote marks), eight digits for a leading
// zero. Doubtful: part of a longer string of digits and letters, of an IBAN, a telephone number
// with its 0 or +31, an amount, a decimal fraction, an e-mail address, a URL, groups parted by
// several signs (1234.56-782). Not at all: nine of
// ten or more digits, dates, IP addresses. A row of groups gives every plausible reading, so
// candidates may overlap.
void find_bsn_candidates(std::string_view folded, std::vector<BsnCandidate>& out);

// Local parts of letters, digits and . _ % + ' & ~ -; no quoted ones.
struct EmailSpan : Span {
    std::string_view address;  // in the text
};
void find_email_addresses(std::string_view folded, std::vector<EmailSpan>& out);

struct IdSpan : Span {
    std::string normalised;  // as registered (registry::normalise_other_id)
};
// Words whose shape is one of `shapes` (sorted; registry::shape_of), whole words only. What parts
// the letters and digits of one does not count: "ab-1234", "ab1234", "AB 12 34" and "ab.1234/" all
// may be "ab-1234". A form of digits alone must stand there as it is, and is not taken from a
// longer number with dashes, dots or commas.
void find_ids(std::string_view folded, const std::vector<std::string>& shapes,
              std::vector<IdSpan>& out);

struct DateSpan : Span {
    Date date;
    bool short_year = false;  // two digits were written, so that the century is a guess
    bool of_birth = false;    // where it stands says that somebody was born then
};
// "12-03-2026", "12.3.2026", "12/03/26", "12-3-'26", "2026-03-12", "12 maart 2026", "12 mrt. 2026",
// "March 12, 2026", "12-mrt-2026", "12/3-2026", "12-III-2026", "twaalf maart 2026", "20260312", and
// those of birth on passports and identity cards, for machines. The day comes before the month,
// unless only the other order exists (03/25/2026). Two-digit years: 00-49 are 2000s, 50-99 are
// 1900s.
void find_dates(std::string_view folded, std::vector<DateSpan>& out);
// "12 maart 91", "12 03 91" at a position: two digits are a year, which find_dates() would need a
// sign for.
[[nodiscard]] std::optional<DateSpan> read_short_date(std::string_view folded, std::size_t at);
// "(op de) vijfde april negentienhonderdnegenenzeventig" at or a few words behind a position.
[[nodiscard]] std::optional<DateSpan> read_date_in_words(std::string_view folded, std::size_t at);

// "12 maart", "1e jan." at a position, whatever follows.
struct DayAndMonth {
    std::chrono::day day;
    std::chrono::month month;
    std::uint32_t end = 0;
};
[[nodiscard]] std::optional<DayAndMonth> read_day_and_month(std::string_view folded,
                                                            std::size_t at);

// "januari 2025", "de maand jan. 2025" behind a position, with blanks or a colon before it: the
// first day of that month.
[[nodiscard]] std::optional<Date> read_month_and_year(std::string_view folded, std::size_t at);

// Postcodes "1234ab", also with a blank, stop, dash or line end between, and "1234 a b"; as
// "1234AB".
struct PostcodeSpan : Span {
    std::array<char, 6> postcode{};
};
void find_postcodes(std::string_view folded, std::vector<PostcodeSpan>& out);

}  // namespace postwacht::match
