#include "extract/compound.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "extract/collector.hpp"

namespace postwacht::extract {
namespace {

constexpr std::uint32_t last_regular_sector = 0xFFFFFFFA;
constexpr std::uint32_t end_of_chain = 0xFFFFFFFE;
constexpr std::uint32_t no_entry = 0xFFFFFFFF;
constexpr std::size_t header_size = 512;
constexpr std::size_t entry_size = 128;
constexpr std::uint64_t unbounded = ~std::uint64_t{0};

}  // namespace

std::optional<Compound> Compound::open(std::string_view bytes) {
    Compound file(bytes);
    if (!file.load()) return std::nullopt;
    return file;
}

bool Compound::load() {
    if (file_.size() < header_size) return false;
    sector_shift_ = file_.u16(30);
    mini_shift_ = file_.u16(32);
    mini_cutoff_ = file_.u32(56);
    if (sector_shift_ < 7 || sector_shift_ > 16 || mini_shift_ > sector_shift_ || mini_shift_ < 2)
        return false;
    load_fat();
    load_directory();
    if (entries_.empty()) return false;
    const auto mini_fat = chain(file_.u32(60), unbounded);
    const Binary table(mini_fat.bytes);
    for (std::size_t at = 0; at + 4 <= table.size(); at += 4) mini_fat_.push_back(table.u32(at));
    auto mini = chain(entries_[root].start, entries_[root].size);
    if (!mini.whole) sound_ = false;
    mini_stream_ = std::move(mini.bytes);
    link_children();
    return true;
}

std::string_view Compound::sector(std::uint32_t number) const noexcept {
    const std::uint64_t size = std::uint64_t{1} << sector_shift_;
    // The header takes the room of one sector.
    return file_.piece((std::uint64_t{number} + 1) << sector_shift_, size);
}

void Compound::load_fat() {
    const std::size_t most = (file_.size() >> sector_shift_) + 1;
    const auto add_sector = [&](std::uint32_t number) {
        const Binary table(sector(number));
        if (table.size() == 0) sound_ = false;
        for (std::size_t at = 0; at + 4 <= table.size() && fat_.size() <= most; at += 4)
            fat_.push_back(table.u32(at));
    };
    constexpr std::size_t in_header = 109;
    for (std::size_t i = 0; i < in_header; ++i) {
        const std::uint32_t number = file_.u32(76 + 4 * i);
        if (number <= last_regular_sector) add_sector(number);
    }
    std::uint32_t next = file_.u32(68);
    for (std::size_t steps = 0; next <= last_regular_sector && steps < most; ++steps) {
        const Binary table(sector(next));
        if (table.size() < 8) {
            sound_ = false;
            break;
        }
        const std::size_t last = table.size() / 4 - 1;
        for (std::size_t i = 0; i < last; ++i)
            if (table.u32(4 * i) <= last_regular_sector) add_sector(table.u32(4 * i));
        next = table.u32(4 * last);
    }
}

Compound::Stream Compound::chain(std::uint32_t start, std::uint64_t size) const {
    Stream out;
    const std::size_t most = (file_.size() >> sector_shift_) + 1;
    std::size_t steps = 0;
    std::uint32_t at = start;
    for (; at <= last_regular_sector && out.bytes.size() < size && steps < most; ++steps) {
        const auto piece = sector(at);
        if (piece.empty()) break;
        out.bytes += piece;
        at = at < fat_.size() ? fat_[at] : no_entry;
    }
    if (size == unbounded) {
        out.whole = at == end_of_chain;
    } else {
        out.whole = out.bytes.size() >= size;
        if (out.whole) out.bytes.resize(static_cast<std::size_t>(size));
    }
    return out;
}

void Compound::load_directory() {
    const auto directory = chain(file_.u32(48), unbounded);
    if (!directory.whole) sound_ = false;
    const Binary table(directory.bytes);
    for (std::size_t at = 0; at + entry_size <= table.size(); at += entry_size) {
        Entry entry;
        const std::size_t name_size = std::min<std::size_t>(table.u16(at + 64), 64);
        if (name_size > 2)
            entry.name = text::decode(table.piece(at, name_size - 2), "utf-16le").text;
        const auto kind = table.u8(at + 66);
        entry.storage = kind == 1 || kind == 5;
        entry.start = table.u32(at + 116);
        entry.size = sector_shift_ <= 9 ? table.u32(at + 120) : table.u64(at + 120);
        links_.push_back(table.u32(at + 68));
        links_.push_back(table.u32(at + 72));
        links_.push_back(entry.storage ? table.u32(at + 76) : no_entry);
        entries_.push_back(std::move(entry));
    }
}

// The children of a storage are a tree of their own. An entry belongs to one storage only.
void Compound::link_children() {
    std::vector<bool> seen(entries_.size());
    seen[root] = true;
    std::vector<std::pair<std::size_t, std::uint32_t>> open;  // parent, entry
    open.emplace_back(root, links_[2]);
    while (!open.empty()) {
        const auto [parent, number] = open.back();
        open.pop_back();
        if (number == no_entry) continue;
        if (number >= entries_.size() || seen[number]) {
            sound_ = false;
            continue;
        }
        seen[number] = true;
        entries_[parent].children.push_back(number);
        const std::size_t at = std::size_t{number} * 3;
        open.emplace_back(parent, links_[at + 1]);
        open.emplace_back(number, links_[at + 2]);
        open.emplace_back(parent, links_[at]);
    }
    for (auto& entry : entries_) std::sort(entry.children.begin(), entry.children.end());
}

std::optional<std::size_t> Compound::find(std::size_t storage, std::string_view name) const {
    for (const std::size_t child : entries_.at(storage).children)
        if (text::ascii_iequals(entries_[child].name, name)) return child;
    return std::nullopt;
}

Compound::Stream Compound::read(std::size_t index) const {
    const Entry& wanted = entries_.at(index);
    if (wanted.storage) return {};
    if (wanted.size >= mini_cutoff_) return chain(wanted.start, wanted.size);
    Stream out;
    const Binary mini(mini_stream_);
    const std::size_t most = (mini_stream_.size() >> mini_shift_) + 1;
    std::uint32_t at = wanted.start;
    for (std::size_t steps = 0; out.bytes.size() < wanted.size && steps < most; ++steps) {
        const auto piece =
            mini.piece(std::uint64_t{at} << mini_shift_, std::uint64_t{1} << mini_shift_);
        if (piece.empty()) break;
        out.bytes += piece;
        at = at < mini_fat_.size() ? mini_fat_[at] : no_entry;
    }
    out.whole = out.bytes.size() >= wanted.size;
    if (out.whole) out.bytes.resize(static_cast<std::size_t>(wanted.size));
    return out;
}

std::string stream_bytes(const Compound& file, std::size_t index, Collector& out) {
    auto stream = file.read(index);
    if (!stream.whole) out.incomplete(Why::damaged);
    if (!out.take_bytes(stream.bytes.size())) return {};
    return std::move(stream.bytes);
}

std::string stream_bytes(const Compound& file, std::size_t storage, std::string_view name,
                         Collector& out) {
    const auto index = file.find(storage, name);
    return index ? stream_bytes(file, *index, out) : std::string();
}

}  // namespace postwacht::extract
