#include "registry/record.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/format.hpp"

namespace postwacht::registry {
namespace {

constexpr std::uint64_t has_birth_date = 1;
constexpr std::uint64_t party_is_organisation = 1;
constexpr std::uint64_t has_valid_from = 2;
constexpr std::uint64_t has_valid_to = 4;

class Encoder {
  public:
    void number(std::uint64_t value) {
        while (value >= 0x80) {
            out_.push_back(static_cast<char>(value | 0x80U));
            value >>= 7U;
        }
        out_.push_back(static_cast<char>(value));
    }
    void signed_number(std::int64_t value) {
        const auto bits = static_cast<std::uint64_t>(value);
        number(value < 0 ? ~(bits << 1U) : bits << 1U);
    }
    void text(std::string_view value) {
        number(value.size());
        out_.append(value);
    }
    void texts(const std::vector<std::string>& values) {
        number(values.size());
        for (const auto& value : values) text(value);
    }
    void date(Date value) {
        signed_number(std::chrono::sys_days(value).time_since_epoch().count());
    }
    void instant(Instant value) {
        signed_number(std::chrono::floor<std::chrono::seconds>(value).time_since_epoch().count());
    }
    [[nodiscard]] std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

// Once something is missing or impossible, everything read is empty and good() is false.
class Decoder {
  public:
    explicit Decoder(std::string_view bytes) : rest_(bytes) {}

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (rest_.empty()) break;
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
            if (byte < 0x80) return value;
        }
        return fail();
    }
    std::int64_t signed_number() {
        const std::uint64_t bits = number();
        return static_cast<std::int64_t>((bits >> 1U) ^ (0 - (bits & 1U)));
    }
    std::string text() {
        const std::uint64_t size = number();
        if (size > rest_.size()) {
            fail();
            return {};
        }
        std::string value(rest_.substr(0, static_cast<std::size_t>(size)));
        rest_.remove_prefix(static_cast<std::size_t>(size));
        return value;
    }
    // A count of items of at least one byte each, so that a wrong one cannot ask for memory.
    std::size_t count() {
        const std::uint64_t value = number();
        return static_cast<std::size_t>(value > rest_.size() ? fail() : value);
    }
    std::vector<std::string> texts() {
        std::vector<std::string> values(count());
        for (auto& value : values) value = text();
        return values;
    }
    Date date() {
        const std::int64_t days = signed_number();
        constexpr std::int64_t far = 4'000'000;  // some eleven thousand years
        return Date(std::chrono::sys_days(std::chrono::days(
            days < -far || days > far ? static_cast<std::int64_t>(fail()) : days)));
    }
    Instant instant() {
        const std::int64_t seconds = signed_number();
        constexpr std::int64_t far = 9'000'000'000;  // 2255; a clock in nanoseconds ends in 2262
        return Instant(std::chrono::seconds(
            seconds < -far || seconds > far ? static_cast<std::int64_t>(fail()) : seconds));
    }
    // Whether everything was there and nothing is left over.
    [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }
    std::uint64_t fail() {
        good_ = false;
        rest_ = {};
        return 0;
    }

  private:
    std::string_view rest_;
    bool good_ = true;
};

std::uint64_t bsn_number(const std::string& bsn) {
    std::uint64_t value = 0;
    std::from_chars(bsn.data(), bsn.data() + bsn.size(), value);
    return value;
}

void encode_relation(Encoder& out, const Relation& relation,
                     const std::vector<std::string>& names) {
    const auto name = std::find(names.begin(), names.end(), relation.name);
    out.number(static_cast<std::uint64_t>(name - names.begin()));
    out.number((relation.organisation ? party_is_organisation : 0) |
               (relation.valid_from ? has_valid_from : 0) | (relation.valid_to ? has_valid_to : 0));
    if (relation.organisation) {
        out.number(*relation.organisation);
    } else {
        out.text(relation.email);
    }
    if (relation.valid_from) out.date(*relation.valid_from);
    if (relation.valid_to) out.date(*relation.valid_to);
}

Relation decode_relation(Decoder& in, const std::vector<std::string>& names) {
    Relation relation;
    const std::uint64_t name = in.number();
    if (name < names.size()) {
        relation.name = names[static_cast<std::size_t>(name)];
    } else {
        in.fail();
    }
    const std::uint64_t flags = in.number();
    if ((flags & party_is_organisation) != 0) {
        relation.organisation = static_cast<OrganisationNumber>(in.number());
    } else {
        relation.email = in.text();
    }
    if ((flags & has_valid_from) != 0) relation.valid_from = in.date();
    if ((flags & has_valid_to) != 0) relation.valid_to = in.date();
    return relation;
}

}  // namespace

std::string encode(const Subject& subject, const std::vector<std::string>& names) {
    Encoder out;
    out.text(subject.id);
    out.number(bsn_number(subject.bsn));
    out.texts(subject.other_ids);
    out.text(subject.initials);
    out.text(subject.given_names);
    out.text(subject.prefix);
    out.text(subject.surname);
    out.text(subject.partner_prefix);
    out.text(subject.partner_surname);
    out.number(subject.birth_date ? has_birth_date : 0);
    if (subject.birth_date) out.date(*subject.birth_date);
    out.text(subject.postcode);
    out.text(subject.house_number);
    out.texts(subject.emails);
    out.number(subject.relations.size());
    for (const Relation& relation : subject.relations) encode_relation(out, relation, names);
    return out.take();
}

std::shared_ptr<const Subject> decode_subject(std::string_view bytes, SubjectNumber number,
                                              const std::vector<std::string>& names) {
    Decoder in(bytes);
    auto subject = std::make_shared<Subject>();
    subject->number = number;
    subject->id = in.text();
    const std::uint64_t bsn = in.number();
    if (bsn != 0) subject->bsn = format("{:09}", bsn);
    subject->other_ids = in.texts();
    subject->initials = in.text();
    subject->given_names = in.text();
    subject->prefix = in.text();
    subject->surname = in.text();
    subject->partner_prefix = in.text();
    subject->partner_surname = in.text();
    if ((in.number() & has_birth_date) != 0) subject->birth_date = in.date();
    subject->postcode = in.text();
    subject->house_number = in.text();
    subject->emails = in.texts();
    const std::size_t relations = in.count();
    subject->relations.reserve(relations);
    for (std::size_t i = 0; i < relations; ++i) {
        subject->relations.push_back(decode_relation(in, names));
    }
    if (!in.complete()) return nullptr;
    return subject;
}

std::string encode(const Organisation& organisation) {
    Encoder out;
    out.text(organisation.id);
    out.text(organisation.name);
    out.texts(organisation.domains);
    out.texts(organisation.addresses);
    out.text(organisation.kvk);
    out.text(organisation.payroll_number);
    return out.take();
}

std::shared_ptr<const Organisation> decode_organisation(std::string_view bytes,
                                                        OrganisationNumber number) {
    Decoder in(bytes);
    auto organisation = std::make_shared<Organisation>();
    organisation->number = number;
    organisation->id = in.text();
    organisation->name = in.text();
    organisation->domains = in.texts();
    organisation->addresses = in.texts();
    organisation->kvk = in.text();
    organisation->payroll_number = in.text();
    if (!in.complete()) return nullptr;
    return organisation;
}

std::string encode(const Description& description) {
    const Stats& stats = description.stats;
    Encoder out;
    out.number(stats.format);
    out.number(stats.subjects);
    out.number(stats.organisations);
    out.number(stats.relations);
    out.instant(stats.built_at);
    out.instant(stats.source_as_of);
    out.text(stats.source_digest);
    out.texts(description.other_id_shapes);
    out.texts(description.relation_names);
    out.text(description.surname_filter);
    out.texts(description.dotless_domains);
    out.number(description.free_subject);
    out.number(description.free_organisation);
    out.number(stats.updates);
    out.instant(stats.updated_at);
    return out.take();
}

std::optional<Description> decode_description(std::string_view bytes) {
    Decoder in(bytes);
    Description description;
    Stats& stats = description.stats;
    stats.format = static_cast<std::uint32_t>(in.number());
    stats.subjects = in.number();
    stats.organisations = in.number();
    stats.relations = in.number();
    stats.built_at = in.instant();
    stats.source_as_of = in.instant();
    stats.source_digest = in.text();
    description.other_id_shapes = in.texts();
    description.relation_names = in.texts();
    description.surname_filter = in.text();
    description.dotless_domains = in.texts();
    description.free_subject = static_cast<SubjectNumber>(in.number());
    description.free_organisation = static_cast<OrganisationNumber>(in.number());
    stats.updates = in.number();
    stats.updated_at = in.instant();
    if (!in.complete()) return std::nullopt;
    return description;
}

}  // namespace postwacht::registry
