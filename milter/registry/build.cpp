// Building goes over the source twice. The first pass (census.hpp) checks every row and finds out
// who is there twice; nothing is written before it has ended well. The second pass reads subjects
// and organisations again and writes them; what they are found by is sorted outside of memory and
// written behind them. Memory is that of the buffers, whatever the size of the source.
#include "registry/build.hpp"

#include <future>
#include <set>
#include <utility>
#include <variant>

#include "base/clock.hpp"
#include "base/format.hpp"
#include "registry/census.hpp"
#include "registry/index_file.hpp"
#include "registry/index_writer.hpp"
#include "registry/row_batches.hpp"
#include "registry/source.hpp"
#include "registry/subject_keys.hpp"
#include "registry/word_filter.hpp"

namespace postwacht::registry {
namespace {

// All that the steps together read, for progress; writing keys takes about as long as a pass over
// the subjects.
std::uint64_t work_of(const Source& source) {
    return 2 * source.organisations.reader().bytes() + 3 * source.subjects.reader().bytes() +
           source.relations.reader().bytes();
}

// A batch of rows as they go into the index.
struct SealedRows {
    std::vector<std::pair<std::uint32_t, std::string>> records;
    SubjectKeys keys;
    std::uint64_t relations = 0;
    std::optional<Error> error;
};

class Builder {
  public:
    Builder(const BuildOptions& options, const Source& source, IndexWriter& writer)
        : options_(&options),
          source_(&source),
          writer_(&writer),
          folder_(folder_of(options.index)),
          bad_rows_(options.bad_row),
          progress_(options.progress, work_of(source)) {}

    Result<BuildReport> run() {
        POSTWACHT_TRY(
            census, Census::create(*source_, folder_, options_->sort_memory, bad_rows_, progress_));
        POSTWACHT_CHECK(census.run());
        POSTWACHT_CHECK(judge_bad_rows(bad_rows_, options_->max_bad_rows, options_->source));
        auto digest = std::async(std::launch::async, [this] { return source_->digest(); });
        POSTWACHT_CHECK(writer_->begin(source_->bytes()));
        POSTWACHT_CHECK(write_organisations(census));
        POSTWACHT_TRY(filter, write_subjects(census));
        // Both passes must have seen the same rows, or keys would lead to other records.
        POSTWACHT_CHECK(source_->intact());
        POSTWACHT_TRY(source_digest, digest.get());
        progress_.begin("sealing the index");
        description_.relation_names = census.relation_names();
        description_.dotless_domains = source_->subjects.mailboxes().dotless_domains();
        description_.free_subject = census.free_subject();
        description_.free_organisation = census.free_organisation();
        Stats& stats = description_.stats;
        stats.format = index_format;
        stats.source_as_of = source_->as_of();
        stats.source_digest = std::move(source_digest);
        stats.built_at = system_clock().now();
        POSTWACHT_CHECK(writer_->finish(description_, filter.bytes()));
        return BuildReport{stats, bad_rows_.count()};
    }

  private:
    Result<void> write_organisations(const Census& census) {
        progress_.begin("writing organisations");
        const Table& table = source_->organisations;
        ExternalSort<KeyEntry> keys(folder_, options_->sort_memory / 2);
        auto passed = process_rows(
            table, [](const RowBatch&) { return Result<std::monostate>(std::monostate()); },
            [&](const RowBatch& batch, std::monostate) {
                SealedRows sealed;
                auto sealer = writer_->sealer();
                if (!sealer) {
                    sealed.error = std::move(sealer).error();
                    return sealed;
                }
                for (std::size_t i = 0; i < batch.size(); ++i) {
                    Row row = batch.row(i, table);
                    auto organisation = read_organisation(row);
                    const auto number = batch.first() + static_cast<std::uint32_t>(i);
                    if (!organisation || census.leaves_out_organisation(number)) continue;
                    organisation->number = number;
                    add_organisation_keys(writer_->hash(), *organisation, sealed.keys.entries);
                    add(sealed, number,
                        IndexWriter::seal_organisation(*sealer, number, encode(*organisation)));
                }
                return sealed;
            },
            [&](SealedRows sealed, std::uint64_t offset) -> Result<void> {
                progress_.at(offset);
                if (sealed.error) return *sealed.error;
                for (const auto& [number, record] : sealed.records)
                    POSTWACHT_CHECK(writer_->put_organisation(number, record));
                for (const KeyEntry& key : sealed.keys.entries) POSTWACHT_CHECK(keys.add(key));
                description_.stats.organisations += sealed.records.size();
                return {};
            });
        POSTWACHT_CHECK(std::move(passed));
        POSTWACHT_CHECK(keys.sort());
        return for_each_key(keys, [&](const LookupKey& key, const auto& numbers) {
            return writer_->put_organisation_key(key, numbers);
        });
    }

    Result<KeyFilter::Builder> write_subjects(Census& census) {
        progress_.begin("writing subjects");
        ExternalSort<KeyEntry> keys(folder_, options_->sort_memory / 2);
        POSTWACHT_TRY(filter_hashes, SpillFile::create(folder_));
        std::set<std::string> shapes;
        const SubjectKeyMaker maker(writer_->hash());
        WordFilter::Builder surnames(word_filter_key(writer_->hash()));
        RelationsInOrder relations(census.relations());
        POSTWACHT_CHECK(relations.begin());
        auto passed = process_rows(
            source_->subjects,
            [&](const RowBatch& batch) {
                return relations.below(batch.first() + static_cast<std::uint32_t>(batch.size()));
            },
            [&](const RowBatch& batch, std::vector<RelationEntry>& with) {
                return seal_subjects(batch, with, census, maker);
            },
            [&](SealedRows sealed, std::uint64_t offset) -> Result<void> {
                progress_.at(offset);
                if (sealed.error) return *sealed.error;
                for (const auto& [number, record] : sealed.records)
                    POSTWACHT_CHECK(writer_->put_subject(number, record));
                for (const KeyEntry& key : sealed.keys.entries) POSTWACHT_CHECK(keys.add(key));
                const auto& hashes = sealed.keys.filter;
                POSTWACHT_CHECK(filter_hashes.append({reinterpret_cast<const char*>(hashes.data()),
                                                      hashes.size() * sizeof hashes[0]}));
                for (const std::uint64_t hash : sealed.keys.surnames) surnames.add_hash(hash);
                shapes.merge(sealed.keys.shapes);
                description_.stats.subjects += sealed.records.size();
                description_.stats.relations += sealed.relations;
                return {};
            });
        POSTWACHT_CHECK(std::move(passed));
        description_.surname_filter = surnames.finish();
        description_.other_id_shapes.assign(shapes.begin(), shapes.end());
        return write_keys(keys, filter_hashes);
    }

    // The filter is filled by another thread meanwhile.
    Result<KeyFilter::Builder> write_keys(ExternalSort<KeyEntry>& keys,
                                          const SpillFile& filter_hashes) {
        progress_.begin("writing keys");
        auto filled = std::async(std::launch::async, [&] { return fill_filter(filter_hashes); });
        POSTWACHT_CHECK(keys.sort());
        const std::uint64_t share = source_->subjects.reader().bytes();
        const std::uint64_t count = std::max<std::uint64_t>(keys.count(), 1);
        std::uint64_t written = 0;
        POSTWACHT_CHECK(for_each_key(keys, [&](const LookupKey& key, const auto& numbers) {
            written += numbers.size();
            if (written % 65536 < numbers.size())
                progress_.at(static_cast<std::uint64_t>(static_cast<double>(share) *
                                                        static_cast<double>(written) /
                                                        static_cast<double>(count)));
            return writer_->put_subject_key(key, numbers);
        }));
        progress_.at(share);
        return filled.get();
    }

    static Result<KeyFilter::Builder> fill_filter(const SpillFile& hashes) {
        constexpr std::size_t step = 1U << 16U;
        const std::uint64_t count = hashes.size() / sizeof(std::uint64_t);
        KeyFilter::Builder filter(count);
        std::vector<std::uint64_t> some;
        for (std::uint64_t at = 0; at < count; at += some.size()) {
            some.resize(static_cast<std::size_t>(std::min<std::uint64_t>(step, count - at)));
            POSTWACHT_CHECK(hashes.read(at * sizeof some[0], reinterpret_cast<char*>(some.data()),
                                        some.size() * sizeof some[0]));
            filter.add(some);
        }
        return filter;
    }

    // Hands out relations for one batch of subjects after the other.
    class RelationsInOrder {
      public:
        explicit RelationsInOrder(ExternalSort<RelationEntry>& sorted) : sorted_(&sorted) {}
        Result<void> begin() { return step(); }
        Result<std::vector<RelationEntry>> below(SubjectNumber end) {
            std::vector<RelationEntry> some;
            while (next_ != nullptr && next_->subject < end) {
                some.push_back(*next_);
                POSTWACHT_CHECK(step());
            }
            return some;
        }

      private:
        Result<void> step() {
            POSTWACHT_TRY(next, sorted_->next());
            next_ = next;
            return {};
        }

        ExternalSort<RelationEntry>* sorted_;
        const RelationEntry* next_ = nullptr;
    };

    // In a worker.
    [[nodiscard]] SealedRows seal_subjects(const RowBatch& batch,
                                           const std::vector<RelationEntry>& relations,
                                           const Census& census,
                                           const SubjectKeyMaker& maker) const {
        SealedRows sealed;
        auto sealer = writer_->sealer();
        if (!sealer) {
            sealed.error = std::move(sealer).error();
            return sealed;
        }
        auto relation = relations.begin();
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const auto number = batch.first() + static_cast<std::uint32_t>(i);
            const auto own = relation;
            while (relation != relations.end() && relation->subject == number) ++relation;
            Row row = batch.row(i, source_->subjects);
            auto subject = read_subject(row);
            if (!subject || census.leaves_out_subject(number)) continue;
            subject->number = number;
            for (auto entry = own; entry != relation; ++entry) {
                auto expanded = census.expand(*entry);
                if (!expanded) {
                    sealed.error = std::move(expanded).error();
                    return sealed;
                }
                subject->relations.push_back(std::move(*expanded));
            }
            sealed.relations += subject->relations.size();
            maker.add(*subject, sealed.keys);
            add(sealed, number,
                IndexWriter::seal_subject(*sealer, number,
                                          encode(*subject, census.relation_names())));
        }
        return sealed;
    }

    static void add(SealedRows& sealed, std::uint32_t number, Result<std::string> record) {
        if (record)
            sealed.records.emplace_back(number, std::move(*record));
        else
            sealed.error = std::move(record).error();
    }

    const BuildOptions* options_;
    const Source* source_;
    IndexWriter* writer_;
    std::filesystem::path folder_;
    BadRows bad_rows_;
    Progress progress_;
    Description description_;
};

}  // namespace

Result<BuildReport> build(const BuildOptions& options, const crypto::SecretKey& key) {
    // First the lock, so that a second build stops at once and not after minutes of reading.
    POSTWACHT_TRY(lock, lock_folder_of(options.index));
    POSTWACHT_TRY(writer, IndexWriter::create(options.index, options.index, key));
    POSTWACHT_TRY(source, options.open ? options.open() : Source::open(options.source));
    source.use(Mailboxes(options.dotless_domains));
    POSTWACHT_TRY(report, Builder(options, source, writer).run());
    // Those of the index that is gone. One that a crash leaves here is removed by the next.
    POSTWACHT_CHECK(remove_other_updates(options.index, writer.salt()));
    return report;
}

}  // namespace postwacht::registry
