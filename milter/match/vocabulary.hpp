// Vocabulary: the words a policy gives to the matcher, compiled to one libhs database.
//
// Terms are folded as the text is (base/text.hpp) and match as whole words, over a line break, a
// quote mark or a tab as well as over a blank. A blank in a term also matches a hyphen or an
// underscore; a hyphen in a term also matches those, a blank, or nothing ("e-mail", "e mail",
// "email"). A BSN keyword may touch digits ("bsn123456782"), other terms may not.
//
// Patterns are PCRE as libhs knows it: no look-around, no back references. Letters with accents in
// them are folded, escapes are left as they are; ^ and $ match at lines. A pattern cannot match
// nothing. Words that stand near others or not (Condition) are found in the same pass; a vocabulary
// without them pays nothing for it. Limit: a word that a line end hyphenates in the middle is not
// put together again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postwacht::match {

// Makes a term or pattern count only where one of the words `near` stands within so many bytes of
// folded text before or behind it, and none of the words `unless` does. Both are terms; an empty
// list asks for nothing. With a weight it counts only where the weights of all words of its
// category that are found in the text, each once, come to the category's threshold.
struct Condition {
    bool pattern = false;  // of which list it is
    std::size_t item = 0;  // and which of that
    std::vector<std::string> near;
    std::vector<std::string> unless;
    std::uint32_t within = 0;
    std::uint32_t weight = 0;  // 0: it counts by itself
};

// What the words of a category are. The index in the vector is the category's number.
struct CategoryWords {
    std::string name;
    std::vector<std::string> terms;  // literal, whole words; case, accents and blanks do not count
    std::vector<std::string> patterns;  // PCRE as libhs supports it, over the folded text, caseless
    std::vector<Condition> conditions = {};
    std::uint32_t threshold = 0;  // for the words that have a weight
};

struct Words {
    std::vector<CategoryWords> categories;
    // Words that, near a number, say that it is a BSN ("burgerservicenummer").
    std::vector<std::string> bsn_keywords;
    // Words behind which the start date of the case stands ("ingangsdatum", "met ingang van").
    std::vector<std::string> period_cues;
    // Words before which it stands ("op 1 maart 2026 is ingegaan").
    std::vector<std::string> period_cues_behind;
    // Words by which a date of birth stands ("geboren").
    std::vector<std::string> birth_cues;
    // Words behind which a date stands that is neither ("dagtekening", "tot en met").
    std::vector<std::string> other_date_cues;
};

// The lists used where a policy gives none: Dutch and English.
[[nodiscard]] const std::vector<std::string>& default_bsn_keywords();
[[nodiscard]] const std::vector<std::string>& default_period_cues();
[[nodiscard]] const std::vector<std::string>& default_period_cues_behind();
[[nodiscard]] const std::vector<std::string>& default_other_date_cues();
[[nodiscard]] const std::vector<std::string>& default_birth_cues();

// No categories, and these lists.
[[nodiscard]] Words default_words();

// Which word was not accepted, so that a policy file can name its line.
struct WordError {
    std::size_t category = 0;
    bool pattern = false;
    std::size_t item = 0;
    std::string what;
};

enum class HitKind : std::uint8_t {
    category,
    bsn_keyword,
    period_cue,
    other_date_cue,
    birth_cue,
    period_cue_behind
};

struct Hit {
    HitKind kind = HitKind::category;
    std::uint32_t category = 0;
    // Offsets into the folded text. For a pattern begin == end, the end of the match; matches that
    // end at neighbouring offsets are one hit, with the last of them as its end.
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

// Immutable and thread-safe: scratch space comes from a pool inside.
class Vocabulary {
  public:
    // Errors: policy; `word_error` (if given) then says which word it was.
    static Result<std::shared_ptr<const Vocabulary>> compile(const Words& words,
                                                             WordError* word_error = nullptr);
    ~Vocabulary();

    // One pass over folded text (base/text.hpp): hits in the order of their end, appended.
    Result<void> scan(std::string_view folded, std::vector<Hit>& hits) const;
    [[nodiscard]] const std::vector<std::string>& category_names() const;

  private:
    Vocabulary();
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace postwacht::match
