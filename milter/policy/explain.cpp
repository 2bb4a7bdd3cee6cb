#include "policy/explain.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/format.hpp"
#include "policy/rules.hpp"

namespace postwacht::policy {
namespace {

using registry::Tie;

std::string interval(const Tie& tie) {
    if (!tie.valid_from && !tie.valid_to) return "since ever";
    std::string out;
    if (tie.valid_from) out = "from " + to_iso(*tie.valid_from);
    if (tie.valid_to) out += (out.empty() ? "until " : " until ") + to_iso(*tie.valid_to);
    return out;
}

class Story {
  public:
    Story(const Rules& rules, const Facts& facts)
        : rules_(rules),
          facts_(facts),
          finding_(facts.subjects.front()),
          recipient_(facts.recipients.front()),
          internal_(is_internal(rules, recipient_.address)),
          row_number_(finding_.categories.empty() ? rules.rows.size() - 1
                                                  : finding_.categories.front()),
          row_(rules.rows[row_number_]) {}

    std::vector<Step> tell() {
        who();
        dates();
        if (recipient_.ties.front().empty() && !internal_) cell(standing::unrelated, nullptr, {});
        for (const Tie& tie : recipient_.ties.front()) cells_of(tie);
        if (internal_) cell(standing::internal, nullptr, {});
        exceptions();
        runs();
        return std::move(steps_);
    }

  private:
    void say(std::string text, Line line = {}) {
        steps_.push_back({std::move(text), place_of(rules_, line)});
    }

    void who() {
        say(internal_ ? "the addressee is in own_domains: internal"
                      : "the addressee is in none of own_domains: outside");
        const auto& ties = recipient_.ties.front();
        if (ties.empty()) say("the registry knows nothing that the addressee is to the subject");
        for (const Tie& tie : ties) {
            if (tie.kind == Tie::Kind::self)
                say("the address is the subject's own");
            else if (tie.kind == Tie::Kind::other_subject)
                say("the address is another subject's own");
            else
                say(format("the addressee is {} {}", tie.relation, interval(tie)));
        }
    }

    void dates() {
        std::string_view rule = "what counts is what the addressee is today";
        if (row_.as_of == AsOf::period) rule = "what counts is the date on which the case began";
        if (row_.as_of == AsOf::both)
            rule = "it must be allowed on the date on which the case began and today";
        say(format("{}: {}", row_.category, rule));
        if (row_.as_of != AsOf::today && !finding_.period)
            say("no such date is given: today stands for it");
    }

    void cells_of(const Tie& tie) {
        const std::uint32_t relation =
            tie.kind == Tie::Kind::relation ? rules_.relations.find(tie.relation) : 0;
        const AsOf as_of =
            tie.kind == Tie::Kind::relation ? row_.as_of_relation(relation) : row_.as_of;
        if (as_of != row_.as_of)
            say(format("for {} another date counts: {}", tie.relation,
                       as_of == AsOf::today    ? "today"
                       : as_of == AsOf::period ? "the date on which the case began"
                                               : "both"));
        if (tie.kind != Tie::Kind::relation) {
            cell(standing_on(facts_.today, tie, relation), &tie, {});
            return;
        }
        if (as_of != AsOf::today && finding_.period)
            cell(standing_on(*finding_.period, tie, relation), &tie, finding_.period);
        if (as_of != AsOf::period || !finding_.period)
            cell(standing_on(facts_.today, tie, relation), &tie, facts_.today);
    }

    // Those for this addressee and this kind of data.
    void exceptions() {
        bool any = false;
        for (const Exception& exception : rules_.exceptions) {
            if (!exception.rows[row_number_] || !fits(exception.recipients, recipient_.address))
                continue;
            any = true;
            std::string what = format("exception '{}' ", exception.id);
            if (facts_.today >= exception.expires)
                what += "ended on " + to_iso(exception.expires);
            else if (facts_.sender.null)
                what += "lets it pass from senders " + list(exception.senders);
            else if (fits(exception.senders, facts_.sender))
                what += "lets it pass until " + to_iso(exception.expires);
            else
                what += "is for other senders: " + list(exception.senders);
            if (exception.simulated) what += " (simulated: it decides nothing)";
            say(std::move(what), exception.line);
        }
        if (!any && !rules_.exceptions.empty())
            say("no exception is for this addressee and this kind of data");
    }

    static bool fits(const std::vector<AddressGlob>& globs, const mail::Address& address) {
        return std::any_of(globs.begin(), globs.end(),
                           [&address](const AddressGlob& glob) { return glob.matches(address); });
    }
    static std::string list(const std::vector<AddressGlob>& globs) {
        std::string out;
        for (const AddressGlob& glob : globs) out += (out.empty() ? "" : ", ") + glob.to_string();
        return out;
    }

    // What the letter's neighbours may change, which nobody knows here.
    void runs() {
        if (!rules_.run_guard || internal_) return;
        say(run_rule_in_words(*rules_.run_guard), rules_.run_guard->cell.line);
    }

    void cell(Standing standing, const Tie* tie, std::optional<Date> date) {
        const Cell& found = row_.cells[standing];
        say(format("{}{}: {}{}", date ? "on " + to_iso(*date) + " " : std::string(),
                   relation_word(standing, tie), to_string(found.action),
                   found.simulated ? " (simulated: it decides nothing)" : ""),
            found.line);
    }

    const Rules& rules_;
    const Facts& facts_;
    const match::SubjectFinding& finding_;
    const RecipientFacts& recipient_;
    const bool internal_;
    const std::size_t row_number_;
    const Row& row_;
    std::vector<Step> steps_;
};

}  // namespace

Explanation explain(const Policy& policy, const Facts& facts) {
    Explanation out;
    out.steps = Story(policy.rules(), facts).tell();
    out.verdict = policy.judge(facts).recipients.front();
    return out;
}

}  // namespace postwacht::policy
