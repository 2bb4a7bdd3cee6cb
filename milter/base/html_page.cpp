#include "base/html_page.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace postwacht::html_page {

std::string escaped(std::string_view text, std::size_t most) {
    std::string out;
    for (const char c : text::printable(text, most)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string begin(std::string_view title, std::string_view style) {
    return format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
        escaped(title), style);
}

std::string end() {
    return "</body>\n</html>\n";
}

}  // namespace postwacht::html_page
