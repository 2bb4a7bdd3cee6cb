// Census: the first pass of a build. Checks every row of the source, finds out who is in it twice
// and whose each relation is. Nothing has been written when it ends.
//
// Subjects and relations are brought together by sorting both outside of memory, by a hash of the
// subject_id under a key that is made for this build and kept nowhere. In memory are the ids of
// organisations (some 60 bytes each), one bit for each subject, and the buffers.
#pragma once

#include <climits>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/result.hpp"
#include "registry/external_sort.hpp"
#include "registry/progress.hpp"
#include "registry/source.hpp"

namespace postwacht::registry {

// A relation in few bytes, in the order of subjects and, within one, of the source.
struct RelationEntry {
    static constexpr std::uint32_t no_organisation = 0xFFFFFFFF;
    static constexpr std::int32_t no_day = INT_MIN;

    SubjectNumber subject = 0;
    std::uint32_t order = 0;
    std::uint32_t name = 0;  // its position among Census::relation_names()
    OrganisationNumber organisation = no_organisation;
    std::uint64_t email = 0;           // where Census::expand() finds it
    std::int32_t valid_from = no_day;  // days since 1970-01-01
    std::int32_t valid_to = no_day;

    bool operator<(const RelationEntry& other) const {
        return std::tie(subject, order) < std::tie(other.subject, other.order);
    }
};

class Census {
  public:
    // Temporary files lie in `folder`. Source, reports and progress must outlive it. Errors: io,
    // crypto.
    static Result<Census> create(const Source& source, const std::filesystem::path& folder,
                                 std::size_t sort_memory, BadRows& bad_rows, Progress& progress);
    Census(Census&&) noexcept;
    Census& operator=(Census&&) = delete;
    ~Census();

    // Bad rows are reported. Errors: io, disk_full.
    Result<void> run();

    // The rest is for afterwards.
    // Good rows that the index leaves out, since others have their id or BSN too.
    [[nodiscard]] bool leaves_out_subject(SubjectNumber number) const;
    [[nodiscard]] bool leaves_out_organisation(OrganisationNumber number) const;
    // The first numbers that no row has.
    [[nodiscard]] SubjectNumber free_subject() const;
    [[nodiscard]] OrganisationNumber free_organisation() const;
    [[nodiscard]] const std::vector<std::string>& relation_names() const;
    // Sorted. Some are of subjects that are left out.
    [[nodiscard]] ExternalSort<RelationEntry>& relations();
    // Thread-safe.
    [[nodiscard]] Result<Relation> expand(const RelationEntry& entry) const;

  private:
    struct State;
    explicit Census(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace postwacht::registry
