#include "registry/spill_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/files.hpp"

namespace postwacht::registry {

Result<SpillFile> SpillFile::create(const std::filesystem::path& folder) {
    UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!fd) {
        // Some file systems know no file without a name; there it loses its name at once.
        std::string name = (folder / ".postwacht-XXXXXX").string();
        fd = UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
        if (!fd) return system_error(folder.string(), errno);
        if (::unlink(name.c_str()) != 0) return system_error(folder.string(), errno);
    }
    return SpillFile(std::move(fd), folder);
}

Result<void> SpillFile::append(std::string_view bytes) {
    auto written = write_all(fd_.get(), bytes);
    if (!written) {
        Error error = std::move(written).error();
        error.where = folder_.string();
        return error;
    }
    size_ += bytes.size();
    return {};
}

Result<void> SpillFile::read(std::uint64_t offset, char* out, std::size_t count) const {
    while (count > 0) {
        const ssize_t got = ::pread(fd_.get(), out, count, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return system_error(folder_.string(), got < 0 ? errno : EIO);
        out += got;
        offset += static_cast<std::uint64_t>(got);
        count -= static_cast<std::size_t>(got);
    }
    return {};
}

}  // namespace postwacht::registry
