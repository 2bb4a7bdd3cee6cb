// The text of a page, with the gaps that poppler sees but does not write.
//
// poppler gives the characters in reading order and the box of each. It writes nothing between two
// columns that stand on one line, so two numbers there would run into one; and it writes a blank
// between letters that are only set wide apart, as in the boxes of a form, so one number would fall
// into its digits. Both are told by the boxes.
#include <poppler.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extract/pdf_document.hpp"

namespace postwacht::extract::pdf {
namespace {

struct FreeMemory {
    void operator()(void* memory) const noexcept { g_free(memory); }
};

struct Glyph {
    std::string_view bytes;
    double gap = 0;       // to the one before, in heights of the line
    bool parted = false;  // poppler wrote a blank between them
};

// Gaps in heights of a line: from the narrow one a blank is seen, from the wide one a column.
constexpr double narrow = 0.25;
constexpr double wide = 1.5;

using Line = std::vector<Glyph>;

// Words of up to three characters, far too many of them: letters that were set apart.
void join_spaced_letters(Line& line) {
    constexpr std::size_t longest_word = 3;
    constexpr std::size_t fewest_words = 5;
    const auto begins_word = [&line](std::size_t i) { return i == 0 || line[i].parted; };
    std::size_t i = 0;
    while (i < line.size()) {
        const std::size_t first = i;
        std::vector<double> gaps;
        while (i < line.size()) {
            std::size_t end = i + 1;
            while (end < line.size() && !begins_word(end)) ++end;
            if (end - i > longest_word || (i != first && line[i].gap > wide)) break;
            if (i != first) gaps.push_back(line[i].gap);
            i = end;
        }
        const std::size_t glyphs = i - first;
        const std::size_t words = gaps.size() + 1;
        if (glyphs == 0) {
            ++i;
            while (i < line.size() && !begins_word(i)) ++i;
            continue;
        }
        if (words < fewest_words || glyphs * 10 > words * 16) continue;
        const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
        std::nth_element(gaps.begin(), middle, gaps.end());
        const double most = *middle * 1.6;
        for (std::size_t k = first + 1; k < i; ++k)
            if (line[k].parted && line[k].gap <= most) line[k].parted = false;
    }
}

void write(Line& line, std::string& out) {
    for (std::size_t i = 1; i < line.size(); ++i)
        if (line[i].gap > narrow) line[i].parted = true;
    join_spaced_letters(line);
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (i > 0 && line[i].gap > wide)
            out += '\t';
        else if (i > 0 && line[i].parted)
            out += ' ';
        out += line[i].bytes;
    }
    line.clear();
}

// How far b stands to the right of a; 0 where they do not stand on one line.
double gap_between(const PopplerRectangle& a, const PopplerRectangle& b) {
    const double height = std::min(a.y2 - a.y1, b.y2 - b.y1);
    const double shared = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
    if (height <= 0 || shared < height / 2) return 0;
    return std::max(0.0, b.x1 - a.x2) / height;
}

using Cell = TableHead::Cell;

// A line of poppler's: a cell where columns stand beside each other, or several of one row.
struct Segment {
    std::string text;
    PopplerRectangle box = {};
    std::vector<Cell> cells;
};

// A broken matrix gives coordinates that no order knows.
PopplerRectangle believable(const PopplerRectangle& box) noexcept {
    const bool finite = std::isfinite(box.x1) && std::isfinite(box.y1) && std::isfinite(box.x2) &&
                        std::isfinite(box.y2);
    return finite ? box : PopplerRectangle{};
}

// Goes through the characters and their boxes, and cuts them into segments.
std::vector<Segment> cut(std::string_view text, const PopplerRectangle* boxes, std::size_t count) {
    std::vector<Segment> segments;
    std::vector<Cell> cells;
    Line line;
    PopplerRectangle box = {};
    PopplerRectangle before = {};
    bool first = true;
    bool blank = false;
    const auto end_segment = [&] {
        Segment segment;
        segment.box = box;
        segment.cells = std::move(cells);
        cells.clear();
        write(line, segment.text);
        segments.push_back(std::move(segment));
        first = true;
        blank = false;
    };
    for (std::size_t i = 0; !text.empty() && i < count; ++i) {
        const auto next = std::find_if(text.begin() + 1, text.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
        });
        const auto size = static_cast<std::size_t>(next - text.begin());
        const auto bytes = text.substr(0, size);
        text.remove_prefix(size);
        if (bytes == "\n") {
            end_segment();
        } else if (bytes == " ") {
            blank = true;
        } else {
            const PopplerRectangle here = believable(boxes[i]);
            if (first) box = here;
            box = {std::min(box.x1, here.x1), std::min(box.y1, here.y1), std::max(box.x2, here.x2),
                   std::max(box.y2, here.y2)};
            line.push_back({bytes, first ? 0 : gap_between(before, here), blank});
            if (first || line.back().gap > wide) cells.push_back({here.x1, here.x2});
            cells.back().to = std::max(cells.back().to, here.x2);
            before = here;
            first = false;
            blank = false;
        }
    }
    end_segment();
    return segments;
}

bool on_one_row(const PopplerRectangle& a, const PopplerRectangle& b) noexcept {
    const double height = std::min(a.y2 - a.y1, b.y2 - b.y1);
    const double taller = std::max(a.y2 - a.y1, b.y2 - b.y1);
    const double shared = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
    // Text set upright shares its height with many rows.
    return height > 0 && shared > height / 2 && taller < 3 * height;
}

struct Row {
    std::string text;
    std::vector<Cell> cells;
};

// The rows across the page, from the top; `shared` says whether any has more than one segment.
std::vector<Row> rows_of(const std::vector<Segment>& segments, bool& shared) {
    std::vector<const Segment*> order;
    for (const auto& segment : segments)
        if (!segment.text.empty()) order.push_back(&segment);
    std::stable_sort(order.begin(), order.end(), [](const Segment* a, const Segment* b) {
        return a->box.y1 + a->box.y2 < b->box.y1 + b->box.y2;
    });
    std::vector<Row> rows;
    for (std::size_t i = 0; i < order.size();) {
        const std::size_t first = i;
        while (i < order.size() && (i == first || on_one_row(order[first]->box, order[i]->box)))
            ++i;
        shared = shared || i - first > 1;
        const auto row = order.begin() + static_cast<std::ptrdiff_t>(first);
        std::stable_sort(row, order.begin() + static_cast<std::ptrdiff_t>(i),
                         [](const Segment* a, const Segment* b) { return a->box.x1 < b->box.x1; });
        Row told;
        for (std::size_t k = first; k < i; ++k) {
            if (k > first) told.text += '\t';
            told.text += order[k]->text;
            told.cells.insert(told.cells.end(), order[k]->cells.begin(), order[k]->cells.end());
        }
        rows.push_back(std::move(told));
    }
    return rows;
}

// Names of columns hold few digits.
bool may_be_head(const Row& row) noexcept {
    constexpr int most_digits = 6;
    const auto digits = std::count_if(row.text.begin(), row.text.end(),
                                      [](char c) { return c >= '0' && c <= '9'; });
    return row.cells.size() > 1 && digits <= most_digits;
}

// Whether the cells of a row stand in the columns of the head, each in its own.
bool fits(const std::vector<Cell>& head, const std::vector<Cell>& row) noexcept {
    constexpr double play = 6;  // points: numbers may stand at the other side of their column
    if (head.size() < 2 || head.size() != row.size()) return false;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (row[i].from > head[i].to + play || row[i].to < head[i].from - play) return false;
        if (i > 0 && row[i].from < head[i - 1].to) return false;
    }
    return true;
}

// The rows of the page, with the head of the table before them where it goes on from an earlier
// page. Empty where the page's text in reading order says the same.
std::string by_rows(const std::vector<Segment>& segments, TableHead& head) {
    bool shared = false;
    const auto rows = rows_of(segments, shared);
    const auto first =
        std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row.cells.size() > 1; });
    std::string out;
    bool goes_on = false;
    // A title or a page number may stand above the rows.
    for (const auto& row : rows)
        if (!goes_on && row.text != head.text && fits(head.cells, row.cells)) goes_on = true;
    if (first != rows.end() && may_be_head(*first) && first->text != head.text) {
        const bool new_table = first + 1 != rows.end() && fits(first->cells, (first + 1)->cells);
        if (new_table || head.cells.empty()) {
            head = {first->cells, first->text};
            goes_on = false;
        }
    }
    if (goes_on && first->text != head.text) out = head.text + '\n';
    for (const auto& row : rows) out.append(row.text).append("\n");
    return shared || goes_on ? out : std::string();
}

}  // namespace

PageText page_text(PopplerPage* page, TableHead& head) {
    // More than the page, since text set upright is placed by its far corner.
    PopplerRectangle everything = {-1e5, -1e5, 1e5, 1e5};
    const std::unique_ptr<char, FreeMemory> text(poppler_page_get_text_for_area(page, &everything));
    if (!text) return {};
    PageText out;
    out.flow = text.get();
    PopplerRectangle* found = nullptr;
    guint count = 0;
    if (poppler_page_get_text_layout_for_area(page, &everything, &found, &count) != FALSE) {
        const std::unique_ptr<PopplerRectangle, FreeMemory> boxes(found);
        const auto characters = g_utf8_strlen(text.get(), -1);
        if (characters >= 0 && static_cast<guint>(characters) == count) {
            const auto segments = cut(text.get(), boxes.get(), count);
            out.rows = by_rows(segments, head);
            out.flow.clear();
            for (const auto& segment : segments) out.flow.append(segment.text).append("\n");
        }
    }
    // A word that is parted at the end of a line is still one word.
    constexpr std::string_view parted = "\xC2\xAD\n";
    auto& flow = out.flow;
    for (auto at = flow.find(parted); at != std::string::npos; at = flow.find(parted, at))
        flow.erase(at, parted.size());
    while (flow.ends_with('\n')) flow.pop_back();
    return out;
}

}  // namespace postwacht::extract::pdf
