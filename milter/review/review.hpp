// review: decisions on held messages. Use-cases without a skin; the command line calls them, a web
// page will.
//
// Each decision needs who decides and why, and leaves two journal entries of kind "decision":
//   {"item":"Q-...","action":"release","by":"...","reason":"...","result":"begun",
//    "queue_id":"...","possibly_delivered":false}
// (and "outcome", "agreed" and, of a corrected one, "to" with pseudonyms, where there are any)
// before anything is done, and one with the result "done", "failed" or "uncertain", and the MTA's
// "reply" without addresses, after it. No entry holds an address.
//
// Release and return hand the message to the re-injection listener over SMTP and survive a crash at
// any point. In order: the lease of the item, its content opened, the entry "begun", the state
// `releasing`, the hand-over, the entry of its result, the state `released` (or `held` again). Each
// step is durable before the next. So a message may be delivered twice but is never lost, and a
// crash leaves evidence wherever it falls: before the hand-over, an entry "begun" without a result;
// after it, that and the state `releasing`, with possibly_delivered set, from which the item can be
// released, returned or removed.
//
// An item that the MTA holds itself is released by telling it so, between the same entries and
// states, and goes to all its recipients; the command is given once for a decision. A return or a
// correction hands over what it would have, sets the state, and only then has the message removed
// from the MTA's queue; where that fails the Error says so, and reconciling tries again
// (review/reconcile.hpp). A deletion removes it there first: where that fails it stays held.
//
// Failure: what the MTA surely did not take is held as before, with its reply as outcome. Where it
// may have taken it (the connection broke after the final dot) the item stays `releasing`. If the
// entry of a result cannot be written the state is set all the same, and the Error says so.
// Content stays, sealed, after release and return, for audit; remove() removes it.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/seal.hpp"
#include "journal/journal.hpp"
#include "mail/address.hpp"
#include "quarantine/mta_queue.hpp"
#include "quarantine/store.hpp"

namespace postwacht::review {

struct Submission {
    std::string sender_raw;                   // "<a@b>"; "<>" for the null sender
    std::vector<std::string> recipients_raw;  // all or none
    std::string_view message;                 // byte for byte
};

// A seam: SMTP here, a fake in tests.
class Reinjector {
  public:
    virtual ~Reinjector() = default;
    // The MTA's reply, without addresses. Error (delivery) when it did not take the message for all
    // recipients; its detail is such a reply too. `uncertain` is set to true where it may have
    // taken it (the connection broke after the final dot), and to false otherwise.
    virtual Result<std::string> submit(const Submission& submission, bool& uncertain) = 0;
};

// SMTP by libcurl. The message goes as it is, 8-bit bytes and lines beginning with a dot included,
// with two exceptions that SMTP requires: a line feed without a carriage return gets one, and a
// last line without an end gets one. SMTPUTF8 is used for addresses that need it, where the MTA
// offers it. With `tls` nothing is said before STARTTLS (RFC 3207) and the server's certificate has
// to be one for the host of `url`; what cannot be secured is not sent. Proxies and .netrc of the
// environment are ignored.
struct SmtpSettings {
    std::string url;                   // smtp://host:port of a listener that runs no milter
    std::chrono::seconds timeout{60};  // for the whole hand-over
    std::string helo;
    bool tls = false;
    std::filesystem::path ca_file = {};  // PEM; empty: the authorities of the system
};
[[nodiscard]] std::unique_ptr<Reinjector> make_smtp_reinjector(SmtpSettings settings);

struct Decision {
    std::string id;      // an item, or an unambiguous beginning of its id
    std::string by;      // who decides; not empty
    std::string reason;  // not empty
    // What it turned out to be, where somebody says so: "false_positive", "near_miss" or
    // "confirmed_breach".
    std::string outcome = {};
    std::vector<std::string> agreed = {};  // who wanted the same, where several have to
};

// Whether a release of the item, or a correction, was begun whose end is not known.
[[nodiscard]] bool may_have_left(const quarantine::Item& item) noexcept;

class Review {
  public:
    // `opener` and `reinjector` may be null where only removal is asked for.
    Review(std::shared_ptr<quarantine::Store> store, std::shared_ptr<journal::Journal> journal,
           std::shared_ptr<const crypto::Opener> opener, std::shared_ptr<Reinjector> reinjector,
           const Clock& clock = system_clock());

    // Nothing is sent back to addresses of which this says no: a letter that left its house that
    // way would have left without a decision. Without it any sender will do.
    void return_only_to(std::function<bool(const mail::Address& sender)> own) {
        own_ = std::move(own);
    }

    // How to reach what the MTA holds; without it nothing is done about such an item.
    void reach_mta(std::shared_ptr<quarantine::MtaQueue> mta) { mta_ = std::move(mta); }

    // All give the item as it is afterwards. Errors: usage (nobody decides, or for no reason),
    // not_found, conflict (the item's state does not allow it, or another acts on it), crypto and
    // damaged (the content does not open), delivery, and those of the journal and the store.

    // Re-injects to just the recipients it was held for.
    Result<quarantine::Item> release(const Decision& decision);
    // Sends it back to its sender as a notice (RFC 3464 form) with the message inside, by the null
    // sender. Error (conflict) where it has no sender.
    Result<quarantine::Item> return_to_sender(const Decision& decision);
    // Sends it to these addressees ("<a@b>") instead of those it was held for.
    Result<quarantine::Item> correct(const Decision& decision,
                                     const std::vector<std::string>& recipients_raw);
    // Removes the content; the row and the journal stay. A released or returned item keeps its
    // state.
    Result<quarantine::Item> remove(const Decision& decision);

  private:
    struct HandOver;
    Result<quarantine::Item> begin_attempt(const quarantine::Item& item, const Decision& decision,
                                           std::string_view action, quarantine::State during);
    Result<quarantine::Item> hand_over(const Decision& decision, const HandOver& how);
    Result<quarantine::Item> release_by_mta(const Decision& decision);
    Result<void> require_on_hold(const quarantine::Item& item);
    Result<quarantine::Item> remove_from_mta(const quarantine::Item& item,
                                             const quarantine::Lease& lease,
                                             const Decision& decision);
    Result<quarantine::Item> clear_mta(const quarantine::Item& item,
                                       const quarantine::Lease& lease);
    Result<void> record(const quarantine::Item& item, const Decision& decision,
                        std::string_view action, std::string_view result, std::string_view reply);

    std::shared_ptr<quarantine::Store> store_;
    std::shared_ptr<journal::Journal> journal_;
    std::shared_ptr<const crypto::Opener> opener_;
    std::shared_ptr<Reinjector> reinjector_;
    std::shared_ptr<quarantine::MtaQueue> mta_;
    const Clock* clock_;
    std::function<bool(const mail::Address&)> own_;
};

}  // namespace postwacht::review
