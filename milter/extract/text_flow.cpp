#include "extract/text_flow.hpp"

#include <algorithm>

namespace postwacht::extract {
namespace {

constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f';
}

// Loops and not find_first_of(), which calls memchr() for each character of the text.
std::size_t space_length(std::string_view text) noexcept {
    std::size_t length = 0;
    while (length < text.size() && is_space(text[length])) ++length;
    return length;
}

std::size_t word_length(std::string_view text) noexcept {
    std::size_t length = 0;
    while (length < text.size() && !is_space(text[length])) ++length;
    return length;
}

}  // namespace

void TextFlow::write_separators() {
    if ((pending_row_ || pending_line_) && !out_.empty()) out_ += '\n';
    out_.append(pending_tabs_, '\t');
    if (pending_space_ && !out_.empty() && out_.back() != '\n' && out_.back() != '\t') out_ += ' ';
    pending_row_ = false;
    pending_line_ = false;
    pending_tabs_ = 0;
    pending_space_ = false;
    at_cell_start_ = false;
}

void TextFlow::text(std::string_view run, bool preformatted) {
    if (preformatted) {
        if (run.empty()) return;
        write_separators();
        for (const char c : run)
            if (c != '\r') out_ += c;
        return;
    }
    while (!run.empty()) {
        const auto space = space_length(run);
        if (space > 0) pending_space_ = true;
        run.remove_prefix(space);
        if (run.empty()) return;
        const auto word = word_length(run);
        write_separators();
        out_.append(run.substr(0, word));
        run.remove_prefix(word);
    }
}

void TextFlow::begin_table() {
    block();
    tables_.emplace_back();
}

void TextFlow::begin_row() {
    pending_row_ = true;
    pending_tabs_ = 0;
    if (tables_.empty()) return;
    Table& table = tables_.back();
    for (auto& rows : table.filled)
        if (rows > 0) --rows;
    table.column = 0;
    table.last = 0;
}

void TextFlow::begin_cell(std::size_t columns, std::size_t rows) {
    pending_space_ = false;
    at_cell_start_ = true;
    if (tables_.empty()) return;
    constexpr std::size_t widest = 256;  // of what counts as a table's row
    constexpr std::size_t highest = 65'534;
    Table& table = tables_.back();
    std::size_t first = table.column;
    while (first < table.filled.size() && table.filled[first] > 0) ++first;
    pending_tabs_ += first - table.last;
    table.last = first;
    table.column = first + (first < widest ? std::clamp<std::size_t>(columns, 1, widest) : 1);
    rows = rows == 0 ? highest : std::min(rows, highest);
    if (rows < 2 || table.column > widest) return;
    table.filled.resize(std::max(table.filled.size(), table.column));
    for (std::size_t i = first; i < table.column; ++i) table.filled[i] = rows;
}

void TextFlow::end_cell() {
    // What ended the last block of the cell must not end the row.
    pending_line_ = false;
    pending_space_ = false;
}

void TextFlow::end_table() {
    if (!tables_.empty()) tables_.pop_back();
    pending_row_ = true;
    pending_tabs_ = 0;
}

}  // namespace postwacht::extract
