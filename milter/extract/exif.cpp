#include "extract/exif.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/text.hpp"
#include "extract/binary.hpp"

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

enum class Form { words, with_charset, utf16, xmp, iptc, directory };

struct Field {
    std::uint16_t tag;
    Form form;
    std::string_view name;
};

constexpr std::array fields = {
    Field{0x010D, Form::words, "document name"},
    Field{0x010E, Form::words, "description"},
    Field{0x011D, Form::words, "page name"},
    Field{0x013B, Form::words, "artist"},
    Field{0x02BC, Form::xmp, ""},
    Field{0x8298, Form::words, "copyright"},
    Field{0x83BB, Form::iptc, ""},
    Field{0x8769, Form::directory, ""},
    Field{0x9286, Form::with_charset, "comment"},
    Field{0x9C9B, Form::utf16, "title"},
    Field{0x9C9C, Form::utf16, "comment"},
    Field{0x9C9D, Form::utf16, "author"},
    Field{0x9C9E, Form::utf16, "keywords"},
    Field{0x9C9F, Form::utf16, "subject"},
    Field{0xA430, Form::words, "owner"},
};

class Directories {
  public:
    explicit Directories(std::string_view tiff) : in_(tiff), big_(tiff.starts_with("MM")) {}

    std::vector<ExifNote> read() {
        if (!in_.bytes().starts_with("II*\0"sv) && !in_.bytes().starts_with("MM\0*"sv)) return {};
        waiting_.push_back(number32(4));
        // Every page of a TIFF has a directory, and one may point back.
        constexpr std::size_t most = 1'000;
        for (std::size_t i = 0; i < waiting_.size() && i < most; ++i) read_directory(waiting_[i]);
        return std::move(notes_);
    }

  private:
    [[nodiscard]] std::uint16_t number16(std::uint64_t at) const {
        const std::uint16_t value = in_.u16(at);
        return big_ ? static_cast<std::uint16_t>((value >> 8U) | (value << 8U)) : value;
    }
    [[nodiscard]] std::uint32_t number32(std::uint64_t at) const {
        const std::uint32_t low = number16(big_ ? at + 2 : at);
        return low | (std::uint32_t{number16(big_ ? at : at + 2)} << 16U);
    }

    void wait_for(std::uint32_t directory) {
        if (directory != 0 &&
            std::find(waiting_.begin(), waiting_.end(), directory) == waiting_.end())
            waiting_.push_back(directory);
    }

    void read_directory(std::uint32_t at) {
        constexpr std::uint64_t entry = 12;
        const std::uint16_t count = number16(at);
        std::uint64_t place = std::uint64_t{at} + 2;
        for (std::uint16_t i = 0; i < count && in_.has(place, entry); ++i, place += entry)
            read_entry(place);
        if (in_.has(place, 4)) wait_for(number32(place));
    }

    void read_entry(std::uint64_t place) {
        const std::uint16_t tag = number16(place);
        const auto field = std::find_if(fields.begin(), fields.end(),
                                        [tag](const Field& known) { return known.tag == tag; });
        if (field == fields.end()) return;
        if (field->form == Form::directory) return wait_for(number32(place + 8));
        constexpr std::array<std::uint64_t, 14> sizes = {1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
        const std::uint16_t type = number16(place + 2);
        const std::uint64_t size = number32(place + 4) * sizes.at(type < sizes.size() ? type : 0);
        const auto value =
            size <= 4 ? in_.piece(place + 8, size) : in_.piece(number32(place + 8), size);
        if (value.empty()) return;
        ExifNote note;
        note.name = field->name;
        switch (field->form) {
            case Form::words:
                note.text = text::decode(until_nul(value), {}).text;
                break;
            case Form::utf16:
                note.text = text::decode(value, "utf-16le").text;
                break;
            case Form::with_charset:
                note.text = comment(value);
                break;
            case Form::xmp:
                note.kind = ExifNote::Kind::xmp;
                note.text = value;
                break;
            case Form::iptc:
                note.kind = ExifNote::Kind::iptc;
                note.text = value;
                break;
            case Form::directory:
                return;
        }
        notes_.push_back(std::move(note));
    }

    static std::string_view until_nul(std::string_view value) {
        return value.substr(0, value.find('\0'));
    }

    // The name of the charset stands in its first eight bytes.
    [[nodiscard]] std::string comment(std::string_view value) const {
        constexpr std::size_t name = 8;
        const auto charset = value.substr(0, name);
        const auto words = value.substr(std::min(name, value.size()));
        if (charset.starts_with("UNICODE"))
            return text::decode(words, big_ ? "utf-16be" : "utf-16le").text;
        if (charset.starts_with("JIS")) return text::decode(until_nul(words), "iso-2022-jp").text;
        if (charset.starts_with("ASCII") ||
            charset.find_first_not_of('\0') == std::string_view::npos)
            return text::decode(until_nul(words), {}).text;
        return text::decode(until_nul(value), {}).text;
    }

    Binary in_;
    bool big_;
    std::vector<std::uint32_t> waiting_;
    std::vector<ExifNote> notes_;
};

}  // namespace

std::vector<ExifNote> exif_notes(std::string_view tiff) {
    return Directories(tiff).read();
}

}  // namespace postwacht::extract
