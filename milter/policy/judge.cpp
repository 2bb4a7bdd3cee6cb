// judge(): facts to a verdict.
//
// For each recipient, each subject and each category of that subject: what is the recipient to the
// subject on the date that counts, and what does that cell of the matrix say? Where the recipient
// is several things at once the most permissive one counts; over subjects and categories the
// strictest action does. Beside the matrix stand rules about the message as a whole (what could not
// be read, hidden content, the registry's state, visible addresses) and limits to how many subjects
// one recipient gets at once.
//
// A list of fifteen thousand people to a thousand addresses is judged too, so the loop over pairs
// compares numbers only; the strings of a Reason are made for the few pairs that are reported.
#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/format.hpp"
#include "policy/rules.hpp"

namespace postwacht::policy {
namespace {

using match::SubjectFinding;
using registry::Tie;

// Reasons are for people: the strictest ones are shown, and their number is bounded.
constexpr std::size_t max_reasons_per_recipient = 100;
constexpr std::size_t min_reasons_per_recipient = 3;
constexpr std::size_t max_reasons_per_message = 10'000;
constexpr std::size_t max_reasons_per_message_rule = 20;
constexpr std::size_t max_simulated_reasons = 20;
constexpr std::size_t max_evidence_per_reason = 5;
constexpr std::size_t max_evidence_per_subject = 20;
constexpr std::size_t max_subjects_listed = 100;

// One cell of the matrix that was looked up.
struct Decision {
    Action action = Action::quarantine;
    std::uint32_t subject = 0;  // position in Facts::subjects
    std::uint32_t row = 0;
    Standing standing = standing::unrelated;
    const Tie* tie = nullptr;  // what gave the standing, if a tie did
    Date as_of{};
    const Exception* exception = nullptr;  // that lets it pass
    const Exception* tried = nullptr;      // that would
    bool simulated = false;                // the cell decides nothing

    [[nodiscard]] Action effect() const noexcept { return simulated ? Action::accept : action; }
};

// Of two standings that allow the same, the better known one is reported.
int report_order(Standing s) {
    switch (s) {
        case standing::self:
            return 0;
        case standing::internal:
            return 2;
        case standing::other_subject:
            return 5;
        case standing::unrelated:
            return 6;
        default:
            switch (standing::tense_of(s)) {
                case standing::Tense::current:
                    return 1;
                case standing::Tense::former:
                    return 3;
                default:
                    return 4;
            }
    }
}

}  // namespace

Standing standing_on(Date date, const Tie& tie, std::uint32_t relation) {
    using standing::Tense;
    switch (tie.kind) {
        case Tie::Kind::self:
            return standing::self;
        case Tie::Kind::other_subject:
            return standing::other_subject;
        case Tie::Kind::relation:
            break;
    }
    if (tie.valid_to && date > *tie.valid_to) return standing::of(relation, Tense::former);
    if (tie.valid_from && date < *tie.valid_from) return standing::of(relation, Tense::future);
    return standing::of(relation, Tense::current);
}

std::string relation_word(Standing s, const Tie* tie) {
    switch (s) {
        case standing::self:
            return "self";
        case standing::internal:
            return "internal";
        case standing::other_subject:
            return "other_subject";
        case standing::unrelated:
            return "unrelated";
        default:
            break;
    }
    std::string name = tie == nullptr ? std::string() : tie->relation;
    switch (standing::tense_of(s)) {
        case standing::Tense::former:
            return "former_" + name;
        case standing::Tense::future:
            return "future_" + name;
        default:
            return name;
    }
}

namespace {

std::vector<match::Evidence> first_evidence(const std::vector<match::Evidence>& all,
                                            std::size_t limit) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(all.size(), limit));
    return {all.begin(), all.begin() + count};
}

bool stricter(const Reason& a, const Reason& b) {
    return a.action > b.action;
}

bool is_hidden_primary(const match::Evidence& evidence) {
    return evidence.hidden && match::is_primary(evidence.kind);
}

// Judges one message. Lives as long as one call of judge().
class Judgement {
  public:
    Judgement(const Rules& rules, const Facts& facts) : rules_(rules), facts_(facts) {}

    Verdict run() {
        Verdict verdict;
        verdict.mode = rules_.mode;
        verdict.policy = rules_.id;
        if (facts_.registry.available) verdict.registry = facts_.registry;
        if (!in_scope(rules_, facts_.sender, facts_.header_from)) {
            accept_out_of_scope(verdict);
            return verdict;
        }
        verdict.incomplete = facts_.incomplete;
        select_subjects();
        list_subjects(verdict);
        collect_message_reasons();
        reasons_allowed_ =
            std::clamp(max_reasons_per_message / std::max<std::size_t>(facts_.recipients.size(), 1),
                       min_reasons_per_recipient, max_reasons_per_recipient);
        verdict.recipients.reserve(facts_.recipients.size());
        for (const RecipientFacts& recipient : facts_.recipients) {
            verdict.recipients.push_back(judge_recipient(recipient));
            verdict.action = std::max(verdict.action, verdict.recipients.back().action);
        }
        return verdict;
    }

  private:
    void accept_out_of_scope(Verdict& verdict) const {
        for (const RecipientFacts& recipient : facts_.recipients) {
            RecipientVerdict out;
            out.address = recipient.address.to_string();
            out.reasons.emplace_back().rule = "scope";
            verdict.recipients.push_back(std::move(out));
        }
    }

    // The subjects that are sure enough to count.
    void select_subjects() {
        for (std::size_t i = 0; i < facts_.subjects.size(); ++i)
            if (facts_.subjects[i].confidence >= rules_.min_confidence)
                counted_.push_back(static_cast<std::uint32_t>(i));
    }

    void list_subjects(Verdict& verdict) const {
        verdict.subject_count = counted_.size();
        const std::size_t listed = std::min(counted_.size(), max_subjects_listed);
        verdict.subjects.reserve(listed);
        for (std::size_t i = 0; i < listed; ++i) {
            const SubjectFinding& finding = facts_.subjects[counted_[i]];
            SubjectSummary& out = verdict.subjects.emplace_back();
            out.subject = subject_id(finding);
            out.confidence = finding.confidence;
            out.ambiguous = finding.ambiguous;
            for (const std::uint32_t category : finding.categories)
                if (is_category(category)) out.categories.push_back(rules_.rows[category].category);
            out.evidence = first_evidence(finding.evidence, max_evidence_per_subject);
        }
    }

    static std::string subject_id(const SubjectFinding& finding) {
        return finding.subject ? finding.subject->id : std::string();
    }

    bool is_category(std::uint32_t number) const { return number + 1 < rules_.rows.size(); }

    std::string place(Line line) const { return place_of(rules_, line); }

    Reason& add_reason(std::vector<Reason>& reasons, const char* rule, const Cell& cell) const {
        Reason& reason = reasons.emplace_back();
        reason.rule = rule;
        reason.action = cell.action;
        reason.simulated = cell.simulated;
        reason.place = place(cell.line);
        return reason;
    }

    // Reasons that are the same for every recipient, or for every one outside.
    void collect_message_reasons() {
        collect_registry_reasons();
        collect_hidden_reasons();
        collect_incomplete_reasons();
        collect_visible_reasons();
        collect_unregistered_reasons();
    }

    void collect_unregistered_reasons() {
        if (facts_.unregistered <= rules_.unregistered_limit.max) return;
        Reason& reason = add_reason(for_outsiders_, "limits.unregistered_identifiers",
                                    rules_.unregistered_limit.cell);
        reason.count = facts_.unregistered;
        reason.limit = rules_.unregistered_limit.max;
    }

    void collect_registry_reasons() {
        if (!facts_.registry.available) {
            add_reason(for_everyone_, "registry_unavailable", rules_.registry_unavailable);
            return;
        }
        if (!rules_.registry_stale || facts_.registry.age <= rules_.registry_stale->older_than)
            return;
        Reason& reason = add_reason(for_everyone_, "registry_stale", rules_.registry_stale->cell);
        reason.count = static_cast<std::uint64_t>(facts_.registry.age.count());
        reason.limit = static_cast<std::uint64_t>(rules_.registry_stale->older_than.count());
    }

    void collect_hidden_reasons() {
        std::size_t subjects = 0;
        for (const std::uint32_t i : counted_) {
            const SubjectFinding& finding = facts_.subjects[i];
            if (std::none_of(finding.evidence.begin(), finding.evidence.end(), is_hidden_primary))
                continue;
            if (++subjects > max_reasons_per_message_rule) break;
            Reason& reason = add_reason(for_outsiders_, "hidden_content", rules_.hidden_content);
            reason.subject = subject_id(finding);
            reason.confidence = finding.confidence;
            reason.ambiguous = finding.ambiguous;
            for (const match::Evidence& evidence : finding.evidence)
                if (evidence.hidden && reason.evidence.size() < max_evidence_per_reason)
                    reason.evidence.push_back(evidence);
        }
    }

    void collect_incomplete_reasons() {
        // Strictest first, so that what is left out weighs no more than what is shown.
        std::vector<const extract::Incomplete*> items;
        items.reserve(facts_.incomplete.size());
        for (const extract::Incomplete& item : facts_.incomplete) items.push_back(&item);
        const auto cell_of = [this](const extract::Incomplete* item) -> const Cell& {
            return rules_.incomplete[static_cast<std::size_t>(item->why)];
        };
        std::stable_sort(items.begin(), items.end(), [&](const auto* a, const auto* b) {
            return cell_of(a).action > cell_of(b).action;
        });
        if (items.size() > max_reasons_per_message_rule) items.resize(max_reasons_per_message_rule);
        for (const extract::Incomplete* item : items) {
            Reason& reason = add_reason(for_outsiders_, "incomplete", cell_of(item));
            reason.part = item->path;
            reason.name = item->name;
            reason.why = extract::to_string(item->why);
        }
    }

    void collect_visible_reasons() {
        if (facts_.visible.size() <= rules_.visible_limit.max) return;
        std::unordered_set<std::string> outside;
        for (const mail::Address& address : facts_.visible)
            if (!address.null && !address.invalid && !is_internal(rules_, address))
                outside.insert(address.key());
        if (outside.size() <= rules_.visible_limit.max) return;
        Reason& reason =
            add_reason(for_outsiders_, "limits.visible_recipients", rules_.visible_limit.cell);
        reason.count = outside.size();
        reason.limit = rules_.visible_limit.max;
    }

    RecipientVerdict judge_recipient(const RecipientFacts& recipient) {
        RecipientVerdict out;
        out.address = recipient.address.to_string();
        const bool internal = is_internal(rules_, recipient.address);
        find_exceptions(recipient);

        decisions_.clear();
        counts_.assign(rules_.relations.columns(), 0);
        for (const std::uint32_t subject : counted_)
            decide_subject(subject, ties_of(recipient, subject), internal);

        std::vector<Reason> reasons = for_everyone_;
        if (rules_.consistency && !internal) add_consistency_reasons(reasons, recipient);
        if (!internal) reasons.insert(reasons.end(), for_outsiders_.begin(), for_outsiders_.end());
        add_limit_reasons(reasons);
        for (const Reason& reason : reasons)
            if (!reason.simulated) out.action = std::max(out.action, reason.action);
        for (const Decision& decision : decisions_)
            out.action = std::max(out.action, decision.effect());
        std::vector<Reason> simulated = simulated_reasons(reasons, recipient);
        out.reasons = chosen_reasons(std::move(reasons), out.action, recipient);
        std::move(simulated.begin(), simulated.end(), std::back_inserter(out.reasons));
        return out;
    }

    // A salutation and an address name whom a letter goes to: where that is the person's employer
    // or representative, another name is as it should be. A number in a file name is the person's.
    void add_consistency_reasons(std::vector<Reason>& reasons,
                                 const RecipientFacts& recipient) const {
        std::size_t shown = 0;
        for (const std::uint32_t i : counted_) {
            const SubjectFinding& finding = facts_.subjects[i];
            if (finding.contradictions.empty()) continue;
            const auto& ties = ties_of(recipient, i);
            const bool self = std::any_of(ties.begin(), ties.end(), [](const Tie& tie) {
                return tie.kind == Tie::Kind::self;
            });
            for (const match::Contradiction& contradiction : finding.contradictions) {
                if (!self && contradiction.at != match::NamedAt::file_number) continue;
                if (++shown > max_reasons_per_message_rule) return;
                Reason& reason = add_reason(reasons, "consistency", *rules_.consistency);
                reason.subject = subject_id(finding);
                reason.confidence = finding.confidence;
                reason.ambiguous = finding.ambiguous;
                reason.why = match::to_string(contradiction.at);
                reason.evidence.push_back({contradiction.part, contradiction.where,
                                           match::EvidenceKind::name, false, false});
            }
        }
    }

    static const std::vector<Tie>& ties_of(const RecipientFacts& recipient, std::size_t subject) {
        static const std::vector<Tie> strangers;
        // Whoever an address that cannot be read belongs to, it is nobody we know.
        if (recipient.address.null || recipient.address.invalid) return strangers;
        return subject < recipient.ties.size() ? recipient.ties[subject] : strangers;
    }

    // The exceptions in force between this sender and this recipient.
    void find_exceptions(const RecipientFacts& recipient) {
        exceptions_.clear();
        for (const Exception& exception : rules_.exceptions) {
            if (facts_.today >= exception.expires) continue;
            if (const auto& known = recipient.exceptions) {
                if (std::find(known->begin(), known->end(), exception.id) != known->end())
                    exceptions_.push_back(&exception);
                continue;
            }
            const auto fits = [](const std::vector<AddressGlob>& globs, const mail::Address& a) {
                return std::any_of(globs.begin(), globs.end(),
                                   [&a](const AddressGlob& glob) { return glob.matches(a); });
            };
            if (fits(exception.senders, facts_.sender) &&
                fits(exception.recipients, recipient.address))
                exceptions_.push_back(&exception);
        }
    }

    void decide_subject(std::uint32_t subject, const std::vector<Tie>& ties, bool internal) {
        relations_.clear();
        for (const Tie& tie : ties)
            relations_.push_back(
                tie.kind == Tie::Kind::relation ? rules_.relations.find(tie.relation) : 0);

        const std::size_t first = decisions_.size();
        const SubjectFinding& finding = facts_.subjects[subject];
        for (const std::uint32_t category : finding.categories)
            if (is_category(category)) decide(subject, category, ties, internal);
        if (decisions_.size() == first)
            decide(subject, static_cast<std::uint32_t>(rules_.rows.size() - 1), ties, internal);

        if (!rules_.subject_limits.any) return;
        // The subject counts for the standing that decided about its most guarded category.
        const auto strictest = std::max_element(
            decisions_.begin() + static_cast<std::ptrdiff_t>(first), decisions_.end(),
            [](const Decision& a, const Decision& b) { return a.effect() < b.effect(); });
        ++counts_[strictest->standing];
    }

    void decide(std::uint32_t subject, std::uint32_t row, const std::vector<Tie>& ties,
                bool internal) {
        // Relations whose date counts differently are judged apart; the most permissive answer
        // stands.
        std::optional<Decision> best;
        for (const AsOf as_of : {AsOf::today, AsOf::period, AsOf::both}) {
            const auto found = decide_as_of(as_of, subject, row, ties, internal);
            if (found && (!best || rank(*found) < rank(*best))) best = found;
        }
        Decision decision = best.value_or(Decision{});
        decision.subject = subject;
        decision.row = row;
        if (decision.action != Action::accept) {
            for (const Exception* exception : exceptions_) {
                if (!exception->rows[row]) continue;
                if (exception->simulated) {
                    if (decision.tried == nullptr) decision.tried = exception;
                    continue;
                }
                decision.action = Action::accept;
                decision.simulated = false;
                decision.exception = exception;
                break;
            }
        }
        decisions_.push_back(decision);
    }

    // Judges by those ties for which this date counts; nothing where there are none.
    std::optional<Decision> decide_as_of(AsOf as_of, std::uint32_t subject, std::uint32_t row,
                                         const std::vector<Tie>& ties, bool internal) const {
        const auto& period = facts_.subjects[subject].period;
        if (as_of == AsOf::today || !period)
            return decide_on(facts_.today, as_of, row, ties, internal);
        const auto then = decide_on(*period, as_of, row, ties, internal);
        if (as_of == AsOf::period) return then;
        // It must hold on both dates: the stricter answer stands.
        const auto now = decide_on(facts_.today, as_of, row, ties, internal);
        return then && now && is_stricter(*then, *now) ? then : now;
    }

    std::optional<Decision> decide_on(Date date, AsOf as_of, std::uint32_t row_number,
                                      const std::vector<Tie>& ties, bool internal) const {
        const Row& row = rules_.rows[row_number];
        std::optional<Decision> best;
        const auto consider = [&](Standing s, const Tie* tie) {
            Decision decision;
            decision.action = row.cells[s].action;
            decision.simulated = row.cells[s].simulated;
            decision.standing = s;
            decision.tie = tie;
            decision.as_of = date;
            if (!best || rank(decision) < rank(*best)) best = decision;
        };
        for (std::size_t i = 0; i < ties.size(); ++i) {
            const bool dated = ties[i].kind == Tie::Kind::relation;
            if ((dated ? row.as_of_relation(relations_[i]) : row.as_of) == as_of)
                consider(standing_on(date, ties[i], relations_[i]), &ties[i]);
        }
        if (row.as_of != as_of) return best;
        if (internal) consider(standing::internal, nullptr);
        if (ties.empty() && !internal) consider(standing::unrelated, nullptr);
        return best;
    }

    static bool is_stricter(const Decision& a, const Decision& b) {
        return std::tuple(a.action, !a.simulated) > std::tuple(b.action, !b.simulated);
    }

    // Which of several standings counts: the most permissive one; among those, the one with the
    // widest limit; among those, the best known one. A cell that is simulated stands where it would
    // if it were not, behind one of the same action that is not.
    std::tuple<Action, bool, std::uint64_t, int> rank(const Decision& decision) const {
        return {decision.action, decision.simulated,
                unlimited - rules_.subject_limits.limits[decision.standing],
                report_order(decision.standing)};
    }

    void add_limit_reasons(std::vector<Reason>& reasons) const {
        const SubjectLimits& limits = rules_.subject_limits;
        if (!limits.any) return;
        for (Standing s = 0; s < counts_.size(); ++s) {
            if (counts_[s] <= limits.limits[s]) continue;
            Reason& reason = add_reason(reasons, "limits.subjects", limits.cells[s]);
            reason.relation = limited_word(s);
            reason.count = counts_[s];
            reason.limit = limits.limits[s];
        }
    }

    // Only relations that the policy names have a limit, so the name is known without a tie.
    std::string limited_word(Standing s) const {
        Tie named;
        if (s >= standing::first_relation)
            named.relation = rules_.relations.names()[standing::relation_of(s)];
        return relation_word(s, &named);
    }

    // What rules would have done that are tried out, strictest first.
    [[nodiscard]] std::vector<Reason> simulated_reasons(const std::vector<Reason>& others,
                                                        const RecipientFacts& recipient) const {
        std::vector<Reason> reasons;
        for (const Reason& reason : others)
            if (reason.simulated) reasons.push_back(reason);
        for (const Decision& decision : decisions_) {
            if (reasons.size() >= max_simulated_reasons) break;
            if (decision.simulated) reasons.push_back(reason_for(decision, recipient));
            if (decision.tried == nullptr || decision.exception != nullptr) continue;
            Decision tried = decision;
            tried.exception = decision.tried;
            tried.action = Action::accept;
            tried.simulated = true;
            reasons.push_back(reason_for(tried, recipient));
        }
        std::stable_sort(reasons.begin(), reasons.end(), stricter);
        return reasons;
    }

    // Those that decided: all that are stricter than accept, or, for a recipient who is accepted,
    // those that accepted. Strictest first.
    std::vector<Reason> chosen_reasons(std::vector<Reason> others, Action action,
                                       const RecipientFacts& recipient) {
        const bool accepted = action == Action::accept;
        std::erase_if(others, [accepted](const Reason& reason) {
            return reason.simulated || (reason.action == Action::accept) != accepted;
        });
        std::erase_if(decisions_, [accepted](const Decision& decision) {
            return decision.simulated || (decision.action == Action::accept) != accepted;
        });
        // The rules about the message are few and each explains something else: they go first, and
        // the pairs get what is left, but some in any case.
        std::stable_sort(others.begin(), others.end(), stricter);
        if (others.size() > reasons_allowed_) others.resize(reasons_allowed_);
        const std::size_t room =
            std::max(reasons_allowed_ - others.size(), min_reasons_per_recipient);
        const std::size_t shown = std::min(room, decisions_.size());
        std::partial_sort(decisions_.begin(),
                          decisions_.begin() + static_cast<std::ptrdiff_t>(shown), decisions_.end(),
                          [](const Decision& a, const Decision& b) {
                              if (a.action != b.action) return a.action > b.action;
                              return std::tie(a.subject, a.row) < std::tie(b.subject, b.row);
                          });
        std::vector<Reason> reasons;
        reasons.reserve(shown + others.size());
        for (std::size_t i = 0; i < shown; ++i)
            reasons.push_back(reason_for(decisions_[i], recipient));
        std::move(others.begin(), others.end(), std::back_inserter(reasons));
        std::stable_sort(reasons.begin(), reasons.end(), stricter);
        return reasons;
    }

    Reason reason_for(const Decision& decision, const RecipientFacts& recipient) const {
        const SubjectFinding& finding = facts_.subjects[decision.subject];
        const Row& row = rules_.rows[decision.row];
        Reason reason;
        reason.rule = "disclosure";
        reason.action = decision.action;
        reason.simulated = decision.simulated;
        reason.category = row.category;
        reason.subject = subject_id(finding);
        reason.confidence = finding.confidence;
        reason.ambiguous = finding.ambiguous;
        reason.relation = relation_word(decision.standing, decision.tie);
        if (decision.tie != nullptr && decision.standing >= standing::first_relation) {
            const auto tense = standing::tense_of(decision.standing);
            if (tense == standing::Tense::former) reason.ended = decision.tie->valid_to;
            if (tense == standing::Tense::future) reason.begins = decision.tie->valid_from;
        }
        reason.one_character_off = finding.subject && decision.standing != standing::self &&
                                   registry::nearly_registered(*finding.subject, recipient.key);
        reason.name_disagrees = recipient.name_disagrees;
        reason.as_of = decision.as_of;
        reason.evidence = first_evidence(finding.evidence, max_evidence_per_reason);
        reason.place = place(row.cells[decision.standing].line);
        if (decision.exception != nullptr) {
            reason.rule = "exception:" + decision.exception->id;
            reason.place = place(decision.exception->line);
        }
        return reason;
    }

    const Rules& rules_;
    const Facts& facts_;
    std::vector<std::uint32_t> counted_;  // positions in Facts::subjects
    std::vector<Reason> for_everyone_;
    std::vector<Reason> for_outsiders_;
    std::size_t reasons_allowed_ = max_reasons_per_recipient;

    // Of the recipient at hand; kept to reuse their memory.
    std::vector<Decision> decisions_;
    std::vector<std::uint64_t> counts_;  // subjects by Standing
    std::vector<const Exception*> exceptions_;
    std::vector<std::uint32_t> relations_;  // numbers of the relations of the ties at hand
};

}  // namespace

Verdict judge(const Rules& rules, const Facts& facts) {
    return Judgement(rules, facts).run();
}

}  // namespace postwacht::policy
