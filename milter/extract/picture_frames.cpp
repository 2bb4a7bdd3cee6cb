#include "extract/picture_frames.hpp"

#include "extract/binary.hpp"

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t gif_head_size = 13;
constexpr std::uint8_t gif_extension = 0x21;
constexpr std::uint8_t gif_picture = 0x2C;
constexpr std::uint8_t gif_end = 0x3B;

std::uint64_t table_size(unsigned flags) noexcept {
    return (flags & 0x80U) != 0 ? std::uint64_t{3} << ((flags & 7U) + 1U) : 0;
}

// Behind the pieces of data that begin at `at`, each with its length before it.
std::uint64_t behind_pieces(const Binary& in, std::uint64_t at) noexcept {
    while (in.has(at, 1) && in.u8(at) != 0) at += std::uint64_t{1} + in.u8(at);
    return at + 1;
}

}  // namespace

std::optional<GifFrame> gif_frame(std::string_view bytes, int index) {
    const Binary in(bytes);
    const std::uint64_t head = gif_head_size + table_size(in.u8(10));
    std::uint64_t at = head;
    std::uint64_t control = 0;  // where what is said of the next picture begins
    int count = 0;
    std::optional<GifFrame> found;
    while (in.has(at, 1)) {
        const auto kind = in.u8(at);
        if (kind == gif_extension) {
            constexpr std::uint8_t graphic_control = 0xF9;
            if (in.u8(at + 1) == graphic_control) control = at;
            at = behind_pieces(in, at + 2);
        } else if (kind == gif_picture) {
            if (found) {
                found->last = false;
                return found;
            }
            const std::uint64_t begin = at;
            constexpr std::uint64_t descriptor_size = 10;
            at = behind_pieces(in, at + descriptor_size + table_size(in.u8(at + 9)) + 1);
            if (count++ == index) {
                found.emplace();
                found->width = in.u16(begin + 5);
                found->height = in.u16(begin + 7);
                found->whole = at <= bytes.size();
                found->alone = in.piece(0, head);
                if (control != 0)
                    found->alone += in.piece(control, behind_pieces(in, control + 2) - control);
                found->alone += in.piece(begin, at - begin);
                found->alone += static_cast<char>(gif_end);
            }
            control = 0;
        } else {
            if (found && kind != gif_end) found->whole = false;
            return found;
        }
    }
    if (found) found->whole = false;
    return found;
}

PngChunks png_chunks(std::string_view bytes) noexcept {
    PngChunks chunks;
    const Binary in(bytes);
    constexpr std::uint64_t around = 12;  // length, name and checksum
    for (std::uint64_t at = 8; in.has(at, around);) {
        std::uint64_t length = 0;
        for (std::uint64_t i = 0; i < 4; ++i) length = length << 8U | in.u8(at + i);
        if (!in.has(at, around + length)) return chunks;
        const auto name = in.piece(at + 4, 4);
        if (name == "fdAT"sv) chunks.moves = true;
        at += around + length;
        if (name == "IEND"sv) {
            chunks.whole = true;
            return chunks;
        }
    }
    return chunks;
}

}  // namespace postwacht::extract
