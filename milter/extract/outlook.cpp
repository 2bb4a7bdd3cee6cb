#include "extract/outlook.hpp"

#include <charconv>

#include "base/text.hpp"
#include "extract/mapi.hpp"
#include "extract/ole.hpp"

namespace postwacht::extract {
namespace {

constexpr int deepest = 32;
constexpr std::string_view property_prefix = "__substg1.0_";

std::uint32_t hex_number(std::string_view digits) {
    std::uint32_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return value;
}

// The properties of one storage. Numbers stand in a table, behind a head whose size depends on what
// the storage is; everything long is a stream named after its tag.
MapiProperties properties_of(const Compound& file, std::size_t storage, std::size_t head,
                             Collector& out) {
    MapiProperties found;
    const std::string table_bytes = stream_bytes(file, storage, "__properties_version1.0", out);
    const Binary table(table_bytes);
    for (std::size_t at = head; table.has(at, 16); at += 16) {
        const std::uint32_t tag = table.u32(at);
        if ((tag & 0xFFFFU) == 0x0003) found.numbers[tag >> 16U] = table.u32(at + 8);
    }
    for (const std::size_t child : file.entry(storage).children) {
        const auto& entry = file.entry(child);
        const std::string_view name = entry.name;
        if (entry.storage || !name.starts_with(property_prefix)) continue;
        if (!out.time_left()) break;
        const std::uint32_t tag = hex_number(name.substr(property_prefix.size(), 8));
        const std::uint32_t id = tag >> 16U;
        const bool one_of_many = name.size() > property_prefix.size() + 8;
        switch (tag & 0xFFFFU) {
            case 0x001F:
                found.strings[id] = text::decode(stream_bytes(file, child, out), "utf-16le").text;
                break;
            case 0x001E:
                found.narrow[id] = stream_bytes(file, child, out);
                break;
            case 0x101F:
                if (one_of_many)
                    found.strings[id] +=
                        text::decode(stream_bytes(file, child, out), "utf-16le").text + '\n';
                break;
            case 0x101E:
                if (one_of_many) found.narrow[id] += stream_bytes(file, child, out) + '\n';
                break;
            case 0x0102:
                if (id == mapi::html_body || id == mapi::rtf_body || id == mapi::attach_data)
                    found.binaries[id] = stream_bytes(file, child, out);
                break;
            default:
                break;
        }
    }
    return found;
}

void read_attachment(const Compound& file, std::size_t storage, const std::string& prefix,
                     int depth, std::uint32_t codepage, Collector& out) {
    auto attachment = properties_of(file, storage, 8, out);
    attachment.default_codepage = codepage;
    std::string name = attachment_name(attachment);
    if (const auto inner = file.find(storage, "__substg1.0_3701000D")) {
        out.add_text(prefix + "attachment name", name);
        if (file.find(*inner, "__properties_version1.0"))
            read_outlook(file, *inner, prefix + "attached message, ", depth + 1, out);
        else
            read_storage(file, *inner, prefix + "embedded object, ", depth + 1, out);
        return;
    }
    const auto data = attachment.binaries.find(mapi::attach_data);
    if (data != attachment.binaries.end()) {
        const auto type = text::ascii_lower(attachment.string(mapi::attach_type));
        out.add_member(std::move(name), data->second, type);
        return;
    }
    // Only a link to a file elsewhere.
    out.add_text(prefix + "attachment name",
                 name + '\n' + attachment.first_string(0x3708, 0x370D, 0x3703), true);
}

}  // namespace

void read_outlook(const Compound& file, std::size_t storage, const std::string& prefix, int depth,
                  Collector& out) {
    if (depth > deepest) return out.incomplete(Why::over_budget);
    // The head of the table is longer where the message is the file itself.
    const auto message = properties_of(file, storage, storage == Compound::root ? 32 : 24, out);
    add_message(message, prefix, out);
    for (const std::size_t child : file.entry(storage).children) {
        const auto& entry = file.entry(child);
        if (!entry.storage) continue;
        if (!out.time_left()) return;
        if (entry.name.starts_with("__recip_version1.0_")) {
            auto recipient = properties_of(file, child, 8, out);
            recipient.default_codepage = message.codepage();
            add_recipient(recipient, prefix, out);
        } else if (entry.name.starts_with("__attach_version1.0_")) {
            read_attachment(file, child, prefix, depth, message.codepage(), out);
        }
    }
}

}  // namespace postwacht::extract
