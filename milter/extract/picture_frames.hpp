// Where the pictures in a picture file stand, found without unpacking any. Internal to the readers
// of pictures.
//
// Guarantees: takes any bytes, in time that grows with their length, and allocates little.
//
// Standards: GIF89a, PNG 3 (with animations).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postwacht::extract {

struct GifFrame {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::string alone;  // a GIF file with just this picture
    bool last = true;   // no other follows
    bool whole = true;  // what follows is the next one, or the end of the file
};

// The picture `index`; nothing where there is no such picture.
[[nodiscard]] std::optional<GifFrame> gif_frame(std::string_view bytes, int index);

struct PngChunks {
    bool whole = false;  // each is as long as it says, up to the end of the picture
    bool moves = false;  // more pictures follow the first
};

[[nodiscard]] PngChunks png_chunks(std::string_view bytes) noexcept;

}  // namespace postwacht::extract
