#include "review/sender_reply.hpp"

#include <algorithm>
#include <array>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "mail/parts.hpp"
#include "policy/policy.hpp"
#include "review/sealed_reason.hpp"

namespace postwacht::review {
namespace {

using quarantine::Item;

// In decisions of a sender, who has no name of this system.
constexpr const char* the_sender = "sender";

enum class Word { withdraw, address, confirm };
struct Keyword {
    std::string_view word;
    Word means;
};
constexpr std::array<Keyword, 6> keywords{{{"intrekken", Word::withdraw},
                                           {"withdraw", Word::withdraw},
                                           {"aan", Word::address},
                                           {"to", Word::address},
                                           {"bevestig", Word::confirm},
                                           {"confirm", Word::confirm}}};

struct Wanted {
    Word means = Word::withdraw;
    std::string rest;
};

// The token in an address of the header: what stands between '+' and '@'.
std::string find_token(const mail::Parsed& parsed) {
    for (const char* field : {"To", "Cc", "X-Original-To", "Delivered-To"})
        for (const auto& address : mail::parse_address_list(parsed.header(field))) {
            const std::size_t plus = address.local.find('+');
            if (plus != std::string::npos && plus + 1 < address.local.size())
                return address.local.substr(plus + 1);
        }
    return {};
}

// Whether a program wrote it: an answering machine, a list, a bounce.
bool is_automatic(const mail::Parsed& parsed) {
    const auto word = [&parsed](const char* field) {
        const std::string_view value = parsed.header(field);
        return text::ascii_lower(text::trim(value.substr(0, value.find_first_of("; \t("))));
    };
    const std::string submitted = word("Auto-Submitted");
    const std::string precedence = word("Precedence");
    return (!submitted.empty() && submitted != "no") || precedence == "bulk" ||
           precedence == "list" || precedence == "junk" || precedence == "auto_reply" ||
           word("Return-Path") == "<>";
}

std::string first_line(const mail::Parsed& parsed) {
    for (const mail::Part& part : parsed.parts) {
        if (part.kind != mail::PartKind::content || part.attachment || part.type != "text/plain")
            continue;
        const std::string text = text::decode(part.content, part.charset).text;
        std::string_view rest = text;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            const std::string_view line = text::trim(rest.substr(0, end));
            if (!line.empty() && !line.starts_with('>')) return std::string(line);
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        }
    }
    return {};
}

// What is written behind a word that stands alone: an end of a sentence.
bool is_end(std::string_view rest) {
    return rest.find_first_not_of(".!:,; \t") == std::string_view::npos;
}

Result<Wanted> read_wish(const mail::Parsed& parsed) {
    const std::string line = first_line(parsed);
    const std::size_t behind = line.find_first_of(" \t:.!,;");
    const std::string word = text::ascii_lower(line.substr(0, behind));
    const auto* found = std::find_if(keywords.begin(), keywords.end(),
                                     [&word](const Keyword& each) { return each.word == word; });
    std::string rest;
    if (behind != std::string::npos) {
        const std::size_t begin = line.find_first_not_of(" \t:", behind);
        if (begin != std::string::npos) rest = line.substr(begin);
    }
    // A sentence that begins with the word is no wish.
    if (found == keywords.end() || (found->means == Word::withdraw && !is_end(rest)) ||
        (found->means == Word::address &&
         (rest.find_first_of(" \t") != std::string::npos || rest.find('@') == std::string::npos)))
        return Error{ErrorCode::usage, "", "the first line of the answer says nothing that we know",
                     "INTREKKEN, AAN a@b.example or BEVESTIG and a reason, and nothing else"};
    return Wanted{found->means, std::move(rest)};
}

std::vector<Item> undecided(std::vector<Item> items) {
    std::erase_if(items, [](const Item& item) { return !quarantine::is_undecided(item.state); });
    return items;
}

// The one who answers is who sent it: a notice may have been forwarded.
Result<void> check_sender(const Desk& desk, const mail::Parsed& parsed, const Item& item) {
    const Office& office = desk.office();
    POSTWACHT_TRY(content, office.store->open(item.id, *office.opener));
    const std::string sender = mail::parse_path(content.sender_raw).key();
    for (const auto& address : mail::parse_address_list(parsed.header("From")))
        if (!sender.empty() && address.key() == sender) return {};
    return Error{
        ErrorCode::forbidden, item.id, "only who sent the message can say what becomes of it", {}};
}

Result<void> note(const Office& office, const Item& item, std::string_view action,
                  std::string_view reason) {
    json::Writer entry;
    entry.begin_object()
        .field("item", item.id)
        .field("action", action)
        .field("by", the_sender)
        .field("reason", text::printable(reason, 1000))
        .field("result", "asked")
        .end_object();
    return office.journal->append("decision", entry.text());
}

// A wish of the sender, shown to reviewers; it is nobody's agreement.
Result<void> ask_for_release(const Desk& desk, const Item& item, std::string_view reason) {
    const Office& office = desk.office();
    const auto guard = office.guard();
    const auto& rules = guard->policy->review();
    POSTWACHT_TRY(assessment, assessment_of(office, item));
    if (!policy::ReviewRules::covers(rules.sender_override, assessment.categories))
        return Error{ErrorCode::forbidden, item.id,
                     "a sender cannot confirm a message with this kind of data",
                     "a reviewer decides"};
    if (text::trim(reason).empty())
        return Error{ErrorCode::usage, "", "a confirmation needs a reason",
                     "BEVESTIG and why it has to go to this addressee"};
    quarantine::Approval wish;
    wish.who = the_sender;
    wish.action = asks_for_release;
    POSTWACHT_TRY(sealed, seal_reason(office, text::printable(reason, 1000)));
    wish.reason = std::move(sealed);
    POSTWACHT_CHECK(note(office, item, "release", "the sender says why, sealed like the item"));
    wish.at = office.clock->now();
    return office.casebook->approve(item.id, wish);
}

// Whose roles a sender acts by: to have a letter back, or to give it a right addressee, takes none
// beyond having sent it. The check of who sent it was made.
Person as_person() {
    return {the_sender, {policy::Role::reviewer, policy::Role::privacy_officer}, {}};
}

Error used_already(const std::string& incident) {
    return Error{ErrorCode::forbidden, incident, "this token was used already",
                 "a reviewer can decide: 'postwacht review queue'"};
}

Result<void> carry_out(const Desk& desk, const Item& item, const Wanted& wanted) {
    if (wanted.means == Word::confirm) return ask_for_release(desk, item, wanted.rest);
    // To say that it was not sent, or to send it once more, may be wrong then.
    if (item.state == quarantine::State::releasing ||
        (item.possibly_delivered && item.state != quarantine::State::returning))
        return Error{ErrorCode::conflict, item.id, "it may have been delivered already",
                     "a reviewer decides"};
    if (wanted.means == Word::withdraw) {
        POSTWACHT_CHECK(desk.review().return_to_sender(
            {item.id, the_sender, "withdrawn by its sender", "near_miss"}));
        return {};
    }
    POSTWACHT_CHECK(desk.decide(
        as_person(), item.id,
        {Wish::correct, "the right addressee, by its sender", "near_miss", {wanted.rest}}));
    return {};
}

}  // namespace

Result<std::string> take_reply(const Desk& desk, const Tokens& tokens, std::string_view message) {
    const Office& office = desk.office();
    const auto guard = office.guard();
    Budget budget(guard->limits, *guard->clock);
    const mail::Parsed parsed = mail::parse(message, budget);
    if (is_automatic(parsed)) {
        log::info("PW_REVIEW_REPLY_IGNORED", "a program wrote it");
        return std::string("ignored: a program wrote it");
    }
    const std::string token = text::ascii_lower(find_token(parsed));
    POSTWACHT_TRY(incident, tokens.check(token, office.clock->now()));
    POSTWACHT_TRY(wanted, read_wish(parsed));
    POSTWACHT_TRY(all, office.casebook->items_of(incident));
    const std::vector<Item> items = undecided(std::move(all));
    if (items.empty())
        return Error{ErrorCode::conflict, incident, "all of this was decided already", {}};
    for (const Item& item : items) POSTWACHT_CHECK(check_sender(desk, parsed, item));
    if (wanted.means == Word::address && items.front().rules != "disclosure")
        return Error{ErrorCode::conflict, items.front().id,
                     "it is held for more than its addressee", "a reviewer decides"};
    if (wanted.means == Word::address && items.size() > 1)
        return Error{ErrorCode::conflict, incident,
                     "one addressee cannot be the right one for several messages",
                     "withdraw them and send them again"};
    POSTWACHT_TRY(used, office.casebook->was_used(token));
    if (used) return used_already(incident);

    // Each for itself: what is done of it need not be asked for again.
    std::optional<Error> failed;
    for (const Item& item : items) {
        Result<void> done = carry_out(desk, item, wanted);
        // One that may go later has the mail come again.
        if (!done && (!failed || done.error().code == ErrorCode::delivery))
            failed = std::move(done).error();
    }
    if (failed) return *std::move(failed);
    POSTWACHT_TRY(first_use, office.casebook->use_token(token, office.clock->now()));
    if (!first_use) return used_already(incident);
    static constexpr const char* done[] = {"returned", "sent to the new addressee",
                                           "a reviewer was asked to release it"};
    return format("{}: {} item(s): {}", incident, items.size(),
                  done[static_cast<std::size_t>(wanted.means)]);
}

}  // namespace postwacht::review
