// Reads a file of cases, judges each, and compares.
#include "policy/cases.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/format.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"
#include "policy/parse_tables.hpp"
#include "policy/rules.hpp"

namespace postwacht::policy {
namespace {

using toml::Reader;

// A case is written by hand; what asks for more than this is a slip.
constexpr std::int64_t max_subjects = 1'000'000;

Error missing(const Reader& reader, std::string_view key, const char* hint) {
    return reader.error(ErrorCode::policy, reader.at(),
                        format("[[{}]] needs '{}'", reader.path(), key), hint);
}

// A tie as written; `subject` is empty where it holds for all of them.
struct WrittenTie {
    std::string subject;
    toml::Position subject_at;
    registry::Tie tie;
};

struct Party {
    mail::Address address;
    std::vector<WrittenTie> ties;
};

struct Expectation {
    std::string address;
    Action action = Action::accept;
};

// What stands at the head of the file.
struct Defaults {
    std::optional<Date> today;
    std::optional<std::string> sender;
    std::vector<Party> parties;
};

struct Case {
    std::string name;
    std::uint32_t line = 0;
    Facts facts;
    std::string mail;  // judged in place of the facts
    toml::Position mail_at;
    std::optional<RunTrip::Why> run;
    std::vector<Expectation> expected;
    std::vector<std::string> because;
};

mail::Address address_of(const std::string& text) {
    return mail::parse_path(text);
}

// Addresses are compared as the envelope compares them.
bool same_address(const mail::Address& address, const std::string& text) {
    const mail::Address other = address_of(text);
    if (address.invalid || other.invalid) return address.to_string() == other.to_string();
    return address.null == other.null && address.key() == other.key();
}

Result<std::vector<std::string>> string_or_list(Reader& reader, std::string_view key) {
    const toml::Value* value = reader.value(key);
    if (value != nullptr && std::holds_alternative<std::string>(value->data))
        return std::vector<std::string>{std::get<std::string>(value->data)};
    POSTWACHT_TRY(list, reader.strings(key));
    return list ? std::move(*list) : std::vector<std::string>{};
}

// What the registry could not say, and what is more likely a slip than a relation for which the
// policy has its "*".
Result<void> check_relation(Reader& reader, const std::string& word, const Relations& relations) {
    const auto fail = [&](std::string hint) {
        return reader.error(ErrorCode::policy, reader.value("relation")->at,
                            format("unknown relation '{}'", text::printable(word)),
                            std::move(hint));
    };
    if (is_relation_name(word)) {
        if (relations.find(word) != 0) return {};
        const auto near = text::nearest(word, relations.names());
        if (near.empty()) return {};
        return fail(
            format("did you mean '{}'? another relation that is meant has to be named in "
                   "the policy",
                   near));
    }
    for (const std::string_view tense : {"former_", "future_"})
        if (word.starts_with(tense) && is_relation_name(word.substr(tense.size())))
            return fail(format("relation = \"{}\", {}", word.substr(tense.size()),
                               tense == "former_"
                                   ? "with the date on which it ended: to = 2025-12-31"
                                   : "with the date on which it begins: from = "
                                     "2027-01-01"));
    return fail(
        "a relation of the registry like \"employer\", or \"self\" or \"other_subject\"; "
        "who has no tie is unrelated, and internal by own_domains");
}

Result<WrittenTie> read_tie(Reader& reader, const Relations& relations) {
    WrittenTie out;
    POSTWACHT_TRY(subject, reader.string("subject"));
    POSTWACHT_TRY(relation, reader.string("relation"));
    POSTWACHT_TRY(from, reader.date("from"));
    POSTWACHT_TRY(to, reader.date("to"));
    POSTWACHT_CHECK(reader.finish());
    if (!relation) return missing(reader, "relation", "relation = \"employer\"");
    out.subject = subject.value_or("");
    if (subject) out.subject_at = reader.value("subject")->at;
    if (*relation == "self") {
        out.tie.kind = registry::Tie::Kind::self;
    } else if (*relation == "other_subject") {
        out.tie.kind = registry::Tie::Kind::other_subject;
    } else {
        POSTWACHT_CHECK(check_relation(reader, *relation, relations));
        out.tie.relation = std::move(*relation);
        out.tie.valid_from = from;
        out.tie.valid_to = to;
    }
    return out;
}

Result<Party> read_party(Reader& reader, const Relations& relations) {
    Party party;
    POSTWACHT_TRY(address, reader.string("address"));
    if (!address) return missing(reader, "address", "address = \"hr@jansen.example\"");
    party.address = address_of(*address);
    POSTWACHT_TRY(ties, reader.tables("ties"));
    for (Reader& tie : ties) {
        POSTWACHT_TRY(read, read_tie(tie, relations));
        party.ties.push_back(std::move(read));
    }
    POSTWACHT_CHECK(reader.finish());
    return party;
}

Result<Defaults> read_defaults(Reader& root, const Relations& relations) {
    Defaults defaults;
    POSTWACHT_TRY(today, root.date("today"));
    POSTWACHT_TRY(sender, root.string("sender"));
    defaults.today = today;
    defaults.sender = std::move(sender);
    POSTWACHT_TRY(parties, root.tables("party"));
    for (Reader& table : parties) {
        POSTWACHT_TRY(party, read_party(table, relations));
        defaults.parties.push_back(std::move(party));
    }
    return defaults;
}

std::vector<std::string_view> subject_ids(const Facts& facts) {
    std::vector<std::string_view> ids;
    for (const match::SubjectFinding& finding : facts.subjects)
        ids.emplace_back(finding.subject->id);
    return ids;
}

// A tie to somebody who is not there would decide nothing, and a case that expects that passes.
Result<void> check_subjects(const Reader& reader, const Party& party,
                            const std::vector<std::string_view>& ids, const char* nobody) {
    for (const WrittenTie& tie : party.ties) {
        if (tie.subject.empty() || std::find(ids.begin(), ids.end(), tie.subject) != ids.end())
            continue;
        const auto near = text::nearest(tie.subject, ids);
        return reader.error(ErrorCode::policy, tie.subject_at,
                            format("{} subject '{}'", nobody, text::printable(tie.subject)),
                            near.empty() ? "the id of one of its subjects; without 'subject' a tie "
                                           "is to all of them"
                                         : format("did you mean '{}'?", near));
    }
    return {};
}

// Reads the cases of one file: what they say is checked against one policy.
class CaseReader {
  public:
    CaseReader(const Policy& policy, const Defaults& defaults)
        : policy_(policy), defaults_(defaults) {}

    Result<Case> read(Reader& reader) const {
        Case out;
        out.line = reader.at().line;
        POSTWACHT_TRY(name, reader.string("name"));
        if (!name) return missing(reader, "name", "name = \"what this case is about\"");
        out.name = std::move(*name);
        POSTWACHT_CHECK(read_envelope(reader, out.facts));
        POSTWACHT_TRY(mail, reader.string("mail"));
        if (mail) {
            out.mail = std::move(*mail);
            out.mail_at = reader.value("mail")->at;
            POSTWACHT_CHECK(check_mail(reader));
        }
        POSTWACHT_CHECK(read_subjects(reader, out.facts));
        POSTWACHT_CHECK(read_incomplete(reader, out.facts));
        POSTWACHT_TRY(unregistered, reader.integer("unregistered", 0, 1'000'000'000));
        out.facts.unregistered = static_cast<std::uint64_t>(unregistered.value_or(0));
        POSTWACHT_CHECK(read_registry(reader, out.facts));
        POSTWACHT_CHECK(read_run(reader, out));
        std::vector<Party> parties;
        POSTWACHT_TRY(recipients, reader.tables("recipients"));
        for (Reader& recipient : recipients) {
            POSTWACHT_TRY(party, read_party(recipient, policy_.rules().relations));
            POSTWACHT_CHECK(
                check_subjects(recipient, party, subject_ids(out.facts), "this case has no"));
            parties.push_back(std::move(party));
        }
        POSTWACHT_CHECK(read_expected(reader, out, parties));
        for (const Party& party : parties) add_recipient(party, out.facts);
        POSTWACHT_TRY(because, string_or_list(reader, "because"));
        out.because = std::move(because);
        POSTWACHT_CHECK(reader.finish());
        return out;
    }

  private:
    // What a mail says stands in it.
    static Result<void> check_mail(Reader& reader) {
        for (const char* key : {"from", "visible", "subjects", "incomplete", "unregistered",
                                "registry", "registry_age", "run", "recipients"})
            if (const toml::Value* value = reader.value(key))
                return reader.error(ErrorCode::policy, value->at,
                                    format("a case with a mail gives no '{}'", key),
                                    "the mail and the registry say it; 'expect' names the "
                                    "recipients");
        return {};
    }

    Result<void> read_envelope(Reader& reader, Facts& facts) const {
        POSTWACHT_TRY(today, reader.date("today"));
        if (!today && !defaults_.today) return missing(reader, "today", "today = 2026-03-12");
        facts.today = today ? *today : *defaults_.today;
        POSTWACHT_TRY(sender, reader.string("sender"));
        if (!sender && !defaults_.sender)
            return missing(reader, "sender", "sender = \"brief@uwv.example\"");
        facts.sender = address_of(sender ? *sender : *defaults_.sender);
        POSTWACHT_TRY(from, string_or_list(reader, "from"));
        for (const std::string& address : from) facts.header_from.push_back(address_of(address));
        POSTWACHT_TRY(visible, string_or_list(reader, "visible"));
        for (const std::string& address : visible) facts.visible.push_back(address_of(address));
        return {};
    }

    Result<std::vector<std::uint32_t>> read_categories(Reader& reader) const {
        POSTWACHT_TRY(names, string_or_list(reader, "categories"));
        const std::vector<std::string>& known = policy_.vocabulary().category_names();
        std::vector<std::uint32_t> numbers;
        for (const std::string& name : names) {
            const auto found = std::find(known.begin(), known.end(), name);
            if (found == known.end()) {
                const auto near = text::nearest(name, known);
                return reader.error(
                    ErrorCode::policy, reader.value("categories")->at,
                    format("the policy has no category '{}'", text::printable(name)),
                    near.empty() ? std::string() : format("did you mean '{}'?", near));
            }
            numbers.push_back(static_cast<std::uint32_t>(found - known.begin()));
        }
        std::sort(numbers.begin(), numbers.end());
        numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
        return numbers;
    }

    static Result<match::Confidence> read_confidence(Reader& reader) {
        using match::Confidence;
        POSTWACHT_TRY(word, reader.string("confidence"));
        if (!word) return Confidence::high;
        for (const Confidence c : {Confidence::low, Confidence::medium, Confidence::high})
            if (*word == match::to_string(c)) return c;
        return reader.error(ErrorCode::policy, reader.value("confidence")->at,
                            format("unknown confidence '{}'", text::printable(*word)),
                            "one of: low, medium, high");
    }

    static Result<std::vector<match::Contradiction>> read_contradictions(Reader& reader) {
        std::vector<match::Contradiction> contradictions;
        POSTWACHT_TRY(words, reader.strings("contradicted_by"));
        if (!words) return contradictions;
        for (const std::string& word : *words) {
            const auto at = match::named_at_from(word);
            if (!at)
                return reader.error(
                    ErrorCode::policy, reader.value("contradicted_by")->at,
                    format("'{}' is no place that names somebody", text::printable(word)),
                    "one of: salutation, address_block, file_name, file_number");
            contradictions.push_back({*at, 0, "text, line 1"});
        }
        return contradictions;
    }

    Result<void> read_subjects(Reader& reader, Facts& facts) const {
        POSTWACHT_TRY(tables, reader.tables("subjects"));
        for (Reader& table : tables) {
            POSTWACHT_TRY(id, table.string("id"));
            if (!id) return missing(table, "id", "id = \"S-1\"");
            match::SubjectFinding finding;
            POSTWACHT_TRY(categories, read_categories(table));
            POSTWACHT_TRY(confidence, read_confidence(table));
            POSTWACHT_TRY(period, table.date("period"));
            POSTWACHT_TRY(hidden, table.boolean("hidden"));
            POSTWACHT_TRY(contradictions, read_contradictions(table));
            POSTWACHT_TRY(count, table.integer("count", 1, max_subjects));
            POSTWACHT_CHECK(table.finish());
            finding.contradictions = std::move(contradictions);
            finding.categories = std::move(categories);
            finding.confidence = confidence;
            finding.period = period;
            finding.evidence.push_back(
                {0, "text, line 1", match::EvidenceKind::bsn, hidden.value_or(false), false});
            const auto room = max_subjects - static_cast<std::int64_t>(facts.subjects.size());
            if (count.value_or(1) > room)
                return table.error(ErrorCode::policy, table.at(), "too many subjects in one case");
            add_subjects(finding, *id, count.value_or(1), facts);
        }
        return {};
    }

    static void add_subjects(match::SubjectFinding finding, const std::string& id,
                             std::int64_t count, Facts& facts) {
        for (std::int64_t i = 1; i <= count; ++i) {
            auto subject = std::make_shared<registry::Subject>();
            subject->id = i == 1 ? id : format("{}#{}", id, i);
            finding.subject = std::move(subject);
            facts.subjects.push_back(finding);
        }
    }

    static Result<void> read_incomplete(Reader& reader, Facts& facts) {
        using extract::Why;
        POSTWACHT_TRY(words, string_or_list(reader, "incomplete"));
        for (const std::string& word : words) {
            std::optional<Why> why;
            for (const Why w : {Why::encrypted, Why::damaged, Why::unsupported, Why::over_budget})
                if (word == extract::to_string(w)) why = w;
            if (!why)
                return reader.error(ErrorCode::policy, reader.value("incomplete")->at,
                                    format("unknown reason '{}'", text::printable(word)),
                                    "one of: encrypted, damaged, unsupported, over_budget");
            facts.incomplete.push_back(
                {format("{}", facts.incomplete.size() + 2), "attachment", *why});
        }
        return {};
    }

    static Result<void> read_registry(Reader& reader, Facts& facts) {
        POSTWACHT_TRY(state, reader.string("registry"));
        POSTWACHT_TRY(age, reader.duration("registry_age"));
        if (state && *state != "available" && *state != "unavailable")
            return reader.error(ErrorCode::policy, reader.value("registry")->at,
                                format("unknown registry state '{}'", text::printable(*state)),
                                "one of: available, unavailable");
        facts.registry.available = !state || *state == "available";
        facts.registry.age = age.value_or(std::chrono::seconds(0));
        return {};
    }

    static Result<void> read_run(Reader& reader, Case& out) {
        POSTWACHT_TRY(word, reader.string("run"));
        if (!word) return {};
        for (const auto why : {RunTrip::Why::share, RunTrip::Why::shift})
            if (*word == to_string(why)) out.run = why;
        if (!out.run)
            return reader.error(ErrorCode::policy, reader.value("run")->at,
                                format("a run does not go wrong by '{}'", text::printable(*word)),
                                "one of: share, shift");
        return {};
    }

    // What is expected of whom; the parties it names become recipients.
    Result<void> read_expected(Reader& reader, Case& out, std::vector<Party>& recipients) const {
        POSTWACHT_TRY(expect, reader.table("expect"));
        if (!expect)
            return missing(reader, "expect", "expect = { \"hr@jansen.example\" = \"accept\" }");
        for (const toml::Entry& entry : expect->entries()) {
            POSTWACHT_TRY(word, expect->string(entry.key));
            const auto action = action_from(*word);
            if (!action)
                return expect->error(ErrorCode::policy, entry.value.at,
                                     format("unknown action '{}'", text::printable(*word)),
                                     "one of: accept, tag, quarantine, reject, tempfail");
            const auto is_it = [&entry](const Party& p) {
                return same_address(p.address, entry.key);
            };
            if (!out.mail.empty()) {
                recipients.push_back({address_of(entry.key), {}});
            } else if (std::none_of(recipients.begin(), recipients.end(), is_it)) {
                const auto party =
                    std::find_if(defaults_.parties.begin(), defaults_.parties.end(), is_it);
                if (party == defaults_.parties.end())
                    return expect->error(ErrorCode::policy, entry.at,
                                         format("'{}' is neither a recipient of this case nor a "
                                                "party",
                                                text::printable(entry.key)),
                                         "add it to 'recipients', or as a [[party]]");
                recipients.push_back(*party);
            }
            out.expected.push_back({entry.key, *action});
        }
        for (const Party& recipient : recipients) {
            const auto is_it = [&recipient](const Expectation& e) {
                return same_address(recipient.address, e.address);
            };
            if (std::none_of(out.expected.begin(), out.expected.end(), is_it))
                return expect->error(ErrorCode::policy, expect->at(),
                                     format("nothing is expected of '{}'",
                                            text::printable(recipient.address.to_string())));
        }
        return {};
    }

    static void add_recipient(const Party& party, Facts& facts) {
        RecipientFacts recipient;
        recipient.address = party.address;
        for (const match::SubjectFinding& finding : facts.subjects) {
            auto& ties = recipient.ties.emplace_back();
            for (const WrittenTie& written : party.ties)
                if (written.subject.empty() || written.subject == finding.subject->id)
                    ties.push_back(written.tie);
        }
        facts.recipients.push_back(std::move(recipient));
    }

    const Policy& policy_;
    const Defaults& defaults_;
};

const RecipientVerdict* find_recipient(const Case& item, const Verdict& verdict,
                                       const std::string& address) {
    for (std::size_t i = 0; i < item.facts.recipients.size(); ++i)
        if (same_address(item.facts.recipients[i].address, address)) return &verdict.recipients[i];
    return nullptr;
}

// What differs from the expectation; empty where nothing does.
std::string difference(const Case& item, const Verdict& verdict) {
    std::string out;
    const auto add = [&out](const std::string& line) { out += (out.empty() ? "" : "; ") + line; };
    for (const Expectation& expected : item.expected) {
        const RecipientVerdict* got = find_recipient(item, verdict, expected.address);
        if (got == nullptr || got->action == expected.action) continue;
        std::string why;
        if (!got->reasons.empty())
            why = format(" ({}: {})", got->reasons.front().rule, describe(got->reasons.front()));
        add(format("{}: expected {}, got {}{}", expected.address, to_string(expected.action),
                   to_string(got->action), why));
    }
    for (const std::string& rule : item.because) {
        const auto gives_it = [&rule](const RecipientVerdict& recipient) {
            return std::any_of(recipient.reasons.begin(), recipient.reasons.end(),
                               [&rule](const Reason& reason) { return reason.rule == rule; });
        };
        if (std::none_of(verdict.recipients.begin(), verdict.recipients.end(), gives_it))
            add(format("rule {} is not among the reasons ({})", rule, verdict.rule_ids()));
    }
    return out;
}

// A run that has just gone wrong.
RunTrip made_up_trip(const Policy& policy, RunTrip::Why why) {
    const std::uint64_t letters = policy.run_rule().value_or(RunRule{}).letters;
    return {"R-0000000000000000", why, letters, letters, letters, letters, -1};
}

Result<Verdict> judge_letter(const Case& item, const std::string& cases_file,
                             const MailJudge& judge) {
    const auto where = format("{}:{}:{}", cases_file, item.mail_at.line, item.mail_at.column);
    if (!judge)
        return Error{ErrorCode::policy, where, "there is no registry to judge a mail with",
                     "name the configuration with --config FILE"};
    CaseMail mail{std::filesystem::path(cases_file).parent_path() / item.mail,
                  item.facts.sender,
                  {},
                  item.facts.today};
    for (const RecipientFacts& recipient : item.facts.recipients)
        mail.recipients.push_back(recipient.address);
    auto verdict = judge(mail);
    if (verdict) return verdict;
    const Error& why = verdict.error();
    return Error{ErrorCode::policy, where, format("the mail cannot be judged: {}", why.message()),
                 why.hint};
}

}  // namespace

Result<std::vector<CaseResult>> run_cases(const Policy& policy, std::string_view toml_text,
                                          std::string file, Coverage* coverage,
                                          const MailJudge& judge_mail) {
    POSTWACHT_TRY(document, toml::Document::parse(toml_text, std::move(file), ErrorCode::policy));
    Reader root = document.root();
    POSTWACHT_TRY(defaults, read_defaults(root, policy.rules().relations));
    POSTWACHT_TRY(tables, root.tables("case"));
    POSTWACHT_CHECK(root.finish());
    if (tables.empty())
        return root.error(ErrorCode::policy, {1, 1}, "the file holds no [[case]]",
                          "a file without cases tests nothing");
    const CaseReader reader(policy, defaults);
    std::vector<Case> cases;
    std::vector<std::string_view> ids;
    for (Reader& table : tables) {
        POSTWACHT_TRY(item, reader.read(table));
        for (const std::string_view id : subject_ids(item.facts)) ids.push_back(id);
        cases.push_back(std::move(item));
    }
    // A party is for several cases, and not each of them is about everybody.
    for (const Party& party : defaults.parties)
        POSTWACHT_CHECK(check_subjects(root, party, ids, "no case has a"));
    std::vector<CaseResult> results;
    for (Case& item : cases) {
        CaseResult result;
        result.where = format("{}:{}", document.file(), item.line);
        Verdict verdict;
        if (item.mail.empty()) {
            verdict = policy.judge(item.facts);
        } else {
            POSTWACHT_TRY(judged, judge_letter(item, document.file(), judge_mail));
            verdict = std::move(judged);
        }
        if (item.run) policy.judge_run(made_up_trip(policy, *item.run), item.facts, verdict);
        if (coverage != nullptr) coverage->add(verdict);
        result.difference = difference(item, verdict);
        result.passed = result.difference.empty();
        result.name = std::move(item.name);
        results.push_back(std::move(result));
    }
    return results;
}

}  // namespace postwacht::policy
