#include "extract/tnef.hpp"

#include <string>
#include <utility>

#include "base/text.hpp"
#include "extract/binary.hpp"
#include "extract/mapi.hpp"
#include "extract/property_set.hpp"

namespace postwacht::extract {
namespace {

namespace attribute {
constexpr std::uint32_t from = 0x8000;
constexpr std::uint32_t subject = 0x8004;
constexpr std::uint32_t body = 0x800C;
constexpr std::uint32_t attach_data = 0x800F;
constexpr std::uint32_t attach_title = 0x8010;
constexpr std::uint32_t attach_begins = 0x9002;
constexpr std::uint32_t properties = 0x9003;
constexpr std::uint32_t recipients = 0x9004;
constexpr std::uint32_t attach_properties = 0x9005;
constexpr std::uint32_t codepage = 0x9007;
}  // namespace attribute

// A list of MAPI properties, each padded to four bytes.
class PropertyList {
  public:
    PropertyList(std::string_view bytes, std::uint32_t codepage)
        : bytes_(bytes), codepage_(codepage) {}

    MapiProperties read() {
        MapiProperties found;
        found.default_codepage = codepage_;
        const std::uint32_t count = u32();
        for (std::uint32_t i = 0; i < count && sound_; ++i) read_property(found);
        return found;
    }
    // Rows of lists, of which the recipients are made.
    std::uint32_t u32() {
        if (!bytes_.has(at_, 4)) sound_ = false;
        const std::uint32_t value = bytes_.u32(at_);
        at_ += 4;
        return value;
    }
    [[nodiscard]] bool sound() const noexcept { return sound_; }

  private:
    static constexpr std::uint32_t many = 0x1000;

    std::string_view take(std::uint64_t size) {
        if (!bytes_.has(at_, size)) sound_ = false;
        const auto piece = bytes_.piece(at_, size);
        at_ += (size + 3) / 4 * 4;
        return piece;
    }

    void read_property(MapiProperties& found) {
        const std::uint32_t tag = u32();
        const std::uint32_t type = tag & 0xFFFU;
        const std::uint32_t id = tag >> 16U;
        if (id >= 0x8000) skip_name();
        const bool listed = type == 0x1E || type == 0x1F || type == 0x0D || type == 0x102;
        std::uint32_t count = 1;
        if (listed || (tag & many) != 0) count = u32();
        for (std::uint32_t i = 0; i < count && sound_; ++i) {
            if (listed)
                read_long_value(type, id, i, found);
            else
                read_value(type, id, found);
        }
    }

    // A named property carries its name: a number, or letters.
    void skip_name() {
        take(16);
        if (u32() == 0)
            u32();
        else
            take(u32());
    }

    void read_long_value(std::uint32_t type, std::uint32_t id, std::uint32_t number,
                         MapiProperties& found) {
        const auto value = take(u32());
        std::string& to = type == 0x1E   ? found.narrow[id]
                          : type == 0x1F ? found.strings[id]
                                         : found.binaries[id];
        if (type == 0x1E || type == 0x1F) {
            if (number > 0) to += '\n';
            if (type == 0x1F) {
                to += text::decode(value, "utf-16le").text;
            } else {
                to += value;
            }
            while (!to.empty() && to.back() == '\0') to.pop_back();
        } else {
            to = value;
        }
    }

    void read_value(std::uint32_t type, std::uint32_t id, MapiProperties& found) {
        switch (type) {
            case 0x03:
                found.numbers[id] = u32();
                break;
            case 0x02:
            case 0x04:
            case 0x0A:
            case 0x0B:
                take(4);
                break;
            case 0x05:
            case 0x06:
            case 0x07:
            case 0x14:
            case 0x40:
                take(8);
                break;
            case 0x48:
                take(16);
                break;
            case 0x00:
            case 0x01:
                break;
            default:
                sound_ = false;
        }
    }

    Binary bytes_;
    std::uint32_t codepage_;
    std::uint64_t at_ = 0;
    bool sound_ = true;
};

class TnefReader {
  public:
    TnefReader(std::string_view bytes, Collector& out) : bytes_(bytes), out_(out) {}

    void read() {
        constexpr std::size_t head = 6;
        constexpr std::size_t attribute_head = 9;
        std::size_t at = head;
        while (bytes_.has(at, attribute_head)) {
            if (!out_.time_left()) return;
            const std::uint32_t id = bytes_.u32(at + 1) & 0xFFFFU;
            const std::uint32_t size = bytes_.u32(at + 5);
            at += attribute_head;
            if (!bytes_.has(at, size)) sound_ = false;
            read_attribute(id, bytes_.piece(at, size));
            at += std::size_t{size} + 2;  // the checksum
        }
        if (at != bytes_.size()) sound_ = false;
        finish_attachment();
        add_message(message_, {}, out_);
        if (!sound_) out_.incomplete(Why::damaged);
    }

  private:
    void read_attribute(std::uint32_t id, std::string_view value) {
        switch (id) {
            case attribute::codepage:
                message_.default_codepage = Binary(value).u32(0);
                break;
            case attribute::subject:
                message_.narrow.emplace(mapi::subject, value);
                break;
            case attribute::body:
                message_.narrow.emplace(mapi::body, value);
                break;
            case attribute::from:
                read_from(Binary(value));
                break;
            case attribute::properties:
                read_message(value);
                break;
            case attribute::recipients:
                read_recipients(value);
                break;
            case attribute::attach_begins:
                finish_attachment();
                attached_ = true;
                break;
            case attribute::attach_title:
                attached_ = true;
                title_ = text::decode(value.substr(0, value.find('\0')),
                                      charset_of_codepage(message_.codepage()))
                             .text;
                break;
            case attribute::attach_data:
                attached_ = has_data_ = true;
                data_ = value;
                break;
            case attribute::attach_properties: {
                attached_ = true;
                PropertyList list(value, message_.codepage());
                attachment_ = list.read();
                if (!list.sound()) sound_ = false;
                break;
            }
            default:
                break;
        }
    }

    void read_message(std::string_view value) {
        PropertyList list(value, message_.default_codepage);
        auto found = list.read();
        if (!list.sound()) sound_ = false;
        // What stands as an attribute of its own stays beside it where the list lacks it.
        found.narrow.merge(message_.narrow);
        found.numbers.merge(message_.numbers);
        message_ = std::move(found);
    }

    // TRP structure: sizes of the name and of the address, then both.
    void read_from(const Binary& value) {
        const auto name = value.piece(8, value.u16(4));
        const auto address = value.piece(std::uint64_t{8} + value.u16(4), value.u16(6));
        message_.narrow.emplace(0x0C1A, name);
        message_.narrow.emplace(0x0C1F, address);
    }

    void read_recipients(std::string_view value) {
        const std::uint32_t rows = Binary(value).u32(0);
        // Each row is a list of its own, without a size, so all are read in one go.
        PropertyList list(value.substr(std::min<std::size_t>(4, value.size())),
                          message_.codepage());
        for (std::uint32_t i = 0; i < rows && list.sound(); ++i) {
            if (!out_.time_left()) return;
            add_recipient(list.read(), {}, out_);
        }
        if (!list.sound()) sound_ = false;
    }

    void finish_attachment() {
        if (!attached_) return;
        std::string name = attachment_name(attachment_);
        if (name.empty()) name = title_;
        const auto object = attachment_.binaries.find(mapi::attach_data);
        // Before the bytes of an attached message or object stands which interface it has.
        constexpr std::size_t interface_size = 16;
        if (object != attachment_.binaries.end() && object->second.size() > interface_size &&
            data_.empty()) {
            out_.add_member(name, std::string_view(object->second).substr(interface_size));
        } else {
            if (!has_data_) sound_ = false;
            out_.add_member(name, data_, text::ascii_lower(attachment_.string(mapi::attach_type)));
        }
        std::string others;
        for (const auto& [id, value] : attachment_.strings) others += value + '\n';
        attached_ = has_data_ = false;
        data_ = {};
        title_.clear();
        attachment_ = {};
        out_.add_text("attachment properties", std::move(others), true);
    }

    Binary bytes_;
    Collector& out_;
    bool sound_ = true;
    MapiProperties message_;
    bool attached_ = false;
    bool has_data_ = false;
    std::string title_;
    std::string_view data_;
    MapiProperties attachment_;
};

}  // namespace

void read_tnef(const Document& document, Collector& out) {
    TnefReader(document.bytes, out).read();
}

}  // namespace postwacht::extract
