#include "review/register.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/json_value.hpp"
#include "journal/journal.hpp"
#include "policy/verdict.hpp"
#include "review/reason_words.hpp"

namespace postwacht::review {
namespace {

constexpr std::array<const char*, incident_outcomes> outcome_words{
    "open", "false_positive", "near_miss", "probable_breach", "confirmed_breach"};

std::optional<IncidentOutcome> outcome_from(std::string_view word) {
    const auto at = std::find(outcome_words.begin(), outcome_words.end(), word);
    if (at == outcome_words.end()) return std::nullopt;
    return static_cast<IncidentOutcome>(at - outcome_words.begin());
}

// A letter of which a copy was held.
struct Held {
    std::string item;
    std::string queue_id;
    Instant at{};
    std::string sender;
    std::set<std::string> rules;
    std::set<std::string> categories;
    std::set<std::string> relations;
    std::string why;                      // of the first reason, in words that name nobody
    std::map<std::string, bool> persons;  // whether the letter leaves no doubt about them
    std::uint64_t nameless = 0;           // persons in an entry that does not say who they are
};

struct Decided {
    IncidentOutcome outcome = IncidentOutcome::open;
    Instant at{};
    bool said = false;  // by a person, who may know better than the entries tell
};

// What is known of an item's leaving beside what was decided.
struct Departure {
    bool begun = false;     // a release or correction, and its end is not in the journal yet
    bool possible = false;  // one of which the MTA never said whether it took it
    std::optional<Instant>
        outside;  // it is not in the MTA's hold any more, since when that is known

    [[nodiscard]] bool may_have_left() const { return begun || possible || outside; }
};

// Who speaks in the entries that a sender's answer leaves.
constexpr std::string_view the_sender = "sender";

// Several items that were brought together.
struct Group {
    std::string id;
    Instant at{};
    std::string why;
    bool names_somebody = false;  // `why` does
    std::string department;
    std::vector<std::string> items;
};

bool is_message_kept_whole(std::string_view line) {
    return line.find(R"(,"kind":"message",)") < 128 &&
           line.find(R"(,"held":")") == std::string_view::npos;
}

void read_reasons(const json::Value& reasons, Held& out) {
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        const json::Value reason = reasons.at(i);
        const auto action = policy::action_from(reason["action"].string());
        if (reason["simulated"].boolean() || (action && *action < policy::Action::quarantine))
            continue;
        if (out.why.empty()) out.why = words_of(reason);
        out.rules.emplace(reason["rule"].string());
        if (const auto category = reason["category"].string(); !category.empty())
            out.categories.emplace(category);
        if (const auto relation = reason["relation"].string(); !relation.empty())
            out.relations.emplace(relation);
    }
}

void read_persons(const json::Value& data, Held& out) {
    const json::Value groups = data["facts"]["subjects"];
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const json::Value who = groups.at(i)["who"];
        const bool certain = groups.at(i)["confidence"].string() == "high";
        for (std::size_t n = 0; n < who.size(); ++n)
            out.persons[std::string(who.at(n).string())] |= certain;
    }
    if (out.persons.empty()) out.nameless = data["verdict"]["subject_count"].number();
}

Held read_held(const json::Value& data, Instant at) {
    Held held;
    held.item = data["held"].string();
    held.queue_id = data["queue_id"].string();
    held.at = at;
    held.sender = data["sender"].string();
    const json::Value recipients = data["verdict"]["recipients"];
    for (std::size_t i = 0; i < recipients.size(); ++i) {
        const auto action = policy::action_from(recipients.at(i)["action"].string());
        if (!action || *action >= policy::Action::quarantine)
            read_reasons(recipients.at(i)["reasons"], held);
    }
    read_persons(data, held);
    return held;
}

std::string joined(const std::set<std::string>& words, char separator) {
    std::string out;
    for (const std::string& word : words) {
        if (!out.empty()) out += separator;
        out += word;
    }
    return out;
}
std::string joined(const std::vector<std::string>& words, char separator) {
    std::string out;
    for (const std::string& word : words) {
        if (!out.empty()) out += separator;
        out += word;
    }
    return out;
}

std::set<std::string> strings_of(const json::Value& values) {
    std::set<std::string> out;
    for (std::size_t i = 0; i < values.size(); ++i) out.emplace(values.at(i).string());
    return out;
}

Instant noon_of(std::string_view day) {
    const auto date = parse_iso_date(day);
    return date ? Instant(std::chrono::sys_days(*date)) : Instant{};
}

}  // namespace

const char* to_string(IncidentOutcome outcome) noexcept {
    return outcome_words.at(static_cast<std::size_t>(outcome));
}

std::uint64_t Period::days() const {
    const auto span = std::chrono::sys_days(to) - std::chrono::sys_days(from);
    return span.count() < 0 ? 0 : static_cast<std::uint64_t>(span.count()) + 1;
}

Period Period::before() const {
    const auto length = std::chrono::days(static_cast<std::int64_t>(days()));
    return {Date(std::chrono::sys_days(from) - length),
            Date(std::chrono::sys_days(from) - std::chrono::days(1))};
}

bool Period::holds(Instant at) const {
    const Date day(std::chrono::floor<std::chrono::days>(at));
    return day >= from && day <= to;
}

struct Register::State {
    std::map<std::string, std::string> departments;
    std::string since;
    std::vector<Held> held;
    std::unordered_map<std::string, Decided> decisions;  // by item
    std::unordered_map<std::string, Departure> departures;
    std::vector<Group> groups;
    std::unordered_map<std::string, std::size_t> group_numbers;  // by id
    std::vector<RegisteredIncident> breaches;
    std::unordered_map<std::string, Decided> breach_decisions;
    std::map<std::string, std::uint64_t> letters;

    void add_attempt(const std::string& item, std::string_view action, std::string_view result) {
        if (action != "release" && action != "correct") return;
        Departure& departure = departures[item];
        // One that never ended before the next began was cut off.
        departure.possible =
            departure.possible || result == "uncertain" || (result == "begun" && departure.begun);
        departure.begun = result == "begun";
    }

    [[nodiscard]] Departure departure_of(const std::string& item) const {
        const auto at = departures.find(item);
        return at == departures.end() ? Departure() : at->second;
    }

    void add_decision(const json::Value& data, Instant at) {
        const std::string item(data["item"].string());
        const std::string_view result = data["result"].string();
        if (result == "begun" || result == "done" || result == "failed" || result == "uncertain")
            add_attempt(item, data["action"].string(), result);
        if (result != "done") return;
        const auto said = outcome_from(data["outcome"].string());
        const auto known = decisions.find(item);
        // The content of what was released, or left without a decision, may be deleted afterwards.
        if (!said && (known != decisions.end() || departure_of(item).outside)) return;
        const bool released = data["action"].string() == "release";
        decisions[item] = {said       ? *said
                           : released ? IncidentOutcome::false_positive
                                      : IncidentOutcome::near_miss,
                           at, said && data["by"].string() != the_sender};
    }

    // What was found to have become of a message that the MTA holds itself.
    void add_found(const json::Value& data, Instant at) {
        const std::string item(data["item"].string());
        const std::string_view found = data["found"].string();
        const std::string_view state = data["state"].string();
        if (item.empty()) return;
        Departure& departure = departures[item];
        if (state == "gone" || (found == "unexpected" && state != "released")) {
            if (!departure.outside) departure.outside = at;
        } else if (found == "found_again") {
            departure.outside.reset();
        } else if (found == "held") {  // an attempt that did nothing
            departure.begun = departure.possible = false;
        } else if (found == "released" || found == "deleted") {  // one that was cut off after it
            departure.begun = departure.possible = false;
            decisions.try_emplace(item,
                                  Decided{found == "released" ? IncidentOutcome::false_positive
                                                              : IncidentOutcome::near_miss,
                                          at});
        }
    }

    // What a person says that it was, of an item that needs no decision any more.
    void add_outcome(const json::Value& data, Instant at) {
        if (const auto said = outcome_from(data["outcome"].string()))
            decisions[std::string(data["item"].string())] = {*said, at, true};
    }

    void add_group(const json::Value& data, Instant at) {
        Group& group = group_of(data["incident"].string());
        group.at = parse_iso_instant(data["opened_at"].string()).value_or(at);
        group.why = data["why"].string();
        group.names_somebody = names_somebody(data["rule"].string());
        group.department = data["department"].string();
        // A later entry of the same id says what is in it by then.
        if (data["items"].size() > 0) group.items.clear();
        for (const std::string& item : strings_of(data["items"])) group.items.push_back(item);
    }

    void add_case(const json::Value& data) {
        group_of(data["incident"].string()).items.emplace_back(data["item"].string());
    }

    // In the order in which they were opened.
    Group& group_of(std::string_view id) {
        const auto [at, added] = group_numbers.try_emplace(std::string(id), groups.size());
        if (added) groups.emplace_back().id = id;
        return groups[at->second];
    }

    // A later entry of the same id says what became of it.
    void add_breach(const json::Value& data, Instant at) {
        const std::string id(data["breach"].string());
        const auto said = outcome_from(data["outcome"].string());
        const auto known =
            std::find_if(breaches.begin(), breaches.end(),
                         [&](const RegisteredIncident& old) { return old.id == id; });
        if (known != breaches.end()) {
            if (!said || *said == known->outcome) return;
            known->outcome = *said;
            known->decided = at;
            return;
        }
        RegisteredIncident& breach = breaches.emplace_back();
        breach.id = id;
        breach.outcome = said.value_or(IncidentOutcome::probable_breach);
        breach.delivered = true;
        breach.opened = parse_iso_instant(data["discovered_at"].string()).value_or(at);
        breach.first = noon_of(data["first"].string());
        breach.last = noon_of(data["last"].string());
        breach.cause = data["cause"].string();
        breach.rules = {"lookback"};
        breach.categories = strings_of(data["categories"]);
        if (const auto relation = data["relation"].string(); !relation.empty())
            breach.relations.emplace(relation);
        breach.messages = data["messages"].number();
        breach.persons_min = data["persons_min"].number();
        breach.persons_max = data["persons_max"].number();
        const json::Value ids = data["queue_ids"];
        for (std::size_t i = 0; i < ids.size(); ++i)
            breach.queue_ids.emplace_back(ids.at(i).string());
    }

    [[nodiscard]] std::string department_of(const std::string& sender) const {
        const auto at = departments.find(sender);
        return at == departments.end() ? sender : at->second;
    }

    // One incident of these letters.
    [[nodiscard]] RegisteredIncident bring_together(std::string id,
                                                    const std::vector<const Held*>& copies,
                                                    const std::string& department) const {
        RegisteredIncident incident;
        incident.id = std::move(id);
        incident.opened = incident.first = incident.last = copies.front()->at;
        incident.department =
            department.empty() ? department_of(copies.front()->sender) : department;
        std::map<std::string, bool> persons;
        std::uint64_t nameless = 0;
        bool all_decided = true;
        for (const Held* copy : copies) {
            incident.first = std::min(incident.first, copy->at);
            incident.last = std::max(incident.last, copy->at);
            incident.rules.insert(copy->rules.begin(), copy->rules.end());
            incident.categories.insert(copy->categories.begin(), copy->categories.end());
            incident.relations.insert(copy->relations.begin(), copy->relations.end());
            for (const auto& [person, certain] : copy->persons) persons[person] |= certain;
            nameless += copy->nameless;
            incident.items.push_back(copy->item);
            incident.queue_ids.push_back(copy->queue_id);
            ++incident.messages;
            const auto decision = decisions.find(copy->item);
            const Departure departure = departure_of(copy->item);
            const bool may_have_left = departure.may_have_left();
            if (departure.outside)
                incident.left =
                    std::min(incident.left.value_or(*departure.outside), *departure.outside);
            if (decision == decisions.end()) {
                incident.possibly_delivered |= may_have_left;
                // Nothing is left to decide on.
                if (departure.outside)
                    incident.outcome = std::max(incident.outcome, IncidentOutcome::probable_breach);
                else
                    all_decided = false;
                continue;
            }
            IncidentOutcome outcome = decision->second.outcome;
            if (may_have_left && outcome == IncidentOutcome::near_miss && !decision->second.said) {
                outcome = IncidentOutcome::probable_breach;
                incident.possibly_delivered = true;
            }
            incident.outcome = std::max(incident.outcome, outcome);
            incident.decided =
                std::max(incident.decided.value_or(decision->second.at), decision->second.at);
        }
        if (!all_decided && incident.outcome < IncidentOutcome::probable_breach) {
            incident.outcome = IncidentOutcome::open;
            incident.decided.reset();
        }
        incident.delivered = incident.outcome == IncidentOutcome::confirmed_breach;
        incident.cause = joined(incident.rules, ',');
        incident.persons_max = persons.size() + nameless;
        incident.persons_min = static_cast<std::uint64_t>(std::count_if(
            persons.begin(), persons.end(), [](const auto& person) { return person.second; }));
        return incident;
    }
};

Register::Register(std::map<std::string, std::string> departments, std::optional<Date> since)
    : state_(std::make_unique<State>()) {
    state_->departments = std::move(departments);
    if (since) state_->since = to_iso(*since);
}
Register::~Register() = default;
Register::Register(Register&&) noexcept = default;
Register& Register::operator=(Register&&) noexcept = default;

Result<void> Register::add(std::string_view line) {
    constexpr std::string_view at_mark = R"(,"at":")";
    const std::size_t at_begin = line.find(at_mark);
    if (at_begin > 64)  // or nowhere
        return Error{ErrorCode::damaged, "", "not an entry of a journal",
                     "'postwacht journal verify' says more"};
    const std::string_view stamp = line.substr(at_begin + at_mark.size(), 20);
    const std::string_view day = stamp.substr(0, 10);
    if (is_message_kept_whole(line)) {  // most of all
        if (day >= state_->since) ++state_->letters[std::string(day)];
        return {};
    }
    POSTWACHT_TRY(document, json::Document::parse(line));
    const json::Value data = document.root()["data"];
    const auto kind = document.root()["kind"].string();
    const Instant at = parse_iso_instant(stamp).value_or(Instant{});
    const bool wanted = day >= state_->since;
    if (kind == "message" && wanted) {
        ++state_->letters[std::string(day)];
        // What stands as held inside a string is not the key.
        if (!data["held"].string().empty()) state_->held.push_back(read_held(data, at));
    }
    if (kind == "decision") state_->add_decision(data, at);
    if (kind == "mta") state_->add_found(data, at);
    if (kind == "outcome") state_->add_outcome(data, at);
    if (kind == "incident") state_->add_group(data, at);
    if (kind == "case") state_->add_case(data);
    if (kind == "breach") state_->add_breach(data, at);
    return {};
}

std::vector<RegisteredIncident> Register::incidents() const {
    const State& state = *state_;
    std::unordered_map<std::string, const Held*> by_item;
    for (const Held& held : state.held) by_item.try_emplace(held.item, &held);
    std::vector<RegisteredIncident> incidents = state.breaches;
    std::set<const Held*> grouped;
    for (const Group& group : state.groups) {
        std::vector<const Held*> letters;
        for (const std::string& item : group.items) {
            const auto at = by_item.find(item);
            if (at != by_item.end() && grouped.insert(at->second).second)
                letters.push_back(at->second);
        }
        if (letters.empty()) continue;  // older than what was asked for
        RegisteredIncident incident = state.bring_together(group.id, letters, group.department);
        incident.opened = group.at;
        if (!group.why.empty())
            incident.cause = group.names_somebody ? letters.front()->why : group.why;
        incidents.push_back(std::move(incident));
    }
    for (const Held& held : state.held)
        if (!grouped.contains(&held))
            incidents.push_back(state.bring_together(held.item, {&held}, {}));
    std::sort(incidents.begin(), incidents.end(),
              [](const RegisteredIncident& a, const RegisteredIncident& b) {
                  return std::tie(a.opened, a.id) < std::tie(b.opened, b.id);
              });
    return incidents;
}

const std::map<std::string, std::uint64_t>& Register::letters() const {
    return state_->letters;
}

Result<Register> read_register(const std::filesystem::path& journal,
                               std::map<std::string, std::string> departments,
                               std::optional<Date> since) {
    Register reg(std::move(departments), since);
    std::optional<Error> failure;
    POSTWACHT_CHECK(journal::for_each_entry(journal, [&](std::string_view line) {
        if (failure) return;
        if (auto added = reg.add(line); !added) failure = std::move(added).error();
    }));
    if (failure) {
        if (failure->where.empty()) failure->where = "the journal";
        return *std::move(failure);
    }
    return reg;
}

std::string csv_cell(std::string_view text) {
    std::string out;
    // A single dash stands for nothing, and is no formula.
    if (text.size() > 1 &&
        std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
        out += '\'';
    out += text;
    if (out.find_first_of(",\"\r\n") == std::string::npos) return out;
    std::string quoted = "\"";
    for (const char c : out) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

// ---- the authority's form

namespace {

constexpr std::chrono::hours time_for_authority{72};

bool is_breach(const RegisteredIncident& incident) {
    return incident.outcome == IncidentOutcome::probable_breach ||
           incident.outcome == IncidentOutcome::confirmed_breach;
}

// What was held is no breach before it left.
Instant discovered(const RegisteredIncident& incident) {
    return incident.left.value_or(incident.opened);
}

// Only of a breach is there a term.
std::string notify_by(const RegisteredIncident& incident) {
    return is_breach(incident) ? to_iso(discovered(incident) + time_for_authority) : std::string();
}

std::string decided(const RegisteredIncident& incident) {
    return incident.decided ? to_iso(*incident.decided) : std::string();
}

const char* nature(const RegisteredIncident& incident) {
    return incident.delivered            ? "sent to a wrong recipient"
           : incident.possibly_delivered ? "possibly sent to a wrong recipient"
                                         : "held before it left";
}

const char* measures_before(const RegisteredIncident& incident) {
    return incident.delivered            ? ""
           : incident.possibly_delivered ? "held, sealed to the reviewers"
                                         : "held, sealed to the reviewers, until somebody decided";
}

}  // namespace

std::string register_json(const std::vector<RegisteredIncident>& incidents, const Period& period,
                          std::string_view contact) {
    json::Writer out;
    const auto list = [&out](const char* name, const auto& values) {
        out.key(name).begin_array();
        for (const std::string& value : values) out.value(value);
        out.end_array();
    };
    out.begin_object().field("schema", "postwacht.register/1");
    out.field("from", to_iso(period.from)).field("to", to_iso(period.to));
    out.key("incidents").begin_array();
    for (const RegisteredIncident& incident : incidents) {
        out.begin_object().field("incident", incident.id);
        out.field("outcome", to_string(incident.outcome)).field("department", incident.department);
        out.key("contact").begin_object().field("organisation", contact).field("person", "");
        out.field("telephone", "").end_object();
        out.key("timeline").begin_object();
        out.field("started", to_iso(incident.first)).field("ended", to_iso(incident.last));
        out.field("discovered", to_iso(discovered(incident)))
            .field("notify_by", notify_by(incident));
        out.field("notified", "").field("decided", decided(incident)).end_object();
        out.key("nature").begin_object().field("what", nature(incident));
        out.field("cause", incident.cause);
        list("rules", incident.rules);
        list("recipients", incident.relations);
        out.field("summary", "").end_object();
        out.key("personal_data").begin_object();
        list("categories", incident.categories);
        out.field("records", incident.messages).field("special", "").end_object();
        out.key("persons").begin_object().field("min", incident.persons_min);
        out.field("max", incident.persons_max).field("groups", "").end_object();
        out.key("measures_before").begin_object();
        out.field("technical", measures_before(incident)).field("organisational", "").end_object();
        out.key("consequences").begin_object().field("for_persons", "").field("severity", "");
        out.end_object();
        out.key("follow_up").begin_object().field("measures", "").field("persons_informed", "");
        out.field("authority_reference", "").end_object();
        list("items", incident.items);
        list("queue_ids", incident.queue_ids);
        out.end_object();
    }
    return out.end_array().end_object().take() + '\n';
}

std::string register_csv(const std::vector<RegisteredIncident>& incidents,
                         std::string_view contact) {
    std::string out =
        "incident,outcome,department,contact_organisation,contact_person,contact_telephone,"
        "timeline_started,timeline_ended,timeline_discovered,timeline_notify_by,timeline_notified,"
        "timeline_decided,nature_what,nature_cause,nature_rules,nature_recipients,nature_summary,"
        "data_categories,data_records,data_special,persons_min,persons_max,persons_groups,"
        "measures_before_technical,measures_before_organisational,consequences_for_persons,"
        "consequences_severity,follow_up_measures,follow_up_persons_informed,"
        "follow_up_authority_reference,items,queue_ids\r\n";
    for (const RegisteredIncident& incident : incidents) {
        const std::array<std::string, 32> cells{incident.id,
                                                to_string(incident.outcome),
                                                incident.department,
                                                std::string(contact),
                                                "",
                                                "",
                                                to_iso(incident.first),
                                                to_iso(incident.last),
                                                to_iso(discovered(incident)),
                                                notify_by(incident),
                                                "",
                                                decided(incident),
                                                nature(incident),
                                                incident.cause,
                                                joined(incident.rules, ';'),
                                                joined(incident.relations, ';'),
                                                "",
                                                joined(incident.categories, ';'),
                                                std::to_string(incident.messages),
                                                "",
                                                std::to_string(incident.persons_min),
                                                std::to_string(incident.persons_max),
                                                "",
                                                measures_before(incident),
                                                "",
                                                "",
                                                "",
                                                "",
                                                "",
                                                "",
                                                joined(incident.items, ';'),
                                                joined(incident.queue_ids, ';')};
        for (std::size_t i = 0; i < cells.size(); ++i)
            out += (i == 0 ? "" : ",") + csv_cell(cells[i]);
        out += "\r\n";
    }
    return out;
}

}  // namespace postwacht::review
