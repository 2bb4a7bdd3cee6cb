#include "review/assessor.hpp"

#include <algorithm>
#include <set>

#include "base/format.hpp"
#include "base/text.hpp"
#include "mail/parts.hpp"
#include "policy/policy.hpp"
#include "policy/review_rules.hpp"

namespace postwacht::review {
namespace {

constexpr std::size_t digest_bytes = 16;

void append(std::string& out, std::string_view value) {
    out += value;
    out += '\0';
}
void append(std::string& out, const std::vector<std::string>& values) {
    for (const std::string& value : values) append(out, value);
    out += '\1';
}
void append(std::string& out, const std::optional<Date>& date) {
    append(out, date ? to_iso(*date) : std::string());
}

// The words of a subject line that letters of one template share: those without a digit.
std::string template_of(std::string_view subject_line) {
    std::string out;
    std::string word;
    const auto take = [&] {
        const bool varies =
            std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!varies && !word.empty()) out += word + ' ';
        word.clear();
    };
    for (const char c : text::fold(subject_line)) {
        if (c == ' ' || c == '\t' || c == '\n')
            take();
        else
            word += c;
    }
    take();
    return out;
}

// So that no value can be taken for two.
void append_field(std::string& out, std::string_view value) {
    out += format("{}:", value.size());
    out += value;
}

// What a second sending of the same has anew.
bool changes_with_each_sending(std::string_view field) {
    for (const char* name : {"Date", "Message-ID", "Received", "Content-Type", "DKIM-Signature"})
        if (text::ascii_iequals(field, name)) return true;
    return false;
}

// All that a message says. Empty where not all of it was taken apart, or readers may differ on it:
// then nothing is the same as it.
std::string say(const mail::Parsed& parsed) {
    std::string out;
    if (parsed.over_budget || !parsed.defects.empty()) return out;
    for (const mail::Part& part : parsed.parts) {
        const bool own_header = part.kind == mail::PartKind::headers && part.path == "0";
        append_field(out, std::to_string(static_cast<int>(part.kind)));
        append_field(out, part.path);
        append_field(out, part.type);
        append_field(out, part.charset);
        append_field(out, part.name);
        append_field(out, part.attachment ? "attachment" : "");
        append_field(out, part.content);
        for (const mail::HeaderField& field : part.headers) {
            if (own_header && changes_with_each_sending(field.name)) continue;
            append_field(out, field.name);
            append_field(out, field.text);
        }
    }
    return out;
}

// An address that is none has no key; two such are not one.
std::string pseudonym_of(const journal::Journal& journal, const mail::Address& address,
                         std::string_view raw) {
    const std::string key = address.key();
    return journal.pseudonym(key.empty() ? format("raw {}", raw) : key);
}

}  // namespace

Result<std::unique_ptr<Assessor>> Assessor::create(const crypto::SecretKey& journal_key) {
    POSTWACHT_TRY(key, journal_key.derive("postwacht review"));
    POSTWACHT_TRY(hash, crypto::KeyedHash::create(key));
    return std::unique_ptr<Assessor>(new Assessor(std::move(hash)));
}

std::string Assessor::digest(std::string_view kind, std::string_view value) const {
    const crypto::Digest digest = hash_.hash(kind, value);
    return crypto::to_hex(std::span(digest).first(digest_bytes));
}

Result<std::string> Assessor::fingerprint(const registry::Index& index,
                                          const registry::Subject& subject) const {
    std::string all;
    append(all, subject.id);
    append(all, subject.bsn);
    append(all, subject.other_ids);
    append(all, subject.initials);
    append(all, subject.given_names);
    append(all, subject.prefix);
    append(all, subject.surname);
    append(all, subject.partner_prefix);
    append(all, subject.partner_surname);
    append(all, subject.birth_date);
    append(all, subject.postcode);
    append(all, subject.house_number);
    append(all, subject.emails);
    for (const registry::Relation& relation : subject.relations) {
        append(all, relation.name);
        append(all, relation.email);
        append(all, relation.valid_from);
        append(all, relation.valid_to);
        if (!relation.organisation) continue;
        // One that is gone leads to nobody, which is a change as well.
        const auto organisation = index.organisation(*relation.organisation);
        if (!organisation || !*organisation) continue;
        append(all, (*organisation)->id);
        append(all, (*organisation)->domains);
        append(all, (*organisation)->addresses);
    }
    return digest("registry record", all);
}

Result<std::string> Assessor::fingerprint(const registry::Index& index,
                                          std::string_view subject_id) const {
    POSTWACHT_TRY(numbers, index.subjects_with_id(subject_id));
    for (const registry::SubjectNumber number : numbers) {
        POSTWACHT_TRY(subject, index.subject(number));
        if (subject && subject->id == subject_id) return fingerprint(index, *subject);
    }
    return std::string();
}

mail::Envelope envelope_of(const quarantine::Item& item, const quarantine::Content& content) {
    mail::Envelope envelope;
    envelope.queue_id = item.queue_id;
    envelope.sender_raw = content.sender_raw;
    envelope.sender = mail::parse_path(content.sender_raw);
    for (const std::string& raw : content.recipients_raw)
        envelope.recipients.push_back({raw, mail::parse_path(raw)});
    return envelope;
}

Result<Assessed> Assessor::assess(const pipeline::Guard& guard, const journal::Journal& journal,
                                  const quarantine::Item& item,
                                  const quarantine::Content& content) const {
    const mail::Envelope envelope = envelope_of(item, content);
    POSTWACHT_TRY(judgement, pipeline::judge_in_full(guard, envelope, content.message));

    Assessed out;
    quarantine::Assessment& assessment = out.assessment;
    assessment.item = item.id;
    assessment.sender = pseudonym_of(journal, envelope.sender, envelope.sender_raw);
    std::vector<std::string> recipients;
    for (const auto& recipient : envelope.recipients)
        recipients.push_back(pseudonym_of(journal, recipient.address, recipient.raw));
    std::sort(recipients.begin(), recipients.end());
    for (const std::string& recipient : recipients)
        assessment.recipients += (assessment.recipients.empty() ? "" : ",") + recipient;

    Budget budget(guard.limits, *guard.clock);
    const mail::Parsed parsed = mail::parse(content.message, budget);
    if (const std::string said = say(parsed); !said.empty())
        assessment.digest = digest("content", said);
    const std::string shared = template_of(parsed.header("Subject"));
    if (!shared.empty()) out.likeness = digest("template", shared);

    assessment.categories = judgement.categories;
    // Without a registry nobody is found, which says nothing about whom it is about.
    if (!judgement.index) assessment.categories.emplace_back(policy::unknown_category);
    assessment.severity = static_cast<std::uint8_t>(
        guard.policy->review().severity_of(judgement.categories, judgement.subjects.size()));
    assessment.policy = guard.policy->id();
    assessment.would = policy::to_string(judgement.verdict.action);
    for (const auto& recipient : judgement.verdict.recipients)
        if (recipient.action == judgement.verdict.action && !recipient.reasons.empty())
            assessment.would_reason = policy::describe(recipient.reasons.front());
    if (judgement.index) {
        assessment.registry = judgement.index->stats().source_digest;
        assessment.subjects.reserve(judgement.subjects.size());
        std::set<std::string_view> counted;
        for (const auto& subject : judgement.verdict.subjects) counted.insert(subject.subject);
        for (const auto& subject : judgement.subjects) {
            POSTWACHT_TRY(mark, fingerprint(*judgement.index, *subject));
            assessment.subjects.push_back(
                {subject->id, std::move(mark), counted.contains(subject->id)});
        }
    } else {
        assessment.subjects.push_back(quarantine::mark_of_unknown());
    }
    out.verdict = std::move(judgement.verdict);
    return out;
}

}  // namespace postwacht::review
