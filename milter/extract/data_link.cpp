#include "extract/data_link.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "extract/html_link.hpp"
#include "mail/transfer_encoding.hpp"

namespace postwacht::extract {
namespace {

constexpr std::string_view scheme = "data:";
constexpr std::string_view picture = "data:image/";

// Where the next picture begins, in any case.
std::size_t find_picture(std::string_view text, std::size_t from) noexcept {
    for (auto at = text.find(':', from); at != std::string_view::npos;
         at = text.find(':', at + 1)) {
        if (at + 1 < scheme.size() + from) continue;
        const auto begin = at + 1 - scheme.size();
        if (text::ascii_iequals(text.substr(begin, picture.size()), picture)) return begin;
    }
    return std::string_view::npos;
}

bool ends_link(char c) noexcept {
    return c == '"' || c == '\'' || c == ')' || c == '<' || c == '>' || c == ',';
}

}  // namespace

std::vector<DataLink> linked_pictures(std::string_view text) {
    std::vector<DataLink> found;
    for (auto at = find_picture(text, 0); at != std::string_view::npos;
         at = find_picture(text, at)) {
        at += scheme.size();
        // Type, parameters and the word base64 are short; a comma ends them.
        constexpr std::size_t longest_head = 200;
        const auto head = text.substr(at, longest_head);
        const auto comma = static_cast<std::size_t>(
            std::find_if(head.begin(), head.end(), ends_link) - head.begin());
        if (comma >= head.size() || head[comma] != ',') continue;
        const std::string kind = text::ascii_lower(head.substr(0, comma));
        if (!text::trim(kind).ends_with("base64")) continue;
        at += comma + 1;
        const auto end =
            std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), ends_link);
        const auto size = static_cast<std::size_t>(end - text.begin()) - at;
        found.push_back(
            {kind.substr(0, kind.find(';')),
             mail::undo_transfer_encoding(percent_decode(text.substr(at, size), false), "base64")
                 .content});
        at += size;
    }
    return found;
}

}  // namespace postwacht::extract
