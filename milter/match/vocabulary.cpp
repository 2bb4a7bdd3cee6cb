#include "match/vocabulary.hpp"

#include <hs.h>

#include <algorithm>
#include <limits>
#include <map>
#include <new>
#include <optional>
#include <unordered_map>

#include "base/format.hpp"
#include "base/lock_guarded.hpp"
#include "base/text.hpp"
#include "match/characters.hpp"
#include "match/conditions.hpp"
#include "match/pattern_cost.hpp"
#include "match/pattern_gaps.hpp"

namespace postwacht::match {
namespace {

// A term as the words it is made of.
struct Term {
    struct Word {
        std::string text;
        bool gap_required = false;  // between the word before and this one
    };
    std::vector<Word> words;
};

// What is looked for: a term or a pattern.
struct Expression {
    HitKind kind = HitKind::category;
    std::uint32_t category = 0;
    Term term;               // no words: a pattern
    std::size_t anchor = 0;  // the word of the term at whose end libhs reports it
    WordError origin;
    std::string regex;
    unsigned flags = 0;
    std::uint32_t condition = 0;  // from 1; 0 for none
    std::uint32_t helper = 0;     // a word that conditions ask for, of this list, from 1

    [[nodiscard]] bool is_pattern() const noexcept { return term.words.empty(); }
};

Term split_term(std::string_view folded) {
    Term term;
    bool blank = false;
    bool in_word = false;
    for (const char c : folded) {
        if (is_gap(c)) {
            blank = blank || c != '-';
            in_word = false;
            continue;
        }
        if (!in_word) term.words.push_back({{}, blank});
        blank = false;
        in_word = true;
        term.words.back().text += c;
    }
    return term;
}

void append_literal(std::string_view literal, std::string& regex) {
    static constexpr std::string_view hexadecimal = "0123456789abcdef";
    for (const char c : literal) {
        if (is_ascii_word(c)) {
            regex += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        regex += "\\x";
        regex += hexadecimal[byte >> 4U];
        regex += hexadecimal[byte & 15U];
    }
}

// A term of several words is looked for by its longest word where that is not short: literals are
// compiled in a hundredth of the time that gaps take, and scanned faster. The other words are
// looked at when it is found. Short words are found too often for that, and so is one that many
// terms share.
constexpr std::size_t shortest_anchor = 5;
constexpr std::size_t most_terms_at_an_anchor = 16;

std::size_t longest_word(const Term& term) {
    std::size_t longest = 0;
    for (std::size_t i = 1; i < term.words.size(); ++i)
        if (term.words[i].text.size() > term.words[longest].text.size()) longest = i;
    return longest;
}

// Both sides are folded, so no flag for case or UTF-8 is needed: plain bytes give libhs the longest
// literals. Word ends are looked at when it reports a match.
std::string term_regex(const Term& term) {
    std::string regex;
    for (const Term::Word& word : term.words) {
        if (!regex.empty()) regex += word.gap_required ? "[ \\n\\t_>|-]+" : "[ \\n\\t_>|-]*";
        append_literal(word.text, regex);
    }
    return regex;
}

// Folds the letters outside ASCII. What they become is meant literally, so "full-width asterisk"
// must not turn into a quantifier.
std::string fold_pattern(std::string_view pattern) {
    std::string folded;
    std::size_t at = 0;
    while (at < pattern.size()) {
        const bool escape = pattern[at] == '\\' && at + 1 < pattern.size();
        if (escape && is_ascii(pattern[at + 1])) {
            folded += pattern.substr(at, 2);
            at += 2;
            continue;
        }
        if (escape) ++at;
        if (is_ascii(pattern[at])) {
            folded += pattern[at++];
            continue;
        }
        std::size_t end = at;
        while (end < pattern.size() && !is_ascii(pattern[end])) ++end;
        std::string run = "x";  // folding drops a blank at the very start
        text::fold_into(pattern.substr(at, end - at), run);
        for (const char c : std::string_view(run).substr(1)) {
            if (is_ascii(c) && !is_ascii_word(c)) folded += '\\';
            folded += c;
        }
        at = end;
    }
    return folded;
}

// libhs reads characters instead of bytes only where it makes a difference, since under UTF-8 "k"
// and "s" have capitals outside ASCII and literals with them get slower.
bool needs_utf8(std::string_view regex) {
    if (!std::all_of(regex.begin(), regex.end(), is_ascii)) return true;
    bool escaped = false;
    for (std::size_t i = 0; i < regex.size(); ++i) {
        const char c = regex[i];
        if (escaped) {
            escaped = false;
            if (c == 'p' || c == 'P' || c == 'X') return true;
            if (c == 'x' && i + 1 < regex.size() && regex[i + 1] == '{') return true;
        } else if (c == '\\') {
            escaped = true;
        } else if (c == '.' || (c == '[' && i + 1 < regex.size() && regex[i + 1] == '^')) {
            return true;
        }
    }
    return false;
}

// Where a term stands whose anchor ends at `anchor_end`; nothing if it does not stand there as
// whole words.
struct Place {
    std::size_t begin = 0;
    std::size_t end = 0;
};
std::optional<Place> term_at(const Expression& expression, std::string_view text,
                             std::size_t anchor_end) {
    const auto& words = expression.term.words;
    const bool keyword = expression.kind == HitKind::bsn_keyword;
    const auto continues = keyword ? letter_begins_at : word_begins_at;
    const auto precedes = keyword ? letter_ends_at : word_ends_at;
    Place place{anchor_end, anchor_end};
    for (std::size_t i = expression.anchor + 1; i < words.size(); ++i) {
        const std::size_t gap = place.end;
        while (place.end < text.size() && is_gap(text[place.end])) ++place.end;
        if (words[i].gap_required && place.end == gap) return std::nullopt;
        if (!text.substr(place.end).starts_with(words[i].text)) return std::nullopt;
        place.end += words[i].text.size();
    }
    if (word_ends_at(text, place.end) && continues(text, place.end)) return std::nullopt;
    for (std::size_t i = expression.anchor + 1; i-- > 0;) {
        if (!text.substr(0, place.begin).ends_with(words[i].text)) return std::nullopt;
        place.begin -= words[i].text.size();
        if (i == 0) break;
        const std::size_t gap = place.begin;
        while (place.begin > 0 && is_gap(text[place.begin - 1])) --place.begin;
        if (words[i].gap_required && place.begin == gap) return std::nullopt;
    }
    if (word_begins_at(text, place.begin) && precedes(text, place.begin)) return std::nullopt;
    return place;
}

std::string without_final_stop(std::string text) {
    while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
    return text;
}

// Scratch spaces, one per scan under way. libhs forbids two scans in one space at a time.
class ScratchPool {
  public:
    ScratchPool() = default;
    ScratchPool(const ScratchPool&) = delete;
    ScratchPool& operator=(const ScratchPool&) = delete;
    ~ScratchPool() {
        spare_.with([](auto& spare) {
            for (hs_scratch_t* scratch : spare) hs_free_scratch(scratch);
        });
        hs_free_scratch(prototype_);
    }

    bool prepare(const hs_database_t* database) {
        return hs_alloc_scratch(database, &prototype_) == HS_SUCCESS;
    }

    // Null when there is no memory.
    hs_scratch_t* take() {
        hs_scratch_t* scratch = spare_.with([](auto& spare) -> hs_scratch_t* {
            if (spare.empty()) return nullptr;
            hs_scratch_t* last = spare.back();
            spare.pop_back();
            return last;
        });
        if (scratch == nullptr && hs_clone_scratch(prototype_, &scratch) != HS_SUCCESS)
            return nullptr;
        return scratch;
    }

    void give_back(hs_scratch_t* scratch) noexcept {
        try {
            spare_.with([scratch](auto& spare) { spare.push_back(scratch); });
        } catch (const std::bad_alloc&) {
            hs_free_scratch(scratch);
        }
    }

  private:
    hs_scratch_t* prototype_ = nullptr;
    LockGuarded<std::vector<hs_scratch_t*>> spare_;
};

class ScratchLoan {
  public:
    explicit ScratchLoan(ScratchPool& pool) : pool_(pool), scratch_(pool.take()) {}
    ScratchLoan(const ScratchLoan&) = delete;
    ScratchLoan& operator=(const ScratchLoan&) = delete;
    ~ScratchLoan() {
        if (scratch_ != nullptr) pool_.give_back(scratch_);
    }
    [[nodiscard]] hs_scratch_t* get() const noexcept { return scratch_; }

  private:
    ScratchPool& pool_;
    hs_scratch_t* scratch_;
};

// What the number of a libhs expression stands for: the terms that have this word in them, or one
// term or pattern. Numbers of expressions.
using Sought = std::vector<std::uint32_t>;

// What the callback of one scan needs.
struct Scan {
    const std::vector<Expression>& expressions;
    const std::vector<Sought>& sought;
    std::string_view text;
    std::vector<Hit>& hits;
    std::vector<std::size_t> last_hit;  // per expression, for patterns: its last hit, from 1
    ConditionalHits conditional;
    bool out_of_memory = false;
};

void report(Scan& scan, unsigned number, std::size_t end) {
    const Expression& expression = scan.expressions[number];
    if (expression.helper != 0) {
        if (const auto place = term_at(expression, scan.text, end))
            scan.conditional.words.push_back({expression.helper,
                                              static_cast<std::uint32_t>(place->begin),
                                              static_cast<std::uint32_t>(place->end)});
        return;
    }
    const bool conditional = expression.condition != 0;
    Hit hit;
    hit.kind = expression.kind;
    hit.category = expression.category;
    hit.end = static_cast<std::uint32_t>(end);
    if (!expression.is_pattern()) {
        const auto place = term_at(expression, scan.text, end);
        if (!place) return;
        hit.begin = static_cast<std::uint32_t>(place->begin);
        hit.end = static_cast<std::uint32_t>(place->end);
    } else {
        // "\d+" ends at every digit: one hit is enough, and keeps memory in bounds.
        hit.begin = hit.end;
        if (scan.last_hit.empty()) scan.last_hit.resize(scan.expressions.size());
        std::size_t& last = scan.last_hit[number];
        auto& hits = scan.hits;
        auto& pending = scan.conditional.pending;
        if (last != 0) {
            Hit& before = conditional ? pending[last - 1].hit : hits[last - 1];
            if (hit.end - before.end <= 1) {
                before.begin = before.end = hit.end;
                return;
            }
        }
        last = (conditional ? pending.size() : hits.size()) + 1;
    }
    if (conditional)
        scan.conditional.pending.push_back({hit, expression.condition});
    else
        scan.hits.push_back(hit);
}

// No exception may cross libhs, which is C.
int on_match(unsigned number, unsigned long long, unsigned long long end, unsigned,
             void* context) noexcept {
    auto& scan = *static_cast<Scan*>(context);
    try {
        for (const std::uint32_t expression : scan.sought[number])
            report(scan, expression, static_cast<std::size_t>(end));
        return 0;
    } catch (const std::bad_alloc&) {
        scan.out_of_memory = true;
        return 1;
    }
}

}  // namespace

struct Vocabulary::State {
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { hs_free_database(database); }

    std::vector<std::string> names;
    std::vector<Expression> expressions;
    std::vector<Sought> sought;
    std::vector<CompiledCondition> conditions;
    hs_database_t* database = nullptr;
    mutable ScratchPool scratch;
};

namespace {

Error refuse(WordError origin, WordError* out) {
    Error error{ErrorCode::policy, {}, origin.what, {}};
    if (out != nullptr) *out = std::move(origin);
    return error;
}

// Turns words into expressions, one list after the other.
class Collector {
  public:
    Collector(std::vector<Expression>& out, WordError* word_error)
        : out_(out), word_error_(word_error) {}

    Result<void> terms(const std::vector<std::string>& words, HitKind kind, std::size_t category) {
        for (std::size_t i = 0; i < words.size(); ++i) {
            Expression expression = blank(kind, category, false, i);
            expression.term = split_term(text::fold(words[i]));
            if (expression.term.words.empty())
                return fail(std::move(expression), "the term holds no letter or digit");
            expression.anchor = expression.term.words.size() - 1;
            expression.regex = term_regex(expression.term);
            out_.push_back(std::move(expression));
        }
        return {};
    }

    Result<void> patterns(const std::vector<std::string>& words, std::size_t category) {
        for (std::size_t i = 0; i < words.size(); ++i) {
            Expression expression = blank(HitKind::category, category, true, i);
            if (words[i].empty()) return fail(std::move(expression), "the pattern is empty");
            if (words[i].find('\0') != std::string::npos)
                return fail(std::move(expression), "the pattern holds a NUL character");
            if (!text::is_valid_utf8(words[i]))
                return fail(std::move(expression), "the pattern is not valid UTF-8");
            expression.regex = with_gaps(fold_pattern(words[i]));
            expression.flags = HS_FLAG_CASELESS | HS_FLAG_MULTILINE;
            if (needs_utf8(expression.regex)) {
                // libhs cannot be stopped once it has begun.
                if (wide_characters(expression.regex) > most_wide_characters)
                    return fail(std::move(expression),
                                "the pattern repeats '.' or a class of all letters so often that "
                                "it would take minutes to compile; bound it lower, or write a "
                                "class like [a-z ] for it");
                expression.flags |= HS_FLAG_UTF8;
            }
            out_.push_back(std::move(expression));
        }
        return {};
    }

    // The conditions of a category whose words were collected from `first` on.
    Result<void> conditions(const CategoryWords& words, std::size_t category, std::size_t first,
                            std::vector<CompiledCondition>& compiled) {
        for (const Condition& condition : words.conditions) {
            const std::size_t item =
                condition.pattern ? words.terms.size() + condition.item : condition.item;
            CompiledCondition out;
            out.within = condition.within;
            out.weight = condition.weight;
            out.threshold = words.threshold;
            POSTWACHT_TRY(near, helpers(condition.near, condition, category));
            POSTWACHT_TRY(unless, helpers(condition.unless, condition, category));
            out.near = near;
            out.unless = unless;
            compiled.push_back(out);
            out_[first + item].condition = static_cast<std::uint32_t>(compiled.size());
        }
        return {};
    }

  private:
    // The number of a list of words; 0 for an empty one. Lists that are alike are one.
    Result<std::uint32_t> helpers(const std::vector<std::string>& words, const Condition& condition,
                                  std::size_t category) {
        if (words.empty()) return std::uint32_t{0};
        const auto [list, added] =
            helper_lists_.emplace(words, static_cast<std::uint32_t>(helper_lists_.size() + 1));
        if (!added) return list->second;
        const std::size_t first = out_.size();
        POSTWACHT_CHECK(terms(words, HitKind::category, category));
        for (std::size_t i = first; i < out_.size(); ++i) {
            out_[i].helper = list->second;
            out_[i].origin = {category, condition.pattern, condition.item, {}};
        }
        return list->second;
    }

    static Expression blank(HitKind kind, std::size_t category, bool pattern, std::size_t item) {
        Expression expression;
        expression.kind = kind;
        expression.category = static_cast<std::uint32_t>(category);
        expression.origin = {category, pattern, item, {}};
        return expression;
    }
    Error fail(Expression expression, const char* what) {
        expression.origin.what = what;
        return refuse(std::move(expression.origin), word_error_);
    }

    std::vector<Expression>& out_;
    WordError* word_error_;
    std::map<std::vector<std::string>, std::uint32_t> helper_lists_;
};

// Gives each term its anchor, and brings together those that libhs is to look for as one.
std::vector<Sought> bring_together(std::vector<Expression>& expressions) {
    std::vector<Sought> sought;
    std::unordered_map<std::string, std::size_t> literals;
    for (std::uint32_t number = 0; number < expressions.size(); ++number) {
        Expression& expression = expressions[number];
        if (!expression.is_pattern()) {
            const std::size_t longest = longest_word(expression.term);
            const std::string& word = expression.term.words[longest].text;
            if (expression.term.words.size() == 1 || word.size() >= shortest_anchor) {
                const auto [literal, added] = literals.emplace(word, sought.size());
                if (added || sought[literal->second].size() < most_terms_at_an_anchor) {
                    expression.anchor = longest;
                    expression.regex.clear();
                    append_literal(word, expression.regex);
                    if (!added) {
                        sought[literal->second].push_back(number);
                        continue;
                    }
                }
            }
        }
        sought.push_back({number});
    }
    return sought;
}

Result<hs_database_t*> compile_database(const std::vector<Expression>& expressions,
                                        const std::vector<Sought>& sought, WordError* word_error) {
    std::vector<const char*> regexes;
    std::vector<unsigned> flags;
    std::vector<unsigned> numbers;
    for (const Sought& together : sought) {
        const Expression& expression = expressions[together.front()];
        regexes.push_back(expression.regex.c_str());
        flags.push_back(expression.flags);
        numbers.push_back(static_cast<unsigned>(numbers.size()));
    }
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    if (hs_compile_multi(regexes.data(), flags.data(), numbers.data(),
                         static_cast<unsigned>(regexes.size()), HS_MODE_BLOCK, nullptr, &database,
                         &error) == HS_SUCCESS)
        return database;
    WordError origin;
    if (error != nullptr && error->expression >= 0)
        origin = expressions[sought[static_cast<std::size_t>(error->expression)].front()].origin;
    origin.what = without_final_stop(error != nullptr && error->message != nullptr
                                         ? error->message
                                         : "the words could not be compiled");
    // libhs names its own flag here, which a policy's author cannot set.
    if (origin.what.find("empty buffer") != std::string::npos)
        origin.what = "the pattern can match nothing at all";
    hs_free_compile_error(error);
    return refuse(std::move(origin), word_error);
}

}  // namespace

Vocabulary::Vocabulary() : state_(std::make_unique<State>()) {}
Vocabulary::~Vocabulary() = default;

Result<std::shared_ptr<const Vocabulary>> Vocabulary::compile(const Words& words,
                                                              WordError* word_error) {
    const std::shared_ptr<Vocabulary> vocabulary(new Vocabulary);
    State& state = *vocabulary->state_;
    Collector collect(state.expressions, word_error);
    for (std::size_t i = 0; i < words.categories.size(); ++i) {
        const CategoryWords& category = words.categories[i];
        const std::size_t first = state.expressions.size();
        state.names.push_back(category.name);
        POSTWACHT_CHECK(collect.terms(category.terms, HitKind::category, i));
        POSTWACHT_CHECK(collect.patterns(category.patterns, i));
        POSTWACHT_CHECK(collect.conditions(category, i, first, state.conditions));
    }
    POSTWACHT_CHECK(collect.terms(words.bsn_keywords, HitKind::bsn_keyword, 0));
    POSTWACHT_CHECK(collect.terms(words.period_cues, HitKind::period_cue, 0));
    POSTWACHT_CHECK(collect.terms(words.period_cues_behind, HitKind::period_cue_behind, 0));
    POSTWACHT_CHECK(collect.terms(words.other_date_cues, HitKind::other_date_cue, 0));
    POSTWACHT_CHECK(collect.terms(words.birth_cues, HitKind::birth_cue, 0));
    if (!state.expressions.empty()) {
        state.sought = bring_together(state.expressions);
        POSTWACHT_TRY(database, compile_database(state.expressions, state.sought, word_error));
        state.database = database;
        if (!state.scratch.prepare(database))
            return Error{ErrorCode::internal, "libhs", "no memory to match with", {}};
    }
    return std::shared_ptr<const Vocabulary>(vocabulary);
}

Result<void> Vocabulary::scan(std::string_view folded, std::vector<Hit>& hits) const {
    if (state_->database == nullptr || folded.empty()) return {};
    if (folded.size() > std::numeric_limits<unsigned>::max())
        return Error{ErrorCode::budget, "libhs", "a text is too long to be matched", {}};
    const ScratchLoan scratch(state_->scratch);
    if (scratch.get() == nullptr)
        return Error{ErrorCode::internal, "libhs", "no memory to match with", {}};
    const auto first = static_cast<long>(hits.size());
    Scan scan{state_->expressions, state_->sought, folded, hits, {}, {}, false};
    const auto status =
        hs_scan(state_->database, folded.data(), static_cast<unsigned>(folded.size()), 0,
                scratch.get(), on_match, &scan);
    if (scan.out_of_memory)
        return Error{ErrorCode::internal, "libhs", "no memory for the words that were found", {}};
    if (status != HS_SUCCESS)
        return Error{
            ErrorCode::internal, "libhs", format("scan failed with status {}", status), {}};
    if (!scan.conditional.pending.empty()) scan.conditional.resolve(state_->conditions, hits);
    // Ends come in order but for collapsed patterns and for words that libhs reports late.
    const auto by_end = [](const Hit& a, const Hit& b) { return a.end < b.end; };
    if (!std::is_sorted(hits.begin() + first, hits.end(), by_end))
        std::stable_sort(hits.begin() + first, hits.end(), by_end);
    return {};
}

const std::vector<std::string>& Vocabulary::category_names() const {
    return state_->names;
}

}  // namespace postwacht::match
