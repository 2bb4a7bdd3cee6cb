// Text: from any charset to UTF-8, and from UTF-8 to the folded form that matching reads.
//
// Guarantees: every function takes any bytes and never fails; what cannot be decoded becomes
// U+FFFD. Standards: Unicode NFKC by utf8proc, charsets by iconv(3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postwacht::text {

[[nodiscard]] bool is_valid_utf8(std::string_view bytes) noexcept;

// A copy with each ill-formed sequence replaced by U+FFFD.
[[nodiscard]] std::string repair_utf8(std::string_view bytes);

struct Decoded {
    std::string text;     // valid UTF-8
    bool lossy = false;   // something could not be decoded
    std::string charset;  // what it was read as, lower case
};

// Decodes bytes of the declared charset (a MIME name; may be empty, unknown or wrong).
// A byte-order mark outranks the declaration. Without a usable one: UTF-8 if it is valid, UTF-16 if
// it looks like it, else Windows-1252. Bytes that do not fit us-ascii, utf-8 or iso-8859-1, or that
// are plain text declared to be UTF-16, EBCDIC or the like, are read as what readers show.
[[nodiscard]] Decoded decode(std::string_view bytes, std::string_view charset);
// Opens the converters for all charsets that letters and documents are written in and keeps them,
// for a process that will not be able to load any later.
void load_charsets();

// The folded form: NFKC, lower case, diacritics removed (also those without a decomposition: o
// with stroke -> o, sharp s -> ss), letters of other scripts that look like Latin ones as those
// and digits as 0 to 9 (base/look_alikes.hpp), invisible characters (soft hyphen, zero-width space
// and joiners, bidi controls, BOM) removed, signs that are part of no word (bullets, arrows) each
// a '*', every run of blanks one space, CR LF and CR one '\n'. '\n' (lines) and '\t' (cells) are
// kept. Valid UTF-8 in, valid UTF-8 out; mostly ASCII for European text.
[[nodiscard]] std::string fold(std::string_view utf8);
// The same, appended to `out`, so that a caller can reuse its buffer.
void fold_into(std::string_view utf8, std::string& out);

// ASCII only, for header names, domains and keywords.
[[nodiscard]] std::string ascii_lower(std::string_view text);
[[nodiscard]] bool ascii_iequals(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

// For logs, terminals and SMTP replies: control characters, those that change the direction of text
// and invalid UTF-8 become '?', and at most `limit` bytes are kept.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 200);

// The candidate nearest to `word` by edit distance (at most 2), for "did you mean"; empty if none.
template <class Range>
[[nodiscard]] std::string_view nearest(std::string_view word, const Range& candidates);
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

template <class Range>
std::string_view nearest(std::string_view word, const Range& candidates) {
    std::string_view best;
    std::size_t best_distance = 3;
    for (const auto& candidate : candidates) {
        const std::string_view view(candidate);
        const std::size_t distance = edit_distance(word, view);
        if (distance < best_distance && distance < view.size()) {
            best = view;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace postwacht::text
