// BIFF: the records of an Excel workbook, and the strings in them, which may go on in the records
// that follow. Never reads past the end; what is missing makes sound() false.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extract/binary.hpp"

namespace postwacht::extract {

struct BiffRecord {
    std::uint16_t id = 0;
    std::size_t at = 0;  // where it begins in the stream
    Binary body;
    std::vector<std::string_view> pieces;  // the body and its continuations
};

class BiffStream {
  public:
    explicit BiffStream(std::string_view bytes) : bytes_(bytes) {}
    // The next record with the continuations behind it; nothing at the end.
    [[nodiscard]] std::optional<BiffRecord> next();
    [[nodiscard]] bool sound() const noexcept { return sound_; }

  private:
    Binary bytes_;
    std::size_t at_ = 0;
    bool sound_ = true;
};

// Reads on over the ends of pieces.
class BiffText {
  public:
    // `charset` is that of strings without wide letters before BIFF8.
    BiffText(const std::vector<std::string_view>& pieces, bool biff8, std::string charset,
             std::size_t at = 0);
    std::uint8_t u8();
    std::uint16_t u16();
    std::uint32_t u32();
    void skip(std::size_t count);
    // A string whose length stands before it, in one byte or two.
    std::string string8() { return text(u8()); }
    std::string string16() { return text(u16()); }
    // `count` letters, behind the flags that BIFF8 has.
    std::string text(std::size_t count);
    [[nodiscard]] bool sound() const noexcept { return sound_; }
    [[nodiscard]] bool at_end() const noexcept { return piece_ >= pieces_.size(); }

  private:
    bool settle();
    std::string letters(std::size_t count, bool wide);

    const std::vector<std::string_view>& pieces_;
    bool biff8_;
    std::string charset_;
    std::size_t piece_ = 0;
    std::size_t at_ = 0;
    bool sound_ = true;
};

}  // namespace postwacht::extract
