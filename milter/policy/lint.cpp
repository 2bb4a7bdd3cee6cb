#include "policy/lint.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/format.hpp"
#include "base/text.hpp"
#include "policy/parse_tables.hpp"

namespace postwacht::policy {
namespace {

using toml::Array;
using toml::Entries;
using toml::Entry;
using toml::Position;

// A pattern that repeats more often than this makes a large machine and a slow scan.
constexpr std::uint64_t most_repeats = 500;
constexpr std::string_view everybody = "*";

const Entry* find(const Entries* entries, std::string_view key) {
    if (entries == nullptr) return nullptr;
    const auto found = std::find_if(entries->begin(), entries->end(),
                                    [key](const Entry& entry) { return entry.key == key; });
    return found == entries->end() ? nullptr : &*found;
}

const Entries* table(const Entry* entry) {
    return entry == nullptr ? nullptr : std::get_if<Entries>(&entry->value.data);
}

// Why a pattern costs much; empty where it does not.
std::string_view cost_of(std::string_view pattern) {
    if (pattern.starts_with(".*") || pattern.starts_with(".+"))
        return "begins with anything at all";
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\') {
            ++i;
            continue;
        }
        if (pattern[i] != '{') continue;
        std::uint64_t number = 0;
        for (++i; i < pattern.size() && pattern[i] != '}'; ++i) {
            const char c = pattern[i];
            number = c >= '0' && c <= '9' ? number * 10 + static_cast<std::uint64_t>(c - '0') : 0;
            if (number > most_repeats) return "repeats too often";
        }
    }
    const bool letter = std::any_of(pattern.begin(), pattern.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'z') ||
               static_cast<unsigned char>(c) >= 0x80;
    });
    if (!letter) return "fits nearly any text";
    return {};
}

class Linter {
  public:
    Linter(const Entries& root, Rules& rules) : root_(root), rules_(rules) {}

    void run() {
        words();
        empty_lists();
        gifts();
        limits();
        relations();
    }

  private:
    std::string place(Position at) const {
        return format("{}:{}:{}", at.file.empty() ? rules_.files.front() : std::string(at.file),
                      at.line, at.column);
    }
    void warn(Position at, std::string what, std::string hint) {
        rules_.warnings.push_back({place(at), std::move(what), std::move(hint)});
    }

    // ---- words

    void words() {
        const Entries* categories = table(find(&root_, "categories"));
        const std::vector<bool> common = categories_of_common_words();
        for (std::size_t i = 0; i < rules_.words.categories.size(); ++i) {
            const match::CategoryWords& category = rules_.words.categories[i];
            const Entries* own = table(find(categories, category.name));
            each(own, "terms", [&](std::size_t item, Position at) {
                if (!is_narrowed(category, false, item)) term(category.terms[item], at);
            });
            each(own, "patterns", [&](std::size_t item, Position at) {
                pattern(category.patterns[item], at,
                        common[i] && !is_narrowed(category, true, item));
            });
            own_neighbours(category, own);
            weights(category, own);
        }
    }

    // Words that have a weight and can never count, or need none.
    void weights(const match::CategoryWords& category, const Entries* own) {
        const Entry* threshold = find(own, "threshold");
        if (threshold == nullptr) return;
        std::uint64_t all = 0;
        for (const match::Condition& condition : category.conditions) all += condition.weight;
        if (all == 0) {
            warn(
                threshold->at,
                format("'{}' has a threshold, and no word of it has a weight", category.name),
                "{ term = \"uitkering\", weight = 1 }; words without a weight count by themselves");
            return;
        }
        if (all < category.threshold)
            warn(threshold->at,
                 format("the threshold of '{}' is never reached: its weights come to {}",
                        category.name, all),
                 "lower it, or give the words more weight");
        for (const match::Condition& condition : category.conditions) {
            if (condition.weight == 0) continue;
            const char* list = condition.pattern ? "patterns" : "terms";
            each(own, list, [&](std::size_t item, Position at) {
                if (item == condition.item) weight(category, condition, at);
            });
        }
    }

    void weight(const match::CategoryWords& category, const match::Condition& condition,
                Position at) {
        const auto& words = condition.pattern ? category.patterns : category.terms;
        const std::string& word = words[condition.item];
        if (condition.weight >= category.threshold)
            warn(
                at,
                format("the weight of '{}' reaches the threshold by itself", text::printable(word)),
                "leave the weight out, or lower it");
        if (condition.pattern) return;
        const std::string folded = text::fold(word);
        for (std::size_t i = 0; i < words.size(); ++i)
            if (i != condition.item && !has_condition(category, false, i) &&
                text::fold(words[i]) == folded)
                warn(at,
                     format("'{}' is a term that counts by itself too: its weight changes nothing",
                            text::printable(word)),
                     "leave one of them out");
    }

    template <class Visit>
    static void each(const Entries* category, std::string_view key, Visit&& visit) {
        const Entry* list = find(category, key);
        const auto* items = list == nullptr ? nullptr : std::get_if<Array>(&list->value.data);
        if (items == nullptr) return;
        for (std::size_t i = 0; i < items->size(); ++i) visit(i, (*items)[i].at);
    }

    static bool has_condition(const match::CategoryWords& category, bool pattern,
                              std::size_t item) {
        return std::any_of(category.conditions.begin(), category.conditions.end(),
                           [pattern, item](const match::Condition& condition) {
                               return condition.pattern == pattern && condition.item == item;
                           });
    }

    // Whether something is asked for beside the word; what must not be there narrows nothing.
    static bool is_narrowed(const match::CategoryWords& category, bool pattern, std::size_t item) {
        return std::any_of(category.conditions.begin(), category.conditions.end(),
                           [pattern, item](const match::Condition& condition) {
                               return condition.pattern == pattern && condition.item == item &&
                                      (!condition.near.empty() || condition.weight > 0);
                           });
    }

    // A term stands near itself.
    void own_neighbours(const match::CategoryWords& category, const Entries* own) {
        for (const match::Condition& condition : category.conditions) {
            if (condition.pattern) continue;
            const std::string& word = category.terms[condition.item];
            const auto has_it = [folded = text::fold(word)](const std::vector<std::string>& words) {
                return std::any_of(words.begin(), words.end(), [&folded](const std::string& other) {
                    return text::fold(other) == folded;
                });
            };
            const bool never = has_it(condition.unless);
            if (!never && !has_it(condition.near)) continue;
            each(own, "terms", [&](std::size_t item, Position at) {
                if (item != condition.item) return;
                warn(at,
                     format("'{}' stands in its own '{}': it {} counts", text::printable(word),
                            never ? "unless" : "near", never ? "never" : "always"),
                     "leave it out there");
            });
        }
    }

    // Lists that are built in, and that the policy has emptied.
    void empty_lists() {
        const auto empty = [this](std::string_view table_name, std::string_view key,
                                  const char* what) {
            const Entry* list = find(table(find(&root_, table_name)), key);
            const auto* items = list == nullptr ? nullptr : std::get_if<Array>(&list->value.data);
            if (items != nullptr && items->empty())
                warn(list->at, format("'{}' is empty: {}", key, what),
                     "leave it out, and the list that is built in counts");
        };
        empty("matching", "bsn_keywords", "no word says of a number that it is a BSN");
        empty("scope", "public_mailbox_providers",
              "an address at any provider may stand for an organisation");
    }

    void term(const std::string& written, Position at) {
        const std::string folded = text::fold(written);
        const std::string_view words = common_words();
        if (words.find(' ' + folded + ' ') != std::string_view::npos) {
            warn(at, format("'{}' is a word of any letter", text::printable(written)),
                 "leave it out, or say with 'near' beside which words it counts");
            return;
        }
        const auto inside = words.find(folded);
        if (inside == std::string_view::npos) return;
        const auto begin = words.rfind(' ', inside) + 1;
        warn(
            at,
            format("'{}' is a part of the common word '{}'", text::printable(written),
                   words.substr(begin, words.find(' ', inside) - begin)),
            "a term is found as a whole word only; a longer one is safer where words are joined or "
            "broken");
    }

    // Which categories are recognised in words that say nothing.
    std::vector<bool> categories_of_common_words() const {
        std::vector<bool> found(rules_.words.categories.size());
        std::vector<match::Hit> hits;
        if (rules_.vocabulary && rules_.vocabulary->scan(common_words(), hits))
            for (const match::Hit& hit : hits)
                if (hit.kind == match::HitKind::category) found[hit.category] = true;
        return found;
    }

    // `suspected`: something of its category fits the common words.
    void pattern(const std::string& written, Position at, bool suspected) {
        if (const auto why = cost_of(written); !why.empty()) {
            warn(at, format("the pattern '{}' {}", text::printable(written), why),
                 "begin it with a word, and bound what it repeats");
            return;
        }
        if (!suspected) return;
        match::Words alone;
        alone.categories.push_back({"alone", {}, {written}});
        const auto vocabulary = match::Vocabulary::compile(alone);
        std::vector<match::Hit> hits;
        if (!vocabulary || !(*vocabulary)->scan(common_words(), hits) || hits.empty()) return;
        const std::string_view words = common_words();
        const auto end = std::min<std::size_t>(hits.front().end, words.size());
        const auto begin = words.rfind(' ', end < 2 ? 0 : end - 2) + 1;
        warn(at,
             format("the pattern '{}' fits the common word '{}'", text::printable(written),
                    words.substr(begin, words.find(' ', begin) - begin)),
             "begin and end it with \\b, or say with 'near' beside which words it counts");
    }

    // ---- what everybody gets

    void gifts() {
        const Entries* disclosure = table(find(&root_, "disclosure"));
        for (const Row& row : rules_.rows) {
            if (!row.sensitive) continue;
            const Entries* cells = table(find(disclosure, row.category));
            for (const WrittenCell& written : row.written) {
                const bool anybody = written.word == everybody || written.word == "unrelated" ||
                                     written.word == "other_subject";
                const Entry* entry = find(cells, written.word);
                if (!anybody || entry == nullptr || written.cell.simulated ||
                    written.cell.action >= Action::quarantine)
                    continue;
                warn(entry->at,
                     format("'{}' is sensitive and goes to '{}'", row.category, written.word),
                     "name those who may receive it, and quarantine all else");
            }
        }
    }

    // ---- limits

    void limits() {
        const Entries* tables = table(find(&root_, "limits"));
        const Entries* subjects = table(find(tables, "subjects"));
        for (const std::string_view key :
             {"subjects", "visible_recipients", "unregistered_identifiers"}) {
            const Entry* action = find(table(find(tables, key)), "action");
            const auto* word =
                action == nullptr ? nullptr : std::get_if<std::string>(&action->value.data);
            if (word != nullptr && *word == "accept")
                warn(action->at,
                     format("limits.{} accepts what is over it: it limits nothing", key),
                     "action = \"quarantine\"");
        }
        if (subjects == nullptr) return;
        for (const Entry& entry : *subjects) limit(entry, *subjects);
    }

    void limit(const Entry& entry, const Entries& subjects) {
        const auto* max = std::get_if<std::int64_t>(&entry.value.data);
        const auto standing =
            max == nullptr ? std::nullopt : standing_of(entry.key, rules_.relations);
        if (!standing) return;
        const bool passes =
            std::any_of(rules_.rows.begin(), rules_.rows.end(), [&standing](const Row& row) {
                return row.cells[*standing].action < Action::quarantine ||
                       row.cells[*standing].simulated;
            });
        if (!passes && rules_.exceptions.empty()) {
            warn(entry.at,
                 format("the limit of '{}' is never reached: no row lets it pass", entry.key),
                 "leave it out, or accept something for it in [disclosure]");
        } else if (*max == 0 && passes) {
            warn(entry.at,
                 format("the limit of '{}' is 0, but [disclosure] lets data pass to it", entry.key),
                 "quarantine it in [disclosure], or let it have 1");
        }
        for (const std::string_view before : {"former_", "future_"}) {
            if (!entry.key.starts_with(before)) continue;
            const Entry* now = find(&subjects, std::string_view(entry.key).substr(before.size()));
            const auto* other =
                now == nullptr ? nullptr : std::get_if<std::int64_t>(&now->value.data);
            if (other != nullptr && *max > *other)
                warn(entry.at,
                     format("'{}' may know of more people at once than '{}'", entry.key, now->key),
                     "give it the smaller limit");
        }
    }

    // ---- where relations are named, for who has a registry to compare them with

    void relations() {
        const Entry* disclosure = find(&root_, "disclosure");
        if (disclosure != nullptr) rules_.disclosure_place = place(disclosure->at);
        if (const Entries* rows = table(disclosure))
            for (const Entry& row : *rows) name_all(table(&row));
        name_all(table(find(table(find(&root_, "limits")), "subjects")));
        if (const Entries* categories = table(find(&root_, "categories")))
            for (const Entry& category : *categories)
                name_all(table(find(table(&category), "as_of_for")));
    }

    // What another file says is not this one's to correct.
    void name_all(const Entries* entries) {
        if (entries == nullptr) return;
        for (const Entry& entry : *entries) {
            if (!entry.at.file.empty() && entry.at.file != rules_.files.front()) continue;
            const auto standing = standing_of(entry.key, rules_.relations);
            if (!standing || *standing < standing::first_relation) continue;
            const std::string& name = rules_.relations.names()[standing::relation_of(*standing)];
            auto named = std::find_if(rules_.named_relations.begin(), rules_.named_relations.end(),
                                      [&](const NamedRelation& n) { return n.name == name; });
            if (named == rules_.named_relations.end())
                named = rules_.named_relations.insert(named, {name, place(entry.at), 0});
            ++named->places;
        }
    }

    const Entries& root_;
    Rules& rules_;
};

}  // namespace

void lint(const toml::Entries& root, Rules& rules) {
    Linter(root, rules).run();
}

}  // namespace postwacht::policy
