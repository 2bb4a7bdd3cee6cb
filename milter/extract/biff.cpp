#include "extract/biff.hpp"

#include "base/text.hpp"

namespace postwacht::extract {
namespace {

constexpr std::uint16_t continuation = 0x003C;

}  // namespace

std::optional<BiffRecord> BiffStream::next() {
    if (!bytes_.has(at_, 4)) {
        // Zeros fill the last sector up.
        if (bytes_.piece(at_, 4).find_first_not_of('\0') != std::string_view::npos) sound_ = false;
        return std::nullopt;
    }
    BiffRecord record;
    record.at = at_;
    record.id = bytes_.u16(at_);
    bool first = true;
    do {
        const std::uint16_t size = bytes_.u16(at_ + 2);
        if (!bytes_.has(at_ + 4, size)) sound_ = false;
        record.pieces.push_back(bytes_.piece(at_ + 4, size));
        if (first) record.body = Binary(record.pieces.front());
        first = false;
        at_ += std::size_t{4} + size;
    } while (bytes_.has(at_, 4) && bytes_.u16(at_) == continuation);
    return record;
}

BiffText::BiffText(const std::vector<std::string_view>& pieces, bool biff8, std::string charset,
                   std::size_t at)
    : pieces_(pieces), biff8_(biff8), charset_(std::move(charset)) {
    skip(at);
}

// Moves to the piece where the next byte stands.
bool BiffText::settle() {
    while (piece_ < pieces_.size() && at_ >= pieces_[piece_].size()) {
        at_ -= pieces_[piece_].size();
        ++piece_;
    }
    return piece_ < pieces_.size();
}

std::uint8_t BiffText::u8() {
    if (!settle()) {
        sound_ = false;
        return 0;
    }
    return static_cast<std::uint8_t>(pieces_[piece_][at_++]);
}

std::uint16_t BiffText::u16() {
    const unsigned low = u8();
    return static_cast<std::uint16_t>(low | (unsigned{u8()} << 8U));
}

std::uint32_t BiffText::u32() {
    const std::uint32_t low = u16();
    return low | (std::uint32_t{u16()} << 16U);
}

void BiffText::skip(std::size_t count) {
    at_ += count;
    settle();
}

std::string BiffText::letters(std::size_t count, bool wide) {
    std::string narrow;
    std::string raw;
    while (count > 0) {
        if (piece_ >= pieces_.size()) {
            sound_ = false;
            break;
        }
        if (at_ >= pieces_[piece_].size()) {
            // Letters that go on in the next piece may go on in the other width.
            at_ = 0;
            if (++piece_ >= pieces_.size()) continue;
            if (!pieces_[piece_].empty() && biff8_) wide = (pieces_[piece_][at_++] & 1) != 0;
            continue;
        }
        const std::size_t width = wide ? 2 : 1;
        const std::size_t there = pieces_[piece_].size() - at_;
        const std::size_t taken = std::min(count, std::max<std::size_t>(there / width, 1));
        for (std::size_t i = 0; i < taken; ++i) {
            raw += pieces_[piece_][at_++];
            if (!biff8_) continue;
            const bool has_high = wide && at_ < pieces_[piece_].size();
            raw += has_high ? pieces_[piece_][at_++] : '\0';
        }
        count -= taken;
    }
    return text::decode(raw, biff8_ ? std::string_view("utf-16le") : charset_).text;
}

std::string BiffText::text(std::size_t count) {
    if (!biff8_) return letters(count, false);
    if (count == 0 && !settle()) return {};
    const std::uint8_t flags = u8();
    const std::size_t runs = (flags & 0x08U) != 0 ? u16() : 0;
    const std::size_t phonetic = (flags & 0x04U) != 0 ? u32() : 0;
    std::string out = letters(count, (flags & 1U) != 0);
    skip(runs * 4 + phonetic);
    return out;
}

}  // namespace postwacht::extract
