// Binary: little-endian numbers and pieces of foreign bytes, never past their end.
//
// Whatever is asked for beyond the end is zero or empty; a caller that must know asks has() first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace postwacht::extract {

class Binary {
  public:
    Binary() = default;
    explicit Binary(std::string_view bytes) : bytes_(bytes) {}

    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool has(std::uint64_t at, std::uint64_t count) const noexcept {
        return at <= bytes_.size() && count <= bytes_.size() - at;
    }
    // As much of the piece as there is.
    [[nodiscard]] std::string_view piece(std::uint64_t at, std::uint64_t count) const noexcept {
        if (at >= bytes_.size()) return {};
        return bytes_.substr(
            static_cast<std::size_t>(at),
            static_cast<std::size_t>(std::min<std::uint64_t>(count, bytes_.size() - at)));
    }
    [[nodiscard]] std::uint8_t u8(std::uint64_t at) const noexcept {
        return number<std::uint8_t>(at);
    }
    [[nodiscard]] std::uint16_t u16(std::uint64_t at) const noexcept {
        return number<std::uint16_t>(at);
    }
    [[nodiscard]] std::uint32_t u32(std::uint64_t at) const noexcept {
        return number<std::uint32_t>(at);
    }
    [[nodiscard]] std::uint64_t u64(std::uint64_t at) const noexcept {
        return number<std::uint64_t>(at);
    }
    [[nodiscard]] double f64(std::uint64_t at) const noexcept {
        const std::uint64_t bits = u64(at);
        double value = 0;
        std::memcpy(&value, &bits, sizeof value);
        return value;
    }

  private:
    template <class Number>
    [[nodiscard]] Number number(std::uint64_t at) const noexcept {
        if (!has(at, sizeof(Number))) return 0;
        std::uint64_t value = 0;
        for (std::size_t i = sizeof(Number); i-- > 0;)
            value = (value << 8U) |
                    static_cast<unsigned char>(bytes_[static_cast<std::size_t>(at) + i]);
        return static_cast<Number>(value);
    }

    std::string_view bytes_;
};

}  // namespace postwacht::extract
