// Notifier: tells a sender that something was held, and those who are to decide that it waits.
//
// Both are mails without personal data: ids, times, numbers, the reason in words that name nobody,
// by a subject_id neither. Their texts are
// templates, files in a folder or else those built in: `held.nl.txt`, `held.en.txt`,
// `possibly_sent.nl.txt`, `possibly_sent.en.txt` (of what a release may have sent, since the MTA
// never said), `escalation.nl.txt`, `escalation.en.txt`. The first line is the subject, the second
// is empty; of
// `{...}` in them these are filled in: {incident} {items} {held_at} {recipients} {why} {options}
// {hours} {severity}.
//
// What a sender may do about it stands in {options}, each with an address to reply to that carries
// a signed token for this incident, good once and for 14 days.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "review/intake.hpp"
#include "review/review.hpp"

namespace postwacht::review {

struct NoticeSettings {
    std::string language = "nl";                // nl or en
    std::filesystem::path templates = {};       // empty: those built in
    std::string from = {};                      // "postwacht@agency.example"
    std::string reply_to = {};                  // empty: senders cannot answer
    std::vector<std::string> escalate_to = {};  // addresses
    bool notify_senders = false;
    // A sender is told once nothing more of an incident came for so long, and at the latest
    // twice as long after it was opened; of what comes later once in a quarter of an hour, with
    // the number of all that waits.
    std::chrono::seconds notice_after{20};
};

// What a token allows somebody to speak about, until when.
class Tokens {
  public:
    // Error: crypto.
    static Result<std::unique_ptr<Tokens>> create(const crypto::SecretKey& journal_key);
    // 46 digits: of the incident's id, of the hour of its end, and a keyed digest of both. The
    // local part of an address has room for 64 (RFC 5321 section 4.5.3.1.1).
    static constexpr std::size_t length = 46;
    [[nodiscard]] std::string make(std::string_view incident, Instant expires) const;
    // The incident. Error (forbidden): not made here, or too old.
    Result<std::string> check(std::string_view token, Instant now) const;

  private:
    explicit Tokens(crypto::KeyedHash hash) : hash_(std::move(hash)) {}
    [[nodiscard]] std::string seal(std::string_view text) const;
    crypto::KeyedHash hash_;
};

class Notifier {
  public:
    Notifier(NoticeSettings settings, std::shared_ptr<Reinjector> mailer,
             std::shared_ptr<const Tokens> tokens)
        : settings_(std::move(settings)), mailer_(std::move(mailer)), tokens_(std::move(tokens)) {}

    [[nodiscard]] const NoticeSettings& settings() const { return settings_; }

    // To the sender of the incident's items. False where there is nobody to tell. Errors: delivery,
    // config (a template), those of opening.
    Result<bool> tell_sender(const Office& office, const quarantine::Incident& incident,
                             bool may_override) const;
    Result<bool> escalate(const Office& office, const quarantine::Incident& incident) const;

  private:
    Result<std::string> text_of(std::string_view name) const;
    Result<void> send(std::string_view to_raw, std::string_view template_text,
                      const std::vector<std::pair<std::string_view, std::string>>& values,
                      std::string_view id, std::string_view reply_to, Instant now) const;

    NoticeSettings settings_;
    std::shared_ptr<Reinjector> mailer_;
    std::shared_ptr<const Tokens> tokens_;
};

}  // namespace postwacht::review
