// Desk: what people do about held mail. Use-cases without a skin: the command line calls them
// through the daemon, a web page will.
//
// Who may do what, and how many must agree, is for the policy to say ([review]); who is who, for
// the configuration. Nobody decides to send on what they sent themselves. Who looks at an item is
// in the journal before anything of it is shown: an entry of kind "access",
// {"item":"Q-...","by":"...","what":"evidence"|"content"}. A wish that others must still agree to
// leaves one of kind "decision" with the result "agreed"; what somebody says that a finished item
// was, one of kind "outcome",
// {"item":"Q-...","by":"...","reason":"...","outcome":"confirmed_breach"}.
//
// Failure: an Error, and nothing was decided. Where a decision was made and the hand-over failed,
// the item is held as before and the agreement stays, so that a new try needs nobody else.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/review_rules.hpp"
#include "review/intake.hpp"
#include "review/people.hpp"
#include "review/review.hpp"

namespace postwacht::review {

// `record` says what an item was that needs no decision any more.
enum class Wish { release, give_back, remove, correct, record };
[[nodiscard]] const char* to_string(Wish wish) noexcept;  // "release", "return", ...
[[nodiscard]] std::optional<Wish> wish_from(std::string_view word) noexcept;

struct Verb {
    Wish wish = Wish::release;
    std::string reason;
    std::string outcome = {};                  // as Decision::outcome
    std::vector<std::string> recipients = {};  // of `correct`: addresses
};

struct Step {
    quarantine::Item item;
    bool done = false;
    std::size_t agreed = 0;  // how many want it, this one included
    std::size_t needed = 1;
};

// What may be shown of an item. `content` only where it was asked for and is allowed.
struct Shown {
    quarantine::Item item;
    quarantine::Assessment assessment;
    quarantine::Incident incident;
    std::vector<quarantine::Approval> approvals;
    std::optional<quarantine::Content> content;
};

enum class Look { summary, evidence, content };

class Desk {
  public:
    Desk(Office office, People people, std::shared_ptr<Reinjector> reinjector)
        : office_(std::move(office)),
          people_(std::move(people)),
          reinjector_(std::move(reinjector)) {}

    // Open incidents, most severe first. For every role. Error (forbidden): no role at all.
    Result<std::vector<quarantine::Incident>> queue(const Person& person,
                                                    const quarantine::QueueFilter& filter) const;
    Result<quarantine::QueueCounts> counts(const Person& person) const;
    // The whole id of what a person calls by its beginning, or by the first digits of its last
    // part.
    Result<std::string> named(const Person& person, const std::string& word) const;
    // An incident and its items, without what is in them.
    Result<std::vector<quarantine::Item>> items(const Person& person,
                                                std::string_view incident) const;

    // Errors: not_found; forbidden (a kind of data in it takes another role); those of opening.
    Result<Shown> show(const Person& person, std::string_view item, Look look) const;

    // `remove` of an item that is finished removes its sealed content and leaves its state.
    // Errors: forbidden; conflict (decided already, or not yet for `record`; somebody is at it, or
    // its own sender asks); usage (no reason, an address that is none, or a breach of what never
    // left); delivery.
    Result<Step> decide(const Person& person, std::string_view item, const Verb& verb) const;

    [[nodiscard]] const People& people() const { return people_; }
    [[nodiscard]] const Office& office() const { return office_; }
    [[nodiscard]] Review review() const;

  private:
    Result<Step> record_outcome(const Person& person, const quarantine::Item& item,
                                const Verb& verb) const;
    Result<void> check_own(const Person& person, const quarantine::Item& item) const;
    Result<std::vector<std::string>> check_new_recipients(const quarantine::Item& item,
                                                          const Verb& verb) const;
    Result<std::vector<std::string>> who_agrees(const Person& asking, std::string_view item,
                                                const Verb& verb, policy::Roles roles) const;

    Office office_;
    People people_;
    std::shared_ptr<Reinjector> reinjector_;
};

}  // namespace postwacht::review
