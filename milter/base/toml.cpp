// The body of base/toml.hpp, over toml++: its tree is copied into plain data and let go.
#include "base/toml.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/format.hpp"
#include "base/text.hpp"

namespace postwacht::toml {
namespace {

// toml++ builds and tears down its tree by recursion, and sets no limit to dotted keys
// ("a.a.a. ... = 1"): without a limit of ours a few hundred kilobytes overflow the stack.
constexpr std::size_t max_open_brackets = 32;
constexpr std::size_t max_dots_in_key = 32;

Position position_of(const ::toml::source_region& region) {
    return {region.begin.line, region.begin.column};
}

Error error_at(ErrorCode code, std::string_view file, Position at, std::string detail,
               std::string hint = {}) {
    return {code, format("{}:{}:{}", file, at.line, at.column), std::move(detail), std::move(hint)};
}

// Walks over the text as far as it needs to know what stands inside strings and comments, and finds
// the first place that nests too deeply. On text that is not TOML it may stop early or see nothing;
// the parser then stops at the same fault.
class NestingScan {
  public:
    explicit NestingScan(std::string_view text) : text_(text) {}

    std::optional<Position> too_deep() {
        while (i_ < text_.size()) {
            switch (text_[i_]) {
                case '"':
                case '\'':
                    skip_string(text_[i_]);
                    continue;
                case '#':
                    i_ = std::min(text_.find('\n', i_), text_.size());
                    continue;
                case '[':
                case '{':
                    ++open_;
                    dots_ = 0;
                    break;
                case ']':
                case '}':
                    if (open_ > 0) --open_;
                    break;
                case '.':
                    ++dots_;
                    break;
                case '\n':
                    new_line();
                    dots_ = 0;
                    break;
                case '=':
                case ',':
                    dots_ = 0;
                    break;
                default:
                    break;
            }
            if (open_ > max_open_brackets || dots_ > max_dots_in_key)
                return Position{line_, static_cast<std::uint32_t>(i_ - line_start_ + 1)};
            ++i_;
        }
        return std::nullopt;
    }

  private:
    void new_line() {
        ++line_;
        line_start_ = i_ + 1;
    }

    void skip_string(char quote) {
        const std::string fence(3, quote);
        const bool multi_line = text_.substr(i_, 3) == fence;
        i_ += multi_line ? 3 : 1;
        for (; i_ < text_.size(); ++i_) {
            if (text_[i_] == '\\' && quote == '"' && i_ + 1 < text_.size()) {
                ++i_;
                if (text_[i_] == '\n') new_line();
            } else if (text_[i_] == '\n') {
                if (!multi_line) return;  // a fault that the parser reports
                new_line();
            } else if (multi_line ? text_.substr(i_, 3) == fence : text_[i_] == quote) {
                i_ += multi_line ? 3 : 1;
                // Up to two quotes may stand before the closing three.
                while (multi_line && i_ < text_.size() && text_[i_] == quote) ++i_;
                return;
            }
        }
    }

    std::string_view text_;
    std::size_t i_ = 0;
    std::size_t open_ = 0;
    std::size_t dots_ = 0;
    std::uint32_t line_ = 1;
    std::size_t line_start_ = 0;
};

// Copies toml++'s nodes; the first that has no counterpart here becomes the Error.
class Copier {
  public:
    Copier(std::string_view file, ErrorCode code) : file_(file), code_(code) {}

    Result<Entries> table(const ::toml::table& from) const {
        Entries entries;
        entries.reserve(from.size());
        for (const auto& [key, node] : from) {
            POSTWACHT_TRY(copied, value(node));
            entries.push_back(
                {std::string(key.str()), position_of(key.source()), std::move(copied)});
        }
        // toml++ sorts by name; errors and warnings are to come in the order of the file.
        std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
            return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
        });
        return entries;
    }

  private:
    Result<Value> value(const ::toml::node& node) const {
        Value out;
        out.at = position_of(node.source());
        if (const auto* nested = node.as_table()) {
            POSTWACHT_TRY(entries, table(*nested));
            out.data = std::move(entries);
        } else if (const auto* array = node.as_array()) {
            POSTWACHT_TRY(items, this->array(*array));
            out.data = std::move(items);
        } else if (const auto* text = node.as_string()) {
            out.data = text->get();
        } else if (const auto* integer = node.as_integer()) {
            out.data = integer->get();
        } else if (const auto* number = node.as_floating_point()) {
            out.data = number->get();
        } else if (const auto* flag = node.as_boolean()) {
            out.data = flag->get();
        } else if (const auto* date = node.as_date()) {
            const ::toml::date& d = date->get();
            out.data = Date{std::chrono::year{d.year}, std::chrono::month{d.month},
                            std::chrono::day{d.day}};
        } else {
            return error_at(code_, file_, out.at, "a time of day is not used here",
                            "write a date alone, like 2027-01-01");
        }
        return out;
    }

    Result<Array> array(const ::toml::array& from) const {
        Array items;
        items.reserve(from.size());
        for (const auto& node : from) {
            POSTWACHT_TRY(copied, value(node));
            items.push_back(std::move(copied));
        }
        return items;
    }

    std::string_view file_;
    ErrorCode code_;
};

}  // namespace

const char* Value::kind() const noexcept {
    static constexpr const char* names[] = {
        "a string", "a whole number", "a number", "true or false", "a date", "an array", "a table"};
    static_assert(std::size(names) == std::variant_size_v<Data>);
    return names[data.index()];
}

Reader::Reader(const Entries& entries, Position at, std::string_view file, std::string path)
    : entries_(&entries), at_(at), file_(file), path_(std::move(path)) {}

const Entry* Reader::find(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
    const auto found = std::find_if(entries_->begin(), entries_->end(),
                                    [key](const Entry& entry) { return entry.key == key; });
    return found == entries_->end() ? nullptr : &*found;
}

Error Reader::wrong_type(const Entry& entry, const char* wanted) const {
    return error(
        code_, entry.value.at,
        format("'{}' must be {}, not {}", text::printable(entry.key), wanted, entry.value.kind()));
}

Result<std::optional<std::string>> Reader::string(std::string_view key) {
    const Entry* entry = find(key);
    if (entry == nullptr) return std::optional<std::string>{};
    if (const auto* text = std::get_if<std::string>(&entry->value.data))
        return std::optional<std::string>(*text);
    return wrong_type(*entry, "a string");
}

Result<std::optional<std::int64_t>> Reader::integer(std::string_view key, std::int64_t min,
                                                    std::int64_t max) {
    const Entry* entry = find(key);
    if (entry == nullptr) return std::optional<std::int64_t>{};
    const auto* number = std::get_if<std::int64_t>(&entry->value.data);
    if (number == nullptr) return wrong_type(*entry, "a whole number");
    if (*number < min || *number > max)
        return error(code_, entry->value.at,
                     format("'{}' must be from {} to {}", text::printable(key), min, max));
    return std::optional<std::int64_t>(*number);
}

Result<std::optional<bool>> Reader::boolean(std::string_view key) {
    const Entry* entry = find(key);
    if (entry == nullptr) return std::optional<bool>{};
    if (const auto* flag = std::get_if<bool>(&entry->value.data)) return std::optional<bool>(*flag);
    return wrong_type(*entry, "true or false");
}

Result<std::optional<Date>> Reader::date(std::string_view key) {
    const Entry* entry = find(key);
    if (entry == nullptr) return std::optional<Date>{};
    if (const auto* date = std::get_if<Date>(&entry->value.data)) return std::optional<Date>(*date);
    Error wrong = wrong_type(*entry, "a date");
    wrong.hint = "write it without quotes, like 2027-01-01";
    return wrong;
}

Result<std::optional<std::vector<std::string>>> Reader::strings(std::string_view key) {
    const Entry* entry = find(key);
    if (entry == nullptr) return std::optional<std::vector<std::string>>{};
    const auto* items = std::get_if<Array>(&entry->value.data);
    if (items == nullptr) return wrong_type(*entry, "an array of strings");
    std::vector<std::string> out;
    out.reserve(items->size());
    for (const Value& item : *items) {
        const auto* text = std::get_if<std::string>(&item.data);
        if (text == nullptr)
            return error(
                code_, item.at,
                format("'{}' must hold strings only, not {}", text::printable(key), item.kind()));
        out.push_back(*text);
    }
    return std::optional(std::move(out));
}

Result<std::optional<std::chrono::seconds>> Reader::duration(std::string_view key) {
    const Entry* entry = find(key);
    if (entry == nullptr) return std::optional<std::chrono::seconds>{};
    const auto* text = std::get_if<std::string>(&entry->value.data);
    if (text == nullptr) return wrong_type(*entry, "a duration in quotes");
    const auto duration = parse_duration(*text);
    if (!duration)
        return error(code_, entry->value.at,
                     format("'{}' is not a duration", text::printable(*text)),
                     "write a count and one unit, like \"20s\", \"30m\", \"72h\" or \"14d\"");
    return std::optional(*duration);
}

Result<std::optional<Reader>> Reader::table(std::string_view key) {
    const Entry* entry = find(key);
    if (entry == nullptr) return std::optional<Reader>{};
    const auto* entries = std::get_if<Entries>(&entry->value.data);
    if (entries == nullptr) return wrong_type(*entry, "a table");
    Reader nested(*entries, entry->value.at, file_,
                  path_.empty() ? entry->key : path_ + "." + entry->key);
    nested.set_error_code(code_);
    return std::optional<Reader>(std::move(nested));
}

Result<std::vector<Reader>> Reader::tables(std::string_view key) {
    std::vector<Reader> out;
    const Entry* entry = find(key);
    if (entry == nullptr) return out;
    const auto* items = std::get_if<Array>(&entry->value.data);
    if (items == nullptr) {
        Error wrong = wrong_type(*entry, "an array of tables");
        wrong.hint = format("write [[{}]], with two brackets, above each", text::printable(key));
        return wrong;
    }
    for (const Value& item : *items) {
        const auto* entries = std::get_if<Entries>(&item.data);
        if (entries == nullptr)
            return error(
                code_, item.at,
                format("'{}' must hold tables only, not {}", text::printable(key), item.kind()));
        Reader nested(*entries, item.at, file_,
                      path_.empty() ? entry->key : path_ + "." + entry->key);
        nested.set_error_code(code_);
        out.push_back(std::move(nested));
    }
    return out;
}

const Value* Reader::value(std::string_view key) {
    const Entry* entry = find(key);
    return entry == nullptr ? nullptr : &entry->value;
}

void Reader::all_known() {
    for (const Entry& entry : *entries_) known_.push_back(entry.key);
}

Result<void> Reader::finish() const {
    for (const Entry& entry : *entries_) {
        if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
        std::string hint;
        if (const auto near = text::nearest(entry.key, known_); !near.empty()) {
            hint = format("did you mean '{}'?", near);
        } else if (!known_.empty()) {
            hint = "known here: ";
            for (std::size_t i = 0; i < known_.size(); ++i)
                hint += (i == 0 ? "" : ", ") + text::printable(known_[i]);
        }
        return error(code_, entry.at,
                     path_.empty() ? format("unknown key '{}'", text::printable(entry.key))
                                   : format("unknown key '{}' in [{}]", text::printable(entry.key),
                                            text::printable(path_)),
                     std::move(hint));
    }
    return {};
}

Position Reader::position(std::string_view key) const {
    for (const Entry& entry : *entries_)
        if (entry.key == key) return entry.at;
    return at_;
}

Error Reader::error(ErrorCode code, Position at, std::string detail, std::string hint) const {
    return error_at(code, at.file.empty() ? file_ : at.file, at, std::move(detail),
                    std::move(hint));
}

Result<Document> Document::parse(std::string_view text, std::string file, ErrorCode code) {
    if (const auto at = NestingScan(text).too_deep())
        return error_at(code, file, *at, "nested too deeply",
                        format("at most {} brackets inside each other, and {} dots in a key",
                               max_open_brackets, max_dots_in_key));
    Document document;
    document.code_ = code;
    try {
        const ::toml::table parsed = ::toml::parse(text);
        POSTWACHT_TRY(entries, Copier(file, code).table(parsed));
        document.entries_ = std::move(entries);
    } catch (const ::toml::parse_error& e) {
        return error_at(code, file, position_of(e.source()), text::printable(e.description(), 300));
    } catch (const std::exception&) {
        return error_at(code, file, {1, 1}, "the file could not be read as TOML");
    }
    document.file_ = std::move(file);
    return document;
}

Reader Document::root() const {
    Reader reader(entries_, {1, 1}, file_, "");
    reader.set_error_code(code_);
    return reader;
}

}  // namespace postwacht::toml
