#include "registry/layered_index.hpp"

#include <algorithm>
#include <utility>

#include "registry/lookup_key.hpp"

namespace postwacht::registry {
namespace {

using Numbers = std::vector<std::uint32_t>;

void sort_unique(Numbers& numbers) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

// lookup(kind, value) -> Result<Numbers> is asked for an address and for its domains.
template <class Lookup>
Result<Numbers> organisations_of(std::string_view address_key, bool by_address_only,
                                 Lookup&& lookup) {
    POSTWACHT_TRY(found, lookup(kind::organisation_address, address_key));
    const auto at = address_key.rfind('@');
    if (by_address_only || at == std::string_view::npos) return found;
    // A registered domain has at least one dot, so a last label alone is not looked up.
    for (std::string_view domain = address_key.substr(at + 1);
         domain.find('.') != std::string_view::npos; domain.remove_prefix(domain.find('.') + 1)) {
        POSTWACHT_TRY(more, lookup(kind::organisation_domain, domain));
        found.insert(found.end(), more.begin(), more.end());
    }
    sort_unique(found);
    return found;
}

// The index as it was built.
class PlainIndex final : public Index {
  public:
    explicit PlainIndex(std::shared_ptr<const StoredIndex> base) : base_(std::move(base)) {}

    Result<Numbers> find(Key key, std::string_view value) const override {
        return base_->find(key, value);
    }
    Result<Numbers> with_id(std::string_view subject_id) const override {
        return base_->subjects_with_id(subject_id);
    }
    Result<std::shared_ptr<const Subject>> subject(SubjectNumber number) const override {
        POSTWACHT_TRY(found, base_->subject(number));
        if (!found) return no_such("subject");
        return found;
    }
    Result<std::shared_ptr<const Organisation>> organisation(
        OrganisationNumber number) const override {
        return base_->organisation(number);
    }
    Result<Numbers> organisations_at(std::string_view address_key,
                                     bool by_address_only) const override {
        return organisations_of(address_key, by_address_only,
                                [&](std::string_view kind, std::string_view value) {
                                    return base_->organisations_with(kind, value);
                                });
    }
    [[nodiscard]] bool may_be_surname(std::string_view key) const override {
        return base_->may_be_surname(key);
    }
    [[nodiscard]] const std::vector<std::string>& other_id_shapes() const override {
        return base_->description().other_id_shapes;
    }
    [[nodiscard]] const Mailboxes& mailboxes() const override { return base_->mailboxes(); }
    [[nodiscard]] const Stats& stats() const override { return base_->description().stats; }

    static Error no_such(const char* what) {
        return {ErrorCode::registry_unavailable,
                "registry index",
                std::string("there is no such ") + what,
                {}};
    }

  private:
    std::shared_ptr<const StoredIndex> base_;
};

class LayeredIndex final : public Index {
  public:
    LayeredIndex(std::shared_ptr<const StoredIndex> base,
                 std::shared_ptr<const StoredIndex> updates, Numbers subjects,
                 Numbers organisations)
        : base_(std::move(base)),
          updates_(std::move(updates)),
          subjects_(std::move(subjects)),
          organisations_(std::move(organisations)) {
        const auto& old_shapes = base_->description().other_id_shapes;
        const auto& new_shapes = updates_->description().other_id_shapes;
        std::set_union(old_shapes.begin(), old_shapes.end(), new_shapes.begin(), new_shapes.end(),
                       std::back_inserter(shapes_));
    }

    Result<Numbers> find(Key key, std::string_view value) const override {
        return merge(base_->find(key, value), updates_->find(key, value), subjects_);
    }
    Result<Numbers> with_id(std::string_view subject_id) const override {
        return merge(base_->subjects_with_id(subject_id), updates_->subjects_with_id(subject_id),
                     subjects_);
    }
    Result<std::shared_ptr<const Subject>> subject(SubjectNumber number) const override {
        if (!holds(subjects_, number)) return PlainIndex(base_).subject(number);
        return PlainIndex(updates_).subject(number);
    }
    Result<std::shared_ptr<const Organisation>> organisation(
        OrganisationNumber number) const override {
        return (holds(organisations_, number) ? updates_ : base_)->organisation(number);
    }
    Result<Numbers> organisations_at(std::string_view address_key,
                                     bool by_address_only) const override {
        return organisations_of(
            address_key, by_address_only, [&](std::string_view kind, std::string_view value) {
                return merge(base_->organisations_with(kind, value),
                             updates_->organisations_with(kind, value), organisations_);
            });
    }
    [[nodiscard]] bool may_be_surname(std::string_view key) const override {
        return base_->may_be_surname(key) || updates_->may_be_surname(key);
    }
    [[nodiscard]] const std::vector<std::string>& other_id_shapes() const override {
        return shapes_;
    }
    [[nodiscard]] const Mailboxes& mailboxes() const override { return base_->mailboxes(); }
    [[nodiscard]] const Stats& stats() const override { return updates_->description().stats; }

  private:
    static bool holds(const Numbers& numbers, std::uint32_t number) {
        return std::binary_search(numbers.begin(), numbers.end(), number);
    }
    // What the base found but for what the updates have, and what they found.
    static Result<Numbers> merge(Result<Numbers> old, Result<Numbers> added, const Numbers& held) {
        if (!old || !added) return old ? added : old;
        std::erase_if(*old, [&](std::uint32_t number) { return holds(held, number); });
        if (added->empty()) return old;
        old->insert(old->end(), added->begin(), added->end());
        sort_unique(*old);
        return old;
    }

    std::shared_ptr<const StoredIndex> base_;
    std::shared_ptr<const StoredIndex> updates_;
    Numbers subjects_;       // that the updates have, sorted
    Numbers organisations_;  // likewise
    std::vector<std::string> shapes_;
};

}  // namespace

Result<std::shared_ptr<const Index>> make_layered(std::shared_ptr<const StoredIndex> base,
                                                  std::shared_ptr<const StoredIndex> updates) {
    if (!updates)
        return std::shared_ptr<const Index>(std::make_shared<PlainIndex>(std::move(base)));
    POSTWACHT_TRY(subjects, updates->all_subjects());
    POSTWACHT_TRY(organisations, updates->all_organisations());
    return std::shared_ptr<const Index>(std::make_shared<LayeredIndex>(
        std::move(base), std::move(updates), std::move(subjects), std::move(organisations)));
}

}  // namespace postwacht::registry
