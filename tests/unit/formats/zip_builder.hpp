// Builds zip files for tests: members stored, or deflated in blocks that pack nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postwacht::tests {

inline std::string little(std::uint64_t value, int width) {
    std::string bytes;
    for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
    return bytes;
}

inline std::uint32_t crc32_of(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

class ZipBuilder {
  public:
    ZipBuilder& add(const std::string& name, const std::string& content, bool deflated = false,
                    unsigned flags = 0) {
        std::string packed = content;
        if (deflated) {
            packed.clear();
            for (std::size_t at = 0; at <= content.size(); at += 0xFFFF) {
                const auto block = content.substr(at, 0xFFFF);
                packed += at + 0xFFFF > content.size() ? '\1' : '\0';
                packed += little(block.size(), 2) + little(~block.size(), 2) + block;
            }
        }
        const std::string fields = little(20, 2) + little(flags, 2) + little(deflated ? 8 : 0, 2) +
                                   little(0, 4) + little(crc32_of(content), 4) +
                                   little(packed.size(), 4) + little(content.size(), 4) +
                                   little(name.size(), 2) + little(0, 2);
        directory_ += "PK\x01\x02" + little(20, 2) + fields + std::string(10, '\0') +
                      little(members_.size(), 4) + name;
        members_ += "PK\x03\x04" + fields + name + packed;
        ++count_;
        return *this;
    }
    [[nodiscard]] std::string bytes() const {
        return members_ + directory_ + "PK\x05\x06" + little(0, 4) + little(count_, 2) +
               little(count_, 2) + little(directory_.size(), 4) + little(members_.size(), 4) +
               little(0, 2);
    }

  private:
    std::string members_;
    std::string directory_;
    std::size_t count_ = 0;
};

}  // namespace postwacht::tests
