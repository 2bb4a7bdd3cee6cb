// The little of CSS that decides whether text is seen: display, visibility, size, colour.
//
// Reads style attributes, and of style sheets the rules whose selectors are one element name, class
// or id ("p", ".x", "#x", "p.x"). Any bytes give an answer. Limits: combinators, pseudo-classes and
// everything inside @-rules are left out (an @media rule hides text only on some screens).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace postwacht::extract {

// A colour as a declaration gives it. An unknown one (an image, a variable) equals none.
struct Colour {
    bool known = false;
    std::uint32_t rgb = 0;

    [[nodiscard]] bool same_as(const Colour& other) const noexcept {
        return known && other.known && rgb == other.rgb;
    }
};

// What declarations say; nothing where they are silent.
struct Style {
    std::optional<bool> displayed;  // display: none is false
    std::optional<bool> block;      // display: block and the like
    std::optional<bool> visible;    // visibility
    std::optional<bool> tiny;       // a font of at most one pixel
    std::optional<bool> transparent;
    std::optional<bool> office_hidden;  // mso-hide: all
    std::optional<bool> no_room;        // width or height zero
    std::optional<bool> clipped;        // overflow: hidden
    std::optional<bool> off_screen;
    std::optional<Colour> colour;
    std::optional<Colour> background;

    // What `later` says wins.
    void merge(const Style& later);
};

[[nodiscard]] Style parse_declarations(std::string_view css);
// "#fff", "#ffffff", "white", "rgb(255, 255, 255)"; nothing for what names no colour.
[[nodiscard]] std::optional<Colour> parse_colour(std::string_view value);

class StyleSheet {
  public:
    // More rules than this are left out, as no mail has them.
    static constexpr std::size_t max_rules = 10'000;

    void add(std::string_view css);
    [[nodiscard]] bool empty() const noexcept { return rules_.empty(); }
    // What the rules for an element say, least specific first. `classes` are parted by blanks.
    [[nodiscard]] Style match(std::string_view element, std::string_view classes,
                              std::string_view id) const;

  private:
    void add_rule(std::string_view selectors, const Style& style);
    void merge_rule(std::string_view selector, Style& style) const;

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };
    std::unordered_map<std::string, Style, Hash, std::equal_to<>> rules_;  // by selector
};

}  // namespace postwacht::extract
