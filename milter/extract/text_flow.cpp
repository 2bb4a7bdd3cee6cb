#include "extract/text_flow.hpp"

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
    cells_.push_back(0);
}

void TextFlow::begin_row() {
    pending_row_ = true;
    pending_tabs_ = 0;
    if (!cells_.empty()) cells_.back() = 0;
}

void TextFlow::begin_cell() {
    const bool first = cells_.empty() || cells_.back() == 0;
    if (!cells_.empty()) ++cells_.back();
    if (!first) ++pending_tabs_;
    pending_space_ = false;
    at_cell_start_ = true;
}

void TextFlow::end_cell() {
    // What ended the last block of the cell must not end the row.
    pending_line_ = false;
    pending_space_ = false;
}

void TextFlow::end_table() {
    if (!cells_.empty()) cells_.pop_back();
    pending_row_ = true;
    pending_tabs_ = 0;
}

}  // namespace postwacht::extract
