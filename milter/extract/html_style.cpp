#include "extract/html_style.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace postwacht::extract {
namespace {

using text::trim;

struct NamedColour {
    std::string_view name;
    std::uint32_t rgb;
};
constexpr std::array named_colours = {
    NamedColour{"white", 0xFFFFFF},  NamedColour{"black", 0x000000},
    NamedColour{"red", 0xFF0000},    NamedColour{"blue", 0x0000FF},
    NamedColour{"green", 0x008000},  NamedColour{"yellow", 0xFFFF00},
    NamedColour{"gray", 0x808080},   NamedColour{"grey", 0x808080},
    NamedColour{"silver", 0xC0C0C0}, NamedColour{"navy", 0x000080},
    NamedColour{"lime", 0x00FF00},   NamedColour{"aqua", 0x00FFFF},
    NamedColour{"cyan", 0x00FFFF},   NamedColour{"maroon", 0x800000},
    NamedColour{"purple", 0x800080}, NamedColour{"fuchsia", 0xFF00FF},
    NamedColour{"olive", 0x808000},  NamedColour{"teal", 0x008080},
    NamedColour{"orange", 0xFFA500}, NamedColour{"whitesmoke", 0xF5F5F5},
    NamedColour{"snow", 0xFFFAFA},   NamedColour{"ivory", 0xFFFFF0}};

// A number at the front of `value`, and the unit behind it.
struct Length {
    double number = 0;
    std::string_view unit;
};
std::optional<Length> parse_length(std::string_view value) {
    if (value.starts_with('+')) value.remove_prefix(1);
    Length length;
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), length.number);
    if (error != std::errc()) return std::nullopt;
    length.unit = trim(value.substr(static_cast<std::size_t>(end - value.data())));
    return length;
}

double pixels(const Length& length) {
    constexpr double usual_font = 16;
    if (length.unit == "pt") return length.number * 4 / 3;
    if (length.unit == "em" || length.unit == "rem" || length.unit == "ex")
        return length.number * usual_font;
    if (length.unit == "%") return length.number * usual_font / 100;
    return length.number;
}

bool is_zero(std::string_view value) {
    const auto length = parse_length(value);
    return length && length->number == 0;
}

// Sizes in em and % are of the parent's: they say nothing new unless they are next to nothing.
std::optional<bool> tiny_font(std::string_view value) {
    const auto length = parse_length(value);
    if (!length) {
        const bool keyword =
            value.ends_with("small") || value.ends_with("large") || value == "medium";
        return keyword ? std::optional(false) : std::nullopt;
    }
    if (pixels(*length) <= 1) return true;
    const bool relative = length->unit == "em" || length->unit == "ex" || length->unit == "%";
    return relative ? std::nullopt : std::optional(false);
}

std::optional<std::uint32_t> parse_hex_colour(std::string_view digits) {
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    if (digits.size() == 6) return value;
    if (digits.size() != 3) return std::nullopt;
    const std::uint32_t red = (value >> 8U) & 0xFU;
    const std::uint32_t green = (value >> 4U) & 0xFU;
    const std::uint32_t blue = value & 0xFU;
    return (red * 0x11U << 16U) | (green * 0x11U << 8U) | blue * 0x11U;
}

// "255, 255, 255" or "255 255 255 / 1"; what follows the third number does not count.
std::optional<std::uint32_t> parse_rgb(std::string_view arguments) {
    std::uint32_t rgb = 0;
    for (int i = 0; i < 3; ++i) {
        while (!arguments.empty() && (arguments.front() == ' ' || arguments.front() == ','))
            arguments.remove_prefix(1);
        std::uint32_t part = 0;
        const auto [end, error] =
            std::from_chars(arguments.data(), arguments.data() + arguments.size(), part);
        if (error != std::errc() || part > 255) return std::nullopt;
        rgb = (rgb << 8U) | part;
        arguments.remove_prefix(static_cast<std::size_t>(end - arguments.data()));
    }
    return rgb;
}

// `background: #fff url(x.png) no-repeat`: the colour among the words, unknown if there is an
// image.
std::optional<Colour> background_colour(std::string_view value) {
    if (value.find("url(") != std::string_view::npos ||
        value.find("gradient(") != std::string_view::npos)
        return Colour{};
    if (auto whole = parse_colour(value)) return whole;
    while (!value.empty()) {
        const auto blank = value.find(' ');
        if (auto colour = parse_colour(value.substr(0, blank))) return colour;
        value.remove_prefix(blank == std::string_view::npos ? value.size() : blank + 1);
    }
    return std::nullopt;
}

void apply_display(std::string_view value, Style& style) {
    style.displayed = value != "none";
    style.block = value == "block" || value == "list-item" || value == "flex" || value == "grid" ||
                  value == "table" || value == "table-row";
}

void apply(std::string_view property, std::string_view value, Style& style) {
    constexpr double far_away = -900;  // pixels to the left of or above the page
    if (property == "display") {
        apply_display(value, style);
    } else if (property == "visibility") {
        style.visible = value != "hidden" && value != "collapse";
    } else if (property == "font-size") {
        if (const auto tiny = tiny_font(value)) style.tiny = tiny;
    } else if (property == "font") {
        // The size is the word that begins with a digit ("bold 0/0 a").
        const auto digit = value.find_first_of("0123456789.");
        if (digit != std::string_view::npos) {
            const auto word = value.substr(digit);
            if (const auto tiny = tiny_font(word.substr(0, word.find_first_of(" /"))))
                style.tiny = tiny;
        }
    } else if (property == "opacity") {
        const auto length = parse_length(value);
        style.transparent = length && length->number <= 0.01;
    } else if (property == "mso-hide") {
        style.office_hidden = value == "all";
    } else if (property == "width" || property == "height" || property == "max-width" ||
               property == "max-height") {
        if (is_zero(value)) style.no_room = true;
    } else if (property == "overflow") {
        style.clipped = value == "hidden" || value == "clip";
    } else if (property == "text-indent" || property == "left" || property == "top" ||
               property == "margin-left") {
        const auto length = parse_length(value);
        if (length && pixels(*length) <= far_away) style.off_screen = true;
    } else if (property == "color") {
        style.colour = parse_colour(value).value_or(Colour{});
    } else if (property == "background" || property == "background-color") {
        if (const auto colour = background_colour(value)) style.background = colour;
    }
}

// Without /* comments */ and the <!-- --> that old style sheets are wrapped in.
std::string without_comments(std::string_view css) {
    std::string out;
    out.reserve(css.size());
    while (!css.empty()) {
        if (css.starts_with("/*")) {
            const auto end = css.find("*/", 2);
            css.remove_prefix(end == std::string_view::npos ? css.size() : end + 2);
        } else if (css.starts_with("<!--") || css.starts_with("-->")) {
            css.remove_prefix(css.front() == '<' ? 4 : 3);
        } else {
            out += css.front();
            css.remove_prefix(1);
        }
    }
    return out;
}

// The end of the block that begins at `open`, behind its closing brace.
std::size_t block_end(std::string_view css, std::size_t open) noexcept {
    std::size_t depth = 0;
    for (std::size_t i = open; i < css.size(); ++i) {
        if (css[i] == '{') ++depth;
        if (css[i] == '}' && --depth == 0) return i + 1;
    }
    return css.size();
}

bool is_simple_selector(std::string_view selector) noexcept {
    return !selector.empty() &&
           selector.find_first_of(" >+~:[*\t\r\n\"'()") == std::string_view::npos;
}

template <class T>
void take_later(std::optional<T>& value, const std::optional<T>& later) {
    if (later) value = later;
}

}  // namespace

void Style::merge(const Style& later) {
    take_later(displayed, later.displayed);
    take_later(block, later.block);
    take_later(visible, later.visible);
    take_later(tiny, later.tiny);
    take_later(transparent, later.transparent);
    take_later(office_hidden, later.office_hidden);
    take_later(no_room, later.no_room);
    take_later(clipped, later.clipped);
    take_later(off_screen, later.off_screen);
    take_later(colour, later.colour);
    take_later(background, later.background);
}

std::optional<Colour> parse_colour(std::string_view value) {
    value = trim(value);
    if (value.empty()) return std::nullopt;
    const std::string lower = text::ascii_lower(value);
    if (lower.front() == '#') {
        const auto rgb = parse_hex_colour(std::string_view(lower).substr(1));
        return rgb ? std::optional(Colour{true, *rgb}) : std::nullopt;
    }
    if (lower.starts_with("rgb")) {
        const auto open = lower.find('(');
        if (open == std::string::npos) return std::nullopt;
        const auto rgb = parse_rgb(std::string_view(lower).substr(open + 1));
        return rgb ? std::optional(Colour{true, *rgb}) : std::nullopt;
    }
    for (const auto& named : named_colours)
        if (named.name == lower) return Colour{true, named.rgb};
    return std::nullopt;
}

Style parse_declarations(std::string_view css) {
    Style style;
    const std::string lower = text::ascii_lower(css);
    std::string_view rest = lower;
    while (!rest.empty()) {
        const auto end = rest.find(';');
        const auto declaration = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        const auto colon = declaration.find(':');
        if (colon == std::string_view::npos) continue;
        const auto value = declaration.substr(colon + 1);
        apply(trim(declaration.substr(0, colon)), trim(value.substr(0, value.find('!'))), style);
    }
    return style;
}

void StyleSheet::add(std::string_view css) {
    const std::string plain = without_comments(css);
    std::string_view rest = plain;
    while (!rest.empty() && rules_.size() < max_rules) {
        const auto open = rest.find('{');
        if (open == std::string_view::npos) break;
        // "@import x;" and the like have no block: the rule begins behind the last ';'.
        const auto before = rest.substr(0, open);
        const auto semicolon = before.rfind(';');
        const auto selectors =
            trim(semicolon == std::string_view::npos ? before : before.substr(semicolon + 1));
        const auto end = block_end(rest, open);
        if (!selectors.starts_with('@'))
            add_rule(selectors, parse_declarations(rest.substr(open + 1, end - open - 2)));
        rest.remove_prefix(end);
    }
}

void StyleSheet::add_rule(std::string_view selectors, const Style& style) {
    while (!selectors.empty()) {
        const auto comma = selectors.find(',');
        const auto selector = trim(selectors.substr(0, comma));
        selectors.remove_prefix(comma == std::string_view::npos ? selectors.size() : comma + 1);
        if (!is_simple_selector(selector)) continue;
        // Element names know no case; classes and ids do.
        const auto mark = selector.find_first_of(".#");
        std::string key = text::ascii_lower(selector.substr(0, mark));
        if (mark != std::string_view::npos) key.append(selector.substr(mark));
        rules_[std::move(key)].merge(style);
    }
}

void StyleSheet::merge_rule(std::string_view selector, Style& style) const {
    const auto found = rules_.find(selector);
    if (found != rules_.end()) style.merge(found->second);
}

Style StyleSheet::match(std::string_view element, std::string_view classes,
                        std::string_view id) const {
    Style style;
    merge_rule(element, style);
    std::string selector;
    while (!classes.empty()) {
        const auto blank = classes.find_first_of(" \t\r\n");
        const auto name = classes.substr(0, blank);
        classes.remove_prefix(blank == std::string_view::npos ? classes.size() : blank + 1);
        if (name.empty()) continue;
        selector.assign(".").append(name);
        merge_rule(selector, style);
        selector.insert(0, element);
        merge_rule(selector, style);
    }
    if (!id.empty()) {
        selector.assign("#").append(id);
        merge_rule(selector, style);
        selector.insert(0, element);
        merge_rule(selector, style);
    }
    return style;
}

}  // namespace postwacht::extract
