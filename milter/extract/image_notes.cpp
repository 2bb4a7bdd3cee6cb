#include "extract/image_notes.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "extract/binary.hpp"
#include "extract/exif.hpp"
#include "extract/inflate.hpp"
#include "extract/xml_text.hpp"

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

class NoteReader {
  public:
    NoteReader(std::string_view bytes, Collector& out) : in_(bytes), out_(&out) {}

    void read_png() {
        std::uint64_t at = 8;
        while (in_.has(at, 12) && out_->time_left()) {
            const std::uint32_t size = big32(in_.bytes(), at);
            const auto kind = in_.piece(at + 4, 4);
            const auto content = in_.piece(at + 8, size);
            if (kind == "tEXt") read_png_text(content);
            if (kind == "zTXt") read_png_packed(content);
            if (kind == "iTXt") read_png_international(content);
            if (kind == "eXIf") read_exif(content);
            if (kind == "IEND") break;
            at += std::uint64_t{12} + size;
        }
        tell();
    }

    void read_jpeg() {
        constexpr unsigned char comment = 0xFE;
        constexpr unsigned char first_app = 0xE0;
        constexpr unsigned char scan = 0xDA;
        std::uint64_t at = 2;
        std::string more_xmp;
        while (in_.has(at, 4) && in_.u8(at) == 0xFF) {
            const std::uint8_t kind = in_.u8(at + 1);
            if (kind == 0xFF) {  // padding
                ++at;
                continue;
            }
            if (kind == scan) break;
            const std::uint32_t size = (std::uint32_t{in_.u8(at + 2)} << 8U) | in_.u8(at + 3);
            if (size < 2) break;
            const auto content = in_.piece(at + 4, size - 2);
            if (kind == comment) add("comment", text::decode(content, {}).text);
            if (kind == first_app + 1) read_jpeg_app1(content, more_xmp);
            if (kind == first_app + 13) read_photoshop(content);
            at += std::uint64_t{2} + size;
        }
        if (!more_xmp.empty()) read_xmp(more_xmp);
        tell();
    }

    void read_gif() {
        const std::uint8_t flags = in_.u8(10);
        std::uint64_t at = 13 + colours(flags);
        while (in_.has(at, 2) && out_->time_left()) {
            const std::uint8_t kind = in_.u8(at);
            if (kind == 0x2C) {  // a picture
                at += 11 + colours(in_.u8(at + 9));
                blocks(at);
            } else if (kind == 0x21) {
                const std::uint8_t label = in_.u8(at + 1);
                const auto name = in_.piece(at + 3, 11);
                at += 2;
                // XMP stands there as it is, without being cut into blocks.
                if (label == 0xFF && name == "XMP DataXMP") {
                    const auto packet = in_.piece(at + 12, in_.size());
                    const auto end = packet.find("\x01\xFF\xFE"sv);
                    if (end != std::string_view::npos) read_xmp(packet.substr(0, end));
                }
                const std::string content = blocks(at);
                constexpr std::size_t head_of_shown_text = 12;
                if (label == 0xFE) add("comment", text::decode(content, {}).text);
                if (label == 0x01 && content.size() > head_of_shown_text)
                    add("text", text::decode(content.substr(head_of_shown_text), {}).text);
            } else {
                break;
            }
        }
        tell();
    }

    void read_webp() {
        std::uint64_t at = 12;
        while (in_.has(at, 8)) {
            const std::uint32_t size = in_.u32(at + 4);
            const auto kind = in_.piece(at, 4);
            if (kind == "EXIF") read_exif(in_.piece(at + 8, size));
            if (kind == "XMP ") read_xmp(in_.piece(at + 8, size));
            at += 8 + std::uint64_t{size} + (size & 1U);
        }
        tell();
    }

    void read_tiff() {
        read_exif(in_.bytes());
        tell();
    }

  private:
    static std::uint32_t big32(std::string_view bytes, std::uint64_t at) {
        const Binary in(bytes);
        return (std::uint32_t{in.u8(at)} << 24U) | (std::uint32_t{in.u8(at + 1)} << 16U) |
               (std::uint32_t{in.u8(at + 2)} << 8U) | in.u8(at + 3);
    }
    static std::uint64_t colours(std::uint8_t flags) {
        return (flags & 0x80U) == 0 ? 0 : std::uint64_t{3} << ((flags & 7U) + 1U);
    }

    // The blocks of a GIF from `at`, joined; `at` is behind them afterwards.
    std::string blocks(std::uint64_t& at) {
        std::string joined;
        while (in_.u8(at) != 0) {
            joined += in_.piece(at + 1, in_.u8(at));
            at += std::uint64_t{1} + in_.u8(at);
        }
        ++at;
        return joined;
    }

    void add(std::string_view name, std::string_view value) {
        value = text::trim(value.substr(0, value.find('\0')));
        if (value.empty()) return;
        lines_.append(name).append(": ").append(value).append("\n");
    }

    void read_png_text(std::string_view content) {
        const auto end = content.find('\0');
        if (end == std::string_view::npos) return;
        add_png(content.substr(0, end), content.substr(end + 1));
    }
    void read_png_packed(std::string_view content) {
        const auto end = content.find('\0');
        if (end == std::string_view::npos || end + 2 > content.size()) return;
        add_png(content.substr(0, end), unpacked(content.substr(end + 2)));
    }
    void read_png_international(std::string_view content) {
        const auto end = content.find('\0');
        if (end == std::string_view::npos || end + 3 > content.size()) return;
        const bool packed = content[end + 1] != '\0';
        auto rest = content.substr(end + 3);
        for (int skipped = 0; skipped < 2; ++skipped) {  // language, and the keyword in it
            const auto next = rest.find('\0');
            if (next == std::string_view::npos) return;
            rest.remove_prefix(next + 1);
        }
        if (packed)
            add_png(content.substr(0, end), unpacked(rest));
        else
            add_png(content.substr(0, end), rest);
    }
    void add_png(std::string_view keyword, std::string_view value) {
        if (keyword == "XML:com.adobe.xmp") return read_xmp(value);
        add(text::decode(keyword, {}).text, text::decode(value, {}).text);
    }
    std::string unpacked(std::string_view packed) {
        std::string whole = inflate_zlib(packed, *out_);
        if (!out_->take_bytes(whole.size())) whole.clear();
        return whole;
    }

    void read_jpeg_app1(std::string_view content, std::string& more_xmp) {
        constexpr auto exif = "Exif\0\0"sv;
        constexpr auto xmp = "http://ns.adobe.com/xap/1.0/\0"sv;
        constexpr auto more = "http://ns.adobe.com/xmp/extension/\0"sv;
        constexpr std::size_t head_of_more = 32 + 4 + 4;  // digest, size, place
        if (content.starts_with(exif)) read_exif(content.substr(exif.size()));
        if (content.starts_with(xmp)) read_xmp(content.substr(xmp.size()));
        if (content.starts_with(more) && content.size() > more.size() + head_of_more)
            more_xmp += content.substr(more.size() + head_of_more);
    }

    // Photoshop's resources, of which one is IPTC.
    void read_photoshop(std::string_view content) {
        constexpr auto mark = "Photoshop 3.0\0"sv;
        constexpr std::uint32_t iptc = 0x0404;
        if (!content.starts_with(mark)) return;
        const Binary in(content);
        std::uint64_t at = mark.size();
        while (in.has(at, 12) && in.piece(at, 4) == "8BIM") {
            const std::uint32_t id = (std::uint32_t{in.u8(at + 4)} << 8U) | in.u8(at + 5);
            at += 6 + ((std::uint64_t{in.u8(at + 6)} + 2) & ~std::uint64_t{1});  // its name
            const std::uint32_t size = big32(content, at);
            if (id == iptc) read_iptc(in.piece(at + 4, size));
            at += 4 + ((std::uint64_t{size} + 1) & ~std::uint64_t{1});
        }
    }

    void read_iptc(std::string_view content) {
        const Binary in(content);
        std::uint64_t at = 0;
        std::string_view charset;
        while (in.has(at, 5) && in.u8(at) == 0x1C) {
            const std::uint32_t size = (std::uint32_t{in.u8(at + 3)} << 8U) | in.u8(at + 4);
            if (size > 0x7FFF) return;
            const auto value = in.piece(at + 5, size);
            // The escape that stands for UTF-8.
            if (in.u8(at + 1) == 1 && in.u8(at + 2) == 90 && value == "\x1B%G") charset = "utf-8";
            if (in.u8(at + 1) == 2 && in.u8(at + 2) != 0)
                add("IPTC", text::decode(value, charset).text);
            at += std::uint64_t{5} + size;
        }
    }

    void read_exif(std::string_view content) {
        for (const auto& note : exif_notes(content)) {
            switch (note.kind) {
                case ExifNote::Kind::text:
                    add(note.name, note.text);
                    break;
                case ExifNote::Kind::xmp:
                    read_xmp(note.text);
                    break;
                case ExifNote::Kind::iptc:
                    read_iptc(note.text);
                    break;
            }
        }
    }

    void read_xmp(std::string_view packet) {
        XmlText read = read_xml_text(text::decode(packet, {}).text);
        if (!text::trim(read.text).empty())
            out_->add_text("image description (XMP)", std::move(read.text), true);
    }

    void tell() {
        while (lines_.ends_with('\n')) lines_.pop_back();
        out_->add_text("image description", std::move(lines_), true);
    }

    Binary in_;
    Collector* out_;
    std::string lines_;
};

}  // namespace

void read_image_notes(const Document& document, Collector& out) {
    NoteReader reader(document.bytes, out);
    const auto type = out.type();
    if (type == "image/png")
        reader.read_png();
    else if (type == "image/jpeg")
        reader.read_jpeg();
    else if (type == "image/gif")
        reader.read_gif();
    else if (type == "image/webp")
        reader.read_webp();
    else if (type == "image/tiff")
        reader.read_tiff();
}

}  // namespace postwacht::extract
