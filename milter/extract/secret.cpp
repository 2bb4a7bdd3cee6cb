#include "extract/secret.hpp"

#include <cstdint>
#include <optional>

namespace postwacht::extract {
namespace {

struct Packet {
    unsigned tag = 0;
    std::string_view body;
    std::string_view behind;
};

std::optional<std::uint32_t> number(std::string_view bytes, std::size_t at, std::size_t width) {
    if (at + width > bytes.size()) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i)
        value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

// The first packet, where it has a length that there is room for (RFC 4880 section 4.2).
std::optional<Packet> first_packet(std::string_view bytes) {
    const auto head = number(bytes, 0, 1);
    if (!head || (*head & 0x80U) == 0) return std::nullopt;
    Packet packet;
    std::size_t at = 1;
    std::optional<std::uint32_t> length;
    if ((*head & 0x40U) != 0) {
        packet.tag = *head & 0x3FU;
        const auto one = number(bytes, at, 1);
        if (!one) return std::nullopt;
        if (*one < 192) {
            length = one;
            at += 1;
        } else if (*one < 224) {
            const auto two = number(bytes, at, 2);
            if (two) length = *two - (192U << 8U) + 192;
            at += 2;
        } else if (*one == 255) {
            length = number(bytes, at + 1, 4);
            at += 5;
        }
    } else {
        packet.tag = *head >> 2U & 0x0FU;
        const std::size_t width = std::size_t{1} << (*head & 3U);
        if (width > 4) return std::nullopt;
        length = number(bytes, at, width);
        at += width;
    }
    if (!length || at > bytes.size() || *length > bytes.size() - at) return std::nullopt;
    packet.body = bytes.substr(at, *length);
    packet.behind = bytes.substr(at + *length);
    return packet;
}

// A session key, under a public key (5.1) or a password (5.3), with another packet behind it.
bool is_openpgp(std::string_view bytes) {
    constexpr unsigned public_key_session = 1;
    constexpr unsigned password_session = 3;
    const auto packet = first_packet(bytes);
    if (!packet || packet->body.size() < 4 || packet->behind.empty()) return false;
    if ((static_cast<unsigned char>(packet->behind.front()) & 0x80U) == 0) return false;
    const auto byte = [&packet](std::size_t i) {
        return static_cast<unsigned char>(packet->body[i]);
    };
    if (packet->tag == public_key_session) return byte(0) == 3 || byte(0) == 6;
    return packet->tag == password_session && byte(0) >= 4 && byte(0) <= 6;
}

}  // namespace

bool is_secret(std::string_view bytes) noexcept {
    return bytes.starts_with("Salted__") || bytes.starts_with("age-encryption.org/") ||
           is_openpgp(bytes);
}

}  // namespace postwacht::extract
