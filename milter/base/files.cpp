#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace postwacht {

Result<std::string> read_all(int fd, std::size_t limit) {
    std::string bytes;
    struct stat status {};
    if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        bytes.reserve(std::min(limit, static_cast<std::size_t>(status.st_size)) + 1);
    char buffer[65536];
    for (;;) {
        const ssize_t count = ::read(fd, buffer, sizeof buffer);
        if (count == 0) return bytes;
        if (count < 0) {
            if (errno == EINTR) continue;
            return system_error("read", errno);
        }
        if (bytes.size() + static_cast<std::size_t>(count) > limit)
            return Error{ErrorCode::budget, "", "the file is larger than the limit", ""};
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return system_error(path.string(), errno);
    auto bytes = read_all(fd.get(), limit);
    if (!bytes) {
        Error error = std::move(bytes).error();
        error.where = path.string();
        return error;
    }
    return bytes;
}

Result<void> write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0) {
            if (errno == EINTR) continue;
            return system_error("write", errno);
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Result<void> sync_directory(const std::filesystem::path& directory) {
    const auto name = directory.empty() ? std::filesystem::path(".") : directory;
    const UniqueFd fd(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) return system_error(name.string(), errno);
    return {};
}

Result<void> write_file_durably(const std::filesystem::path& path, std::string_view bytes,
                                mode_t mode) {
    std::string temporary = path.string() + ".XXXXXX";
    UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd) return system_error(path.string(), errno);
    const auto fail = [&](Error error) {
        ::unlink(temporary.c_str());
        error.where = path.string();
        return error;
    };
    if (auto written = write_all(fd.get(), bytes); !written)
        return fail(std::move(written).error());
    if (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0)
        return fail(system_error("", errno));
    fd.reset();
    if (::rename(temporary.c_str(), path.c_str()) != 0) return fail(system_error("", errno));
    return sync_directory(path.parent_path());
}

}  // namespace postwacht
