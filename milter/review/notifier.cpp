#include "review/notifier.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json_value.hpp"
#include "base/text.hpp"
#include "mail/idn.hpp"
#include "policy/policy.hpp"
#include "policy/review_rules.hpp"
#include "review/mail_date.hpp"
#include "review/reason_words.hpp"

namespace postwacht::review {
namespace {

using quarantine::Incident;
using quarantine::Item;

constexpr std::chrono::hours token_life{14 * 24};
constexpr std::size_t day_digits = 8;
constexpr std::size_t random_digits = 16;
constexpr std::size_t hour_digits = 6;
constexpr std::size_t seal_bytes = 8;
static_assert(day_digits + random_digits + hour_digits + 2 * seal_bytes == Tokens::length);
constexpr std::size_t most_listed = 20;

struct BuiltIn {
    std::string_view name;
    std::string_view text;
};
constexpr BuiltIn built_in[] = {
#include "notice_data.inc"
};

using Values = std::vector<std::pair<std::string_view, std::string>>;

std::string fill(std::string_view text, const Values& values) {
    std::string out;
    while (!text.empty()) {
        const std::size_t open = text.find('{');
        out += text.substr(0, open);
        if (open == std::string_view::npos) break;
        text.remove_prefix(open);
        const std::size_t close = text.find('}');
        const auto found = std::find_if(values.begin(), values.end(), [&](const auto& value) {
            return close != std::string_view::npos && text.substr(1, close - 1) == value.first;
        });
        if (found == values.end()) {
            out += '{';
            text.remove_prefix(1);
            continue;
        }
        out += found->second;
        text.remove_prefix(close + 1);
    }
    return out;
}

// The words of an encoded-word are UTF-8 in base64 (RFC 2047), since a template may hold any.
std::string subject_value(std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
    });
    if (plain) return std::string(text);
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool safe = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                          (byte >= 'A' && byte <= 'Z');
        out += safe ? std::string(1, c) : format("={:02X}", byte);
    }
    return "=?utf-8?Q?" + out + "?=";
}

std::string with_crlf(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\r') continue;
        if (c == '\n') out += '\r';
        out += c;
    }
    return out;
}

bool dutch(const NoticeSettings& settings) {
    return settings.language != "en";
}

std::string how_many(std::uint64_t count, bool in_dutch) {
    if (count == 1) return in_dutch ? "een bericht" : "a message";
    return format("{} {}", count, in_dutch ? "berichten" : "messages");
}

// Which of its addressees, without saying who they are: the sender knows their order.
std::string which_recipients(const Item& item, std::uint64_t items, bool in_dutch) {
    const auto verdict = json::Document::parse(item.verdict_json);
    const json::Value all = verdict ? verdict->root()["recipients"] : json::Value();
    std::string out;
    std::size_t listed = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto action = policy::action_from(all.at(i)["action"].string());
        if (!action || *action < policy::Action::quarantine) continue;
        if (++listed > most_listed) break;
        out += format("    {} {} {} {}\n", in_dutch ? "geadresseerde" : "addressee", i + 1,
                      in_dutch ? "van" : "of", all.size());
    }
    if (listed == 0 || listed > most_listed)
        out += format("    {} {}\n", item.recipient_count,
                      in_dutch ? "geadresseerde(n) in totaal" : "addressee(s) in all");
    if (items > 1)
        out += in_dutch ? format("    en die van {} andere berichten\n", items - 1)
                        : format("    and those of {} other messages\n", items - 1);
    out.pop_back();
    return out;
}

std::string options_text(std::string_view reply_to, bool may_override, bool in_dutch) {
    if (reply_to.empty()) return {};
    std::string out =
        in_dutch ? "U kunt antwoorden op dit bericht, met op de eerste regel een van deze "
                   "woorden:\n\n"
                   "    INTREKKEN          u krijgt het terug\n"
                   "    AAN a@b.example    het gaat naar deze geadresseerde, als dat mag\n"
                 : "You may reply to this message, with one of these words on the first line:\n\n"
                   "    WITHDRAW           you get it back\n"
                   "    TO a@b.example     it goes to this addressee, if that is allowed\n";
    if (may_override)
        out += in_dutch ? "    BEVESTIG reden     u vraagt een collega het te verzenden, en zegt "
                          "waarom\n"
                        : "    CONFIRM reason     you ask a colleague to send it, and say why\n";
    return out;
}

// As a mail may say it: that an item has is with the subject's id.
std::string why_of(const Item& item) {
    return why_held(item.verdict_json, "see the item");
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    return name.data();
}

}  // namespace

Result<std::unique_ptr<Tokens>> Tokens::create(const crypto::SecretKey& journal_key) {
    POSTWACHT_TRY(key, journal_key.derive("postwacht sender token"));
    POSTWACHT_TRY(hash, crypto::KeyedHash::create(key));
    return std::unique_ptr<Tokens>(new Tokens(std::move(hash)));
}

std::string Tokens::seal(std::string_view text) const {
    const crypto::Digest digest = hash_.hash("token", text);
    return crypto::to_hex(std::span(digest).first(seal_bytes));
}

std::string Tokens::make(std::string_view incident, Instant expires) const {
    const auto hours = std::chrono::ceil<std::chrono::hours>(expires.time_since_epoch()).count();
    std::string text = format("{}{:06x}", incident, hours);
    text.erase(0, 2);
    std::erase(text, '-');
    return text + seal(text);
}

Result<std::string> Tokens::check(std::string_view token, Instant now) const {
    const Error bad{ErrorCode::forbidden, "", "this is not a token of ours, or it was changed",
                    "answer the notice itself, without changing its address"};
    const std::string given = text::ascii_lower(token);
    if (given.size() != length) return bad;
    const std::string text = given.substr(0, day_digits + random_digits + hour_digits);
    const std::string wanted = text + seal(text);
    // Compared in full: how long it takes tells nothing.
    unsigned difference = 0;
    for (std::size_t i = 0; i < length; ++i)
        difference |= static_cast<unsigned>(wanted[i] ^ given[i]);
    if (difference != 0) return bad;
    std::int64_t hours = 0;
    std::from_chars(text.data() + day_digits + random_digits, text.data() + text.size(), hours, 16);
    if (Instant(std::chrono::hours(hours)) < now)
        return Error{ErrorCode::forbidden, "", "this token is too old",
                     "a reviewer can decide: 'postwacht review queue'"};
    return format("I-{}-{}", text.substr(0, day_digits), text.substr(day_digits, random_digits));
}

Result<std::string> Notifier::text_of(std::string_view name) const {
    const std::string file = format("{}.{}.txt", name, dutch(settings_) ? "nl" : "en");
    if (!settings_.templates.empty()) {
        const auto path = settings_.templates / file;
        if (::access(path.c_str(), F_OK) == 0) return read_file(path, 1U << 20U);
    }
    for (const BuiltIn& each : built_in)
        if (each.name == file) return std::string(each.text);
    return Error{ErrorCode::config, file, "there is no such template", {}};
}

Result<void> Notifier::send(std::string_view to_raw, std::string_view template_text,
                            const Values& values, std::string_view id, std::string_view reply_to,
                            Instant now) const {
    const std::string text = fill(template_text, values);
    const std::size_t line = text.find('\n');
    std::string_view body =
        line == std::string::npos ? std::string_view() : std::string_view(text).substr(line + 1);
    if (body.starts_with('\n')) body.remove_prefix(1);
    mail::Address to = mail::parse_path(to_raw);
    to.domain = mail::ascii_domain(to.domain);
    const std::string host = host_name();
    std::string message =
        format("From: Postwacht <{}>\r\nTo: {}\r\n",
               settings_.from.empty() ? "postmaster@" + to.domain : settings_.from,
               text::printable(to.to_string(), 900));
    if (!reply_to.empty()) message += format("Reply-To: {}\r\n", reply_to);
    message += format(
        "Subject: {}\r\nDate: {}\r\nMessage-ID: <notice.{}.{}@{}>\r\n"
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}",
        subject_value(text::printable(text.substr(0, line), 200)), mail_date(now), id,
        now.time_since_epoch().count(), host, with_crlf(body));
    bool uncertain = false;
    POSTWACHT_CHECK(mailer_->submit({"<>", {std::string(to_raw)}, message}, uncertain));
    return {};
}

Result<bool> Notifier::tell_sender(const Office& office, const Incident& incident,
                                   bool may_override) const {
    POSTWACHT_TRY(items, office.casebook->items_of(incident.id));
    const auto first = std::find_if(items.begin(), items.end(), [](const Item& item) {
        return quarantine::is_undecided(item.state);
    });
    if (first == items.end()) return false;
    POSTWACHT_TRY(content, office.store->open(first->id, *office.opener));
    const mail::Address sender = mail::parse_path(content.sender_raw);
    // A notice goes to people of this house alone: a forged sender gets none.
    if (!office.guard()->policy->is_own(sender)) return false;

    const bool in_dutch = dutch(settings_);
    std::string reply_to;
    if (const auto at = settings_.reply_to.rfind('@'); at != std::string::npos)
        reply_to = format("{}+{}{}", settings_.reply_to.substr(0, at),
                          tokens_->make(incident.id, office.clock->now() + token_life),
                          settings_.reply_to.substr(at));
    // Of a run of which one letter may have left nobody is told that none did.
    const bool possibly_sent = std::any_of(items.begin(), items.end(), [](const Item& item) {
        return quarantine::is_undecided(item.state) && may_have_left(item);
    });
    POSTWACHT_TRY(text, text_of(possibly_sent ? "possibly_sent" : "held"));
    POSTWACHT_CHECK(send(content.sender_raw, text,
                         {{"incident", incident.id},
                          {"items", how_many(incident.undecided, in_dutch)},
                          {"held_at", to_iso(first->held_at)},
                          {"recipients", which_recipients(*first, incident.undecided, in_dutch)},
                          {"why", why_of(*first)},
                          {"options", options_text(reply_to, may_override, in_dutch)}},
                         incident.id, reply_to, office.clock->now()));
    return true;
}

Result<bool> Notifier::escalate(const Office& office, const Incident& incident) const {
    if (settings_.escalate_to.empty()) return false;
    const bool in_dutch = dutch(settings_);
    const auto level = static_cast<policy::Severity>(incident.severity);
    const auto waited = office.guard()->policy->review().level(level).escalate_after;
    POSTWACHT_TRY(text, text_of("escalation"));
    POSTWACHT_TRY(items, office.casebook->items_of(incident.id));
    const auto first = std::find_if(items.begin(), items.end(), [](const Item& item) {
        return quarantine::is_undecided(item.state);
    });
    const std::string why = why_of(first == items.end() ? Item() : *first);
    Result<void> failed;
    bool any = false;
    for (const std::string& to : settings_.escalate_to) {
        auto sent = send("<" + to + ">", text,
                         {{"incident", incident.id},
                          {"items", how_many(incident.undecided, in_dutch)},
                          {"why", why},
                          {"severity", policy::to_string(level)},
                          {"hours", std::to_string(waited.count() / 3600)}},
                         incident.id, {}, office.clock->now());
        any |= sent.has_value();
        if (!sent) failed = std::move(sent);
    }
    // One who was told is enough; they need not hear it again for the others.
    if (!any) return std::move(failed).error();
    return true;
}

}  // namespace postwacht::review
