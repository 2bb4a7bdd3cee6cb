// NumberFormat: a number of a sheet as the person at the sheet sees it.
//
// Guarantees: any format code gives an answer, an unknown one the plain number. Standards: ECMA-376
// part 1, 18.8.30 and 18.8.31. Limits: separators are those of the code ('.' and ','), whatever the
// reader's country; fractions are shown as decimals; conditions of sections are taken as their
// order; dates of built-in formats are shown as 31-12-2024.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postwacht::extract {

class NumberFormat {
  public:
    NumberFormat() = default;
    explicit NumberFormat(std::string_view code);
    // One of the formats every program knows by number; the general one if there is none.
    static NumberFormat built_in(unsigned id);

    [[nodiscard]] bool is_date() const noexcept;
    // What is seen, and behind it what is stored where a reader would not see those digits. A date
    // is followed by the same in the order year, month, day where that is not how it is written.
    [[nodiscard]] std::string text(double value, bool from_1904) const;
    // Whether the format shows nothing of this number.
    [[nodiscard]] bool hides(double value) const;

  private:
    // A piece of a format code: one letter as it stands, or literal text.
    struct Token {
        char code = 0;  // 0: literal
        std::string text;
    };
    // What the placeholders of a section say, all of them together.
    struct Shape {
        std::size_t whole = 0;     // placeholders before the point
        std::size_t decimals = 0;  // and behind it
        bool grouped = false;
        bool exponent = false;
        bool fraction = false;
        double scale = 1;
    };
    // Sheets have a million cells of one format, so that it is taken apart once.
    struct Section {
        explicit Section(std::string text);
        std::string code;
        bool general = false;
        bool date = false;
        std::vector<Token> tokens;
        Shape shape;
    };

    static std::vector<Token> tokens_of(std::string_view code);
    static Shape shape_of(const std::vector<Token>& tokens);
    static std::string date_text(double value, const Section& section, bool from_1904);
    static std::string number_text(double value, const Section& section, bool sign);
    // None of a general format.
    [[nodiscard]] const Section* section_of(double value) const noexcept;

    std::vector<Section> sections_;
};

// Whether the stored digits can be seen as a number of their own: not as a part of a longer one,
// nor with more behind a separator, as in "123456782.000.000".
[[nodiscard]] bool shows_digits(std::string_view shown, std::string_view digits) noexcept;

// The number in full, without exponent where that is at all readable.
[[nodiscard]] std::string plain_number(double value);

}  // namespace postwacht::extract
