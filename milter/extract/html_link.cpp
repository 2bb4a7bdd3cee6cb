#include "extract/html_link.hpp"

#include <cstddef>

#include "base/text.hpp"
#include "mail/transfer_encoding.hpp"

namespace postwacht::extract {
namespace {

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

// One line for each parameter of a query.
void append_parameters(std::string_view query, std::string& out) {
    while (!query.empty()) {
        const auto end = query.find_first_of("&;#");
        const auto parameter = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (parameter.empty()) continue;
        if (!out.empty()) out += '\n';
        out += percent_decode(parameter, true);
    }
}

}  // namespace

std::string percent_decode(std::string_view text, bool query) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += query && text[i] == '+' ? ' ' : text[i];
        }
    }
    return text::is_valid_utf8(out) ? out : text::decode(out, {}).text;
}

bool has_scheme(std::string_view url, std::string_view scheme) noexcept {
    return url.size() > scheme.size() && url[scheme.size()] == ':' &&
           text::ascii_iequals(url.substr(0, scheme.size()), scheme);
}

std::string link_text(std::string_view url) {
    url = text::trim(url);
    std::string out;
    const auto query = url.find_first_of("?#");
    for (const std::string_view scheme : {"mailto", "tel", "sms", "callto"})
        if (has_scheme(url, scheme)) {
            const auto begin = scheme.size() + 1;
            const auto length = query == std::string_view::npos ? query : query - begin;
            out = percent_decode(url.substr(begin, length), false);
        }
    if (query != std::string_view::npos) append_parameters(url.substr(query + 1), out);
    return out;
}

std::optional<DataUrl> data_of(std::string_view url) {
    url = text::trim(url);
    const auto comma = url.find(',');
    if (!has_scheme(url, "data") || comma == std::string_view::npos) return std::nullopt;
    const std::string head = text::ascii_lower(url.substr(5, comma - 5));
    DataUrl data;
    data.type = head.substr(0, head.find(';'));
    data.bytes = percent_decode(url.substr(comma + 1), false);
    if (head.ends_with(";base64"))
        data.bytes = mail::undo_transfer_encoding(data.bytes, "base64").content;
    return data;
}

}  // namespace postwacht::extract
