#include "extract/picture.hpp"

#include <leptonica/allheaders.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>
#include <string>

#include "extract/binary.hpp"
#include "extract/picture_frames.hpp"
#include "extract/picture_tiff.hpp"

namespace postwacht::extract {
namespace {

struct Size {
    std::uint64_t width = 0;
    std::uint64_t height = 0;
    std::uint64_t bits = 8;     // of a sample
    std::uint64_t samples = 1;  // of a pixel
    [[nodiscard]] std::uint64_t bytes() const noexcept {
        // Leptonica keeps colours in four bytes, and grey in eight bits at most.
        const std::uint64_t per_pixel = samples > 1 ? 32 : std::min<std::uint64_t>(bits, 8);
        return width * height / 8 * per_pixel;
    }
};

// No side may be longer, whatever the other is: it keeps all sums below in range.
constexpr std::uint64_t longest_side = 200'000;

const unsigned char* data_of(std::string_view bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool read_size(std::string_view bytes, std::string_view type, int index, Size& size) {
    l_int32 width = 0;
    l_int32 height = 0;
    l_int32 bits = 0;
    l_int32 samples = 0;
    if (type == "image/bmp") {
        const Binary head(bytes);
        const auto signed_height = static_cast<std::int32_t>(head.u32(22));
        width = static_cast<std::int32_t>(head.u32(18));
        height = signed_height == INT32_MIN ? 0 : std::abs(signed_height);
        samples = head.u16(28) > 8 ? 3 : 1;
        bits = 8;
    } else if (type == "image/tiff") {
        l_int32 resolution = 0;
        l_int32 has_colours = 0;
        l_int32 format = 0;
        if (readHeaderMemTiff(data_of(bytes), bytes.size(), index, &width, &height, &bits, &samples,
                              &resolution, &has_colours, &format) != 0)
            return false;
        // Those of a palette are unpacked into colours.
        if (has_colours != 0) samples = 3;
    } else {
        l_int32 format = 0;
        l_int32 has_colours = 0;
        if (pixReadHeaderMem(data_of(bytes), bytes.size(), &format, &width, &height, &bits,
                             &samples, &has_colours) != 0)
            return false;
    }
    if (width <= 0 || height <= 0 || bits <= 0 || samples <= 0) return false;
    size = {static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height),
            static_cast<std::uint64_t>(bits), static_cast<std::uint64_t>(samples)};
    return true;
}

// More pixels than these tell a reader nothing more: an A4 page at 600 dots an inch, and of a
// photograph, which has colours between its dots, at 500.
constexpr std::uint64_t enough_pixels = 36'000'000;
constexpr std::uint64_t enough_of_a_photograph = 24'000'000;

PIX* unpack_jpeg(std::string_view bytes, const Size& size, bool& whole) {
    l_int32 reduction = 1;
    while (reduction < 8 &&
           size.width * size.height / static_cast<std::uint64_t>(reduction * reduction) >
               enough_of_a_photograph)
        reduction *= 2;
    // Straight to grey, but for those that are made of the colours of print.
    const l_int32 hint = size.samples == 4 ? 0 : L_JPEG_READ_LUMINANCE;
    l_int32 warnings = 0;
    PIX* pix = pixReadMemJpeg(data_of(bytes), bytes.size(), 0, reduction, &warnings, hint);
    // Cameras leave much that libjpeg warns of. Only a picture that stops is not whole.
    whole = warnings == 0 || bytes.rfind("\xFF\xD9") != std::string_view::npos;
    return pix;
}

// On white, without a palette, in eight bits. Takes hold of `pix`.
PIX* to_grey(PIX* pix) {
    if (pix == nullptr) return nullptr;
    if (pixGetDepth(pix) == 32 && pixGetSpp(pix) == 4) {
        PIX* flat = pixAlphaBlendUniform(pix, 0xFFFFFF00U);
        pixDestroy(&pix);
        pix = flat;
        if (pix == nullptr) return nullptr;
    }
    if (pixGetDepth(pix) == 8 && pixGetColormap(pix) == nullptr) return pix;
    PIX* grey = pixConvertTo8(pix, 0);
    pixDestroy(&pix);
    return grey;
}

PIX* shrunk(PIX* pix) {
    if (pix == nullptr) return nullptr;
    const auto pixels = static_cast<double>(pixGetWidth(pix)) * pixGetHeight(pix);
    if (pixels <= static_cast<double>(enough_pixels)) return pix;
    const auto factor =
        static_cast<l_float32>(std::sqrt(static_cast<double>(enough_pixels) / pixels));
    PIX* small = pixScaleAreaMap(pix, factor, factor);
    pixDestroy(&pix);
    return small;
}

}  // namespace

void Picture::Destroy::operator()(PIX* pix) const noexcept {
    pixDestroy(&pix);
}

Picture Picture::clone() const {
    return pix_ ? Picture(pixClone(pix_.get())) : Picture();
}

bool Picture::is_blank() const {
    constexpr l_int32 lowest_line = 8;
    constexpr l_int32 shortest_line = 40;
    const l_int32 width = pixGetWidth(pix_.get());
    const l_int32 height = pixGetHeight(pix_.get());
    if (std::min(width, height) < lowest_line || std::max(width, height) < shortest_line)
        return true;
    constexpr l_int32 least_contrast = 12;
    l_int32 darkest = 0;
    l_int32 lightest = 0;
    pixGetExtremeValue(pix_.get(), 1, L_SELECT_MIN, nullptr, nullptr, nullptr, &darkest);
    pixGetExtremeValue(pix_.get(), 1, L_SELECT_MAX, nullptr, nullptr, nullptr, &lightest);
    return lightest - darkest < least_contrast;
}

namespace {

// Leptonica tells the size of a GIF only after it unpacked all of it, whatever size each picture
// claims. So each is looked at first and unpacked alone.
Unpacked unpack_gif(std::string_view bytes, int index) {
    Unpacked out;
    const auto frame = gif_frame(bytes, index);
    if (!frame) return out;
    out.last = frame->last;
    if (std::uint64_t{frame->width} * frame->height > Picture::most_bytes) {
        out.state = Unpacking::too_large;
        return out;
    }
    out.picture = Picture(shrunk(to_grey(pixReadMem(data_of(frame->alone), frame->alone.size()))));
    if (out.picture) out.state = frame->whole ? Unpacking::done : Unpacking::partly;
    return out;
}

}  // namespace

Unpacked unpack_picture(std::string_view bytes, std::string_view type, int index) {
    // What Leptonica has to say it would say on standard error.
    setMsgSeverity(L_SEVERITY_NONE);
    if (type == "image/gif") return unpack_gif(bytes, index);
    const bool paged = type == "image/tiff";
    Unpacked out;
    Size size;
    if ((index > 0 && !paged) || !read_size(bytes, type, index, size)) return out;
    Size next;
    out.last = !paged || !read_size(bytes, type, index + 1, next);
    const bool photograph = type == "image/jpeg";
    // A photograph is unpacked at an eighth of its sides, if need be.
    const std::uint64_t needed = photograph ? size.bytes() / 64 : size.bytes();
    if (std::max(size.width, size.height) > longest_side || needed > Picture::most_bytes) {
        out.state = Unpacking::too_large;
        return out;
    }
    if (type == "image/png") {
        const auto chunks = png_chunks(bytes);
        // libpng takes the memory for a chunk before it looks whether all of it is there.
        if (!chunks.whole) return out;
        out.more = chunks.moves;
    }
    bool whole = true;
    PIX* pix = nullptr;
    if (photograph)
        pix = unpack_jpeg(bytes, size, whole);
    else if (paged)
        pix = pixReadMemTiff(data_of(bytes), bytes.size(), index);
    else
        pix = pixReadMem(data_of(bytes), bytes.size());
    if (pix == nullptr && paged) {
        // What it does not unpack, its own library may: it reads more forms, and more slowly.
        auto page = unpack_tiff_page(bytes, index);
        if (page.picture) page.picture = Picture(shrunk(pixClone(page.picture.pix())));
        return page;
    }
    out.picture = Picture(shrunk(to_grey(pix)));
    if (out.picture) out.state = whole ? Unpacking::done : Unpacking::partly;
    return out;
}

Picture picture_of_pixels(const unsigned char* rows, int width, int height, int stride) {
    Picture picture(pixCreate(width, height, 8));
    if (!picture) throw std::bad_alloc();
    l_uint32* line = pixGetData(picture.pix());
    const l_int32 words = pixGetWpl(picture.pix());
    for (int y = 0; y < height; ++y, rows += stride, line += words) {
        for (int x = 0; x < width; ++x) {
            const unsigned char* pixel = rows + std::ptrdiff_t{4} * x;
            // The weights of television, in 256ths.
            const auto grey =
                static_cast<l_uint8>((29U * pixel[0] + 150U * pixel[1] + 77U * pixel[2]) >> 8U);
            SET_DATA_BYTE(line, x, grey);
        }
    }
    return picture;
}

}  // namespace postwacht::extract
