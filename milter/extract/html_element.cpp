#include "extract/html_element.hpp"

#include <algorithm>
#include <array>

namespace postwacht::extract {
namespace {

struct NamedRole {
    std::string_view name;
    ElementRole role;
};
constexpr std::array roles = {
    NamedRole{"address", ElementRole::block},
    NamedRole{"article", ElementRole::block},
    NamedRole{"aside", ElementRole::block},
    NamedRole{"blockquote", ElementRole::block},
    NamedRole{"body", ElementRole::block},
    NamedRole{"br", ElementRole::line_break},
    NamedRole{"caption", ElementRole::block},
    NamedRole{"center", ElementRole::block},
    NamedRole{"datalist", ElementRole::not_shown},
    NamedRole{"dd", ElementRole::block},
    NamedRole{"details", ElementRole::block},
    NamedRole{"dir", ElementRole::block},
    NamedRole{"div", ElementRole::block},
    NamedRole{"dl", ElementRole::block},
    NamedRole{"dt", ElementRole::block},
    NamedRole{"fieldset", ElementRole::block},
    NamedRole{"figcaption", ElementRole::block},
    NamedRole{"figure", ElementRole::block},
    NamedRole{"footer", ElementRole::block},
    NamedRole{"form", ElementRole::block},
    NamedRole{"h1", ElementRole::block},
    NamedRole{"h2", ElementRole::block},
    NamedRole{"h3", ElementRole::block},
    NamedRole{"h4", ElementRole::block},
    NamedRole{"h5", ElementRole::block},
    NamedRole{"h6", ElementRole::block},
    NamedRole{"header", ElementRole::block},
    NamedRole{"hr", ElementRole::block},
    NamedRole{"legend", ElementRole::block},
    NamedRole{"li", ElementRole::block},
    NamedRole{"listing", ElementRole::preformatted},
    NamedRole{"main", ElementRole::block},
    NamedRole{"menu", ElementRole::block},
    NamedRole{"nav", ElementRole::block},
    NamedRole{"ol", ElementRole::block},
    NamedRole{"optgroup", ElementRole::block},
    NamedRole{"option", ElementRole::block},
    NamedRole{"p", ElementRole::block},
    NamedRole{"plaintext", ElementRole::preformatted},
    NamedRole{"pre", ElementRole::preformatted},
    NamedRole{"script", ElementRole::script},
    NamedRole{"section", ElementRole::block},
    NamedRole{"select", ElementRole::block},
    NamedRole{"style", ElementRole::style},
    NamedRole{"summary", ElementRole::block},
    NamedRole{"table", ElementRole::table},
    NamedRole{"td", ElementRole::cell},
    NamedRole{"template", ElementRole::not_shown},
    NamedRole{"textarea", ElementRole::preformatted},
    NamedRole{"th", ElementRole::cell},
    NamedRole{"title", ElementRole::title},
    NamedRole{"tr", ElementRole::row},
    NamedRole{"ul", ElementRole::block},
    NamedRole{"xmp", ElementRole::preformatted},
};
static_assert(std::is_sorted(roles.begin(), roles.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));

}  // namespace

ElementRole role_of(std::string_view name) noexcept {
    const auto found = std::lower_bound(
        roles.begin(), roles.end(), name,
        [](const NamedRole& entry, std::string_view wanted) { return entry.name < wanted; });
    return found != roles.end() && found->name == name ? found->role : ElementRole::inlined;
}

}  // namespace postwacht::extract
