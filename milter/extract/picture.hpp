// Picture: the pixels of a picture in grey, made ready for reading. Leptonica stays behind this
// wall.
//
// Guarantees: any bytes may come in. What a file says of its size is looked at before it is
// unpacked, so that no bomb is: a photograph is unpacked at half its size or less where that is
// enough, and all else that would take more than `most_bytes` is too large. Transparency is laid on
// white. Nothing throws but std::bad_alloc.
//
// Formats: PNG, JPEG, TIFF of several pages, BMP, GIF with all its pictures, and WebP. Known
// limits: of a PNG that moves the first picture; WebP that moves and BigTIFF are not unpacked.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

// Leptonica's name for its own type, so that its headers need not be seen here.
using PIX = struct Pix;

namespace postwacht::extract {

class Picture {
  public:
    // Some 60 million pixels in colour.
    static constexpr std::uint64_t most_bytes = std::uint64_t{256} << 20U;

    Picture() = default;
    // Takes hold of it.
    explicit Picture(PIX* pix) noexcept : pix_(pix) {}

    [[nodiscard]] explicit operator bool() const noexcept { return pix_ != nullptr; }
    [[nodiscard]] PIX* pix() const noexcept { return pix_.get(); }
    // The same pixels once more, without copying them.
    [[nodiscard]] Picture clone() const;
    // Too small for a line of text, or of one colour: there is nothing to read in it.
    [[nodiscard]] bool is_blank() const;

  private:
    struct Destroy {
        void operator()(PIX* pix) const noexcept;
    };
    std::unique_ptr<PIX, Destroy> pix_;
};

enum class Unpacking { done, partly, damaged, too_large };

struct Unpacked {
    Unpacking state = Unpacking::damaged;
    Picture picture;    // grey, where done or partly
    bool last = true;   // no page follows
    bool more = false;  // there are pictures that nobody here unpacks
};

// The page `index` of a file of this type; every format but TIFF and GIF has one. `state` is
// `damaged` where there is no such page.
[[nodiscard]] Unpacked unpack_picture(std::string_view bytes, std::string_view type, int index);

// A picture of its own from rows of pixels as cairo has them: four bytes each, blue first. `stride`
// is the number of bytes from row to row.
[[nodiscard]] Picture picture_of_pixels(const unsigned char* rows, int width, int height,
                                        int stride);

}  // namespace postwacht::extract
