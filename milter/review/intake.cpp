#include "review/intake.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/json_value.hpp"
#include "base/log.hpp"
#include "policy/policy.hpp"
#include "policy/review_rules.hpp"

namespace postwacht::review {
namespace {

using quarantine::Assessment;
using quarantine::Incident;
using quarantine::Item;
using quarantine::SubjectMark;

Result<std::string> new_incident_id(Instant now) {
    std::array<std::uint8_t, 8> random{};
    POSTWACHT_CHECK(crypto::random_bytes(random));
    std::string day = to_iso(now).substr(0, 10);
    std::erase(day, '-');
    return format("I-{}-{}", day, crypto::to_hex(random));
}

// The mail merge that the run guard saw the letter in; empty where it saw none.
std::string run_of(const Item& item) {
    const auto verdict = json::Document::parse(item.verdict_json);
    return verdict ? std::string(verdict->root()["run"].string()) : std::string();
}

std::string first_rule(const Item& item) {
    return item.rules.substr(0, item.rules.find(','));
}

Result<void> record_incident(const Office& office, const Incident& incident) {
    json::Writer entry;
    entry.begin_object()
        .field("incident", incident.id)
        .field("sender", incident.sender)
        .field("rule", incident.rule);
    // Of others the reason is that of each item, which the journal has already.
    if (!incident.run.empty()) entry.field("run", incident.run).field("why", incident.why);
    entry.end_object();
    return office.journal->append("incident", entry.text());
}

Result<void> record_case(const Office& office, const Assessment& assessment) {
    json::Writer entry;
    entry.begin_object()
        .field("incident", assessment.incident)
        .field("item", assessment.item)
        .field("severity", policy::to_string(static_cast<policy::Severity>(assessment.severity)));
    entry.end_object();
    return office.journal->append("case", entry.text());
}

// Which incident it belongs to; a new one where there is none like it.
Result<std::string> file(const Office& office, const Item& item, const Assessment& assessment,
                         const std::string& likeness) {
    const std::string run = run_of(item);
    const std::string rule = first_rule(item);
    POSTWACHT_TRY(alike, office.casebook->find_alike(assessment.sender, rule, likeness, run,
                                                     item.held_at - incident_window));
    if (alike) return alike->id;
    POSTWACHT_TRY(id, new_incident_id(office.clock->now()));
    Incident incident;
    incident.id = id;
    incident.opened_at = item.held_at;
    incident.last_at = item.held_at;
    incident.sender = assessment.sender;
    incident.rule = rule;
    incident.likeness = likeness;
    incident.run = run;
    incident.why = item.reason;
    incident.severity = assessment.severity;
    POSTWACHT_CHECK(record_incident(office, incident));
    POSTWACHT_CHECK(office.casebook->add_incident(incident));
    return id;
}

Result<Assessed> judge(const Office& office, const Item& item) {
    POSTWACHT_TRY(content, office.store->open(item.id, *office.opener));
    return office.assessor->assess(*office.guard(), *office.journal, item, content);
}

void add(std::vector<std::string>& categories, std::string_view category) {
    if (!category.empty() &&
        std::find(categories.begin(), categories.end(), category) == categories.end())
        categories.emplace_back(category);
}

// What the milter found in it, when it held it.
void add_those_of_the_milter(std::vector<std::string>& categories, const Item& item) {
    const auto verdict = json::Document::parse(item.verdict_json);
    if (!verdict) return;
    const json::Value subjects = verdict->root()["subjects"];
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        const json::Value words = subjects.at(i)["categories"];
        for (std::size_t k = 0; k < words.size(); ++k) add(categories, words.at(k).string());
    }
}

// Who counted when the milter held it. Nothing where its verdict does not list all of them.
std::optional<std::vector<std::string>> counted_by_the_milter(const Item& item) {
    const auto verdict = json::Document::parse(item.verdict_json);
    if (!verdict) return std::nullopt;
    const json::Value listed = verdict->root()["subjects"];
    if (listed.size() == 0 || listed.size() != item.subject_count) return std::nullopt;
    std::vector<std::string> subjects;
    for (std::size_t i = 0; i < listed.size(); ++i)
        subjects.emplace_back(listed.at(i)["subject"].string());
    return subjects;
}

// What was once known to be in an item protects it for good: people vanish from registries.
void remember_kinds(Assessment& assessment, const Item& item,
                    const std::optional<Assessment>& before) {
    add_those_of_the_milter(assessment.categories, item);
    if (!before) return;
    for (const std::string& category : before->categories)
        if (category != policy::unknown_category) add(assessment.categories, category);
    assessment.severity = std::max(assessment.severity, before->severity);
}

// Likewise whom it named: who counted once has a mark for good. One who does not count now has the
// fingerprint of today, so that the item is not judged again before it changes.
Result<void> remember_people(const Office& office, const Item& item, Case& made) {
    POSTWACHT_TRY(marks, office.casebook->marks_of(item.id));
    std::map<std::string, std::string> once;  // the fingerprint by which they counted
    const auto by_milter = counted_by_the_milter(item);
    if (by_milter)
        for (const std::string& subject : *by_milter) once.emplace(subject, "");
    for (SubjectMark& mark : marks)
        if (mark.counted) once[mark.subject] = std::move(mark.fingerprint);
    made.names_all_again = made.judged && by_milter.has_value();
    for (SubjectMark& mark : made.assessment.subjects) {
        const auto known = once.find(mark.subject);
        if (known == once.end()) continue;
        made.names_all_again = made.names_all_again && mark.counted;
        mark.counted = true;
        once.erase(known);
    }
    if (once.empty()) return {};
    made.names_all_again = false;
    const auto index = office.guard()->registry->current();
    for (auto& [subject, fingerprint] : once) {
        if (index) {
            POSTWACHT_TRY(today, office.assessor->fingerprint(**index, subject));
            fingerprint = std::move(today);
        }
        made.assessment.subjects.push_back({subject, std::move(fingerprint), true});
    }
    return {};
}

}  // namespace

Result<Case> look_at(const Office& office, const Item& item) {
    Case made;
    POSTWACHT_TRY(before, office.casebook->assessment(item.id));
    auto judged = judge(office, item);
    if (judged) {
        made.assessment = std::move(judged->assessment);
        made.verdict = std::move(judged->verdict);
        made.judged = true;
        made.likeness = std::move(judged->likeness);
    } else {
        // It waits for people, who see why; what was known of it before stays.
        log::warning("PW_REVIEW_NOT_JUDGED",
                     format("item={} {}", item.id, judged.error().message()));
        if (before) made.assessment = *before;
        made.assessment.item = item.id;
        made.assessment.severity = static_cast<std::uint8_t>(policy::Severity::critical);
        made.assessment.policy = office.guard()->policy->id();
        made.assessment.would.clear();
        made.assessment.would_reason = "it could not be judged: " + judged.error().detail;
        add(made.assessment.categories, policy::unknown_category);
        made.assessment.subjects = {quarantine::mark_of_unknown()};
    }
    remember_kinds(made.assessment, item, before);
    POSTWACHT_CHECK(remember_people(office, item, made));
    made.before = std::move(before);
    made.assessment.assessed_at = office.clock->now();
    return made;
}

std::vector<Result<Case>> look_at_all(const Office& office, std::span<const Item> items) {
    constexpr std::size_t most_threads = 4;
    std::vector<Result<Case>> looked(items.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&office, items, &looked, &next]() noexcept {
        for (std::size_t i = next++; i < items.size(); i = next++) {
            try {
                looked[i] = look_at(office, items[i]);
            } catch (const std::exception&) {
                looked[i] = Error{ErrorCode::internal, items[i].id, "out of memory", {}};
            }
        }
    };
    const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < std::min({processors, most_threads, items.size()}); ++i)
        threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    return looked;
}

Result<void> keep(const Office& office, const Item& item, Case& made) {
    POSTWACHT_TRY(before, office.casebook->assessment(item.id));
    if (before) {
        made.assessment.incident = before->incident;
    } else {
        POSTWACHT_TRY(incident, file(office, item, made.assessment, made.likeness));
        made.assessment.incident = std::move(incident);
        POSTWACHT_CHECK(record_case(office, made.assessment));
    }
    return office.casebook->assess(made.assessment);
}

Result<void> keep_judged_again(const Office& office, std::span<const Case> made) {
    std::vector<Assessment> assessments;
    assessments.reserve(made.size());
    for (const Case& each : made) assessments.push_back(each.assessment);
    return office.casebook->assess(assessments);
}

Result<Assessment> assessment_of(const Office& office, const Item& item) {
    POSTWACHT_TRY(known, office.casebook->assessment(item.id));
    if (known) return *std::move(known);
    POSTWACHT_TRY(made, look_at(office, item));
    POSTWACHT_CHECK(keep(office, item, made));
    return std::move(made.assessment);
}

}  // namespace postwacht::review
