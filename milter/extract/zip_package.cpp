#include "extract/zip_package.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "extract/file_name.hpp"

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t local_size = 30;
constexpr std::size_t central_size = 46;
constexpr std::size_t end_size = 22;
constexpr std::uint64_t all_ones_32 = 0xFFFFFFFF;
constexpr unsigned stored = 0;
constexpr unsigned deflated = 8;
// No member that is handed over whole is larger, whatever its header says.
constexpr std::uint64_t largest_member = std::uint64_t{256} << 20U;

std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t width) noexcept {
    std::uint64_t value = 0;
    if (at > bytes.size() || bytes.size() - at < width) return 0;
    for (std::size_t i = width; i-- > 0;)
        value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

std::string_view slice(std::string_view bytes, std::uint64_t at, std::uint64_t size) noexcept {
    if (at > bytes.size()) return {};
    return bytes.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(size));
}

// The value of one kind of extra field, or nothing.
std::string_view extra_field(std::string_view extra, unsigned wanted) noexcept {
    while (extra.size() >= 4) {
        const auto size = static_cast<std::size_t>(number(extra, 2, 2));
        if (number(extra, 0, 2) == wanted) return extra.substr(4, size);
        extra.remove_prefix(std::min(extra.size(), 4 + size));
    }
    return {};
}

std::string decoded_name(std::string_view raw, std::string_view extra) {
    constexpr unsigned unicode_path = 0x7075;
    const auto field = extra_field(extra, unicode_path);
    const auto checksum =
        crc32(0, reinterpret_cast<const Bytef*>(raw.data()), static_cast<uInt>(raw.size()));
    if (field.size() > 5 && number(field, 1, 4) == checksum) raw = field.substr(5);
    std::string name = readable_name(raw);
    std::replace(name.begin(), name.end(), '\\', '/');
    name.erase(0, std::min(name.find_first_not_of('/'), name.size()));
    return name;
}

// Zip64: the fields that did not fit stand in the extra field, in this order, those alone.
void widen(ZipMember& member, std::string_view extra) noexcept {
    constexpr unsigned zip64 = 0x0001;
    const auto field = extra_field(extra, zip64);
    std::size_t at = 0;
    for (auto* value : {&member.size, &member.packed, &member.header}) {
        if (*value != all_ones_32 || field.size() < at + 8) continue;
        *value = number(field, at, 8);
        at += 8;
    }
}

// Ends zlib's state on every way out.
class Inflater {
  public:
    Inflater() { ready_ = inflateInit2(&stream_, -MAX_WBITS) == Z_OK; }
    ~Inflater() {
        if (ready_) inflateEnd(&stream_);
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    [[nodiscard]] bool ready() const noexcept { return ready_; }
    [[nodiscard]] z_stream& stream() noexcept { return stream_; }

  private:
    z_stream stream_{};
    bool ready_ = false;
};

// Feeds what `packed` unpacks to. True where the end of the data was found; `used` is how much of
// `packed` that took.
bool inflate_through(std::string_view packed, const ZipPackage::Sink& sink, std::uint64_t& used) {
    Inflater inflater;
    if (!inflater.ready()) return false;
    z_stream& stream = inflater.stream();
    std::vector<unsigned char> piece(std::size_t{64} << 10U);
    constexpr std::size_t most_at_once = std::size_t{1} << 30U;
    int state = Z_OK;
    used = 0;
    while (state == Z_OK) {
        if (stream.avail_in == 0) {
            const auto rest = slice(packed, used, most_at_once);
            if (rest.empty()) return false;
            // zlib takes a pointer to bytes that it does not write to.
            stream.next_in =
                const_cast<Bytef*>(reinterpret_cast<const Bytef*>(rest.data()));  // NOLINT
            stream.avail_in = static_cast<uInt>(rest.size());
            used += rest.size();
        }
        stream.next_out = piece.data();
        stream.avail_out = static_cast<uInt>(piece.size());
        state = inflate(&stream, Z_NO_FLUSH);
        const std::size_t made = piece.size() - stream.avail_out;
        if (made > 0 && !sink({reinterpret_cast<const char*>(piece.data()), made})) return false;
    }
    used -= stream.avail_in;
    return state == Z_STREAM_END;
}

}  // namespace

ZipPackage::ZipPackage(std::string_view bytes, Collector& out) : bytes_(bytes), out_(&out) {
    if (!read_directory()) {
        members_.clear();
        out.incomplete(Why::damaged);
        find_by_headers();
    } else {
        check_layout();
    }
    std::set<std::string, std::less<>> names;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        by_name_.emplace(text::ascii_lower(members_[i].name), i);
        // Readers differ in which of two members of one name they show.
        const bool fresh = names.insert(text::ascii_lower(members_[i].raw_name)).second;
        if (!fresh && !members_[i].is_folder()) out.incomplete(Why::damaged);
    }
}

std::optional<std::size_t> ZipPackage::find(std::string_view name) const {
    const auto found = by_name_.find(text::ascii_lower(name));
    return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

bool ZipPackage::read_directory() {
    // The comment of the end record may hold the letters of an end record, and so may a member.
    constexpr std::size_t farthest = (std::size_t{64} << 10U) + end_size;
    const std::size_t first = bytes_.size() - std::min(bytes_.size(), farthest);
    for (auto at = bytes_.rfind("PK\x05\x06"sv); at != std::string_view::npos && at >= first;
         at = at == 0 ? std::string_view::npos : bytes_.rfind("PK\x05\x06"sv, at - 1)) {
        members_.clear();
        if (bytes_.size() - at >= end_size && read_directory_at(at)) return true;
    }
    return false;
}

bool ZipPackage::read_directory_at(std::uint64_t end_record) {
    const auto end = slice(bytes_, end_record, end_size);
    std::uint64_t count = number(end, 10, 2);
    std::uint64_t size = number(end, 12, 4);
    std::uint64_t at = number(end, 16, 4);
    std::uint64_t behind = end_record;
    constexpr std::size_t locator_size = 20;
    constexpr std::size_t end64_size = 56;
    if (end_record >= locator_size) {
        const auto locator = slice(bytes_, end_record - locator_size, locator_size);
        const auto end64 = slice(bytes_, number(locator, 8, 8), end64_size);
        if (locator.starts_with("PK\x06\x07"sv) && end64.starts_with("PK\x06\x06"sv) &&
            end64.size() == end64_size) {
            count = number(end64, 32, 8);
            size = number(end64, 40, 8);
            at = number(end64, 48, 8);
            behind = number(locator, 8, 8);
        }
    }
    if (size > behind || at > behind - size) return false;
    // Offsets count from where the zip file begins, and something may stand before it.
    shift_ = behind - size - at;
    if (count > 0 && slice(bytes_, at + shift_, 4) != "PK\x01\x02"sv) {
        shift_ = 0;
        if (slice(bytes_, at, 4) != "PK\x01\x02"sv) return false;
    }
    directory_ = at + shift_;
    auto rest = slice(bytes_, directory_, behind - directory_);
    while (rest.starts_with("PK\x01\x02"sv)) {
        const auto name_size = static_cast<std::size_t>(number(rest, 28, 2));
        const auto extra_size = static_cast<std::size_t>(number(rest, 30, 2));
        const std::size_t whole =
            central_size + name_size + extra_size + static_cast<std::size_t>(number(rest, 32, 2));
        if (rest.size() < whole) return false;
        const auto extra = rest.substr(central_size + name_size, extra_size);
        ZipMember member;
        member.encrypted = (number(rest, 8, 2) & 1U) != 0;
        member.method = static_cast<unsigned>(number(rest, 10, 2));
        member.checksum = static_cast<std::uint32_t>(number(rest, 16, 4));
        member.packed = number(rest, 20, 4);
        member.size = number(rest, 24, 4);
        member.header = number(rest, 42, 4);
        widen(member, extra);
        member.header += shift_;
        member.raw_name = rest.substr(central_size, name_size);
        member.name = decoded_name(member.raw_name, extra);
        members_.push_back(std::move(member));
        rest.remove_prefix(whole);
        if (!out_->time_left()) return true;
    }
    return (members_.size() & 0xFFFFU) == (count & 0xFFFFU);
}

// Without a directory: each member's own header, one behind the other.
void ZipPackage::find_by_headers() {
    shift_ = 0;
    directory_ = bytes_.size();
    std::size_t at = 0;
    while ((at = bytes_.find("PK\x03\x04"sv, at)) != std::string_view::npos) {
        const auto rest = bytes_.substr(at);
        if (rest.size() < local_size || !out_->time_left()) return;
        const auto name_size = static_cast<std::size_t>(number(rest, 26, 2));
        const auto extra_size = static_cast<std::size_t>(number(rest, 28, 2));
        ZipMember member;
        const auto flags = number(rest, 6, 2);
        member.encrypted = (flags & 1U) != 0;
        member.method = static_cast<unsigned>(number(rest, 8, 2));
        member.checksum = static_cast<std::uint32_t>(number(rest, 14, 4));
        member.packed = number(rest, 18, 4);
        member.size = number(rest, 22, 4);
        if (rest.size() < local_size + name_size) return;
        const auto extra = slice(rest, local_size + name_size, extra_size);
        std::uint64_t keep = member.header;
        widen(member, extra);
        std::swap(member.header, keep);
        member.header = at;
        member.raw_name = rest.substr(local_size, name_size);
        member.name = decoded_name(member.raw_name, extra);
        // The sizes may stand behind the data, which then runs to where it ends by itself.
        member.sizes_known = (flags & 8U) == 0;
        const std::size_t head = local_size + name_size + extra_size;
        at += std::min(rest.size(), head);
        if (member.sizes_known)
            at += static_cast<std::size_t>(
                std::min<std::uint64_t>(member.packed, bytes_.size() - at));
        members_.push_back(std::move(member));
    }
}

// What overlaps may be read otherwise by another reader, and so may what no directory names.
void ZipPackage::check_layout() {
    struct Extent {
        std::uint64_t from;
        std::uint64_t to;
    };
    std::vector<Extent> extents;
    extents.reserve(members_.size());
    for (const auto& member : members_) {
        const auto head = slice(bytes_, member.header, local_size);
        if (!head.starts_with("PK\x03\x04"sv) || head.size() < local_size) {
            out_->incomplete(Why::damaged);
            continue;
        }
        const std::uint64_t data =
            member.header + local_size + number(head, 26, 2) + number(head, 28, 2);
        if (data > directory_ || member.packed > directory_ - data)
            out_->incomplete(Why::damaged);
        else
            extents.push_back({member.header, data + member.packed});
    }
    std::sort(extents.begin(), extents.end(),
              [](const Extent& a, const Extent& b) { return a.from < b.from; });
    std::uint64_t covered = 0;
    extents.push_back({directory_, directory_});
    std::uint64_t claimed = 0;
    for (const auto& extent : extents) {
        if (extent.from < covered) {
            out_->incomplete(Why::damaged);
        } else {
            const auto gap = slice(bytes_, covered, extent.from - covered);
            const auto hidden = gap.find("PK\x03\x04"sv);
            if (hidden != std::string_view::npos && gap.size() - hidden > local_size)
                out_->incomplete(Why::damaged);
        }
        covered = std::max(covered, extent.to);
        claimed += extent.to - extent.from;
    }
    // Members that share their data multiply what each of them unpacks to, which no ratio of a
    // member's own tells. All of them together would be paid for out of a file that is not there.
    if (claimed > bytes_.size()) out_->incomplete(Why::over_budget);
}

std::optional<std::string_view> ZipPackage::packed_bytes(const ZipMember& member) const {
    const auto head = slice(bytes_, member.header, local_size);
    if (head.size() < local_size || !head.starts_with("PK\x03\x04"sv)) return std::nullopt;
    const std::uint64_t data =
        member.header + local_size + number(head, 26, 2) + number(head, 28, 2);
    if (data > bytes_.size()) return std::nullopt;
    return slice(bytes_, data, member.sizes_known ? member.packed : bytes_.size() - data);
}

std::optional<Why> ZipPackage::unpack(const ZipMember& member, Counting counting,
                                      const Sink& sink) const {
    if (member.encrypted) return Why::encrypted;
    if (member.method != stored && member.method != deflated) return Why::unsupported;
    const auto packed = packed_bytes(member);
    if (!packed) return Why::damaged;
    std::uint64_t size = 0;
    uLong checksum = crc32(0, nullptr, 0);
    bool ended = false;  // by the sink or the budget, who say so themselves
    const auto pass_on = [&](std::string_view piece) {
        if (!out_->time_left() || (counting == Counting::yes && !out_->take_bytes(piece.size()))) {
            ended = true;
            return false;
        }
        size += piece.size();
        checksum = crc32(checksum, reinterpret_cast<const Bytef*>(piece.data()),
                         static_cast<uInt>(piece.size()));
        ended = !sink(piece);
        return !ended;
    };
    std::uint64_t used = packed->size();
    bool whole = true;
    if (member.method == deflated) {
        whole = inflate_through(*packed, pass_on, used);
    } else {
        constexpr std::size_t piece_size = std::size_t{64} << 10U;
        // Stored data without a size has no end of its own.
        whole = member.sizes_known && packed->size() == member.packed;
        for (std::size_t at = 0; at < packed->size() && !ended; at += piece_size)
            pass_on(packed->substr(at, piece_size));
    }
    if (ended) return std::nullopt;
    if (!whole) return Why::damaged;
    if (member.sizes_known &&
        (size != member.size || checksum != member.checksum || used != packed->size()))
        return Why::damaged;
    return std::nullopt;
}

bool ZipPackage::read(std::size_t member, const Sink& sink) const {
    const auto why = unpack(members_.at(member), Counting::yes, sink);
    if (why) out_->incomplete(*why);
    return !why && !out_->budget().exhausted();
}

void ZipPackage::peek(std::size_t member, const Sink& sink) const {
    static_cast<void>(unpack(members_.at(member), Counting::no, sink));
}

std::string ZipPackage::take(std::size_t member) const {
    std::string content;
    read(member, [&content](std::string_view piece) {
        content += piece;
        return true;
    });
    return content;
}

bool ZipPackage::hand_over(std::size_t member, std::string name) const {
    const ZipMember& info = members_.at(member);
    std::string content;
    bool too_large = info.sizes_known && info.size > largest_member;
    std::optional<Why> why;
    // The collector counts the bytes of a member that it is given.
    if (!too_large)
        why = unpack(info, Counting::no, [&](std::string_view piece) {
            too_large = content.size() + piece.size() > largest_member;
            if (!too_large) content += piece;
            return !too_large;
        });
    if (too_large) return out_->add_unread_member(std::move(name), Why::over_budget);
    if (why && content.empty()) return out_->add_unread_member(std::move(name), *why);
    if (why) out_->incomplete(*why);
    return out_->add_member(std::move(name), content);
}

}  // namespace postwacht::extract
