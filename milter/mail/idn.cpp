#include "mail/idn.hpp"

#include <glib.h>
#include <idn2.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/text.hpp"

namespace postwacht::mail {
namespace {

struct FreeGlib {
    void operator()(gpointer memory) const noexcept { g_free(memory); }
};
struct FreeIdn {
    void operator()(char* memory) const noexcept { idn2_free(memory); }
};
using GlibString = std::unique_ptr<char, FreeGlib>;
using IdnString = std::unique_ptr<char, FreeIdn>;

// RFC 1035 has domains of 255 bytes; one of four-byte characters is longer before it is encoded.
constexpr std::size_t longest_domain = 1024;

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return (c & '\x80') == 0; });
}

// One form for what Unicode can write in several. Small letters may have to be put together again,
// so that is done before and after.
std::string lower(std::string_view domain) {
    if (is_ascii(domain)) return text::ascii_lower(domain);
    std::string utf8 = text::repair_utf8(domain);
    const auto length = static_cast<gssize>(utf8.size());
    const GlibString first(g_utf8_normalize(utf8.data(), length, G_NORMALIZE_NFKC));
    if (!first) return utf8;
    const GlibString small(g_utf8_strdown(first.get(), -1));
    const GlibString second(g_utf8_normalize(small.get(), -1, G_NORMALIZE_NFKC));
    return second ? second.get() : small.get();
}

std::optional<std::string> to_ascii(const std::string& domain) {
    if (domain.size() > longest_domain || domain.find('\0') != std::string::npos)
        return std::nullopt;
    char* out = nullptr;
    const int code = idn2_to_ascii_8z(domain.c_str(), &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const IdnString owner(out);
    if (code != IDN2_OK || out == nullptr) return std::nullopt;
    return std::string(out);
}

}  // namespace

std::string comparable_domain(std::string_view domain) {
    std::string small = lower(domain);
    if (is_ascii(small) && small.find("xn--") == std::string::npos) return small;
    // By way of the A-labels, so that only what is a domain name is touched, and in one way.
    const auto ascii = to_ascii(small);
    if (!ascii) return small;
    char* out = nullptr;
    const int code = idn2_to_unicode_8z8z(ascii->c_str(), &out, IDN2_NONTRANSITIONAL);
    const IdnString owner(out);
    if (code != IDN2_OK || out == nullptr) return small;
    // libidn2 decodes labels, too, that nobody could have encoded ("xn--a-" and noise).
    std::string unicode(out);
    if (lower(unicode) != unicode || to_ascii(unicode) != ascii) return small;
    return unicode;
}

std::string ascii_domain(std::string_view domain) {
    std::string given(domain);
    if (is_ascii(given)) return given;
    return to_ascii(given).value_or(std::move(given));
}

}  // namespace postwacht::mail
