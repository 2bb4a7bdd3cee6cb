#include "policy/extends.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "crypto/keys.hpp"
#include "policy/policy.hpp"
#include "policy/signature.hpp"

namespace postwacht::policy {
namespace {

using toml::Array;
using toml::Entries;
using toml::Entry;
using toml::Position;
using toml::Value;

// A house policy, a department's and a trial of it are three.
constexpr std::size_t most_files = 8;
constexpr std::string_view file_ending = ".toml";

Entry* find(Entries& entries, std::string_view key) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [key](const Entry& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
}

// What stands under a path of tables; null where it does not.
Value* find_value(Entries& root, std::initializer_list<std::string_view> path) {
    Entries* table = &root;
    Value* value = nullptr;
    for (const std::string_view key : path) {
        Entry* entry = table == nullptr ? nullptr : find(*table, key);
        if (entry == nullptr) return nullptr;
        value = &entry->value;
        table = std::get_if<Entries>(&value->data);
    }
    return value;
}

// The name by which a word of a list is known: a term may be a table that says more of it.
std::string_view word_of(const Value& value) {
    if (const auto* word = std::get_if<std::string>(&value.data)) return *word;
    if (const auto* table = std::get_if<Entries>(&value.data))
        for (const Entry& entry : *table)
            if (entry.key == "term" || entry.key == "pattern")
                if (const auto* word = std::get_if<std::string>(&entry.value.data)) return *word;
    return {};
}

std::string_view id_of(const Value& exception) {
    if (const auto* table = std::get_if<Entries>(&exception.data))
        for (const Entry& entry : *table)
            if (entry.key == "id")
                if (const auto* id = std::get_if<std::string>(&entry.value.data)) return *id;
    return {};
}

// Lays one policy over another.
class Overlay {
  public:
    explicit Overlay(std::string_view own_file) : own_file_(own_file) {}

    Result<void> lay(Entries& base, Entries own) const {
        for (Entry& entry : own) {
            Entry* below = find(base, entry.key);
            if (below == nullptr) {
                base.push_back(std::move(entry));
            } else if (entry.key == "categories" && both<Entries>(*below, entry)) {
                POSTWACHT_CHECK(lay_categories(*below, entry));
            } else if (entry.key == "exception" && both<Array>(*below, entry)) {
                lay_exceptions(std::get<Array>(below->value.data),
                               std::get<Array>(entry.value.data));
            } else {
                lay_over(*below, std::move(entry));
            }
        }
        return {};
    }

  private:
    template <class Kind>
    static bool both(const Entry& below, const Entry& entry) {
        return std::holds_alternative<Kind>(below.value.data) &&
               std::holds_alternative<Kind>(entry.value.data);
    }

    // Key by key; the nesting of a document is bounded.
    static void lay_over(Entry& below, Entry entry) {
        if (!both<Entries>(below, entry)) {
            below = std::move(entry);
            return;
        }
        below.at = entry.at;
        below.value.at = entry.value.at;
        auto& base = std::get<Entries>(below.value.data);
        for (Entry& inner : std::get<Entries>(entry.value.data)) {
            if (Entry* under = find(base, inner.key))
                lay_over(*under, std::move(inner));
            else
                base.push_back(std::move(inner));
        }
    }

    Result<void> lay_categories(Entry& below, Entry& entry) const {
        auto& base = std::get<Entries>(below.value.data);
        for (Entry& category : std::get<Entries>(entry.value.data)) {
            Entry* under = find(base, category.key);
            if (under == nullptr) {
                base.push_back(std::move(category));
                continue;
            }
            if (both<Entries>(*under, category)) {
                auto& words = std::get<Entries>(under->value.data);
                auto& own = std::get<Entries>(category.value.data);
                // Whole lists first, so that what is added is added to those.
                Entries changes = take_changes(own);
                lay_over(*under, std::move(category));
                for (Entry& change : changes) POSTWACHT_CHECK(apply(words, std::move(change)));
            } else {
                *under = std::move(category);
            }
        }
        return {};
    }

    // Takes add_terms and its kin out of a category.
    static Entries take_changes(Entries& own) {
        Entries changes;
        for (auto entry = own.begin(); entry != own.end();) {
            const bool change =
                (entry->key.starts_with("add_") || entry->key.starts_with("remove_")) &&
                std::holds_alternative<Array>(entry->value.data) && !list_of(entry->key).empty();
            if (change) changes.push_back(std::move(*entry));
            entry = change ? own.erase(entry) : entry + 1;
        }
        return changes;
    }

    // "terms" of "add_terms"; empty where the key is none of these.
    static std::string_view list_of(std::string_view key) {
        const std::string_view list = key.substr(key.find('_') + 1);
        return list == "terms" || list == "patterns" ? list : std::string_view();
    }

    Result<void> apply(Entries& words, Entry change) const {
        const std::string list(list_of(change.key));
        Entry* below = find(words, list);
        const bool adds = change.key.starts_with("add_");
        if (below == nullptr) {
            if (!adds) return not_there(change.value.at, list);
            change.key = list;
            words.push_back(std::move(change));
            return {};
        }
        auto* items = std::get_if<Array>(&below->value.data);
        if (items == nullptr) return {};  // the parser will say what is wrong with it
        for (Value& value : std::get<Array>(change.value.data)) {
            if (adds) {
                items->push_back(std::move(value));
                continue;
            }
            const std::string_view word = word_of(value);
            const auto gone = std::remove_if(
                items->begin(), items->end(),
                [word](const Value& item) { return !word.empty() && word_of(item) == word; });
            if (gone == items->end()) return not_there(value.at, list, word);
            items->erase(gone, items->end());
        }
        return {};
    }

    Error not_there(Position at, std::string_view list, std::string_view word = {}) const {
        return Error{ErrorCode::policy,
                     format("{}:{}:{}", at.file.empty() ? own_file_ : at.file, at.line, at.column),
                     word.empty()
                         ? format("there are no {} to remove from", list)
                         : format("'{}' is not among the {} of the policy that this one extends",
                                  text::printable(word), list),
                     "write it as it stands there, or leave it out"};
    }

    static void lay_exceptions(Array& base, Array& own) {
        for (Value& exception : own) {
            const std::string_view id = id_of(exception);
            const auto same = std::find_if(base.begin(), base.end(), [id](const Value& other) {
                return !id.empty() && id_of(other) == id;
            });
            // A second one of this id in the same file is an error that the parser reports.
            if (same != base.end() && same->at.file != exception.at.file)
                *same = std::move(exception);
            else
                base.push_back(std::move(exception));
        }
    }

    std::string_view own_file_;
};

void stamp(Entries& entries, std::string_view file);

void stamp(Value& value, std::string_view file) {
    value.at.file = file;
    if (auto* table = std::get_if<Entries>(&value.data)) stamp(*table, file);
    if (auto* array = std::get_if<Array>(&value.data))
        for (Value& item : *array) stamp(item, file);
}

void stamp(Entries& entries, std::string_view file) {
    for (Entry& entry : entries) {
        entry.at.file = file;
        stamp(entry.value, file);
    }
}

// One file as it was read.
struct Layer {
    Entries entries;
    bool shipped = false;
};

class SourceReader {
  public:
    explicit SourceReader(const Folder* folder) : folder_(folder) {}

    Result<Sources> read(std::string_view text, std::string file) {
        std::string path = std::filesystem::path(file).filename().string();
        POSTWACHT_CHECK(add(text, std::move(file), std::move(path), false));
        while (const Value* value = find_value(layers_.back().entries, {"policy", "extends"}))
            POSTWACHT_CHECK(follow(*value));
        POSTWACHT_CHECK(check_own());
        sources_.entries = std::move(layers_.back().entries);
        for (std::size_t i = layers_.size() - 1; i-- > 0;)
            POSTWACHT_CHECK(
                Overlay(*sources_.files[i]).lay(sources_.entries, std::move(layers_[i].entries)));
        sources_.digest = digests_.size() == 64 ? digests_ : hexadecimal(digests_);
        return std::move(sources_);
    }

  private:
    static std::string hexadecimal(std::string_view text) {
        return crypto::to_hex(crypto::sha256(text));
    }

    // `name` is how `extends` would name it.
    Result<void> add(std::string_view text, std::string file, std::string name, bool shipped) {
        POSTWACHT_TRY(document, toml::Document::parse(text, file, ErrorCode::policy));
        sources_.files.push_back(std::make_unique<const std::string>(std::move(file)));
        names_.push_back(std::move(name));
        digests_ += hexadecimal(text);
        Layer layer{document.root().entries(), shipped};
        if (layers_.empty())
            stamp(layer.entries, {});
        else
            stamp(layer.entries, *sources_.files.back());
        layers_.push_back(std::move(layer));
        return {};
    }

    Result<void> follow(const Value& value) {
        const auto* name = std::get_if<std::string>(&value.data);
        if (name == nullptr)
            return fail(value.at, format("'extends' must be a string, not {}", value.kind()),
                        "the name of a shipped policy, or of a file beside this one");
        if (std::find(names_.begin(), names_.end(), *name) != names_.end()) {
            std::string way;
            for (const std::string& link : names_) way += text::printable(link) + " -> ";
            return fail(value.at, "the policy extends itself: " + way + text::printable(*name),
                        "leave out one of these 'extends'");
        }
        if (layers_.size() == most_files)
            return fail(value.at, format("more than {} policies extend each other", most_files),
                        "bring some of them together in one file");
        return name->ends_with(file_ending) ? follow_file(value, *name)
                                            : follow_shipped(value, *name);
    }

    Result<void> follow_shipped(const Value& value, const std::string& name) {
        const std::string_view text = name.empty() ? std::string_view() : shipped_policy(name);
        if (text.empty()) {
            const auto known = shipped_policy_names();
            std::string hint;
            if (const auto near = text::nearest(name, known); !near.empty())
                hint = format("did you mean '{}'? ", near);
            hint += "shipped:";
            for (const std::string_view word : known) hint += " " + std::string(word);
            return fail(value.at, format("there is no shipped policy '{}'", text::printable(name)),
                        hint + "; a file beside this one ends in .toml");
        }
        return add(text, name + std::string(file_ending), name, true);
    }

    Result<void> follow_file(const Value& value, const std::string& name) {
        if (layers_.back().shipped || folder_ == nullptr || name.find('/') != std::string::npos)
            return fail(value.at,
                        format("'{}' is no file beside the policy", text::printable(name)),
                        "a name without a folder, of a file in the policy's own folder");
        const std::string path = (folder_->path / name).string();
        auto text = read_file(path, max_policy_bytes);
        if (!text)
            return fail(
                value.at,
                format("'{}' cannot be read: {}", text::printable(name), text.error().detail),
                "a file beside this one, or the name of a shipped policy");
        if (folder_->signed_by != nullptr)
            POSTWACHT_CHECK(check_signature(*folder_->signed_by, path, *text));
        return add(*text, path, name, false);
    }

    // What nobody should take over unseen.
    Result<void> check_own() {
        if (layers_.size() == 1) return {};
        Entries& own = layers_.front().entries;
        if (const Value* policy = find_value(own, {"policy"});
            policy != nullptr && find_value(own, {"policy", "name"}) == nullptr)
            return fail(policy->at, "[policy] needs a 'name' of its own", "name = \"our-agency\"");
        for (Layer& layer : layers_) {
            const Value* domains = find_value(layer.entries, {"scope", "own_domains"});
            if (domains == nullptr) continue;
            if (!layer.shipped || &layer == &layers_.front()) return {};
            break;
        }
        return fail({1, 1},
                    "the policy names no own_domains, and those of a shipped one are an "
                    "example",
                    "[scope] own_domains = [\"agency.example\"]");
    }

    Error fail(Position at, std::string what, std::string hint) const {
        return Error{
            ErrorCode::policy,
            format("{}:{}:{}", at.file.empty() ? *sources_.files.front() : std::string(at.file),
                   at.line, at.column),
            std::move(what), std::move(hint)};
    }

    const Folder* folder_;
    Sources sources_;
    std::vector<Layer> layers_;
    std::vector<std::string> names_;
    std::string digests_;  // of each file, one behind the other
};

}  // namespace

Result<Sources> read_sources(std::string_view toml_text, std::string file, const Folder* folder) {
    return SourceReader(folder).read(toml_text, std::move(file));
}

}  // namespace postwacht::policy
