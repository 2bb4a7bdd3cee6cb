// ZipPackage: the members of a zip file in memory, by name and in any order.
//
// Guarantees: any bytes may come in. Members are unpacked piece by piece and every piece is taken
// from the budget first, so that a bomb ends where the budget does. Names are valid UTF-8.
//
// Fails: what is not as it should be is told to the collector. Why::damaged: no central directory
// (then the members are found by their own headers), members that overlap, members that stand in
// the file but not in its directory, a wrong size or checksum, a name given twice. Why::encrypted
// and Why::unsupported (a method other than stored and deflated): what was asked for cannot be had.
//
// Standards: PKWARE APPNOTE 6.3.10 with Zip64, Info-ZIP Unicode path extra field, ECMA-376-2 for
// names of parts. Limits: one volume; names without a Unicode mark are read as UTF-8 or else as
// code page 437.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extract/collector.hpp"

namespace postwacht::extract {

struct ZipMember {
    std::string name;
    std::string raw_name;  // as it is written, in whatever charset  // '/' between folders, without
                           // one at the beginning
    std::uint64_t header = 0;
    std::uint64_t packed = 0;
    std::uint64_t size = 0;
    std::uint32_t checksum = 0;
    unsigned method = 0;
    bool encrypted = false;
    bool sizes_known = true;

    [[nodiscard]] bool is_folder() const { return name.empty() || name.back() == '/'; }
};

class ZipPackage {
  public:
    // Takes a piece of a member; false ends the reading.
    using Sink = std::function<bool(std::string_view piece)>;

    // `bytes` must outlive it. Damage of the package as a whole is told to `out`.
    ZipPackage(std::string_view bytes, Collector& out);

    [[nodiscard]] const std::vector<ZipMember>& members() const noexcept { return members_; }
    // As the parts of packages are named: without regard to case.
    [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;

    // Unpacks a member through `sink`. False, and said why, where not all of it came.
    bool read(std::size_t member, const Sink& sink) const;
    // The beginning of a member, for a look at what it is; says nothing of what is wrong with it.
    void peek(std::size_t member, const Sink& sink) const;
    // The whole of a member, or what came of it.
    [[nodiscard]] std::string take(std::size_t member) const;
    // Hands a member over as a file inside.
    bool hand_over(std::size_t member, std::string name) const;

  private:
    enum class Counting { yes, no };

    bool read_directory();
    bool read_directory_at(std::uint64_t end_record);
    void find_by_headers();
    void check_layout();
    std::optional<Why> unpack(const ZipMember& member, Counting counting, const Sink& sink) const;
    [[nodiscard]] std::optional<std::string_view> packed_bytes(const ZipMember& member) const;

    std::string_view bytes_;
    Collector* out_;
    std::uint64_t shift_ = 0;  // bytes before the zip file itself
    std::uint64_t directory_ = 0;
    std::vector<ZipMember> members_;
    std::map<std::string, std::size_t, std::less<>> by_name_;  // lower case
};

}  // namespace postwacht::extract
