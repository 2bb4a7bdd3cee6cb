#include "extract/cms.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

constexpr unsigned char tag_integer = 0x02;
constexpr unsigned char tag_octets = 0x04;
constexpr unsigned char tag_oid = 0x06;
constexpr unsigned char tag_sequence = 0x30;
constexpr unsigned char tag_set = 0x31;
constexpr unsigned char tag_octets_in_pieces = 0x24;
constexpr unsigned char tag_explicit_0 = 0xA0;

// 1.2.840.113549.1.7, the arc of the PKCS #7 content types, and what follows it.
constexpr auto pkcs7_arc = "\x2A\x86\x48\x86\xF7\x0D\x01\x07"sv;
// 1.2.840.113549.1.9.16.1.23, authEnvelopedData.
constexpr auto auth_enveloped = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17"sv;

// 1.2.840.113549.1.9.16.1.9, compressedData.
constexpr auto compressed_data = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x09"sv;

// Walks over BER elements. Every step fails on what is not there.
class BerReader {
  public:
    explicit BerReader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool next_is(unsigned char tag) const noexcept {
        return !rest_.empty() && static_cast<unsigned char>(rest_.front()) == tag;
    }

    // Enters the element: what follows is its content (and, unbounded, what stands behind it).
    bool enter(unsigned char tag) noexcept { return next_is(tag) && take_header().has_value(); }

    // The content of a primitive element of definite length.
    std::optional<std::string_view> take(unsigned char tag) noexcept {
        if (!next_is(tag)) return std::nullopt;
        const auto header = take_header();
        if (!header || header->indefinite || header->length > rest_.size()) return std::nullopt;
        const auto content = rest_.substr(0, header->length);
        rest_.remove_prefix(header->length);
        return content;
    }

    // A reader of one element's content. An element that is cut off has none.
    [[nodiscard]] std::optional<BerReader> enter_alone(unsigned char tag) noexcept {
        if (!next_is(tag)) return std::nullopt;
        const auto header = take_header();
        if (!header || header->length > rest_.size()) return std::nullopt;
        BerReader inner(header->indefinite ? rest_ : rest_.substr(0, header->length));
        inner.indefinite_ = header->indefinite;
        return inner;
    }

    // The content of an octet string appended to `out`, whether it stands in one piece or in
    // pieces of pieces; false where some of it is missing.
    bool take_octets(std::string& out, int depth = 0) {
        constexpr int deepest = 8;
        if (next_is(tag_octets)) {
            const auto header = take_header();
            if (!header || header->indefinite) return false;
            const auto there = rest_.substr(0, header->length);
            out += there;
            rest_.remove_prefix(there.size());
            return there.size() == header->length;
        }
        if (!next_is(tag_octets_in_pieces) || depth > deepest) return false;
        const auto header = take_header();
        if (!header) return false;
        const bool cut = !header->indefinite && header->length > rest_.size();
        BerReader inner(header->indefinite ? rest_ : rest_.substr(0, header->length));
        inner.indefinite_ = header->indefinite;
        while (!inner.at_end())
            if (!inner.take_octets(out, depth + 1)) return false;
        // Behind the pieces: after the mark of their end, or after the length they have together.
        if (header->indefinite)
            rest_ = inner.rest_.substr(2);
        else
            rest_.remove_prefix(std::min(header->length, rest_.size()));
        return !cut;
    }

    // Whether the content ends here: with its length, or with the mark that an indefinite one has.
    [[nodiscard]] bool at_end() const noexcept {
        return indefinite_ ? rest_.starts_with("\0\0"sv) : rest_.empty();
    }

  private:
    struct Header {
        std::size_t length = 0;
        bool indefinite = false;
    };

    std::optional<Header> take_header() noexcept {
        if (rest_.size() < 2) return std::nullopt;
        const auto first = static_cast<unsigned char>(rest_[1]);
        rest_.remove_prefix(2);
        if (first < 0x80) return Header{first, false};
        if (first == 0x80) return Header{0, true};
        const std::size_t count = first & 0x7FU;
        if (count > sizeof(std::size_t) || count > rest_.size()) return std::nullopt;
        Header header;
        for (std::size_t i = 0; i < count; ++i)
            header.length = (header.length << 8U) | static_cast<unsigned char>(rest_[i]);
        rest_.remove_prefix(count);
        return header;
    }

    std::string_view rest_;
    bool indefinite_ = false;
};

// SignedData ::= SEQUENCE { version, digestAlgorithms SET, encapContentInfo SEQUENCE { type,
// [0] content OPTIONAL } ... }
CmsKind signed_data_kind(BerReader reader) noexcept {
    if (!reader.enter(tag_explicit_0) || !reader.enter(tag_sequence) || !reader.take(tag_integer) ||
        !reader.take(tag_set))
        return CmsKind::other;
    auto content_info = reader.enter_alone(tag_sequence);
    if (!content_info || !content_info->take(tag_oid)) return CmsKind::other;
    return content_info->at_end() ? CmsKind::detached_signature : CmsKind::other;
}

// EncapsulatedContentInfo ::= SEQUENCE { type, [0] OCTET STRING }
std::optional<CmsContent> encapsulated(BerReader reader) {
    if (!reader.enter(tag_sequence) || !reader.take(tag_oid) || !reader.enter(tag_explicit_0))
        return std::nullopt;
    CmsContent content;
    content.whole = reader.take_octets(content.bytes);
    return content;
}

}  // namespace

CmsKind cms_kind(std::string_view bytes) noexcept {
    BerReader reader(bytes);
    if (!reader.enter(tag_sequence)) return CmsKind::none;
    const auto type = reader.take(tag_oid);
    if (!type) return CmsKind::none;
    if (*type == auth_enveloped) return CmsKind::encrypted;
    if (*type == compressed_data) return CmsKind::other;
    if (type->size() != pkcs7_arc.size() + 1 || !type->starts_with(pkcs7_arc)) return CmsKind::none;
    switch (type->back()) {
        case 2:
            return signed_data_kind(reader);
        case 3:  // EnvelopedData
        case 4:  // SignedAndEnvelopedData
        case 6:  // EncryptedData
            return CmsKind::encrypted;
        default:
            return CmsKind::other;
    }
}

std::optional<CmsContent> cms_signed_content(std::string_view bytes) {
    BerReader reader(bytes);
    if (!reader.enter(tag_sequence)) return std::nullopt;
    const auto type = reader.take(tag_oid);
    if (!type || type->size() != pkcs7_arc.size() + 1 || !type->starts_with(pkcs7_arc) ||
        type->back() != 2)
        return std::nullopt;
    if (!reader.enter(tag_explicit_0) || !reader.enter(tag_sequence) || !reader.take(tag_integer) ||
        !reader.take(tag_set))
        return std::nullopt;
    return encapsulated(reader);
}

std::optional<CmsContent> cms_compressed_content(std::string_view bytes) {
    BerReader reader(bytes);
    if (!reader.enter(tag_sequence)) return std::nullopt;
    const auto type = reader.take(tag_oid);
    if (!type || *type != compressed_data) return std::nullopt;
    if (!reader.enter(tag_explicit_0) || !reader.enter(tag_sequence) || !reader.take(tag_integer) ||
        !reader.take(tag_sequence))
        return std::nullopt;
    return encapsulated(reader);
}

}  // namespace postwacht::extract
