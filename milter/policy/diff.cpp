#include "policy/diff.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "base/format.hpp"
#include "policy/rules.hpp"

namespace postwacht::policy {
namespace {

using standing::Tense;

constexpr std::array all_tenses{Tense::current, Tense::former, Tense::future};
constexpr std::array fixed_standings{std::pair{standing::self, "self"},
                                     std::pair{standing::internal, "internal"},
                                     std::pair{standing::other_subject, "other_subject"},
                                     std::pair{standing::unrelated, "unrelated"}};

constexpr const char* tried_out = " (simulated)";

const char* as_of_word(AsOf as_of) noexcept {
    static constexpr std::array words{"today", "period", "both"};
    return words[static_cast<std::size_t>(as_of)];
}

std::string tense_word(Tense tense, std::string_view relation) {
    static constexpr std::array prefixes{"", "former_", "future_"};
    return format("{}{}", prefixes[static_cast<std::size_t>(tense)], relation);
}

std::string limit_word(std::uint64_t limit) {
    return limit == unlimited ? "unlimited" : format("{}", limit);
}

// What a rule does: one that is tried out does nothing.
Action effective(const Cell& cell) noexcept {
    return cell.simulated ? Action::accept : cell.action;
}

// Of a rule whose number changes while both policies have it, or one has none (null). A number
// above which nothing happens is neither strict nor loose.
Effect by_number(bool stricter, const Cell* before, const Cell* after) noexcept {
    for (const Cell* cell : {before, after})
        if (cell != nullptr && effective(*cell) == Action::accept) return Effect::other;
    return stricter ? Effect::stricter : Effect::looser;
}

std::vector<std::string> merged(std::vector<std::string> a, const std::vector<std::string>& b) {
    for (const std::string& word : b)
        if (std::find(a.begin(), a.end(), word) == a.end()) a.push_back(word);
    return a;
}

class Comparison {
  public:
    Comparison(const Rules& before, const Rules& after) : before_(before), after_(after) {}

    std::vector<Change> run() {
        settings();
        // The new policy's rows first, then those that it no longer has.
        for (const Row& row : after_.rows) category(row.category, find_row(before_, row), &row);
        for (const Row& row : before_.rows)
            if (find_row(after_, row) == nullptr) category(row.category, &row, nullptr);
        subject_limits();
        message_rules();
        exceptions();
        return std::move(changes_);
    }

  private:
    static const Row* find_row(const Rules& rules, const Row& wanted) {
        const auto row = std::find_if(
            rules.rows.begin(), rules.rows.end(),
            [&wanted](const Row& candidate) { return candidate.category == wanted.category; });
        return row == rules.rows.end() ? nullptr : &*row;
    }

    void add(Effect effect, std::string what, std::string before, std::string after,
             Line line = {}) {
        changes_.push_back(
            {effect, std::move(what), std::move(before), std::move(after), place_of(after_, line)});
    }

    void action(const std::string& what, const Cell& before, const Cell& after) {
        if (alike(before, after)) return;
        const auto word = [](const Cell& cell) {
            return std::string(to_string(cell.action)) + (cell.simulated ? tried_out : "");
        };
        add(effective(after) > effective(before)   ? Effect::stricter
            : effective(after) < effective(before) ? Effect::looser
                                                   : Effect::other,
            what, word(before), word(after), after.line);
    }

    // Words that one has and the other has not. `more` is what more of them mean.
    void words(const std::string& what, const std::vector<std::string>& before,
               const std::vector<std::string>& after, Effect more) {
        const std::set<std::string> old(before.begin(), before.end());
        const std::set<std::string> now(after.begin(), after.end());
        const Effect fewer = more == Effect::stricter ? Effect::looser
                             : more == Effect::looser ? Effect::stricter
                                                      : Effect::other;
        for (const std::string& word : now)
            if (old.count(word) == 0) add(more, what, {}, word);
        for (const std::string& word : old)
            if (now.count(word) == 0) add(fewer, what, word, {});
    }

    void settings() {
        if (before_.mode != after_.mode)
            add(after_.mode == Mode::enforce ? Effect::stricter : Effect::looser, "mode",
                before_.mode == Mode::enforce ? "enforce" : "simulate",
                after_.mode == Mode::enforce ? "enforce" : "simulate");
        if (before_.min_confidence != after_.min_confidence)
            add(after_.min_confidence < before_.min_confidence ? Effect::stricter : Effect::looser,
                "min_confidence", match::to_string(before_.min_confidence),
                match::to_string(after_.min_confidence));
        // An own domain brings mail into scope, and makes recipients there internal.
        words("own_domains", before_.own_domains, after_.own_domains, Effect::other);
        // What a domain no longer tells of a firm, an address there may still.
        words("public_mailbox_providers", texts(before_.public_mailbox_providers),
              texts(after_.public_mailbox_providers), Effect::other);
        words("shared_domains", texts(before_.shared_domains), texts(after_.shared_domains),
              Effect::other);
        words("dotless_domains", before_.dotless_domains, after_.dotless_domains, Effect::other);
        words("bsn_keywords", before_.words.bsn_keywords, after_.words.bsn_keywords, Effect::other);
        words("period_cues", before_.words.period_cues, after_.words.period_cues, Effect::other);
        words("period_cues_behind", before_.words.period_cues_behind,
              after_.words.period_cues_behind, Effect::other);
        words("other_date_cues", before_.words.other_date_cues, after_.words.other_date_cues,
              Effect::other);
        words("birth_cues", before_.words.birth_cues, after_.words.birth_cues, Effect::other);
    }

    void category(const std::string& name, const Row* before, const Row* after) {
        if (before == nullptr || after == nullptr) {
            add(Effect::other, "category " + name, before != nullptr ? "defined" : "",
                after != nullptr ? "defined" : "",
                after != nullptr && !after->cells.empty() ? after->cells.front().line : Line{});
            return;
        }
        const auto yes = [](bool flag) { return std::string(flag ? "true" : "false"); };
        if (before->sensitive != after->sensitive)
            add(Effect::other, name + " sensitive", yes(before->sensitive), yes(after->sensitive));
        if (before->as_of != after->as_of)
            add(Effect::other, name + " as_of", as_of_word(before->as_of),
                as_of_word(after->as_of));
        for (const auto& [standing, word] : fixed_standings)
            action(format("{} to {}", name, word), before->cells[standing], after->cells[standing]);
        for (const Tense tense : all_tenses) relations(name, *before, *after, tense);
        for (const std::string& relation : named_relations()) {
            const AsOf old = before->as_of_relation(before_.relations.find(relation));
            const AsOf now = after->as_of_relation(after_.relations.find(relation));
            if (old != now && (before->as_of != old || after->as_of != now))
                add(Effect::other, format("{} as_of_for {}", name, relation), as_of_word(old),
                    as_of_word(now));
        }
        const auto* old = find_words(before_, name);
        const auto* now = find_words(after_, name);
        if (old == nullptr || now == nullptr) return;
        words(name + " term", with_conditions(*old, false), with_conditions(*now, false),
              Effect::other);
        words(name + " pattern", with_conditions(*old, true), with_conditions(*now, true),
              Effect::other);
        const auto shown = [](std::uint32_t threshold) {
            return threshold == 0 ? std::string() : format("{}", threshold);
        };
        if (old->threshold != now->threshold)
            add(Effect::other, name + " threshold", shown(old->threshold), shown(now->threshold));
    }

    static const match::CategoryWords* find_words(const Rules& rules, const std::string& name) {
        for (const match::CategoryWords& words : rules.words.categories)
            if (words.name == name) return &words;
        return nullptr;
    }

    // The terms or patterns, each with the words that must stand near it or must not.
    static std::vector<std::string> with_conditions(const match::CategoryWords& category,
                                                    bool patterns) {
        auto out = patterns ? category.patterns : category.terms;
        const auto list = [](const char* what, const std::vector<std::string>& words) {
            std::string text;
            for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
            return text.empty() ? text : format(" {} {}", what, text);
        };
        for (const match::Condition& condition : category.conditions)
            if (condition.pattern == patterns && condition.item < out.size()) {
                std::string& text = out[condition.item];
                if (!condition.near.empty() || !condition.unless.empty())
                    text += format("{}{} within {}", list("near", condition.near),
                                   list("unless", condition.unless), condition.within);
                if (condition.weight > 0) text += format(" weight {}", condition.weight);
            }
        return out;
    }

    static bool alike(const Cell& a, const Cell& b) noexcept {
        return a.action == b.action && a.simulated == b.simulated;
    }

    // One line for every relation that neither policy names, and one for each that differs from it.
    void relations(const std::string& name, const Row& before, const Row& after, Tense tense) {
        const auto cell = [tense](const Rules& rules, const Row& row, std::string_view relation) {
            return row.cells[standing::of(rules.relations.find(relation), tense)];
        };
        const Cell others_before = cell(before_, before, {});
        const Cell others_after = cell(after_, after, {});
        action(format("{} to {}", name, tense_word(tense, "any other relation")), others_before,
               others_after);
        for (const std::string& relation : named_relations()) {
            const Cell old = cell(before_, before, relation);
            const Cell now = cell(after_, after, relation);
            if (alike(old, others_before) && alike(now, others_after)) continue;
            action(format("{} to {}", name, tense_word(tense, relation)), old, now);
        }
    }

    std::vector<std::string> named_relations() const {
        auto names = merged(after_.relations.names(), before_.relations.names());
        std::erase(names, std::string());
        return names;
    }

    void subject_limits() {
        const auto one = [this](const std::string& word, Standing old, Standing now) {
            const SubjectLimits& before = before_.subject_limits;
            const SubjectLimits& after = after_.subject_limits;
            limit("limits.subjects of " + word, {before.limits[old], before.cells[old]},
                  {after.limits[now], after.cells[now]});
        };
        for (const auto& [standing, word] : fixed_standings) one(word, standing, standing);
        for (const std::string& relation : named_relations())
            for (const Tense tense : all_tenses)
                one(tense_word(tense, relation),
                    standing::of(before_.relations.find(relation), tense),
                    standing::of(after_.relations.find(relation), tense));
    }

    // The number, and what happens above it.
    void limit(const std::string& what, const LetterLimit& old, const LetterLimit& now) {
        const bool had = old.max != unlimited;
        const bool has = now.max != unlimited;
        const auto word = [&](const LetterLimit& limit) {
            return limit_word(limit.max) +
                   (had != has && limit.max != unlimited && limit.cell.simulated ? tried_out : "");
        };
        if (old.max != now.max)
            add(by_number(now.max < old.max, had ? &old.cell : nullptr, has ? &now.cell : nullptr),
                what, word(old), word(now), now.cell.line);
        if (had && has) action(what + ", above", old.cell, now.cell);
    }

    void message_rules() {
        limit("limits.visible_recipients", before_.visible_limit, after_.visible_limit);
        limit("limits.unregistered_identifiers", before_.unregistered_limit,
              after_.unregistered_limit);
        for (std::size_t i = 0; i < after_.incomplete.size(); ++i)
            action(format("incomplete.{}", extract::to_string(static_cast<extract::Why>(i))),
                   before_.incomplete[i], after_.incomplete[i]);
        action("registry_unavailable", before_.registry_unavailable, after_.registry_unavailable);
        stale();
        action("hidden_content", before_.hidden_content, after_.hidden_content);
        // Without the rule such letters go on their way.
        const Cell none{Action::accept, {}};
        action("consistency", before_.consistency.value_or(none),
               after_.consistency.value_or(none));
        run_guard();
        review();
    }

    // What is decided about held mail: more people, later and by fewer rules is stricter.
    void review() {
        const ReviewRules& old = before_.review;
        const ReviewRules& now = after_.review;
        const auto change = [&](const std::string& key, const std::string& before,
                                const std::string& after, Effect effect) {
            if (before != after) add(effect, "review." + key, before, after, {});
        };
        const auto list = [](const std::vector<std::string>& words) {
            std::string text;
            for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
            return text.empty() ? std::string("nothing") : text;
        };
        const auto yes = [](bool flag) { return std::string(flag ? "true" : "false"); };
        change("auto_release", list(old.auto_release), list(now.auto_release),
               old.auto_release.empty()   ? Effect::looser
               : now.auto_release.empty() ? Effect::stricter
                                          : Effect::other);
        change("sender_override", list(old.sender_override), list(now.sender_override),
               Effect::other);
        change("policy_change_releases", yes(old.policy_change_releases),
               yes(now.policy_change_releases),
               now.policy_change_releases ? Effect::looser : Effect::stricter);
        change("follow_duplicates", yes(old.follow_duplicates), yes(now.follow_duplicates),
               Effect::other);
        change("return_at_once", plainly_wrong(old), plainly_wrong(now), Effect::other);
        change("access", access(old), access(now), Effect::other);
        change("severity", severity(old), severity(now), Effect::other);
        for (std::size_t i = 0; i < severities; ++i) {
            const std::string name = to_string(static_cast<Severity>(i));
            const ReviewLevel& was = old.levels[i];
            const ReviewLevel& is = now.levels[i];
            change(name + ".release", to_string(was.release), to_string(is.release), Effect::other);
            change(name + ".return", to_string(was.give_back), to_string(is.give_back),
                   Effect::other);
            change(name + ".delete", to_string(was.remove), to_string(is.remove), Effect::other);
            change(name + ".eyes", std::to_string(was.eyes), std::to_string(is.eyes),
                   is.eyes > was.eyes ? Effect::stricter : Effect::looser);
            change(name + ".escalate_after", seconds(was.escalate_after),
                   seconds(is.escalate_after), Effect::other);
            change(name + ".return_after", seconds(was.return_after), seconds(is.return_after),
                   Effect::other);
        }
    }

    static std::string seconds(std::chrono::seconds duration) {
        return format("{} h", static_cast<double>(duration.count()) / 3600);
    }
    static std::string plainly_wrong(const ReviewRules& rules) {
        std::string text;
        for (const ReturnAtOnce& rule : rules.return_at_once)
            text += format("{}{} ended for {}", text.empty() ? "" : ", ", rule.relation,
                           seconds(rule.ended_for));
        return text.empty() ? "nothing" : text;
    }
    static std::string access(const ReviewRules& rules) {
        std::string text;
        for (const auto& [category, roles] : rules.access)
            text += format("{}{}: {}", text.empty() ? "" : ", ", category, to_string(roles));
        return text.empty() ? "as usual" : text;
    }
    static std::string severity(const ReviewRules& rules) {
        std::string text;
        for (const auto& [category, severity] : rules.by_category)
            text += format("{}{}: {}", text.empty() ? "" : ", ", category, to_string(severity));
        for (const auto& [count, severity] : rules.by_count)
            text += format("{}from {}: {}", text.empty() ? "" : ", ", count, to_string(severity));
        return text;
    }

    void run_guard() {
        const auto& old = before_.run_guard;
        const auto& now = after_.run_guard;
        const Cell none{Action::accept, {}};
        action("run_guard", old ? old->cell : none, now ? now->cell : none);
        if (!old || !now || old->when == now->when) return;
        const RunRule& was = old->when;
        const RunRule& is = now->when;
        const auto line = now->cell.line;
        const auto change = [&](const char* key, auto before, auto after, bool stricter) {
            if (before == after) return;
            add(by_number(stricter, &old->cell, &now->cell), format("run_guard.{}", key),
                format("{}", before), format("{}", after), line);
        };
        change("letters", was.letters, is.letters, is.letters < was.letters);
        change("share", was.share, is.share, is.share < was.share);
        change("shift", was.shift, is.shift, is.shift);
        change("window", format("{} s", was.window.count()), format("{} s", is.window.count()),
               is.window > was.window);
    }

    void stale() {
        const auto& old = before_.registry_stale;
        const auto& now = after_.registry_stale;
        if (!old && !now) return;
        const bool one = !old || !now;
        const auto word = [one](const std::optional<StaleRule>& rule) {
            if (!rule) return std::string();
            return seconds(rule->older_than) + (one && rule->cell.simulated ? tried_out : "");
        };
        if (one || old->older_than != now->older_than)
            add(by_number(now && (!old || now->older_than < old->older_than),
                          old ? &old->cell : nullptr, now ? &now->cell : nullptr),
                "registry_stale", word(old), word(now), now ? now->cell.line : Line{});
        if (!one) action("registry_stale, above", old->cell, now->cell);
    }

    void exceptions() {
        const auto find = [](const Rules& rules, const std::string& id) -> const Exception* {
            for (const Exception& exception : rules.exceptions)
                if (exception.id == id) return &exception;
            return nullptr;
        };
        const auto until = [](const Exception& exception) {
            return "until " + to_iso(exception.expires) + (exception.simulated ? tried_out : "");
        };
        for (const Exception& now : after_.exceptions) {
            const Exception* old = find(before_, now.id);
            const std::string what = "exception " + now.id;
            if (old == nullptr) {
                add(now.simulated ? Effect::other : Effect::looser, what, {}, until(now), now.line);
                continue;
            }
            if (old->simulated != now.simulated)
                add(now.simulated ? Effect::stricter : Effect::looser, what + " mode",
                    old->simulated ? "simulate" : "enforce", now.simulated ? "simulate" : "enforce",
                    now.line);
            // What lets nothing pass is no looser for letting more pass.
            const bool tried = old->simulated || now.simulated;
            const Effect more = tried ? Effect::other : Effect::looser;
            if (old->expires != now.expires)
                add(tried                        ? Effect::other
                    : now.expires < old->expires ? Effect::stricter
                                                 : Effect::looser,
                    what, "until " + to_iso(old->expires), "until " + to_iso(now.expires),
                    now.line);
            words(what + " category", passed(before_, *old), passed(after_, now), more);
            words(what + " sender", texts(old->senders), texts(now.senders), more);
            words(what + " recipient", texts(old->recipients), texts(now.recipients), more);
        }
        for (const Exception& old : before_.exceptions)
            if (find(after_, old.id) == nullptr)
                add(old.simulated ? Effect::other : Effect::stricter, "exception " + old.id,
                    until(old), {});
    }

    static std::vector<std::string> passed(const Rules& rules, const Exception& exception) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < exception.rows.size() && i < rules.rows.size(); ++i)
            if (exception.rows[i]) names.push_back(rules.rows[i].category);
        return names;
    }

    template <class Glob>
    static std::vector<std::string> texts(const std::vector<Glob>& globs) {
        std::vector<std::string> out;
        out.reserve(globs.size());
        for (const Glob& glob : globs) out.push_back(glob.to_string());
        return out;
    }

    const Rules& before_;
    const Rules& after_;
    std::vector<Change> changes_;
};

}  // namespace

const char* to_string(Effect effect) noexcept {
    static constexpr std::array words{"stricter", "looser", "other"};
    return words[static_cast<std::size_t>(effect)];
}

std::vector<Change> diff(const Policy& before, const Policy& after) {
    return Comparison(before.rules(), after.rules()).run();
}

}  // namespace postwacht::policy
