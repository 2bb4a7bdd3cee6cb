// Building goes over the source twice. The first pass checks every row and finds out who is there
// twice; nothing is written before it has ended well. The second pass reads the same rows again and
// writes them, so that never more than numbers, keys and relations is kept of all subjects at once:
// about 150 bytes a subject.
#include "registry/build.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "registry/index_writer.hpp"
#include "registry/lookup_key.hpp"
#include "registry/person_keys.hpp"
#include "registry/source.hpp"

namespace postwacht::registry {
namespace {

// Where a row stands, for a report about it that comes later.
struct Place {
    std::uint32_t line = 0;
    std::uint32_t id_column = 0;
    std::uint32_t bsn_column = 0;
};

// Who is in a file, by id. A number is the position of a good row among the good rows.
class Directory {
  public:
    Directory(const crypto::KeyedHash& hash, std::string_view kind) : hash_(&hash), kind_(kind) {}

    std::uint32_t add(std::string_view id, const Place& place) {
        const auto number = static_cast<std::uint32_t>(places_.size());
        places_.push_back(place);
        ids_.add(lookup_key(*hash_, kind_, id), number);
        return number;
    }
    // The id of a bad row: what refers to it is neither good nor one more mistake.
    void add_bad(std::string_view id) { bad_ids_.insert(lookup_key(*hash_, kind_, id)); }
    void sort() {
        ids_.sort();
        left_out_.assign(places_.size(), false);
    }

    enum class Found { good, left_out, unknown };
    // After sort().
    Found find(std::string_view id, std::uint32_t& number) const {
        const LookupKey key = lookup_key(*hash_, kind_, id);
        const auto found = ids_.find(key);
        if (!found) return bad_ids_.contains(key) ? Found::left_out : Found::unknown;
        number = *found;
        return left_out_[number] ? Found::left_out : Found::good;
    }

    // Leaves out every number but the first of each key in `keys` and reports the row, with both
    // lines. `column` says where in its row the value stands.
    void leave_out_duplicates(const KeyTable& keys, const Table& file, const char* what,
                              std::uint32_t Place::*column, BadRows& bad_rows) {
        keys.for_each_key([&](const LookupKey&, std::span<const std::uint32_t> numbers) {
            const Place* first = nullptr;
            for (const std::uint32_t number : numbers) {
                if (left_out_[number]) continue;
                const Place& place = places_[number];
                if (first == nullptr) {
                    first = &place;
                    continue;
                }
                left_out_[number] = true;
                bad_rows.add({file.name(), place.line, place.*column,
                              format("the {} is that of line {} too", what, first->line)});
            }
        });
    }
    void leave_out_duplicate_ids(const Table& file, const char* what, BadRows& bad_rows) {
        leave_out_duplicates(ids_, file, what, &Place::id_column, bad_rows);
    }

    [[nodiscard]] bool left_out(std::uint32_t number) const { return left_out_[number]; }

  private:
    const crypto::KeyedHash* hash_;
    std::string_view kind_;
    KeyTable ids_;
    std::vector<Place> places_;  // by number
    std::set<LookupKey> bad_ids_;
    std::vector<bool> left_out_;  // by number
};

// Each text once, with a number.
class Names {
  public:
    std::uint32_t number_of(const std::string& name) {
        const auto [place, added] =
            numbers_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
        if (added) names_.push_back(name);
        return place->second;
    }
    [[nodiscard]] const std::vector<std::string>& all() const { return names_; }

  private:
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::vector<std::string> names_;
};

// A relation in few bytes: there are more of them than subjects.
struct CompactRelation {
    static constexpr std::uint32_t none = 0xFFFFFFFF;

    SubjectNumber subject = 0;
    std::uint32_t name = 0;
    OrganisationNumber organisation = none;
    std::uint32_t email = none;
    std::optional<Date> valid_from;
    std::optional<Date> valid_to;
};

// Tells how far the build is, a few hundred times in all.
class Progress {
  public:
    Progress(const BuildOptions& options, std::uint64_t total)
        : report_(&options.progress), total_(std::max<std::uint64_t>(total, 1)) {}

    void begin(const char* what) {
        what_ = what;
        done_before_ += done_;
        done_ = 0;
        tell();
    }
    // Bytes of the current step that are done.
    void at(std::uint64_t done) {
        done_ = done;
        if (done_before_ + done_ >= next_) tell();
    }

  private:
    void tell() {
        const std::uint64_t done = done_before_ + done_;
        next_ = done + total_ / 200 + 1;
        if (*report_) {
            (*report_)(what_,
                       std::min(1.0, static_cast<double>(done) / static_cast<double>(total_)));
        }
    }

    const std::function<void(std::string_view, double)>* report_;
    std::uint64_t total_;
    const char* what_ = "";
    std::uint64_t done_before_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t next_ = 0;
};

class Builder {
  public:
    Builder(const BuildOptions& options, const Source& source, IndexWriter& writer)
        : options_(&options),
          source_(&source),
          writer_(&writer),
          bad_rows_(options.bad_row),
          progress_(options, 2 * source.bytes()),
          organisations_(writer.hash(), kind::organisation_id),
          subjects_(writer.hash(), kind::subject_id) {}

    Result<BuildReport> run() {
        check_organisations();
        check_subjects();
        read_relations();
        POSTWACHT_CHECK(source_->intact());
        POSTWACHT_CHECK(judge_bad_rows());
        POSTWACHT_CHECK(writer_->begin(source_->bytes()));
        POSTWACHT_CHECK(write_organisations());
        POSTWACHT_CHECK(write_subjects());
        // Both passes must have seen the same rows, or keys would lead to other records.
        POSTWACHT_CHECK(source_->intact());
        progress_.begin("sealing the index");
        description_.relation_names = relation_names_.all();
        description_.dotless_domains = source_->subjects.mailboxes().dotless_domains();
        Stats& stats = description_.stats;
        stats.format = index_format;
        stats.source_as_of = source_->as_of();
        stats.source_digest = source_->digest();
        stats.built_at = system_clock().now();
        POSTWACHT_CHECK(writer_->finish(description_));
        return BuildReport{stats, bad_rows_.count()};
    }

  private:
    void check_organisations() {
        progress_.begin("checking organisations");
        Rows rows(source_->organisations, &bad_rows_);
        while (rows.next()) {
            progress_.at(rows.offset());
            constexpr auto id_column = organisation_column::organisation_id;
            const auto organisation = read_organisation(rows);
            if (organisation) {
                organisations_.add(organisation->id,
                                   {rows.line_of(id_column), rows.column_of(id_column), 0});
            } else {
                organisations_.add_bad(rows.text(id_column));
            }
        }
        organisations_.sort();
        organisations_.leave_out_duplicate_ids(source_->organisations, "organisation_id",
                                               bad_rows_);
    }

    void check_subjects() {
        progress_.begin("checking subjects");
        KeyTable bsns;
        Rows rows(source_->subjects, &bad_rows_);
        while (rows.next()) {
            progress_.at(rows.offset());
            constexpr auto id_column = subject_column::subject_id;
            const auto subject = read_subject(rows);
            if (!subject) {
                subjects_.add_bad(rows.text(id_column));
                continue;
            }
            const SubjectNumber number =
                subjects_.add(subject->id, {rows.line_of(id_column), rows.column_of(id_column),
                                            rows.column_of(subject_column::bsn)});
            if (!subject->bsn.empty()) {
                bsns.add(lookup_key(writer_->hash(), kind::bsn, subject->bsn), number);
            }
        }
        subjects_.sort();
        subjects_.leave_out_duplicate_ids(source_->subjects, "subject_id", bad_rows_);
        bsns.sort();
        subjects_.leave_out_duplicates(bsns, source_->subjects, "BSN", &Place::bsn_column,
                                       bad_rows_);
    }

    void read_relations() {
        progress_.begin("checking relations");
        Rows rows(source_->relations, &bad_rows_);
        while (rows.next()) {
            progress_.at(rows.offset());
            const auto row = read_relation(rows);
            if (row) keep_relation(*row, rows);
        }
        std::stable_sort(relations_.begin(), relations_.end(),
                         [](const auto& a, const auto& b) { return a.subject < b.subject; });
    }

    void keep_relation(const RelationRow& row, Rows& rows) {
        using Found = Directory::Found;
        CompactRelation relation;
        const Found subject = subjects_.find(row.subject_id, relation.subject);
        if (subject == Found::unknown) {
            rows.reject(relation_column::subject_id, "there is no subject with this id");
            return;
        }
        Found party = Found::good;
        if (!row.organisation_id.empty()) {
            party = organisations_.find(row.organisation_id, relation.organisation);
        } else {
            relation.email = emails_.number_of(row.relation.email);
        }
        if (party == Found::unknown) {
            rows.reject(relation_column::organisation_id, "there is no organisation with this id");
            return;
        }
        if (subject == Found::left_out || party == Found::left_out) return;
        relation.name = relation_names_.number_of(row.relation.name);
        relation.valid_from = row.relation.valid_from;
        relation.valid_to = row.relation.valid_to;
        relations_.push_back(relation);
    }

    Result<void> judge_bad_rows() const {
        if (bad_rows_.count() <= options_->max_bad_rows) return {};
        return Error{
            ErrorCode::source, options_->source.string(),
            format("rows that are bad: {}, that may be: {}; the first is {}; nothing was replaced",
                   bad_rows_.count(), options_->max_bad_rows, bad_rows_.first_place()),
            "correct the source, or leave bad rows out with --max-bad-rows"};
    }

    Result<void> write_organisations() {
        progress_.begin("writing organisations");
        KeyTable keys;
        Rows rows(source_->organisations, nullptr);
        for (OrganisationNumber number = 0; rows.next();) {
            progress_.at(rows.offset());
            auto organisation = read_organisation(rows);
            if (!organisation) continue;
            organisation->number = number++;
            if (organisations_.left_out(organisation->number)) continue;
            for (const auto& address : organisation->addresses) {
                add_key(keys, kind::organisation_address, address, organisation->number);
            }
            for (const auto& domain : organisation->domains) {
                add_key(keys, kind::organisation_domain, domain, organisation->number);
            }
            POSTWACHT_CHECK(writer_->put(*organisation));
            ++description_.stats.organisations;
        }
        keys.sort();
        return writer_->put_organisation_keys(keys);
    }

    Result<void> write_subjects() {
        progress_.begin("writing subjects");
        KeyTable keys;
        std::set<std::string> shapes;
        WordFilter::Builder surnames(word_filter_key(writer_->hash()));
        Rows rows(source_->subjects, nullptr);
        auto next_relation = relations_.begin();
        for (SubjectNumber number = 0; rows.next();) {
            progress_.at(rows.offset());
            auto subject = read_subject(rows);
            if (!subject) continue;
            subject->number = number++;
            if (subjects_.left_out(subject->number)) continue;
            for (; next_relation != relations_.end() && next_relation->subject == subject->number;
                 ++next_relation) {
                subject->relations.push_back(expand(*next_relation));
            }
            add_keys(keys, surnames, *subject);
            for (const auto& id : subject->other_ids) shapes.insert(shape_of(id));
            POSTWACHT_CHECK(writer_->put(*subject, relation_names_.all()));
            ++description_.stats.subjects;
            description_.stats.relations += subject->relations.size();
        }
        description_.surname_filter = surnames.finish();
        description_.other_id_shapes.assign(shapes.begin(), shapes.end());
        progress_.begin("writing keys");
        keys.sort();
        return writer_->put_subject_keys(keys);
    }

    [[nodiscard]] Relation expand(const CompactRelation& compact) const {
        Relation relation;
        relation.name = relation_names_.all()[compact.name];
        if (compact.organisation != CompactRelation::none) {
            relation.organisation = compact.organisation;
        } else {
            relation.email = emails_.all()[compact.email];
        }
        relation.valid_from = compact.valid_from;
        relation.valid_to = compact.valid_to;
        return relation;
    }

    void add_key(KeyTable& keys, std::string_view kind, std::string_view value,
                 std::uint32_t number) const {
        keys.add(lookup_key(writer_->hash(), kind, value), number);
    }

    void add_keys(KeyTable& keys, WordFilter::Builder& surnames, const Subject& subject) const {
        if (!subject.bsn.empty()) add_key(keys, kind::bsn, subject.bsn, subject.number);
        for (const auto& id : subject.other_ids) {
            add_key(keys, kind::other_id, id, subject.number);
        }
        for (const auto& email : subject.emails) {
            add_key(keys, kind::email, email, subject.number);
            // Letters are read without diacritics.
            if (const std::string folded = text::fold(email); folded != email)
                add_key(keys, kind::folded_email, folded, subject.number);
        }
        if (subject.birth_date) {
            for (const auto& word : surname_keys(subject)) {
                surnames.add(word);
                add_key(keys, kind::name_birth_date, name_birth_date_key(word, *subject.birth_date),
                        subject.number);
            }
        }
        if (!subject.postcode.empty() && !subject.house_number.empty()) {
            add_key(keys, kind::address, address_key(subject.postcode, subject.house_number),
                    subject.number);
        }
    }

    const BuildOptions* options_;
    const Source* source_;
    IndexWriter* writer_;
    BadRows bad_rows_;
    Progress progress_;
    Directory organisations_;
    Directory subjects_;
    std::vector<CompactRelation> relations_;  // by subject, in the order of the file
    Names relation_names_;
    Names emails_;
    Description description_;
};

}  // namespace

Result<BuildReport> build(const BuildOptions& options, const crypto::SecretKey& key) {
    // First the lock, so that a second build stops at once and not after minutes of reading.
    POSTWACHT_TRY(writer, IndexWriter::create(options.index, key));
    POSTWACHT_TRY(source, options.open ? options.open() : Source::open(options.source));
    source.use(Mailboxes(options.dotless_domains));
    return Builder(options, source, writer).run();
}

}  // namespace postwacht::registry
