#include "registry/census.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <ext/pb_ds/assoc_container.hpp>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/format.hpp"
#include "crypto/keys.hpp"
#include "crypto/record_cipher.hpp"
#include "registry/row_batches.hpp"
#include "registry/sip_hash.hpp"

namespace postwacht::registry {
namespace {

// What is reported late is little.
constexpr std::size_t report_memory = 4U << 20U;

constexpr std::uint32_t no_number = 0xFFFFFFFF;
// The party of a relation whose organisation is left out.
constexpr std::uint32_t left_out_party = 0xFFFFFFFE;

// Where an id or a BSN stands. That of a bad row has no number.
struct Claim {
    RowHash value;
    std::uint32_t number = no_number;
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    bool operator<(const Claim& other) const {
        return std::tie(value, number) < std::tie(other.value, other.number);
    }
};

// A relation that waits for its subject.
struct UnboundRelation {
    RowHash subject_id;
    RelationEntry relation;  // but for its subject
    std::uint32_t line = 0;  // of the subject_id
    std::uint32_t column = 0;

    bool operator<(const UnboundRelation& other) const { return subject_id < other.subject_id; }
};

// What is to be reported of a row that was read long ago.
struct LateReport {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::uint32_t first_line = 0;  // of the row that has the value too

    bool operator<(const LateReport& other) const {
        return std::tie(line, column) < std::tie(other.line, other.column);
    }
};

struct HashOfHash {
    std::size_t operator()(const RowHash& hash) const noexcept { return hash.low; }
};

// Each text once, with a number; asked by several threads.
class Names {
  public:
    std::uint32_t number_of(const std::string& name) {
        const std::lock_guard lock(mutex_);
        const auto [place, added] =
            numbers_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
        if (added) names_.push_back(name);
        return place->second;
    }
    // When nobody asks any more.
    [[nodiscard]] const std::vector<std::string>& all() const { return names_; }

  private:
    std::mutex mutex_;
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::vector<std::string> names_;
};

// What a thread knows of them already.
class KnownNames {
  public:
    explicit KnownNames(Names& names) : names_(&names) {}
    std::uint32_t number_of(const std::string& name) {
        const auto [place, added] = known_.try_emplace(name, 0);
        if (added) place->second = names_->number_of(name);
        return place->second;
    }

  private:
    Names* names_;
    std::unordered_map<std::string, std::uint32_t> known_;
};

std::int32_t days_of(const std::optional<Date>& date) {
    if (!date) return RelationEntry::no_day;
    return static_cast<std::int32_t>(std::chrono::sys_days(*date).time_since_epoch().count());
}
std::optional<Date> date_of(std::int32_t days) {
    if (days == RelationEntry::no_day) return std::nullopt;
    return Date(std::chrono::sys_days(std::chrono::days(days)));
}

Result<RowHasher> make_hasher() {
    std::array<std::uint8_t, 2 * sizeof(SipKey)> bytes{};
    POSTWACHT_CHECK(crypto::random_bytes(bytes));
    const auto keys = std::bit_cast<std::array<SipKey, 2>>(bytes);
    return RowHasher(keys[0], keys[1]);
}

struct OrganisationClaim {
    std::uint32_t number = no_number;
    std::uint32_t line = 0;
};

// What came of a batch of rows.
struct CheckedIds {
    std::vector<Claim> ids;
    std::vector<Claim> bsns;
    std::vector<BadRow> bad;
    std::uint32_t end = 0;
};
struct CheckedRelations {
    std::vector<UnboundRelation> relations;  // e-mails count from the start of `emails`
    std::string emails;
    std::vector<BadRow> bad;
};

using Nothing = std::monostate;
Result<Nothing> nothing(const RowBatch&) {
    return Nothing{};
}

}  // namespace

struct Census::State {
    State(const Source& whole, const std::filesystem::path& folder, std::size_t sort_memory,
          BadRows& reports, Progress& telling, const RowHasher& hasher, SpillFile email_file,
          crypto::RecordCipher email_cipher)
        : source(whole),
          bad_rows(reports),
          progress(telling),
          hash(hasher),
          ids(folder, sort_memory / 4),
          bsns(folder, sort_memory / 4),
          unbound(folder, sort_memory / 4),
          relations(folder, sort_memory / 4),
          unknown(folder, report_memory),
          duplicate_ids(folder, report_memory),
          duplicate_bsns(folder, report_memory),
          emails(std::move(email_file)),
          cipher(std::move(email_cipher)) {}

    Result<void> check_organisations();
    Result<void> check_subjects();
    Result<void> check_relations();
    Result<void> bind_relations();
    Result<void> compare_bsns();
    Result<void> report_late(ExternalSort<LateReport>& reports, const Table& table,
                             std::size_t column, std::string (*what)(const LateReport&));
    [[nodiscard]] CheckedRelations check(const RowBatch& batch);
    void bind(const RelationRow& row, Row& place, UnboundRelation& relation,
              crypto::RecordCipher::Sealer& sealer, CheckedRelations& checked) const;

    const Source& source;
    BadRows& bad_rows;
    Progress& progress;
    RowHasher hash;

    // Open addressing: each of forty million relations asks, and every miss of the cache counts.
    __gnu_pbds::gp_hash_table<RowHash, OrganisationClaim, HashOfHash> organisations;
    std::vector<bool> organisation_left_out;  // by number
    std::vector<bool> subject_left_out;
    ExternalSort<Claim> ids;
    ExternalSort<Claim> bsns;
    ExternalSort<UnboundRelation> unbound;
    ExternalSort<RelationEntry> relations;
    ExternalSort<LateReport> unknown;
    ExternalSort<LateReport> duplicate_ids;
    ExternalSort<LateReport> duplicate_bsns;
    Names names;
    SpillFile emails;  // each with its length before it, sealed
    crypto::RecordCipher cipher;
};

Result<void> Census::State::check_organisations() {
    progress.begin("checking organisations");
    constexpr auto id_column = organisation_column::organisation_id;
    const Table& table = source.organisations;
    return process_rows(
        table, nothing,
        [&](const RowBatch& batch, Nothing) {
            CheckedIds checked;
            for (std::size_t i = 0; i < batch.size(); ++i) {
                Row row = batch.row(i, table);
                const auto organisation = read_organisation(row);
                if (!organisation) checked.bad.push_back(*row.bad());
                if (!row.has_values()) continue;
                const auto number = batch.first() + static_cast<std::uint32_t>(i);
                checked.ids.push_back({hash(row.text(id_column)), organisation ? number : no_number,
                                       row.line_of(id_column), row.column_of(id_column)});
            }
            checked.end = batch.first() + static_cast<std::uint32_t>(batch.size());
            return checked;
        },
        [&](CheckedIds checked, std::uint64_t offset) -> Result<void> {
            progress.at(offset);
            for (BadRow& bad : checked.bad) bad_rows.add(std::move(bad));
            organisation_left_out.resize(checked.end);
            for (const Claim& claim : checked.ids) {
                OrganisationClaim& known = organisations[claim.value];
                if (claim.number == no_number) continue;
                if (known.number == no_number) {
                    known = {claim.number, claim.line};
                    continue;
                }
                organisation_left_out[claim.number] = true;
                bad_rows.add(
                    bad_value(table, claim.line, claim.column, id_column,
                              format("the organisation_id is that of line {} too", known.line)));
            }
            return {};
        });
}

Result<void> Census::State::check_subjects() {
    progress.begin("checking subjects");
    constexpr auto id_column = subject_column::subject_id;
    constexpr auto bsn_column = subject_column::bsn;
    const Table& table = source.subjects;
    return process_rows(
        table, nothing,
        [&](const RowBatch& batch, Nothing) {
            CheckedIds checked;
            for (std::size_t i = 0; i < batch.size(); ++i) {
                Row row = batch.row(i, table);
                const auto subject = read_subject(row);
                if (!subject) checked.bad.push_back(*row.bad());
                if (!row.has_values()) continue;
                const std::uint32_t line = row.line_of(id_column);
                const auto number = batch.first() + static_cast<std::uint32_t>(i);
                checked.ids.push_back({hash(row.text(id_column)), subject ? number : no_number,
                                       line, row.column_of(id_column)});
                if (subject && !subject->bsn.empty())
                    checked.bsns.push_back(
                        {hash(subject->bsn), number, line, row.column_of(bsn_column)});
            }
            checked.end = batch.first() + static_cast<std::uint32_t>(batch.size());
            return checked;
        },
        [&](CheckedIds checked, std::uint64_t offset) -> Result<void> {
            progress.at(offset);
            for (BadRow& bad : checked.bad) bad_rows.add(std::move(bad));
            subject_left_out.resize(checked.end);
            for (const Claim& claim : checked.ids) POSTWACHT_CHECK(ids.add(claim));
            for (const Claim& claim : checked.bsns) POSTWACHT_CHECK(bsns.add(claim));
            return {};
        });
}

void Census::State::bind(const RelationRow& row, Row& place, UnboundRelation& relation,
                         crypto::RecordCipher::Sealer& sealer, CheckedRelations& checked) const {
    if (row.organisation_id.empty()) {
        // Whoever finds the temporary file learns no address.
        const auto sealed = sealer.seal(row.relation.email, std::string_view());
        if (!sealed) throw std::bad_alloc();
        relation.relation.email = checked.emails.size();
        const auto size = static_cast<std::uint32_t>(sealed->size());
        checked.emails.append(reinterpret_cast<const char*>(&size), sizeof size);
        checked.emails += *sealed;
        return;
    }
    const auto party = organisations.find(hash(row.organisation_id));
    if (party == organisations.end()) {
        place.reject(relation_column::organisation_id, "there is no organisation with this id");
        return;
    }
    relation.relation.organisation =
        party->second.number == no_number ? left_out_party : party->second.number;
}

CheckedRelations Census::State::check(const RowBatch& batch) {
    CheckedRelations checked;
    auto sealer = cipher.sealer();
    if (!sealer) throw std::bad_alloc();
    KnownNames known(names);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        Row row = batch.row(i, source.relations);
        const auto read = read_relation(row);
        UnboundRelation relation;
        if (read) bind(*read, row, relation, *sealer, checked);
        if (!row.good()) {
            checked.bad.push_back(*row.bad());
            continue;
        }
        relation.subject_id = hash(read->subject_id);
        relation.line = row.line_of(relation_column::subject_id);
        relation.column = row.column_of(relation_column::subject_id);
        relation.relation.order = batch.first() + static_cast<std::uint32_t>(i);
        relation.relation.name = known.number_of(read->relation.name);
        relation.relation.valid_from = days_of(read->relation.valid_from);
        relation.relation.valid_to = days_of(read->relation.valid_to);
        checked.relations.push_back(relation);
    }
    return checked;
}

Result<void> Census::State::check_relations() {
    progress.begin("checking relations");
    return process_rows(
        source.relations, nothing, [&](const RowBatch& batch, Nothing) { return check(batch); },
        [&](CheckedRelations checked, std::uint64_t offset) -> Result<void> {
            progress.at(offset);
            for (BadRow& bad : checked.bad) bad_rows.add(std::move(bad));
            const std::uint64_t base = emails.size();
            if (!checked.emails.empty()) POSTWACHT_CHECK(emails.append(checked.emails));
            for (UnboundRelation& relation : checked.relations) {
                relation.relation.email += base;
                POSTWACHT_CHECK(unbound.add(relation));
            }
            return {};
        });
}

// Walks over ids and relations side by side. Of several rows with one id the first is the subject.
Result<void> Census::State::bind_relations() {
    progress.begin("sorting relations");
    POSTWACHT_CHECK(ids.sort());
    POSTWACHT_CHECK(unbound.sort());
    POSTWACHT_TRY(id, ids.next());
    POSTWACHT_TRY(relation, unbound.next());
    const auto next_relation = [&]() -> Result<void> {
        POSTWACHT_TRY(next, unbound.next());
        relation = next;
        return {};
    };
    const auto report_unknown = [&]() -> Result<void> {
        POSTWACHT_CHECK(unknown.add({relation->line, relation->column, 0}));
        return next_relation();
    };
    while (id != nullptr) {
        const Claim subject = *id;
        while (true) {
            POSTWACHT_TRY(next, ids.next());
            id = next;
            if (id == nullptr || id->value != subject.value) break;
            if (id->number == no_number) continue;
            subject_left_out[id->number] = true;
            POSTWACHT_CHECK(duplicate_ids.add({id->line, id->column, subject.line}));
        }
        while (relation != nullptr && relation->subject_id < subject.value)
            POSTWACHT_CHECK(report_unknown());
        for (; relation != nullptr && relation->subject_id == subject.value;) {
            if (subject.number != no_number && relation->relation.organisation != left_out_party) {
                RelationEntry bound = relation->relation;
                bound.subject = subject.number;
                POSTWACHT_CHECK(relations.add(bound));
            }
            POSTWACHT_CHECK(next_relation());
        }
    }
    while (relation != nullptr) POSTWACHT_CHECK(report_unknown());
    POSTWACHT_CHECK(report_late(
        duplicate_ids, source.subjects, subject_column::subject_id, [](const LateReport& report) {
            return format("the subject_id is that of line {} too", report.first_line);
        }));
    POSTWACHT_CHECK(report_late(
        unknown, source.relations, relation_column::subject_id,
        [](const LateReport&) { return std::string("there is no subject with this id"); }));
    return relations.sort();
}

// A row that is left out for its id is not a reason to leave out another one.
Result<void> Census::State::compare_bsns() {
    progress.begin("comparing BSNs");
    POSTWACHT_CHECK(bsns.sort());
    Claim first;
    while (true) {
        POSTWACHT_TRY(claim, bsns.next());
        if (claim == nullptr) break;
        if (subject_left_out[claim->number]) continue;
        if (first.number == no_number || first.value != claim->value) {
            first = *claim;
            continue;
        }
        subject_left_out[claim->number] = true;
        POSTWACHT_CHECK(duplicate_bsns.add({claim->line, claim->column, first.line}));
    }
    return report_late(duplicate_bsns, source.subjects, subject_column::bsn,
                       [](const LateReport& report) {
                           return format("the BSN is that of line {} too", report.first_line);
                       });
}

Result<void> Census::State::report_late(ExternalSort<LateReport>& reports, const Table& table,
                                        std::size_t column,
                                        std::string (*what)(const LateReport&)) {
    POSTWACHT_CHECK(reports.sort());
    while (true) {
        POSTWACHT_TRY(report, reports.next());
        if (report == nullptr) return {};
        bad_rows.add(bad_value(table, report->line, report->column, column, what(*report)));
    }
}

Census::Census(std::unique_ptr<State> state) : state_(std::move(state)) {}
Census::Census(Census&&) noexcept = default;
Census::~Census() = default;

Result<Census> Census::create(const Source& source, const std::filesystem::path& folder,
                              std::size_t sort_memory, BadRows& bad_rows, Progress& progress) {
    POSTWACHT_TRY(emails, SpillFile::create(folder));
    POSTWACHT_TRY(key, crypto::SecretKey::generate());
    POSTWACHT_TRY(cipher, crypto::RecordCipher::create(key));
    POSTWACHT_TRY(hasher, make_hasher());
    return Census(std::make_unique<State>(source, folder, sort_memory, bad_rows, progress, hasher,
                                          std::move(emails), std::move(cipher)));
}

Result<void> Census::run() {
    POSTWACHT_CHECK(state_->check_organisations());
    POSTWACHT_CHECK(state_->check_subjects());
    POSTWACHT_CHECK(state_->check_relations());
    // Before anything is said of rows that are missing, all of them must have come.
    POSTWACHT_CHECK(state_->source.intact());
    POSTWACHT_CHECK(state_->bind_relations());
    return state_->compare_bsns();
}

bool Census::leaves_out_subject(SubjectNumber number) const {
    return state_->subject_left_out[number];
}
bool Census::leaves_out_organisation(OrganisationNumber number) const {
    return state_->organisation_left_out[number];
}
SubjectNumber Census::free_subject() const {
    return static_cast<SubjectNumber>(state_->subject_left_out.size());
}
OrganisationNumber Census::free_organisation() const {
    return static_cast<OrganisationNumber>(state_->organisation_left_out.size());
}
const std::vector<std::string>& Census::relation_names() const {
    return state_->names.all();
}
ExternalSort<RelationEntry>& Census::relations() {
    return state_->relations;
}

Result<Relation> Census::expand(const RelationEntry& entry) const {
    Relation relation;
    relation.name = state_->names.all()[entry.name];
    if (entry.organisation != RelationEntry::no_organisation) {
        relation.organisation = entry.organisation;
    } else {
        std::uint32_t size = 0;
        POSTWACHT_CHECK(
            state_->emails.read(entry.email, reinterpret_cast<char*>(&size), sizeof size));
        std::string sealed(size, '\0');
        POSTWACHT_CHECK(
            state_->emails.read(entry.email + sizeof size, sealed.data(), sealed.size()));
        POSTWACHT_TRY(email, state_->cipher.open(sealed, std::string_view()));
        relation.email = std::move(email);
    }
    relation.valid_from = date_of(entry.valid_from);
    relation.valid_to = date_of(entry.valid_to);
    return relation;
}

}  // namespace postwacht::registry
