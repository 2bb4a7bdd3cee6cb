#include "registry/update.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "registry/changed_records.hpp"
#include "registry/delta.hpp"
#include "registry/index_file.hpp"
#include "registry/index_writer.hpp"
#include "registry/stored_index.hpp"
#include "registry/subject_keys.hpp"
#include "registry/word_filter.hpp"

namespace postwacht::registry {
namespace {

// More than this was changed since the build: a new one is cheaper for all who read.
constexpr std::size_t most_changed = 4'000'000;
constexpr std::size_t sort_memory = 128U << 20U;

using Ids = std::unordered_set<std::string>;

Ids set_of(const std::vector<std::string>& ids) {
    return {ids.begin(), ids.end()};
}

// Leaves out what may not be, and brings the rest into the records.
class Updater {
  public:
    Updater(const Delta& delta, Changes& changes, ChangedRecords& records, BadRows& bad_rows)
        : delta_(&delta),
          changes_(&changes),
          records_(&records),
          bad_rows_(&bad_rows),
          bad_subjects_(set_of(changes.bad_subjects)),
          bad_organisations_(set_of(changes.bad_organisations)) {}

    Result<void> run() {
        for (auto& change : changes_->organisations) {
            if (change.organisation)
                POSTWACHT_CHECK(records_->put(std::move(*change.organisation)));
            else
                POSTWACHT_CHECK(records_->delete_organisation(change.id));
        }
        POSTWACHT_CHECK(leave_out_duplicate_bsns());
        for (auto& change : changes_->subjects) {
            if (change.subject)
                POSTWACHT_CHECK(records_->put(std::move(*change.subject)));
            else
                POSTWACHT_CHECK(records_->delete_subject(change.id));
        }
        for (auto& change : changes_->relations) POSTWACHT_CHECK(apply(change));
        return {};
    }

    // How many rows of relations were brought in.
    [[nodiscard]] std::uint64_t relations() const { return relations_; }

  private:
    // Two subjects of a delta may change their BSNs, so what counts is who has which in the end. A
    // row that is left out leaves its subject the old one, so all are looked at again after it.
    Result<void> leave_out_duplicate_bsns() {
        auto& rows = changes_->subjects;
        while (true) {
            std::unordered_map<std::string, const SubjectChange*> by_id;
            std::unordered_map<std::string, const SubjectChange*> by_bsn;
            for (const auto& row : rows) by_id[row.id] = &row;
            Ids wrong;
            for (const auto& row : rows) {
                if (!row.subject || row.subject->bsn.empty()) continue;
                const auto [first, added] = by_bsn.try_emplace(row.subject->bsn, &row);
                POSTWACHT_TRY(other, has_it_still(row, by_id));
                if (added && !other) continue;
                report(row, added ? "the BSN is that of another subject of the registry"
                                  : format("the BSN is that of line {} too",
                                           first->second->bsn_place.line));
                wrong.insert(row.id);
            }
            if (wrong.empty()) return {};
            std::erase_if(rows, [&](const auto& row) { return wrong.contains(row.id); });
            bad_subjects_.merge(wrong);
        }
    }

    // Whether a subject that no row changes has the BSN of this row.
    Result<bool> has_it_still(
        const SubjectChange& row,
        const std::unordered_map<std::string, const SubjectChange*>& by_id) const {
        POSTWACHT_TRY(holders, records_->subjects_with_bsn(row.subject->bsn));
        for (const SubjectNumber holder : holders) {
            POSTWACHT_TRY(subject, records_->subject(holder));
            if (subject.id != row.id && !by_id.contains(subject.id)) return true;
        }
        return false;
    }

    void report(const SubjectChange& row, std::string what) {
        bad_rows_->add(delta_->bad_subject(row.bsn_place, subject_column::bsn, std::move(what)));
    }

    Result<void> apply(RelationChange& change) {
        RelationRow& row = change.row;
        POSTWACHT_TRY(subject, records_->subject_with_id(row.subject_id));
        if (!subject) {
            // What refers to a bad row is neither good nor one more mistake.
            if (!change.deleted && !bad_subjects_.contains(row.subject_id))
                bad_rows_->add(delta_->bad_relation(change.subject_place,
                                                    relation_column::subject_id,
                                                    "there is no subject with this id"));
            return {};
        }
        if (!row.organisation_id.empty()) {
            POSTWACHT_TRY(organisation, records_->organisation_with_id(row.organisation_id));
            if (!organisation) {
                if (!change.deleted && !bad_organisations_.contains(row.organisation_id))
                    bad_rows_->add(delta_->bad_relation(change.organisation_place,
                                                        relation_column::organisation_id,
                                                        "there is no organisation with this id"));
                return {};
            }
            row.relation.organisation = *organisation;
        }
        ++relations_;
        if (change.deleted) return records_->delete_relation(*subject, row.relation);
        return records_->put_relation(*subject, std::move(row.relation));
    }

    const Delta* delta_;
    Changes* changes_;
    ChangedRecords* records_;
    BadRows* bad_rows_;
    Ids bad_subjects_;
    Ids bad_organisations_;
    std::uint64_t relations_ = 0;
};

// The names that relations of these subjects have.
std::vector<std::string> relation_names(const ChangedRecords& records) {
    std::set<std::string> names;
    for (const auto& [number, subject] : records.subjects())
        if (subject)
            for (const Relation& relation : subject->relations) names.insert(relation.name);
    return {names.begin(), names.end()};
}

class UpdatesWriter {
  public:
    UpdatesWriter(const ChangedRecords& records, IndexWriter& writer,
                  const std::filesystem::path& folder)
        : records_(&records),
          writer_(&writer),
          description_(records.description()),
          subject_keys_(folder, sort_memory),
          organisation_keys_(folder, sort_memory) {
        description_.relation_names = relation_names(records);
    }

    // `stats` says when and of what; counts are those of the records.
    Result<Stats> run(const Stats& stats) {
        POSTWACHT_CHECK(writer_->begin(room()));
        POSTWACHT_CHECK(write_organisations());
        POSTWACHT_CHECK(write_subjects());
        Stats& own = description_.stats;
        own.source_as_of = stats.source_as_of;
        own.source_digest = stats.source_digest;
        own.updated_at = stats.updated_at;
        own.updates = stats.updates;
        own.format = index_format;
        KeyFilter::Builder filter(filter_.size());
        filter.add(filter_);
        POSTWACHT_CHECK(writer_->finish(description_, filter.bytes()));
        return own;
    }

  private:
    // About as much as all of it would be as CSV, and more.
    [[nodiscard]] std::uint64_t room() const {
        std::uint64_t bytes = 0;
        for (const auto& [number, subject] : records_->subjects())
            bytes += 64 + (subject ? encode(*subject, description_.relation_names).size() : 0);
        for (const auto& [number, changed] : records_->organisations())
            bytes += 64 + encode(changed.organisation).size();
        return bytes;
    }

    Result<void> write_organisations() {
        std::vector<KeyEntry> entries;
        POSTWACHT_TRY(sealer, writer_->sealer());
        for (const auto& [number, changed] : records_->organisations()) {
            POSTWACHT_TRY(sealed, IndexWriter::seal_organisation(sealer, number,
                                                                 encode(changed.organisation)));
            POSTWACHT_CHECK(writer_->put_organisation(number, sealed));
            if (changed.deleted) continue;
            entries.clear();
            add_organisation_keys(writer_->hash(), changed.organisation, entries);
            for (const KeyEntry& entry : entries) POSTWACHT_CHECK(organisation_keys_.add(entry));
        }
        POSTWACHT_CHECK(organisation_keys_.sort());
        return for_each_key(organisation_keys_, [&](const LookupKey& key, const auto& numbers) {
            return writer_->put_organisation_key(key, numbers);
        });
    }

    Result<void> write_subjects() {
        const SubjectKeyMaker maker(writer_->hash());
        WordFilter::Builder surnames(word_filter_key(writer_->hash()));
        std::set<std::string> shapes;
        POSTWACHT_TRY(sealer, writer_->sealer());
        for (const auto& [number, subject] : records_->subjects()) {
            POSTWACHT_TRY(sealed, IndexWriter::seal_subject(
                                      sealer, number,
                                      subject ? encode(*subject, description_.relation_names)
                                              : std::string()));
            POSTWACHT_CHECK(writer_->put_subject(number, sealed));
            if (!subject) continue;
            SubjectKeys keys;
            maker.add(*subject, keys);
            for (const KeyEntry& entry : keys.entries) POSTWACHT_CHECK(subject_keys_.add(entry));
            filter_.insert(filter_.end(), keys.filter.begin(), keys.filter.end());
            for (const std::uint64_t hash : keys.surnames) surnames.add_hash(hash);
            shapes.merge(keys.shapes);
        }
        description_.surname_filter = surnames.finish();
        description_.other_id_shapes.assign(shapes.begin(), shapes.end());
        POSTWACHT_CHECK(subject_keys_.sort());
        return for_each_key(subject_keys_, [&](const LookupKey& key, const auto& numbers) {
            return writer_->put_subject_key(key, numbers);
        });
    }

    const ChangedRecords* records_;
    IndexWriter* writer_;
    Description description_;
    ExternalSort<KeyEntry> subject_keys_;
    ExternalSort<KeyEntry> organisation_keys_;
    std::vector<std::uint64_t> filter_;
};

// Null where there are none yet.
Result<std::shared_ptr<const StoredIndex>> open_updates(const std::filesystem::path& file,
                                                        const crypto::SecretKey& key) {
    if (::access(file.c_str(), F_OK) != 0 && errno == ENOENT)
        return std::shared_ptr<const StoredIndex>();
    return StoredIndex::open(file, key);
}

}  // namespace

Result<UpdateReport> update(const UpdateOptions& options, const crypto::SecretKey& key) {
    const auto tell = [&](const char* what, double share) {
        if (options.progress) options.progress(what, share);
    };
    POSTWACHT_TRY(lock, lock_folder_of(options.index));
    tell("opening the index", 0);
    POSTWACHT_TRY(base, StoredIndex::open(options.index, key));
    const auto file = updates_file(options.index, base->salt());
    POSTWACHT_CHECK(remove_other_updates(options.index, base->salt()));
    POSTWACHT_TRY(before, open_updates(file, key));
    if (!before) POSTWACHT_CHECK(check_never_changed(options.index, base->salt()));

    tell("checking the delta", 0.5);
    BadRows bad_rows(options.bad_row);
    POSTWACHT_TRY(delta, options.open ? options.open() : Delta::open(options.delta));
    POSTWACHT_TRY(changes, delta.read(base->mailboxes(), bad_rows));
    UpdateReport report;
    POSTWACHT_TRY(records, ChangedRecords::load(base, before));
    Updater updater(delta, changes, records, bad_rows);
    POSTWACHT_CHECK(updater.run());
    POSTWACHT_CHECK(judge_bad_rows(bad_rows, options.max_bad_rows, options.delta));
    if (records.subjects().size() + records.organisations().size() > most_changed)
        return Error{ErrorCode::source, options.delta.string(),
                     format("more than {} records were changed since the build", most_changed),
                     "build the index anew with: postwacht registry build"};
    report.subjects = changes.subjects.size();
    report.organisations = changes.organisations.size();
    report.relations = updater.relations();
    report.bad_rows = bad_rows.count();

    tell("writing updates", 0.75);
    Stats stats = records.description().stats;
    POSTWACHT_TRY(digest, delta.digest());
    stats.source_digest = crypto::to_hex(crypto::sha256(stats.source_digest + digest));
    stats.source_as_of = std::max(stats.source_as_of, delta.as_of());
    stats.updated_at = system_clock().now();
    ++stats.updates;
    POSTWACHT_TRY(writer, IndexWriter::create(file, options.index, key));
    UpdatesWriter updates(records, writer, folder_of(options.index));
    POSTWACHT_TRY(written, updates.run(stats));
    report.stats = std::move(written);
    // Behind them, so that no crash leaves a mark without updates.
    if (const auto mark = changed_mark(options.index, base->salt()); !std::filesystem::exists(mark))
        POSTWACHT_CHECK(write_file_durably(mark, "this index has updates\n", 0640));
    return report;
}

}  // namespace postwacht::registry
