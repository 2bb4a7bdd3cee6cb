#include "registry/index_file.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <utility>

#include "base/files.hpp"
#include "base/format.hpp"
#include "registry/mapped_file.hpp"
#include "registry/record.hpp"

namespace postwacht::registry {
namespace {

constexpr std::string_view magic = "PWINDEX\n";
constexpr std::size_t seal_size = crypto::RecordCipher::overhead;
constexpr std::size_t trailer_size = 80;
constexpr std::string_view updates_infix = ".updates-";
constexpr std::string_view changed_infix = ".changed-";
constexpr std::array<std::string_view, 2> beside_infixes = {updates_infix, changed_infix};

// The trailer without its seal.
struct Trailer {
    std::uint32_t format = 0;
    std::uint64_t pages = 0;
    Salt salt{};
    std::array<std::uint8_t, 16> check{};
};

template <class T>
void put_little_endian(std::string& out, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

template <class T>
T take_little_endian(std::string_view& in) {
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(in[i])) << (8 * i));
    }
    in.remove_prefix(sizeof(T));
    return value;
}

void take_bytes(std::string_view& in, std::span<std::uint8_t> out) {
    std::copy_n(in.begin(), out.size(), out.begin());
    in.remove_prefix(out.size());
}

std::string encode(const Trailer& trailer) {
    std::string out(magic);
    put_little_endian(out, trailer.format);
    put_little_endian(out, trailer.pages);
    out.append(trailer.salt.begin(), trailer.salt.end());
    out.append(trailer.check.begin(), trailer.check.end());
    return out;
}

// `bytes` are trailer_size long and begin with the magic.
Trailer decode(std::string_view bytes) {
    bytes.remove_prefix(magic.size());
    Trailer trailer;
    trailer.format = take_little_endian<std::uint32_t>(bytes);
    trailer.pages = take_little_endian<std::uint64_t>(bytes);
    take_bytes(bytes, trailer.salt);
    take_bytes(bytes, trailer.check);
    return trailer;
}

}  // namespace

Result<IndexKeys> IndexKeys::derive(const crypto::SecretKey& key, const Salt& salt) {
    const std::string suffix = " " + crypto::to_hex(salt);
    POSTWACHT_TRY(hash_key, key.derive("registry lookup" + suffix));
    POSTWACHT_TRY(record_key, key.derive("registry records" + suffix));
    POSTWACHT_TRY(check_key, key.derive("registry key check" + suffix));
    POSTWACHT_TRY(hash, crypto::KeyedHash::create(hash_key));
    POSTWACHT_TRY(cipher, crypto::RecordCipher::create(record_key));
    IndexKeys keys{salt, {}, std::move(hash), std::move(cipher)};
    std::copy_n(check_key.bytes().begin(), keys.check.size(), keys.check.begin());
    return keys;
}

Result<IndexKeys> IndexKeys::create(const crypto::SecretKey& key) {
    Salt salt{};
    POSTWACHT_CHECK(crypto::random_bytes(salt));
    return derive(key, salt);
}

std::string record_context(std::string_view database_name, std::uint32_t number) {
    std::string context(database_name);
    put_little_endian(context, number);
    return context;
}

Result<void> seal_index_file(int fd, const std::filesystem::path& path, std::uint64_t pages,
                             std::string_view filter, const IndexKeys& keys) {
    // Pages that LMDB set aside at the end but never wrote are holes.
    if (::ftruncate(fd, static_cast<off_t>(pages)) != 0 ||
        ::lseek(fd, static_cast<off_t>(pages), SEEK_SET) < 0) {
        return system_error(path.string(), errno);
    }
    POSTWACHT_CHECK(write_all(fd, filter));
    POSTWACHT_CHECK(write_all(fd, encode({index_format, pages, keys.salt, keys.check})));
    POSTWACHT_TRY(mapping, MappedFile::map(fd, path));
    POSTWACHT_TRY(seal, keys.cipher.seal({}, mapping.pieces(mapping.bytes().size())));
    POSTWACHT_CHECK(write_all(fd, seal));
    if (::fsync(fd) != 0) return system_error(path.string(), errno);
    return {};
}

Result<VerifiedFile> verify_index_file(int fd, const std::filesystem::path& path,
                                       const crypto::SecretKey& key) {
    const auto unusable = [&path](std::string what, std::string hint) {
        return Error{ErrorCode::registry_unavailable, path.string(), std::move(what),
                     std::move(hint)};
    };
    const char* const rebuild = "make a new one with: postwacht registry build";
    auto mapping = MappedFile::map(fd, path);
    if (!mapping) return unusable("cannot be mapped: " + mapping.error().detail, {});
    const std::string_view file = mapping->bytes();
    if (file.size() < trailer_size) return unusable("is too short to be an index", rebuild);
    const std::string_view end = file.substr(file.size() - trailer_size);
    if (!end.starts_with(magic)) return unusable("is not an index, or was cut short", rebuild);
    const Trailer trailer = decode(end);
    if (trailer.format != index_format) {
        return unusable(
            format("has format {}, this version reads {}", trailer.format, index_format), rebuild);
    }
    if (trailer.pages > file.size() - trailer_size) {
        return unusable("is not as long as it says", rebuild);
    }
    POSTWACHT_TRY(keys, IndexKeys::derive(key, trailer.salt));
    if (keys.check != trailer.check) {
        return unusable("was built with another key",
                        "give the key it was built with, or build it again with this one");
    }
    const std::string_view seal = end.substr(trailer_size - seal_size);
    if (!keys.cipher.open(seal, mapping->pieces(file.size() - seal_size))) {
        return unusable("is damaged: its seal does not fit its content", rebuild);
    }
    return VerifiedFile{std::move(keys), trailer.pages, file.size() - trailer_size - trailer.pages};
}

std::filesystem::path folder_of(const std::filesystem::path& index) {
    return index.has_parent_path() ? index.parent_path() : std::filesystem::path(".");
}

namespace {

std::filesystem::path beside(const std::filesystem::path& index, std::string_view infix,
                             const Salt& salt) {
    std::filesystem::path file = index;
    file += infix;
    file += crypto::to_hex(salt);
    return file;
}

}  // namespace

std::filesystem::path updates_file(const std::filesystem::path& index, const Salt& salt) {
    return beside(index, updates_infix, salt);
}

std::filesystem::path changed_mark(const std::filesystem::path& index, const Salt& salt) {
    return beside(index, changed_infix, salt);
}

Result<void> check_never_changed(const std::filesystem::path& index, const Salt& salt) {
    const auto mark = changed_mark(index, salt);
    if (::access(mark.c_str(), F_OK) != 0) {
        if (errno == ENOENT) return {};
        Error error = system_error(mark.string(), errno);
        error.code = ErrorCode::registry_unavailable;
        return error;
    }
    // Without them the index would say again what has been corrected.
    return Error{ErrorCode::registry_unavailable, updates_file(index, salt).string(),
                 "is gone, and with it what came after the build",
                 "put it back, or make a new index with: postwacht registry build"};
}

Result<void> remove_other_updates(const std::filesystem::path& index, const Salt& salt) {
    const auto folder = folder_of(index);
    const std::string name_of_index = index.filename().string();
    std::error_code failed;
    std::filesystem::directory_iterator entry(folder, failed);
    for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
        const std::string name = entry->path().filename().string();
        const bool other =
            std::any_of(beside_infixes.begin(), beside_infixes.end(), [&](std::string_view infix) {
                return name.starts_with(name_of_index + std::string(infix)) &&
                       name != beside(index, infix, salt).filename().string();
            });
        if (!other) continue;
        if (::unlink(entry->path().c_str()) != 0 && errno != ENOENT)
            return system_error(entry->path().string(), errno);
    }
    if (failed) return system_error(folder.string(), failed.value());
    return {};
}

}  // namespace postwacht::registry
