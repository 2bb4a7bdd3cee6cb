// A verdict as JSON (schema postwacht.verdict/1) and in words.
#include "policy/verdict.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace postwacht::policy {
namespace {

constexpr std::array<const char*, 5> action_words{"accept", "tag", "quarantine", "reject",
                                                  "tempfail"};
constexpr std::string_view one_character_off = "registered address differs in one character";
constexpr std::string_view name_disagrees = "display name is not that of who is registered there";
constexpr std::size_t max_listed = 100;
constexpr std::size_t longest_extension = 5;
constexpr std::size_t digest_digits = 12;

bool is_ascii_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_ascii_digit(char c) {
    return c >= '0' && c <= '9';
}

// "*.docx": a file name is chosen by whoever sent it and may well be a person's name or number, so
// that only a short extension is kept.
std::string name_without_personal_data(std::string_view name) {
    if (name.empty()) return {};
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) return "*";
    const std::string_view extension = name.substr(dot + 1);
    const bool harmless =
        !extension.empty() && extension.size() <= longest_extension &&
        std::all_of(extension.begin(), extension.end(),
                    [](char c) { return is_ascii_letter(c) || is_ascii_digit(c); }) &&
        std::count_if(extension.begin(), extension.end(), is_ascii_digit) <= 1;
    return harmless ? "*." + std::string(extension) : "*";
}

// "sheet '...' (very hidden), C17": names inside a document stand between quotes.
std::string place_without_personal_data(std::string_view where) {
    const std::size_t open = where.find('\'');
    const std::size_t close = where.rfind('\'');
    if (open == std::string_view::npos || close == open) return std::string(where);
    return std::string(where.substr(0, open + 1)) + "..." + std::string(where.substr(close));
}

// Writes the parts of a verdict. Without `names` nothing is written that a mail's author chose.
class VerdictWriter {
  public:
    VerdictWriter(const Verdict& verdict, bool names) : verdict_(verdict), names_(names) {}

    std::string run() {
        json_.begin_object();
        json_.field("schema", "postwacht.verdict/1");
        json_.field("action", to_string(verdict_.action));
        json_.field("mode", verdict_.mode == Mode::simulate ? "simulate" : "enforce");
        json_.field("policy", verdict_.policy);
        text("run", verdict_.run);
        registry();
        recipients();
        subjects();
        json_.field("subject_count", verdict_.subject_count);
        incomplete();
        coverage();
        json_.key("elapsed_ms").value(verdict_.elapsed_ms, 1);
        if (verdict_.incomplete.size() > max_listed)
            json_.field("incomplete_count", static_cast<std::uint64_t>(verdict_.incomplete.size()));
        json_.end_object();
        return json_.take();
    }

  private:
    void registry() {
        json_.key("registry");
        if (!verdict_.registry || !verdict_.registry->available) {
            json_.null();
            return;
        }
        json_.begin_object();
        json_.field("as_of", to_iso(verdict_.registry->as_of));
        json_.field("age_s", static_cast<std::int64_t>(verdict_.registry->age.count()));
        text("source", verdict_.registry->source.substr(0, digest_digits));
        json_.end_object();
    }

    void recipients() {
        json_.key("recipients").begin_array();
        std::uint64_t position = 0;
        for (const RecipientVerdict& recipient : verdict_.recipients) {
            ++position;
            json_.begin_object();
            if (names_)
                json_.field("address", recipient.address);
            else
                json_.field("recipient", position);
            json_.field("action", to_string(recipient.action));
            json_.key("reasons").begin_array();
            for (const Reason& item : recipient.reasons) reason(item);
            json_.end_array();
            json_.end_object();
        }
        json_.end_array();
    }

    void reason(const Reason& item) {
        json_.begin_object();
        json_.field("rule", item.rule);
        text("category", item.category);
        text("subject", item.subject);
        if (item.confidence) json_.field("confidence", match::to_string(*item.confidence));
        if (item.ambiguous) json_.field("ambiguous", true);
        text("relation", item.relation);
        notes(item);
        date("ended", item.ended);
        date("as_of", item.as_of);
        if (!item.subject.empty() || !item.evidence.empty()) evidence(item.evidence);
        date("begins", item.begins);
        text("part", item.part);
        text("name", shown_name(item.name));
        text("why", item.why);
        if (item.count) json_.field("count", *item.count);
        if (item.limit) json_.field("limit", *item.limit);
        text("run", item.run);
        if (item.of) json_.field("of", *item.of);
        if (item.fits) json_.field("fits", *item.fits);
        if (item.offset) json_.field("offset", *item.offset);
        json_.field("action", to_string(item.action));
        if (item.simulated) json_.field("simulated", true);
        text("place", item.place);
        json_.end_object();
    }

    void notes(const Reason& item) {
        if (!item.one_character_off && !item.name_disagrees) return;
        json_.key("notes").begin_array();
        if (item.one_character_off) json_.value(one_character_off);
        if (item.name_disagrees) json_.value(name_disagrees);
        json_.end_array();
    }

    void subjects() {
        json_.key("subjects").begin_array();
        std::size_t listed = 0;
        for (const SubjectSummary& subject : verdict_.subjects) {
            if (++listed > max_listed) break;
            json_.begin_object();
            json_.field("subject", subject.subject);
            json_.field("confidence", match::to_string(subject.confidence));
            if (subject.ambiguous) json_.field("ambiguous", true);
            json_.key("categories").begin_array();
            for (const std::string& category : subject.categories) json_.value(category);
            json_.end_array();
            evidence(subject.evidence);
            json_.end_object();
        }
        json_.end_array();
    }

    void evidence(const std::vector<match::Evidence>& items) {
        json_.key("evidence").begin_array();
        for (const match::Evidence& item : items) {
            const bool known = item.part < verdict_.parts.size();
            json_.begin_object();
            json_.field("part", known ? verdict_.parts[item.part].path : std::string());
            json_.field("name", known ? shown_name(verdict_.parts[item.part].name) : std::string());
            json_.field("where", names_ ? item.where : place_without_personal_data(item.where));
            json_.field("kind", match::to_string(item.kind));
            json_.field("hidden", item.hidden);
            if (item.ocr) json_.field("ocr", true);
            json_.end_object();
        }
        json_.end_array();
    }

    void incomplete() {
        json_.key("incomplete").begin_array();
        std::size_t listed = 0;
        for (const extract::Incomplete& item : verdict_.incomplete) {
            if (++listed > max_listed) break;
            json_.begin_object();
            json_.field("part", item.path);
            json_.field("name", shown_name(item.name));
            json_.field("why", extract::to_string(item.why));
            json_.end_object();
        }
        json_.end_array();
    }

    void coverage() {
        json_.key("coverage").begin_object();
        json_.field("parts", verdict_.coverage.parts);
        json_.field("read", verdict_.coverage.read);
        json_.field("bytes", verdict_.coverage.bytes);
        json_.end_object();
    }

    void text(std::string_view key, const std::string& value) {
        if (!value.empty()) json_.field(key, value);
    }
    void date(std::string_view key, const std::optional<Date>& value) {
        if (value) json_.field(key, to_iso(*value));
    }
    std::string shown_name(const std::string& name) const {
        return names_ ? name : name_without_personal_data(name);
    }

    const Verdict& verdict_;
    bool names_;
    json::Writer json_;
};

std::string describe_relation(const Reason& reason) {
    std::string out = reason.relation;
    if (reason.ended) out += format(" (ended {})", to_iso(*reason.ended));
    if (reason.begins) out += format(" (begins {})", to_iso(*reason.begins));
    if (reason.one_character_off) out += format("; {}", one_character_off);
    if (reason.name_disagrees) out += format("; {}", name_disagrees);
    return out;
}

std::string describe_rule(const Reason& reason);

std::string hours(const std::optional<std::uint64_t>& seconds) {
    return format("{} h", seconds.value_or(0) / 3600);
}

}  // namespace

const char* to_string(Action action) noexcept {
    return action_words[static_cast<std::size_t>(action)];
}

std::optional<Action> action_from(std::string_view word) noexcept {
    for (std::size_t i = 0; i < action_words.size(); ++i)
        if (action_words[i] == word) return static_cast<Action>(i);
    return std::nullopt;
}

std::string Verdict::to_json(bool show_addresses) const {
    return VerdictWriter(*this, show_addresses).run();
}

std::string Verdict::rule_ids() const {
    // Where something is held, what let the others through did not decide.
    std::set<std::string_view> ids;
    for (const RecipientVerdict& recipient : recipients) {
        if (action != Action::accept && recipient.action == Action::accept) continue;
        for (const Reason& reason : recipient.reasons)
            if (reason.action == recipient.action && !reason.simulated) ids.insert(reason.rule);
    }
    std::string out;
    for (const std::string_view id : ids) {
        if (!out.empty()) out += ',';
        out += id;
    }
    return out;
}

bool Verdict::is_misaddressed() const noexcept {
    return std::any_of(recipients.begin(), recipients.end(), [](const RecipientVerdict& recipient) {
        return std::any_of(
            recipient.reasons.begin(), recipient.reasons.end(), [](const Reason& reason) {
                return reason.rule == "disclosure" && !reason.simulated &&
                       (reason.action == Action::quarantine || reason.action == Action::reject);
            });
    });
}

const char* to_string(RunTrip::Why why) noexcept {
    return why == RunTrip::Why::shift ? "shift" : "share";
}

std::string describe(const Reason& reason) {
    std::string out = describe_rule(reason);
    if (reason.simulated) out += format(" (simulated: would {})", to_string(reason.action));
    return out;
}

namespace {

// "address block" of "address_block".
std::string spaced(std::string word) {
    std::replace(word.begin(), word.end(), '_', ' ');
    return word;
}

// "the letter before it", "a letter some 3 after it".
std::string other_letter(std::int64_t offset) {
    const char* side = offset < 0 ? "before" : "after";
    const std::int64_t distance = offset < 0 ? -offset : offset;
    return distance == 1 ? format("the letter {} it", side)
                         : format("a letter some {} {} it", distance, side);
}

std::string describe_run(const Reason& reason) {
    const std::uint64_t count = reason.count.value_or(0);
    if (reason.why == "shift")
        return format(
            "run {} went wrong: the recipient of each letter fits the subject of {} ({} "
            "of {})",
            reason.run, other_letter(reason.offset.value_or(0)), reason.fits.value_or(0), count);
    return format("run {} went wrong: {} of {} letters are misaddressed", reason.run, count,
                  reason.of.value_or(0));
}

std::string describe_rule(const Reason& reason) {
    const std::string_view rule = reason.rule;
    if (rule == "disclosure")
        return format("{} of {}{} to {}", reason.category, reason.subject,
                      reason.ambiguous ? " (or of another who fits as well)" : "",
                      describe_relation(reason));
    if (rule.starts_with("exception:"))
        return format("{} of {} to {}, by exception {}", reason.category, reason.subject,
                      describe_relation(reason), rule.substr(rule.find(':') + 1));
    if (rule == "limits.subjects")
        return format("{} subjects to {}, more than {}", reason.count.value_or(0), reason.relation,
                      reason.limit.value_or(0));
    if (rule == "limits.visible_recipients")
        return format("{} visible addresses, more than {}", reason.count.value_or(0),
                      reason.limit.value_or(0));
    if (rule == "limits.unregistered_identifiers")
        return format("{} numbers given as a BSN that the registry does not know, more than {}",
                      reason.count.value_or(0), reason.limit.value_or(0));
    if (rule == "incomplete")
        return format("part {} could not be read ({})", reason.part, reason.why);
    if (rule == "consistency")
        return format("the {} names somebody else than {}", spaced(reason.why), reason.subject);
    if (rule == "run_guard") return describe_run(reason);
    if (rule == "hidden_content") return format("{} in hidden content", reason.subject);
    if (rule == "registry_unavailable") return "the registry is unavailable";
    if (rule == "registry_stale")
        return format("the registry is {} old, more than {}", hours(reason.count),
                      hours(reason.limit));
    if (rule == "scope") return "not from an own domain";
    return reason.rule;
}

}  // namespace

}  // namespace postwacht::policy
