// MAPI properties, and a message made of them: what Outlook's own files and winmail.dat share.
//
// Tells the subject, the sender and the bodies under their usual places, and every other string as
// hidden "message properties", so that named properties (the fields of contacts, tasks and
// appointments) are read too. A compressed RTF body (MS-OXRTFCP) is unpacked; RTF that only wraps
// HTML or plain text (MS-OXRTFEX) is unwrapped, any other is read as a member of that format.
// Standards: MS-OXCDATA, MS-OXPROPS, MS-OXCMSG.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "extract/collector.hpp"

namespace postwacht::extract {

struct MapiProperties {
    // By property id. Strings are raw until their code page is known.
    std::map<std::uint32_t, std::string> narrow;
    std::map<std::uint32_t, std::string> strings;
    std::map<std::uint32_t, std::string> binaries;
    std::map<std::uint32_t, std::uint32_t> numbers;

    // The string, in UTF-8; empty if there is none.
    [[nodiscard]] std::string string(std::uint32_t id) const;
    // The first that is not empty.
    template <class... Ids>
    [[nodiscard]] std::string first_string(Ids... ids) const {
        std::string found;
        ((found.empty() ? void(found = string(static_cast<std::uint32_t>(ids))) : void()), ...);
        return found;
    }
    std::uint32_t default_codepage = 1252;
    [[nodiscard]] std::uint32_t codepage() const;
};

namespace mapi {
inline constexpr std::uint32_t subject = 0x0037;
inline constexpr std::uint32_t body = 0x1000;
inline constexpr std::uint32_t rtf_body = 0x1009;
inline constexpr std::uint32_t html_body = 0x1013;
inline constexpr std::uint32_t display_name = 0x3001;
inline constexpr std::uint32_t email_address = 0x3003;
inline constexpr std::uint32_t smtp_address = 0x39FE;
inline constexpr std::uint32_t attach_data = 0x3701;
inline constexpr std::uint32_t attach_name = 0x3704;
inline constexpr std::uint32_t attach_long_name = 0x3707;
inline constexpr std::uint32_t attach_type = 0x370E;
inline constexpr std::uint32_t codepage = 0x3FFD;
inline constexpr std::uint32_t internet_codepage = 0x3FDE;
}  // namespace mapi

void add_message(const MapiProperties& message, const std::string& prefix, Collector& out);
void add_recipient(const MapiProperties& recipient, const std::string& prefix, Collector& out);
// The name under which an attachment is shown.
[[nodiscard]] std::string attachment_name(const MapiProperties& attachment);

}  // namespace postwacht::extract
