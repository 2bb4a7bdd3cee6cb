#include "extract/blips.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "extract/biff.hpp"
#include "extract/binary.hpp"

namespace postwacht::extract {
namespace {

struct Kind {
    std::uint16_t type;
    std::uint16_t instance;
    std::uint64_t head;  // digests and a tag before the bytes
    bool bitmap = false;
};

constexpr std::array kinds = {
    Kind{0xF01D, 0x46A, 17},       Kind{0xF01D, 0x46B, 33},       Kind{0xF01D, 0x6E2, 17},
    Kind{0xF01D, 0x6E3, 33},       Kind{0xF02A, 0x46A, 17},       Kind{0xF02A, 0x46B, 33},
    Kind{0xF02A, 0x6E2, 17},       Kind{0xF02A, 0x6E3, 33},       Kind{0xF01E, 0x6E0, 17},
    Kind{0xF01E, 0x6E1, 33},       Kind{0xF029, 0x6E4, 17},       Kind{0xF029, 0x6E5, 33},
    Kind{0xF01F, 0x7A8, 17, true}, Kind{0xF01F, 0x7A9, 33, true},
};

struct Blip {
    std::string_view bytes;
    bool bitmap = false;
    std::uint64_t end = 0;
};

// The one that begins at `at`.
std::optional<Blip> blip_at(const Binary& in, std::uint64_t at) {
    constexpr std::uint64_t head = 8;
    const std::uint16_t first = in.u16(at);
    const std::uint16_t type = in.u16(at + 2);
    if ((first & 0xFU) != 0) return std::nullopt;
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& known) {
        return known.type == type && known.instance == first >> 4U;
    });
    const std::uint64_t size = in.u32(at + 4);
    if (kind == kinds.end() || size <= kind->head || !in.has(at, head + kind->head))
        return std::nullopt;
    Blip blip;
    blip.bytes = in.piece(at + head + kind->head, size - kind->head);
    blip.bitmap = kind->bitmap;
    blip.end = at + head + kind->head + blip.bytes.size();
    return blip;
}

}  // namespace

std::string add_blips(std::string_view stream, Collector& out) {
    const Binary in(stream);
    std::string rest;
    std::uint64_t from = 0;
    // The type of each ends in this byte, the fourth of its head.
    for (auto at = stream.find('\xF0', 3); at != std::string_view::npos;) {
        const std::uint64_t begin = at - 3;
        const auto blip = begin >= from ? blip_at(in, begin) : std::nullopt;
        if (!blip) {
            at = stream.find('\xF0', at + 1);
            continue;
        }
        rest += in.piece(from, begin - from);
        from = blip->end;
        if (!out.add_member("picture", blip->bitmap ? bitmap_file(blip->bytes) : blip->bytes))
            return rest;
        at = stream.find('\xF0', static_cast<std::size_t>(from) + 3);
    }
    rest += in.piece(from, in.size());
    return rest;
}

std::string drawings_of_workbook(std::string_view workbook) {
    constexpr std::uint16_t drawing_group = 0x00EB;
    std::string drawings;
    BiffStream records(workbook);
    while (const auto record = records.next())
        if (record->id == drawing_group)
            for (const auto piece : record->pieces) drawings += piece;
    return drawings;
}

std::string bitmap_file(std::string_view bitmap) {
    const Binary in(bitmap);
    constexpr std::uint64_t file_head = 14;
    const std::uint64_t head = in.u32(0);
    const std::uint16_t bits = in.u16(14);
    std::uint64_t colours = in.u32(32);
    if (colours == 0 && bits <= 8) colours = std::uint64_t{1} << bits;
    constexpr std::uint32_t with_masks = 3;
    constexpr std::uint64_t old_head = 40;
    const std::uint64_t masks = head == old_head && in.u32(16) == with_masks ? 12 : 0;
    const std::uint64_t pixels =
        file_head + head + masks + 4 * std::min<std::uint64_t>(colours, 256);
    const auto number = [](std::uint64_t value) {
        std::string out;
        for (unsigned shift = 0; shift < 32; shift += 8)
            out += static_cast<char>((value >> shift) & 0xFFU);
        return out;
    };
    return "BM" + number(file_head + bitmap.size()) + number(0) + number(pixels) +
           std::string(bitmap);
}

}  // namespace postwacht::extract
