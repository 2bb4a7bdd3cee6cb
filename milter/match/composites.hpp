// Composites: the primary elements that are made of several values, a name with a birth date and an
// address with a name or birth date. Internal to the room; the rules are told in match.hpp.
//
// Dates and postcodes are few, words are many: only the words near a date that may be a birth date
// are looked at, only those that the registry's filter of surnames lets pass are looked up, and
// only a postcode with a number beside it is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "match/birth_dates.hpp"
#include "match/findings.hpp"
#include "match/identifiers.hpp"
#include "match/labelled_names.hpp"
#include "match/people.hpp"
#include "match/unit.hpp"
#include "registry/index.hpp"

namespace postwacht::match {

struct Composite : Span {
    EvidenceKind kind = EvidenceKind::name_birth_date;
    std::uint32_t person = 0;  // in People
    bool shared = false;       // nothing there tells this person from another
    bool named = false;
    bool dropped = false;
    std::uint32_t name_at = 0;  // where the name stands, if named
};

// Whom something else names already, and in which line.
struct KnownPerson {
    std::uint32_t line = 0;
    std::uint32_t person = 0;  // in People

    bool operator==(const KnownPerson&) const = default;
    bool operator<(const KnownPerson& other) const noexcept {
        return line != other.line ? line < other.line : person < other.person;
    }
};

class CompositeFinder {
  public:
    CompositeFinder(const registry::Index& index, People& people)
        : index_(index), people_(people) {}

    // Appends to `found`. `known` is sorted.
    // `more_time` is asked before each lookup; false ends the search.
    template <class F>
    Result<void> find(const Unit& unit, const std::vector<BirthDate>& births,
                      const std::vector<DateSpan>& dates,
                      const std::vector<PostcodeSpan>& postcodes,
                      const std::vector<KnownPerson>& known, F&& more_time,
                      std::vector<Composite>& found) {
        begin(unit, births, dates);
        known_ = &known;
        for (const BirthDate& birth : births) {
            if (!more_time()) return {};
            POSTWACHT_CHECK(find_named(birth, found));
        }
        for (const PostcodeSpan& postcode : postcodes) {
            if (!more_time()) return {};
            POSTWACHT_CHECK(find_residents(postcode, found));
        }
        return {};
    }

  private:
    struct Candidate {
        std::uint32_t person = 0;
        NameReading reading;
    };

    void begin(const Unit& unit, const std::vector<BirthDate>& births,
               const std::vector<DateSpan>& dates);
    // Names as they are registered, or with a typing error.
    enum class Spelling { right, wrong };

    Result<void> find_named(const BirthDate& birth, std::vector<Composite>& found);
    Result<void> search_around(const BirthDate& birth, Spelling spelling);
    [[nodiscard]] Span with_lines_beside(std::uint32_t line) const;
    Result<void> search_names(const BirthDate& birth, Span window, Spelling spelling);
    Result<void> look_up_misspelled(const BirthDate& birth, std::string_view word,
                                    std::uint32_t at);
    void find_misspelled_residents(Span window);
    bool names_known(const BirthDate& birth, std::uint32_t at);
    Result<void> look_up_name(const BirthDate& birth, std::uint32_t at);
    bool is_too_young(Date date) const;
    void add_candidate(std::uint32_t person, const NameReading& reading);
    bool accepts(const BirthDate& birth, Date date, const NameReading& reading) const;
    void keep_best(Composite composite, std::vector<Composite>& found);
    Result<void> find_residents(const PostcodeSpan& postcode, std::vector<Composite>& found);
    void find_house_numbers(const PostcodeSpan& postcode);
    void find_number_behind(const PostcodeSpan& postcode, const Line& line);
    void add_house_number(std::uint32_t begin, std::uint32_t end);

    const registry::Index& index_;
    People& people_;
    // Of the text at hand.
    const Unit* unit_ = nullptr;
    LabelledNames labels_;
    std::string_view text_;
    const std::vector<DateSpan>* dates_ = nullptr;
    const std::vector<KnownPerson>* known_ = nullptr;
    std::size_t cued_ = 0;  // birth dates that a cue in the text points at
    // Of the date or postcode at hand.
    std::vector<Candidate> candidates_;
    std::vector<std::uint32_t> contrary_;  // people who are named there with other initials
    std::vector<std::string> looked_up_;
    std::vector<std::uint32_t> residents_;  // who are not named as they are registered
    std::vector<std::string> house_numbers_;
    Span street_;
    Span town_;
    std::string key_;
};

}  // namespace postwacht::match
