#include "match/match.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "match/birth_dates.hpp"
#include "match/characters.hpp"
#include "match/composites.hpp"
#include "match/evidence.hpp"
#include "match/layout.hpp"
#include "match/named_places.hpp"
#include "match/namesakes.hpp"
#include "match/people.hpp"
#include "match/scopes.hpp"
#include "match/unit.hpp"
#include "registry/person_keys.hpp"

namespace postwacht::match {
namespace {

// How many pieces of evidence of one kind are kept, visible and hidden apart.
constexpr std::uint8_t most_evidence = 4;
// How many lookups go by between two looks at the clock.
constexpr std::size_t lookups_between_looks = 256;

// No name, date or postcode is longer; windows of one person overlap by this much.
constexpr std::uint32_t longest_evidence = 100;

constexpr unsigned bit(EvidenceKind kind) noexcept {
    return 1U << static_cast<unsigned>(kind);
}

bool is_distinctive(std::string_view id) noexcept {
    const auto digits = std::count_if(id.begin(), id.end(), is_digit);
    const bool letter = std::any_of(id.begin(), id.end(),
                                    [](char c) { return is_ascii_letter(c) || !is_ascii(c); });
    return (letter && digits >= 3) || (id.size() >= 10 && digits > 0);
}

struct Tree {
    std::vector<std::uint32_t> categories;
    std::optional<Date> period;
    bool names_someone = false;
};

void merge(std::vector<std::uint32_t>& into, const std::vector<std::uint32_t>& sorted) {
    if (sorted.empty()) return;
    std::vector<std::uint32_t> merged;
    std::set_union(into.begin(), into.end(), sorted.begin(), sorted.end(),
                   std::back_inserter(merged));
    into = std::move(merged);
}

void add_once(std::vector<std::uint32_t>& to, std::uint32_t value) {
    if (!to.empty() && to.back() == value) return;
    if (std::find(to.begin(), to.end(), value) == to.end()) to.push_back(value);
}

class Matcher {
  public:
    Matcher(const registry::Index& index, const Vocabulary& vocabulary, Budget& budget)
        : index_(index),
          vocabulary_(vocabulary),
          budget_(budget),
          people_(index),
          composites_(index, people_),
          unit_(index) {}

    Result<Findings> match(const extract::Reading& reading) {
        const Layout layout = plan_units(reading);
        places_ = layout.trees;
        trees_.resize(places_.size());
        attachments_.resize(std::size_t{layout.attachments} + 1);
        for (const UnitPlan& plan : layout.units) {
            if (over_budget_ || !budget_.time_left()) {
                over_budget_ = true;
                break;
            }
            POSTWACHT_CHECK(read_unit(plan));
            ++unit_number_;
        }
        return conclude();
    }

  private:
    // From one text to the people in it, their evidence, and what it says of them.
    Result<void> read_unit(const UnitPlan& plan) {
        unit_.clear();
        for (std::size_t i = 0; i < plan.fragments.size(); ++i)
            unit_.append(*plan.fragments[i], plan.separators[i]);
        unit_.index_lines();
        hits_.clear();
        POSTWACHT_CHECK(vocabulary_.scan(unit_.text(), hits_));
        primaries_.clear();
        POSTWACHT_CHECK(find_numbers());
        POSTWACHT_CHECK(find_other_ids());
        POSTWACHT_CHECK(find_addresses());
        find_both(dates_, find_dates);
        find_both(postcodes_, find_postcodes);
        POSTWACHT_CHECK(find_composites());
        std::sort(primaries_.begin(), primaries_.end(),
                  [](const Primary& a, const Primary& b) { return a.begin < b.begin; });
        if (!primaries_.empty()) weigh(plan.tree);
        read_what_it_says(plan.tree);
        compare_named_places(plan.tree);
        return {};
    }

    // ---- primary elements

    // What stands in the text, and what would if recognition had not confused characters.
    template <class Item, class Find>
    void find_both(std::vector<Item>& items, Find&& find) {
        items.clear();
        find(unit_.text(), items);
        if (unit_.corrected().empty()) return;
        const auto plain = static_cast<std::ptrdiff_t>(items.size());
        find(unit_.corrected(), items);
        items.erase(std::remove_if(items.begin() + plain, items.end(),
                                   [this](const Item& item) { return !unit_.is_corrected(item); }),
                    items.end());
        std::sort(items.begin(), items.end(),
                  [](const Item& a, const Item& b) { return a.begin < b.begin; });
    }

    Result<void> find_numbers() {
        find_both(candidates_, find_bsn_candidates);
        if (candidates_.empty()) return {};
        const auto keywords = mark_keywords(unit_, hits_, candidates_);
        for (std::size_t i = 0; i < candidates_.size() && !over_budget_; ++i) {
            const BsnCandidate& candidate = candidates_[i];
            if (candidate.doubtful && !keywords[i].right_before) continue;
            if (candidate.zero_dropped && !keywords[i].found) continue;
            const std::string_view digits(candidate.digits.data(), candidate.digits.size());
            POSTWACHT_TRY(known, look_up(registry::Key::bsn, EvidenceKind::bsn, digits, candidate,
                                         keywords[i]));
            if (!known && keywords[i].found && !candidate.doubtful && !candidate.zero_dropped &&
                !unit_.is_corrected(candidate) && unregistered_.size() < most_unregistered)
                unregistered_.emplace(digits);
        }
        return {};
    }

    Result<void> find_other_ids() {
        find_both(ids_, [this](std::string_view text, std::vector<IdSpan>& ids) {
            find_ids(text, index_.other_id_shapes(), ids);
        });
        for (const IdSpan& id : ids_) {
            if (over_budget_) break;
            POSTWACHT_CHECK(
                look_up(registry::Key::other_id, EvidenceKind::other_id, id.normalised, id, {}));
        }
        return {};
    }

    Result<void> find_addresses() {
        addresses_.clear();
        find_email_addresses(unit_.text(), addresses_);
        for (const EmailSpan& address : addresses_) {
            if (over_budget_) break;
            const std::string key = index_.mailboxes().key(address.address);
            const std::size_t before = primaries_.size();
            POSTWACHT_CHECK(look_up(registry::Key::email, EvidenceKind::email, key, address, {}));
            // The text has lost its diacritics, the registry has not.
            if (primaries_.size() == before)
                POSTWACHT_CHECK(
                    look_up(registry::Key::folded_email, EvidenceKind::email, key, address, {}));
        }
        return {};
    }

    Result<void> find_composites() {
        const bool birth_cue = std::any_of(hits_.begin(), hits_.end(), [](const Hit& hit) {
            return hit.kind == HitKind::birth_cue;
        });
        if (dates_.empty() && postcodes_.empty() && !birth_cue) return {};
        const auto births = find_birth_dates(unit_, hits_, dates_);
        found_.clear();
        known_.clear();
        for (const Primary& primary : primaries_)
            if (!primary.shared && !primary.weak && !primary.guessed)
                known_.push_back({primary.line, primary.subject});
        std::sort(known_.begin(), known_.end());
        known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
        POSTWACHT_CHECK(composites_.find(
            unit_, births, dates_, postcodes_, known_, [this] { return may_look_up(); }, found_));
        drop_namesakes(found_, primaries_, people_, unit_, postcodes_);
        for (const Composite& composite : found_) {
            Primary primary;
            primary.begin = composite.begin;
            primary.end = composite.end;
            primary.kind = composite.kind;
            primary.subject = composite.person;
            primary.line = unit_.line_at(composite.begin);
            primary.element = element_of(*people_[composite.person].subject, composite.kind, {});
            primary.shared = composite.shared;
            primary.guessed = unit_.is_corrected(composite);
            primary.named = composite.named;
            primary.name_at = composite.name_at;
            primaries_.push_back(primary);
        }
        return {};
    }

    // Looks at the clock now and then.
    bool may_look_up() {
        if (++lookups_ % lookups_between_looks == 0 && !budget_.time_left()) over_budget_ = true;
        return !over_budget_;
    }

    // Whether the registry knows it; true as well where the time is over.
    Result<bool> look_up(registry::Key key, EvidenceKind kind, std::string_view value, Span span,
                         const KeywordMark& keyword) {
        if (!may_look_up()) return true;
        POSTWACHT_TRY(numbers, index_.find(key, value));
        for (const registry::SubjectNumber number : numbers) {
            POSTWACHT_TRY(person, people_.number_of(number));
            const registry::Subject& subject = *people_[person].subject;
            // A BSN that is listed among the other ids as well is one element, not two.
            if (kind == EvidenceKind::other_id && value == subject.bsn) continue;
            Primary primary;
            primary.begin = span.begin;
            primary.end = span.end;
            primary.kind = kind;
            primary.subject = person;
            primary.line = unit_.line_at(span.begin);
            primary.element = element_of(subject, kind, value);
            primary.weak = kind == EvidenceKind::other_id && !is_distinctive(value);
            primary.shared = numbers.size() > 1;
            primary.keyword = keyword;
            primary.guessed = unit_.is_corrected(span);
            primaries_.push_back(primary);
        }
        return !numbers.empty();
    }

    // ---- supporting evidence

    void weigh(std::uint32_t tree) {
        const auto windows = support_windows(unit_, primaries_, enter_people(tree));
        for (std::size_t i = 0; i < primaries_.size(); ++i) {
            const Primary& primary = primaries_[i];
            Person& person = people_[primary.subject];
            note_element(primary, person);
            keep(person, primary.kind, primary.begin);
            if (primary.kind == EvidenceKind::bsn && primary.keyword.found)
                support(person, EvidenceKind::keyword, primary.keyword.at);
            if (primary.named && (person.supporting_here & bit(EvidenceKind::name)) == 0)
                support(person, EvidenceKind::name, primary.name_at);
            // Windows of one person overlap; no stretch of text need be searched twice.
            Span window = windows[i];
            if (person.searched_until > longest_evidence)
                window.begin = std::max(window.begin, person.searched_until - longest_evidence);
            search(person, window);
            person.searched_until = std::max(person.searched_until, window.end);
            const bool needs_support = primary.kind == EvidenceKind::bsn || primary.weak;
            person.solid_here = person.solid_here || !needs_support || person.supporting_here != 0;
        }
        for (const Primary& primary : primaries_) {
            Person& person = people_[primary.subject];
            if (person.solid_here) add_once(person.solid_trees, tree);
        }
    }

    // Counts the people of the unit and resets what is kept per unit.
    std::size_t enter_people(std::uint32_t tree) {
        std::size_t count = 0;
        for (const Primary& primary : primaries_) {
            Person& person = people_[primary.subject];
            if (person.unit == unit_number_) continue;
            if (person.unit == UINT32_MAX) by_appearance_.push_back(primary.subject);
            person.unit = unit_number_;
            person.supporting_here = 0;
            person.solid_here = false;
            person.searched_until = 0;
            add_once(person.trees, tree);
            ++count;
        }
        return count;
    }

    static void note_element(const Primary& primary, Person& person) noexcept {
        const std::uint64_t element = std::uint64_t{1} << primary.element;
        person.unshared = person.unshared || !primary.shared;
        person.legible = person.legible || !primary.guessed;
        if (primary.weak) {
            person.weak |= element;
            return;
        }
        (primary.shared ? person.shared : person.strong) |= element;
        if (primary.kind != EvidenceKind::bsn) person.bsn_only = false;
    }

    void search(Person& person, Span window) {
        const registry::Subject& subject = *person.subject;
        const auto wanted = [&person](EvidenceKind kind) {
            return (person.supporting_here & bit(kind)) == 0;
        };
        if (wanted(EvidenceKind::name))
            if (const auto at = find_name(unit_.text(), window, person.names))
                support(person, EvidenceKind::name, *at);
        if (subject.birth_date && wanted(EvidenceKind::birth_date))
            if (const auto at = find_date(dates_, window, *subject.birth_date))
                support(person, EvidenceKind::birth_date, *at);
        if (!subject.postcode.empty() && wanted(EvidenceKind::postcode))
            if (const auto at = find_postcode(postcodes_, window, subject.postcode))
                support(person, EvidenceKind::postcode, *at);
    }

    void support(Person& person, EvidenceKind kind, std::uint32_t at) {
        person.supporting |= bit(kind);
        person.supporting_here |= bit(kind);
        keep(person, kind, at);
    }

    void keep(Person& person, EvidenceKind kind, std::uint32_t at) {
        const extract::Fragment& fragment = unit_.fragment_at(at);
        auto& kept = person.kept[static_cast<std::size_t>(kind)][fragment.hidden ? 1 : 0];
        if (kept == most_evidence) return;
        ++kept;
        person.evidence.push_back(
            {fragment.part, unit_.where(at), kind, fragment.hidden, fragment.ocr});
    }

    // ---- categories and periods

    // Two people, each named by more than a bare number, in rows of their own.
    [[nodiscard]] bool is_list() const {
        std::uint32_t first = UINT32_MAX;
        for (std::size_t i = 0; i < primaries_.size(); ++i) {
            const std::uint32_t subject = primaries_[i].subject;
            if (subject == first || !people_[subject].solid_here ||
                !in_list_row(unit_, primaries_, i))
                continue;
            if (first != UINT32_MAX) return true;
            first = subject;
        }
        return false;
    }

    [[nodiscard]] std::optional<Date> registry_day() const {
        const auto day = std::chrono::floor<std::chrono::days>(index_.stats().source_as_of);
        if (day == std::chrono::sys_days{}) return std::nullopt;
        return Date(day);
    }

    void read_what_it_says(std::uint32_t tree_number) {
        const UnitScopes scopes =
            read_scopes(unit_, hits_, dates_, primaries_, is_list(), registry_day());
        Tree& tree = trees_[tree_number];
        merge(tree.categories, scopes.categories);
        if (!tree.period) tree.period = scopes.period;
        for (const auto& [subject, category] : scopes.row_categories) {
            auto& own = people_[subject].categories;
            const auto place = std::lower_bound(own.begin(), own.end(), category);
            if (place == own.end() || *place != category) own.insert(place, category);
        }
        for (const auto& [subject, date] : scopes.row_periods)
            if (!people_[subject].period) people_[subject].period = date;
    }

    // ---- whom it is for

    // The one person whom the unit is about by more than a bare number, the file name left aside.
    struct About {
        std::uint32_t person = 0;
        std::size_t people = 0;  // 2: or more
    };
    [[nodiscard]] About whom_unit_is_about() const {
        About about;
        for (const Primary& primary : primaries_) {
            if (!people_[primary.subject].solid_here || in_file_name(primary)) continue;
            if (about.people == 1 && about.person == primary.subject) continue;
            about.person = primary.subject;
            if (++about.people == 2) break;
        }
        return about;
    }
    [[nodiscard]] bool in_file_name(Span span) const {
        return unit_.fragment_at(span.begin).where == "file name";
    }

    void compare_named_places(std::uint32_t tree) {
        const About about = whom_unit_is_about();
        if (about.people > 1) return;
        if (about.people == 1) compare_file_number(about.person);
        for (NamedPlace& place : find_named_places(unit_, postcodes_)) {
            const extract::Fragment& fragment = unit_.fragment_at(place.begin);
            if (fragment.hidden || fragment.ocr) continue;
            surname_key_.clear();
            registry::append_name_key(place.surname, surname_key_);
            if (!index_.may_be_surname(surname_key_)) continue;
            Contradiction found{place.at, fragment.part, unit_.where(place.begin)};
            const auto excused = [&] {
                return place.at != NamedAt::file_name && is_for_another(unit_.text());
            };
            if (about.people == 1) {
                if (names_somebody_else(place, people_[about.person].names) && !excused())
                    contradict(people_[about.person], std::move(found));
            } else if (tree == 0 && !excused()) {
                // Whom a covering letter is about is known when what it covers has been read.
                covering_.emplace_back(std::move(place), std::move(found));
            }
        }
    }

    // "111222333.pdf", with a letter about somebody else in it.
    void compare_file_number(std::uint32_t person) {
        for (const Primary& primary : primaries_) {
            const bool number = primary.kind == EvidenceKind::bsn ||
                                primary.kind == EvidenceKind::other_id ||
                                primary.kind == EvidenceKind::email;
            if (primary.subject == person || !number || primary.weak || primary.shared ||
                primary.guessed || !in_file_name(primary))
                continue;
            const extract::Fragment& fragment = unit_.fragment_at(primary.begin);
            contradict(people_[person],
                       {NamedAt::file_number, fragment.part, unit_.where(primary.begin)});
        }
    }

    static void contradict(Person& person, Contradiction found) {
        const auto same = [&found](const Contradiction& other) { return other.at == found.at; };
        if (std::none_of(person.contradictions.begin(), person.contradictions.end(), same))
            person.contradictions.push_back(std::move(found));
    }

    void compare_covering_letter() {
        if (covering_.empty()) return;
        std::optional<std::uint32_t> only;
        for (const std::uint32_t number : by_appearance_) {
            if (people_[number].solid_trees.empty()) continue;
            if (only) return;
            only = number;
        }
        if (!only) return;
        Person& person = people_[*only];
        for (auto& [place, found] : covering_)
            if (names_somebody_else(place, person.names)) contradict(person, std::move(found));
    }

    // ---- the end

    Findings conclude() {
        compare_covering_letter();
        for (const Person& person : people_.all())
            for (const std::uint32_t tree : person.solid_trees) {
                trees_[tree].names_someone = true;
                attachments_[places_[tree].attachment].names_someone = true;
            }
        // What the parts of an attachment say that name nobody.
        for (std::size_t i = 1; i < trees_.size(); ++i) {
            Tree& attachment = attachments_[places_[i].attachment];
            if (!trees_[i].names_someone)
                add_tree(trees_[i], attachment.categories, attachment.period);
        }
        const bool alone = is_about_one();
        Findings findings;
        findings.over_budget = over_budget_;
        findings.unregistered = unregistered_.size();
        findings.subjects.reserve(by_appearance_.size());
        const Tree orphans = attachments_about_nobody();
        for (const std::uint32_t number : by_appearance_) {
            Person& person = people_[number];
            give_scopes(person, orphans,
                        alone && (by_appearance_.size() == 1 || !person.solid_trees.empty()));
            SubjectFinding finding;
            finding.confidence = confidence_of(person);
            finding.ambiguous = !person.unshared;
            std::stable_partition(person.evidence.begin(), person.evidence.end(),
                                  [](const Evidence& e) { return is_primary(e.kind); });
            finding.evidence = std::move(person.evidence);
            finding.categories = std::move(person.categories);
            finding.period = person.period;
            finding.contradictions = std::move(person.contradictions);
            finding.subject = std::move(person.subject);
            findings.subjects.push_back(std::move(finding));
        }
        return findings;
    }

    [[nodiscard]] bool is_about_one() const {
        const auto& people = people_.all();
        const auto solid = std::count_if(people.begin(), people.end(), [](const Person& person) {
            return !person.solid_trees.empty();
        });
        return by_appearance_.size() == 1 || solid == 1;
    }

    // The attachments in which nobody is found, taken together.
    [[nodiscard]] Tree attachments_about_nobody() const {
        Tree all;
        for (std::size_t i = 1; i < attachments_.size(); ++i)
            if (!attachments_[i].names_someone)
                add_tree(attachments_[i], all.categories, all.period);
        return all;
    }

    static void add_tree(const Tree& tree, std::vector<std::uint32_t>& categories,
                         std::optional<Date>& period) {
        merge(categories, tree.categories);
        if (!period) period = tree.period;
    }

    // What each tree says, given to the people for whom it holds. `everything` for the one person
    // that the message is about. The person's own attachments come first, for their period.
    void give_scopes(Person& person, const Tree& orphans, bool everything) const {
        const auto give = [&person](const Tree& tree) {
            add_tree(tree, person.categories, person.period);
        };
        for (const std::uint32_t tree : person.trees)
            if (tree != 0) give(trees_[tree]);
        for (const std::uint32_t tree : person.trees) {
            if (tree == 0) continue;
            // What it lies in, and what lies beside it and is about nobody.
            for (auto around = places_[tree].parent; around != 0; around = places_[around].parent)
                give(trees_[around]);
            give(attachments_[places_[tree].attachment]);
        }
        give(trees_[0]);
        const bool in_message =
            std::find(person.trees.begin(), person.trees.end(), 0U) != person.trees.end();
        if (in_message || !trees_[0].names_someone) give(orphans);
        if (everything)
            for (const Tree& tree : trees_) give(tree);
    }

    const registry::Index& index_;
    const Vocabulary& vocabulary_;
    Budget& budget_;
    People people_;
    CompositeFinder composites_;
    std::vector<std::uint32_t> by_appearance_;
    std::vector<TreePlace> places_;
    std::vector<Tree> trees_;        // by place
    std::vector<Tree> attachments_;  // by number; of their parts that name nobody
    std::uint32_t unit_number_ = 0;
    std::size_t lookups_ = 0;
    bool over_budget_ = false;
    std::unordered_set<std::string> unregistered_;  // BSNs of nobody; they end with the matcher
    // Of the unit at hand; kept for their capacity.
    Unit unit_;
    std::vector<Hit> hits_;
    std::vector<BsnCandidate> candidates_;
    std::vector<IdSpan> ids_;
    std::vector<EmailSpan> addresses_;
    std::vector<DateSpan> dates_;
    std::vector<PostcodeSpan> postcodes_;
    std::vector<Composite> found_;
    std::vector<KnownPerson> known_;
    std::vector<Primary> primaries_;
    // Names in the message's own text, which is about nobody by itself.
    std::vector<std::pair<NamedPlace, Contradiction>> covering_;
    std::string surname_key_;
};

}  // namespace

Result<Findings> match(const extract::Reading& reading, const registry::Index& index,
                       const Vocabulary& vocabulary, Budget& budget) {
    return Matcher(index, vocabulary, budget).match(reading);
}

}  // namespace postwacht::match
