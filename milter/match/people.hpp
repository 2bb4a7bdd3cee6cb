// People: the persons that a message names, each read from the registry once, with what is found
// out about them. Internal to the room.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "match/findings.hpp"
#include "match/names.hpp"
#include "registry/index.hpp"

namespace postwacht::match {

// One person, as the message is read.
struct Person {
    std::shared_ptr<const registry::Subject> subject;
    NameForms names;
    std::vector<Evidence> evidence;
    std::array<std::array<std::uint8_t, 2>, evidence_kinds> kept{};  // per kind; visible, hidden
    // Elements found, a bit each (element_of); an element may be in one set only.
    std::uint64_t strong = 0;
    std::uint64_t weak = 0;
    std::uint64_t shared = 0;
    bool unshared = false;    // some element is this person's alone
    bool sure = false;        // the same, known while a text's elements are still gathered
    bool bsn_only = true;     // no strong or shared element but the BSN
    bool legible = false;     // some element was read as it is written
    unsigned supporting = 0;  // kinds
    std::vector<std::uint32_t> trees;
    std::vector<std::uint32_t> solid_trees;  // where more than a bare number names the person
    std::vector<std::uint32_t> categories;
    std::optional<Date> period;
    std::vector<Contradiction> contradictions;
    // Of the unit at hand.
    std::uint32_t unit = UINT32_MAX;
    unsigned supporting_here = 0;
    bool solid_here = false;
    std::uint32_t searched_until = 0;
};

// The bit of a value of the subject: the BSN, then addresses, then other ids.
[[nodiscard]] std::uint8_t element_of(const registry::Subject& subject, EvidenceKind kind,
                                      std::string_view value) noexcept;
// By the table in match.hpp.
[[nodiscard]] Confidence confidence_of(const Person& person) noexcept;

class People {
  public:
    explicit People(const registry::Index& index) : index_(index) {}

    // The number that a person has in this message.
    Result<std::uint32_t> number_of(registry::SubjectNumber subject);

    [[nodiscard]] Person& operator[](std::uint32_t number) { return all_[number]; }
    [[nodiscard]] const Person& operator[](std::uint32_t number) const { return all_[number]; }
    [[nodiscard]] const std::vector<Person>& all() const noexcept { return all_; }

  private:
    const registry::Index& index_;
    std::vector<Person> all_;
    std::unordered_map<registry::SubjectNumber, std::uint32_t> numbers_;
};

}  // namespace postwacht::match
