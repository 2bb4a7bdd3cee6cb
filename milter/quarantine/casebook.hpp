// Casebook: what review knows of held items beyond their state: what they are about, which belong
// together, who agreed to what. It stands in the quarantine's database and holds no personal data:
// senders, recipients and subjects are keyed pseudonyms, content is a keyed digest.
//
// Items of one cause are one Incident: of one sender, by one rule, near-identical, within a window;
// an item that is like no other is an incident of its own. `undecided` counts the items of it that
// still need a decision; an incident without any is closed.
//
// Guarantee: each call is one transaction, on disk when it returns. Thread-safe. Errors: those of
// the store. Limits: queue() reads the rows it is asked for and no more; all else that may be long
// says so.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "base/result.hpp"
#include "quarantine/store.hpp"

namespace postwacht::quarantine {

namespace sql {
struct Connection;
}

// A person whom an item is about, and a keyed digest of what the registry said of that person when
// the item was judged: where it says something else now, the item is to be judged again.
struct SubjectMark {
    std::string subject;  // pseudonym
    std::string fingerprint;
    // Whether some judgement of the item was sure enough of this person to count them. It stays,
    // and the mark with it, when a later one names them no more.
    bool counted = false;
    bool operator==(const SubjectMark&) const = default;
};

// Of an item of which it is not known whom it is about: it fits no registry, so that the next look
// at the marks finds it.
[[nodiscard]] inline SubjectMark mark_of_unknown() {
    return {"", "unknown"};
}

// What an item came to when review judged it, the last time it did.
struct Assessment {
    std::string item;
    std::string incident;
    std::string sender;                   // pseudonym
    std::string recipients;               // pseudonyms, sorted, with ',' between
    std::string digest;                   // of what it says; empty: nothing is the same
    std::vector<std::string> categories;  // of the reasons that hold it
    std::uint8_t severity = 0;            // policy::Severity
    std::string policy;                   // "name@digest" by which it was judged
    std::string registry;                 // digest of the source by which it was
    std::string would;                    // what would be done with it now: "accept", "quarantine"
    std::string would_reason;             // one line, without personal data
    Instant assessed_at{};
    std::vector<SubjectMark> subjects;  // written with it; read by marks() alone
};

struct Incident {
    std::string id;  // "I-20261130-7f3a9c12e5b0d846"
    Instant opened_at{};
    Instant last_at{};     // when the newest item of it was held, or came to be known to be
    std::string sender;    // pseudonym
    std::string rule;      // of the strictest reason
    std::string likeness;  // of the template; empty: like nothing else
    std::string run;       // of a mail merge, as the run guard names it; or empty
    std::string why;       // one line, without personal data
    std::uint8_t severity = 0;
    std::uint64_t undecided = 0;  // items
    std::optional<Instant> escalated_at;
    std::optional<Instant> notified_at;  // when its sender was told
};

// Somebody's wish for one item. With as many of the same kind as the policy asks for it is done.
struct Approval {
    std::string who;
    std::string action;  // "release", "return", "delete", "correct"
    std::string reason;
    std::string detail;  // of "correct": a sealed or pseudonymous note; never an address
    Instant at{};
};

struct QueueFilter {
    std::optional<std::uint8_t> least_severity;
    std::string rule;
    std::uint64_t limit = 50;
    std::uint64_t offset = 0;
};

struct QueueCounts {
    std::uint64_t incidents = 0;  // open ones
    std::uint64_t items = 0;      // undecided ones
    std::uint64_t unassessed = 0;
};

class Casebook {
  public:
    // Of the quarantine in `directory`, whose store was opened before. Errors: damaged, io.
    static Result<std::unique_ptr<Casebook>> open(const std::filesystem::path& directory);
    ~Casebook();

    // ---- items
    // Undecided items without an assessment, oldest first.
    Result<std::vector<Item>> unassessed(std::uint64_t limit);
    // Writes an assessment in the place of an older one, and counts its item with its incident; an
    // item stays in the incident that it came into first. Several are written at once or not at
    // all: each alone would wait for the disk.
    Result<void> assess(std::span<const Assessment> assessments);
    Result<void> assess(const Assessment& assessment) { return assess({&assessment, 1}); }
    Result<std::vector<SubjectMark>> marks_of(std::string_view item);
    Result<std::optional<Assessment>> assessment(std::string_view item);
    // Calls `mark` with each subject of each undecided item.
    Result<void> marks(
        const std::function<void(const std::string& item, const SubjectMark& mark)>& mark);
    // Undecided items that were judged by another policy than this, at most `limit` of them.
    Result<std::vector<std::string>> judged_otherwise(std::string_view policy, std::uint64_t limit);
    // The item, decided by a person, that says the same to the same recipients from the same
    // sender; the newest where there are several.
    Result<std::optional<Item>> decided_twin(const Assessment& assessment);
    // Undecided items of a severity that were held before an instant, oldest first, but for those
    // of one sender and the first `offset` ones.
    Result<std::vector<Item>> overdue(std::uint8_t severity, Instant held_before,
                                      std::string_view except_sender, std::uint64_t limit,
                                      std::uint64_t offset);

    // ---- incidents
    // The open or recent one that an item with this sender, rule and likeness belongs to: not
    // quiet since before `not_before`. By `run` alone where that is not empty.
    Result<std::optional<Incident>> find_alike(std::string_view sender, std::string_view rule,
                                               std::string_view likeness, std::string_view run,
                                               Instant not_before);
    Result<void> add_incident(const Incident& incident);
    // Error not_found. An unambiguous beginning of an id will do.
    Result<Incident> incident(std::string_view id);
    Result<std::vector<Item>> items_of(std::string_view incident);
    // Most severe and then oldest first.
    Result<std::vector<Incident>> queue(const QueueFilter& filter);
    Result<QueueCounts> counts();
    Result<std::vector<Incident>> to_escalate(std::uint8_t severity, Instant opened_before);
    Result<void> set_escalated(std::string_view incident, Instant at);
    // Open incidents whose sender was not told, or was before `told_before` and not of the newest
    // item, that had no new item since `quiet_since` or were opened before `opened_before`, without
    // the first `offset` ones.
    Result<std::vector<Incident>> to_notify(Instant quiet_since, Instant opened_before,
                                            Instant told_before, std::uint64_t limit,
                                            std::uint64_t offset);
    Result<void> set_notified(std::string_view incident, Instant at);

    // The id of the incident or item that the first digits of its last part name, at least four:
    // "7f3a" of "I-20261130-7f3a9c12e5b0d846". Error not_found, also where several begin like this.
    Result<std::string> named(std::string_view digits);

    // ---- who agreed to what
    Result<void> approve(std::string_view item, const Approval& approval);
    Result<std::vector<Approval>> approvals(std::string_view item);
    Result<void> clear_approvals(std::string_view item);

    // ---- the rest
    Result<bool> was_used(std::string_view token);
    // True the first time that a token is used.
    Result<bool> use_token(std::string_view token, Instant now);
    // A value kept under a name; empty where there is none.
    Result<std::string> progress(std::string_view name);
    Result<void> set_progress(std::string_view name, std::string_view value);

  private:
    Casebook();
    void write(const Assessment& assessment);
    void count(const std::string& incident, const std::string& item, int severity, int added);

    std::unique_ptr<sql::Connection> connection_;
};

}  // namespace postwacht::quarantine
