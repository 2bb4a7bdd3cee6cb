#include "review/reason_words.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "policy/verdict.hpp"

namespace postwacht::review {
namespace {

std::string spaced(std::string_view word) {
    std::string out(word);
    std::replace(out.begin(), out.end(), '_', ' ');
    return out;
}

std::string whom(std::string_view relation) {
    if (relation == "unrelated") return "an unrelated party";
    if (relation == "other_subject") return "another registered person";
    if (relation == "self") return "the person";
    if (relation.empty()) return "somebody";
    const bool vowel = std::string_view("aeiou").find(relation.front()) != std::string_view::npos;
    return format("{} {}", vowel ? "an" : "a", spaced(relation));
}

}  // namespace

bool names_somebody(std::string_view rule) noexcept {
    return rule == "disclosure" || rule == "consistency" || rule == "hidden_content" ||
           rule.starts_with("exception:");
}

std::string words_of(const json::Value& reason) {
    const std::string_view rule = reason["rule"].string();
    if (rule == "disclosure" || rule.starts_with("exception:"))
        return format("{} of a registered person, to {}", spaced(reason["category"].string()),
                      whom(reason["relation"].string()));
    if (rule == "consistency")
        return format("the {} names somebody else than the person it is about",
                      spaced(reason["why"].string()));
    if (rule == "hidden_content") return "a registered person in hidden content";
    if (rule == "incomplete")
        return format("a part could not be read ({})", reason["why"].string());
    if (rule == "limits.subjects")
        return format("{} registered persons in one message, more than {}",
                      reason["count"].number(), reason["limit"].number());
    if (rule == "limits.visible_recipients")
        return format("{} visible addresses, more than {}", reason["count"].number(),
                      reason["limit"].number());
    if (rule == "limits.unregistered_identifiers")
        return format("{} numbers given as a BSN that the registry does not know",
                      reason["count"].number());
    if (rule == "run_guard") return format("mail merge {} went wrong", reason["run"].string());
    return spaced(rule);
}

std::string why_held(std::string_view verdict_json, std::string_view otherwise) {
    const auto verdict = json::Document::parse(verdict_json);
    if (!verdict) return std::string(otherwise);
    const json::Value recipients = verdict->root()["recipients"];
    for (std::size_t i = 0; i < recipients.size(); ++i) {
        const auto action = policy::action_from(recipients.at(i)["action"].string());
        const json::Value reasons = recipients.at(i)["reasons"];
        if (action && *action >= policy::Action::quarantine && reasons.size() > 0)
            return words_of(reasons.at(0));
    }
    return std::string(otherwise);
}

}  // namespace postwacht::review
