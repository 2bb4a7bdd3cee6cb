// RunTemplate: what letters of one mail merge have in common, as a fingerprint.
//
// A letter is taken as the set of its neighbouring words, without all that a merge fills in: words
// with a capital or a digit in them (names, numbers, amounts, dates), the word behind a number (its
// unit or month) and words of fewer than four letters (particles of names, pronouns). The kinds of
// its parts belong to the set. Of a keyed hash of each member the least in each of 64 bins is kept
// (MinHash by one permutation): the share of bins in which two letters agree estimates how much of
// both sets they share (Jaccard).
//
// Cost: one pass over the first `most_template_text` bytes of the text, whatever else a letter
// carries. Limits: letters that say different things behind the same first two kilobytes are
// alike; a text in capitals has no words, and its kinds of parts tell it alone.
// Source: P. Li, A. Owen, C.-H. Zhang, "One Permutation Hashing", NIPS 2012.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "extract/reading.hpp"

namespace postwacht::pipeline {

inline constexpr std::size_t template_bins = 64;
inline constexpr std::size_t most_template_text = 2048;

struct RunTemplate {
    static constexpr std::uint16_t nothing = 0xFFFF;  // no member of the set is in this bin
    std::array<std::uint16_t, template_bins> least{};

    bool operator==(const RunTemplate&) const = default;
    // 256 hexadecimal digits.
    [[nodiscard]] std::string to_hex() const;
    [[nodiscard]] static bool from_hex(std::string_view digits, RunTemplate& out);
};

// `seed` is secret, so that a fingerprint tells nothing about the words.
[[nodiscard]] RunTemplate template_of(const extract::Reading& reading, std::uint64_t seed);

// How much two letters share, 0 to 1; 0 where that is too little for one template.
[[nodiscard]] double likeness(const RunTemplate& a, const RunTemplate& b) noexcept;

// A hash of text, and of two hashes in their order. Not for secrets: `seed` must be one.
[[nodiscard]] std::uint64_t seeded_hash(std::string_view text, std::uint64_t seed) noexcept;
[[nodiscard]] std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept;

}  // namespace postwacht::pipeline
