#include "extract/mapi.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "extract/html.hpp"
#include "extract/property_set.hpp"
#include "extract/rtf_body.hpp"

namespace postwacht::extract {
namespace {

constexpr std::uint32_t message_class = 0x001A;
constexpr std::uint32_t headers = 0x007D;

std::string without_zero(std::string text) {
    while (!text.empty() && text.back() == '\0') text.pop_back();
    return text;
}

void add_html(std::string_view bytes, const std::string& charset, const std::string& prefix,
              Collector& out) {
    const auto declared = html_declared_charset(bytes);
    const auto decoded =
        text::decode(bytes, declared.empty() ? std::string_view(charset) : declared);
    out.add_html(decoded.text, prefix);
}

void add_rtf(std::string_view compressed, const std::string& prefix, Collector& out) {
    bool whole = true;
    const std::string rtf = unpack_rtf_body(compressed, out, whole);
    if (!whole) out.incomplete(Why::damaged);
    if (rtf.empty()) return;
    const auto unwrapped = unwrap_rtf(rtf, out);
    switch (unwrapped.kind) {
        case UnwrappedRtf::Kind::html:
            add_html("\xEF\xBB\xBF" + unwrapped.text, "utf-8", prefix, out);
            break;
        case UnwrappedRtf::Kind::text:
            out.add_text(prefix + "text", unwrapped.text);
            break;
        case UnwrappedRtf::Kind::rtf:
            out.add_member({}, rtf, "application/rtf");
            break;
    }
}

std::string sender_of(const MapiProperties& message, std::uint32_t name, std::uint32_t address,
                      std::uint32_t smtp) {
    std::string out = message.string(name);
    for (const auto id : {address, smtp}) {
        const auto value = message.string(id);
        if (value.empty() || out.find(value) != std::string::npos) continue;
        if (!out.empty()) out += ' ';
        out += '<' + value + '>';
    }
    return out;
}

}  // namespace

std::uint32_t MapiProperties::codepage() const {
    for (const auto id : {mapi::codepage, mapi::internet_codepage})
        if (const auto at = numbers.find(id);
            at != numbers.end() && at->second != 0 && at->second != 1200 && at->second < 0x10000)
            return at->second;
    return default_codepage;
}

std::string MapiProperties::string(std::uint32_t id) const {
    if (const auto at = strings.find(id); at != strings.end()) return without_zero(at->second);
    if (const auto at = narrow.find(id); at != narrow.end())
        return without_zero(text::decode(at->second, charset_of_codepage(codepage())).text);
    return {};
}

void add_message(const MapiProperties& message, const std::string& prefix, Collector& out) {
    static constexpr std::array<std::uint32_t, 14> told = {
        mapi::subject, mapi::body, message_class, headers, 0x0C1A, 0x0C1F, 0x5D01,
        0x0042,        0x0065,     0x5D02,        0x0E04,  0x0E03, 0x0E02, mapi::html_body};
    out.add_text(prefix + "Subject", message.string(mapi::subject));
    out.add_text(prefix + "From", sender_of(message, 0x0C1A, 0x0C1F, 0x5D01));
    const auto represented = sender_of(message, 0x0042, 0x0065, 0x5D02);
    out.add_text(prefix + "From, on behalf of", represented);
    out.add_text(prefix + "To", message.string(0x0E04));
    out.add_text(prefix + "Cc", message.string(0x0E03));
    out.add_text(prefix + "Bcc", message.string(0x0E02), true);
    out.add_text(prefix + "header", message.string(headers), true);
    out.add_text(prefix + "text", message.string(mapi::body));
    if (const auto html = message.binaries.find(mapi::html_body); html != message.binaries.end()) {
        const auto charset = message.numbers.find(mapi::internet_codepage);
        add_html(html->second,
                 charset_of_codepage(charset == message.numbers.end() ? message.codepage()
                                                                      : charset->second),
                 prefix, out);
    } else if (const auto wide = message.string(mapi::html_body); !wide.empty()) {
        add_html("\xEF\xBB\xBF" + wide, "utf-8", prefix, out);
    }
    if (const auto rtf = message.binaries.find(mapi::rtf_body); rtf != message.binaries.end())
        add_rtf(rtf->second, prefix, out);
    std::string others;
    const auto add_other = [&](std::uint32_t id) {
        if (std::find(told.begin(), told.end(), id) != told.end()) return;
        const auto value = message.string(id);
        if (value.empty()) return;
        others += value;
        others += '\n';
    };
    for (const auto& [id, value] : message.strings) add_other(id);
    for (const auto& [id, value] : message.narrow) add_other(id);
    out.add_text(prefix + "message properties", std::move(others), true);
}

void add_recipient(const MapiProperties& recipient, const std::string& prefix, Collector& out) {
    std::string text = recipient.string(mapi::display_name);
    for (const auto id : {mapi::email_address, mapi::smtp_address}) {
        const auto address = recipient.string(id);
        if (address.empty() || text.find(address) != std::string::npos) continue;
        if (!text.empty()) text += ' ';
        text += '<' + address + '>';
    }
    out.add_text(prefix + "recipient", std::move(text));
}

std::string attachment_name(const MapiProperties& attachment) {
    return attachment.first_string(mapi::attach_long_name, mapi::attach_name, mapi::display_name);
}

}  // namespace postwacht::extract
