#include "extract/ole.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "extract/blips.hpp"
#include "extract/excel.hpp"
#include "extract/outlook.hpp"
#include "extract/powerpoint.hpp"
#include "extract/property_set.hpp"
#include "extract/word.hpp"

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

constexpr int deepest = 32;

// A string that ends with a zero; moves behind it.
std::string zero_ended(const Binary& bytes, std::size_t& at) {
    const auto rest = bytes.piece(at, bytes.size());
    const auto end = rest.find('\0');
    if (end == std::string_view::npos) {
        at = bytes.size();
        return text::decode(rest, {}).text;
    }
    at += end + 1;
    return text::decode(rest.substr(0, end), {}).text;
}

// A file that was put into a document as an icon (MS-OLEDS 2.3.6). What does not look like one is
// the bare data of some program.
void read_native(std::string_view bytes, Collector& out) {
    const Binary native(bytes);
    const auto content = native.piece(4, native.u32(0));
    const Binary package(content);
    constexpr std::uint16_t package_flags = 2;
    if (package.u16(0) == package_flags) {
        std::size_t at = 2;
        const std::string label = zero_ended(package, at);
        const std::string path = zero_ended(package, at);
        at += 4;
        at += std::size_t{package.u32(at)} + 4;
        if (package.has(at, 4) && package.has(at + std::uint64_t{4}, package.u32(at))) {
            const auto slash = path.find_last_of("/\\");
            std::string name = label;
            if (name.empty()) name = slash == std::string::npos ? path : path.substr(slash + 1);
            out.add_member(std::move(name), package.piece(at + std::uint64_t{4}, package.u32(at)));
            return;
        }
    }
    if (!content.empty())
        out.add_member({}, content);
    else if (!bytes.empty())
        out.incomplete(Why::damaged);
}

// By the signatures of PNG and JPEG, and by the heads of the records that keep EMF, WMF and PICT
// ([MS-ODRAW] 2.2.24 to 2.2.26).
bool holds_picture(std::string_view bytes) noexcept {
    constexpr std::array heads = {"\x89PNG\r\n\x1A\n"sv, "\xFF\xD8\xFF\xE0"sv, "\xFF\xD8\xFF\xE1"sv,
                                  "\xFF\xD8\xFF\xDB"sv,  "\x40\x3D\x1A\xF0"sv, "\x50\x3D\x1A\xF0"sv,
                                  "\x60\x21\x1B\xF0"sv,  "\x70\x21\x1B\xF0"sv, "\x20\x54\x1C\xF0"sv,
                                  "\x30\x54\x1C\xF0"sv};
    return std::any_of(heads.begin(), heads.end(), [bytes](std::string_view head) {
        return bytes.find(head) != std::string_view::npos;
    });
}

class StorageReader {
  public:
    StorageReader(const Compound& file, std::size_t storage, const std::string& prefix, int depth,
                  Collector& out)
        : file_(file), storage_(storage), prefix_(prefix), depth_(depth), out_(out) {}

    void read() {
        if (!out_.time_left()) return;
        if (depth_ > deepest) return out_.incomplete(Why::over_budget);
        if (has("EncryptedPackage") ||
            has("\x09"
                "DRMContent") ||
            has("EncryptionInfo"))
            return out_.incomplete(Why::encrypted);
        if (has("__properties_version1.0")) {
            set_type("application/vnd.ms-outlook");
            return read_outlook(file_, storage_, prefix_, depth_, out_);
        }
        const bool known = read_documents();
        read_property_set(bytes_of("\x05SummaryInformation"), prefix_, out_);
        read_property_set(bytes_of("\x05"
                                   "DocumentSummaryInformation"),
                          prefix_, out_);
        if (known) read_pictures();
        const bool embedded = read_embedded();
        read_inner_storages(known);
        if (!known && !embedded && !macros_ && depth_ == 0) out_.incomplete(Why::unsupported);
    }

  private:
    [[nodiscard]] bool has(std::string_view name) const {
        return file_.find(storage_, name).has_value();
    }
    std::string bytes_of(std::string_view name) {
        return stream_bytes(file_, storage_, name, out_);
    }
    void set_type(const char* type) {
        if (depth_ == 0) out_.set_type(type);
    }

    bool read_documents() {
        bool known = false;
        if (has("WordDocument")) {
            set_type("application/msword");
            read_word(file_, storage_, prefix_, out_);
            known = true;
        }
        if (has("PowerPoint Document")) {
            set_type("application/vnd.ms-powerpoint");
            read_powerpoint(bytes_of("PowerPoint Document"), bytes_of("Current User"), prefix_,
                            out_);
            known = true;
        }
        for (const auto name : {"Workbook"sv, "Book"sv}) {
            if (!has(name)) continue;
            set_type("application/vnd.ms-excel");
            read_excel(bytes_of(name), prefix_, out_);
            known = true;
        }
        return known;
    }

    // Bitmaps among the drawings are read; other pictures may show text, and are told as unread.
    void read_pictures() {
        bool others = false;
        for (const auto name : {"Pictures"sv, "Data"sv, "WordDocument"sv, "Workbook"sv, "Book"sv}) {
            if (!has(name) || !out_.time_left()) continue;
            std::string bytes = bytes_of(name);
            if (name == "Workbook")
                if (auto drawings = drawings_of_workbook(bytes); !drawings.empty())
                    bytes = std::move(drawings);
            others = holds_picture(add_blips(bytes, out_)) || others;
        }
        if (others) out_.incomplete(Why::unsupported);
    }

    // What a container of an embedded object holds: the file itself, or a package of it.
    bool read_embedded() {
        bool found = false;
        if (has("\x01Ole10Native")) {
            read_native(bytes_of("\x01Ole10Native"), out_);
            found = true;
        }
        for (const auto name : {"Package"sv, "CONTENTS"sv, "EmbeddedOdf"sv}) {
            if (!has(name)) continue;
            const auto bytes = bytes_of(name);
            // Of a whole file it is that file's own format, unless it is plainly another file.
            if (depth_ == 0 && name == "CONTENTS") {
                const auto type = detect_type({bytes, {}, {}, {}});
                if (type == "application/octet-stream" || type.starts_with("text/")) continue;
            }
            if (!bytes.empty()) out_.add_member({}, bytes);
            found = true;
        }
        return found;
    }

    void read_inner_storages(bool known) {
        for (const std::size_t child : file_.entry(storage_).children) {
            const auto& entry = file_.entry(child);
            if (!entry.storage) continue;
            if (is_macro_storage(entry.name, child)) {
                out_.note_macro();
                macros_ = true;
            } else if (entry.name == "_SX_DB_CUR" || entry.name == "_SX_DB") {
                for (const std::size_t cache : file_.entry(child).children)
                    read_pivot_cache(stream_bytes(file_, cache, out_), prefix_, out_);
            } else if (entry.name == "ObjectPool" || entry.name == "MsoDataStore") {
                read_pool(child);
            } else if (known || depth_ > 0) {
                read_storage(file_, child, prefix_ + "embedded object, ", depth_ + 1, out_);
            } else {
                read_storage(file_, child, prefix_, depth_ + 1, out_);
            }
        }
    }

    [[nodiscard]] bool is_macro_storage(std::string_view name, std::size_t child) const {
        return name == "_VBA_PROJECT_CUR" || name == "Macros" || name == "VBA" ||
               file_.find(child, "_VBA_PROJECT").has_value() ||
               (file_.find(child, "PROJECT").has_value() && file_.find(child, "VBA").has_value());
    }

    // Each storage in the pool is one object; of custom XML each stream "Item" is a file.
    void read_pool(std::size_t pool) {
        for (const std::size_t object : file_.entry(pool).children) {
            if (!file_.entry(object).storage) continue;
            if (const auto item = file_.find(object, "Item"))
                out_.add_member({}, stream_bytes(file_, *item, out_), "application/xml");
            read_storage(file_, object, prefix_ + "embedded object, ", depth_ + 1, out_);
        }
    }

    const Compound& file_;
    std::size_t storage_;
    const std::string& prefix_;
    int depth_;
    Collector& out_;
    bool macros_ = false;
};

}  // namespace

void read_storage(const Compound& file, std::size_t storage, const std::string& prefix, int depth,
                  Collector& out) {
    StorageReader(file, storage, prefix, depth, out).read();
}

void read_ole(const Document& document, Collector& out) {
    const auto file = Compound::open(document.bytes);
    if (!file) return out.incomplete(Why::damaged);
    if (!file->sound()) out.incomplete(Why::damaged);
    read_storage(*file, Compound::root, {}, 0, out);
}

}  // namespace postwacht::extract
