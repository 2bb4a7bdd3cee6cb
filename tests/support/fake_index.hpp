// FakeIndex: a registry in memory, for tests of the rooms that only read one.
//
//     FakeIndex index;
//     index.add_organisation("O-1").name("Bakkerij Jansen").domain("jansen.example");
//     index.add_subject("S-1").bsn("123456782").given_names("Johanna").surname("de Wit")
//         .born("1990-02-03").email("j.dewit@post.example")
//         .relation("employer", "O-1", "2020-01-01", "2025-12-31");
//
// Values are normalised as the real builder does: other ids by normalise_other_id(), addresses by
// Mailboxes, domains to lower case. Lookups are linear scans. Add everything before the first
// lookup from another thread; after that it is as thread-safe as the real index.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/date.hpp"
#include "base/text.hpp"
#include "registry/index.hpp"
#include "registry/person_keys.hpp"

namespace postwacht {

class FakeIndex final : public registry::Index {
  public:
    // Each call changes the subject that is already in the index.
    class SubjectBuilder {
      public:
        SubjectBuilder(FakeIndex& index, registry::Subject& subject)
            : index_(&index), subject_(&subject) {}

        SubjectBuilder& bsn(std::string value) { return set(subject_->bsn, std::move(value)); }
        SubjectBuilder& other_id(std::string_view value) {
            subject_->other_ids.push_back(registry::normalise_other_id(value));
            index_->add_shape(registry::shape_of(subject_->other_ids.back()));
            return *this;
        }
        SubjectBuilder& initials(std::string v) { return set(subject_->initials, std::move(v)); }
        SubjectBuilder& given_names(std::string v) {
            return set(subject_->given_names, std::move(v));
        }
        SubjectBuilder& prefix(std::string v) { return set(subject_->prefix, std::move(v)); }
        SubjectBuilder& surname(std::string v) { return set(subject_->surname, std::move(v)); }
        SubjectBuilder& partner(std::string partner_prefix, std::string partner_surname) {
            subject_->partner_prefix = std::move(partner_prefix);
            return set(subject_->partner_surname, std::move(partner_surname));
        }
        SubjectBuilder& born(std::string_view iso_date) {
            subject_->birth_date = date(iso_date);
            return *this;
        }
        // As in "1234AB", "12a".
        SubjectBuilder& home(std::string postcode, std::string house_number) {
            subject_->postcode = std::move(postcode);
            return set(subject_->house_number, std::move(house_number));
        }
        SubjectBuilder& email(std::string_view address) {
            subject_->emails.push_back(index_->mailboxes_.key(text::ascii_lower(address)));
            return *this;
        }
        // To an organisation that was added before. An empty date is an open end.
        SubjectBuilder& relation(std::string relation_name, std::string_view organisation_id,
                                 std::string_view from = {}, std::string_view to = {}) {
            registry::Relation relation;
            relation.name = std::move(relation_name);
            relation.organisation = index_->number_of_organisation(organisation_id);
            return add(std::move(relation), from, to);
        }
        SubjectBuilder& relation_by_email(std::string relation_name, std::string_view address,
                                          std::string_view from = {}, std::string_view to = {}) {
            registry::Relation relation;
            relation.name = std::move(relation_name);
            relation.email = index_->mailboxes_.key(text::ascii_lower(address));
            return add(std::move(relation), from, to);
        }
        [[nodiscard]] registry::SubjectNumber number() const { return subject_->number; }

      private:
        SubjectBuilder& set(std::string& field, std::string value) {
            field = std::move(value);
            return *this;
        }
        SubjectBuilder& add(registry::Relation relation, std::string_view from,
                            std::string_view to) {
            relation.valid_from = date(from);
            relation.valid_to = date(to);
            subject_->relations.push_back(std::move(relation));
            return *this;
        }

        FakeIndex* index_;
        registry::Subject* subject_;
    };

    class OrganisationBuilder {
      public:
        explicit OrganisationBuilder(registry::Organisation& organisation)
            : organisation_(&organisation) {}

        OrganisationBuilder& name(std::string value) {
            organisation_->name = std::move(value);
            return *this;
        }
        OrganisationBuilder& domain(std::string_view value) {
            organisation_->domains.push_back(text::ascii_lower(value));
            return *this;
        }
        OrganisationBuilder& address(std::string_view value) {
            organisation_->addresses.push_back(text::ascii_lower(value));
            return *this;
        }
        [[nodiscard]] registry::OrganisationNumber number() const { return organisation_->number; }

      private:
        registry::Organisation* organisation_;
    };

    // Adds a subject with this id and nothing else yet.
    SubjectBuilder add_subject(std::string id) {
        auto added = std::make_shared<registry::Subject>();
        added->number = static_cast<registry::SubjectNumber>(subjects_.size());
        added->id = std::move(id);
        subjects_.push_back(added);
        stats_.subjects = subjects_.size();
        return {*this, *added};
    }

    OrganisationBuilder add_organisation(std::string id) {
        auto added = std::make_shared<registry::Organisation>();
        added->number = static_cast<registry::OrganisationNumber>(organisations_.size());
        added->id = std::move(id);
        organisations_.push_back(added);
        stats_.organisations = organisations_.size();
        return OrganisationBuilder(*added);
    }

    // Before the first address is added.
    void ignore_dots_at(const std::vector<std::string>& domains) {
        mailboxes_ = registry::Mailboxes(domains);
    }

    // From now on every lookup fails with this.
    void fail_with(Error error) { failure_ = std::move(error); }

    [[nodiscard]] registry::Stats& mutable_stats() { return stats_; }
    // How many times find() was called.
    [[nodiscard]] std::size_t find_calls() const { return find_calls_; }

    Result<std::vector<registry::SubjectNumber>> find(registry::Key key,
                                                      std::string_view value) const override {
        ++find_calls_;
        if (failure_) return *failure_;
        std::vector<registry::SubjectNumber> found;
        for (const auto& candidate : subjects_) {
            if (has(*candidate, key, value)) found.push_back(candidate->number);
        }
        return found;
    }

    Result<std::vector<registry::SubjectNumber>> with_id(
        std::string_view subject_id) const override {
        if (failure_) return *failure_;
        std::vector<registry::SubjectNumber> found;
        for (const auto& candidate : subjects_)
            if (candidate->id == subject_id) found.push_back(candidate->number);
        return found;
    }

    Result<std::shared_ptr<const registry::Subject>> subject(
        registry::SubjectNumber number) const override {
        if (failure_) return *failure_;
        if (number >= subjects_.size()) return no_such("subject");
        return std::shared_ptr<const registry::Subject>(subjects_[number]);
    }

    Result<std::shared_ptr<const registry::Organisation>> organisation(
        registry::OrganisationNumber number) const override {
        if (failure_) return *failure_;
        if (number >= organisations_.size()) return no_such("organisation");
        return std::shared_ptr<const registry::Organisation>(organisations_[number]);
    }

    Result<std::vector<registry::OrganisationNumber>> organisations_at(
        std::string_view address_key, bool by_address_only) const override {
        if (failure_) return *failure_;
        std::vector<registry::OrganisationNumber> found;
        for (const auto& candidate : organisations_) {
            if (contains(candidate->addresses, address_key) ||
                (!by_address_only && has_domain_of(*candidate, address_key))) {
                found.push_back(candidate->number);
            }
        }
        return found;
    }

    [[nodiscard]] const std::vector<std::string>& other_id_shapes() const override {
        return shapes_;
    }
    [[nodiscard]] const registry::Mailboxes& mailboxes() const override { return mailboxes_; }
    [[nodiscard]] const registry::Stats& stats() const override { return stats_; }

  private:
    static std::optional<Date> date(std::string_view iso) {
        if (iso.empty()) return std::nullopt;
        const auto parsed = parse_iso_date(iso);
        if (!parsed) throw std::invalid_argument("FakeIndex: not a date: " + std::string(iso));
        return parsed;
    }

    static bool contains(const std::vector<std::string>& values, std::string_view value) {
        return std::find(values.begin(), values.end(), value) != values.end();
    }

    static bool has(const registry::Subject& subject, registry::Key key, std::string_view value) {
        switch (key) {
            case registry::Key::bsn:
                return !subject.bsn.empty() && subject.bsn == value;
            case registry::Key::other_id:
                return contains(subject.other_ids, value);
            case registry::Key::email:
                return contains(subject.emails, value);
            case registry::Key::folded_email:
                return std::any_of(subject.emails.begin(), subject.emails.end(),
                                   [value](const std::string& email) {
                                       const std::string folded = text::fold(email);
                                       return folded != email && folded == value;
                                   });
            case registry::Key::name_birth_date: {
                auto words = registry::surname_keys(subject);
                for (auto& end : registry::surname_ends(subject)) words.push_back(std::move(end));
                return subject.birth_date &&
                       std::any_of(words.begin(), words.end(), [&](const std::string& word) {
                           return registry::name_birth_date_key(word, *subject.birth_date) == value;
                       });
            }
            case registry::Key::address:
                return !subject.postcode.empty() && !subject.house_number.empty() &&
                       registry::address_key(subject.postcode, subject.house_number) == value;
        }
        return false;
    }

    static bool has_domain_of(const registry::Organisation& organisation,
                              std::string_view address_key) {
        const auto at = address_key.rfind('@');
        if (at == std::string_view::npos) return false;
        const std::string_view domain = address_key.substr(at + 1);
        return std::any_of(
            organisation.domains.begin(), organisation.domains.end(),
            [&](const std::string& own) { return domain == own || domain.ends_with("." + own); });
    }

    static Error no_such(const char* what) {
        return Error{
            ErrorCode::registry_unavailable, "fake index", std::string("no such ") + what, {}};
    }

    void add_shape(std::string shape) {
        const auto place = std::lower_bound(shapes_.begin(), shapes_.end(), shape);
        if (place == shapes_.end() || *place != shape) shapes_.insert(place, std::move(shape));
    }

    registry::OrganisationNumber number_of_organisation(std::string_view id) const {
        for (const auto& candidate : organisations_) {
            if (candidate->id == id) return candidate->number;
        }
        throw std::invalid_argument("FakeIndex: no organisation " + std::string(id));
    }

    std::vector<std::shared_ptr<registry::Subject>> subjects_;
    std::vector<std::shared_ptr<registry::Organisation>> organisations_;
    std::vector<std::string> shapes_;
    registry::Mailboxes mailboxes_;
    registry::Stats stats_;
    std::optional<Error> failure_;
    mutable std::atomic<std::size_t> find_calls_ = 0;
};

}  // namespace postwacht
