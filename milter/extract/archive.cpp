#include "extract/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "extract/binary.hpp"
#include "extract/file_name.hpp"
#include "extract/inflate.hpp"

namespace postwacht::extract {
namespace {

using namespace std::string_view_literals;

// libarchive turns names into the charset of the locale, and what that lacks into '?'. The locale
// is made as the program starts, since it comes from a file and a reader may open none.
const locale_t utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);

class Utf8Locale {
  public:
    Utf8Locale() : before_(utf8_locale == nullptr ? nullptr : uselocale(utf8_locale)) {}
    ~Utf8Locale() {
        if (before_ != nullptr) uselocale(before_);
    }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;

  private:
    locale_t before_;
};

struct Close {
    void operator()(archive* reader) const noexcept { archive_read_free(reader); }
};
using Handle = std::unique_ptr<archive, Close>;

constexpr std::size_t chunk_size = std::size_t{64} << 10U;

std::string entry_name(archive_entry* entry) {
    if (const char* raw = archive_entry_pathname(entry)) return readable_name(raw);
    if (const char* utf8 = archive_entry_pathname_utf8(entry)) return text::repair_utf8(utf8);
    return {};
}

// The name a compressed single file has once it is unpacked.
std::string unpacked_name(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> suffixes = {{
        {".tgz", ".tar"},
        {".tbz2", ".tar"},
        {".tbz", ".tar"},
        {".txz", ".tar"},
        {".tzst", ".tar"},
        {".gz", ""},
        {".bz2", ""},
        {".xz", ""},
        {".zst", ""},
        {".lz4", ""},
        {".lzma", ""},
        {".lz", ""},
        {".z", ""},
        {".gzip", ""},
    }};
    const std::string lower = text::ascii_lower(name);
    for (const auto& [suffix, becomes] : suffixes)
        if (lower.size() > suffix.size() && lower.ends_with(suffix))
            return std::string(name.substr(0, name.size() - suffix.size())).append(becomes);
    return std::string(name);
}

bool speaks_of_encryption(archive* reader) {
    const char* message = archive_error_string(reader);
    if (message == nullptr) return false;
    const std::string lower = text::ascii_lower(message);
    return lower.find("encrypt") != std::string::npos ||
           lower.find("passphrase") != std::string::npos;
}

// What is whole, and packed in a way that libarchive does not know (Deflate64, filters of RAR).
bool speaks_of_unknown_method(archive* reader) {
    const char* message = archive_error_string(reader);
    if (message == nullptr) return false;
    const std::string lower = text::ascii_lower(message);
    static constexpr std::array signs = {"unsupported"sv, "not supported"sv, "unavailable"sv,
                                         "unexpected codec"sv, "unknown compression"sv};
    return std::any_of(signs.begin(), signs.end(),
                       [&](auto sign) { return lower.find(sign) != std::string::npos; });
}

bool is_compressed_single(std::string_view type) noexcept {
    static constexpr std::array types = {"application/gzip"sv,  "application/x-bzip2"sv,
                                         "application/x-xz"sv,  "application/zstd"sv,
                                         "application/x-lz4"sv, "application/x-compress"sv,
                                         "application/x-lzip"sv};
    return std::find(types.begin(), types.end(), type) != types.end();
}

class ArchiveReader {
  public:
    ArchiveReader(const Document& document, Collector& out) : document_(document), out_(out) {}

    void read() {
        read_from(Index::used);
        // A zip file whose index is broken is read along its members instead.
        if (entries_ == 0 && failed_ && document_.bytes.starts_with("PK") && out_.time_left())
            read_from(Index::passed_over);
    }

  private:
    static constexpr int most_failures = 100;
    enum class Index { used, passed_over };

    void read_from(Index index) {
        handle_.reset(archive_read_new());
        if (!handle_ || !open(index)) return fail();
        archive_entry* entry = nullptr;
        while (out_.time_left()) {
            const int result = archive_read_next_header(handle_.get(), &entry);
            if (result == ARCHIVE_EOF) break;
            if (result == ARCHIVE_RETRY) {
                // The header of a member was not understood, and with it the member is lost.
                fail();
                continue;
            }
            if (result < ARCHIVE_WARN) {
                fail();
                // After ARCHIVE_FAILED the next member may still be got at.
                if (result == ARCHIVE_FATAL || ++failures_ > most_failures) break;
                continue;
            }
            if (!read_entry(entry)) return;
        }
        if (entries_ == 0 && !failed_ && !is_empty_archive()) fail();
        if (!failed_) read_behind_tar();
    }

    // Where one tar file stands behind another, programs differ in what they unpack; and what is
    // left over is in the letter as well.
    void read_behind_tar() {
        if ((archive_format(handle_.get()) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR)
            return;
        const auto used = archive_filter_bytes(handle_.get(), -1);
        if (used <= 0 || static_cast<std::uint64_t>(used) >= document_.bytes.size()) return;
        constexpr std::size_t block = 512;
        const auto rest = document_.bytes.substr(static_cast<std::size_t>(used));
        const auto next = rest.find_first_not_of('\0');
        if (next != std::string_view::npos)
            out_.add_member("behind the archive", rest.substr(next / block * block));
    }

    bool open(Index index) {
        archive* reader = handle_.get();
        // Each by name: among "all" are filters that start another program.
        archive_read_support_filter_gzip(reader);
        archive_read_support_filter_bzip2(reader);
        archive_read_support_filter_compress(reader);
        archive_read_support_filter_lzma(reader);
        archive_read_support_filter_lzip(reader);
        archive_read_support_filter_xz(reader);
        archive_read_support_filter_zstd(reader);
        archive_read_support_filter_lz4(reader);
        // A compressed file is unpacked alone, and what comes out is read like any other file.
        if (is_compressed_single(detect_type(document_))) {
            archive_read_support_format_raw(reader);
            archive_read_support_format_empty(reader);
            return open_memory();
        }
        archive_read_support_format_7zip(reader);
        archive_read_support_format_ar(reader);
        archive_read_support_format_cab(reader);
        archive_read_support_format_cpio(reader);
        archive_read_support_format_iso9660(reader);
        archive_read_support_format_lha(reader);
        archive_read_support_format_rar(reader);
        archive_read_support_format_rar5(reader);
        archive_read_support_format_tar(reader);
        archive_read_support_format_zip_streamable(reader);
        if (index == Index::used) archive_read_support_format_zip_seekable(reader);
        archive_read_support_format_empty(reader);
        return open_memory();
    }

    bool open_memory() {
        return archive_read_open_memory(handle_.get(), document_.bytes.data(),
                                        document_.bytes.size()) == ARCHIVE_OK;
    }

    [[nodiscard]] bool is_empty_archive() const {
        return document_.bytes.starts_with("PK\x05\x06"sv) || document_.bytes.starts_with("7z"sv) ||
               document_.bytes == "!<arch>\n" ||
               document_.bytes.find_first_not_of('\0') == std::string_view::npos ||
               is_nothing_compressed() || only_folders_;
    }

    // No format compresses nothing into more than this; a longer one has lost what it held.
    [[nodiscard]] bool is_nothing_compressed() const {
        constexpr std::size_t most = 64;
        return archive_filter_count(handle_.get()) > 1 && document_.bytes.size() <= most;
    }

    // Asked of formats that can tell alone: libarchive 3.6 crashes on others after an error.
    [[nodiscard]] bool has_encrypted_entries() const {
        switch (archive_format(handle_.get()) & ARCHIVE_FORMAT_BASE_MASK) {
            case ARCHIVE_FORMAT_ZIP:
            case ARCHIVE_FORMAT_7ZIP:
            case ARCHIVE_FORMAT_RAR:
            case ARCHIVE_FORMAT_RAR_V5:
                return archive_read_has_encrypted_entries(handle_.get()) > 0;
            default:
                return false;
        }
    }

    void fail() {
        failed_ = true;
        archive* reader = handle_.get();
        const bool locked =
            reader != nullptr && (speaks_of_encryption(reader) || has_encrypted_entries());
        out_.incomplete(locked ? Why::encrypted : why_unread());
    }

    [[nodiscard]] Why why_unread() const {
        archive* reader = handle_.get();
        if (reader == nullptr) return Why::damaged;
        // First, since "encryption is not supported" says both.
        if (speaks_of_encryption(reader)) return Why::encrypted;
        return speaks_of_unknown_method(reader) ? Why::unsupported : Why::damaged;
    }

    bool read_entry(archive_entry* entry) {
        const auto kind = archive_entry_filetype(entry);
        std::string name = entry_name(entry);
        const bool raw = archive_format(handle_.get()) == ARCHIVE_FORMAT_RAW;
        if (raw) {
            // Only a compressed file has one nameless member; else nothing was recognised.
            if (archive_filter_count(handle_.get()) < 2) {
                fail();
                return false;
            }
            if (name.empty() || name == "data") name = unpacked_name(document_.name);
        }
        if (!read_link(entry, name)) return false;
        if (kind == AE_IFDIR) {
            only_folders_ = true;
            return true;
        }
        if (kind != AE_IFREG && kind != 0) return true;
        if (archive_entry_hardlink(entry) != nullptr && archive_entry_size(entry) <= 0) return true;
        ++entries_;
        if (archive_entry_is_encrypted(entry) > 0) {
            failed_ = true;
            return out_.add_unread_member(std::move(name), Why::encrypted);
        }
        return read_data(std::move(name));
    }

    bool read_link(archive_entry* entry, const std::string& name) {
        const char* target = archive_entry_symlink(entry);
        if (target == nullptr) target = archive_entry_hardlink(entry);
        if (target == nullptr) return true;
        ++entries_;
        return out_.add_text("link in the archive", name + " -> " + readable_name(target), true);
    }

    bool read_data(std::string name) {
        std::string content;
        std::array<char, chunk_size> chunk;
        bool whole = true;
        for (;;) {
            if (!out_.time_left()) break;
            const auto got = archive_read_data(handle_.get(), chunk.data(), chunk.size());
            if (got == ARCHIVE_RETRY) continue;
            if (got == 0) break;
            if (got < 0) {
                whole = false;
                break;
            }
            unpacked_ += static_cast<std::uint64_t>(got);
            const auto size = content.size() + static_cast<std::uint64_t>(got);
            if (out_.budget().is_bomb(document_.bytes.size(), unpacked_) ||
                size > out_.budget().bytes_left()) {
                // Paid for, or a thousand of them would each be unpacked as far.
                out_.take_bytes(size);
                out_.add_unread_member(std::move(name), Why::over_budget);
                return false;
            }
            content.append(chunk.data(), static_cast<std::size_t>(got));
        }
        if (!whole) {
            if (content.empty()) {
                failed_ = true;
                return out_.add_unread_member(std::move(name), why_unread());
            }
            fail();
        }
        return out_.add_member(std::move(name), content);
    }

    const Document& document_;
    Collector& out_;
    Handle handle_;
    std::uint64_t unpacked_ = 0;
    std::size_t entries_ = 0;
    int failures_ = 0;
    bool failed_ = false;
    bool only_folders_ = false;
};

// A note that the packer of a zip file wrote behind it (APPNOTE.TXT 4.3.16).
void read_zip_comment(std::string_view bytes, Collector& out) {
    constexpr std::size_t end_size = 22;
    const auto end = bytes.rfind("PK\x05\x06"sv);
    if (!bytes.starts_with("PK") || end == std::string_view::npos) return;
    const Binary record(bytes.substr(end));
    const auto comment = record.piece(end_size, record.u16(end_size - 2));
    if (!comment.empty()) out.add_text("comment of the archive", readable_name(comment), true);
}

// The first volume of several says so in its first header (RAR 4: flag 1 of the archive header).
bool has_more_volumes(std::string_view bytes) noexcept {
    const Binary head(bytes);
    return bytes.starts_with("Rar!\x1A\x07\x00"sv) && head.u8(9) == 0x73 &&
           (head.u16(10) & 1U) != 0;
}

}  // namespace

void read_gzip(const Document& document, Collector& out) {
    // libarchive passes over the checksums of gzip, so this one is unpacked by zlib.
    const std::string content = inflate_gzip(document.bytes, out);
    constexpr std::size_t flags_at = 3;
    constexpr std::size_t name_at = 10;
    constexpr unsigned has_extra = 4;
    constexpr unsigned has_name = 8;
    const Binary head(document.bytes);
    std::string name = unpacked_name(document.name);
    if ((head.u8(flags_at) & has_name) != 0) {
        const std::size_t at =
            name_at + ((head.u8(flags_at) & has_extra) != 0 ? head.u16(name_at) + 2U : 0U);
        const auto given = head.piece(at, document.bytes.size());
        if (const auto end = given.find('\0'); end != std::string_view::npos && end > 0)
            name = readable_name(given.substr(0, end));
    }
    out.add_member(std::move(name), content);
}

void read_archive(const Document& document, Collector& out) {
    const Utf8Locale locale;
    read_zip_comment(document.bytes, out);
    if (has_more_volumes(document.bytes)) out.incomplete(Why::damaged);
    ArchiveReader(document, out).read();
}

}  // namespace postwacht::extract
