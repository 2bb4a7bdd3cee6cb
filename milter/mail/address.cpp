#include "mail/address.hpp"

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>

#include "base/text.hpp"
#include "mail/header_values.hpp"
#include "mail/idn.hpp"

namespace postwacht::mail {
namespace {

struct Unref {
    void operator()(gpointer object) const noexcept { g_object_unref(object); }
};
struct Free {
    void operator()(gpointer memory) const noexcept { g_free(memory); }
};
using CString = std::unique_ptr<char, Free>;

// A group can hold a group only by an attack; people nest none.
constexpr int max_group_depth = 8;
// The longest header value that is parsed for addresses.
constexpr std::size_t max_address_list = std::size_t{1} << 20U;

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return (c & '\x80') == 0; });
}

// Lower case, and one form for what Unicode can write in several. Small letters may have to be put
// together again, so that is done before and after. A local part is not bent as far as a domain: a
// full-width '@' in it stays one.
std::string lower_local(std::string_view local) {
    if (is_ascii(local)) return text::ascii_lower(local);
    std::string utf8 = text::repair_utf8(local);
    const auto length = static_cast<gssize>(utf8.size());
    const CString first(g_utf8_normalize(utf8.data(), length, G_NORMALIZE_NFC));
    if (!first) return utf8;
    const CString small(g_utf8_strdown(first.get(), -1));
    const CString second(g_utf8_normalize(small.get(), -1, G_NORMALIZE_NFC));
    return second ? second.get() : small.get();
}

bool has_control(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
}

// Control characters and blanks never stand in an address outside quotes.
bool is_atom_char(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7F &&
           std::string_view("()<>[]:;@\\,\"").find(c) == std::string_view::npos;
}

bool is_domain_char(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           (c & '\x80') != 0;
}

bool valid_domain(std::string_view domain) noexcept {
    if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
        return std::all_of(domain.begin() + 1, domain.end() - 1,
                           [](char c) { return is_domain_char(c) || c == ':'; });
    }
    if (domain.empty() || domain.front() == '.' || domain.back() == '.') return false;
    if (domain.find("..") != std::string_view::npos) return false;
    return std::all_of(domain.begin(), domain.end(), is_domain_char);
}

// "user%host", "host!user" and "user@host" as a local part name a mailbox elsewhere: whether the
// letter goes there is up to the configuration of the domain's host, which nobody here knows.
bool names_another_host(std::string_view local) noexcept {
    return local.find_first_of("%!@") != std::string_view::npos;
}

// Reads a quoted local part from the front of `rest`. False where it does not end.
bool take_quoted(std::string_view& rest, std::string& local) {
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
        local += rest[i];
    }
    if (i >= rest.size()) return false;
    rest.remove_prefix(i + 1);
    return true;
}

// "@relay,@r2:" before the address: RFC 5321 appendix C has it ignored.
std::string_view without_source_route(std::string_view path) noexcept {
    if (path.empty() || path.front() != '@') return path;
    const auto colon = path.find(':');
    return colon == std::string_view::npos ? path : path.substr(colon + 1);
}

std::string_view without_brackets(std::string_view raw) noexcept {
    const std::string_view path = text::trim(raw);
    if (path.size() < 2 || path.front() != '<' || path.back() != '>') return path;
    return text::trim(path.substr(1, path.size() - 2));
}

Address invalid_address(std::string_view raw) {
    Address address;
    address.local = text::repair_utf8(raw);
    address.invalid = true;
    return address;
}

void append_addresses(InternetAddressList* list, int depth, std::vector<Address>& out) {
    const int count = list == nullptr ? 0 : internet_address_list_length(list);
    for (int i = 0; i < count; ++i) {
        InternetAddress* item = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(item)) {
            if (depth < max_group_depth)
                append_addresses(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(item)),
                                 depth + 1, out);
            continue;
        }
        const char* written = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(item));
        if (written == nullptr) continue;
        Address address = parse_path(written);
        if (address.null) continue;
        const char* name = internet_address_get_name(item);
        if (name != nullptr) address.name = text::repair_utf8(name);
        out.push_back(std::move(address));
    }
}

// GMime 3.2 leaks memory for a comment that is never closed behind a domain literal
// ("a@[192.0.2.1](x"), so such a comment is closed. The backslash and blank keep a last backslash
// of the comment from quoting what closes it.
void close_comments(std::string& value) {
    if (value.find('[') == std::string::npos) return;
    const auto opened = std::count(value.begin(), value.end(), '(');
    if (opened == 0) return;
    // There may be more than enough of them: what stands behind the last address is not read.
    value.append("\\ ").append(static_cast<std::size_t>(opened), ')');
}

}  // namespace

std::string Address::key() const {
    if (null || invalid) return {};
    return lower_local(local) + '@' + domain;
}

std::string Address::to_string() const {
    if (null) return "<>";
    if (invalid) return local;
    std::string out;
    const bool plain = !local.empty() && std::all_of(local.begin(), local.end(), is_atom_char);
    if (plain) {
        out = local;
    } else {
        out = '"';
        for (const char c : local) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out + '@' + domain;
}

std::string without_route(std::string_view raw) {
    return '<' + std::string(without_source_route(without_brackets(raw))) + '>';
}

Address parse_path(std::string_view raw) {
    std::string_view rest = without_brackets(raw);
    Address address;
    if (rest.empty()) {
        address.null = !raw.empty();
        address.invalid = raw.empty();
        return address;
    }
    rest = without_source_route(rest);
    if (!rest.empty() && rest.front() == '"') {
        if (!take_quoted(rest, address.local)) return invalid_address(raw);
    } else {
        const auto end = std::find_if_not(rest.begin(), rest.end(), is_atom_char);
        address.local.assign(rest.begin(), end);
        rest.remove_prefix(address.local.size());
    }
    if (address.local.empty() || rest.empty() || rest.front() != '@') return invalid_address(raw);
    rest.remove_prefix(1);
    if (rest.ends_with('.')) rest.remove_suffix(1);
    address.local = text::repair_utf8(address.local);
    address.domain = comparable_domain(rest);
    if (!valid_domain(address.domain) || has_control(address.local) ||
        names_another_host(address.local))
        return invalid_address(raw);
    return address;
}

std::vector<Address> parse_address_list(std::string_view header_value) {
    initialise_gmime();
    std::string value(header_value.substr(0, max_address_list));
    std::replace(value.begin(), value.end(), '\0', ' ');
    close_comments(value);
    const std::unique_ptr<InternetAddressList, Unref> list(
        internet_address_list_parse(nullptr, value.c_str()));
    std::vector<Address> out;
    append_addresses(list.get(), 0, out);
    return out;
}

bool domain_within(std::string_view domain, std::string_view suffix) noexcept {
    if (suffix.empty() || !domain.ends_with(suffix)) return false;
    return domain.size() == suffix.size() || domain[domain.size() - suffix.size() - 1] == '.';
}

}  // namespace postwacht::mail
