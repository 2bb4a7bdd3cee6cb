// CSV: RFC 4180 records with the line and column at which each field begins.
//
// Reads LF and CRLF, a byte-order mark, quoted fields with line breaks. Strict where leniency would
// shift a column: a quote inside a bare field, text behind a closing quote, a file that ends inside
// quotes, a carriage return on its own, and a NUL are errors with their place; reading goes on with
// the next line. Takes any bytes; every call moves forward or ends. Does not check UTF-8: that is
// for whoever reads the fields. Limit: lines and columns are counted in 32 bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postwacht::registry::csv {

struct Field {
    std::string text;
    std::uint32_t line = 0;    // from 1
    std::uint32_t column = 0;  // from 1, in bytes
};

struct Problem {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string what;  // without the field's content
};

// Reads one record after the other from bytes that must outlive it (a mapped file).
class Reader {
  public:
    explicit Reader(std::string_view bytes);

    enum class Next { record, problem, end };
    // Fills `record` (its capacity is reused) or `problem`. An empty line is no record.
    Next next(std::vector<Field>& record, Problem& problem);
    // How far it has read, in bytes, for progress.
    [[nodiscard]] std::size_t offset() const noexcept { return offset_; }

  private:
    // Both read one field and say what is wrong with it, if anything; offset_ is then at the fault.
    const char* read_bare(Field& field);
    const char* read_quoted(Field& field);
    // Reports the byte at `at` and goes to the line behind it.
    Next fail(Problem& problem, std::size_t at, const char* what);
    bool skip_line_end() noexcept;
    void begin_line(std::size_t at) noexcept;
    [[nodiscard]] std::uint32_t column_of(std::size_t at) const noexcept;

    std::string_view bytes_;
    std::size_t offset_ = 0;
    std::uint32_t line_ = 1;
    std::size_t line_start_ = 0;
};

}  // namespace postwacht::registry::csv
