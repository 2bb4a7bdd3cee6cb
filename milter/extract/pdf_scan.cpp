// The pages of a PDF that show pictures of text: drawn as a viewer would, and recognised.
//
// A page without text is drawn whole. On a page with text, a picture that takes much of it and has
// hardly any text on it is: a scan that somebody gave a header, a copy of a passport in a letter. A
// scan that has its words behind it, as scanners write them, is not read again. Stamps and other
// annotations are drawn by a content of their own, which poppler tells nowhere: the place of each
// is drawn and recognised too.
#include <cairo/cairo.h>
#include <poppler.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "extract/pdf_document.hpp"
#include "extract/picture.hpp"
#include "extract/recognition.hpp"

namespace postwacht::extract::pdf {
namespace {

struct DestroySurface {
    void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
};
struct DestroyCairo {
    void operator()(cairo_t* cairo) const noexcept { cairo_destroy(cairo); }
};
struct FreeMemory {
    void operator()(void* memory) const noexcept { g_free(memory); }
};
struct FreeImages {
    void operator()(GList* images) const noexcept { poppler_page_free_image_mapping(images); }
};

// As many dots an inch as a good scan has, fewer where the page is large.
double dots_per_point(const PopplerRectangle& area) {
    constexpr double best = 300.0 / 72;
    constexpr double most_dots = 16e6;
    const double points = (area.x2 - area.x1) * (area.y2 - area.y1);
    return std::min(best, std::sqrt(most_dots / points));
}

Picture drawn(PopplerPage* page, const PopplerRectangle& area) {
    const double scale = dots_per_point(area);
    constexpr double longest = 20'000;
    const double width = std::ceil((area.x2 - area.x1) * scale);
    const double height = std::ceil((area.y2 - area.y1) * scale);
    if (!(width >= 1) || !(height >= 1) || width > longest || height > longest) return {};
    const std::unique_ptr<cairo_surface_t, DestroySurface> surface(cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, static_cast<int>(width), static_cast<int>(height)));
    {
        const std::unique_ptr<cairo_t, DestroyCairo> cairo(cairo_create(surface.get()));
        cairo_set_source_rgb(cairo.get(), 1, 1, 1);
        cairo_paint(cairo.get());
        cairo_scale(cairo.get(), scale, scale);
        cairo_translate(cairo.get(), -area.x1, -area.y1);
        poppler_page_render(page, cairo.get());
    }
    cairo_surface_flush(surface.get());
    const unsigned char* rows = cairo_image_surface_get_data(surface.get());
    if (rows == nullptr || cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) return {};
    return picture_of_pixels(rows, static_cast<int>(width), static_cast<int>(height),
                             cairo_image_surface_get_stride(surface.get()));
}

// poppler guesses how a picture lies: right for one that is neither distorted nor turned.
bool lies_there(PopplerPage* page, const PopplerImageMapping& image,
                const PopplerRectangle& whole) {
    constexpr double tolerance = 2;
    const auto& area = image.area;
    if (area.x1 < whole.x1 - tolerance || area.y1 < whole.y1 - tolerance ||
        area.x2 > whole.x2 + tolerance || area.y2 > whole.y2 + tolerance)
        return false;
    const std::unique_ptr<cairo_surface_t, DestroySurface> pixels(
        poppler_page_get_image(page, image.image_id));
    if (!pixels || cairo_surface_get_type(pixels.get()) != CAIRO_SURFACE_TYPE_IMAGE) return false;
    const double here = (area.x2 - area.x1) * cairo_image_surface_get_height(pixels.get());
    const double there = (area.y2 - area.y1) * cairo_image_surface_get_width(pixels.get());
    constexpr double nearly = 0.05;
    return std::abs(here - there) < nearly * std::max(here, there);
}

double size_of(const PopplerRectangle& area) noexcept {
    return std::max(0.0, area.x2 - area.x1) * std::max(0.0, area.y2 - area.y1);
}

PopplerRectangle whole_of(PopplerPage* page) {
    PopplerRectangle area = {};
    poppler_page_get_size(page, &area.x2, &area.y2);
    return area;
}

// The part of `area` that lies on the page. Pictures may be told upside down.
PopplerRectangle on_page(const PopplerRectangle& area, const PopplerRectangle& page) {
    const auto [left, right] = std::minmax(area.x1, area.x2);
    const auto [top, bottom] = std::minmax(area.y1, area.y2);
    PopplerRectangle out;
    out.x1 = std::clamp(left, page.x1, page.x2);
    out.x2 = std::clamp(right, page.x1, page.x2);
    out.y1 = std::clamp(top, page.y1, page.y2);
    out.y2 = std::clamp(bottom, page.y1, page.y2);
    return out;
}

class Characters {
  public:
    explicit Characters(PopplerPage* page) {
        PopplerRectangle* boxes = nullptr;
        if (poppler_page_get_text_layout(page, &boxes, &count_) != FALSE) boxes_.reset(boxes);
    }
    // How many stand in `area`.
    [[nodiscard]] int in(const PopplerRectangle& area) const {
        int count = 0;
        for (guint i = 0; boxes_ && i < count_; ++i) {
            const auto& box = boxes_.get()[i];
            const double x = (box.x1 + box.x2) / 2;
            const double y = (box.y1 + box.y2) / 2;
            if (x >= area.x1 && x <= area.x2 && y >= area.y1 && y <= area.y2) ++count;
        }
        return count;
    }

  private:
    std::unique_ptr<PopplerRectangle, FreeMemory> boxes_;
    guint count_ = 0;
};

// Where pictures without text on them stand, if they take enough of the page: as much as the copy
// of an identity card does. The whole page where that is not certain.
std::optional<PopplerRectangle> bare_pictures(PopplerPage* page) {
    const std::unique_ptr<GList, FreeImages> images(poppler_page_get_image_mapping(page));
    if (!images) return std::nullopt;
    constexpr int hardly_any = 16;
    constexpr double least_share = 0.06;
    constexpr int most = 2'000;
    const PopplerRectangle whole = whole_of(page);
    const Characters characters(page);
    double taken = 0;
    bool certain = true;
    std::optional<PopplerRectangle> out;
    int seen = 0;
    for (const GList* at = images.get(); at != nullptr; at = at->next) {
        if (++seen > most) return whole;
        const auto& image = *static_cast<PopplerImageMapping*>(at->data);
        const auto area = on_page(image.area, whole);
        if (characters.in(area) >= hardly_any) continue;
        // Where the sides are wrong, their product is right.
        const double size = size_of(image.area);
        // Small ones, as scans in strips are made of, count together.
        constexpr double worth_a_look = 0.01;
        if (size > worth_a_look * size_of(whole))
            certain = certain && lies_there(page, image, whole);
        taken += size;
        out = out ? PopplerRectangle{std::min(out->x1, area.x1), std::min(out->y1, area.y1),
                                     std::max(out->x2, area.x2), std::max(out->y2, area.y2)}
                  : area;
    }
    if (taken < least_share * size_of(whole)) return std::nullopt;
    return certain ? out : whole;
}

struct FreeAnnotations {
    void operator()(GList* all) const noexcept { poppler_page_free_annot_mapping(all); }
};

// Whether it may show words that stand neither on the page nor in its own fields. Links show
// nothing, marks lie on text, notes are icons, and boxes and forms tell what they show.
bool may_show_words(PopplerAnnot* annotation) noexcept {
    switch (poppler_annot_get_annot_type(annotation)) {
        case POPPLER_ANNOT_TEXT:
        case POPPLER_ANNOT_LINK:
        case POPPLER_ANNOT_FREE_TEXT:
        case POPPLER_ANNOT_HIGHLIGHT:
        case POPPLER_ANNOT_UNDERLINE:
        case POPPLER_ANNOT_SQUIGGLY:
        case POPPLER_ANNOT_STRIKE_OUT:
        case POPPLER_ANNOT_POPUP:
        case POPPLER_ANNOT_FILE_ATTACHMENT:
        case POPPLER_ANNOT_WIDGET:
            return false;
        default:
            return true;
    }
}

void add_words(Words words, std::string where, Collector& out, Contents& into) {
    if (words.missing) out.incomplete(*words.missing);
    if (!words.text.empty() && out.take_bytes(words.text.size()))
        into.pieces.push_back({std::move(where), std::move(words.text), false, true});
}

void scan_stamps(PopplerPage* page, const std::string& place, Collector& out, Contents& into) {
    const std::unique_ptr<GList, FreeAnnotations> all(poppler_page_get_annot_mapping(page));
    const PopplerRectangle whole = whole_of(page);
    for (const GList* at = all.get(); at != nullptr && out.time_left(); at = at->next) {
        const auto& mapping = *static_cast<PopplerAnnotMapping*>(at->data);
        if (!may_show_words(mapping.annot)) continue;
        // A hidden one is not drawn, but some tool might show it.
        if (!is_shown(mapping.annot)) {
            into.unreadable = true;
            continue;
        }
        // Places of annotations count from below.
        constexpr double margin = 3;
        PopplerRectangle area = mapping.area;
        area.x1 -= margin;
        area.x2 += margin;
        area.y1 = whole.y2 - mapping.area.y1 + margin;
        area.y2 = whole.y2 - mapping.area.y2 - margin;
        const auto shown = on_page(area, whole);
        add_words(recognise([&] { return drawn(page, shown); }, out.budget()), place + ", stamp",
                  out, into);
    }
}

}  // namespace

void scan_page(PopplerPage* page, const std::string& place, bool has_text, Collector& out,
               Contents& into) {
    PopplerRectangle area = whole_of(page);
    if (has_text) {
        scan_stamps(page, place, out, into);
        const auto pictures = bare_pictures(page);
        if (!pictures) return;
        area = *pictures;
    } else if (!shows_pictures(page)) {
        return;
    }
    // Drawing is part of the work, and done only where the work is.
    add_words(recognise([&] { return drawn(page, area); }, out.budget()),
              place + (has_text ? ", picture" : ""), out, into);
}

}  // namespace postwacht::extract::pdf
