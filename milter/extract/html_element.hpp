// What the elements of HTML are to the flow of text.
#pragma once

#include <cstdint>
#include <string_view>

namespace postwacht::extract {

enum class ElementRole : std::uint8_t {
    inlined,
    block,
    line_break,
    table,
    row,
    cell,
    preformatted,
    script,
    style,
    title,
    not_shown,  // template, datalist
};

// `name` in lower case, as libxml2 gives it. What is not known is inlined, as browsers do it.
[[nodiscard]] ElementRole role_of(std::string_view name) noexcept;

}  // namespace postwacht::extract
