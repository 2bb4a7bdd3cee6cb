// SpillFile: a temporary file without a name, for what does not fit into memory.
//
// It lies in a given folder (that of the index, where there must be room anyway), is readable by
// nobody else, and is gone when it is closed, whatever ends the process. Nothing that identifies a
// person is to be written to it in clear.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace postwacht::registry {

class SpillFile {
  public:
    // Errors: io, disk_full.
    static Result<SpillFile> create(const std::filesystem::path& folder);

    // Behind what was written before.
    Result<void> append(std::string_view bytes);
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    // Fills `out` from an offset. Error: io, also where the file ends before.
    Result<void> read(std::uint64_t offset, char* out, std::size_t count) const;

  private:
    SpillFile(UniqueFd fd, std::filesystem::path folder)
        : fd_(std::move(fd)), folder_(std::move(folder)) {}

    UniqueFd fd_;
    std::filesystem::path folder_;
    std::uint64_t size_ = 0;
};

}  // namespace postwacht::registry
