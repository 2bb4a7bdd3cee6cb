#include "mail/fields.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace postwacht::mail {
namespace {

// Fields that tell a header from prose with a colon in it ("Note: ...").
bool is_known_field(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 14> known = {
        "from",   "to",          "cc",           "subject",  "date", "received", "message-id",
        "sender", "return-path", "mime-version", "reply-to", "bcc",  "x-mailer", "delivered-to"};
    if (name.size() > 8 && text::ascii_iequals(name.substr(0, 8), "content-")) return true;
    return std::any_of(known.begin(), known.end(),
                       [name](std::string_view k) { return text::ascii_iequals(name, k); });
}

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

// "From jan@x.example Mon Nov 23 ..." as mbox files begin, with or without its '>'.
bool is_mbox_line(std::string_view line) noexcept {
    return line.starts_with("From ") || line.starts_with(">From ");
}

bool has_bare_cr(std::string_view bytes) noexcept {
    for (auto at = bytes.find('\r'); at != std::string_view::npos; at = bytes.find('\r', at + 1))
        if (at + 1 < bytes.size() && bytes[at + 1] != '\n') return true;
    return false;
}

// `value` grown to the end of `line`, which stands behind it in the same bytes.
std::string_view extended_to(std::string_view value, std::string_view line) noexcept {
    return {value.data(), static_cast<std::size_t>(line.data() + line.size() - value.data())};
}

}  // namespace

bool next_line(std::string_view& rest, std::string_view& line) noexcept {
    if (rest.empty()) return false;
    const auto end = rest.find('\n');
    line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return true;
}

bool is_field_line(std::string_view line, std::string_view& name) noexcept {
    std::size_t end = 0;
    while (end < line.size() && static_cast<unsigned char>(line[end]) > ' ' && line[end] != ':' &&
           line[end] != '\x7F')
        ++end;
    name = line.substr(0, end);
    while (end < line.size() && is_blank(line[end])) ++end;
    return !name.empty() && end < line.size() && line[end] == ':';
}

const RawField* HeaderBlock::find(std::string_view name) const noexcept {
    const auto found = std::find_if(fields.begin(), fields.end(), [name](const RawField& field) {
        return text::ascii_iequals(field.name, name);
    });
    return found == fields.end() ? nullptr : &*found;
}

HeaderBlock split_header(std::string_view bytes) {
    HeaderBlock block;
    bool known = false;
    bool continues = false;  // the last line was a field or part of one
    bool first = true;
    std::string_view rest = bytes;
    std::string_view line;
    block.body = bytes.substr(bytes.size());
    while (next_line(rest, line)) {
        const bool mbox = first && is_mbox_line(line);
        first = false;
        if (line.empty()) {
            block.body = rest;
            break;
        }
        std::string_view name;
        if (is_blank(line.front()) && continues) {
            RawField& field = block.fields.back();
            field.value = extended_to(field.value, line);
        } else if (!mbox && is_field_line(line, name) &&
                   block.fields.size() < HeaderBlock::max_fields &&
                   (block.stray_lines.empty() || is_known_field(name))) {
            const auto colon = line.find(':', name.size());
            block.fields.push_back({name, line.substr(colon + 1)});
            known = known || is_known_field(name);
            continues = true;
        } else {
            block.cut = block.cut || block.fields.size() >= HeaderBlock::max_fields;
            block.stray_lines.append(line).push_back('\n');
            continues = false;
        }
    }
    if (!known && !block.stray_lines.empty()) {
        HeaderBlock none;
        none.body = bytes;
        return none;
    }
    block.bare_cr =
        has_bare_cr(bytes.substr(0, static_cast<std::size_t>(block.body.data() - bytes.data())));
    return block;
}

}  // namespace postwacht::mail
