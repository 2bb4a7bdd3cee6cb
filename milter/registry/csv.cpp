#include "registry/csv.hpp"

#include <algorithm>
#include <array>

namespace postwacht::registry::csv {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
// Characters by their bytes, since string_view::find_first_of() searches the list for each one.
class Characters {
  public:
    constexpr explicit Characters(std::string_view list) {
        for (const char c : list) is_one_[static_cast<unsigned char>(c)] = true;
    }
    // The place of the first at or behind `at`; the size where there is none.
    [[nodiscard]] std::size_t find(std::string_view text, std::size_t at) const noexcept {
        while (at < text.size() && !is_one_[static_cast<unsigned char>(text[at])]) ++at;
        return at;
    }

  private:
    std::array<bool, 256> is_one_{};
};

constexpr Characters special_in_bare_field({",\n\r\"\0", 5});
constexpr Characters special_in_quotes({"\"\n\0", 3});

}  // namespace

Reader::Reader(std::string_view bytes) : bytes_(bytes) {
    if (bytes_.starts_with(byte_order_mark)) {
        offset_ = byte_order_mark.size();
        line_start_ = offset_;
    }
}

std::uint32_t Reader::column_of(std::size_t at) const noexcept {
    return static_cast<std::uint32_t>(at - line_start_ + 1);
}

void Reader::begin_line(std::size_t at) noexcept {
    ++line_;
    line_start_ = at;
}

bool Reader::skip_line_end() noexcept {
    const std::string_view rest = bytes_.substr(offset_);
    const std::size_t length = rest.starts_with('\n') ? 1 : rest.starts_with("\r\n") ? 2 : 0;
    if (length == 0) return false;
    offset_ += length;
    begin_line(offset_);
    return true;
}

Reader::Next Reader::fail(Problem& problem, std::size_t at, const char* what) {
    problem = {line_, column_of(at), what};
    offset_ = std::min(bytes_.find('\n', at), bytes_.size());
    skip_line_end();
    return Next::problem;
}

const char* Reader::read_bare(Field& field) {
    const std::size_t end = special_in_bare_field.find(bytes_, offset_);
    field.text.assign(bytes_, offset_, end - offset_);
    offset_ = end;
    if (end == bytes_.size()) return nullptr;
    switch (bytes_[end]) {
        case '"':
            return "a quote inside a field that does not begin with one";
        case '\0':
            return "a NUL character";
        case '\r':
            return bytes_.substr(end).starts_with("\r\n") ? nullptr
                                                          : "a carriage return without a line feed";
        default:
            return nullptr;
    }
}

const char* Reader::read_quoted(Field& field) {
    field.text.clear();
    ++offset_;
    while (true) {
        const std::size_t end = special_in_quotes.find(bytes_, offset_);
        field.text.append(bytes_, offset_, end - offset_);
        offset_ = end;
        if (end == bytes_.size()) return "the file ends inside quotes that begin here";
        if (bytes_[end] == '\0') return "a NUL character";
        ++offset_;
        if (bytes_[end] == '\n') {
            field.text.push_back('\n');
            begin_line(offset_);
        } else if (bytes_.substr(offset_).starts_with('"')) {
            field.text.push_back('"');
            ++offset_;
        } else {
            return nullptr;
        }
    }
}

Reader::Next Reader::next(std::vector<Field>& record, Problem& problem) {
    while (skip_line_end()) {
    }
    if (offset_ >= bytes_.size()) return Next::end;
    for (std::size_t count = 0;; ++count) {
        if (count == record.size()) record.emplace_back();
        Field& field = record[count];
        field.line = line_;
        field.column = column_of(offset_);
        const bool quoted = bytes_.substr(offset_).starts_with('"');
        const char* const wrong = quoted ? read_quoted(field) : read_bare(field);
        if (wrong != nullptr) {
            // Quotes without an end are missed at the end of the file, but looked for where they
            // begin.
            if (offset_ < bytes_.size()) return fail(problem, offset_, wrong);
            problem = {field.line, field.column, wrong};
            return Next::problem;
        }
        const bool more = bytes_.substr(offset_).starts_with(',');
        if (more) {
            ++offset_;
            continue;
        }
        if (offset_ < bytes_.size() && !skip_line_end()) {
            return fail(problem, offset_, "text behind a closing quote");
        }
        record.resize(count + 1);
        return Next::record;
    }
}

}  // namespace postwacht::registry::csv
