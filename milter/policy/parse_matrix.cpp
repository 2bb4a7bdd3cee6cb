// [disclosure] and [limits]: the matrix of who may receive what, and how much of it at once.
#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "base/format.hpp"
#include "base/text.hpp"
#include "policy/parse_tables.hpp"

namespace postwacht::policy {
namespace {

using toml::Entry;
using toml::Reader;

constexpr std::string_view everything_else = "*";

struct FixedWord {
    std::string_view word;
    Standing standing;
};
constexpr std::array<FixedWord, 4> fixed_words{{{"self", standing::self},
                                                {"internal", standing::internal},
                                                {"other_subject", standing::other_subject},
                                                {"unrelated", standing::unrelated}}};

const FixedWord* find_fixed(std::string_view word) noexcept {
    const auto* found = std::find_if(fixed_words.begin(), fixed_words.end(),
                                     [word](const FixedWord& fixed) { return fixed.word == word; });
    return found == fixed_words.end() ? nullptr : found;
}

constexpr std::string_view former = "former_";
constexpr std::string_view future = "future_";

// The column that a key of a row or of the limits names; adds a relation it has not seen.
std::optional<Standing> standing_named(std::string_view key, Relations& relations) {
    using standing::Tense;
    if (const FixedWord* fixed = find_fixed(key)) return fixed->standing;
    auto tense = Tense::current;
    if (key.starts_with(former)) {
        tense = Tense::former;
        key.remove_prefix(former.size());
    } else if (key.starts_with(future)) {
        tense = Tense::future;
        key.remove_prefix(future.size());
    }
    if (!is_relation_name(key)) return std::nullopt;
    return standing::of(relations.add(key), tense);
}

Error no_standing(const Reader& reader, const Entry& entry) {
    return reader.error(
        ErrorCode::policy, entry.at,
        format("'{}' is nothing that an addressee can be to a subject", text::printable(entry.key)),
        "self, a relation like 'employer', former_ or future_ and a relation, "
        "other_subject, internal, unrelated, or \"*\" for all else");
}

// A row as written: the columns that are named, and what all others get.
struct WrittenRow {
    Cell fallback;
    std::vector<std::pair<Standing, Cell>> named;
    std::vector<WrittenCell> cells;
};

Result<WrittenRow> read_row(Reader& reader, Rules& rules) {
    WrittenRow row;
    row.fallback = {Action::quarantine, line_of(rules, reader.at())};
    bool has_fallback = false;
    POSTWACHT_TRY(simulated, parse_simulated(reader));
    for (const Entry& entry : reader.entries()) {
        if (entry.key == "mode") continue;
        POSTWACHT_TRY(cell, parse_action(reader, entry.key, entry.value, rules));
        if (simulated) simulate(cell);
        if (entry.key == everything_else) {
            row.fallback = cell;
            has_fallback = true;
            if (cell.action < Action::quarantine && !cell.simulated)
                warn(reader, rules, entry.at,
                     format("'{}' goes to everybody whom the row does not name",
                            text::printable(reader.path())),
                     "name those who may receive it, and give \"*\" quarantine");
            continue;
        }
        const auto column = standing_named(entry.key, rules.relations);
        if (!column) return no_standing(reader, entry);
        row.named.emplace_back(*column, cell);
        row.cells.push_back({entry.key, cell});
    }
    if (simulated && !has_fallback)
        return reader.error(ErrorCode::policy, reader.position("mode"),
                            format("'{}' would let through whomever it does not name",
                                   text::printable(reader.path())),
                            "a row that is simulated must say what \"*\" would do");
    row.cells.push_back({std::string(everything_else), row.fallback});
    return row;
}

void fill(Row& row, const WrittenRow& written, std::size_t columns) {
    row.cells.assign(columns, written.fallback);
    for (const auto& [column, cell] : written.named) row.cells[column] = cell;
    row.written = written.cells;
}

// A relation that occurs once and looks like one that occurs often is a slip of the pen.
void warn_of_slips(const Reader& disclosure, Rules& rules) {
    std::map<std::string, std::size_t, std::less<>> uses;
    for (const Entry& row : disclosure.entries())
        if (const auto* cells = std::get_if<toml::Entries>(&row.value.data))
            for (const Entry& cell : *cells) ++uses[cell.key];
    for (const Entry& row : disclosure.entries()) {
        const auto* cells = std::get_if<toml::Entries>(&row.value.data);
        if (cells == nullptr) continue;
        for (const Entry& cell : *cells) {
            if (uses[cell.key] != 1 || cell.key == "mode") continue;
            std::vector<std::string_view> others;
            for (const auto& [word, count] : uses)
                if (count > 1) others.push_back(word);
            const auto near = text::nearest(cell.key, others);
            if (near.empty()) continue;
            warn(disclosure, rules, cell.at,
                 format("relation '{}' is named in no other row", text::printable(cell.key)),
                 format("did you mean '{}'?", near));
        }
    }
}

// The limits have no columns yet while other tables may still name relations.
struct WrittenLimit {
    Standing standing = 0;
    std::uint64_t limit = unlimited;
    Line line;
};

Result<void> parse_subject_limits(Reader& reader, Rules& rules) {
    const std::size_t known_relations = rules.relations.names().size();
    std::vector<WrittenLimit> written;
    POSTWACHT_TRY(above, parse_action_or(reader, "action", Action::quarantine, rules));
    POSTWACHT_TRY(simulated, parse_simulated(reader));
    if (simulated) simulate(above);
    for (const Entry& entry : reader.entries()) {
        if (entry.key == "action" || entry.key == "mode") continue;
        const auto column = standing_named(entry.key, rules.relations);
        if (!column) {
            Error error = no_standing(reader, entry);
            error.hint = "self, a relation like 'employer', ..., and 'action'";
            return error;
        }
        POSTWACHT_TRY(limit, reader.integer(entry.key, 0, 1'000'000'000));
        written.push_back({*column, static_cast<std::uint64_t>(*limit), line_of(rules, entry.at)});
        if (*column >= standing::first_relation &&
            standing::relation_of(*column) >= known_relations)
            warn(
                reader, rules, entry.at,
                format("relation '{}' has a limit, but no row of [disclosure] names it", entry.key),
                "check its spelling");
    }
    SubjectLimits& limits = rules.subject_limits;
    limits.any = !written.empty();
    limits.limits.assign(rules.relations.columns(), unlimited);
    limits.cells.assign(rules.relations.columns(), above);
    for (const WrittenLimit& item : written) {
        limits.limits[item.standing] = item.limit;
        limits.cells[item.standing].line = item.line;
    }
    // Rows were filled before these relations were known: what they say of all others holds.
    for (Row& row : rules.rows) {
        const Cell fallback = row.cells[standing::of(0, standing::Tense::current)];
        row.cells.resize(rules.relations.columns(), fallback);
    }
    return {};
}

// Nothing is ever counted beyond `largest`, so that a limit there would never be exceeded.
Result<LetterLimit> parse_letter_limit(Reader& reader, std::int64_t largest, Rules& rules) {
    POSTWACHT_TRY(max, reader.integer("max", 0, largest));
    if (!max)
        return reader.error(
            ErrorCode::policy, reader.at(),
            format("{} needs a 'max'", reader.path().substr(reader.path().find('.') + 1)),
            "{ max = 10, action = \"quarantine\" }");
    POSTWACHT_TRY(cell, parse_action_or(reader, "action", Action::quarantine, rules));
    POSTWACHT_TRY(simulated, parse_simulated(reader));
    if (simulated) simulate(cell);
    POSTWACHT_CHECK(reader.finish());
    return LetterLimit{static_cast<std::uint64_t>(*max), cell};
}

}  // namespace

std::optional<Standing> standing_of(std::string_view word, const Relations& relations) {
    Relations known = relations;
    const std::size_t columns = known.columns();
    const auto standing = standing_named(word, known);
    return standing && *standing < columns ? standing : std::nullopt;
}

bool is_relation_name(std::string_view word) noexcept {
    return is_lower_snake(word) && word != "mode" && word != "action" &&
           find_fixed(word) == nullptr && !word.starts_with(former) && !word.starts_with(future);
}

std::uint32_t Relations::add(std::string_view name) {
    if (const std::uint32_t found = find(name); found != 0) return found;
    names_.emplace_back(name);
    return static_cast<std::uint32_t>(names_.size() - 1);
}

std::uint32_t Relations::find(std::string_view name) const noexcept {
    for (std::size_t i = 1; i < names_.size(); ++i)
        if (names_[i] == name) return static_cast<std::uint32_t>(i);
    return 0;
}

Result<void> parse_disclosure(toml::Reader& root, Rules& rules) {
    POSTWACHT_TRY(disclosure, root.table("disclosure"));
    if (!disclosure)
        return root.error(ErrorCode::policy, {1, 1}, "there is no [disclosure]",
                          "it says who may receive what, category by category");
    std::vector<std::optional<WrittenRow>> written(rules.rows.size());
    for (const Entry& entry : disclosure->entries()) {
        const std::size_t row = find_row(rules, entry.key);
        if (row == rules.rows.size())
            return disclosure->error(ErrorCode::policy, entry.at,
                                     format("unknown category '{}'", text::printable(entry.key)),
                                     category_hint(rules, entry.key));
        POSTWACHT_TRY(reader, disclosure->table(entry.key));
        if (!reader) continue;  // never: the key was just seen
        POSTWACHT_TRY(read, read_row(*reader, rules));
        written[row] = std::move(read);
    }
    if (!written.back())
        return disclosure->error(ErrorCode::policy, disclosure->at(),
                                 "[disclosure] has no row 'personal_data'",
                                 "it decides where a subject is named and no category was "
                                 "recognised");
    warn_of_slips(*disclosure, rules);
    for (std::size_t i = 0; i < rules.rows.size(); ++i) {
        if (!written[i]) {
            warn(root, rules, disclosure->at(),
                 format("category '{}' has no row in [disclosure]: it is quarantined for everyone",
                        rules.rows[i].category),
                 "give it a row");
            const Cell cell{Action::quarantine, line_of(rules, disclosure->at())};
            written[i] = WrittenRow{cell, {}, {{std::string(everything_else), cell}}};
            note_action(rules, Action::quarantine);
        }
        fill(rules.rows[i], *written[i], rules.relations.columns());
        // Without "*" a row quarantines the columns that it does not name.
        note_action(rules, written[i]->fallback.action);
    }
    return {};
}

Result<void> parse_limits(toml::Reader& root, Rules& rules) {
    rules.subject_limits.limits.assign(rules.relations.columns(), unlimited);
    rules.subject_limits.cells.assign(rules.relations.columns(), Cell{});
    POSTWACHT_TRY(limits, root.table("limits"));
    if (!limits) return {};
    POSTWACHT_TRY(subjects, limits->table("subjects"));
    if (subjects) POSTWACHT_CHECK(parse_subject_limits(*subjects, rules));
    POSTWACHT_TRY(visible, limits->table("visible_recipients"));
    if (visible) {
        POSTWACHT_TRY(limit, parse_letter_limit(*visible, 1'000'000'000, rules));
        rules.visible_limit = limit;
    }
    POSTWACHT_TRY(unregistered, limits->table("unregistered_identifiers"));
    if (unregistered) {
        constexpr auto counted = static_cast<std::int64_t>(match::most_unregistered);
        POSTWACHT_TRY(limit, parse_letter_limit(*unregistered, counted - 1, rules));
        rules.unregistered_limit = limit;
    }
    return limits->finish();
}

}  // namespace postwacht::policy
