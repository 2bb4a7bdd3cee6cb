// Letters drawn by cairo as a scanner would give them, and kept by leptonica in any format.
#pragma once

#include <cairo/cairo.h>
#include <leptonica/allheaders.h>

#include <string>
#include <string_view>
#include <vector>

namespace postwacht::extract {

class Drawing {
  public:
    // A white sheet.
    Drawing(int width, int height) : pix_(pixCreate(width, height, 8)) { pixSetAll(pix_); }
    explicit Drawing(PIX* pix) : pix_(pix) {}
    Drawing(const Drawing& other) : pix_(pixCopy(nullptr, other.pix_)) {}
    Drawing& operator=(const Drawing&) = delete;
    ~Drawing() { pixDestroy(&pix_); }

    [[nodiscard]] PIX* pix() const { return pix_; }
    // Turned by quarters, clockwise.
    [[nodiscard]] Drawing turned(int quarters) const {
        return Drawing(pixRotateOrth(pix_, quarters));
    }
    // In a format of leptonica's (IFF_PNG, ...).
    [[nodiscard]] std::string as(int format) const {
        l_uint8* bytes = nullptr;
        std::size_t size = 0;
        pixWriteMem(&bytes, &size, pix_, format);
        std::string out(reinterpret_cast<const char*>(bytes), size);
        lept_free(bytes);
        return out;
    }
    [[nodiscard]] std::string png() const { return as(IFF_PNG); }

  private:
    PIX* pix_;
};

// Lines of twelve points, as wide as they need.
inline Drawing drawn_letter(const std::vector<std::string>& lines, double dots_per_inch = 150) {
    const double size = 12 * dots_per_inch / 72;
    const int width = static_cast<int>(size * 24);
    const int height = static_cast<int>(size * 1.5 * (static_cast<double>(lines.size()) + 1));
    cairo_surface_t* surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo_t* cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_set_source_rgb(cairo, 0, 0, 0);
    cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, size);
    double y = size * 1.5;
    for (const auto& line : lines) {
        cairo_move_to(cairo, size, y);
        cairo_show_text(cairo, line.c_str());
        y += size * 1.5;
    }
    cairo_destroy(cairo);
    cairo_surface_flush(surface);
    const unsigned char* rows = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    Drawing drawing(width, height);
    for (int row = 0; row < height; ++row)
        for (int x = 0; x < width; ++x)
            pixSetPixel(drawing.pix(), x, row, rows[row * stride + 4 * x]);
    cairo_surface_destroy(surface);
    return drawing;
}

inline std::string tiff_of(const std::vector<Drawing>& pages) {
    PIXA* all = pixaCreate(0);
    for (const auto& page : pages) pixaAddPix(all, page.pix(), L_COPY);
    l_uint8* bytes = nullptr;
    std::size_t size = 0;
    pixaWriteMemMultipageTiff(&bytes, &size, all);
    std::string out(reinterpret_cast<const char*>(bytes), size);
    lept_free(bytes);
    pixaDestroy(&all);
    return out;
}

}  // namespace postwacht::extract
