// Lists of tens of thousands: counted to the last, in linear time, and within a budget.
#include <catch2/catch.hpp>
#include <chrono>
#include <ctime>
#include <string>
#include <unordered_map>

#include "registry/build.hpp"
#include "registry/person_keys.hpp"
#include "support/matched_message.hpp"

using namespace postwacht;
using match::Confidence;
using match::SubjectFinding;

namespace {

// A registry of many, with lookups that do not scan.
class BigIndex final : public registry::Index {
  public:
    explicit BigIndex(std::size_t count) {
        for (unsigned n = 100000000; subjects_.size() < count; ++n) {
            auto subject = std::make_shared<registry::Subject>();
            subject->bsn = std::to_string(n);
            if (!registry::bsn_valid(subject->bsn)) continue;
            subject->number = static_cast<registry::SubjectNumber>(subjects_.size());
            subject->id = "S-" + std::to_string(subjects_.size());
            subject->birth_date = Date(std::chrono::sys_days(std::chrono::year(1950) / 1 / 1) +
                                       std::chrono::days(subjects_.size() % 18'000));
            subject->surname = letters_of(subjects_.size());
            by_bsn_[subject->bsn] = subject->number;
            by_name_[registry::name_birth_date_key(registry::surname_keys(*subject).front(),
                                                   *subject->birth_date)] = subject->number;
            subjects_.push_back(std::move(subject));
        }
    }
    Result<std::vector<registry::SubjectNumber>> find(registry::Key key,
                                                      std::string_view value) const override {
        const auto found = by_bsn_.find(std::string(value));
        if (key == registry::Key::name_birth_date) {
            const auto named = by_name_.find(std::string(value));
            if (named != by_name_.end()) return std::vector{named->second};
        }
        if (key != registry::Key::bsn || found == by_bsn_.end())
            return std::vector<registry::SubjectNumber>{};
        return std::vector{found->second};
    }
    Result<std::shared_ptr<const registry::Subject>> subject(
        registry::SubjectNumber number) const override {
        return std::shared_ptr<const registry::Subject>(subjects_.at(number));
    }
    Result<std::shared_ptr<const registry::Organisation>> organisation(
        registry::OrganisationNumber) const override {
        return Error{};
    }
    Result<std::vector<registry::OrganisationNumber>> organisations_at(std::string_view,
                                                                       bool) const override {
        return std::vector<registry::OrganisationNumber>{};
    }
    Result<std::vector<registry::SubjectNumber>> subjects_with_id(std::string_view) const override {
        return std::vector<registry::SubjectNumber>{};
    }
    [[nodiscard]] std::vector<std::string> relation_names() const override { return {}; }
    [[nodiscard]] const std::vector<std::string>& other_id_shapes() const override {
        return shapes_;
    }
    [[nodiscard]] const registry::Stats& stats() const override { return stats_; }
    [[nodiscard]] const registry::Subject& at(std::size_t i) const { return *subjects_[i]; }

    [[nodiscard]] bool may_be_surname(std::string_view key) const override {
        return key.starts_with("persoon");
    }

  private:
    static std::string letters_of(std::size_t n) {
        std::string name = "Persoon";
        for (; n > 0; n /= 20) name += "bcdfghklmnpqrstvwxzb"[n % 20];
        return name;
    }

    std::vector<std::shared_ptr<registry::Subject>> subjects_;
    std::unordered_map<std::string, registry::SubjectNumber> by_bsn_;
    std::unordered_map<std::string, registry::SubjectNumber> by_name_;
    std::vector<std::string> shapes_;
    registry::Stats stats_;
};

}  // namespace

TEST_CASE("a table of 50,000 people is counted to the last", "[match]") {
    constexpr std::size_t rows = 50'000;
    const BigIndex index(rows);
    std::string table = "naam\tbsn\tsoort\n";
    for (std::size_t i = 0; i < rows; ++i)
        table += index.at(i).surname + "\t" + index.at(i).bsn + "\t" +
                 (i % 2 == 0 ? "WAZO" : "diagnose") + "\n";
    const bool attached = GENERATE(true, false);
    const auto message =
        attached ? Message().attachment("2", "lijst.xlsx", table) : Message().body(table);
    // Far above what linear time takes, far below what a square would.
    Limits limits;
    limits.wall_time = std::chrono::minutes(2);
    Budget budget(limits);
    const auto findings = match::match(message.reading(), index, vocabulary(), budget);
    REQUIRE(findings);
    CHECK_FALSE(findings->over_budget);
    REQUIRE(findings->subjects.size() == rows);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        const SubjectFinding& finding = findings->subjects[i];
        const Categories expected{i % 2 == 0 ? maternity : medical};
        if (finding.subject->bsn != index.at(i).bsn || finding.confidence != Confidence::high ||
            finding.categories != expected ||
            finding.evidence.at(0).where != "text, row " + std::to_string(i + 2))
            ++wrong;
    }
    CHECK(wrong == 0);
}

TEST_CASE("a table of 50,000 people by name and birth date", "[match]") {
    constexpr std::size_t rows = 50'000;
    const BigIndex index(rows);
    std::string table = "Achternaam\tVoorletters\tGeboortedatum\tIngangsdatum\n";
    for (std::size_t i = 0; i < rows; ++i)
        table +=
            index.at(i).surname + "\tA.\t" + to_iso(*index.at(i).birth_date) + "\t2026-03-01\n";
    const auto message = Message().attachment("2", "lijst.xlsx", table);
    Limits limits;
    limits.wall_time = std::chrono::minutes(2);
    Budget budget(limits);
    const std::clock_t start = std::clock();
    const auto findings = match::match(message.reading(), index, vocabulary(), budget);
    INFO(1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC << " ms");
    REQUIRE(findings);
    REQUIRE(findings->subjects.size() == rows);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        const SubjectFinding& finding = findings->subjects[i];
        if (finding.subject->number != i || finding.confidence != Confidence::medium ||
            finding.ambiguous || !finding.period ||
            finding.evidence.at(0).where != "text, row " + std::to_string(i + 2))
            ++wrong;
    }
    CHECK(wrong == 0);
}

TEST_CASE("all of it on one line, or one person over and over, stays linear", "[match]") {
    const BigIndex index(20'000);
    std::string line;
    std::string same;
    for (std::size_t i = 0; i < 20'000; ++i) {
        line += index.at(i).bsn + "\t";
        same += index.at(0).bsn + "\n";
    }
    CHECK(match_body(index, line).subjects.size() == 20'000);
    CHECK(match_body(index, same).subjects.size() == 1);
}

TEST_CASE("a budget that ends says so", "[match]") {
    const BigIndex index(5'000);
    std::string text;
    for (std::size_t i = 0; i < 5'000; ++i) text += index.at(i).bsn + "\n";
    const auto message = Message().body(text);
    Limits limits;
    limits.wall_time = std::chrono::milliseconds(0);
    Budget budget(limits);
    const auto findings = match::match(message.reading(), index, vocabulary(), budget);
    REQUIRE(findings);
    CHECK(findings->over_budget);
}
