#include "extract/picture_tiff.hpp"

#include <leptonica/allheaders.h>
#include <tiffio.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

namespace postwacht::extract {
namespace {

// A file in memory, as libtiff asks for it.
struct Memory {
    std::string_view bytes;
    std::uint64_t at = 0;
    bool complained = false;

    static Memory& of(thandle_t handle) { return *static_cast<Memory*>(handle); }

    static tmsize_t read(thandle_t handle, void* into, tmsize_t size) {
        Memory& file = of(handle);
        if (size <= 0 || file.at >= file.bytes.size()) return 0;
        const auto piece =
            file.bytes.substr(static_cast<std::size_t>(file.at), static_cast<std::size_t>(size));
        std::memcpy(into, piece.data(), piece.size());
        file.at += piece.size();
        return static_cast<tmsize_t>(piece.size());
    }
    static tmsize_t write(thandle_t /*handle*/, void* /*from*/, tmsize_t /*size*/) { return 0; }
    static toff_t seek(thandle_t handle, toff_t offset, int from) {
        Memory& file = of(handle);
        if (from == SEEK_SET) file.at = offset;
        if (from == SEEK_CUR) file.at += offset;
        if (from == SEEK_END) file.at = file.bytes.size() + offset;
        return file.at;
    }
    static int close(thandle_t /*handle*/) { return 0; }
    static toff_t size(thandle_t handle) { return of(handle).bytes.size(); }
    // Without a map libtiff 4.5 takes tiles of less than a kilobyte for damaged.
    static int map(thandle_t handle, void** base, toff_t* size) {
        // libtiff has no const pointers, though it only reads these.
        *base = const_cast<char*>(of(handle).bytes.data());
        *size = of(handle).bytes.size();
        return 1;
    }
    static void unmap(thandle_t /*handle*/, void* /*base*/, toff_t /*size*/) {}
    static int complain(TIFF* /*tiff*/, void* memory, const char* /*place*/, const char* /*format*/,
                        va_list /*values*/) {
        of(memory).complained = true;
        return 1;  // nothing is printed
    }
    static int pass_over(TIFF* /*tiff*/, void* /*memory*/, const char* /*place*/,
                         const char* /*format*/, va_list /*values*/) {
        return 1;
    }
};

struct Close {
    void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
    void operator()(TIFFOpenOptions* options) const noexcept { TIFFOpenOptionsFree(options); }
};

using Handle = std::unique_ptr<TIFF, Close>;

Handle open(Memory& memory) {
    const std::unique_ptr<TIFFOpenOptions, Close> options(TIFFOpenOptionsAlloc());
    if (!options) return nullptr;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), Picture::most_bytes);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), Memory::complain, &memory);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), Memory::pass_over, &memory);
    return Handle(TIFFClientOpenExt("", "r", &memory, Memory::read, Memory::write, Memory::seek,
                                    Memory::close, Memory::size, Memory::map, Memory::unmap,
                                    options.get()));
}

// Colours that libtiff has laid on black already, by the weights of television.
l_uint8 grey_on_white(std::uint32_t pixel) {
    const unsigned grey =
        (77U * TIFFGetR(pixel) + 150U * TIFFGetG(pixel) + 29U * TIFFGetB(pixel)) >> 8U;
    return static_cast<l_uint8>(std::min(255U, grey + 255U - TIFFGetA(pixel)));
}

}  // namespace

Unpacked unpack_tiff_page(std::string_view bytes, int index) {
    Unpacked out;
    Memory memory{bytes};
    const Handle tiff = open(memory);
    if (!tiff || TIFFSetDirectory(tiff.get(), static_cast<tdir_t>(index)) != 1) return out;
    out.last = TIFFLastDirectory(tiff.get()) != 0;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    if (TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width) != 1 ||
        TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height) != 1 || width == 0 || height == 0)
        return out;
    if (std::uint64_t{width} * height > Picture::most_bytes / sizeof(std::uint32_t)) {
        out.state = Unpacking::too_large;
        return out;
    }
    std::vector<std::uint32_t> pixels(std::size_t{width} * height);
    const auto unpack = [&](bool stop_at_error) {
        memory.complained = false;
        return TIFFReadRGBAImageOriented(tiff.get(), width, height, pixels.data(),
                                         ORIENTATION_TOPLEFT, stop_at_error ? 1 : 0) == 1;
    };
    // Not all that it passes over does it complain of; so only one without a stop is whole.
    const bool whole = unpack(true) && !memory.complained;
    if (!whole && !unpack(false)) return out;
    out.picture = Picture(pixCreate(static_cast<l_int32>(width), static_cast<l_int32>(height), 8));
    if (!out.picture) return out;
    l_uint32* line = pixGetData(out.picture.pix());
    const l_int32 words = pixGetWpl(out.picture.pix());
    const std::uint32_t* pixel = pixels.data();
    for (std::uint32_t y = 0; y < height; ++y, line += words)
        for (std::uint32_t x = 0; x < width; ++x) SET_DATA_BYTE(line, x, grey_on_white(*pixel++));
    out.state = whole ? Unpacking::done : Unpacking::partly;
    return out;
}

}  // namespace postwacht::extract
