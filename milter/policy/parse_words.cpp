// [categories.*] and [matching]: the words by which a letter is recognised, compiled for one pass.
#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/format.hpp"
#include "base/text.hpp"
#include "policy/parse_tables.hpp"

namespace postwacht::policy {
namespace {

using toml::Position;
using toml::Reader;

// Where each word of a category stands, to name the line of one that does not compile.
struct WordPlaces {
    Position table;
    std::vector<Position> terms;
    std::vector<Position> patterns;
};

bool may_be_in_a_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

// The words under `key`: none of them blank or given twice. Their places are added to `places`.
Result<std::vector<std::string>> read_words(Reader& reader, std::string_view key,
                                            std::vector<Position>& places) {
    POSTWACHT_TRY(words, reader.strings(key));
    std::vector<std::string> out;
    if (!words) return out;
    const auto& items = std::get<toml::Array>(reader.value(key)->data);
    std::unordered_set<std::string> seen;
    for (std::size_t i = 0; i < words->size(); ++i) {
        std::string& word = (*words)[i];
        if (std::none_of(word.begin(), word.end(), may_be_in_a_word))
            return reader.error(ErrorCode::policy, items[i].at,
                                format("'{}' holds {} without a letter or digit", key,
                                       key == "patterns" ? "a pattern" : "a word"),
                                key == "patterns" ? "a pattern says what it looks for: '\\bwazo\\b'"
                                                  : "leave it out");
        if (!seen.insert(word).second)
            return reader.error(ErrorCode::policy, items[i].at,
                                format("'{}' stands in '{}' twice", text::printable(word), key),
                                "leave one of them out");
        places.push_back(items[i].at);
        out.push_back(std::move(word));
    }
    return out;
}

// How far off a word that a term asks for may stand, in bytes of folded text.
constexpr std::int64_t usual_distance = 100;
constexpr std::int64_t longest_distance = 10'000;

// The words that must stand near a term, or must not.
Result<std::vector<std::string>> read_neighbours(Reader& table, std::string_view key) {
    std::vector<Position> places;
    POSTWACHT_TRY(words, read_words(table, key, places));
    if (words.empty() && table.value(key) != nullptr)
        return table.error(ErrorCode::policy, table.position(key), format("'{}' is empty", key),
                           "leave it out, or name a word");
    return words;
}

// How much the words of a category may weigh, and how much it may take.
constexpr std::int64_t most_weight = 1'000;
constexpr std::int64_t most_threshold = 1'000'000;

// { term = "uitkering", near = ["zwanger"], unless = ["nieuwsbrief"], within = 100, weight = 1 }
Result<std::string> read_conditional(Reader& table, bool pattern, std::size_t item,
                                     std::vector<match::Condition>& conditions) {
    const char* key = pattern ? "pattern" : "term";
    POSTWACHT_TRY(word, table.string(key));
    match::Condition condition;
    condition.pattern = pattern;
    condition.item = item;
    POSTWACHT_TRY(near, read_neighbours(table, "near"));
    POSTWACHT_TRY(unless, read_neighbours(table, "unless"));
    POSTWACHT_TRY(within, table.integer("within", 1, longest_distance));
    POSTWACHT_TRY(weight, table.integer("weight", 1, most_weight));
    POSTWACHT_CHECK(table.finish());
    if (!word)
        return table.error(ErrorCode::policy, table.at(), format("there is no '{}'", key),
                           pattern ? "{ pattern = '\\bww\\b', near = [\"uitkering\"] }"
                                   : "{ term = \"uitkering\", near = [\"zwanger\"] }");
    condition.near = std::move(near);
    condition.unless = std::move(unless);
    condition.within = static_cast<std::uint32_t>(within.value_or(usual_distance));
    condition.weight = static_cast<std::uint32_t>(weight.value_or(0));
    if (!condition.near.empty() || !condition.unless.empty() || weight)
        conditions.push_back(std::move(condition));
    return std::move(*word);
}

// Words of a category, of which some are tables that say what must stand near them. Those become
// plain words in a copy of the list, which is read as any other.
Result<std::vector<std::string>> read_category_words(Reader& reader, std::string_view key,
                                                     std::vector<Position>& places,
                                                     std::vector<match::Condition>& conditions) {
    const toml::Value* value = reader.value(key);
    const auto* items = value == nullptr ? nullptr : std::get_if<toml::Array>(&value->data);
    if (items == nullptr) return read_words(reader, key, places);
    toml::Value plain;
    plain.at = value->at;
    toml::Array words = *items;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto* entries = std::get_if<toml::Entries>(&(*items)[i].data);
        if (entries == nullptr) continue;
        Reader table(*entries, words[i].at, reader.file(), reader.path() + "." + std::string(key));
        table.set_error_code(ErrorCode::policy);
        POSTWACHT_TRY(word, read_conditional(table, key == "patterns", i, conditions));
        words[i].data = std::move(word);
    }
    plain.data = std::move(words);
    const toml::Entries list{{std::string(key), value->at, std::move(plain)}};
    Reader copy(list, reader.at(), reader.file(), reader.path());
    copy.set_error_code(ErrorCode::policy);
    return read_words(copy, key, places);
}

Result<AsOf> read_as_of(const Reader& reader, std::string_view key, const toml::Value& value) {
    static constexpr std::array<std::string_view, 3> words{"today", "period", "both"};
    const auto* word = std::get_if<std::string>(&value.data);
    const auto* const found =
        word == nullptr ? words.end() : std::find(words.begin(), words.end(), *word);
    if (found == words.end())
        return reader.error(ErrorCode::policy, value.at,
                            format("'{}' must be today, period or both", text::printable(key)),
                            "the date on which the addressee's relation to the subject counts");
    return static_cast<AsOf>(found - words.begin());
}

// as_of, and as_of_for: the relations for which another date counts.
Result<void> read_dates(Reader& reader, Row& row, Relations& relations) {
    if (const toml::Value* value = reader.value("as_of")) {
        POSTWACHT_TRY(as_of, read_as_of(reader, "as_of", *value));
        row.as_of = as_of;
    }
    POSTWACHT_TRY(others, reader.table("as_of_for"));
    if (!others) return {};
    for (const toml::Entry& entry : others->entries()) {
        if (!is_relation_name(entry.key))
            return others->error(ErrorCode::policy, entry.at,
                                 format("'{}' is not a relation", text::printable(entry.key)),
                                 "a relation of the registry, like 'representative'");
        POSTWACHT_TRY(as_of, read_as_of(*others, entry.key, entry.value));
        const std::uint32_t relation = relations.add(entry.key);
        if (row.as_of_for.size() <= relation) row.as_of_for.resize(relation + 1, row.as_of);
        row.as_of_for[relation] = as_of;
    }
    return {};
}

// What is left of these changes no list that was there before.
Result<void> refuse_changes(Reader& reader) {
    for (const char* key : {"add_terms", "remove_terms", "add_patterns", "remove_patterns"}) {
        const toml::Value* value = reader.value(key);
        if (value == nullptr) continue;
        return reader.error(ErrorCode::policy, value->at,
                            std::holds_alternative<toml::Array>(value->data)
                                ? format("'{}' changes a category of a policy that is extended, "
                                         "and there is none",
                                         key)
                                : format("'{}' must be an array, not {}", key, value->kind()),
                            "write 'terms' or 'patterns', or name the policy in [policy] extends");
    }
    return {};
}

Result<void> read_category(Reader& reader, const std::string& name, Rules& rules,
                           match::Words& words, std::vector<WordPlaces>& places) {
    WordPlaces place{reader.at(), {}, {}};
    Row row{name, AsOf::today, {}, {}};
    POSTWACHT_CHECK(read_dates(reader, row, rules.relations));
    POSTWACHT_CHECK(refuse_changes(reader));
    POSTWACHT_TRY(sensitive, reader.boolean("sensitive"));
    row.sensitive = sensitive.value_or(name.find("medical") != std::string::npos ||
                                       name.find("health") != std::string::npos);
    std::vector<match::Condition> conditions;
    POSTWACHT_TRY(terms, read_category_words(reader, "terms", place.terms, conditions));
    POSTWACHT_TRY(patterns, read_category_words(reader, "patterns", place.patterns, conditions));
    POSTWACHT_TRY(threshold, reader.integer("threshold", 1, most_threshold));
    POSTWACHT_CHECK(reader.finish());
    const bool weighs =
        std::any_of(conditions.begin(), conditions.end(),
                    [](const match::Condition& condition) { return condition.weight > 0; });
    if (weighs && !threshold)
        return reader.error(ErrorCode::policy, reader.at(),
                            format("words of '{}' have a weight, and there is no threshold", name),
                            "add threshold = 2: what the weights of the words that are found must "
                            "come to");
    if (name == personal_data) {
        if (!terms.empty() || !patterns.empty())
            return reader.error(ErrorCode::policy, reader.at(),
                                "personal_data can have no terms or patterns",
                                "it stands for what is left where no category was recognised");
        rules.rows.back() = std::move(row);
        return {};
    }
    if (terms.empty() && patterns.empty())
        warn(reader, rules, reader.at(), format("category '{}' is never recognised", name),
             "give it terms or patterns");
    rules.rows.insert(rules.rows.end() - 1, std::move(row));
    words.categories.push_back({name, std::move(terms), std::move(patterns), std::move(conditions),
                                static_cast<std::uint32_t>(threshold.value_or(0))});
    places.push_back(std::move(place));
    return {};
}

Result<void> read_categories(Reader& root, Rules& rules, match::Words& words,
                             std::vector<WordPlaces>& places) {
    POSTWACHT_TRY(categories, root.table("categories"));
    if (!categories) return {};
    for (const toml::Entry& entry : categories->entries()) {
        if (!is_lower_snake(entry.key))
            return root.error(
                ErrorCode::policy, entry.at,
                format("'{}' cannot be the name of a category", text::printable(entry.key)),
                "use small letters, digits and underscores, like 'debts'");
        POSTWACHT_TRY(reader, categories->table(entry.key));
        POSTWACHT_CHECK(read_category(*reader, entry.key, rules, words, places));
    }
    return categories->finish();
}

Result<void> read_matching(Reader& root, match::Words& words) {
    POSTWACHT_TRY(matching, root.table("matching"));
    if (!matching) return {};
    const std::array<std::pair<std::string_view, std::vector<std::string>*>, 5> lists{
        {{"bsn_keywords", &words.bsn_keywords},
         {"period_cues", &words.period_cues},
         {"period_cues_behind", &words.period_cues_behind},
         {"other_date_cues", &words.other_date_cues},
         {"birth_cues", &words.birth_cues}}};
    for (const auto& [key, list] : lists) {
        std::vector<Position> places;
        POSTWACHT_TRY(given, read_words(*matching, key, places));
        // An empty list is meant: nothing of that kind is looked for.
        if (matching->value(key) != nullptr) *list = std::move(given);
    }
    return matching->finish();
}

// The place of the word that the matcher refused; the table where it says no more.
Position place_of(const match::WordError& error, const std::vector<WordPlaces>& places,
                  const Reader& root) {
    if (error.category >= places.size()) return root.position("matching");
    const WordPlaces& category = places[error.category];
    const auto& items = error.pattern ? category.patterns : category.terms;
    return error.item < items.size() ? items[error.item] : category.table;
}

}  // namespace

Result<void> parse_words(toml::Reader& root, Rules& rules) {
    match::Words words = match::default_words();
    std::vector<WordPlaces> places;
    rules.rows.push_back(Row{std::string(personal_data), AsOf::today, {}, {}});
    POSTWACHT_CHECK(read_categories(root, rules, words, places));
    POSTWACHT_CHECK(read_matching(root, words));

    match::WordError refused;
    refused.category = places.size();
    auto vocabulary = match::Vocabulary::compile(words, &refused);
    if (!vocabulary) {
        Error error = vocabulary.error();
        return root.error(ErrorCode::policy, place_of(refused, places, root),
                          refused.what.empty() ? error.detail : refused.what,
                          std::move(error.hint));
    }
    rules.vocabulary = std::move(*vocabulary);
    rules.words = std::move(words);
    return {};
}

}  // namespace postwacht::policy
