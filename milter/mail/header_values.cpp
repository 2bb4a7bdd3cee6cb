#include "mail/header_values.hpp"

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "base/text.hpp"
#include "mail/plain_values.hpp"
#include "mail/transfer_encoding.hpp"

namespace postwacht::mail {
namespace {

struct Unref {
    void operator()(gpointer object) const noexcept { g_object_unref(object); }
};
struct Free {
    void operator()(gpointer memory) const noexcept { g_free(memory); }
};
template <class T>
using Object = std::unique_ptr<T, Unref>;
using CString = std::unique_ptr<char, Free>;

std::string to_utf8(std::string_view bytes) {
    if (text::is_valid_utf8(bytes)) return std::string(bytes);
    return text::decode(bytes, {}).text;
}

// Folds removed and NUL made a blank, so that it is a C string that shows all of the value.
std::string unfold(std::string_view value) {
    std::string out(text::trim(value));
    const auto is_line_end = [](char c) { return c == '\r' || c == '\n'; };
    out.erase(std::remove_if(out.begin(), out.end(), is_line_end), out.end());
    std::replace(out.begin(), out.end(), '\0', ' ');
    return out;
}

// GMime joins the words of one charset before it decodes them, and base64 ends at the first '=': of
// several padded words it gives the first. Written as quoted-printable they have no padding.
std::string without_padding(const std::string& value) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    std::size_t done = 0;
    for (auto at = value.find("?=");; at = value.find("?=", at + 1)) {
        // The end of a padded word with more words behind it; "=?" there begins the next one.
        if (at == std::string::npos) return value;
        if (at > 0 && value[at - 1] == '=' && value.find("=?", at + 2) != std::string::npos) break;
    }
    for (auto begin = value.find("=?"); begin != std::string::npos;
         begin = value.find("=?", done)) {
        const auto charset_end = value.find('?', begin + 2);
        if (charset_end == std::string::npos || charset_end + 2 >= value.size()) break;
        const auto payload = charset_end + 3;
        const bool base64 = (value[charset_end + 1] | 0x20) == 'b' && value[payload - 1] == '?';
        const auto end = base64 ? value.find("?=", payload) : std::string::npos;
        if (end == std::string::npos) {
            out.append(value, done, begin + 2 - done);
            done = begin + 2;
            continue;
        }
        out.append(value, done, charset_end + 1 - done).append("Q?");
        const std::string_view packed = std::string_view(value).substr(payload, end - payload);
        for (const char c : undo_transfer_encoding(packed, "base64").content) {
            const auto byte = static_cast<unsigned char>(c);
            out.append({'=', digits[byte >> 4U], digits[byte & 0xFU]});
        }
        out += "?=";
        done = end + 2;
    }
    return out.append(value, done);
}

std::string decode_words(const std::string& utf8) {
    if (utf8.find("=?") == std::string::npos) return utf8;
    initialise_gmime();
    const CString decoded(g_mime_utils_header_decode_text(nullptr, without_padding(utf8).c_str()));
    return decoded ? to_utf8(decoded.get()) : utf8;
}

void add_name(std::vector<std::string>& names, const char* value) {
    std::string name = decode_words(to_utf8(value));
    if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return;
    names.push_back(std::move(name));
}

// Calls f(name, value) for each parameter in turn.
template <class F>
void for_each_parameter(GMimeParamList* list, F f) {
    const int count = g_mime_param_list_length(list);
    for (int i = 0; i < count; ++i) {
        GMimeParam* param = g_mime_param_list_get_parameter_at(list, i);
        const char* value = g_mime_param_get_value(param);
        if (value != nullptr) f(std::string_view(g_mime_param_get_name(param)), value);
    }
}

// Calls f(name, value) for each parameter of a plain value.
template <class F>
void for_each_parameter(const PlainParameters& plain, F f) {
    for (std::size_t i = 0; i < plain.count; ++i)
        f(plain.parameters[i].name, std::string(plain.parameters[i].value).c_str());
}

void take_parameter(ContentType& out, std::string_view name, const char* text) {
    if (text::ascii_iequals(name, "boundary") && out.boundary.empty())
        out.boundary = text;
    else if (text::ascii_iequals(name, "charset") && out.charset.empty())
        out.charset = to_utf8(text);
    else if (text::ascii_iequals(name, "name"))
        add_name(out.names, text);
}

void take_parameter(Disposition& out, std::string_view name, const char* text) {
    if (text::ascii_iequals(name, "filename")) add_name(out.names, text);
}

// "a/b", nothing more and nothing less.
bool is_plain_type(std::string_view head) noexcept {
    const auto slash = head.find('/');
    return slash != std::string_view::npos && slash > 0 && slash + 1 < head.size() &&
           head.find('/', slash + 1) == std::string_view::npos;
}

// "BINARY; name=x" names no type that GMime knows how to read, and its parameters would be lost.
std::string with_subtype(std::string value) {
    const auto semicolon = std::min(value.find(';'), value.size());
    if (value.find('/') < semicolon) return value;
    return "application/octet-stream" + value.substr(semicolon);
}

}  // namespace

void initialise_gmime() {
    static std::once_flag once;
    std::call_once(once, [] {
        g_mime_init();
        // GLib makes a class when its first object is. Made here they are there before any thread
        // looks at one, and nothing that watches threads has to know how GLib synchronises that.
        for (const GType type : {INTERNET_ADDRESS_TYPE_MAILBOX, INTERNET_ADDRESS_TYPE_GROUP})
            g_type_class_ref(type);
    });
}

ContentType parse_content_type(std::string_view value) {
    ContentType out;
    const auto take = [&out](std::string_view name, const char* text) {
        take_parameter(out, name, text);
    };
    if (const auto simple = plain_parameters(value); simple && is_plain_type(simple->head)) {
        out.type = text::ascii_lower(simple->head);
        for_each_parameter(*simple, take);
        return out;
    }
    initialise_gmime();
    const std::string plain = with_subtype(unfold(value.substr(0, max_value)));
    const Object<GMimeContentType> parsed(g_mime_content_type_parse(nullptr, plain.c_str()));
    const char* major = g_mime_content_type_get_media_type(parsed.get());
    const char* minor = g_mime_content_type_get_media_subtype(parsed.get());
    if (major != nullptr && minor != nullptr)
        out.type = text::ascii_lower(to_utf8(major) + '/' + to_utf8(minor));
    for_each_parameter(g_mime_content_type_get_parameters(parsed.get()), take);
    return out;
}

Disposition parse_disposition(std::string_view value) {
    Disposition out;
    const auto take = [&out](std::string_view name, const char* text) {
        take_parameter(out, name, text);
    };
    if (const auto simple = plain_parameters(value)) {
        out.attachment = text::ascii_iequals(simple->head, "attachment");
        for_each_parameter(*simple, take);
        return out;
    }
    initialise_gmime();
    const std::string plain = unfold(value.substr(0, max_value));
    const Object<GMimeContentDisposition> parsed(
        g_mime_content_disposition_parse(nullptr, plain.c_str()));
    out.attachment = g_mime_content_disposition_is_attachment(parsed.get()) != FALSE;
    for_each_parameter(g_mime_content_disposition_get_parameters(parsed.get()), take);
    return out;
}

std::string decode_text(std::string_view value) {
    return decode_words(to_utf8(unfold(value)));
}

}  // namespace postwacht::mail
