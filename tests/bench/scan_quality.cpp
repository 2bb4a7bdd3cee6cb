// How well words in pictures are recognised: draws letters with names, numbers and dates that
// nobody has, does to them what printers, scanners and telephones do, and counts what comes back.
//
//   tests/bench/scan_quality [NAME]     all of it, or the kinds whose name contains NAME
//
// One line for each kind: characters read (one less for each that is wrong, missing or too much),
// numbers and dates read whole, and the time for a page.
#include <cairo/cairo.h>
#include <leptonica/allheaders.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.hpp"
#include "extract/recognition.hpp"

namespace {

using namespace postwacht;

struct Kind {
    const char* name;
    double dots_per_inch;
    double points = 11;
    double angle = 0;     // degrees
    double noise = 0;     // standard deviation, of 255
    int quarters = 0;     // turned so often
    int quality = 0;      // of a JPEG; 0: PNG
    double contrast = 1;  // of ink and paper; negative: light ink
    bool shade = false;   // light from one corner
};

constexpr std::array kinds = {
    Kind{"300 dpi", 300},
    Kind{"200 dpi", 200},
    Kind{"150 dpi", 150},
    Kind{"screen, 96 dpi", 96},
    Kind{"thumbnail, 75 dpi", 75},
    Kind{"600 dpi, noise", 600, 11, 0.5, 20},
    Kind{"300 dpi, leans 2 degrees", 300, 11, 2},
    Kind{"200 dpi, leans 4 degrees, noise", 200, 11, -4, 25},
    Kind{"150 dpi, leans, bad JPEG", 150, 11, 1, 10, 0, 30},
    Kind{"150 dpi, much noise, bad JPEG", 150, 11, -0.5, 40, 0, 40, 0.8},
    Kind{"300 dpi, very much noise", 300, 11, 0, 60},
    Kind{"200 dpi, faint", 200, 11, 0, 10, 0, 60, 0.3},
    Kind{"200 dpi, photograph in bad light", 200, 11, 1.5, 12, 0, 50, 0.7, true},
    Kind{"200 dpi, photograph, upside down", 200, 11, -2, 15, 2, 50, 0.6, true},
    Kind{"200 dpi, on its right side", 200, 11, 0, 0, 1},
    Kind{"200 dpi, upside down", 200, 11, 0.7, 5, 2},
    Kind{"200 dpi, on its left side", 200, 11, 0, 0, 3},
    Kind{"200 dpi, 8 points", 200, 8, 0, 5},
    Kind{"150 dpi, 8 points", 150, 8, 0, 5},
    Kind{"150 dpi, 24 points", 150, 24},
    Kind{"150 dpi, light on dark", 150, 11, 0, 0, 0, 0, -1},
};
constexpr std::array fonts = {"Liberation Serif", "DejaVu Sans", "Liberation Sans"};

struct Letter {
    std::vector<std::string> lines;
    std::vector<std::string> numbers;
};

class Writer {
  public:
    Letter letter() {
        static constexpr std::array people = {
            "Mevrouw A. de Vries-Jansen", "De heer B. van den Berg",
            "Mw. drs. C.M. Özdemir",      "M. van 't Hof",
            "Fatima el Idrissi",          "J.P. Dijkstra"};
        Letter out;
        const auto number = [&](std::string text) {
            out.numbers.push_back(text);
            return text;
        };
        out.lines = {people.at(below(people.size())),
                     "Lindelaan 14",
                     "1234 AB Utrecht",
                     "Burgerservicenummer: " + number(bsn()),
                     "Geboortedatum: " + number(format("{:02}-{:02}-{}", 1 + below(28),
                                                       1 + below(12), 1950 + below(60))),
                     std::string("Geachte ") + people.at(below(people.size())) + ",",
                     "Op 12 maart 2026 ontvingen wij uw aanvraag",
                     "voor een zwangerschapsuitkering. Die gaat in",
                     "op 1 mei 2026: 1.234,56 euro bruto per maand.",
                     "Uw werknemer heeft BSN " + number(bsn()) + ".",
                     "Het dossiernummer is " + number(bsn()) + ".",
                     "Met vriendelijke groet,",
                     "namens de afdeling Uitkeringen"};
        return out;
    }

  private:
    std::size_t below(std::size_t limit) { return random_() % limit; }
    // Nine digits that pass the 11-test.
    std::string bsn() {
        for (;;) {
            std::string digits;
            std::size_t sum = 0;
            for (std::size_t i = 0; i < 8; ++i) {
                const std::size_t digit = i == 0 ? 1 + below(9) : below(10);
                digits += static_cast<char>('0' + digit);
                sum += digit * (9 - i);
            }
            if (sum % 11 < 10) return digits + static_cast<char>('0' + sum % 11);
        }
    }

    std::mt19937 random_{2026};
};

// What is drawn, as the bytes of a file.
std::string scanned(const Letter& letter, const Kind& kind, const char* font) {
    const int width = static_cast<int>(8.27 * kind.dots_per_inch);
    const int height = static_cast<int>(11.69 * kind.dots_per_inch);
    cairo_surface_t* surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo_t* cairo = cairo_create(surface);
    const double paper = 0.5 + kind.contrast / 2;
    cairo_set_source_rgb(cairo, paper, paper, paper);
    cairo_paint(cairo);
    cairo_set_source_rgb(cairo, 1 - paper, 1 - paper, 1 - paper);
    cairo_translate(cairo, width / 2.0, height / 2.0);
    cairo_rotate(cairo, kind.angle * std::numbers::pi / 180);
    cairo_translate(cairo, -width / 2.0, -height / 2.0);
    cairo_select_font_face(cairo, font, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    const double size = kind.points * kind.dots_per_inch / 72;
    cairo_set_font_size(cairo, size);
    double y = kind.dots_per_inch * 1.2;
    for (const auto& line : letter.lines) {
        cairo_move_to(cairo, kind.dots_per_inch * 0.5, y);
        cairo_show_text(cairo, line.c_str());
        y += size * 1.5;
    }
    cairo_destroy(cairo);
    cairo_surface_flush(surface);
    const unsigned char* rows = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    std::mt19937 random(7);
    std::normal_distribution<double> noise(0, std::max(kind.noise, 0.001));
    PIX* page = pixCreate(width, height, 8);
    for (int row = 0; row < height; ++row)
        for (int x = 0; x < width; ++x) {
            double value = rows[row * stride + 4 * x];
            if (kind.shade) value *= 0.45 + 0.33 * x / width + 0.22 * row / height;
            if (kind.noise > 0) value += noise(random);
            pixSetPixel(page, x, row, static_cast<l_uint32>(std::clamp(value, 0.0, 255.0)));
        }
    cairo_surface_destroy(surface);
    PIX* turned = pixRotateOrth(page, kind.quarters);
    l_uint8* bytes = nullptr;
    std::size_t count = 0;
    if (kind.quality > 0)
        pixWriteMemJpeg(&bytes, &count, turned, kind.quality, 0);
    else
        pixWriteMemPng(&bytes, &count, turned, 0);
    std::string file(reinterpret_cast<const char*>(bytes), count);
    lept_free(bytes);
    pixDestroy(&turned);
    pixDestroy(&page);
    return file;
}

// By Levenshtein.
std::size_t differences(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> here(b.size() + 1);
    std::iota(before.begin(), before.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        here[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j)
            here[j] = std::min(
                {before[j] + 1, here[j - 1] + 1, before[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
        std::swap(before, here);
    }
    return before[b.size()];
}

void measure(const Kind& kind, Writer& writer) {
    std::size_t characters = 0;
    std::size_t wrong = 0;
    std::size_t numbers = 0;
    std::size_t read = 0;
    double seconds = 0;
    for (const char* font : fonts) {
        const Letter letter = writer.letter();
        const std::string file = scanned(letter, kind, font);
        const auto begin = std::chrono::steady_clock::now();
        Budget budget{Limits{}};
        const auto page =
            extract::unpack_picture(file, kind.quality > 0 ? "image/jpeg" : "image/png", 0);
        std::string text = extract::recognise(page.picture, budget).text;
        seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        std::replace(text.begin(), text.end(), '\t', ' ');
        std::string truth;
        for (const auto& line : letter.lines) truth += line + '\n';
        characters += truth.size();
        wrong += std::min(truth.size(), differences(truth, text + '\n'));
        for (const auto& number : letter.numbers) {
            ++numbers;
            if (text.find(number) != std::string::npos) ++read;
        }
    }
    std::puts(format("{:34} {:5.1f} %   {:2} of {:2} numbers   {:4.1f} s", kind.name,
                     100.0 - 100.0 * static_cast<double>(wrong) / static_cast<double>(characters),
                     read, numbers, seconds / fonts.size())
                  .c_str());
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view only = argc > 1 ? argv[1] : "";
    Writer writer;
    for (const auto& kind : kinds)
        if (std::string_view(kind.name).find(only) != std::string_view::npos) measure(kind, writer);
    return 0;
}
