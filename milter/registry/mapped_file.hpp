// MappedFile: a whole file in memory, for reading, without a copy.
//
// Limit: a file that is cut short by somebody else while it is mapped raises SIGBUS where it is
// read. The files read here are replaced, not rewritten.
#pragma once

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace postwacht::registry {

class MappedFile {
  public:
    // `path` is for the error only. The descriptor may be closed afterwards.
    static Result<MappedFile> map(int fd, const std::filesystem::path& path) {
        struct stat status {};
        if (::fstat(fd, &status) != 0) return system_error(path.string(), errno);
        MappedFile file;
        file.size_ = static_cast<std::size_t>(status.st_size);
        if (file.size_ == 0) return file;  // mmap(2) refuses a length of nought
        void* const data = ::mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED) return system_error(path.string(), errno);
        file.data_ = data;
        // Only advice: it is read from front to back.
        (void)::madvise(data, file.size_, MADV_SEQUENTIAL);
        return file;
    }

    MappedFile(MappedFile&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    MappedFile& operator=(MappedFile&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile() {
        if (data_ != nullptr) ::munmap(data_, size_);
    }

    [[nodiscard]] std::string_view bytes() const noexcept {
        return {static_cast<const char*>(data_), data_ == nullptr ? 0 : size_};
    }

    // Says that it will be read here and there.
    void read_anywhere() const noexcept { (void)::madvise(data_, size_, MADV_RANDOM); }
    // Gives back the memory of bytes that were read; they can be read again.
    void forget(std::size_t begin, std::size_t end) const noexcept {
        constexpr std::size_t page = 4096;
        begin = begin / page * page;
        end = end == size_ ? size_ : end / page * page;
        if (begin < end)
            (void)::madvise(static_cast<char*>(data_) + begin, end - begin, MADV_DONTNEED);
    }
    // The first `count` bytes, piece by piece, each forgotten when the next is asked for; nothing
    // at the end. The file must outlive it.
    [[nodiscard]] std::function<std::string_view()> pieces(std::size_t count) const {
        return [this, count, at = std::size_t{0}, before = std::size_t{0}]() mutable {
            constexpr std::size_t step = 64U << 20U;
            forget(before, at);
            before = at;
            at = std::min(count, at + step);
            return bytes().substr(before, at - before);
        };
    }

  private:
    MappedFile() = default;

    void* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace postwacht::registry
