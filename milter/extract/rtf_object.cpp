#include "extract/rtf_object.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "extract/blips.hpp"

namespace postwacht::extract::rtf {
namespace {

// Little-endian fields, one after the other. Past the end everything is missing.
class Fields {
  public:
    explicit Fields(std::string_view bytes) : rest_(bytes) {}

    std::optional<std::uint32_t> number(std::size_t size) {
        if (rest_.size() < size) return fail();
        std::uint32_t value = 0;
        for (std::size_t i = size; i-- > 0;)
            value = value << 8U | static_cast<unsigned char>(rest_[i]);
        rest_.remove_prefix(size);
        return value;
    }

    std::string_view counted() {
        const auto size = number(4);
        if (!size || *size > rest_.size()) {
            fail();
            return {};
        }
        const auto out = rest_.substr(0, *size);
        rest_.remove_prefix(*size);
        return out;
    }

    std::string_view until_nul() {
        const auto end = rest_.find('\0');
        if (end == std::string_view::npos) {
            fail();
            return {};
        }
        const auto out = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return out;
    }

    [[nodiscard]] bool good() const noexcept { return good_; }

  private:
    std::nullopt_t fail() noexcept {
        good_ = false;
        rest_ = {};
        return std::nullopt;
    }

    std::string_view rest_;
    bool good_ = true;
};

struct File {
    std::string_view name;
    std::string_view bytes;
};

// A file that the shell packaged.
std::optional<File> packaged(std::string_view native) {
    Fields fields(native);
    fields.number(2);
    const auto label = fields.until_nul();
    fields.until_nul();  // where it lay
    fields.number(4);
    fields.counted();  // where it will lie
    const auto bytes = fields.counted();
    if (!fields.good()) return std::nullopt;
    return File{label, bytes};
}

std::optional<std::pair<std::string_view, std::string_view>> class_and_data(
    std::string_view bytes) {
    constexpr std::uint32_t embedded = 2;
    Fields fields(bytes);
    fields.number(4);
    const auto kind = fields.number(4);
    auto name = fields.counted();
    fields.counted();
    fields.counted();
    const auto data = fields.counted();
    if (!fields.good() || kind != embedded) return std::nullopt;
    while (name.ends_with('\0')) name.remove_suffix(1);
    return std::pair(name, data);
}

}  // namespace

void add_object(std::string_view bytes, Collector& out) {
    if (bytes.empty()) return;
    constexpr std::string_view compound("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
    std::string name = "embedded object";
    if (const auto object = class_and_data(bytes)) {
        const auto [kind, data] = *object;
        if (kind == "Package") {
            if (const auto file = packaged(data)) {
                out.add_member(std::string(file->name), file->bytes);
                return;
            }
        }
        if (!kind.empty()) name.append(" (").append(kind).append(")");
        if (!data.empty()) bytes = data;
    }
    // A wrapper that says a wrong length still has the file inside.
    if (const auto at = bytes.find(compound); at != std::string_view::npos) bytes.remove_prefix(at);
    out.add_member(name, bytes);
}

void add_picture(std::string_view bytes, Collector& out) {
    if (bytes.empty()) return;
    constexpr std::string_view bitmap_head("\x28\0\0\0", 4);
    if (bytes.starts_with(bitmap_head))
        out.add_member("picture", bitmap_file(bytes));
    else if (detect_type({bytes, {}, {}, {}}).starts_with("image/"))
        out.add_member("picture", bytes);
    else
        out.add_unread_member("picture", Why::unsupported);
}

}  // namespace postwacht::extract::rtf
