#include "extract/separated.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace postwacht::extract {
namespace {

// A cell in quotes is no longer than this, or the quote was none.
constexpr std::size_t longest_quoted = std::size_t{32} << 10U;

bool ends_line(char c) noexcept {
    return c == '\n' || c == '\r';
}

class Quotes {
  public:
    explicit Quotes(char separator) : separator_(separator) {}

    // Where the quote closes that `text` begins with: before a separator, a line end or the end.
    std::size_t closing(std::string_view text) noexcept {
        // A file of quotes that never close is no table.
        constexpr std::size_t most_in_vain = std::size_t{8} << 20U;
        if (in_vain_ > most_in_vain) return std::string_view::npos;
        std::size_t i = 1;
        for (; i < text.size() && i < longest_quoted; ++i) {
            if (text[i] != '"') continue;
            if (i + 1 == text.size() || text[i + 1] == separator_ || ends_line(text[i + 1]))
                return i;
            if (text[i + 1] == '"') ++i;
        }
        in_vain_ += i;
        return std::string_view::npos;
    }

  private:
    char separator_;
    std::size_t in_vain_ = 0;
};

// Goes through the rows; tells each cell, and the end of each row. Stops after `most` rows.
template <class Cell, class RowEnd>
void walk(std::string_view text, char separator, std::size_t most, const Cell& cell,
          const RowEnd& row_end) {
    Quotes quotes(separator);
    std::size_t rows = 0;
    std::size_t at = 0;
    while (at < text.size() && rows < most) {
        const auto rest = text.substr(at);
        if (rest.front() == '"') {
            const auto closing = quotes.closing(rest);
            if (closing != std::string_view::npos) {
                cell(rest.substr(1, closing - 1), true);
                at += closing + 1;
            } else {
                const auto end = std::min(rest.find_first_of("\r\n"), rest.size());
                const auto plain = rest.substr(0, std::min(rest.find(separator, 1), end));
                cell(plain, false);
                at += plain.size();
            }
        } else {
            std::size_t size = 0;
            while (size < rest.size() && rest[size] != separator && !ends_line(rest[size])) ++size;
            cell(rest.substr(0, size), false);
            at += size;
        }
        if (at < text.size() && text[at] == separator) {
            ++at;
            if (at < text.size() && !ends_line(text[at])) continue;
            cell({}, false);
        }
        if (at < text.size() && text[at] == '\r') ++at;
        if (at < text.size() && text[at] == '\n') ++at;
        ++rows;
        row_end();
    }
}

struct Evidence {
    std::size_t rows = 0;   // that are not empty
    std::size_t same = 0;   // of those, with the most usual number of cells
    std::size_t cells = 1;  // that number
};

Evidence evidence_for(std::string_view text, char separator) {
    constexpr std::size_t looked_at = 200;
    std::map<std::size_t, std::size_t> counts;
    Evidence evidence;
    std::size_t cells = 0;
    bool blank = true;
    walk(
        text, separator, looked_at,
        [&](std::string_view cell, bool) {
            ++cells;
            blank = blank && cell.empty();
        },
        [&] {
            if (!blank || cells > 1) {
                ++evidence.rows;
                ++counts[cells];
            }
            cells = 0;
            blank = true;
        });
    for (const auto& [size, count] : counts)
        if (size > 1 && count > evidence.same) evidence = {evidence.rows, count, size};
    return evidence;
}

// Prose has commas in its lines too, but not as many in each.
bool convinces(const Evidence& evidence, char separator) noexcept {
    constexpr std::size_t fewest_rows = 5;
    const std::size_t fewest_cells = separator == ',' ? 3 : 2;
    return evidence.same >= fewest_rows && evidence.cells >= fewest_cells &&
           evidence.same * 10 >= evidence.rows * 9;
}

char separator_of(std::string_view text, Separated sure) {
    static constexpr std::array<char, 4> separators = {'\t', ';', ',', '|'};
    char best = '\0';
    std::size_t most = 0;
    for (const char separator : separators) {
        const Evidence evidence = evidence_for(text, separator);
        if (evidence.same <= most) continue;
        if (sure == Separated::maybe && !convinces(evidence, separator)) continue;
        most = evidence.same;
        best = separator;
    }
    return best;
}

// Whether whoever goes by the separator that the first line has most of reads the same cells.
bool tells_itself(std::string_view text, std::string_view first, char separator) noexcept {
    if (separator != ';' && separator != ',') return false;
    if (text.find_first_of("\"\t") != std::string_view::npos) return false;
    const auto count = [first](char c) { return std::count(first.begin(), first.end(), c); };
    return count(separator) > 0 && count(separator) > count(separator == ';' ? ',' : ';');
}

// Cells and rows must stay what they are.
void append_cell(std::string& out, std::string_view cell, bool quoted) {
    for (std::size_t i = 0; i < cell.size(); ++i) {
        const char c = cell[i];
        out += c == '\t' || ends_line(c) ? ' ' : c;
        if (quoted && c == '"' && i + 1 < cell.size() && cell[i + 1] == '"') ++i;
    }
}

}  // namespace

std::optional<std::string> separated_rows(std::string_view utf8, Separated sure) {
    char separator = '\0';
    const auto first = utf8.substr(0, utf8.find_first_of("\r\n"));
    constexpr std::string_view named = "sep=";
    if (first.size() == named.size() + 1 && first.starts_with(named)) {
        separator = first.back();
        sure = Separated::declared;
    } else {
        separator = separator_of(utf8, sure);
    }
    if (separator == '\0' || (sure == Separated::declared && tells_itself(utf8, first, separator)))
        return std::nullopt;
    std::string out;
    out.reserve(utf8.size());
    bool begins = true;
    walk(
        utf8, separator, utf8.size(),
        [&](std::string_view cell, bool quoted) {
            if (!begins) out += '\t';
            begins = false;
            append_cell(out, cell, quoted);
        },
        [&] {
            out += '\n';
            begins = true;
        });
    if (!out.empty() && !ends_line(utf8.back())) out.pop_back();
    return out;
}

}  // namespace postwacht::extract
