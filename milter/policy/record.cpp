#include "policy/record.hpp"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/json_value.hpp"
#include "policy/rules.hpp"

namespace postwacht::policy {
namespace {

using registry::Tie;

// An address that belongs to nobody (RFC 2606).
constexpr const char* elsewhere = "outside.invalid";

// ---- writing

const char* kind_of(const Rules& rules, const mail::Address& address) {
    if (address.null) return "null";
    if (address.invalid) return "invalid";
    // A sender without a domain is a local one.
    return address.domain.empty() || is_internal(rules, address) ? "internal" : "outside";
}

const char* kind_of_sender(const Rules& rules, const Facts& facts) {
    const char* kind = kind_of(rules, facts.sender);
    if (std::string_view(kind) != "outside") return kind;
    return in_scope(rules, facts.sender, facts.header_from) ? "internal" : kind;
}

void write_tie(json::Writer& out, const Tie& tie) {
    const auto date = [&out](const std::optional<Date>& value) {
        if (value)
            out.value(to_iso(*value));
        else
            out.null();
    };
    switch (tie.kind) {
        case Tie::Kind::self:
            out.value("self");
            return;
        case Tie::Kind::other_subject:
            out.value("other_subject");
            return;
        case Tie::Kind::relation:
            break;
    }
    out.begin_array().value(tie.relation);
    date(tie.valid_from);
    date(tie.valid_to);
    out.end_array();
}

bool is_hidden(const match::SubjectFinding& finding) {
    return std::any_of(finding.evidence.begin(), finding.evidence.end(),
                       [](const match::Evidence& evidence) {
                           return evidence.hidden && match::is_primary(evidence.kind);
                       });
}

// Everything about a subject that a verdict depends on, as the inside of a JSON object.
std::string describe_subject(const Rules& rules, const Facts& facts, std::size_t number) {
    const match::SubjectFinding& finding = facts.subjects[number];
    json::Writer out;
    out.begin_object().field("confidence", match::to_string(finding.confidence));
    out.key("categories").begin_array();
    for (const std::uint32_t category : finding.categories)
        if (category < rules.rows.size()) out.value(rules.rows[category].category);
    out.end_array();
    if (finding.period) out.field("period", to_iso(*finding.period));
    if (is_hidden(finding)) out.field("hidden", true);
    if (!finding.contradictions.empty()) {
        out.key("contradicted_by").begin_array();
        for (const match::Contradiction& contradiction : finding.contradictions)
            out.value(match::to_string(contradiction.at));
        out.end_array();
    }
    out.key("ties").begin_array();
    for (const RecipientFacts& recipient : facts.recipients) {
        out.begin_array();
        if (number < recipient.ties.size())
            for (const Tie& tie : recipient.ties[number]) write_tie(out, tie);
        out.end_array();
    }
    out.end_array();
    std::string text = out.take();  // still open: the number of people follows
    return text;
}

// People of whom the same is known.
struct Group {
    std::string text;  // describe_subject()
    std::vector<std::size_t> subjects;
};

std::vector<Group> group_subjects(const Rules& rules, const Facts& facts) {
    std::vector<Group> groups;
    std::unordered_map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < facts.subjects.size(); ++i) {
        std::string text = describe_subject(rules, facts, i);
        if (facts.subjects.size() == 1) return {Group{std::move(text), {0}}};
        const auto [at, added] = known.emplace(text, groups.size());
        if (added) groups.push_back({std::move(text), {}});
        groups[at->second].subjects.push_back(i);
    }
    return groups;
}

void write_subjects(json::Writer& out, const Rules& rules, const Facts& facts,
                    const Pseudonyms& pseudonyms) {
    out.key("subjects").begin_array();
    for (Group& group : group_subjects(rules, facts)) {
        std::string text = std::move(group.text);
        if (group.subjects.size() > 1)
            text += ",\"count\":" + std::to_string(group.subjects.size());
        if (pseudonyms.subject) {
            text += ",\"who\":";
            char before = '[';
            for (const std::size_t number : group.subjects) {
                const auto& subject = facts.subjects[number].subject;
                text += before;
                text += '"' + pseudonyms.subject(subject ? subject->id : std::string()) + '"';
                before = ',';
            }
            text += ']';
        }
        out.raw(text + '}');
    }
    out.end_array();
}

// Of a recipient that no registry was asked about, nothing.
void write_recipients(json::Writer& out, const Policy& policy, const Facts& facts,
                      const Pseudonyms& pseudonyms) {
    if (!pseudonyms.address) return;
    out.key("to").begin_array();
    for (const RecipientFacts& recipient : facts.recipients) {
        out.begin_array();
        if (!recipient.key.empty()) out.value(pseudonyms.address(recipient.key));
        if (!policy.identifies_nobody(recipient.address.domain))
            for (const std::string_view domain : domains_of(recipient.key))
                out.value(pseudonyms.domain(domain));
        out.end_array();
    }
    out.end_array();
}

// Those that are tried out as well: they fit, whatever becomes of them.
std::vector<std::string_view> exceptions_used(const RecipientVerdict& recipient) {
    static constexpr std::string_view prefix = "exception:";
    std::vector<std::string_view> used;
    for (const Reason& reason : recipient.reasons)
        if (std::string_view(reason.rule).starts_with(prefix))
            used.push_back(std::string_view(reason.rule).substr(prefix.size()));
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    return used;
}

// For each recipient those that let something pass to it: they are no other recipient's.
void write_exceptions(json::Writer& out, const Verdict& verdict) {
    const auto& all = verdict.recipients;
    if (std::all_of(all.begin(), all.end(),
                    [](const auto& recipient) { return exceptions_used(recipient).empty(); }))
        return;
    out.key("exceptions").begin_array();
    for (const RecipientVerdict& recipient : all) {
        out.begin_array();
        for (const std::string_view id : exceptions_used(recipient)) out.value(id);
        out.end_array();
    }
    out.end_array();
}

std::uint64_t visible_outsiders(const Rules& rules, const Facts& facts) {
    std::unordered_set<std::string> outside;
    for (const mail::Address& address : facts.visible)
        if (!address.null && !address.invalid && !is_internal(rules, address))
            outside.insert(address.key());
    return outside.size();
}

// ---- reading

Error no_record(std::string what) {
    return Error{ErrorCode::damaged, "", "not a record of facts: " + std::move(what), {}};
}

mail::Address address_of(std::string_view kind, const Rules& rules, std::size_t number) {
    mail::Address address;
    address.null = kind == "null";
    address.invalid = kind == "invalid";
    if (address.null || address.invalid) return address;
    address.local = std::to_string(number);
    address.domain =
        kind == "internal" && !rules.own_domains.empty() ? rules.own_domains.front() : elsewhere;
    return address;
}

std::optional<Tie> read_tie(const json::Value& value) {
    if (value.is_string()) {
        const auto word = value.string();
        if (word == "self") return Tie{Tie::Kind::self, {}, {}, {}};
        if (word == "other_subject") return Tie{Tie::Kind::other_subject, {}, {}, {}};
        return std::nullopt;
    }
    if (value.size() != 3 || !value.at(0).is_string()) return std::nullopt;
    return Tie{Tie::Kind::relation, std::string(value.at(0).string()),
               parse_iso_date(value.at(1).string()), parse_iso_date(value.at(2).string())};
}

std::optional<match::Confidence> confidence_from(std::string_view word) {
    for (const auto confidence :
         {match::Confidence::low, match::Confidence::medium, match::Confidence::high})
        if (word == match::to_string(confidence)) return confidence;
    return std::nullopt;
}

void read_strings(const json::Value& values, std::vector<std::string>& out) {
    out.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) out.emplace_back(values.at(i).string());
}

// Who people and recipients are is of no use to a verdict, and there may be many of them.
enum class Names : std::uint8_t { passed_over, read };

class Recall {
  public:
    Recall(const Rules& rules, Names names) : rules_(rules), names_(names) {}

    Result<RecordedFacts> run(const json::Value& record) {
        if (record["too_many"].boolean())
            return Error{ErrorCode::not_found, "", "too many people to be recorded", {}};
        const auto today = parse_iso_date(record["today"].string());
        if (!today) return no_record("it has no day");
        facts_.today = *today;
        facts_.sender = address_of(record["sender"].string(), rules_, 0);
        const json::Value age = record["registry_age_s"];
        facts_.registry.available = age.is_number();
        facts_.registry.age = std::chrono::seconds(age.number());
        const json::Value recipients = record["recipients"];
        for (std::size_t i = 0; i < recipients.size(); ++i)
            facts_.recipients.push_back({address_of(recipients.at(i).string(), rules_, i), {}});
        if (facts_.recipients.empty()) return no_record("it has no recipients");
        read_exceptions(record["exceptions"]);
        if (names_ == Names::read) read_recipients(record["to"]);
        POSTWACHT_CHECK(read_subjects(record["subjects"]));
        read_incomplete(record["incomplete"]);
        facts_.unregistered = record["unregistered"].number();
        for (std::uint64_t i = 0;
             i < std::min<std::uint64_t>(record["visible"].number(), most_recorded_pairs); ++i)
            facts_.visible.push_back(address_of("outside", rules_, i));
        return RecordedFacts{std::move(facts_), std::move(groups_), std::move(to_)};
    }

  private:
    void read_recipients(const json::Value& to) {
        to_.resize(facts_.recipients.size());
        for (std::size_t r = 0; r < to_.size(); ++r) read_strings(to.at(r), to_[r]);
    }

    void read_exceptions(const json::Value& used) {
        for (std::size_t r = 0; r < facts_.recipients.size(); ++r) {
            auto& known = facts_.recipients[r].exceptions.emplace();
            const json::Value ids = used.at(r);
            for (std::size_t i = 0; i < ids.size(); ++i) known.emplace_back(ids.at(i).string());
        }
    }

    Result<void> read_subjects(const json::Value& subjects) {
        static const auto nobody = std::make_shared<const registry::Subject>();
        groups_.reserve(subjects.size());
        for (std::size_t i = 0; i < subjects.size(); ++i) {
            const json::Value entry = subjects.at(i);
            RecordedGroup& group = groups_.emplace_back();
            match::SubjectFinding& finding = group.finding;
            finding.subject = nobody;
            const auto confidence = confidence_from(entry["confidence"].string());
            if (!confidence) return no_record("a person without a confidence");
            finding.confidence = *confidence;
            read_categories(entry["categories"], finding.categories);
            finding.period = parse_iso_date(entry["period"].string());
            if (entry["hidden"].boolean())
                finding.evidence.push_back({0, "", match::EvidenceKind::bsn, true, false});
            read_contradictions(entry["contradicted_by"], finding);
            const json::Value ties = entry["ties"];
            if (ties.size() != facts_.recipients.size())
                return no_record("a person without ties to each recipient");
            group.count = std::max<std::uint64_t>(1, entry["count"].number());
            if (group.count > most_recorded_pairs)
                return no_record("more people than are recorded");
            group.ties.resize(ties.size());
            for (std::size_t r = 0; r < ties.size(); ++r) {
                for (std::size_t t = 0; t < ties.at(r).size(); ++t) {
                    auto tie = read_tie(ties.at(r).at(t));
                    if (!tie) return no_record("a tie of no known kind");
                    group.ties[r].push_back(*std::move(tie));
                }
            }
            if (names_ == Names::passed_over) continue;
            read_strings(entry["who"], group.who);
            read_strings(entry["categories"], group.categories);
        }
        return {};
    }

    static void read_contradictions(const json::Value& words, match::SubjectFinding& finding) {
        for (std::size_t i = 0; i < words.size(); ++i)
            if (const auto at = match::named_at_from(words.at(i).string()))
                finding.contradictions.push_back({*at, 0, ""});
    }

    // A category that this policy does not have is none: such a person falls to `personal_data`.
    void read_categories(const json::Value& names, std::vector<std::uint32_t>& categories) const {
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto name = names.at(i).string();
            for (std::uint32_t row = 0; row + 1 < rules_.rows.size(); ++row)
                if (rules_.rows[row].category == name) categories.push_back(row);
        }
        std::sort(categories.begin(), categories.end());
    }

    void read_incomplete(const json::Value& counts) {
        for (std::size_t i = 0; i < rules_.incomplete.size(); ++i) {
            const auto why = static_cast<extract::Why>(i);
            const auto count =
                std::min<std::uint64_t>(counts[extract::to_string(why)].number(), 100);
            for (std::uint64_t n = 0; n < count; ++n) facts_.incomplete.push_back({"0", "", why});
        }
    }

    const Rules& rules_;
    Names names_;
    Facts facts_;
    std::vector<RecordedGroup> groups_;
    std::vector<std::vector<std::string>> to_;
};

}  // namespace

std::vector<std::string_view> domains_of(std::string_view address_key) {
    std::vector<std::string_view> domains;
    const auto at = address_key.rfind('@');
    if (at == std::string_view::npos) return domains;
    for (std::string_view domain = address_key.substr(at + 1);
         domain.find('.') != std::string_view::npos; domain.remove_prefix(domain.find('.') + 1))
        domains.push_back(domain);
    return domains;
}

std::string record(const Policy& policy, const Facts& facts, const Verdict& verdict,
                   const Pseudonyms& pseudonyms) {
    const Rules& rules = policy.rules();
    json::Writer out;
    out.begin_object();
    if (facts.subjects.size() * facts.recipients.size() > most_recorded_pairs)
        return out.field("too_many", true).end_object().take();
    out.field("today", to_iso(facts.today)).field("sender", kind_of_sender(rules, facts));
    if (facts.registry.available)
        out.field("registry_age_s", static_cast<std::uint64_t>(facts.registry.age.count()));
    out.key("recipients").begin_array();
    for (const RecipientFacts& recipient : facts.recipients)
        out.value(kind_of(rules, recipient.address));
    out.end_array();
    write_recipients(out, policy, facts, pseudonyms);
    write_exceptions(out, verdict);
    write_subjects(out, rules, facts, pseudonyms);
    if (!facts.incomplete.empty()) {
        std::vector<std::uint64_t> counts(rules.incomplete.size());
        for (const extract::Incomplete& item : facts.incomplete)
            ++counts[static_cast<std::size_t>(item.why)];
        out.key("incomplete").begin_object();
        for (std::size_t i = 0; i < counts.size(); ++i)
            if (counts[i] > 0)
                out.field(extract::to_string(static_cast<extract::Why>(i)), counts[i]);
        out.end_object();
    }
    if (facts.unregistered > 0) out.field("unregistered", facts.unregistered);
    if (!facts.visible.empty()) out.field("visible", visible_outsiders(rules, facts));
    return out.end_object().take();
}

Result<Facts> recall(const json::Value& record, const Policy& policy) {
    POSTWACHT_TRY(recorded, Recall(policy.rules(), Names::passed_over).run(record));
    Facts facts = std::move(recorded.frame);
    for (RecordedGroup& group : recorded.groups) {
        facts.subjects.insert(facts.subjects.end(), group.count, group.finding);
        for (std::size_t r = 0; r < group.ties.size(); ++r) {
            auto& all = facts.recipients[r].ties;
            if (group.count == 1)
                all.push_back(std::move(group.ties[r]));
            else
                all.insert(all.end(), group.count, group.ties[r]);
        }
    }
    return facts;
}

Result<RecordedFacts> recall_groups(const json::Value& record, const Policy& policy) {
    return Recall(policy.rules(), Names::read).run(record);
}

}  // namespace postwacht::policy
