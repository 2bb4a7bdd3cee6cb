#include "extract/biff_formula.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

#include "base/text.hpp"
#include "extract/binary.hpp"
#include "extract/number_format.hpp"

namespace postwacht::extract {
namespace {

constexpr std::uint8_t text_token = 0x17;
constexpr std::uint8_t attribute_token = 0x19;
constexpr std::uint8_t number_token = 0x1F;

// How much follows a token of fixed size; operands come in three classes of the same sizes.
std::optional<std::size_t> operand_size(std::uint8_t token) noexcept {
    if (token >= 0x03 && token <= 0x16) return 0;
    switch (token) {
        case 0x01:
        case 0x02:
            return 4;
        case 0x1C:
        case 0x1D:
            return 1;
        case 0x1E:
            return 2;
        case number_token:
            return 8;
        default:
            break;
    }
    if (token < 0x20 || token >= 0x80) return std::nullopt;
    switch (token & 0x1FU) {
        case 0x00:
            return 7;
        case 0x01:
        case 0x09:
            return 2;
        case 0x02:
            return 3;
        case 0x03:
        case 0x04:
        case 0x0A:
        case 0x0C:
            return 4;
        case 0x05:
        case 0x0B:
        case 0x0D:
            return 8;
        case 0x06:
        case 0x07:
        case 0x08:
        case 0x19:
        case 0x1A:
        case 0x1C:
            return 6;
        case 0x1B:
        case 0x1D:
            return 10;
        default:
            return std::nullopt;
    }
}

}  // namespace

std::string constants_of_formula(std::string_view tokens) {
    const Binary bytes(tokens);
    std::string all;
    std::size_t at = 0;
    while (bytes.has(at, 1)) {
        const std::uint8_t token = bytes.u8(at++);
        if (token == text_token) {
            const bool wide = (bytes.u8(at + 1) & 1U) != 0;
            const std::size_t size = std::size_t{bytes.u8(at)} * (wide ? 2 : 1);
            all += text::decode(bytes.piece(at + 2, size), wide ? "utf-16le" : "windows-1252").text;
            all += '\n';
            at += 2 + size;
        } else if (token == attribute_token) {
            constexpr unsigned choose = 4;
            const bool list = (bytes.u8(at) & choose) != 0;
            at += 3 + (list ? (std::size_t{bytes.u16(at + 1)} + 1) * 2 : 0);
        } else {
            const auto size = operand_size(token);
            if (!size) break;
            // Short numbers are counts and factors.
            constexpr double shortest = 1e6;
            if (token == number_token && std::fabs(bytes.f64(at)) >= shortest)
                all += plain_number(bytes.f64(at)) + '\n';
            at += *size;
        }
    }
    return all;
}

}  // namespace postwacht::extract
