#include "review/lookback.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/json_value.hpp"
#include "journal/chain.hpp"
#include "policy/record.hpp"
#include "review/journal_index.hpp"

namespace postwacht::review {
namespace {

using policy::Action;
using registry::Tie;

constexpr std::array<const char*, 4> cause_words{"relation_ended", "relation_not_begun",
                                                 "relation_never_was", "address_not_theirs"};

// As many subjects are looked up at once.
constexpr std::size_t batch_size = 20'000;
// Fewer letters than this are not worth a second thread.
constexpr std::size_t letters_of_one_thread = 500;

// One person in one letter to one recipient, who should not have had it.
struct Finding {
    std::uint64_t letter = 0;  // the number of the entry
    Date day{};
    std::string queue_id;
    std::string recipient;
    std::string subject;  // pseudonym
    bool certain = false;
    std::vector<std::string> categories;
    Cause cause = Cause::relation_ended;
    std::string relation;
    std::string digest;
};

// A subject as the registry has it now, its parties by the pseudonyms of their addresses.
struct Known {
    std::string pseudonym;
    std::shared_ptr<const registry::Subject> subject;
    std::vector<std::string> own;                   // addresses
    std::vector<std::vector<std::string>> parties;  // of each relation: addresses and domains
};

bool share_one(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    return std::any_of(a.begin(), a.end(), [&b](const std::string& name) {
        return std::find(b.begin(), b.end(), name) != b.end();
    });
}

bool has_kind(const std::vector<Tie>& ties, Tie::Kind kind) {
    return std::any_of(ties.begin(), ties.end(),
                       [kind](const Tie& tie) { return tie.kind == kind; });
}

// What a recipient is to a subject now. Whose else its address is does not change what may be sent
// there, so that is left as it was recorded.
std::vector<Tie> ties_now(const Known& known, const std::vector<std::string>& recipient,
                          const std::vector<Tie>& recorded) {
    std::vector<Tie> ties;
    if (share_one(known.own, recipient)) ties.push_back({Tie::Kind::self, {}, {}, {}});
    for (std::size_t i = 0; i < known.parties.size(); ++i) {
        if (!share_one(known.parties[i], recipient)) continue;
        const registry::Relation& relation = known.subject->relations[i];
        ties.push_back(
            {Tie::Kind::relation, relation.name, relation.valid_from, relation.valid_to});
    }
    if (has_kind(recorded, Tie::Kind::other_subject))
        ties.push_back({Tie::Kind::other_subject, {}, {}, {}});
    return ties;
}

// The registry's answers in the form that the journal has them.
class Subjects {
  public:
    Subjects(const registry::Index& index, const journal::Chain& names)
        : index_(index), names_(names) {}

    // Nothing where the registry does not have it.
    Result<std::optional<Known>> look_up(const std::string& id) {
        POSTWACHT_TRY(numbers, index_.subjects_with_id(id));
        if (numbers.empty()) return std::optional<Known>{};
        Known known;
        known.pseudonym = names_.subject_pseudonym(id);
        POSTWACHT_TRY(subject, index_.subject(numbers.front()));
        known.subject = std::move(subject);
        for (const std::string& email : known.subject->emails)
            known.own.push_back(names_.pseudonym(email));
        for (const registry::Relation& relation : known.subject->relations) {
            if (relation.organisation) {
                POSTWACHT_TRY(party, party_of(*relation.organisation));
                known.parties.push_back(*party);
            } else {
                known.parties.push_back({names_.pseudonym(relation.email)});
            }
        }
        return std::optional<Known>(std::move(known));
    }

  private:
    // An organisation that was deleted has no address any more.
    Result<const std::vector<std::string>*> party_of(registry::OrganisationNumber number) {
        const auto [at, added] = parties_.try_emplace(number);
        if (!added) return &at->second;
        POSTWACHT_TRY(organisation, index_.organisation(number));
        if (!organisation) return &at->second;
        for (const std::string& address : organisation->addresses)
            at->second.push_back(names_.pseudonym(address));
        for (const std::string& domain : organisation->domains)
            at->second.push_back(names_.domain_pseudonym(domain));
        return &at->second;
    }

    const registry::Index& index_;
    const journal::Chain& names_;
    std::unordered_map<registry::OrganisationNumber, std::vector<std::string>> parties_;
};

// ---- one letter

constexpr std::string_view verdict_begin = R"(,"verdict":{)";

// Only a letter of which a copy was held needs its verdict, to tell whose. What is between quotes
// cannot look like the marks, since quotes in it are escaped.
std::string without_verdict(std::string line) {
    if (line.find(R"(,"held":")") != std::string::npos) return line;
    const auto at = line.find(verdict_begin);
    if (at == std::string::npos) return line;
    line.resize(at);
    return line + "}}";
}

bool was_held(const json::Value& data, std::size_t recipient) {
    if (data["held"].string().empty()) return false;
    const auto action =
        policy::action_from(data["verdict"]["recipients"].at(recipient)["action"].string());
    return !action || *action >= Action::quarantine;
}

class Judge {
  public:
    Judge(const policy::Policy& policy, const crypto::KeyedHash& hash, std::optional<Date> since)
        : policy_(policy), hash_(hash), since_(since) {}

    // Findings about these people in an entry of the journal. Error: it is none.
    Result<void> look_at(std::string line, const std::vector<const Known*>& people,
                         std::vector<Finding>& out) const {
        POSTWACHT_TRY(document, json::Document::parse(without_verdict(std::move(line))));
        const json::Value entry = document.root();
        const json::Value data = entry["data"];
        if (entry["kind"].string() != "message" || data["answer"].string() != "deliver") return {};
        const auto facts = policy::recall_groups(data["facts"], policy_);
        if (!facts || (since_ && facts->frame.today < *since_)) return {};
        for (const policy::RecordedGroup& group : facts->groups)
            for (const Known* known : people) {
                if (std::find(group.who.begin(), group.who.end(), known->pseudonym) ==
                    group.who.end())
                    continue;
                for (std::size_t r = 0; r < facts->to.size(); ++r)
                    if (!was_held(data, r)) compare(entry, *facts, group, *known, r, out);
            }
        return {};
    }

  private:
    [[nodiscard]] policy::RecipientVerdict judge(const policy::RecordedFacts& facts,
                                                 const policy::RecordedGroup& group,
                                                 std::size_t recipient,
                                                 std::vector<Tie> ties) const {
        policy::Facts alone;
        alone.today = facts.frame.today;
        alone.sender = facts.frame.sender;
        alone.registry.available = true;
        alone.subjects.push_back(group.finding);
        alone.recipients.push_back(facts.frame.recipients[recipient]);
        alone.recipients.front().ties = {std::move(ties)};
        return std::move(policy_.judge(alone).recipients.front());
    }

    void compare(const json::Value& entry, const policy::RecordedFacts& facts,
                 const policy::RecordedGroup& group, const Known& known, std::size_t r,
                 std::vector<Finding>& out) const {
        const auto& names = facts.to[r];
        if (names.empty()) return;
        const std::vector<Tie>& then = group.ties[r];
        auto now = ties_now(known, names, then);
        if (now == then) return;
        const bool self_lost = has_kind(then, Tie::Kind::self) && !has_kind(now, Tie::Kind::self);
        const auto verdict = judge(facts, group, r, std::move(now));
        if (verdict.action < Action::quarantine ||
            judge(facts, group, r, then).action >= Action::quarantine)
            return;
        Finding finding;
        finding.letter = entry["n"].number();
        finding.day = facts.frame.today;
        finding.queue_id = entry["data"]["queue_id"].string();
        finding.recipient = names.size() > 1 ? names[1] : names[0];
        finding.subject = known.pseudonym;
        finding.certain = group.finding.confidence == match::Confidence::high;
        finding.categories = group.categories;
        if (finding.categories.empty()) finding.categories.emplace_back("personal_data");
        explain(verdict, then, self_lost, finding);
        const auto digest =
            hash_.hash("finding", format("{} {} {}", finding.letter, r, finding.subject));
        finding.digest = crypto::to_hex(std::span(digest).first(8));
        out.push_back(std::move(finding));
    }

    static void explain(const policy::RecipientVerdict& verdict, const std::vector<Tie>& then,
                        bool self_lost, Finding& finding) {
        constexpr std::string_view former = "former_";
        constexpr std::string_view future = "future_";
        const std::string relation =
            verdict.reasons.empty() ? std::string() : verdict.reasons.front().relation;
        if (relation.starts_with(former)) {
            finding.cause = Cause::relation_ended;
            finding.relation = relation.substr(former.size());
        } else if (relation.starts_with(future)) {
            finding.cause = Cause::relation_not_begun;
            finding.relation = relation.substr(future.size());
        } else if (self_lost) {
            finding.cause = Cause::address_not_theirs;
        } else {
            finding.cause = Cause::relation_never_was;
            for (const Tie& tie : then)
                if (finding.relation.empty() && tie.kind == Tie::Kind::relation)
                    finding.relation = tie.relation;
        }
    }

    const policy::Policy& policy_;
    const crypto::KeyedHash& hash_;
    std::optional<Date> since_;
};

// ---- who was written about

// The ids that verdicts of delivered letters list.
Result<std::vector<std::string>> all_subjects(const std::filesystem::path& journal) {
    std::unordered_set<std::string> ids;
    POSTWACHT_CHECK(journal::for_each_entry(journal, [&](std::string_view line) {
        constexpr std::string_view mark = R"("subject":")";
        const std::size_t verdict = line.find(verdict_begin);
        if (verdict == std::string_view::npos ||
            line.substr(0, verdict).find(R"("answer":"deliver")") == std::string_view::npos)
            return;
        for (std::size_t at = line.find(mark, verdict); at != std::string_view::npos;
             at = line.find(mark, at)) {
            at += mark.size();
            const std::size_t end = line.find('"', at);
            const std::string_view id = line.substr(at, end - at);
            // An id with a sign that JSON escapes is one in a million, and not worth a parser here.
            if (id.find('\\') == std::string_view::npos) ids.emplace(id);
        }
    }));
    std::vector<std::string> sorted(ids.begin(), ids.end());
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

// ---- findings together

class Breaches {
  public:
    Breaches(const crypto::KeyedHash& hash, Instant now) : hash_(hash), now_(now) {}

    // What an earlier look-back recorded.
    void know(const json::Value& data) {
        Breach breach;
        breach.id = data["breach"].string();
        breach.recipient = data["recipient"].string();
        const auto cause =
            std::find(cause_words.begin(), cause_words.end(), data["cause"].string());
        if (cause != cause_words.end())
            breach.cause = static_cast<Cause>(cause - cause_words.begin());
        breach.relation = data["relation"].string();
        breach.recorded = true;
        breach.discovered = parse_iso_instant(data["discovered_at"].string()).value_or(now_);
        const json::Value findings = data["findings"];
        for (std::size_t i = 0; i < findings.size(); ++i)
            recorded_.try_emplace(std::string(findings.at(i).string()), known_.size());
        known_.push_back(std::move(breach));
    }

    std::vector<Breach> make(std::vector<Finding> findings) {
        std::sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
            return std::tie(a.letter, a.digest) < std::tie(b.letter, b.digest);
        });
        std::map<Key, std::vector<const Finding*>> groups;
        for (const Finding& finding : findings) groups[key_of(finding)].push_back(&finding);
        std::vector<Breach> breaches;
        breaches.reserve(groups.size());
        for (const auto& [key, members] : groups) breaches.push_back(bring_together(key, members));
        std::sort(breaches.begin(), breaches.end(), [](const Breach& a, const Breach& b) {
            return std::tie(a.discovered, a.first, a.id) < std::tie(b.discovered, b.first, b.id);
        });
        return breaches;
    }

  private:
    static constexpr std::size_t not_recorded = static_cast<std::size_t>(-1);
    // Which recorded breach; else recipient, cause and relation.
    using Key = std::tuple<std::size_t, std::string, Cause, std::string>;

    Key key_of(const Finding& finding) const {
        const auto at = recorded_.find(finding.digest);
        if (at != recorded_.end()) return {at->second, {}, {}, {}};
        return {not_recorded, finding.recipient, finding.cause, finding.relation};
    }

    Breach bring_together(const Key& key, const std::vector<const Finding*>& findings) const {
        Breach breach;
        if (std::get<0>(key) != not_recorded) {
            breach = known_[std::get<0>(key)];
        } else {
            breach.recipient = std::get<1>(key);
            breach.cause = std::get<2>(key);
            breach.relation = std::get<3>(key);
            breach.discovered = now_;
            const auto digest = hash_.hash(
                "breach", format("{} {} {} {}", breach.recipient, to_string(breach.cause),
                                 breach.relation, findings.front()->digest));
            std::string day = to_iso(now_).substr(0, 10);
            std::erase(day, '-');
            breach.id = format("B-{}-{}", day, crypto::to_hex(std::span(digest).first(8)));
        }
        std::set<std::string> categories;
        std::unordered_map<std::string, bool> persons;
        std::uint64_t letter = 0;
        breach.first = breach.last = findings.front()->day;
        for (const Finding* finding : findings) {
            breach.first = std::min(breach.first, finding->day);
            breach.last = std::max(breach.last, finding->day);
            if (finding->letter != letter) {
                ++breach.messages;
                if (breach.queue_ids.size() < most_queue_ids)
                    breach.queue_ids.push_back(finding->queue_id);
            }
            letter = finding->letter;
            categories.insert(finding->categories.begin(), finding->categories.end());
            persons[finding->subject] |= finding->certain;
            breach.findings.push_back(finding->digest);
        }
        breach.persons_max = persons.size();
        breach.persons_min = static_cast<std::uint64_t>(std::count_if(
            persons.begin(), persons.end(), [](const auto& person) { return person.second; }));
        breach.categories.assign(categories.begin(), categories.end());
        return breach;
    }

    const crypto::KeyedHash& hash_;
    Instant now_;
    std::vector<Breach> known_;
    std::unordered_map<std::string, std::size_t> recorded_;  // digest of a finding -> known_
};

// ---- the whole

class Lookback {
  public:
    Lookback(const LookbackOptions& options, JournalIndex index, journal::Chain names,
             crypto::KeyedHash hash)
        : options_(options),
          index_(std::move(index)),
          names_(std::move(names)),
          hash_(std::move(hash)),
          judge_(*options_.policy, hash_, options_.since) {}

    Result<LookbackReport> run() {
        LookbackReport report;
        report.journal_bytes = index_.bytes();
        report.indexed_bytes = index_.bytes_added();
        report.nameless = index_.find({nameless_entries}).size();
        std::vector<std::string> ids;
        if (options_.subjects) {
            ids = *options_.subjects;
            std::sort(ids.begin(), ids.end());
            ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        } else {
            POSTWACHT_TRY(all, all_subjects(options_.journal));
            ids = std::move(all);
        }
        report.subjects = ids.size();
        std::vector<Finding> findings;
        for (std::size_t at = 0; at < ids.size(); at += batch_size) {
            const std::size_t end = std::min(at + batch_size, ids.size());
            POSTWACHT_CHECK(look_for(std::span<const std::string>(ids).subspan(at, end - at),
                                     report, findings));
            if (options_.progress)
                options_.progress("looking back",
                                  static_cast<double>(end) / static_cast<double>(ids.size()));
        }
        Breaches breaches(hash_, options_.now);
        for (const IndexedEntry& entry : index_.find({breach_entries})) {
            POSTWACHT_TRY(line, index_.read(entry));
            POSTWACHT_TRY(document, json::Document::parse(line));
            breaches.know(document.root()["data"]);
        }
        report.breaches = breaches.make(std::move(findings));
        return report;
    }

  private:
    // An entry and for whom it was found.
    struct Letter {
        IndexedEntry entry;
        std::vector<const Known*> people;
    };

    Result<void> look_for(std::span<const std::string> ids, LookbackReport& report,
                          std::vector<Finding>& findings) {
        Subjects subjects(*options_.registry, names_);
        std::vector<Known> known;
        std::vector<IndexKey> keys;
        known.reserve(ids.size());
        for (const std::string& id : ids) {
            POSTWACHT_TRY(found, subjects.look_up(id));
            if (!found) {
                ++report.unknown;
                continue;
            }
            keys.push_back(index_key(found->pseudonym));
            known.push_back(std::move(*found));
        }
        std::vector<Letter> letters;
        for (const IndexedEntry& entry : index_.find(keys)) {
            if (letters.empty() || letters.back().entry.file != entry.file ||
                letters.back().entry.at != entry.at)
                letters.push_back({entry, {}});
            letters.back().people.push_back(&known[entry.key]);
        }
        report.messages += letters.size();
        return judge_all(letters, findings);
    }

    Result<void> judge_all(const std::vector<Letter>& letters, std::vector<Finding>& findings) {
        const std::size_t parts =
            std::min<std::size_t>(std::max(1U, std::thread::hardware_concurrency()),
                                  letters.size() / letters_of_one_thread + 1);
        std::mutex mutex;
        std::optional<Error> failure;
        const auto work = [&](std::size_t part) {
            std::vector<Finding> found;
            Result<void> looked;
            try {
                for (std::size_t i = letters.size() * part / parts;
                     looked && i < letters.size() * (part + 1) / parts; ++i)
                    looked = look_at(letters[i], found);
            } catch (const std::exception&) {
                looked = Error{ErrorCode::internal, "", "out of memory", {}};
            }
            const std::lock_guard lock(mutex);
            if (!looked && !failure) failure = looked.error();
            std::move(found.begin(), found.end(), std::back_inserter(findings));
        };
        std::vector<std::thread> threads;
        for (std::size_t part = 1; part < parts; ++part) threads.emplace_back(work, part);
        work(0);
        for (std::thread& thread : threads) thread.join();
        if (failure) return *failure;
        return {};
    }

    Result<void> look_at(const Letter& letter, std::vector<Finding>& found) const {
        POSTWACHT_TRY(line, index_.read(letter.entry));
        return judge_.look_at(std::move(line), letter.people, found);
    }

    const LookbackOptions& options_;
    JournalIndex index_;
    journal::Chain names_;
    crypto::KeyedHash hash_;
    Judge judge_;
};

}  // namespace

const char* to_string(Cause cause) noexcept {
    return cause_words.at(static_cast<std::size_t>(cause));
}

Result<LookbackReport> look_back(const LookbackOptions& options) {
    JournalIndexOptions index_options;
    if (options.progress)
        index_options.progress = [&options](double share) { options.progress("indexing", share); };
    POSTWACHT_TRY(index, JournalIndex::open(options.journal, *options.journal_key, index_options));
    POSTWACHT_TRY(names, journal::Chain::create(*options.journal_key));
    POSTWACHT_TRY(key, options.journal_key->derive("postwacht look-back"));
    POSTWACHT_TRY(hash, crypto::KeyedHash::create(key));
    return Lookback(options, std::move(index), std::move(names), std::move(hash)).run();
}

std::string breach_entry(const Breach& breach, std::string_view by) {
    const auto list = [](json::Writer& out, const char* name,
                         const std::vector<std::string>& values) {
        out.key(name).begin_array();
        for (const std::string& value : values) out.value(value);
        out.end_array();
    };
    json::Writer out;
    out.begin_object().field("breach", breach.id).field("outcome", "probable_breach");
    out.field("discovered_at", to_iso(breach.discovered)).field("by", by);
    out.field("cause", to_string(breach.cause)).field("relation", breach.relation);
    out.field("recipient", breach.recipient);
    out.field("first", to_iso(breach.first)).field("last", to_iso(breach.last));
    out.field("messages", breach.messages).field("persons_min", breach.persons_min);
    out.field("persons_max", breach.persons_max);
    list(out, "categories", breach.categories);
    list(out, "queue_ids", breach.queue_ids);
    list(out, "findings", breach.findings);
    return out.end_object().take();
}

}  // namespace postwacht::review
